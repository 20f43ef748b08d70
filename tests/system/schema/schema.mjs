// Discord's published schema, from Zod (npm: discord-api-spec) to one JSON Schema on stdout.
// Run from stdin in the folder that the packages are installed in.
// Objects come out closed, so that a misspelt key is found.
import * as spec from "discord-api-spec/zod";
import * as z from "zod/mini";

const registry = z.registry();
for (const [name, schema] of Object.entries(spec)) {
  if (name.endsWith("Schema")) registry.add(schema, { id: name.slice(0, -"Schema".length) });
}
const { schemas } = z.toJSONSchema(registry, {
  uri: (id) => `#/$defs/${id}`,
  unrepresentable: "any",
});
for (const schema of Object.values(schemas)) {
  delete schema.$id;
  delete schema.$schema;
}
process.stdout.write(JSON.stringify({ $defs: schemas }));
