/**
 * The side bar: the guild and its channels, the viewer, the language, and a note on the sandbox.
 */

import { avatar, el, nameOf } from "./dom.js";
import { icon, iconButton } from "./icons.js";
import { languageName } from "./words.js";

const ICONS = { text: "hash", thread: "thread", dm: "at", group: "at" };
const DIRECT = ["dm", "group"];

/**
 * Create the side bar: {element}. Calls `onChannel(id)`, `onViewer(id)` or `onLocale(code)` on a
 * choice.
 */
export function createSidebar(ctx, { onChannel, onViewer, onLocale, onClose }) {
  const { t, store } = ctx;
  const channels = el("nav", { class: "channels", "aria-label": t("channels") });
  const bot = el("div", { class: "bot-state", "data-testid": "bot" });
  const paint = () => channels.replaceChildren(...channelGroups(ctx, onChannel));
  const paintBot = () => bot.replaceChildren(...botFace(ctx));
  for (const event of ["hello", "channel", "unread"]) store.on(event, paint);
  for (const event of ["hello", "bot"]) store.on(event, paintBot);
  const note = el("p", { class: "note-card", "data-testid": "sandbox-note" }, icon("spark"));
  note.append(el("span", { text: t("note") }));
  const who = el(
    "div",
    { class: "switches" },
    viewerSwitch(ctx, onViewer),
    localeSwitch(ctx, onLocale),
    installSwitch(ctx),
  );
  const element = el("aside", { class: "sidebar", id: "sidebar" }, head(ctx, onClose));
  element.append(channels, bot, note, who);
  paint();
  paintBot();
  return { element };
}

function head({ t, store }, onClose) {
  const picture = el("img", { src: "icon.svg", alt: "", width: 32, height: 32 });
  const shut = iconButton("close", t("closeList"), { onClick: onClose, look: "fold" });
  return el("header", {}, picture, el("h1", { text: store.hello.guild.name }), shut);
}

function channelGroups({ t, store }, onChannel) {
  const all = [...store.channels.values()];
  const rooms = all.filter(({ kind }) => !DIRECT.includes(kind));
  const direct = all.filter(({ kind }) => DIRECT.includes(kind));
  const group = (title, list) => [
    el("h2", { text: title }),
    ...list.map((channel) => channelView(store, channel, onChannel)),
  ];
  return [
    ...group(t("channels"), rooms),
    ...(direct.length ? group(t("conversations"), direct) : []),
  ];
}

function channelView(store, channel, onChannel) {
  const here = channel.id === store.channelId;
  const unread = store.unread.has(channel.id);
  const kind = `channel ${channel.kind}${unread ? " unread" : ""}`;
  const hooks = {
    "data-testid": "channel",
    "data-channel-id": channel.id,
    "data-channel": channel.name,
  };
  const props = { class: kind, type: "button", "aria-current": here ? "page" : null, ...hooks };
  const name = el("span", { text: channel.name });
  return el(
    "button",
    { ...props, on: { click: () => onChannel(channel.id) } },
    icon(ICONS[channel.kind] ?? "hash"),
    name,
  );
}

function botFace({ t, store }) {
  const { online, user } = store.bot;
  const words = el(
    "span",
    { class: "bot-words" },
    el("b", { text: user ? nameOf(user) : t("theBot") }),
  );
  words.append(el("small", { text: t(online ? "online" : "offline") }));
  const dot = el("i", { class: online ? "dot on" : "dot", "aria-hidden": "true" });
  return [el("span", { class: "face-and-dot" }, avatar(user, 32), dot), words];
}

function viewerSwitch({ t, store }, onViewer) {
  const { viewer, viewers } = store.hello;
  const label = (user) => (user.moderator ? `${nameOf(user)} (${t("moderator")})` : nameOf(user));
  const options = viewers.map((user) => el("option", { value: user.id, text: label(user) }));
  const node = el("select", { "data-testid": "viewer-switch" }, options);
  node.value = viewer.id;
  node.addEventListener("change", () => onViewer(node.value));
  return el(
    "label",
    { class: "switch" },
    avatar(viewer, 32),
    el("span", { class: "switch-words" }, el("small", { text: t("looking") }), node),
  );
}

function localeSwitch({ t, store }, onLocale) {
  const { locale, locales } = store.hello;
  const options = locales.map((code) =>
    el("option", { value: code, text: languageName(code), lang: code }),
  );
  const node = el("select", { "data-testid": "locale-switch" }, options);
  node.value = locale;
  node.addEventListener("change", () => onLocale(node.value));
  const face = el("span", { class: "face letter", "aria-hidden": "true" }, icon("globe"));
  return el(
    "label",
    { class: "switch" },
    face,
    el("span", { class: "switch-words" }, el("small", { text: t("languageLabel") }), node),
  );
}

// In Discord a member can use their own app in servers that the bot is not in.
function installSwitch({ t, store }) {
  const node = el("select", { "data-testid": "install-switch" }, [
    el("option", { value: "", text: t("installedHere") }),
    el("option", { value: "user_install", text: t("installedByMe") }),
  ]);
  node.value = store.context;
  node.addEventListener("change", () => {
    store.context = node.value;
  });
  const face = el("span", { class: "face letter", "aria-hidden": "true" }, icon("plus"));
  return el(
    "label",
    { class: "switch" },
    face,
    el("span", { class: "switch-words" }, el("small", { text: t("installLabel") }), node),
  );
}
