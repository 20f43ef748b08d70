/** The list of commands above the composer while the text starts with "/". */

import { avatar, el, nameOf } from "./dom.js";
import { localised, matching } from "./commands.js";

/**
 * Create the list: {element, show(entries, typed), hide(), keyed(event) -> handled}.
 * Calls `onPick(entry)`.
 */
export function createCommandList(ctx, { onPick }) {
  const rows = el("div", {
    class: "command-rows",
    role: "listbox",
    id: "commands",
    "aria-label": ctx.t("commands"),
  });
  const who = el("p", { class: "command-list-head" });
  const element = el(
    "div",
    { class: "command-list", hidden: true, "data-testid": "command-list" },
    who,
    rows,
  );
  const list = { ctx, element, rows, who, onPick, shown: [], active: 0 };
  element.addEventListener("pointerdown", (event) => event.preventDefault());
  return {
    element,
    show: (entries, typed) => show(list, entries, typed),
    hide: () => (element.hidden = true),
    keyed: (event) => !element.hidden && keyed(list, event),
    activeId: () => (element.hidden || !list.shown.length ? null : `command-${list.active}`),
  };
}

function show(list, entries, typed) {
  const { ctx, element, rows, who } = list;
  list.shown = matching(entries, typed);
  list.active = 0;
  const bot = ctx.store.bot.user;
  who.replaceChildren(avatar(bot, 18), bot ? nameOf(bot) : ctx.t("commands"));
  rows.replaceChildren(...list.shown.map((entry, index) => rowOf(list, entry, index)));
  if (!list.shown.length) rows.append(el("p", { class: "note", text: ctx.t("noCommands") }));
  element.hidden = false;
  mark(list);
}

function rowOf({ ctx, onPick }, entry, index) {
  const title = el("strong", { text: entry.title });
  const names = entry.options
    .filter(({ required }) => required)
    .map((option) => chip(option, ctx.locale));
  const hooks = {
    "data-testid": "command-item",
    "data-command": entry.names,
    id: `command-${index}`,
  };
  const head = el("span", { class: "command-title" }, title, names);
  const node = el(
    "div",
    { class: "command-row", role: "option", ...hooks },
    head,
    el("small", { text: entry.description }),
  );
  node.addEventListener("click", () => onPick(entry));
  return node;
}

function chip(option, locale) {
  return el("span", { class: "option-chip", text: localised(option, "name", locale) });
}

function mark({ rows, active }) {
  [...rows.children].forEach((row, index) => {
    row.setAttribute("aria-selected", String(index === active));
    if (index === active) row.scrollIntoView({ block: "nearest" });
  });
}

function keyed(list, event) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step && list.shown.length) {
    list.active = (list.active + step + list.shown.length) % list.shown.length;
    mark(list);
    return true;
  }
  if (!["Enter", "Tab"].includes(event.key) || event.isComposing || !list.shown.length)
    return false;
  list.onPick(list.shown[list.active]);
  return true;
}
