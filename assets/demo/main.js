// The page: what is open, and how it is kept up with the workspace.

import { blocks } from "./blocks.js";
import { ask, byId, el } from "./dom.js";
import { place, showMessages } from "./messages.js";
import { showModal } from "./modal.js";
import { act, follow, who } from "./server.js";
import { markSeen, showSidebar } from "./sidebar.js";

const HINTS = [
  ["/health", "help, with buttons"],
  ["/health add", "add a server: NAME URL, or a form"],
  ["/health status", "the summary, or one server"],
  ["/health list", "all servers; down, muted, off"],
  ["/health check", "probe a server now"],
  ["/health mute", "NAME 1h: quiet for a while"],
  ["/health ack", "acknowledge an incident"],
  ["/health history", "the last incidents"],
  ["/health subscribe", "alerts into this channel"],
  ["/health channels", "who is told, and whether it works"],
  ["/health settings", "intervals and thresholds"],
];

let state = null;
let place_shown = "";
const sent = [];
let recalled = 0;

const draft = byId("draft");
const scroll = byId("scroll");
const stream = byId("stream");

const names = {
  user: (id) => (id === state.bot.id ? state.bot.name : state.users.find((it) => it.id === id)?.real_name),
  channel: (id) => state.channels.find((it) => it.id === id)?.name,
};

/** What is open: a channel's id, or "home". */
function current() {
  const wanted = decodeURIComponent(location.hash.slice(1));
  if (wanted === "home" || state.channels.some((it) => it.id === wanted)) return wanted;
  const named = state.channels.find((it) => it.name === wanted);
  const first = state.channels.find((it) => it.has_bot && !it.direct) ?? state.channels.find((it) => it.name === "ops") ?? state.channels[0];
  return (named ?? first)?.id ?? "home";
}

function show() {
  if (!state) return;
  const open = current();
  const moved = open !== place_shown;
  // By its id, so that a renamed channel stays open.
  if (location.hash !== `#${open}`) history.replaceState(null, "", `#${open}`);
  const low = scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < 60;
  if (moved) {
    stream.replaceChildren();
    if (open === "home") act({ act: "open_home" }, { quiet: true });
    else if (matchMedia("(hover: hover)").matches) draft.focus({ preventScroll: true });
  }
  place_shown = open;
  const channel = state.channels.find((it) => it.id === open);
  stream.classList.toggle("home", !channel);
  byId("composer").hidden = !channel || channel.archived;
  if (channel) {
    markSeen(channel);
    showChannel(channel);
    draft.placeholder = `Message #${channel.name}, or type /health`;
  } else {
    showHome();
  }
  showSidebar(state, open);
  showModal(state, names);
  document.title = `${channel ? `#${channel.name}` : "Home"} · Healthbot demo`;
  if (channel && (moved || low)) scroll.scrollTop = scroll.scrollHeight;
  else if (moved) scroll.scrollTop = 0;
}

function bar(...children) {
  const toggle = () => document.body.classList.toggle("browsing");
  byId("bar").replaceChildren(el("button", { type: "button", class: "burger", "aria-label": "Channels", onclick: toggle }, "☰"), ...children);
}

let bar_content = "";

function showChannel(channel) {
  const content = JSON.stringify([channel.id, channel.name, channel.has_bot, channel.archived, channel.members]);
  if (content !== bar_content) {
    bar_content = content;
    bar(
      el("h1", {}, el("span", { class: "hash" }, channel.private ? "🔒" : "#"), channel.name),
      el("span", { class: "members" }, channel.archived ? "archived" : `${channel.members} members`),
      el("div", { class: "tools" }, tools(channel)),
    );
  }
  showMessages(stream, state, channel, names);
  const note = absence(channel);
  if (note) stream.append(note);
}

function tools(channel) {
  const at = { channel: channel.id };
  const rename = async () => {
    const name = await ask({ title: `Rename #${channel.name}`, label: "New name", value: channel.name, confirm: "Rename" });
    if (name && name !== channel.name) act({ act: "rename", ...at, name });
  };
  const archive = async () => {
    const text = el("p", {}, "Nothing can be posted to an archived channel.");
    if (await ask({ title: `Archive #${channel.name}?`, text, confirm: "Archive", danger: true })) act({ act: "archive", ...at });
  };
  const item = (label, run) => {
    const onclick = (event) => {
      event.target.closest("details").open = false;
      run();
    };
    return el("button", { type: "button", onclick }, label);
  };
  const member = channel.has_bot
    ? el("button", { type: "button", class: "button", onclick: () => act({ act: "kick", ...at }) }, "Remove Healthbot")
    : el("button", { type: "button", class: "button primary", onclick: () => act({ act: "invite", ...at }) }, "Invite Healthbot");
  return [
    !channel.archived && member,
    el(
      "details",
      { class: "menu end" },
      el("summary", { class: "button", "aria-label": "Channel menu" }, "⋯"),
      el(
        "div",
        { class: "options" },
        item("Rename channel", rename),
        channel.archived ? item("Unarchive channel", () => act({ act: "unarchive", ...at })) : item("Archive channel", archive),
      ),
    ),
  ];
}

