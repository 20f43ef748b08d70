/**
 * The page's state: the last hello and every change since. Views listen to it; only frames change
 * it.
 */

/**
 * Create the store. `apply(frame)` applies a server frame; `on(event, listener)` listens: "hello",
 * "bot", "commands", "channel", "unread" and "message" ({kind: "create" | "update" | "delete",
 * message}).
 */
export function createStore() {
  const target = new EventTarget();
  const store = {
    hello: null,
    bot: { online: false, user: null },
    commands: [],
    messages: new Map(),
    users: new Map(),
    channels: new Map(),
    roles: new Map(),
    unread: new Set(),
    channelId: null,
    context: "",
    on: (event, listener) => target.addEventListener(event, (heard) => listener(heard.detail)),
    tell: (event, detail) => target.dispatchEvent(new CustomEvent(event, { detail })),
    apply: (frame) => APPLY[frame.type]?.(store, frame),
    enter: (channelId) => enter(store, channelId),
    channel: () => store.channels.get(store.channelId),
  };
  return store;
}

const APPLY = {
  hello: applyHello,
  message_create: (store, { message }) => applyMessage(store, "create", message),
  message_update: (store, { message }) => applyMessage(store, "update", message),
  message_delete: applyDelete,
  commands: (store, { commands }) => {
    store.commands = commands;
    store.tell("commands");
  },
  bot: (store, { online, user }) => {
    store.bot = { online, user: user ?? store.bot.user };
    meet(store, user);
    store.tell("bot");
  },
};

function applyHello(store, frame) {
  store.hello = frame;
  store.bot = frame.bot;
  store.commands = frame.commands;
  store.channels = byId(frame.channels);
  store.roles = byId(frame.guild.roles ?? []);
  store.messages = new Map(frame.channels.map(({ id }) => [id, byId(frame.messages[id] ?? [])]));
  for (const user of [...frame.viewers, frame.viewer, frame.bot.user]) meet(store, user);
  for (const messages of store.messages.values())
    messages.forEach((message) => meet(store, message.author));
  store.tell("hello");
}

function byId(things) {
  return new Map(things.map((thing) => [thing.id, thing]));
}

function meet(store, user) {
  if (user && (user.avatar_url !== undefined || !store.users.has(user.id)))
    store.users.set(user.id, user);
}

function applyMessage(store, kind, message) {
  const messages = store.messages.get(message.channel_id);
  if (!messages) return;
  meet(store, message.author);
  const known = messages.has(message.id);
  messages.set(message.id, message);
  if (kind === "create" && message.channel_id !== store.channelId) {
    store.unread.add(message.channel_id);
    store.tell("unread");
  }
  store.tell("message", { kind: known ? "update" : "create", message });
}

function applyDelete(store, { channel_id: channelId, id }) {
  const message = store.messages.get(channelId)?.get(id);
  if (!message) return;
  store.messages.get(channelId).delete(id);
  store.tell("message", { kind: "delete", message });
}

function enter(store, channelId) {
  store.channelId = channelId;
  store.unread.delete(channelId);
  store.tell("channel");
}
