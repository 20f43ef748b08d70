/** One message: author, time, the command it answers, its content, and its actions. */

import { avatar, colourOf, el, nameOf } from "./dom.js";
import { icon, iconButton } from "./icons.js";
import { attachments } from "./gallery.js";
import { entriesOf, localised } from "./commands.js";
import { components } from "./components.js";
import { embeds } from "./embeds.js";
import { markdown } from "./markdown.js";
import { openMessageMenu, openUserMenu } from "./menus.js";
import { messageTime } from "./times.js";

const COMPONENTS_V2 = 1 << 15;
const CHAT_INPUT = 1;

/**
 * Build a message. `grouped`: it closely follows one of the same author, so it has no header.
 */
export function messageView(ctx, message, { grouped = false } = {}) {
  const author = ctx.store.users.get(message.author.id) ?? message.author;
  const ephemeral = ctx.isEphemeral(message);
  const hooks = {
    "data-testid": "message",
    "data-message-id": message.id,
    "data-ephemeral": String(ephemeral),
  };
  const kind = `message${grouped ? " grouped" : ""}${ephemeral ? " ephemeral" : ""}`;
  const node = el("article", {
    class: kind,
    tabindex: "-1",
    "aria-label": nameOf(author),
    ...hooks,
  });
  const body = el(
    "div",
    { class: "body" },
    grouped ? null : head(ctx, message, author),
    content(ctx, message),
  );
  const failure = ctx.failures.get(message.id);
  if (failure) body.append(failureLine(failure));
  if (ephemeral) body.append(ownFooter(ctx, message));
  node.append(
    ...reference(ctx, message),
    side(ctx, message, { author, grouped }),
    body,
    tools(ctx, message),
  );
  node.addEventListener("contextmenu", (event) => openAt(event, ctx, message));
  return node;
}

function openAt(event, ctx, message) {
  // Links and images keep the browser's own menu.
  if (event.target.closest("a, .gallery-item, input, textarea")) return;
  event.preventDefault();
  openMessageMenu(ctx, message, { x: event.clientX, y: event.clientY });
}

function reference(ctx, message) {
  const asked = message.interaction_metadata;
  const name = asked?.name ?? asked?.triggering_interaction_metadata?.name;
  if (name && !message.message_reference) return [commandLine(ctx, asked.user, name)];
  const replied = message.message_reference?.message_id;
  return replied ? [replyLine(ctx, message, replied)] : [];
}

function commandLine(ctx, asking, name) {
  const user = ctx.store.users.get(asking.id) ?? asking;
  const used = el("span", { class: "used", text: commandWords(ctx, name) });
  return el(
    "div",
    { class: "reference" },
    el("i", { class: "elbow" }),
    avatar(user, 16),
    userName(ctx, user),
    ` ${ctx.t("used")} `,
    used,
  );
}

function commandWords({ store, locale }, name) {
  const menu = store.commands.find(
    (command) => command.name === name && command.type !== CHAT_INPUT,
  );
  if (menu) return localised(menu, "name", locale);
  return entriesOf(store.commands, locale).find(({ names }) => names === name)?.title ?? `/${name}`;
}

function replyLine(ctx, message, id) {
  const known = ctx.store.messages.get(message.channel_id)?.get(id) ?? message.referenced_message;
  const node = el("div", { class: "reference" }, el("i", { class: "elbow" }));
  if (!known) return (node.append(ctx.t("missingMessage")), node);
  const author = ctx.store.users.get(known.author.id) ?? known.author;
  const excerpt = el(
    "span",
    { class: "excerpt" },
    known.content ? markdown(known.content, ctx.textScope()) : icon("image"),
  );
  node.append(avatar(author, 16), userName(ctx, author), excerpt);
  return node;
}

function userName(ctx, user) {
  const node = el("button", {
    class: "name",
    type: "button",
    text: nameOf(user),
    "data-testid": "user",
  });
  const colour = colourOf(user.color);
  if (colour) node.style.setProperty("--name", colour);
  return withUserMenu(ctx, user, node);
}

function withUserMenu(ctx, user, node) {
  node.addEventListener("click", () => openUserMenu(ctx, user, node));
  node.addEventListener("contextmenu", (event) => {
    event.preventDefault();
    event.stopPropagation();
    openUserMenu(ctx, user, node);
  });
  return node;
}

function side(ctx, message, { author, grouped }) {
  if (grouped) return el("span", { class: "side", "aria-hidden": "true" });
  const props = {
    class: "side",
    type: "button",
    tabindex: "-1",
    "aria-label": nameOf(author),
    "data-testid": "avatar",
  };
  return withUserMenu(ctx, author, el("button", props, avatar(author, 40)));
}

function head(ctx, message, author) {
  const isBot = message.author.bot || author.bot;
  const badge = isBot ? el("span", { class: "badge", text: ctx.t("app") }) : null;
  const time = messageTime(message.timestamp, { locale: ctx.locale, t: ctx.t });
  return el("header", {}, userName(ctx, author), badge, time);
}

function content(ctx, message) {
  if (message.loading) return thinking(ctx, message);
  const scope = { ctx, message };
  const isV2 = Boolean(message.flags & COMPONENTS_V2);
  const node = el("div", { class: isV2 ? "content v2" : "content" });
  if (message.content) node.append(markdown(message.content, ctx.textScope()));
  // A V2 message shows only the attachments that a component refers to.
  if (!isV2)
    node.append(
      ...attachments(message.attachments ?? [], scope),
      ...embeds(message.embeds ?? [], scope),
    );
  node.append(...components(message.components ?? [], scope));
  if (message.edited_timestamp)
    node.append(el("small", { class: "edited", text: ctx.t("edited") }));
  return node;
}

function thinking(ctx, message) {
  const dots = el("span", { class: "dots", "aria-hidden": "true" }, el("i"), el("i"), el("i"));
  const words = `${nameOf(message.author)} ${ctx.t("thinking")}`;
  return el(
    "div",
    { class: "content thinking", "data-testid": "thinking", role: "status" },
    dots,
    words,
  );
}

function ownFooter(ctx, message) {
  const frame = { type: "dismiss", channel_id: message.channel_id, message_id: message.id };
  const dismiss = el("button", {
    class: "plain",
    type: "button",
    text: ctx.t("dismiss"),
    "data-testid": "dismiss",
  });
  dismiss.addEventListener("click", () => ctx.send(frame));
  return el("p", { class: "only-you" }, icon("eye"), ctx.t("onlyYou"), " · ", dismiss);
}

/** Build the line under a message whose button or menu the bot did not answer. */
export function failureLine(words) {
  return el(
    "p",
    { class: "failure", role: "alert", "data-testid": "message-error" },
    icon("warn"),
    words,
  );
}

function tools(ctx, message) {
  const hooks = { "aria-haspopup": "menu", "data-testid": "message-menu" };
  const onClick = () => openMessageMenu(ctx, message, node);
  const node = iconButton("dots", ctx.t("more"), { onClick, look: "tool", ...hooks });
  return el("div", { class: "tools" }, node);
}
