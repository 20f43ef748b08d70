/** The composer: a member writes text and adds files, or types "/" and a command. */

import { el, grow } from "./dom.js";
import { icon, iconButton } from "./icons.js";
import { createCommandForm } from "./command_form.js";
import { createCommandList } from "./command_list.js";
import { createUploadField, filesOf } from "./uploads.js";
import { entriesOf } from "./commands.js";

const MOST_FILES = 10;
const LONGEST_MESSAGE = 2000;

/** Create the composer: {element, addFiles(files), startCommand(entry), complain(words | null)}. */
export function createComposer(ctx) {
  const composer = { ctx, form: null, ...parts(ctx) };
  composer.list = createCommandList(ctx, { onPick: (entry) => startCommand(composer, entry) });
  composer.over.append(composer.list.element);
  composer.element.addEventListener("submit", (event) => {
    event.preventDefault();
    send(composer);
  });
  composer.input.addEventListener("input", () => typed(composer));
  composer.input.addEventListener("keydown", (event) => keyed(event, composer));
  composer.element.addEventListener("focusout", ({ relatedTarget }) => {
    if (!composer.element.contains(relatedTarget)) composer.list.hide();
  });
  composer.input.addEventListener("focus", () => typed(composer));
  ctx.store.on("channel", () => reset(composer));
  // Update the list if the member typed "/" before the bot registered its commands.
  ctx.store.on("commands", () => composer.list.element.hidden || typed(composer));
  grow(composer.input);
  return {
    element: composer.element,
    addFiles: (files) => addFiles(composer, files),
    startCommand: (entry) => startCommand(composer, entry),
    complain: (words) => complain(composer, words),
  };
}

function parts(ctx) {
  const { t } = ctx;
  const trayHooks = { "data-testid": "attach-input" };
  const tray = createUploadField(ctx, { most: MOST_FILES, hooks: trayHooks });
  tray.element.classList.add("tray");
  const input = messageInput();
  const pick = () => tray.input.click();
  const attach = iconButton("plus", t("attach"), { onClick: pick, "data-testid": "attach" });
  const place = el("div", { class: "composer-place" }, input);
  const line = el("div", { class: "composer-line" }, attach, place, sendButton(t));
  const box = el("div", { class: "composer-box" }, tray.element, line);
  const errorHooks = { role: "alert", "data-testid": "composer-error" };
  const error = el("p", { class: "composer-error", hidden: true, ...errorHooks });
  const over = el("div", { class: "composer-over" });
  const props = { class: "composer", "data-testid": "composer", autocomplete: "off" };
  const element = el("form", props, over, box, error);
  return { element, tray, input, attach, place, box, error, over };
}

function messageInput() {
  const aria = { role: "combobox", "aria-controls": "commands", "aria-autocomplete": "list" };
  const hooks = { "aria-expanded": "false", "data-testid": "composer-input" };
  return el("textarea", { rows: 1, maxlength: LONGEST_MESSAGE, ...aria, ...hooks });
}

function sendButton(t) {
  const props = { class: "send", type: "submit", "aria-label": t("send"), "data-testid": "send" };
  return el("button", props, icon("send"));
}

function reset(composer) {
  const { ctx, input } = composer;
  // A reconnect enters the same channel again: keep the text that was being written.
  if (composer.channelId === ctx.store.channelId) return;
  composer.channelId = ctx.store.channelId;
  const words = ctx.t("placeholder", ctx.channelTitle());
  input.placeholder = words;
  input.setAttribute("aria-label", words);
  leaveCommand(composer);
}

function typed(composer) {
  const { ctx, input, list } = composer;
  const open = input.value.startsWith("/") && !input.value.includes("\n");
  if (open) list.show(entriesOf(ctx.store.commands.filter(ctx.isOffered), ctx.locale), input.value);
  else list.hide();
  paintActive(composer);
}

function paintActive({ input, list }) {
  const active = list.activeId();
  input.setAttribute("aria-expanded", String(Boolean(active)));
  if (active) input.setAttribute("aria-activedescendant", active);
  else input.removeAttribute("aria-activedescendant");
}

function keyed(event, composer) {
  if (composer.list.keyed(event)) {
    event.preventDefault();
    return paintActive(composer);
  }
  if (event.key === "Escape") composer.list.hide();
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return undefined;
  event.preventDefault();
  return send(composer);
}

function startCommand(composer, entry) {
  const { ctx, input, tray } = composer;
  const files = tray.files();
  leaveCommand(composer);
  input.value = "";
  composer.list.hide();
  composer.form = createCommandForm(ctx, entry, {
    onSent: () => leaveCommand(composer),
    onCancel: () => leaveCommand(composer),
    onRefused: (words) => complain(composer, words),
  });
  composer.place.replaceChildren(composer.form.element);
  composer.box.classList.add("commanding");
  composer.attach.hidden = true;
  if (files.length && composer.form.addFiles(files)) tray.clear();
  composer.form.focus();
}

function leaveCommand(composer) {
  complain(composer, null);
  if (!composer.form) return;
  const hadFocus = composer.box.contains(document.activeElement);
  composer.form = null;
  composer.place.replaceChildren(composer.input);
  composer.box.classList.remove("commanding");
  composer.attach.hidden = false;
  composer.input.dispatchEvent(new Event("input"));
  if (hadFocus) composer.input.focus();
}

function addFiles(composer, files) {
  if (!files.length) return;
  if (composer.form?.addFiles(files)) return;
  composer.tray.add(files);
  composer.input.focus();
}

function send(composer) {
  complain(composer, null);
  if (composer.form) return composer.form.send();
  return say(composer);
}

async function say(composer) {
  const { ctx, input, tray } = composer;
  const text = input.value.trim();
  if (!text && !tray.count()) return;
  const uploads = await tray.read().catch((error) => complain(composer, error.message));
  if (!uploads) return;
  const frame = { type: "say", channel_id: ctx.store.channelId, text, uploads };
  ctx.send(frame, (answer) => {
    if (answer.type !== "refused" || answer.lost) return;
    complain(composer, answer.reason);
    input.value ||= text;
  });
  input.value = "";
  tray.clear();
  input.dispatchEvent(new Event("input"));
}

function complain({ error }, words) {
  error.replaceChildren(...(words ? [icon("warn"), words] : []));
  error.hidden = !words;
}

/** Send files pasted anywhere on the page to the composer, unless a dialog is open. */
export function acceptPastes(composer) {
  addEventListener("paste", (event) => {
    const files = filesOf(event.clipboardData);
    if (!files.length || document.querySelector("dialog[open]")) return;
    event.preventDefault();
    composer.addFiles(files);
  });
}
