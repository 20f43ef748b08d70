/** Images in a message: the mosaic of 1 to 10, spoilers, and other attached files. */

import { bytes, el, link, safeUrl } from "./dom.js";
import { icon } from "./icons.js";

const MOST = 10;
const RATIO_SPREAD = 0.12;
const NARROWEST = 0.62;
const WIDEST = 1.9;
const TALLEST_PX = 520;
const ROWS = { 2: 1, 4: 2 };

/**
 * Build the mosaic. `items`: [{url, width, height, description, spoiler, name}]; `scope` as for
 * components.
 */
export function gallery(items, scope) {
  const shown = items.slice(0, MOST).filter(({ url }) => safeUrl(url));
  const root = el("div", { class: `gallery count-${shown.length}`, "data-testid": "gallery" });
  const ratio = commonRatio(shown);
  if (ratio) root.style.setProperty("--ratio", ratio.toFixed(4));
  if (ratio && ROWS[shown.length])
    root.style.maxWidth = `${Math.round((TALLEST_PX * ratio * 2) / ROWS[shown.length])}px`;
  if (shown.length === 1) fitAlone(root, shown[0]);
  const views = shown.map((item, index) => itemView(item, index, { ...scope, shown }));
  root.append(...views);
  return root;
}

// Images of one shape are shown whole; a mixed set is cropped to squares, as chat galleries do.
function commonRatio(items) {
  const ratios = items
    .map(({ width, height }) => width / height)
    .filter((ratio) => ratio > 0 && ratio < Infinity);
  if (!ratios.length || ratios.length < items.length) return null;
  const mean = ratios.reduce((sum, ratio) => sum + ratio, 0) / ratios.length;
  if (ratios.some((ratio) => Math.abs(ratio / mean - 1) > RATIO_SPREAD)) return null;
  return Math.max(NARROWEST, Math.min(WIDEST, mean));
}

function fitAlone(root, { width, height }) {
  if (!(width > 0 && height > 0)) return;
  root.style.setProperty("--own-width", `${width}px`);
  root.style.setProperty("--own-ratio", `${width / height}`);
}

function itemView(item, index, scope) {
  const { ctx, shown } = scope;
  const isHidden = () => item.spoiler && !ctx.revealed.has(spoilerKey(item, scope));
  const props = {
    src: safeUrl(item.url),
    alt: item.description ?? "",
    decoding: "async",
    draggable: "false",
  };
  const image = el("img", { ...props, width: item.width, height: item.height });
  const node = el(
    "button",
    { class: "gallery-item", type: "button", "data-testid": "gallery-item" },
    image,
  );
  const label = () => (isHidden() ? ctx.t("reveal") : labelOf(item, index, scope));
  const refresh = () => {
    node.classList.toggle("is-spoiler", Boolean(isHidden()));
    node.setAttribute("aria-label", label());
  };
  if (item.spoiler) node.append(el("span", { class: "spoiler-tag", text: ctx.t("spoiler") }));
  node.addEventListener("click", () => {
    if (!isHidden()) return ctx.openLightbox(visible(shown, scope), item, node);
    ctx.revealed.add(spoilerKey(item, scope));
    return refresh();
  });
  refresh();
  return node;
}

function labelOf(item, index, { ctx, shown }) {
  return ctx.t(
    "openPicture",
    item.description || ctx.t("picture", String(index + 1), String(shown.length)),
  );
}

// Every payload has newly signed URLs; the path stays the same.
function spoilerKey({ url }, { message }) {
  return `${message.id}:${url.split("?")[0]}`;
}

function visible(items, scope) {
  return items.filter((item) => !item.spoiler || scope.ctx.revealed.has(spoilerKey(item, scope)));
}

/** Build the attachments of a classic message: images as a mosaic, other files as cards. */
export function attachments(files, scope) {
  const pictures = files.filter(isPicture);
  const others = files.filter((file) => !isPicture(file));
  const nodes = others.map((file) =>
    fileCard({ name: file.filename, size: file.size, url: file.url }),
  );
  return pictures.length ? [gallery(pictures.map(fromAttachment), scope), ...nodes] : nodes;
}

function isPicture({ content_type: kind, filename }) {
  return kind ? /^image\/(?!svg)/.test(kind) : /\.(png|jpe?g|gif|webp|avif)$/i.test(filename);
}

function fromAttachment(file) {
  const spoiler = file.is_spoiler || file.filename.startsWith("SPOILER_");
  const { width, height, description } = file;
  return {
    url: file.proxy_url ?? file.url,
    width,
    height,
    description,
    spoiler,
    name: file.filename,
  };
}

/** Build the card of one file: its name, its size, a link. */
export function fileCard({ name, size, url }) {
  const words = el(
    "span",
    { class: "file-words" },
    link(url, { text: name }),
    el("small", { text: bytes(size) }),
  );
  return el("div", { class: "file-card", "data-testid": "file" }, icon("file"), words);
}
