/** The composer's form for a slash command: its options, required ones first. */

import { avatar, el } from "./dom.js";
import { icon, iconButton } from "./icons.js";
import { ATTACHMENT, createOptionField } from "./option_fields.js";
import { localised, nestOptions } from "./commands.js";

// Discord: a bot has 3 s to answer.
const ANSWER_MS = 3500;

/**
 * Create the form of an entry. `send()` submits it. Calls `onSent` or `onCancel` when it closes,
 * `onRefused(words)` when the sandbox refuses it, and `onRefused(null)` when a field changes.
 */
export function createCommandForm(ctx, entry, { onSent, onCancel, onRefused }) {
  const fields = el("div", { class: "options-row" });
  const more = el("div", { class: "more-row" });
  const hint = el("p", { class: "command-hint", "aria-live": "polite" });
  const hooks = { "data-testid": "command-form", "data-command": entry.names };
  const element = el("div", {
    class: "command-form",
    role: "group",
    "aria-label": entry.title,
    ...hooks,
  });
  const views = { element, fields, more, hint };
  const form = { ctx, entry, ...views, open: [], busy: false, onSent, onCancel, onRefused };
  element.append(head(form), fields, hint, more);
  for (const option of entry.options.filter(({ required }) => required)) addField(form, option);
  paintMore(form);
  element.addEventListener("keydown", (event) => keyed(event, form));
  element.addEventListener("focusin", (event) => explain(form, event.target));
  return Object.assign(form, {
    send: () => send(form),
    addFiles: (files) => addFiles(form, files),
    focus: () => (form.open.find(isBlank) ?? form.open[0])?.focus(),
  });
}

function isBlank(field) {
  return field.upload ? !field.upload.count() : !field.typed();
}

function head({ ctx, entry, onCancel }) {
  const cancel = iconButton("close", ctx.t("cancel"), { onClick: onCancel });
  const title = el("strong", { text: entry.title });
  const face = avatar(ctx.store.bot.user, 22);
  return el(
    "div",
    { class: "command-head" },
    face,
    title,
    el("span", { text: entry.description }),
    cancel,
  );
}

function addField(form, option, { focus = false } = {}) {
  const field = createOptionField(form.ctx, option, {
    suggest: (asked) => suggest(form, asked),
    onChange: () => form.onRefused(null),
    onRemove: option.required ? null : () => removeField(form, field),
  });
  form.open.push(field);
  form.fields.append(field.element);
  if (focus) field.focus();
  return field;
}

function removeField(form, field) {
  form.open = form.open.filter((other) => other !== field);
  field.element.remove();
  paintMore(form);
  (form.open.at(-1) ?? { focus: () => form.more.querySelector("button")?.focus() }).focus();
}

function paintMore(form) {
  const { ctx, more, entry, open } = form;
  const left = entry.options.filter((option) => !open.some((field) => field.option === option));
  more.hidden = left.length === 0;
  more.replaceChildren(...left.map((option) => moreChip(form, option, ctx)));
}

function moreChip(form, option, { t, locale }) {
  const name = localised(option, "name", locale);
  const hooks = {
    "data-testid": "add-option",
    "data-option": option.name,
    title: localised(option, "description", locale),
  };
  const add = () => {
    const field = addField(form, option);
    paintMore(form);
    field.focus();
  };
  const props = { type: "button", class: "chip", "aria-label": t("add", name), ...hooks };
  return el("button", { ...props, on: { click: add } }, icon("plus"), el("span", { text: name }));
}

function explain({ open, hint, ctx }, target) {
  const field = open.find(({ element }) => element.contains(target));
  if (!field) return;
  const { option } = field;
  const mark = option.required ? el("em", { text: ctx.t("requiredMark") }) : null;
  const name = el("b", { text: localised(option, "name", ctx.locale) });
  hint.replaceChildren(
    ...[name, el("span", { text: localised(option, "description", ctx.locale) }), mark].filter(
      Boolean,
    ),
  );
}

function keyed(event, form) {
  if (event.isComposing) return;
  if (event.key === "Escape") form.onCancel();
  if (event.key === "Enter" && event.target.matches("input, textarea")) {
    event.preventDefault();
    send(form);
  }
  const field = form.open.find(({ element }) => element.contains(event.target));
  if (
    event.key !== "Backspace" ||
    !field ||
    !isBlank(field) ||
    !event.target.matches("input, textarea")
  )
    return;
  event.preventDefault();
  if (field.option.required) form.onCancel();
  else removeField(form, field);
}

function addFiles(form, files) {
  const free = form.open.find(({ upload }) => upload && !upload.count());
  const option = form.entry.options.find(
    (one) => one.type === ATTACHMENT && !form.open.some((field) => field.option === one),
  );
  const field =
    free ?? (option && addField(form, option)) ?? form.open.find(({ upload }) => upload);
  if (!field) return false;
  field.upload.add(files.slice(0, 1));
  paintMore(form);
  form.focus();
  return true;
}

function suggest(form, asked) {
  const { ctx, entry } = form;
  const typed = form.open.filter((field) => field === asked || field.typed());
  const options = typed.map((field) => partial(field, field === asked));
  const { channelId, context } = ctx.store;
  const target = { channel_id: channelId, command_id: entry.command.id, context };
  return new Promise((resolve) => {
    setTimeout(() => resolve(null), ANSWER_MS);
    ctx.send(
      { type: "autocomplete", ...target, options: nestOptions(entry.path, options) },
      (frame) => {
        if (frame.type === "choices") resolve(frame.choices);
        else if (frame.type === "refused" || frame.state === "failed") resolve(null);
      },
    );
  });
}

function partial({ option, typed, chosen }, focused) {
  const named = { name: option.name, type: option.type };
  return focused ? { ...named, value: typed(), focused: true } : { ...named, value: chosen() };
}

async function send(form) {
  if (form.busy) return;
  form.busy = true;
  const answers = await Promise.all(form.open.map((field) => field.read()));
  form.busy = false;
  const wrong = form.open.filter((field, index) => complain(field, answers[index], form.ctx.t));
  if (wrong.length) {
    wrong[0].focus();
    return;
  }
  const options = form.open
    .map(({ option }, index) => ({
      name: option.name,
      type: option.type,
      value: answers[index].value,
    }))
    .filter(({ value }) => value !== undefined);
  submit(form, options);
}

function complain(field, answer, t) {
  const words = answer.error ?? (answer.empty && field.option.required ? t("required") : null);
  field.fail(words);
  return words !== null;
}

function submit(form, options) {
  const { ctx, entry, element } = form;
  form.busy = true;
  element.classList.add("sending");
  ctx.runCommand({ command: entry.command, path: entry.path, options }, (frame) => {
    form.busy = false;
    element.classList.remove("sending");
    if (frame.type === "refused") form.onRefused(frame.reason);
    else form.onSent();
  });
}
