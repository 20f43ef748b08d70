/**
 * A text field with suggestions: fixed choices, users, channels, or the bot's autocomplete.
 */

import { avatar, el } from "./dom.js";
import { openPopup } from "./popup.js";

let combos = 0;

/**
 * Create the field. `source(typed)` returns (or resolves to) [{value, label, user?}]; if `strict`,
 * only those are valid. `read()` returns {value} or {text} (free text) or {}; `attributes` are set
 * on the input.
 */
export function createCombo(ctx, { source, strict, attributes = {} }) {
  combos += 1;
  const listId = `choices-${combos}`;
  const input = inputFor(listId, attributes);
  const shown = { choices: [], active: -1, close: null, panel: null };
  const combo = { ctx, input, listId, source, strict, picked: null, asked: 0, ...shown };
  input.addEventListener("focus", () => refresh(combo));
  input.addEventListener("click", () => combo.close ?? refresh(combo));
  input.addEventListener("input", () => {
    combo.picked = null;
    refresh(combo);
  });
  input.addEventListener("blur", () => combo.close?.());
  input.addEventListener("keydown", (event) => keyed(event, combo));
  return { input, read: () => read(combo), choose: (choice) => choose(combo, choice) };
}

function inputFor(listId, attributes) {
  const plain = { type: "text", autocomplete: "off", spellcheck: "false" };
  const aria = { role: "combobox", "aria-autocomplete": "list", "aria-controls": listId };
  return el("input", { ...plain, ...aria, "aria-expanded": "false", ...attributes });
}

function read({ picked, input, choices, strict }) {
  const text = input.value.trim();
  if (picked && picked.label === input.value) return { value: picked.value };
  if (!text) return {};
  const named = choices.find(({ label }) => label.toLowerCase() === text.toLowerCase());
  return strict && named ? { value: named.value } : { text };
}

async function refresh(combo) {
  combo.asked += 1;
  const asked = combo.asked;
  const typed = combo.picked ? "" : combo.input.value;
  const found = combo.source(typed);
  if (found instanceof Promise && !combo.close)
    show(combo, { note: combo.ctx.t("loadingChoices"), choices: [] });
  const choices = await found;
  // A later key press sent a new request: this response is for an older text.
  if (asked !== combo.asked || document.activeElement !== combo.input) return;
  if (choices === null) show(combo, { note: combo.ctx.t("choicesFailed"), choices: [] });
  else if (choices.length) show(combo, { note: null, choices });
  else if (combo.strict) show(combo, { note: combo.ctx.t("noChoices"), choices });
  // Free text needs no suggestion.
  else combo.close?.();
}

function show(combo, { note, choices }) {
  const { input, listId, strict } = combo;
  combo.choices = choices;
  combo.active = strict && choices.length ? 0 : -1;
  combo.close?.();
  const panel = el("div", {
    class: "options choices",
    role: "listbox",
    id: listId,
    "data-testid": "choices",
  });
  panel.append(...choices.map((choice, index) => choiceView(combo, choice, index)));
  if (note) panel.append(el("p", { class: "note", text: note }));
  // The field keeps the focus while the list is clicked.
  panel.addEventListener("pointerdown", (event) => event.preventDefault());
  const closed = openPopup(input.closest(".option") ?? input, panel, {
    above: true,
    onClose: () => forget(combo),
  });
  combo.panel = panel;
  combo.close = closed;
  input.setAttribute("aria-expanded", "true");
  mark(combo);
}

function forget(combo) {
  combo.close = null;
  combo.panel = null;
  combo.input.setAttribute("aria-expanded", "false");
  combo.input.removeAttribute("aria-activedescendant");
}

function choiceView(combo, choice, index) {
  const hooks = { "data-testid": "choice", "data-value": String(choice.value) };
  const node = el("div", {
    class: "choice",
    role: "option",
    id: `${combo.listId}-${index}`,
    ...hooks,
  });
  if (choice.user) node.append(avatar(choice.user, 22));
  node.append(el("span", { text: choice.label }));
  node.addEventListener("click", () => choose(combo, choice));
  return node;
}

function choose(combo, choice) {
  combo.picked = choice;
  combo.input.value = choice.label;
  combo.asked += 1;
  combo.close?.();
  combo.input.dispatchEvent(new Event("picked", { bubbles: true }));
}

function mark({ panel, active, input, listId }) {
  [...panel.querySelectorAll(".choice")].forEach((node, index) => {
    node.setAttribute("aria-selected", String(index === active));
    if (index === active) node.scrollIntoView({ block: "nearest" });
  });
  if (active >= 0) input.setAttribute("aria-activedescendant", `${listId}-${active}`);
}

function keyed(event, combo) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step) return move(event, combo, step);
  const takes =
    event.key === "Enter" || (event.key === "Tab" && combo.input.value && !combo.picked);
  if (!takes || !combo.close || combo.active < 0 || event.isComposing) return undefined;
  if (event.key === "Enter") event.preventDefault();
  event.stopPropagation();
  return choose(combo, combo.choices[combo.active]);
}

function move(event, combo, step) {
  event.preventDefault();
  if (!combo.close) return refresh(combo);
  const count = combo.choices.length;
  if (!count) return undefined;
  combo.active = combo.active < 0 && step < 0 ? count - 1 : (combo.active + step + count) % count;
  return mark(combo);
}
