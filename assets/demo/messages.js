// A channel's messages, with their threads under them.

import { blocks } from "./blocks.js";
import { el } from "./dom.js";
import { emoji } from "./emoji.js";
import { dayName, mrkdwn } from "./mrkdwn.js";
import { act } from "./server.js";

/** Replies shown before the earlier ones are asked for. */
const REPLIES = 4;

const opened = new Set();
const kept = new Map();

/** Brings the stream to the channel's messages; nodes of unchanged ones stay as they are. */
export function showMessages(stream, state, channel, names) {
  const replies = Map.groupBy(channel.messages.filter((it) => it.thread_ts), (it) => it.thread_ts);
  const nodes = [];
  const alive = new Set();
  let day = "";
  let above = null;
  for (const message of channel.messages) {
    if (message.thread_ts && !message.broadcast && known(channel, message.thread_ts)) continue;
    const today = dayOf(message.ts);
    if (today !== day) nodes.push(el("div", { class: "day" }, el("span", {}, (day = today))));
    const thread = message.thread_ts ? [] : replies.get(message.ts) ?? [];
    const parent = message.thread_ts && known(channel, message.thread_ts);
    const follows = above !== null && continues(above, message);
    const key = `${channel.id} ${message.ts}${message.ephemeral ? " own" : ""}`;
    const content = JSON.stringify([message, thread, parent?.text, follows, opened.has(message.ts), state.me, state.users.length]);
    const known_node = kept.get(key);
    const redraw = () => {
      kept.delete(key);
      showMessages(stream, state, channel, names);
    };
    const node =
      known_node?.content === content
        ? known_node.node
        : shown(message, { state, channel, names, thread, parent, follows, redraw });
    kept.set(key, { content, node });
    alive.add(key);
    nodes.push(node);
    above = message;
  }
  for (const key of kept.keys()) if (key.startsWith(`${channel.id} `) && !alive.has(key)) kept.delete(key);
  place(stream, nodes);
}

/** Puts nodes in order without touching those that are in place, so that no open menu closes. */
export function place(parent, nodes) {
  nodes.forEach((node, at) => {
    const there = parent.childNodes[at];
    if (there === node) return;
    if (there?.classList?.contains("day") && there.isEqualNode(node)) return;
    parent.insertBefore(node, there ?? null);
  });
  while (parent.childNodes.length > nodes.length) parent.lastChild.remove();
}

const known = (channel, ts) => channel.messages.find((it) => it.ts === ts && !it.ephemeral);
const moment = (ts) => new Date(Number(ts) * 1000);

function dayOf(ts) {
  const name = dayName(moment(ts));
  if (name) return name[0].toUpperCase() + name.slice(1);
  return moment(ts).toLocaleDateString(undefined, { weekday: "long", month: "long", day: "numeric" });
}

function continues(above, message) {
  const bare = (it) => !it.blocks.length && !it.attachments.length && !it.ephemeral && !it.thread_ts;
  const same = JSON.stringify(above.author) === JSON.stringify(message.author);
  return same && bare(above) && bare(message) && Number(message.ts) - Number(above.ts) < 300;
}

function author(message, state) {
  const { kind, id, name, icon } = message.author;
  if (kind === "user") {
    const user = state.users.find((it) => it.id === id);
    const shown = user?.real_name ?? "Someone";
    const hue = state.users.findIndex((it) => it.id === id) % 6;
    return { name: shown, app: false, face: el("span", { class: `face hue${hue}` }, shown[0]) };
  }
  const custom = icon && emoji(icon.replaceAll(":", ""));
  const face = custom
    ? el("span", { class: "face emoji-face" }, custom)
    : el("img", { class: "face", src: "/page/bot.svg", alt: "" });
  return { name: name ?? (kind === "webhook" ? "incoming-webhook" : state.bot.name), app: true, face };
}

function shown(message, scene) {
  const { state, channel, names, thread, parent, follows } = scene;
  const { name, app, face } = author(message, state);
  const at = moment(message.ts);
  const time = at.toLocaleTimeString(undefined, { hour: "numeric", minute: "2-digit" });
  const classes = ["message", message.ephemeral && "own", follows && "follows"].filter(Boolean).join(" ");
  return el(
    "article",
    { class: classes, "data-ts": message.ts },
    message.ephemeral && el("div", { class: "note" }, "👁 Only visible to you"),
    el("div", { class: "side" }, follows ? el("time", { class: "quiet" }, time) : face),
    el(
      "div",
      { class: "content" },
      !follows &&
        el(
          "div",
          { class: "by" },
          el("b", {}, name),
          app && el("span", { class: "badge" }, "APP"),
          el("time", { dateTime: at.toISOString(), title: at.toLocaleString() }, time),
        ),
      message.broadcast && el("div", { class: "note" }, "replied to a thread: ", el("q", {}, excerpt(parent))),
      body(message, channel, names),
      thread.length > 0 && replies(message, thread, scene),
    ),
  );
}

function excerpt(parent) {
  const text = parent?.text ?? "a message";
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}

function body(message, channel, names) {
  const use = (part, block, option) =>
    act({
      act: "press",
      surface: "message",
      channel: channel.id,
      ts: message.ts,
      block_id: block.block_id,
      action_id: part.action_id,
      option: option?.value,
    });
  const context = { names, use };
  const edited = message.edited && el("span", { class: "edited" }, "(edited)");
  const rich = message.blocks.length > 0;
  const covered = rich || message.attachments.some((part) => part.blocks);
  return [
    !covered && message.text && el("div", { class: "text" }, mrkdwn(message.text, names), " ", edited),
    rich && el("div", { class: "blocks" }, blocks(message.blocks, context)),
    message.attachments.map((part) => attachment(part, context)),
    covered && edited,
  ];
}

function attachment(part, context) {
  const node = el(
    "div",
    { class: "attachment" },
    part.blocks ? blocks(part.blocks, context) : el("div", { class: "text" }, mrkdwn(part.text ?? part.fallback ?? "", context.names)),
  );
  const named = { good: "#2eb67d", warning: "#ecb22e", danger: "#e01e5a" };
  const color = named[part.color] ?? part.color;
  if (/^#?[0-9a-f]{6}$/i.test(color ?? "")) node.style.borderLeftColor = color.startsWith("#") ? color : `#${color}`;
  return node;
}

function replies(parent, thread, scene) {
  const all = opened.has(parent.ts) || thread.length <= REPLIES;
  const visible = all ? thread : thread.slice(-REPLIES + 1);
  const open = () => {
    opened.add(parent.ts);
    scene.redraw();
  };
  return el(
    "div",
    { class: "thread", "aria-label": "Replies" },
    !all && el("button", { type: "button", class: "earlier", onclick: open }, `Show ${thread.length - visible.length} earlier replies`),
    visible.map((reply) => {
      const { name, app, face } = author(reply, scene.state);
      const time = moment(reply.ts).toLocaleTimeString(undefined, { hour: "numeric", minute: "2-digit" });
      return el(
        "div",
        { class: reply.ephemeral ? "reply own" : "reply" },
        face,
        el(
          "div",
          { class: "content" },
          el("div", { class: "by" }, el("b", {}, name), app && el("span", { class: "badge" }, "APP"), el("time", {}, time)),
          body(reply, scene.channel, scene.names),
          reply.broadcast && el("div", { class: "note" }, `Also sent to #${scene.channel.name}`),
        ),
      );
    }),
  );
}
