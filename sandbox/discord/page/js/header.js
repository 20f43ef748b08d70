/** The header above the messages, and the notice below it if there is a problem. */

import { el, nameOf } from "./dom.js";
import { icon, iconButton } from "./icons.js";

const ICONS = { text: "hash", thread: "thread", dm: "at" };

/** Create the header of the open channel: {element}. */
export function createHeader(ctx, { onOpenList }) {
  const { t, store } = ctx;
  const title = el("div", { class: "title" });
  const topic = el("p", { class: "topic" });
  const aria = { "aria-controls": "sidebar", "data-testid": "open-list" };
  const open = iconButton("menu", t("openList"), { onClick: onOpenList, look: "fold", ...aria });
  store.on("channel", () => {
    const { name, kind, topic: words } = store.channel();
    title.replaceChildren(icon(ICONS[kind] ?? "hash"), el("h2", { text: name }));
    topic.textContent = words ?? "";
    topic.hidden = !words;
  });
  return { element: el("header", { class: "header" }, open, title, topic) };
}

/**
 * Create the notice: {element, connection(state)}. It shows the main problem, or is hidden.
 */
export function createNotice(ctx) {
  const { t, store } = ctx;
  const element = el("p", {
    class: "notice",
    role: "status",
    hidden: true,
    "data-testid": "notice",
  });
  let state = "connecting";
  const paint = () => {
    const words = noticeWords(state, store, t);
    element.hidden = !words;
    element.dataset.kind = state === "open" ? "bot" : "connection";
    element.replaceChildren(...(words ? [icon("warn"), el("span", { text: words })] : []));
  };
  for (const event of ["hello", "bot"]) store.on(event, paint);
  const connection = (now) => {
    state = now;
    paint();
  };
  return { element, connection };
}

function noticeWords(state, { hello, bot }, t) {
  if (state === "connecting") return t("connecting");
  if (state === "lost") return t("lost");
  if (!hello || bot.online) return null;
  return t("botOffline", bot.user ? nameOf(bot.user) : t("theBot"));
}
