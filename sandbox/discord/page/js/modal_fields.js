/**
 * Components of a modal: each is a field that is validated and read in Discord's submit format.
 */

import { el, grow } from "./dom.js";
import { markdown } from "./markdown.js";
import { selectMenu } from "./selects.js";
import { createUploadField } from "./uploads.js";

const ROW = 1;
const TEXT_DISPLAY = 10;
const LABEL = 18;
const PARAGRAPH = 2;
const LONGEST_TEXT = 4000;

const BODIES = {
  3: selectBody,
  4: textBody,
  5: selectBody,
  6: selectBody,
  7: selectBody,
  8: selectBody,
  19: filesBody,
  21: radioBody,
  22: groupBody,
  23: checkboxBody,
};

let fields = 0;

/**
 * Create the field of one top-level component: {element, focus(), read() -> Promise<{sent} |
 * {error: true}>}.
 */
export function createModalField(ctx, component) {
  if (component.type === TEXT_DISPLAY) return textDisplay(ctx, component);
  if (component.type === LABEL) return labelled(ctx, component, component.component);
  if (component.type === ROW) return labelled(ctx, component, component.components[0]);
  return null;
}

function textDisplay(ctx, { content, id }) {
  const sent = { type: TEXT_DISPLAY, id };
  return { element: markdown(content, ctx.textScope()), focus: null, read: async () => ({ sent }) };
}

function labelled(ctx, outer, inner) {
  const build = BODIES[inner.type];
  if (!build) return null;
  fields += 1;
  const ids = { label: `label-${fields}`, about: `about-${fields}` };
  const hooks = {
    "data-testid": "modal-input",
    "data-custom-id": inner.custom_id,
    "aria-labelledby": ids.label,
  };
  const body = build(ctx, inner, { ...hooks, "aria-describedby": ids.about });
  const error = el("p", {
    class: "field-error",
    role: "alert",
    hidden: true,
    "data-testid": "field-error",
  });
  const element = el(
    "div",
    { class: "modal-field" },
    heading(outer, inner, ids),
    body.element,
    error,
  );
  const read = async () => {
    const answer = await body.read();
    error.textContent = answer.error ?? "";
    error.hidden = !answer.error;
    element.classList.toggle("invalid", Boolean(answer.error));
    return answer.error ? { error: true } : { sent: wrap(outer, inner, answer) };
  };
  return { element, focus: body.focus, upload: body.upload, read };
}

function wrap(outer, inner, answer) {
  const sent = { type: inner.type, id: inner.id, custom_id: inner.custom_id, ...answer };
  if (outer.type === ROW) return { type: ROW, id: outer.id, components: [sent] };
  return { type: LABEL, id: outer.id, component: sent };
}

function heading(outer, inner, ids) {
  const words = outer.label ?? inner.label ?? "";
  const star = isRequired(inner)
    ? el("span", { class: "star", "aria-hidden": "true", text: "*" })
    : null;
  const about = el("small", {
    id: ids.about,
    text: outer.description ?? "",
    hidden: !outer.description,
  });
  return el(
    "div",
    { class: "modal-label" },
    el("span", { id: ids.label, text: words }),
    star,
    about,
  );
}

function isRequired({ required = true, type, min_values: least }) {
  return required && type !== 23 && !(type !== 4 && least === 0);
}

function textBody({ t }, component, hooks) {
  const long = component.style === PARAGRAPH;
  const { placeholder = "", max_length: most = LONGEST_TEXT, value = "" } = component;
  const props = { placeholder, maxlength: most, value, ...hooks };
  const node = long
    ? el("textarea", { rows: 4, ...props })
    : el("input", { type: "text", ...props });
  if (long) grow(node);
  const read = async () => checkedText(t, component, node.value);
  return { element: node, focus: () => node.focus(), read };
}

function checkedText(t, component, value) {
  const { min_length: least = 0 } = component;
  if (isRequired(component) && !value.trim()) return { error: t("fillField") };
  if (value && value.length < least) return { error: t("tooShort", least) };
  return { value };
}

function selectBody(ctx, component, hooks) {
  const node = selectMenu(component, { ctx });
  for (const [name, value] of Object.entries(hooks)) node.setAttribute(name, value);
  const read = async () => checkedCount(ctx.t, component, node.values());
  return { element: node, focus: () => node.focus(), read };
}

function checkedCount(t, component, values) {
  const { min_values: least = 1, max_values: most = Infinity } = component;
  if (isRequired(component) && !values.length) return { error: t("fillField") };
  if (values.length && values.length < least) return { error: t("chooseAtLeast", least) };
  if (values.length > most) return { error: t("chooseAtMost", most) };
  return { values };
}

function filesBody(ctx, component, hooks) {
  const { "data-testid": testId, "data-custom-id": customId, ...aria } = hooks;
  const inputHooks = { "data-testid": testId, "data-custom-id": customId };
  const field = createUploadField(ctx, { most: component.max_values ?? 1, hooks: inputHooks });
  for (const [name, value] of Object.entries(aria)) field.pick.setAttribute(name, value);
  const read = async () => {
    const ids = await field.read().catch((error) => ({ error: error.message }));
    return Array.isArray(ids) ? checkedCount(ctx.t, component, ids) : ids;
  };
  return { element: field.element, focus: () => field.pick.focus(), upload: field, read };
}

function radioBody({ t }, component, hooks) {
  const { element, boxes } = choiceGroup(component, hooks, "radio");
  const read = async () => {
    const value = boxes.find(({ checked }) => checked)?.value ?? null;
    return value === null && isRequired(component) ? { error: t("fillField") } : { value };
  };
  return { element, focus: () => boxes[0].focus(), read };
}

function groupBody({ t }, component, hooks) {
  const { element, boxes } = choiceGroup(component, hooks, "checkbox");
  const values = () => boxes.filter(({ checked }) => checked).map(({ value }) => value);
  return {
    element,
    focus: () => boxes[0].focus(),
    read: async () => checkedCount(t, component, values()),
  };
}

function choiceGroup(component, hooks, type) {
  const role = type === "radio" ? "radiogroup" : "group";
  const name = `group-${fields}`;
  const boxes = component.options.map(({ value, default: on }) =>
    el("input", { type, name, value, checked: Boolean(on) }),
  );
  const rows = component.options.map(({ label, description }, index) => {
    const words = el("span", { class: "option-words" }, el("span", { text: label }));
    if (description) words.append(el("small", { text: description }));
    return el("label", { class: "choice-row" }, boxes[index], words);
  });
  return { element: el("div", { class: "choice-group", role, ...hooks }, rows), boxes };
}

function checkboxBody(_, component, hooks) {
  const node = el("input", { type: "checkbox", checked: Boolean(component.default), ...hooks });
  return { element: node, focus: () => node.focus(), read: async () => ({ value: node.checked }) };
}
