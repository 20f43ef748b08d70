/**
 * Discord's command objects as the composer uses them: one entry for each command that a member
 * can run.
 */

const SUB_COMMAND = 1;
const GROUP = 2;
const CHAT_INPUT = 1;
const CONTEXT = { text: 0, thread: 0, dm: 1, group: 2 };

/** Return a named field ("name", "description") in the viewer's language. */
export function localised(thing, field, locale) {
  return thing[`${field}_localizations`]?.[locale] ?? thing[field];
}

/** Return whether a command is offered to this viewer in this kind of channel. */
export function isOffered(command, { viewer, channel }) {
  const asked = command.default_member_permissions;
  if (asked !== null && asked !== undefined && !viewer.moderator) return false;
  const contexts = command.contexts;
  return !contexts || contexts.includes(CONTEXT[channel?.kind] ?? 0);
}

/**
 * Flatten slash commands, sub-commands and groups into {command, path, title, description,
 * options}.
 */
export function entriesOf(commands, locale) {
  return commands
    .filter((command) => (command.type ?? CHAT_INPUT) === CHAT_INPUT)
    .flatMap((command) => leaves({ command, node: command, path: [], words: [], locale }));
}

function leaves({ command, node, path, words, locale }) {
  const title = [...words, localised(node, "name", locale)];
  const deeper = (node.options ?? []).filter(({ type }) => type === SUB_COMMAND || type === GROUP);
  if (deeper.length) {
    return deeper.flatMap((child) =>
      leaves({ command, node: child, path: [...path, child], words: title, locale }),
    );
  }
  const description = localised(node, "description", locale);
  const names = [command, ...path].map(({ name }) => name).join(" ");
  return [
    {
      command,
      path,
      names,
      title: `/${title.join(" ")}`,
      description,
      options: node.options ?? [],
    },
  ];
}

/** Return the entries that match the text after "/", those that start with it first. */
export function matching(entries, typed) {
  const wanted = typed.replace(/^\//, "").toLowerCase().trim();
  const fits = (entry) => [entry.title.slice(1).toLowerCase(), entry.names];
  const begins = entries.filter((entry) => fits(entry).some((name) => name.startsWith(wanted)));
  const contains = entries.filter((entry) => fits(entry).some((name) => name.includes(wanted)));
  return [...new Set([...begins, ...contains])];
}

/** Wrap option values in the sub-command and group they belong to, outermost first. */
export function nestOptions(path, options) {
  return path.reduceRight((inner, { name, type }) => [{ name, type, options: inner }], options);
}
