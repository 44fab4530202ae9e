// The status page in a real browser: on a wall, on a phone, by day and by night, with a thousand servers.
//
// Pictures go to HEALTHBOT_SCREENSHOTS, or to a temporary directory that is named at the end.

import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { chromium } from "playwright-core";
import { freePort, startBot } from "../support.mjs";

const CHROMIUM = process.env.CHROMIUM ?? "/usr/bin/chromium";
const TOKEN = "the-admin-token-of-the-outer-checks";
const HOSTILE = "<img src=x onerror=alert(1)><script>alert(2)</script>&amp; \"quoted\"";
const WALL = { width: 1920, height: 1080 };
const PHONE = { width: 360, height: 740 };

describe("the status page", () => {
  let bot, port, browser, page, pictures, target;
  const complaints = [];
  const elsewhere = [];
  const slow = new Map();

  /** Asks the admin API. */
  async function api(method, path, body) {
    const answer = await fetch(`http://127.0.0.1:${port}/api/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${TOKEN}`, "content-type": "application/json" },
      body: body && JSON.stringify(body),
    });
    assert.ok(answer.ok, `${method} ${path}: ${answer.status} ${await answer.clone().text()}`);
    return answer.json();
  }

  const add = (host_name, more = {}) =>
    api("POST", "/servers", { host_name, host: "127.0.0.1", port: target.address().port, interval: "1s", failures: 1, ...more });

  /** Adds a server at a port that nothing listens on. */
  const addDown = async (host_name, more = {}) => add(host_name, { port: await freePort(), ...more });

  before(async () => {
    target = createServer((request, answer) => setTimeout(() => answer.end("ok"), slow.get(request.url) ?? 0));
    target.listen(0, "127.0.0.1");
    await once(target, "listening");
    port = await freePort();
    bot = await startBot({
      port, apiUrl: `http://127.0.0.1:${await freePort()}/api`, botToken: "xoxb-nobody", signingSecret: "nothing",
      adminToken: TOKEN, answers: "/healthz",
    });
    pictures = process.env.HEALTHBOT_SCREENSHOTS ?? (await mkdtemp(join(tmpdir(), "healthbot-pictures-")));
    browser = await chromium.launch({
      executablePath: CHROMIUM,
      args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"],
    });
    page = await browser.newPage({ viewport: WALL });
    page.setDefaultTimeout(20_000);
    page.on("pageerror", (error) => complaints.push(error.message));
    page.on("console", (line) => line.type() === "error" && complaints.push(line.text()));
    page.on("dialog", (dialog) => { complaints.push(`a dialog: ${dialog.message()}`); return dialog.dismiss(); });
    page.on("request", (request) => {
      if (new URL(request.url()).host !== `127.0.0.1:${port}`) elsewhere.push(request.url());
    });
    await page.goto(`http://127.0.0.1:${port}/`);
  });

  after(async () => {
    await browser?.close();
    await bot?.stop();
    target?.close();
  });

  const picture = (name) => page.screenshot({ path: join(pictures, `page-${name}.png`) });
  const row = (id, state) => page.locator(`#${id}[data-state=${state}]`);
  const overflow = () => page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth");

  test("an empty page says so", async () => {
    await page.getByRole("heading", { name: "No server is watched yet" }).waitFor();
    await page.getByText("Live", { exact: true }).waitFor();
  });

  test("servers appear, fail, come back and go without a reload", async () => {
    await page.evaluate(() => { window.sameDocument = true; });
    const { id } = await add("shop", { environment: "LIVE", path: "/shop?key=planted-in-the-query" });
    await row(id, "up").waitFor();
    await page.getByRole("heading", { name: "The one server is up" }).waitFor();
    const { port: was } = await api("GET", `/servers/${id}`);
    await api("PATCH", `/servers/${id}`, { port: await freePort() });
    await row(id, "down").waitFor();
    await page.getByRole("heading", { name: "1 server is down" }).waitFor();
    assert.match(await page.locator("#said").textContent(), /shop is down/);
    assert.match(await page.title(), /^1 down/);
    assert.match(await page.locator(".cards").textContent(), /refused/);
    await api("PATCH", `/servers/${id}`, { port: was, host_name: "storefront" });
    await row(id, "up").getByText("storefront").waitFor();
    await page.locator("#past").getByText("refused").waitFor();
    await fetch(`http://127.0.0.1:${port}/api/v1/servers/${id}`, { method: "DELETE", headers: { authorization: `Bearer ${TOKEN}` } });
    await page.locator(`#${id}`).waitFor({ state: "detached" });
    assert.ok(await page.evaluate(() => window.sameDocument));
  });

  test("a name with HTML in it is text", async () => {
    const { id } = await addDown(HOSTILE, { environment: "DEV" });
    await row(id, "down").waitFor();
    assert.ok((await row(id, "down").locator("th").textContent()).startsWith(HOSTILE));
    assert.equal(await page.locator(".cards h4").textContent(), HOSTILE);
    await page.reload();
    assert.ok((await row(id, "down").locator("th").textContent()).startsWith(HOSTILE));
    assert.equal(await page.locator("main img, main script").count(), 0);
    await fetch(`http://127.0.0.1:${port}/api/v1/servers/${id}`, { method: "DELETE", headers: { authorization: `Bearer ${TOKEN}` } });
  });

  test("from across a room, by day and by night", async () => {
    for (const [name, environment, delay] of [
      ["checkout", "LIVE", 12], ["search", "LIVE", 45], ["accounts", "LIVE", 5], ["images", "LIVE", 80], ["mail relay", "STAGE", 30],
      ["nightly build", "DEV", 150], ["결제 게이트웨이", "LIVE", 22], ["websocket echo", "STAGE", 8],
    ]) {
      slow.set(`/${encodeURIComponent(name)}`, delay);
      await add(name, { environment, path: `/${encodeURIComponent(name)}` });
    }
    await addDown("payments", { environment: "LIVE" });
    await addDown("staging-db-proxy", { environment: "STAGE" });
    await page.getByRole("heading", { name: "2 of 10 servers are down" }).waitFor();
    await page.locator("#servers tr[data-state=up] svg").nth(7).waitFor();
    await page.emulateMedia({ colorScheme: "light" });
    await picture("wall-light");
    const day = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    await page.emulateMedia({ colorScheme: "dark" });
    await picture("wall-dark");
    const night = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    assert.notEqual(day, night);
    const height = (of) => page.locator(of).first().evaluate((it) => parseFloat(getComputedStyle(it).fontSize));
    assert.ok((await height("#headline")) >= 60 && (await height(".cards h4")) >= 36, "large on a large screen");
  });

  test("on a phone nothing sticks out", async () => {
    await page.setViewportSize(PHONE);
    await picture("phone-dark");
    assert.ok((await overflow()) <= 0, `${await overflow()} px stick out`);
    await page.emulateMedia({ colorScheme: "light" });
    await page.screenshot({ path: join(pictures, "page-phone-whole.png"), fullPage: true });
  });

  test("a server is found by its name, with the keyboard alone", async () => {
    await page.keyboard.press("Tab");
    await page.keyboard.type("web");
    const shown = await page.locator("#servers tbody tr:visible").count();
    assert.equal(shown, 1);
    await page.keyboard.press("Control+a");
    await page.keyboard.press("Delete");
  });

  test("a thousand servers: the kind of table changes by itself, and one that fails is seen at once", async () => {
    await page.setViewportSize(WALL);
    const ids = [];
    for (let at = 0; at < 1_000; at += 50) {
      const some = Array.from({ length: 50 }, (_, i) => at + i);
      ids.push(...(await Promise.all(some.map((i) => add(`node-${String(i).padStart(4, "0")}`, { interval: "10s", environment: ["LIVE", "STAGE"][i % 2] })))));
    }
    await page.locator("ul.pack li").nth(999).waitFor({ state: "attached", timeout: 60_000 });
    await page.locator(`#${ids[999].id}[data-state=up]`).waitFor({ state: "attached", timeout: 60_000 });
    await api("PATCH", `/servers/${ids[500].id}`, { port: await freePort() });
    await page.locator(".cards h4", { hasText: "node-0500" }).waitFor({ timeout: 60_000 });
    await picture("thousand");
    await page.setViewportSize(PHONE);
    await picture("thousand-phone");
    assert.ok((await overflow()) <= 0, `${await overflow()} px stick out`);
  });

  test("without a script the page is whole", async () => {
    const plain = await browser.newPage({ javaScriptEnabled: false, viewport: WALL });
    await plain.goto(`http://127.0.0.1:${port}/`);
    assert.equal(await plain.locator("ul.pack li").count(), 1_010);
    assert.match(await plain.locator("#live").textContent(), /Reloads itself/);
    assert.match(await plain.locator(".cards").textContent(), /UTC/);
    await plain.close();
  });

  test("neither an address nor a query is on the page, and nothing came from elsewhere", async () => {
    const whole = await fetch(`http://127.0.0.1:${port}/`).then((answer) => answer.text());
    assert.ok(!whole.includes("127.0.0.1") && !whole.includes("planted-in-the-query"));
    assert.deepEqual(elsewhere, []);
    assert.deepEqual(complaints, []);
  });

  test("when the bot is gone, the page says that it is old", async () => {
    await bot.stop();
    bot = undefined;
    await page.getByText("what you see may be old").waitFor({ timeout: 30_000 });
    await picture("lost");
    console.log(`pictures: ${pictures}`);
  });
});
