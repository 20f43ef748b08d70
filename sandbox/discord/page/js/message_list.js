/**
 * The messages of the open channel: follows the store, and stays scrolled to the bottom if the
 * viewer is there.
 */

import { el } from "./dom.js";
import { failureLine, messageView } from "./message_view.js";
import { entriesOf } from "./commands.js";

const GROUP_WITHIN_MS = 7 * 60_000;
const NEAR_BOTTOM_PX = 120;

/** Create the list: {element}. It handles the store's "hello", "channel" and "message". */
export function createMessageList(ctx) {
  const list = el("div", {
    class: "messages",
    role: "log",
    "aria-label": ctx.t("messages"),
    "data-testid": "messages",
  });
  const scroller = el("div", { class: "scroller", tabindex: "0" }, list);
  const followBottom = stickToBottom(scroller, list);
  const fill = () => {
    list.replaceChildren(welcome(ctx), ...channelViews(ctx));
    followBottom(true);
  };
  ctx.store.on("channel", fill);
  ctx.store.on(
    "message",
    (change) => change.message.channel_id === ctx.store.channelId && apply(ctx, list, change),
  );
  const greet = () => list.querySelector(":scope > .welcome")?.replaceWith(welcome(ctx));
  ctx.store.on("commands", greet);
  ctx.store.on("failure", (messageId) => showFailure(ctx, list, messageId));
  return { element: scroller };
}

function stickToBottom(scroller, list) {
  let sticking = true;
  const follow = (always = false) => {
    sticking ||= always;
    if (sticking) scroller.scrollTop = scroller.scrollHeight;
  };
  scroller.addEventListener("scroll", () => {
    sticking = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < NEAR_BOTTOM_PX;
  });
  const observer = new ResizeObserver(() => follow());
  observer.observe(list);
  observer.observe(scroller);
  return follow;
}

function messagesHere({ store }) {
  return [...(store.messages.get(store.channelId)?.values() ?? [])];
}

function channelViews(ctx) {
  const messages = messagesHere(ctx);
  return messages.map((message, index) => viewOf(ctx, message, messages[index - 1]));
}

function viewOf(ctx, message, before) {
  return messageView(ctx, message, { grouped: isGrouped(ctx, message, before) });
}

function isGrouped(ctx, message, before) {
  if (!before || message.interaction_metadata || message.message_reference) return false;
  if (ctx.isEphemeral(message) || ctx.isEphemeral(before)) return false;
  const apart = new Date(message.timestamp) - new Date(before.timestamp);
  return before.author.id === message.author.id && apart < GROUP_WITHIN_MS;
}

function apply(ctx, list, { kind, message }) {
  const shown = list.querySelector(`[data-message-id="${CSS.escape(message.id)}"]`);
  if (kind === "delete") return remove(ctx, list, shown);
  const messages = messagesHere(ctx);
  const at = messages.findIndex(({ id }) => id === message.id);
  const view = viewOf(ctx, message, messages[at - 1]);
  if (!shown) return list.append(view);
  return replace(shown, view);
}

function remove(ctx, list, shown) {
  const next = shown?.nextElementSibling;
  shown?.remove();
  if (!next?.classList.contains("grouped")) return;
  const messages = messagesHere(ctx);
  const at = messages.findIndex(({ id }) => id === next.dataset.messageId);
  replace(next, viewOf(ctx, messages[at], messages[at - 1]));
}

// If a button of the old view has the focus, move it to the same button of the new view.
function replace(shown, view) {
  const focused = shown.contains(document.activeElement) ? document.activeElement : null;
  keepPictures(shown, view);
  shown.replaceWith(view);
  if (!focused) return;
  const id = focused.dataset.customId;
  const again = id && view.querySelector(`[data-custom-id="${CSS.escape(id)}"]:not(:disabled)`);
  (again || view).focus({ preventScroll: true });
}

// Do not load the same image again for a newly signed URL, so that edits cause no flicker.
function keepPictures(shown, view) {
  const path = ({ src }) => src.split("?")[0];
  const loaded = [...shown.querySelectorAll(".gallery-item img")].filter(
    ({ complete }) => complete,
  );
  const old = new Map(loaded.map((image) => [path(image), image]));
  for (const image of view.querySelectorAll(".gallery-item img")) {
    const known = old.get(path(image));
    if (known && known.alt === image.alt) image.replaceWith(known);
  }
}

function showFailure(ctx, list, messageId) {
  const shown = list.querySelector(`[data-message-id="${CSS.escape(messageId)}"] > .body`);
  shown?.querySelector(":scope > .failure")?.remove();
  const words = ctx.failures.get(messageId);
  if (shown && words) shown.append(failureLine(words));
}

function welcome(ctx) {
  const { t, store } = ctx;
  const node = el("section", { class: "welcome" });
  node.append(el("h2", { text: t("welcome", ctx.channelTitle()) }), el("p", { text: t("hint") }));
  const offered = entriesOf(store.commands.filter(ctx.isOffered), ctx.locale);
  const first =
    offered.find(({ options }) => options.some(({ required }) => required)) ?? offered[0];
  if (first) node.append(startButton(ctx, first));
  return node;
}

function startButton(ctx, entry) {
  const props = {
    class: "button primary",
    type: "button",
    text: ctx.t("start", entry.title),
    "data-testid": "start",
  };
  return el("button", { ...props, on: { click: () => ctx.startCommand(entry) } });
}
