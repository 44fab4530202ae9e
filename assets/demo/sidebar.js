// The list of channels, the demo servers and who one is.

import { ask, byId, el } from "./dom.js";
import { act, refresh, who } from "./server.js";

const seen = new Map();

/** The ts of the newest message that others can be unread by. */
const newest = (channel) => channel.messages.at(-1)?.ts ?? "";

/** Notes that the person has the channel before them. */
export function markSeen(channel) {
  seen.set(channel.id, newest(channel));
}

function unread(channel) {
  if (!seen.has(channel.id)) seen.set(channel.id, newest(channel));
  return channel.messages.filter((it) => it.ts > seen.get(channel.id) && (!it.thread_ts || it.broadcast)).length;
}

let drawn = "";

/** Draws the sidebar, unless nothing of it has changed. */
export function showSidebar(state, current) {
  const rows = state.channels.map((it) => [it.id, it.name, it.archived, it.private, it.has_bot, it.direct, unread(it)]);
  const content = JSON.stringify([rows, current, state.targets, state.me, state.users]);
  if (content === drawn) return;
  drawn = content;
  const rooms = state.channels.filter((it) => !it.direct);
  byId("sidebar").replaceChildren(
    el("div", { class: "team" }, el("img", { src: "/page/bot.svg", alt: "" }), el("b", {}, `${state.team} workspace`), el("span", { class: "local" }, "on this machine")),
    el("ul", { class: "rooms" }, home(current)),
    el("h2", {}, "Channels", el("button", { type: "button", class: "add", title: "Create a channel", "aria-label": "Create a channel", onclick: create }, "+")),
    el("ul", { class: "rooms" }, rooms.map((it) => room(it, current))),
    state.targets.length > 0 && el("h2", {}, "Demo servers"),
    el("ul", { class: "targets" }, state.targets.map(target)),
    person(state),
  );
}

function home(current) {
  return el(
    "li",
    {},
    el("a", { href: "#home", class: current === "home" ? "on" : "", "aria-current": current === "home" ? "page" : undefined }, el("img", { src: "/page/bot.svg", alt: "" }), "Healthbot", el("span", { class: "tag" }, "Home")),
  );
}

function room(channel, current) {
  const count = channel.id === current ? 0 : unread(channel);
  const classes = [channel.id === current && "on", count > 0 && "unread", channel.archived && "archived"].filter(Boolean).join(" ");
  return el(
    "li",
    {},
    el(
      "a",
      { href: `#${channel.id}`, class: classes, "aria-current": channel.id === current ? "page" : undefined },
      el("span", { class: "hash", "aria-hidden": "true" }, channel.archived ? "▢" : channel.private ? "🔒" : "#"),
      channel.name,
      count > 0 ? el("span", { class: "count" }, String(count)) : channel.has_bot && el("img", { class: "in", src: "/page/bot.svg", alt: "Healthbot is in it", title: "Healthbot is in this channel" }),
    ),
  );
}

async function create() {
  const name = await ask({ title: "Create a channel", label: "Name", confirm: "Create" });
  if (name) act({ act: "create", name: name.replace(/^#/, "") });
}

const MODES = [
  ["healthy", "On", "answers as it should"],
  ["failing", "503", "answers 503 Service Unavailable"],
  ["silent", "Slow", "takes connections and never answers"],
  ["refusing", "Off", "refuses connections"],
];

function target(it) {
  const set = (mode) => act({ act: "switch", target: it.name, mode });
  return el(
    "li",
    { class: `target ${it.mode}` },
    el("div", { class: "what" }, el("i", { class: "lamp" }), el("b", {}, it.name), el("small", {}, it.web_socket ? "WebSocket" : "HTTP")),
    el("code", { class: "url", title: "Its address" }, it.url),
    el(
      "div",
      { class: "switch", role: "group", "aria-label": `Switch ${it.name}` },
      MODES.map(([mode, label, title]) =>
        el("button", { type: "button", title, "aria-pressed": String(it.mode === mode), onclick: () => set(mode) }, label),
      ),
    ),
  );
}

function person(state) {
  const choose = (event) => {
    who.id = event.target.value;
    refresh();
  };
  return el(
    "label",
    { class: "person" },
    el("span", {}, "You are"),
    el(
      "select",
      { onchange: choose },
      state.users.map((it) => el("option", { value: it.id, selected: it.id === state.me }, it.guest ? `${it.real_name} (another workspace)` : it.real_name)),
    ),
  );
}
