/**
 * One field for each type of command option: its look, its validation, the value it sends.
 */

import { el, grow, nameOf } from "./dom.js";
import { iconButton } from "./icons.js";
import { createCombo } from "./combo.js";
import { createUploadField } from "./uploads.js";
import { localised } from "./commands.js";

const STRING = 3;
const INTEGER = 4;
const BOOLEAN = 5;
const USER = 6;
const CHANNEL = 7;
const ROLE = 8;
const MENTIONABLE = 9;
export const ATTACHMENT = 11;

const DEBOUNCE_MS = 180;
const LONGEST_STRING = 6000;
const CHANNEL_TYPES = { text: 0, dm: 1, thread: 11 };

/**
 * Create the field of an option. `suggest(field)` resolves to the bot's choices (null: none).
 * The field: {option, element, focus(), typed(), chosen(), read() -> Promise<{value} | {empty} |
 * {error}>, fail(words)}.
 */
export function createOptionField(ctx, option, { suggest, onRemove, onChange }) {
  const field = { option, ctx, suggest, onChange };
  const hooks = {
    "data-testid": "option-input",
    "aria-label": localised(option, "name", ctx.locale),
  };
  Object.assign(field, bodyOf(field, hooks));
  const name = el("span", { class: "option-name", text: localised(option, "name", ctx.locale) });
  const error = el("span", { class: "option-error", role: "alert", hidden: true });
  const kind = `option${field.wide ? " wide" : ""}${option.required ? " required" : ""}`;
  field.element = el(
    "div",
    { class: kind, "data-testid": "command-option", "data-option": option.name },
    name,
    field.body,
  );
  if (onRemove) field.element.append(removal(ctx, option, onRemove));
  field.element.append(error);
  field.fail = (words) => {
    error.textContent = words ?? "";
    error.hidden = !words;
    field.element.classList.toggle("invalid", Boolean(words));
    field.input.setAttribute("aria-invalid", String(Boolean(words)));
  };
  field.element.addEventListener("input", () => field.fail(null));
  field.element.addEventListener("picked", () => field.fail(null));
  return field;
}

function removal(ctx, option, onRemove) {
  const label = ctx.t("remove", localised(option, "name", ctx.locale));
  return iconButton("close", label, { onClick: onRemove, "data-testid": "remove-option" });
}

function bodyOf(field, hooks) {
  const { option } = field;
  if (option.type === ATTACHMENT) return uploadBody(field, hooks);
  if (option.autocomplete)
    return comboBody(field, hooks, { source: debounced(field), strict: false });
  const choices = fixedChoices(field);
  if (choices)
    return comboBody(field, hooks, { source: (typed) => filtered(choices(), typed), strict: true });
  return option.type === STRING ? textBody(field, hooks) : numberBody(field, hooks);
}

function fixedChoices({ option, ctx }) {
  const { store, t, locale } = ctx;
  const people = () =>
    [...store.users.values()].map((user) => ({ value: user.id, label: nameOf(user), user }));
  const roles = () =>
    [...store.roles.values()].map(({ id, name }) => ({ value: id, label: `@${name}` }));
  const yesNo = [
    { value: true, label: t("yes") },
    { value: false, label: t("no") },
  ];
  const byType = {
    [BOOLEAN]: () => yesNo,
    [USER]: people,
    [ROLE]: roles,
    [MENTIONABLE]: () => [...people(), ...roles()],
    [CHANNEL]: () => channels(option, store),
  };
  if (option.choices?.length) return () => option.choices.map((choice) => asChoice(choice, locale));
  return byType[option.type] ?? null;
}

function channels({ channel_types: types }, store) {
  const fits = ({ kind }) => !types?.length || types.includes(CHANNEL_TYPES[kind]);
  const fitting = [...store.channels.values()].filter(fits);
  return fitting.map(({ id, name }) => ({ value: id, label: `#${name}` }));
}

