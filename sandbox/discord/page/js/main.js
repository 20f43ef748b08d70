/**
 * The page of the sandbox Discord: builds the parts and connects them.
 *
 * Stable hooks for tests and scripts, as `data-testid` (and other attributes of the element):
 *   message         (data-message-id, data-ephemeral "true" or "false"); in it thinking,
 *                   message-error, message-menu, avatar, user, dismiss, embed, file
 *   gallery         one mosaic; gallery-item: one image; lightbox, lightbox-image: enlarged
 *   button          (data-custom-id)
 *   select          (data-custom-id); select-options, select-option (data-value)
 *   composer        composer-input: its text; attach, attach-input: its file input; send;
 *                   composer-error
 *   command-list    command-item (data-command "name group sub", never localised)
 *   command-form    (data-command); command-option (data-option "name") holds one option-input,
 *                   for an attachment the file input; add-option (data-option) opens an optional
 *                   one, remove-option; choices, choice (data-value); upload: one chosen file
 *   menu            of a message or a user; menu-item
 *   modal           (data-custom-id); modal-input (data-custom-id), field-error, modal-error,
 *                   modal-submit
 *   channel         (data-channel-id, data-channel "name", aria-current on the open one); open-list
 *   viewer-switch   a select; its options' values are user ids
 *   locale-switch   a select
 *   install-switch  a select: whether commands belong to a bot in the server, or to an app that
 *                   only the viewer has installed
 *   notice          the problem: connection lost, bot offline
 *   sandbox-note, bot, messages, start
 * The URL holds ?viewer=&locale=&channel=.
 */

import { acceptDropsOver } from "./uploads.js";
import { acceptPastes, createComposer } from "./composer.js";
import { connect } from "./link.js";
import { createHeader, createNotice } from "./header.js";
import { createMessageList } from "./message_list.js";
import { createSidebar } from "./sidebar.js";
import { createStore } from "./store.js";
import { el, nameOf } from "./dom.js";
import { isOffered, nestOptions } from "./commands.js";
import { keepStampsCurrent } from "./times.js";
import { openLightbox } from "./lightbox.js";
import { openModal } from "./modal.js";
import { wordsFor } from "./words.js";

const EPHEMERAL = 1 << 6;

function start() {
  const query = Object.fromEntries(new URLSearchParams(location.search));
  const locale = query.locale ?? (navigator.language.startsWith("zh") ? "zh-CN" : "en-US");
  const ctx = createContext(locale);
  const notice = createNotice(ctx);
  document.documentElement.lang = locale;
  document.body.append(notice.element);
  notice.connection("connecting");
  ctx.store.on("hello", () => {
    const { viewer } = ctx.store.hello;
    // A new sandbox at the old URL has other users: start again as one of them.
    if (ctx.page && viewer.id !== ctx.viewerId) return visit({ viewer: viewer.id });
    ctx.viewerId = viewer.id;
    if (!ctx.page) buildPage(ctx, notice);
    return enter(
      ctx,
      [ctx.store.channelId, query.channel].find((id) => ctx.store.channels.has(id)),
    );
  });
  const { send } = connect({
    query: { viewer: query.viewer, locale },
    lostReason: ctx.t("notConnected"),
    onState: notice.connection,
    onFrame: (frame) => (frame.type === "modal" ? openModal(ctx, frame) : ctx.store.apply(frame)),
  });
  ctx.send = send;
  keepStampsCurrent(locale);
}

function createContext(locale) {
  const store = createStore();
  const t = wordsFor(locale);
  const ctx = { store, t, locale, revealed: new Set(), failures: new Map() };
  ctx.isEphemeral = ({ flags }) => Boolean(flags & EPHEMERAL);
  ctx.isOffered = (command) =>
    isOffered(command, { viewer: store.hello.viewer, channel: store.channel() });
  ctx.textScope = () => ({
    users: store.users,
    channels: store.channels,
    roles: store.roles,
    locale,
  });
  ctx.channelTitle = () =>
    store.channel().kind === "dm" ? store.channel().name : `#${store.channel().name}`;
  ctx.openLightbox = (items, item, opener) => openLightbox(t, items, item, opener);
  ctx.failMessage = (messageId, words) => failMessage(ctx, messageId, words);
  ctx.runCommand = (invocation, onTaken) => runCommand(ctx, invocation, onTaken);
  return ctx;
}

function failMessage({ failures, store }, messageId, words) {
  if (words) failures.set(messageId, words);
  else failures.delete(messageId);
  store.tell("failure", messageId);
}

// `onTaken` gets the first response: the sandbox accepted or refused the command. Later failures
// are shown here.
function runCommand(ctx, { command, path, options, targetId }, onTaken = null) {
  let taken = false;
  const target = { channel_id: ctx.store.channelId, command_id: command.id, target_id: targetId };
  ctx.complain(null);
  const sent = { type: "command", ...target, context: ctx.store.context };
  ctx.send({ ...sent, options: nestOptions(path, options) }, (frame) => {
    if (!taken) onTaken?.(frame);
    taken = true;
    if (frame.type === "refused") ctx.complain(frame.reason);
    if (frame.state === "failed") ctx.complain(frame.reason || ctx.t("noAnswer"));
  });
}

function buildPage(ctx, notice) {
  const composer = createComposer(ctx);
  ctx.complain = composer.complain;
  ctx.startCommand = composer.startCommand;
  const fold = (open) => document.body.classList.toggle("list-open", open);
  const sidebar = createSidebar(ctx, {
    onChannel: (id) => {
      fold(false);
      enter(ctx, id);
    },
    onViewer: (viewer) => visit({ viewer }),
    onLocale: (locale) => visit({ locale }),
    onClose: () => fold(false),
  });
  const header = createHeader(ctx, { onOpenList: () => fold(true) });
  const list = createMessageList(ctx);
  const main = el(
    "main",
    { class: "main" },
    header.element,
    notice.element,
    list.element,
    composer.element,
  );
  const shade = el("div", { class: "shade", on: { click: () => fold(false) } });
  acceptDropsOver(main, { hint: ctx.t("drop"), onFiles: composer.addFiles });
  acceptPastes(composer);
  addEventListener("keydown", (event) => event.key === "Escape" && fold(false));
  ctx.page = el("div", { class: "page" }, sidebar.element, main, shade);
  document.body.append(ctx.page);
}

function enter({ store }, channelId = store.channels.keys().next().value) {
  const { viewer, locale } = store.hello;
  store.enter(channelId);
  const address = new URLSearchParams({ viewer: viewer.id, locale, channel: channelId });
  history.replaceState(null, "", `?${address}`);
  document.title = `${store.channel().name} · ${nameOf(viewer)} · Repaint sandbox`;
}

// Another viewer or language needs another connection: load the page again, with Back to return.
function visit(change) {
  const query = new URLSearchParams(location.search);
  for (const [key, value] of Object.entries(change)) query.set(key, value);
  location.search = query.toString();
}

start();
