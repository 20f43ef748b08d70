/** Select menus: strings, users, roles, mentionables and channels; in messages and in modals. */

import { avatar, el, nameOf } from "./dom.js";
import { icon } from "./icons.js";
import { openPopup } from "./popup.js";

const STRING = 3;
const USER = 5;
const ROLE = 6;
const MENTIONABLE = 7;
const CHANNEL = 8;
const SEARCHED_FROM = 9;
const CHANNEL_TYPES = { text: 0, dm: 1, thread: 11 };

/** Build a select. Calls `onChoose(values, node)` after a choice; `node.values()` reads it. */
export function selectMenu(component, { ctx, onChoose = null }) {
  const options = optionsOf(component, ctx.store);
  const chosen = new Set(options.filter((option) => option.default).map(({ value }) => value));
  const face = el("span", { class: "select-face" });
  const props = {
    type: "button",
    class: "select",
    "aria-haspopup": "listbox",
    "aria-expanded": "false",
  };
  const hooks = { "data-testid": "select", "data-custom-id": component.custom_id };
  const node = el(
    "button",
    { ...props, ...hooks, disabled: Boolean(component.disabled) },
    face,
    icon("down"),
  );
  const paint = () => face.replaceChildren(...faceOf(options, chosen, component, ctx.t));
  const settle = () => {
    paint();
    onChoose?.([...chosen], node);
  };
  node.addEventListener("click", () =>
    openOptions({ node, options, chosen, component, paint, settle, ctx }),
  );
  node.values = () => [...chosen];
  paint();
  return node;
}

function optionsOf(component, store) {
  const users = () =>
    [...store.users.values()].map((user) => ({ value: user.id, label: nameOf(user), user }));
  const roles = () =>
    [...store.roles.values()].map((role) => ({ value: role.id, label: `@${role.name}` }));
  const build = {
    [STRING]: () => component.options,
    [USER]: users,
    [ROLE]: roles,
    [MENTIONABLE]: () => [...users(), ...roles()],
    [CHANNEL]: () => channelOptions(component, store),
  };
  const preset = new Set((component.default_values ?? []).map(({ id }) => id));
  return build[component.type]().map((option) => ({
    ...option,
    default: option.default || preset.has(option.value),
  }));
}

function channelOptions({ channel_types: types }, store) {
  const fits = ({ kind }) => !types?.length || types.includes(CHANNEL_TYPES[kind]);
  const channels = [...store.channels.values()].filter(fits);
  return channels.map(({ id, name }) => ({ value: id, label: `#${name}` }));
}

function faceOf(options, chosen, component, t) {
  const picked = options.filter(({ value }) => chosen.has(value));
  if (picked.length)
    return picked.map((option) => el("span", { class: "picked", text: option.label }));
  return [
    el("span", { class: "placeholder", text: component.placeholder || t("choosePlaceholder") }),
  ];
}

function openOptions(menu) {
  const { node, options, component, ctx } = menu;
  const most = component.max_values ?? 1;
  const list = el("div", {
    class: "options",
    role: "listbox",
    "aria-multiselectable": String(most > 1),
  });
  const panel = el("div", { class: "select-panel", "data-testid": "select-options" });
  const before = node.values().join();
  const close = openPopup(node, panel, { sameWidth: true, onClose: () => closed(menu, before) });
  list.append(...options.map((option) => optionView(option, { ...menu, most, close, list })));
  if (options.length >= SEARCHED_FROM) panel.append(searchField(list, ctx.t));
  panel.append(list);
  node.setAttribute("aria-expanded", "true");
  panel.addEventListener("keydown", (event) => moveInList(event, list));
  (
    panel.querySelector("input") ??
    list.querySelector("[aria-selected=true]") ??
    list.firstElementChild
  )?.focus();
}

function closed({ node, component, settle }, before) {
  node.setAttribute("aria-expanded", "false");
  node.focus({ preventScroll: true });
  const values = node.values();
  if (values.join() !== before && values.length >= (component.min_values ?? 1)) settle();
}

function optionView(option, menu) {
  const { chosen, most, close, paint } = menu;
  const words = el("span", { class: "option-words" }, el("span", { text: option.label }));
  if (option.description) words.append(el("small", { text: option.description }));
  const props = {
    type: "button",
    role: "option",
    "data-value": option.value,
    "data-testid": "select-option",
  };
  const node = el("button", { ...props, "aria-selected": String(chosen.has(option.value)) });
  if (option.user) node.append(avatar(option.user, 24));
  if (option.emoji?.name) node.append(el("span", { class: "emoji", text: option.emoji.name }));
  node.append(words, icon("check"));
  node.addEventListener("click", () => {
    toggle(option.value, menu);
    for (const other of menu.list.children)
      other.setAttribute("aria-selected", String(chosen.has(other.dataset.value)));
    paint();
    if (most === 1) close();
  });
  return node;
}

function toggle(value, { chosen, most, component }) {
  if (most === 1) {
    const again = chosen.has(value) && component.min_values === 0;
    chosen.clear();
    if (!again) chosen.add(value);
  } else if (chosen.has(value)) {
    chosen.delete(value);
  } else if (chosen.size < most) {
    chosen.add(value);
  }
}

function searchField(list, t) {
  const input = el("input", {
    class: "search",
    type: "search",
    placeholder: t("search"),
    "aria-label": t("search"),
  });
  input.addEventListener("input", () => {
    const wanted = input.value.toLowerCase();
    for (const option of list.children)
      option.hidden = !option.textContent.toLowerCase().includes(wanted);
  });
  return input;
}

function moveInList(event, list) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step) return;
  event.preventDefault();
  const shown = [...list.children].filter((option) => !option.hidden);
  const at = shown.indexOf(document.activeElement);
  const from = at < 0 && step < 0 ? 0 : at;
  shown[(from + step + shown.length) % shown.length]?.focus();
}