function asChoice(choice, locale) {
  return { value: choice.value, label: localised(choice, "name", locale) };
}

function filtered(choices, typed) {
  const wanted = typed.trim().toLowerCase();
  return choices.filter(({ label }) => label.toLowerCase().includes(wanted));
}

function debounced(field) {
  let latest = 0;
  return async () => {
    latest += 1;
    const mine = latest;
    await new Promise((done) => setTimeout(done, DEBOUNCE_MS));
    if (mine !== latest) return [];
    const choices = await field.suggest(field);
    return choices?.map((choice) => asChoice(choice, field.ctx.locale)) ?? null;
  };
}

function comboBody(field, hooks, { source, strict }) {
  const { option, ctx } = field;
  const combo = createCombo(ctx, {
    source,
    strict,
    attributes: { ...hooks, maxlength: option.max_length },
  });
  const wide = option.type === STRING && !strict;
  combo.input.addEventListener("picked", field.onChange);
  const read = async () => {
    const { value, text } = combo.read();
    if (value !== undefined) return { value };
    if (text === undefined) return { empty: true };
    return strict ? { error: ctx.t("notAChoice") } : checked(option, text, ctx.t);
  };
  const chosen = () => combo.read().value ?? combo.input.value;
  const typed = () => combo.input.value;
  const body = el("span", { class: "option-body" }, combo.input);
  return { body, input: combo.input, wide, read, typed, chosen, focus: () => combo.input.focus() };
}

function textBody({ option, ctx }, hooks) {
  const input = el("textarea", {
    rows: 1,
    maxlength: option.max_length ?? LONGEST_STRING,
    ...hooks,
  });
  grow(input);
  return { ...plainBody(input, (text) => checked(option, text, ctx.t)), wide: true };
}

function numberBody({ option, ctx }, hooks) {
  const mode = option.type === INTEGER ? "numeric" : "decimal";
  const input = el("input", {
    type: "text",
    inputmode: mode,
    autocomplete: "off",
    placeholder: range(option),
    ...hooks,
  });
  return { ...plainBody(input, (text) => checked(option, text, ctx.t)), wide: false };
}

function plainBody(input, check) {
  const read = async () => (input.value.trim() ? check(input.value.trim()) : { empty: true });
  const body = el("span", { class: "option-body" }, input);
  const typed = () => input.value;
  return { body, input, read, typed, chosen: typed, focus: () => input.focus() };
}

function uploadBody(field, hooks) {
  const { ctx, onChange } = field;
  const changed = () => {
    field.fail?.(null);
    onChange();
  };
  const upload = createUploadField(ctx, { hooks, onChange: changed });
  const read = async () => {
    if (!upload.count()) return { empty: true };
    return upload.read().then(
      ([id]) => ({ value: id }),
      (error) => ({ error: error.message }),
    );
  };
  const body = el("span", { class: "option-body" }, upload.element);
  const focus = () => upload.pick.focus();
  return {
    body,
    input: upload.pick,
    upload,
    wide: false,
    read,
    typed: () => "",
    chosen: () => "",
    focus,
  };
}

function range({ min_value: least, max_value: most }) {
  if (least === undefined && most === undefined) return null;
  return `${least ?? ""}–${most ?? ""}`;
}

function checked(option, text, t) {
  if (option.type === STRING) return checkedText(option, text, t);
  const value = Number(text);
  if (!Number.isFinite(value)) return { error: t("notANumber") };
  if (option.type === INTEGER && !Number.isSafeInteger(value)) return { error: t("notAnInteger") };
  if (option.min_value !== undefined && value < option.min_value)
    return { error: t("atLeast", option.min_value) };
  if (option.max_value !== undefined && value > option.max_value)
    return { error: t("atMost", option.max_value) };
  return { value };
}

function checkedText({ min_length: least, max_length: most }, text, t) {
  if (least && text.length < least) return { error: t("tooShort", least) };
  if (most && text.length > most) return { error: t("tooLong", most) };
  return { value: text };
}
