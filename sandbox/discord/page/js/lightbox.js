/** One image over the whole page: arrows move on, Escape or a click outside closes it. */

import { el, link, safeUrl, trapFocus } from "./dom.js";
import { iconButton } from "./icons.js";

/** Open the lightbox on `item` of `items`; on closing, `opener` gets the focus again. */
export function openLightbox(t, items, item, opener) {
  const props = { class: "lightbox", tabindex: "-1", "aria-label": item.description ?? "" };
  const dialog = el("dialog", { ...props, "data-testid": "lightbox" });
  const stage = el("figure");
  let index = items.indexOf(item);
  const show = (step) => {
    index = (index + step + items.length) % items.length;
    stage.replaceChildren(pictureOf(items[index]), footer(t, items, index));
    // The link that had the focus may be gone; the arrow keys must still work.
    if (dialog.open && !dialog.contains(document.activeElement)) dialog.focus();
  };
  const close = () => dialog.close();
  dialog.append(stage, ...(items.length > 1 ? turns(t, show) : []));
  dialog.append(iconButton("close", t("close"), { onClick: close, look: "close" }));
  dialog.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (step) show(step);
  });
  dialog.addEventListener("click", (event) => [dialog, stage].includes(event.target) && close());
  dialog.addEventListener("close", () => {
    dialog.remove();
    opener?.focus({ preventScroll: true });
  });
  trapFocus(dialog);
  document.body.append(dialog);
  show(0);
  dialog.showModal();
  dialog.focus();
}

function turns(t, show) {
  return [
    iconButton("left", t("previous"), { onClick: () => show(-1), look: "previous" }),
    iconButton("right", t("next"), { onClick: () => show(1), look: "next" }),
  ];
}

function pictureOf({ url, description, width, height }) {
  return el("img", {
    src: safeUrl(url),
    alt: description ?? "",
    width,
    height,
    "data-testid": "lightbox-image",
  });
}

function footer(t, items, index) {
  const item = items[index];
  const count =
    items.length > 1
      ? el("span", { class: "count", text: `${index + 1} / ${items.length}` })
      : null;
  const words = item.description ? el("span", { class: "alt", text: item.description }) : null;
  return el(
    "figcaption",
    {},
    count,
    words,
    link(item.url, { class: "original", text: t("original") }),
  );
}
