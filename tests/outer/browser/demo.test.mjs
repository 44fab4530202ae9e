// The demo's page in a real browser, used as a newcomer uses it: by what is written on it.
//
// Pictures go to HEALTHBOT_SCREENSHOTS, or to a temporary directory that is named at the end.

import assert from "node:assert/strict";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { chromium } from "playwright-core";
import { startDemo } from "../support.mjs";

const CHROMIUM = process.env.CHROMIUM ?? "/usr/bin/chromium";
const PHONE = { width: 390, height: 844 };

describe("the demo's page", () => {
  let demo, browser, page, pictures;
  const complaints = [];
  const elsewhere = [];

  before(async () => {
    demo = await startDemo();
    pictures = process.env.HEALTHBOT_SCREENSHOTS ?? (await mkdtemp(join(tmpdir(), "healthbot-pictures-")));
    browser = await chromium.launch({
      executablePath: CHROMIUM,
      args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"],
    });
    page = await browser.newPage({ viewport: { width: 1280, height: 860 } });
    page.setDefaultTimeout(20_000);
    page.on("pageerror", (error) => complaints.push(error.message));
    page.on("console", (line) => line.type() === "error" && complaints.push(line.text()));
    const { host } = new URL(demo.address);
    page.on("request", (request) => {
      if (new URL(request.url()).host !== host) elsewhere.push(request.url());
    });
    await page.goto(demo.address);
  });

  after(async () => {
    await browser?.close();
    await demo?.stop();
  });

  const picture = (name) => page.screenshot({ path: join(pictures, `${name}.png`) });

  /** Types a line into the composer, which is the last text field of the page, and sends it. */
  async function type(line) {
    const composer = page.getByRole("textbox").last();
    await composer.fill(line);
    await composer.press("Enter");
  }

  test("a command typed into the composer is answered, to that person only", async () => {
    await type("/health list");
    await page.getByText("Only visible to you").last().waitFor();
    await picture("list");
  });

  test("a server that is not there is told to the channel, and acknowledging changes the message", async () => {
    await type("/health subscribe");
    await type("/health add browser-check http://127.0.0.1:1/ interval=1s env=STAGE");
    // The nearest thing around the button that names the server and the reason is the message.
    const button = page.getByRole("button", { name: "Acknowledge", exact: true }).last();
    await button.locator("xpath=ancestor::*[contains(., 'browser-check') and contains(., 'refused')][1]").waitFor();
    await picture("failure");
    const acknowledged = page.getByText(/acknowledged/i);
    const before = await acknowledged.count();
    await button.click();
    await acknowledged.nth(before).waitFor();
    await picture("acknowledged");
  });

  test("the Home tab is the dashboard", async () => {
    await page.getByText("Home", { exact: true }).first().click();
    await page.getByText("browser-check").first().waitFor({ timeout: 10_000 });
    await page.getByRole("button", { name: "Add server" }).first().waitFor();
    await picture("home");
  });

  test("a phone shows it without scrolling sideways, in the dark as well", async () => {
    await page.setViewportSize(PHONE);
    await page.emulateMedia({ colorScheme: "dark" });
    const overflow = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth");
    await picture("phone");
    assert.ok(overflow <= 0, `${overflow} px stick out`);
  });

  test("nothing was fetched from elsewhere and the browser had nothing to complain of", () => {
    assert.deepEqual(elsewhere, []);
    assert.deepEqual(complaints, []);
  });

  test("the demo ends cleanly when told to", async () => {
    const code = await demo.stop();
    demo = undefined;
    assert.equal(code, 0);
    console.log(`pictures: ${pictures}`);
  });
});
