/** Helpers that build the page's elements. Text is always set as text, never parsed as HTML. */

const AS_PROPERTY = new Set(["value", "checked", "disabled", "hidden", "tabIndex", "multiple"]);

/**
 * Build an element: `class`, `text`, `on` ({event: listener}), properties and attributes (omitted
 * if null or false).
 */
export function el(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(props)) assign(node, key, value);
  node.append(
    ...children.flat().filter((child) => child !== null && child !== undefined && child !== false),
  );
  return node;
}

function assign(node, key, value) {
  if (value === null || value === undefined) return;
  if (key === "class") node.className = value;
  else if (key === "text") node.textContent = value;
  else if (key === "on") listenAll(node, value);
  else if (AS_PROPERTY.has(key)) node[key] = value;
  else if (value !== false) node.setAttribute(key, value === true ? "" : String(value));
}

function listenAll(node, listeners) {
  for (const [event, listener] of Object.entries(listeners)) node.addEventListener(event, listener);
}

/** Return the URL if it is http(s), otherwise null: a bot may send any string. */
export function safeUrl(url) {
  if (typeof url !== "string") return null;
  const parsed = URL.parse ? URL.parse(url, location.href) : tryUrl(url);
  return parsed && ["http:", "https:"].includes(parsed.protocol) ? parsed.href : null;
}

function tryUrl(url) {
  try {
    return new URL(url, location.href);
  } catch {
    return null;
  }
}

/** Build a link that opens in a new tab, or a plain span if the URL is not http(s). */
export function link(url, props, ...children) {
  const href = safeUrl(url);
  if (!href) return el("span", props, ...children);
  return el("a", { ...props, href, target: "_blank", rel: "noopener noreferrer" }, ...children);
}

/** Set a textarea's height to that of its text. */
export function grow(textarea) {
  const fit = () => {
    textarea.style.height = "auto";
    textarea.style.height = `${textarea.scrollHeight}px`;
  };
  textarea.addEventListener("input", fit);
  requestAnimationFrame(fit);
}

/** Build a user's round avatar; without an image, the first letter on the user's colour. */
export function avatar(user, size = 40) {
  const node = el("span", { class: "face", "aria-hidden": "true" });
  node.style.setProperty("--size", `${size}px`);
  const url = safeUrl(user?.avatar_url);
  if (url) node.append(el("img", { src: url, alt: "", width: size, height: size }));
  else node.textContent = [...nameOf(user)][0] ?? "?";
  if (!url) node.style.background = colourOf(user?.color) ?? "var(--accent)";
  return node;
}

/** Return a user's display name. */
export function nameOf(user) {
  return user?.global_name || user?.username || "?";
}

/** Return a CSS colour for Discord's number (0xRRGGBB) or a ready "#rrggbb", else null. */
export function colourOf(colour) {
  if (typeof colour === "number" && colour > 0) return `#${colour.toString(16).padStart(6, "0")}`;
  return typeof colour === "string" && /^#[0-9a-f]{6}$/i.test(colour) ? colour : null;
}

/** Format a size in bytes for display. */
export function bytes(count) {
  if (!Number.isFinite(count)) return "";
  if (count < 1024) return `${count} B`;
  return count < 1024 ** 2
    ? `${(count / 1024).toFixed(1)} KB`
    : `${(count / 1024 ** 2).toFixed(2)} MB`;
}

/** Keep the Tab key's focus inside an element, as a modal window does. */
export function trapFocus(root) {
  root.addEventListener("keydown", (event) => {
    if (event.key !== "Tab") return;
    const stops = focusable(root);
    const edge = event.shiftKey ? stops[0] : stops.at(-1);
    if (document.activeElement !== edge) return;
    event.preventDefault();
    (event.shiftKey ? stops.at(-1) : stops[0]).focus();
  });
}

function focusable(root) {
  const all = root.querySelectorAll("a[href], button, input, select, textarea, [tabindex]");
  return [...all].filter(
    (node) => !node.disabled && node.tabIndex >= 0 && node.offsetParent !== null,
  );
}
