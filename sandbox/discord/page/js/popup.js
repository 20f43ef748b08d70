/** Floating panels next to their anchor, closed by Escape or a click outside. */

const MARGIN_PX = 8;

/**
 * Show `panel` next to `anchor` (an element, or a point {x, y}). Only one of a kind is open at a
 * time. `above`: preferably above it. Returns `close()`; calls `onClose` once.
 */
export function openPopup(
  anchor,
  panel,
  { onClose = null, host = hostOf(anchor), sameWidth = false, above = false } = {},
) {
  const stop = new AbortController();
  const close = () => {
    if (stop.signal.aborted) return;
    stop.abort();
    panel.remove();
    onClose?.();
  };
  panel.popover = "manual";
  panel.classList.add("popup");
  host.append(panel);
  panel.showPopover();
  const place = () => placeBeside(anchor, panel, { sameWidth, above });
  place();
  closeWhenLeft({ anchor, panel, close, place, signal: stop.signal });
  return close;
}

function hostOf(anchor) {
  // Everything outside an open dialog is inert, so its popups are placed inside it.
  return (anchor instanceof Element && anchor.closest("dialog")) || document.body;
}

function closeWhenLeft({ anchor, panel, close, place, signal }) {
  const outside = (event) => {
    if (panel.contains(event.target)) return;
    if (anchor instanceof Element && anchor.contains(event.target)) return;
    close();
  };
  const escape = (event) => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    event.preventDefault();
    close();
  };
  document.addEventListener("pointerdown", outside, { capture: true, signal });
  document.addEventListener("keydown", escape, { capture: true, signal });
  const scrolled = (event) => panel.contains(event.target) || place();
  document.addEventListener("scroll", scrolled, { capture: true, signal });
  addEventListener("resize", place, { signal });
  new ResizeObserver((_, observer) => (signal.aborted ? observer.disconnect() : place())).observe(
    panel,
  );
}

function placeBeside(anchor, panel, { sameWidth, above: preferAbove }) {
  const box = anchor instanceof Element ? anchor.getBoundingClientRect() : pointBox(anchor);
  if (sameWidth) panel.style.minWidth = `${box.width}px`;
  const { width, height } = panel.getBoundingClientRect();
  const below = innerHeight - box.bottom - MARGIN_PX;
  const above = box.top - MARGIN_PX;
  const goesBelow = preferAbove
    ? above < height && below > above
    : below >= height || below >= above;
  const top = goesBelow ? box.bottom + 4 : box.top - height - 4;
  panel.style.left = `${clamp(box.left, MARGIN_PX, innerWidth - width - MARGIN_PX)}px`;
  panel.style.top = `${clamp(top, MARGIN_PX, innerHeight - height - MARGIN_PX)}px`;
}

function pointBox({ x, y }) {
  return { left: x, top: y, bottom: y, width: 0 };
}

function clamp(value, least, most) {
  return Math.max(least, Math.min(value, most));
}
