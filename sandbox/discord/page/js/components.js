/** Discord's message components, classic rows and Components V2, as elements. */

import { colourOf, el, link, safeUrl } from "./dom.js";
import { icon } from "./icons.js";
import { fileCard, gallery } from "./gallery.js";
import { markdown } from "./markdown.js";
import { selectMenu } from "./selects.js";

const BUTTON = 2;
const STYLES = { 1: "primary", 2: "secondary", 3: "success", 4: "danger", 5: "link", 6: "primary" };
const LINK_STYLE = 5;
const PREMIUM_STYLE = 6;

const VIEWS = {
  1: row,
  2: button,
  3: select,
  5: select,
  6: select,
  7: select,
  8: select,
  9: section,
  10: text,
  11: thumbnail,
  12: mediaGallery,
  13: file,
  14: separator,
  17: container,
};

/** Build the elements of a component list. `scope`: {ctx, message}. An unknown type is left out. */
export function components(list, scope) {
  return list.map((component) => VIEWS[component.type]?.(component, scope)).filter(Boolean);
}

function row(component, scope) {
  return el("div", { class: "row" }, components(component.components, scope));
}

function button(component, scope) {
  const face = [
    emoji(component.emoji),
    component.label && el("span", { text: component.label }),
  ].filter(Boolean);
  const props = { class: `button ${STYLES[component.style]}`, "data-testid": "button" };
  if (component.style === LINK_STYLE) return link(component.url, props, ...face, icon("open"));
  const off = Boolean(component.disabled) || component.style === PREMIUM_STYLE;
  const node = el(
    "button",
    { ...props, type: "button", disabled: off, "data-custom-id": component.custom_id },
    ...face,
  );
  node.addEventListener("click", () => press(scope, { component, type: BUTTON, node }));
  return node;
}

/** Show a custom emoji by its name (only Discord has its image), any other as itself. */
export function emoji(given) {
  if (!given?.name) return null;
  return el("span", { class: "emoji", text: given.id ? `:${given.name}:` : given.name });
}

function press({ ctx, message }, { component, type, node, values = undefined }) {
  if (node.classList.contains("pending")) return;
  const settle = (failure) => {
    node.classList.remove("pending");
    node.removeAttribute("aria-busy");
    ctx.failMessage(message.id, failure);
  };
  node.classList.add("pending");
  node.setAttribute("aria-busy", "true");
  ctx.failMessage(message.id, null);
  const target = { channel_id: message.channel_id, message_id: message.id };
  const frame = {
    type: "component",
    ...target,
    custom_id: component.custom_id,
    component_type: type,
    values,
  };
  ctx.send(frame, (answer) => settleBy(answer, ctx.t, settle));
}

function settleBy(answer, t, settle) {
  if (answer.type === "modal" || answer.state === "acknowledged") settle(null);
  else if (answer.state === "failed") settle(t("failed"));
  else if (answer.type === "refused") settle(answer.reason);
}

function select(component, scope) {
  const choose = (values, node) => press(scope, { component, type: component.type, node, values });
  return selectMenu(component, { ctx: scope.ctx, onChoose: choose });
}

function section(component, scope) {
  const words = el("div", { class: "section-words" }, components(component.components, scope));
  const accessory = el("div", { class: "accessory" }, components([component.accessory], scope));
  return el("div", { class: "section" }, words, accessory);
}

function text(component, { ctx }) {
  return markdown(component.content, ctx.textScope());
}

function thumbnail(component, scope) {
  const view = gallery([pictureOf(component)], scope);
  view.classList.add("thumbnail");
  return view;
}

function mediaGallery(component, scope) {
  return gallery(component.items.map(pictureOf), scope);
}

function pictureOf({ media, description, spoiler }) {
  return {
    url: media.proxy_url ?? media.url,
    width: media.width,
    height: media.height,
    description,
    spoiler,
  };
}

function file(component, scope) {
  const { url } = component.file;
  const known = (scope.message.attachments ?? []).find((one) => one.url === url);
  const name = component.name ?? known?.filename ?? lastPart(url);
  const card = fileCard({ name, size: component.size ?? known?.size, url });
  return component.spoiler ? hidden(card, `${scope.message.id}:${lastPart(url)}`, scope) : card;
}

function lastPart(url) {
  return (safeUrl(url) ?? "").split(/[?#]/)[0].split("/").pop();
}

function separator({ divider = true, spacing = 1 }) {
  return el("div", {
    class: `separator space-${spacing}`,
    role: divider ? "separator" : null,
    "data-divider": divider,
  });
}

function container(component, scope) {
  const node = el("div", { class: "container" }, components(component.components, scope));
  const colour = colourOf(component.accent_color);
  if (colour) node.style.setProperty("--edge", colour);
  return component.spoiler ? hidden(node, `${scope.message.id}:${component.id}`, scope) : node;
}

function hidden(content, key, { ctx }) {
  if (ctx.revealed.has(key)) return content;
  const cover = el("button", {
    class: "cover",
    type: "button",
    text: ctx.t("spoiler"),
    "aria-label": ctx.t("reveal"),
  });
  const node = el("div", { class: "covered" }, content, cover);
  content.inert = true;
  cover.addEventListener("click", () => {
    ctx.revealed.add(key);
    content.inert = false;
    node.replaceWith(content);
  });
  return node;
}
