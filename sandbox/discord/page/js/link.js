/**
 * The websocket to the sandbox Discord: sends and receives frames, matches responses by nonce, and
 * reconnects by itself.
 */

const FIRST_RETRY_MS = 300;
const LONGEST_RETRY_MS = 4000;
const REMEMBERED_NONCES = 200;

/**
 * Connect and stay connected. `query`: the viewer and locale; `onFrame(frame)`; `onState("open" |
 * "lost")`. Returns `send(frame, listener)`: adds a nonce; the listener gets every frame with it.
 */
export function connect({ query, onFrame, onState, lostReason }) {
  const link = { query, onFrame, onState, lostReason, listeners: new Map(), socket: null };
  Object.assign(link, { retryMs: FIRST_RETRY_MS, sent: 0 });
  open(link);
  return { send: (frame, listener = null) => send(link, frame, listener) };
}

function open(link) {
  const socket = new WebSocket(socketAddress(link.query));
  link.socket = socket;
  socket.addEventListener("message", (event) => hear(link, JSON.parse(event.data)));
  socket.addEventListener("open", () => {
    link.retryMs = FIRST_RETRY_MS;
    link.onState("open");
  });
  socket.addEventListener("close", () => {
    failAll(link.listeners, link.lostReason);
    link.onState("lost");
    setTimeout(() => open(link), link.retryMs);
    link.retryMs = Math.min(link.retryMs * 2, LONGEST_RETRY_MS);
  });
}

function hear({ onFrame, listeners }, frame) {
  onFrame(frame);
  const listener = listeners.get(frame.nonce);
  if (isLast(frame)) listeners.delete(frame.nonce);
  listener?.(frame);
}

function send(link, frame, listener) {
  link.sent += 1;
  const nonce = `${Date.now()}${link.sent}`;
  if (link.socket.readyState !== WebSocket.OPEN) {
    listener?.({ type: "refused", nonce, reason: link.lostReason });
    return;
  }
  if (listener) remember(link.listeners, nonce, listener);
  link.socket.send(JSON.stringify({ ...frame, nonce }));
}

function socketAddress(query) {
  const url = new URL("page/socket", location.href);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  url.hash = "";
  url.search = new URLSearchParams(Object.entries(query).filter(([, value]) => value)).toString();
  return url.href;
}

function remember(listeners, nonce, listener) {
  listeners.set(nonce, listener);
  if (listeners.size > REMEMBERED_NONCES) listeners.delete(listeners.keys().next().value);
}

function isLast(frame) {
  return frame.type === "interaction"
    ? frame.state !== "pending"
    : ["refused", "choices"].includes(frame.type);
}

// No response can arrive any more: end the waiting listeners.
function failAll(listeners, reason) {
  const waiting = [...listeners.values()];
  listeners.clear();
  for (const listener of waiting) listener({ type: "refused", reason, lost: true });
}