/** What stands under the messages of a channel that the bot does not serve. */
function absence(channel) {
  if (channel.archived) return el("div", { class: "absence" }, el("p", {}, "This channel is archived."));
  if (channel.has_bot || channel.messages.length > 0) return null;
  return el(
    "div",
    { class: "absence" },
    el("img", { src: "/page/bot.svg", alt: "" }),
    el("h3", {}, `Healthbot is not in #${channel.name} yet`),
    el("p", {}, "Invite it, and this channel hears when a server fails and when it is back."),
    el("button", { type: "button", class: "button primary", onclick: () => act({ act: "invite", channel: channel.id }) }, "Invite Healthbot"),
  );
}

let home_content = "";

function showHome() {
  const content = JSON.stringify([state.home?.hash, state.me]);
  if (bar_content !== "home") {
    bar_content = "home";
    bar(el("h1", {}, el("img", { src: "/page/bot.svg", alt: "" }), "Healthbot"), el("span", { class: "members" }, "Home"));
  }
  if (content === home_content && stream.childNodes.length > 0) return;
  home_content = content;
  const use = (part, block, option) =>
    act({ act: "press", surface: "home", block_id: block.block_id, action_id: part.action_id, option: option?.value });
  const fields = [];
  place(stream, state.home ? blocks(state.home.body.blocks, { names, use, fields }) : [el("p", { class: "absence" }, "Healthbot has not drawn its Home yet.")]);
}

function hint() {
  const list = byId("hints");
  const typed = draft.value;
  const fitting = typed.startsWith("/") && !typed.includes("\n") ? HINTS.filter(([command]) => command.startsWith(typed.trimEnd())) : [];
  list.hidden = fitting.length === 0 || (fitting.length === 1 && fitting[0][0] === typed.trimEnd());
  list.replaceChildren(
    ...fitting.map(([command, about]) =>
      el("li", {}, el("button", { type: "button", onclick: () => take(command) }, el("b", {}, command), el("span", {}, about))),
    ),
  );
}

function take(text) {
  draft.value = `${text} `;
  draft.focus();
  byId("hints").hidden = true;
}

function grow() {
  draft.style.height = "auto";
  draft.style.height = `${Math.min(draft.scrollHeight, 160)}px`;
}

async function send() {
  const text = draft.value.trim();
  const channel = state?.channels.find((it) => it.id === place_shown);
  if (!text || !channel) return;
  sent.push(text);
  recalled = sent.length;
  draft.value = "";
  byId("hints").hidden = true;
  grow();
  scroll.scrollTop = scroll.scrollHeight;
  await act({ act: "type", channel: channel.id, text });
}

function recall(step) {
  recalled = Math.max(0, Math.min(sent.length, recalled + step));
  draft.value = sent[recalled] ?? "";
}

draft.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    send();
  } else if (event.key === "ArrowUp" && (draft.value === "" || sent.includes(draft.value))) {
    event.preventDefault();
    recall(-1);
  } else if (event.key === "ArrowDown" && sent.includes(draft.value)) {
    recall(1);
  } else if (event.key === "Tab" && !byId("hints").hidden) {
    event.preventDefault();
    byId("hints").querySelector("button").click();
  } else if (event.key === "Escape") {
    byId("hints").hidden = true;
  }
});
draft.addEventListener("input", () => {
  hint();
  grow();
});
byId("composer").addEventListener("submit", (event) => {
  event.preventDefault();
  send();
});
byId("shade").addEventListener("click", () => document.body.classList.remove("browsing"));
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) if (!menu.contains(event.target)) menu.open = false;
});
window.addEventListener("hashchange", () => {
  document.body.classList.remove("browsing");
  show();
});

follow(
  (next) => {
    state = next;
    if (!state.users.some((it) => it.id === who.id)) who.id = state.me;
    show();
  },
  (lost) => document.body.classList.toggle("lost", lost),
);
