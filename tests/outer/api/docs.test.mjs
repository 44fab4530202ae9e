// Swagger UI in a real browser: it shows the API, asks nobody else for anything, and a request made from it works.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { chromium } from "playwright-core";
import { freePort, startBot } from "../support.mjs";

const CHROMIUM = process.env.CHROMIUM ?? "/usr/bin/chromium";
const TOKEN = "the-admin-token-of-the-outer-checks";

describe("the API's own page", () => {
  let bot, browser, page, base;
  const complaints = [];
  const elsewhere = [];

  before(async () => {
    const port = await freePort();
    base = `http://127.0.0.1:${port}`;
    bot = await startBot({
      port, apiUrl: "http://127.0.0.1:9/api", botToken: "xoxb-outer", signingSecret: "outer", adminToken: TOKEN,
      answers: "/healthz",
    });
    browser = await chromium.launch({
      executablePath: CHROMIUM,
      args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"],
    });
    page = await browser.newPage({ viewport: { width: 1280, height: 1000 } });
    page.setDefaultTimeout(20_000);
    page.on("pageerror", (error) => complaints.push(error.message));
    page.on("console", (line) => line.type() === "error" && complaints.push(line.text()));
    page.on("request", (request) => {
      const { protocol, origin } = new URL(request.url());
      if (protocol !== "data:" && origin !== base) elsewhere.push(request.url());
    });
    await page.goto(`${base}/api/docs`);
  });

  after(async () => {
    await browser?.close();
    await bot?.stop();
  });

  test("every operation is shown", async () => {
    await page.locator(".opblock").first().waitFor();
    const { paths } = await (await fetch(`${base}/api/openapi.json`)).json();
    const operations = Object.values(paths).flatMap((path) => Object.keys(path)).length;
    assert.equal(await page.locator(".opblock").count(), operations);
  });

  test("with the token a request is made from the page", async () => {
    await page.getByRole("button", { name: "Authorize" }).click();
    await page.locator(".auth-container input").fill(TOKEN);
    await page.locator(".auth-btn-wrapper button[type=submit]").click();
    await page.locator(".btn-done").click();
    const listing = page.locator("#operations-settings-getSettings");
    await listing.locator(".opblock-summary-control").click();
    await listing.getByRole("button", { name: "Execute" }).click();
    await listing.locator(".live-responses-table").getByText('"30s"').first().waitFor();
    if (process.env.HEALTHBOT_SCREENSHOTS) {
      await page.screenshot({ path: `${process.env.HEALTHBOT_SCREENSHOTS}/swagger-ui.png` });
    }
  });

  test("nothing was asked of anybody else, and the browser has nothing to complain of", () => {
    assert.deepEqual(elsewhere, []);
    assert.deepEqual(complaints, []);
  });
});
