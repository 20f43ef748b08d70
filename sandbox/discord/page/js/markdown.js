/**
 * Discord's markdown as blocks of elements. Elements are built and text is set as text: a member's
 * input never becomes HTML. Inline marks are in `markdown_inline.js`.
 */

import { el } from "./dom.js";
import { inline } from "./markdown_inline.js";

const FENCE = /^```(?:([\w+#.-]*)\n)?([\s\S]*?)```\n?/;
const HEADING = /^(#{1,3}) +(.+)$/;
const SMALL = /^-# +(.+)$/;
const ITEM = /^( *)([-*]|\d{1,9}\.) +(.*)$/;
const MAX_QUOTE_DEPTH = 3;

/** Build the elements of a text. `scope` has `users` and `channels` (maps by id) and `locale`. */
export function markdown(text, scope, depth = 0) {
  const root = el("div", { class: "markdown" });
  const paragraph = [];
  const flush = () => {
    if (paragraph.length) root.append(el("p", {}, inline(paragraph.splice(0).join("\n"), scope)));
  };
  let rest = text.replaceAll("\r\n", "\n");
  while (rest) {
    const block = takeBlock(rest, scope, depth);
    if (block) {
      flush();
      root.append(block.node);
      rest = rest.slice(block.length);
    } else {
      rest = takeLine(rest, paragraph);
    }
  }
  flush();
  return root;
}

function takeLine(rest, paragraph) {
  const end = fenceOrNewline(rest);
  paragraph.push(rest.slice(0, end));
  return rest.slice(rest[end] === "\n" ? end + 1 : end);
}

function fenceOrNewline(rest) {
  const newline = rest.indexOf("\n");
  const line = newline < 0 ? rest.length : newline;
  const code = rest.indexOf("```", 1);
  return code > 0 && code < line && FENCE.test(rest.slice(code)) ? code : line;
}

function takeBlock(rest, scope, depth) {
  return fence(rest) ?? quote(rest, scope, depth) ?? heading(rest, scope) ?? list(rest, scope);
}

function fence(rest) {
  const found = FENCE.exec(rest);
  if (!found || !found[2].trim()) return null;
  const code = found[2].replace(/^\n|\n$/g, "");
  return { node: el("pre", {}, el("code", { text: code })), length: found[0].length };
}

function quote(rest, scope, depth) {
  if (depth >= MAX_QUOTE_DEPTH) return null;
  if (rest.startsWith(">>> ")) return quoted(rest.slice(4), rest.length, scope, depth);
  const lines = takeWhile(rest, (line) => line.startsWith("> ") || line === ">");
  if (!lines.length) return null;
  return quoted(lines.map((line) => line.slice(2)).join("\n"), lengthOf(lines), scope, depth);
}

function quoted(text, length, scope, depth) {
  return { node: el("blockquote", {}, markdown(text, scope, depth + 1)), length };
}

function heading(rest, scope) {
  const [line] = rest.split("\n", 1);
  const small = SMALL.exec(line);
  if (small)
    return {
      node: el("small", { class: "subtext" }, inline(small[1], scope)),
      length: line.length + 1,
    };
  const found = HEADING.exec(line);
  if (!found) return null;
  // The page has its own h1 and h2; a message's headings come below them.
  const node = el(
    `h${found[1].length + 2}`,
    { class: `h${found[1].length}` },
    inline(found[2], scope),
  );
  return { node, length: line.length + 1 };
}

function list(rest, scope) {
  const first = ITEM.exec(rest.split("\n", 1)[0]);
  if (!first) return null;
  const kind = isNumber(first[2]);
  // "1." after "-" at the same level starts another list.
  const belongs = (found) =>
    found && (found[1].length > first[1].length || isNumber(found[2]) === kind);
  const lines = takeWhile(rest, (line) => belongs(ITEM.exec(line)));
  const items = lines.map((line) => {
    const [, indent, mark, text] = ITEM.exec(line);
    return { level: Math.floor(indent.length / 2), mark, text };
  });
  return { node: listOf(items, scope), length: lengthOf(lines) };
}

function isNumber(mark) {
  return /\d/.test(mark);
}

function listOf(items, scope) {
  const ordered = isNumber(items[0].mark);
  const node = el(ordered ? "ol" : "ul", { start: ordered ? parseInt(items[0].mark, 10) : null });
  for (let index = 0; index < items.length;) {
    const entry = el("li", {}, inline(items[index].text, scope));
    const nested = takeNested(items, index);
    if (nested.length) entry.append(listOf(nested, scope));
    node.append(entry);
    index += 1 + nested.length;
  }
  return node;
}

function takeNested(items, index) {
  const after = items.slice(index + 1);
  const end = after.findIndex((item) => item.level <= items[index].level);
  return end < 0 ? after : after.slice(0, end);
}

function takeWhile(rest, matches) {
  const lines = rest.split("\n");
  const end = lines.findIndex((line) => !matches(line));
  return end < 0 ? lines : lines.slice(0, end);
}

function lengthOf(lines) {
  return lines.reduce((sum, line) => sum + line.length + 1, 0);
}
