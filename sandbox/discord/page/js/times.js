/**
 * Times as Discord shows them: message stamps and the `<t:unix:style>` marks; relative ones are
 * updated.
 */

import { el } from "./dom.js";

const STYLES = {
  t: { timeStyle: "short" },
  T: { timeStyle: "medium" },
  d: { dateStyle: "short" },
  D: { dateStyle: "long" },
  f: { dateStyle: "long", timeStyle: "short" },
  F: { dateStyle: "full", timeStyle: "short" },
};

const STEPS = [
  ["year", 31_536_000],
  ["month", 2_592_000],
  ["day", 86_400],
  ["hour", 3600],
  ["minute", 60],
  ["second", 1],
];

const TICK_MS = 1000;

/** Return the words for the distance from now to an instant (Unix seconds), e.g. "in 5 minutes". */
export function relative(unix, locale, now = Date.now() / 1000) {
  const distance = Math.round(unix - now);
  const [unit, size] = STEPS.find(([, seconds]) => Math.abs(distance) >= seconds) ?? STEPS.at(-1);
  return new Intl.RelativeTimeFormat(locale, { numeric: "auto" }).format(
    Math.trunc(distance / size),
    unit,
  );
}

/** Build the element for `<t:unix:style>`; an unknown style reads like "f", as Discord does. */
export function stamp(unix, style, locale) {
  const instant = new Date(unix * 1000);
  const full = new Intl.DateTimeFormat(locale, STYLES.F).format(instant);
  const node = el("time", { class: "stamp", datetime: instant.toISOString(), title: full });
  if (style !== "R") {
    node.textContent = new Intl.DateTimeFormat(locale, STYLES[style] ?? STYLES.f).format(instant);
    return node;
  }
  node.dataset.relative = String(unix);
  node.textContent = relative(unix, locale);
  return node;
}

/**
 * Update every relative stamp of the document once a second.
 */
export function keepStampsCurrent(locale) {
  setInterval(() => {
    for (const node of document.querySelectorAll("time[data-relative]")) {
      const words = relative(Number(node.dataset.relative), locale);
      if (node.textContent !== words) node.textContent = words;
    }
  }, TICK_MS);
}

/** Build the time next to an author's name. */
export function messageTime(iso, { locale, t }) {
  const instant = new Date(iso);
  const full = new Intl.DateTimeFormat(locale, STYLES.F).format(instant);
  return el("time", {
    class: "when",
    datetime: iso,
    title: full,
    text: dayAndTime(instant, { locale, t }),
  });
}

function dayAndTime(instant, { locale, t }) {
  const time = new Intl.DateTimeFormat(locale, STYLES.t).format(instant);
  const days = Math.round((startOfDay(new Date()) - startOfDay(instant)) / 86_400_000);
  if (days === 0) return t("today", time);
  if (days === 1) return t("yesterday", time);
  return `${new Intl.DateTimeFormat(locale, STYLES.d).format(instant)} ${time}`;
}

function startOfDay(instant) {
  return new Date(instant.getFullYear(), instant.getMonth(), instant.getDate()).getTime();
}
