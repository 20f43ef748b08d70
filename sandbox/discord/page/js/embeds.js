/**
 * Classic embeds. Embeds that share a URL are one card with up to four images, as in Discord.
 */

import { colourOf, el, link, safeUrl } from "./dom.js";
import { gallery } from "./gallery.js";
import { markdown } from "./markdown.js";
import { messageTime } from "./times.js";

const MOST_PICTURES = 4;

/** Build the cards of a message's embeds. */
export function embeds(list, scope) {
  return merged(list).map((embed) => card(embed, scope));
}

function merged(list) {
  const cards = [];
  for (const embed of list) {
    const same = embed.url && cards.find((one) => one.url === embed.url);
    if (same && embed.image) same.pictures.push(embed.image);
    else cards.push({ ...embed, pictures: embed.image ? [embed.image] : [] });
  }
  return cards;
}

function card(embed, scope) {
  const node = el("div", { class: "embed", "data-testid": "embed" });
  const colour = colourOf(embed.color);
  if (colour) node.style.setProperty("--edge", colour);
  const words = el(
    "div",
    { class: "embed-words" },
    author(embed),
    title(embed, scope),
    text(embed, scope),
  );
  words.append(...fields(embed, scope));
  node.append(el("div", { class: "embed-top" }, words, thumbnail(embed, scope)));
  if (embed.pictures.length) node.append(pictures(embed, scope));
  node.append(...footer(embed, scope));
  return node;
}

function author({ author: given }) {
  return given && link(given.url, { class: "embed-author", text: given.name });
}

function title({ title: words, url }, { ctx }) {
  return words && link(url, { class: "embed-title" }, markdown(words, ctx.textScope()));
}

function text({ description }, { ctx }) {
  return description && markdown(description, ctx.textScope());
}

function fields({ fields: list = [] }, { ctx }) {
  if (!list.length) return [];
  const views = list.map(({ name, value, inline }) =>
    el(
      "div",
      { class: inline ? "field inline" : "field" },
      el("div", { class: "field-name" }, markdown(name, ctx.textScope())),
      markdown(value, ctx.textScope()),
    ),
  );
  return [el("div", { class: "fields" }, views)];
}

function thumbnail({ thumbnail: picture }, scope) {
  if (!picture || !safeUrl(picture.url)) return null;
  const view = gallery([pictureOf(picture)], scope);
  view.classList.add("thumbnail");
  return view;
}

function pictures(embed, scope) {
  return gallery(embed.pictures.slice(0, MOST_PICTURES).map(pictureOf), scope);
}

function pictureOf({ url, proxy_url: proxy, width, height }) {
  return { url: proxy ?? url, width, height };
}

function footer({ footer: given, timestamp }, { ctx }) {
  if (!given && !timestamp) return [];
  const time = timestamp && messageTime(timestamp, { locale: ctx.locale, t: ctx.t });
  return [el("footer", {}, given && el("span", { text: given.text }), time)];
}
