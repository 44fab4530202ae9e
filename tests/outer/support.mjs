// What every check here needs: the manifest, free ports, a bounded wait, and the real binary.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { parse } from "yaml";

export const manifest = parse(readFileSync(new URL("../../manifest.yml", import.meta.url), "utf8"));

/** A port of 127.0.0.1 that nothing listens on at this moment. */
export async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Asks `probe` again and again until it yields something; past the deadline it throws, naming `what`. */
export async function until(what, probe, seconds = 30) {
  const deadline = Date.now() + seconds * 1000;
  let seen;
  while (Date.now() < deadline) {
    seen = await probe();
    if (seen) return seen;
    await pause(100);
  }
  throw new Error(`not within ${seconds} s: ${what}`);
}

/** Starts the binary with a data directory of its own; `log` yields what it has written so far. */
async function start(args, environment) {
  const binary = process.env.HEALTHBOT_BIN;
  if (!binary) throw new Error("HEALTHBOT_BIN must name the healthbot binary");
  const home = await mkdtemp(join(tmpdir(), "healthbot-outer-"));
  const env = {
    PATH: process.env.PATH, HEALTHBOT_DATA_DIR: join(home, "state"), HEALTHBOT_ALLOW_LOOPBACK: "true", ...environment,
  };
  const child = spawn(binary, args, { env, stdio: ["ignore", "pipe", "pipe"] });
  const written = [];
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => written.push(chunk));
  const ended = once(child, "exit");
  return {
    log: () => Buffer.concat(written).toString(),
    /** Ends it as a service manager would; yields its exit code. */
    async stop(signal = "SIGTERM") {
      child.kill(signal);
      const [code] = await ended;
      await rm(home, { recursive: true, force: true });
      return code;
    },
    /** Waits for `probe`; if that fails, or the process ends, its log is told. */
    async ready(what, probe) {
      const alive = async () => {
        if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode}`);
        return probe();
      };
      return until(what, alive).catch(async (error) => {
        await this.stop("SIGKILL");
        throw new Error(`${error.message}\n${this.log()}`);
      });
    },
  };
}

/** Starts `healthbot serve` on `port`, and waits until it is ready; without a Slack it never is, but `/healthz` answers. */
export async function startBot({ port, apiUrl, botToken, signingSecret, adminToken = "", answers = "/readyz" }) {
  const bot = await start(["serve"], {
    SLACK_API_URL: apiUrl, SLACK_BOT_TOKEN: botToken, SLACK_SIGNING_SECRET: signingSecret,
    HEALTHBOT_LISTEN: `127.0.0.1:${port}`, HEALTHBOT_ADMIN_TOKEN: adminToken,
  });
  await bot.ready(`the bot answers ${answers}`, () =>
    fetch(`http://127.0.0.1:${port}${answers}`).then((response) => response.ok, () => false));
  return bot;
}

/** Starts `healthbot demo`; `address` is the page that it prints. */
export async function startDemo() {
  const demo = await start(["demo"], { HEALTHBOT_LISTEN: `127.0.0.1:${await freePort()}` });
  const printed = () => demo.log().match(/http:\/\/[\w.]+:\d+[\w/-]*/)?.[0];
  const address = await demo.ready("the demo prints its page's address", printed);
  return { ...demo, address };
}
