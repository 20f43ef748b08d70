/**
 * The menus of a message and of a user: the apps' commands first, then the page's own actions.
 */

import { el, nameOf } from "./dom.js";
import { icon } from "./icons.js";
import { openPopup } from "./popup.js";
import { localised } from "./commands.js";

const USER_COMMAND = 2;
const MESSAGE_COMMAND = 3;

/** Open a message's menu next to an element or a point. */
export function openMessageMenu(ctx, message, anchor) {
  const { t } = ctx;
  const entries = [{ label: t("copyId"), icon: "copy", run: () => copy(message.id) }];
  if (message.content)
    entries.unshift({ label: t("copyText"), icon: "copy", run: () => copy(message.content) });
  if (mayDelete(ctx, message)) entries.push(deletion(ctx, message));
  openMenu(ctx, anchor, { type: MESSAGE_COMMAND, targetId: message.id, entries });
}

/** Open a user's menu next to an element or a point. */
export function openUserMenu(ctx, user, anchor) {
  const entries = [{ label: ctx.t("copyId"), icon: "copy", run: () => copy(user.id) }];
  openMenu(ctx, anchor, { type: USER_COMMAND, targetId: user.id, entries, title: user });
}

function mayDelete(ctx, message) {
  const { viewer } = ctx.store.hello;
  return !ctx.isEphemeral(message) && (message.author.id === viewer.id || viewer.moderator);
}

function deletion(ctx, message) {
  const frame = { type: "delete_message", channel_id: message.channel_id, message_id: message.id };
  const run = () =>
    ctx.send(frame, (answer) => answer.type === "refused" && ctx.complain(answer.reason));
  return { label: ctx.t("deleteMessage"), icon: "trash", danger: true, run };
}

function copy(text) {
  navigator.clipboard?.writeText(text);
}

function appEntries(ctx, type, targetId) {
  const { commands, hello } = ctx.store;
  const offered = commands.filter((command) => command.type === type && ctx.isOffered(command));
  return offered.map((command) => ({
    label: localised(command, "name", hello.locale),
    app: true,
    run: () => ctx.runCommand({ command, path: [], options: [], targetId }),
  }));
}

function openMenu(ctx, anchor, { type, targetId, entries, title = null }) {
  const before = document.activeElement;
  const apps = appEntries(ctx, type, targetId);
  const panel = el("div", { class: "menu", role: "menu", "data-testid": "menu" });
  if (title) panel.append(el("p", { class: "menu-title", text: nameOf(title) }));
  panel.append(el("p", { class: "menu-head", text: ctx.t(apps.length ? "apps" : "noApps") }));
  const close = openPopup(anchor, panel, {
    onClose: () => before?.focus?.({ preventScroll: true }),
  });
  for (const entry of apps) panel.append(entryView(entry, close));
  panel.append(el("hr"));
  for (const entry of entries) panel.append(entryView(entry, close));
  panel.addEventListener("keydown", moveWithArrows);
  panel.querySelector("button").focus();
}

function entryView(entry, close) {
  const choose = () => {
    close();
    entry.run();
  };
  const props = {
    class: entry.danger ? "danger" : "",
    role: "menuitem",
    "data-testid": "menu-item",
    type: "button",
  };
  return el(
    "button",
    { ...props, on: { click: choose } },
    el("span", { text: entry.label }),
    icon(entry.icon ?? "spark"),
  );
}

function moveWithArrows(event) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step) return;
  event.preventDefault();
  const entries = [...event.currentTarget.querySelectorAll("button")];
  const at = entries.indexOf(document.activeElement);
  entries[(at + step + entries.length) % entries.length].focus();
}
