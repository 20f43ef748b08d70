/** Uploads to the sandbox, one per file, and the field that shows them. */

import { bytes, el } from "./dom.js";
import { icon, iconButton } from "./icons.js";

/**
 * Send one file; resolves to the server's {id, ...}, rejects with an Error whose message is for
 * the member.
 */
export async function upload(ctx, file) {
  const form = new FormData();
  form.append("file", file, file.name || "picture.png");
  const query = new URLSearchParams({ viewer: ctx.store.hello.viewer.id });
  const answer = await fetch(`page/uploads?${query}`, { method: "POST", body: form }).catch(
    () => null,
  );
  const body = await answer?.json().catch(() => null);
  if (!answer?.ok || !body) throw new Error(body?.error ?? ctx.t("uploadFailed"));
  return body;
}

/**
 * Create a field for up to `most` files. `add(files)` returns how many it accepted; `read()`
 * resolves to the upload ids, or rejects with the first refusal. Calls `onChange` on every change.
 */
export function createUploadField(ctx, { most = 1, onChange = () => {}, hooks = {} }) {
  const tiles = el("div", { class: "tiles" });
  const several = most > 1;
  const input = el("input", {
    type: "file",
    hidden: true,
    multiple: several,
    tabIndex: -1,
    ...hooks,
  });
  const choose = { type: "button", class: "pick", on: { click: () => input.click() } };
  const pick = el("button", choose, icon("image"), el("span", { text: ctx.t("chooseFile") }));
  const element = el("div", { class: "upload-field" }, tiles, pick, input);
  const field = { element, pick, input, entries: [], most };
  const changed = () => {
    pick.hidden = field.entries.length >= most;
    onChange();
  };
  field.add = (files) => addFiles(ctx, { field, tiles, files, changed });
  field.read = async () => {
    const uploads = await Promise.all(field.entries.map((entry) => entry.sent));
    return uploads.map(({ id }) => id);
  };
  field.count = () => field.entries.length;
  field.files = () => field.entries.map(({ file }) => file);
  field.clear = () => [...field.entries].forEach((entry) => entry.remove());
  input.addEventListener("change", () => {
    field.add([...input.files]);
    input.value = "";
  });
  acceptDrops(field);
  return field;
}

function addFiles(ctx, { field, tiles, files, changed }) {
  // In a field for one file, the newer choice replaces the older.
  if (field.most === 1 && files.length) field.clear();
  const taken = files.slice(0, field.most - field.entries.length);
  for (const file of taken) {
    const entry = { file, sent: upload(ctx, file) };
    const view = tileOf(ctx, entry);
    entry.remove = () => {
      view.remove();
      field.entries = field.entries.filter((other) => other !== entry);
      changed();
    };
    field.entries.push(entry);
    tiles.append(view);
  }
  changed();
  return taken.length;
}

function tileOf(ctx, entry) {
  const { file } = entry;
  const state = el("small", { text: ctx.t("uploading") });
  const name = el("span", { class: "tile-name", text: file.name });
  const words = el("span", { class: "tile-words" }, name, state);
  const label = ctx.t("remove", file.name);
  const remove = iconButton("close", label, { onClick: () => entry.remove() });
  const props = { class: "tile uploading", "data-testid": "upload" };
  const node = el("div", props, preview(file), words, remove);
  const settle = (kind, text) => {
    node.className = `tile ${kind}`;
    state.textContent = text;
  };
  entry.sent.then(
    (sent) => settle("ready", fileWords(file, sent)),
    (error) => settle("refused", error.message),
  );
  return node;
}

function fileWords({ size }, { width, height }) {
  return width ? `${bytes(size)} · ${width} × ${height}` : bytes(size);
}

function preview(file) {
  if (!/^image\/(?!svg)/.test(file.type)) return icon("file");
  const address = URL.createObjectURL(file);
  const image = el("img", { src: address, alt: "" });
  image.addEventListener("load", () => URL.revokeObjectURL(address), { once: true });
  return image;
}

function acceptDrops(field) {
  field.element.addEventListener("dragover", (event) => event.preventDefault());
  field.element.addEventListener("drop", (event) => {
    const files = filesOf(event.dataTransfer);
    if (!files.length) return;
    event.preventDefault();
    event.stopPropagation();
    dispatchEvent(new Event("dropped"));
    field.add(files);
  });
}

/** Return the files of a drop or a paste. */
export function filesOf(transfer) {
  return [...(transfer?.files ?? [])];
}

/**
 * Show the drop hint over `area` while files are dragged there, and hand dropped files to
 * `onFiles`.
 */
export function acceptDropsOver(area, { hint, onFiles }) {
  const veil = el(
    "div",
    { class: "drop-veil", hidden: true, "aria-hidden": "true" },
    el("span", {}, icon("image"), hint),
  );
  area.append(veil);
  let depth = 0;
  const reset = () => {
    depth = 0;
    veil.hidden = true;
  };
  const dragged = (event) => event.dataTransfer?.types.includes("Files");
  area.addEventListener("dragenter", (event) => {
    if (!dragged(event)) return;
    depth += 1;
    veil.hidden = false;
  });
  area.addEventListener("dragleave", () => {
    depth = Math.max(0, depth - 1);
    veil.hidden = depth === 0;
  });
  area.addEventListener("dragover", (event) => dragged(event) && event.preventDefault());
  area.addEventListener("drop", (event) => {
    event.preventDefault();
    reset();
    onFiles(filesOf(event.dataTransfer));
  });
  addEventListener("dropped", reset);
}
