/**
 * The marks inside a line of Discord's markdown: emphasis, code, links, mentions, stamps, escapes.
 */

import { el, link, nameOf } from "./dom.js";
import { stamp } from "./times.js";

// Longer marks first: `**` before `*`.
const MARKS = [
  ["***", (inside) => el("strong", {}, el("em", {}, inside))],
  ["**", (inside) => el("strong", {}, inside)],
  ["__", (inside) => el("u", {}, inside)],
  ["~~", (inside) => el("s", {}, inside)],
  ["||", (inside) => spoilerText(inside)],
  ["*", (inside) => el("em", {}, inside)],
  ["_", (inside) => el("em", {}, inside)],
];
const MAX_DEPTH = 8;
const CODE = /(`+)([\s\S]*?[^`])\1(?!`)/y;
const TOKEN =
  /<(@!?|@&|#)(\d{1,20})>|<t:(-?\d{1,12})(?::([tTdDfFR]))?>|<\/([^:<>]{1,100}):(\d{1,20})>|<a?:(\w{1,32}):\d{1,20}>/y;
const MASKED =
  /\[([^\]\n]{1,400})\]\(<?(https?:\/\/[^\s<>()]*(?:\([^\s<>()]*\)[^\s<>()]*)*)>?(?: "[^"\n]*")?\)/y;
const ADDRESS = /<(https?:\/\/[^\s<>]+)>|(https?:\/\/[^\s<>]*[^\s<>.,:;"')\]*_~|])/y;
const EVERYONE = /@(everyone|here)\b/y;
const ESCAPABLE = /[!-/:-@[-`{-~]/;

const RULES = {
  "\\": escaped,
  "`": code,
  "<": angle,
  "[": masked,
  h: address,
  "@": everyone,
  "\n": newline,
};

/** Build the nodes of one piece of text; see `markdown` for `scope`. */
export function inline(text, scope, depth = 0) {
  const nodes = [];
  let plain = "";
  for (let at = 0; at < text.length;) {
    const found = take(text, at, scope, depth);
    if (!found) {
      plain += text[at];
      at += 1;
      continue;
    }
    if (plain) nodes.push(plain);
    plain = "";
    nodes.push(found.node);
    at = found.end;
  }
  return plain ? [...nodes, plain] : nodes;
}

function take(text, at, scope, depth) {
  const rule = RULES[text[at]];
  return rule ? rule(text, at, scope) : emphasis(text, at, scope, depth);
}

function match(pattern, text, at) {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

function escaped(text, at) {
  const next = text[at + 1];
  return next && ESCAPABLE.test(next) ? { node: next, end: at + 2 } : null;
}

function newline(text, at) {
  return { node: el("br"), end: at + 1 };
}

function code(text, at) {
  const found = match(CODE, text, at);
  if (!found) return null;
  return { node: el("code", { text: found[2].trim() || found[2] }), end: at + found[0].length };
}

function masked(text, at, scope) {
  const found = match(MASKED, text, at);
  if (!found) return null;
  const words = inline(found[1], scope, MAX_DEPTH);
  return { node: link(found[2], { title: found[2] }, words), end: at + found[0].length };
}

function address(text, at) {
  const found = match(ADDRESS, text, at);
  if (!found) return null;
  const url = found[1] ?? found[2];
  return { node: link(url, { text: url }), end: at + found[0].length };
}

function everyone(text, at) {
  const found = match(EVERYONE, text, at);
  return (
    found && { node: el("span", { class: "mention", text: found[0] }), end: at + found[0].length }
  );
}

function angle(text, at, scope) {
  const found = match(TOKEN, text, at);
  if (!found) return address(text, at);
  return { node: tokenNode(found, scope), end: at + found[0].length };
}

function tokenNode([, kind, id, unix, style, command, , emoji], scope) {
  if (unix) return stamp(Number(unix), style ?? "f", scope.locale);
  const words = kind ? mentionWords(kind, id, scope) : command && `/${command}`;
  return words ? el("span", { class: "mention", text: words }) : `:${emoji}:`;
}

function mentionWords(kind, id, scope) {
  if (kind === "#") return `#${scope.channels.get(id)?.name ?? id}`;
  if (kind === "@&") return `@${scope.roles?.get(id)?.name ?? id}`;
  const user = scope.users.get(id);
  return `@${user ? nameOf(user) : id}`;
}

function emphasis(text, at, scope, depth) {
  if (depth >= MAX_DEPTH) return null;
  for (const [mark, build] of MARKS) {
    if (!text.startsWith(mark, at)) continue;
    const end = closing(text, at + mark.length, mark);
    if (end < 0 || !mayStand(text, at, end, mark)) continue;
    const inside = inline(text.slice(at + mark.length, end), scope, depth + 1);
    return { node: build(inside), end: end + mark.length };
  }
  return null;
}

function closing(text, from, mark) {
  for (let at = from; at < text.length; at += 1) {
    if (text[at] === "\\") at += 1;
    else if (text[at] === "`") at = skipCode(text, at);
    else if (at > from && text.startsWith(mark, at) && !isLonger(text, at, mark)) return at;
  }
  return -1;
}

function skipCode(text, at) {
  const found = match(CODE, text, at);
  return found ? at + found[0].length - 1 : at;
}

function isLonger(text, at, mark) {
  if (mark.length > 1) return text[at + mark.length] === mark[0] && mark !== "***";
  return text[at + 1] === mark || text[at - 1] === mark;
}

function mayStand(text, at, end, mark) {
  if (mark === "*") return !/\s/.test(text[at + 1]) && !/\s/.test(text[end - 1]);
  if (mark === "_") return !/\w/.test(text[at - 1] ?? " ") && !/\w/.test(text[end + 1] ?? " ");
  return text.slice(at + mark.length, end).trim() !== "";
}

function spoilerText(inside) {
  const reveal = (event) => {
    const node = event.currentTarget;
    if (node.classList.contains("revealed")) return;
    event.preventDefault();
    node.classList.add("revealed");
    node.setAttribute("aria-expanded", "true");
  };
  const keyed = (event) => ["Enter", " "].includes(event.key) && reveal(event);
  const props = { class: "spoiler-text", role: "button", tabindex: "0", "aria-expanded": "false" };
  const node = el("span", props, el("span", {}, inside));
  node.addEventListener("click", reveal);
  node.addEventListener("keydown", keyed);
  return node;
}
