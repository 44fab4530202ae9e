// Slack's mrkdwn to nodes. What cannot be read as a format stays text, and text stays text.

import { el } from "./dom.js";
import { emoji } from "./emoji.js";

const unescape = (text) => text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");

const isWord = (character) => character !== undefined && /[\p{L}\p{N}]/u.test(character);
const isBlank = (character) => character === undefined || /\s/.test(character);

const MARKS = { "*": "strong", _: "em", "~": "s" };

/** Nodes for a text; `names` knows people and channels by id. */
export function mrkdwn(source, names) {
  return source.split("```").flatMap((part, at, parts) => {
    const fenced = at % 2 === 1 && at < parts.length - 1;
    if (fenced) return el("pre", { class: "code" }, unescape(part.replace(/^\n|\n$/g, "")));
    return paragraphs(at % 2 === 1 ? "```" + part : part, names);
  });
}

function paragraphs(text, names) {
  const nodes = [];
  let quote = null;
  text.split("\n").forEach((line, at) => {
    const quoted = /^(?:&gt;|>) ?/.exec(line);
    if (quoted) {
      if (!quote) nodes.push((quote = el("blockquote")));
      else quote.append(el("br"));
      quote.append(...inline(line.slice(quoted[0].length), names));
      return;
    }
    if (at > 0 && !quote) nodes.push(el("br"));
    quote = null;
    nodes.push(...inline(line, names));
  });
  return nodes;
}

function inline(text, names) {
  const nodes = [];
  let plain = "";
  const flush = () => {
    if (plain) nodes.push(unescape(plain));
    plain = "";
  };
  for (let at = 0; at < text.length; ) {
    const [node, length] = formatAt(text, at, names);
    if (node) {
      flush();
      nodes.push(node);
      at += length;
    } else {
      plain += text[at];
      at += 1;
    }
  }
  flush();
  return nodes;
}

/** The formatted node that begins at a place, and how much of the text it takes. */
function formatAt(text, at, names) {
  const mark = text[at];
  if (mark === "<") {
    const end = text.indexOf(">", at);
    if (end > at + 1) return [token(text.slice(at + 1, end), names), end - at + 1];
  } else if (mark === "`") {
    const end = text.indexOf("`", at + 1);
    if (end > at + 1) return [el("code", {}, unescape(text.slice(at + 1, end))), end - at + 1];
  } else if (mark === ":") {
    const found = /^:([a-z0-9_+'-]+):(?::skin-tone-\d:)?/.exec(text.slice(at, at + 60));
    const shown = found && emoji(found[1]);
    if (shown) return [el("span", { class: "emoji", role: "img", "aria-label": found[1], title: `:${found[1]}:` }, shown), found[0].length];
  } else if (mark in MARKS && !isWord(text[at - 1]) && !isBlank(text[at + 1])) {
    const end = closing(text, at);
    if (end > 0) return [el(MARKS[mark], {}, inline(text.slice(at + 1, end), names)), end - at + 1];
  }
  return [null, 0];
}

function closing(text, at) {
  for (let end = text.indexOf(text[at], at + 2); end > 0; end = text.indexOf(text[at], end + 1)) {
    if (!isBlank(text[end - 1]) && !isWord(text[end + 1])) return end;
  }
  return -1;
}

function token(inner, names) {
  const bar = inner.indexOf("|");
  const target = bar < 0 ? inner : inner.slice(0, bar);
  const label = bar < 0 ? null : unescape(inner.slice(bar + 1));
  if (target.startsWith("@")) return el("span", { class: "mention" }, `@${names.user(target.slice(1)) ?? label ?? target.slice(1)}`);
  if (target.startsWith("#")) {
    const id = target.slice(1);
    return el("a", { class: "mention", href: `#${id}` }, `#${names.channel(id) ?? label ?? id}`);
  }
  if (target.startsWith("!date^")) return date(target, label);
  if (target.startsWith("!")) return el("span", { class: "mention loud" }, label ?? `@${target.slice(1).split("^")[0]}`);
  return link(unescape(target), label);
}

/** A link to the web or a mail address; anything else is only text. */
export function link(address, label) {
  if (!/^(https?:\/\/|mailto:)/i.test(address)) return document.createTextNode(label ?? address);
  return el("a", { href: address, target: "_blank", rel: "noopener noreferrer" }, label ?? address);
}

// Dates: https://docs.slack.dev/messaging/formatting-message-text#date-formatting

function date(target, fallback) {
  const [, seconds, format = "", address] = target.split("^");
  const at = new Date(Number(seconds) * 1000);
  if (Number.isNaN(at.getTime())) return document.createTextNode(fallback ?? "");
  const shown = unescape(format).replace(/\{(\w+)\}/g, (whole, name) => part(at, name) ?? whole);
  const node = el("time", { dateTime: at.toISOString(), title: fallback ?? at.toISOString() }, shown);
  return address ? el("a", { href: address, target: "_blank", rel: "noopener noreferrer" }, node) : node;
}

function part(at, name) {
  const say = (options) => at.toLocaleString(undefined, options);
  const pretty = name.endsWith("_pretty") && dayName(at);
  if (pretty) return pretty;
  switch (name.replace("_pretty", "")) {
    case "date_num":
      return [at.getFullYear(), at.getMonth() + 1, at.getDate()].map((it) => String(it).padStart(2, "0")).join("-");
    case "date":
      return say({ month: "long", day: "numeric", year: "numeric" });
    case "date_short":
      return say({ month: "short", day: "numeric", year: "numeric" });
    case "date_long":
      return say({ weekday: "long", month: "long", day: "numeric", year: "numeric" });
    case "time":
      return say({ hour: "numeric", minute: "2-digit" });
    case "time_secs":
      return say({ hour: "numeric", minute: "2-digit", second: "2-digit" });
    case "ago":
      return ago(at);
    default:
      return null;
  }
}

/** "today", "yesterday" or "tomorrow", where it is one of them. */
export function dayName(at) {
  const midnight = (moment) => new Date(moment.getFullYear(), moment.getMonth(), moment.getDate());
  const days = Math.round((midnight(at) - midnight(new Date())) / 86_400_000);
  return { "-1": "yesterday", 0: "today", 1: "tomorrow" }[days] ?? null;
}

function ago(at) {
  const seconds = (at - Date.now()) / 1000;
  const format = new Intl.RelativeTimeFormat(undefined, { numeric: "auto" });
  const [size, unit] = [[86_400, "day"], [3_600, "hour"], [60, "minute"]].find(([size]) => Math.abs(seconds) >= size) ?? [1, "second"];
  return format.format(Math.round(seconds / size), unit);
}
