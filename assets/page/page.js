// Keeps the page as it is now: takes what the server says has changed, tells a screen reader, counts the minutes, and
// says so loudly when the server is no longer heard. Without this script the page reloads itself.

const SOON = 30_000;
const AT_ONCE = 5;
const GRACE = 10_000;
const SILENCE = 45_000;

const byId = (id) => document.getElementById(id);
const live = byId("live");
const rows = () => document.querySelectorAll("#servers [data-state]");

/** What HTML of the server's describes; it has escaped whatever people named. */
function made(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  return template.content;
}

/* Moments: the reader's own time, or how long it is since. */

const UNITS = [["day", 86_400], ["hour", 3_600], ["minute", 60], ["second", 1]];
const ago = new Intl.RelativeTimeFormat("en", { numeric: "always" });
const local = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });

function tellTimes(part = document) {
  for (const time of part.querySelectorAll("time")) {
    const at = new Date(time.dateTime);
    time.title = local.format(at);
    if (!time.classList.contains("since")) {
      time.textContent = local.format(at);
      continue;
    }
    const seconds = Math.max(0, (Date.now() - at) / 1000);
    const [unit, length] = UNITS.find(([, length]) => seconds >= length) ?? UNITS.at(-1);
    const text = ago.format(-Math.floor(seconds / length), unit);
    if (time.textContent !== text) time.textContent = text;
    const words = time.parentElement.firstChild;
    if (words.data === "since ") words.data = "";
  }
}

/* Changes. */

/** What a screen reader is told of rows that changed. */
function say(changes) {
  if (changes.length === 0) return;
  const told = changes.slice(0, AT_ONCE).map(([name, state]) => `${name} is ${state}.`);
  const more = changes.length - told.length;
  if (more > 0) told.push(`And ${more} more changed.`);
  byId("said").textContent = told.join(" ");
}

function place({ id, list, before, html }) {
  const row = made(html).firstElementChild;
  const old = byId(id);
  const changed = old && old.dataset.state !== row.dataset.state;
  const told = changed ? [row.querySelector("th, .name").textContent, row.querySelector("b").textContent] : null;
  old?.remove();
  tellTimes(row);
  sift(row);
  byId(`list-${list}`).insertBefore(row, before ? byId(before) : null);
  return told;
}

function take(change) {
  for (const [part, html] of [["now", change.now], ["past", change.past]]) {
    if (html === null) continue;
    byId(part).replaceChildren(made(html));
    tellTimes(byId(part));
  }
  for (const [environment, html] of change.heads) byId(`head-${environment}`).replaceChildren(made(html));
  for (const id of change.gone) byId(id)?.remove();
  say(change.rows.map(place).filter(Boolean));
  document.title = byId("headline").dataset.title;
}

/* The stream. */

let source;
let seen = document.body.dataset.seen;
let opened = Date.now();
let heard = opened;
let losing = null;

function isLive() {
  heard = Date.now();
  clearTimeout(losing);
  losing = null;
  delete document.body.dataset.lost;
  live.textContent = "Live";
}

/** A wall screen must not stay green because nobody tells it better. */
function isLost() {
  document.body.dataset.lost = "";
  live.textContent = `Not heard from Healthbot since ${local.format(heard)}: what you see may be old`;
}

/** Loads the page anew, but not again and again. */
function anew() {
  const last = Number(sessionStorage.getItem("anew") ?? 0);
  const wait = Math.max(0, last + GRACE - Date.now());
  setTimeout(() => {
    sessionStorage.setItem("anew", String(Date.now()));
    location.reload();
  }, wait);
}

/** Loads the page once it can be loaded: meanwhile what is shown stays, marked as old. */
async function anewWhenBack() {
  try {
    if ((await fetch(location.pathname, { method: "HEAD", cache: "no-store" })).ok) return anew();
  } catch {
    // Nothing answers yet.
  }
  setTimeout(anewWhenBack, SOON);
}

function follow() {
  opened = Date.now();
  source = new EventSource(`page/events?seen=${seen}`);
  source.addEventListener("open", isLive);
  source.addEventListener("alive", isLive);
  source.addEventListener("change", (event) => {
    isLive();
    take(JSON.parse(event.data));
    seen = event.lastEventId;
  });
  source.addEventListener("anew", anew);
  source.addEventListener("error", () => {
    // The browser tries again and again, and each time in vain ends here.
    losing ??= setTimeout(isLost, GRACE);
    // Refused, and the browser does not try again: there is no place left, or the page was switched off.
    if (source.readyState === EventSource.CLOSED) setTimeout(anewWhenBack, SOON);
  });
}

/** A connection can die without a sign: the server says something now and then, so that silence is one. */
function listenForSilence() {
  if (Date.now() - Math.max(heard, opened) < SILENCE) return;
  isLost();
  source.close();
  follow();
}

/* Finding one among many. */

let wanted = "";

function sift(row) {
  row.hidden = wanted !== "" && !row.textContent.toLowerCase().includes(wanted);
}

function offerSearch() {
  const input = document.createElement("input");
  input.type = "search";
  input.placeholder = "Find a server";
  input.setAttribute("aria-label", "Find a server by name or state");
  input.addEventListener("input", () => {
    wanted = input.value.trim().toLowerCase();
    rows().forEach(sift);
  });
  byId("find").append(input);
}

tellTimes();
setInterval(tellTimes, GRACE);
setInterval(listenForSilence, GRACE);
offerSearch();
follow();
