// The story that Healthbot exists for, told by the real binary to a Slack that others made: a channel is
// subscribed by inviting the bot, two servers are added, they die, the channel hears why, they return.
//
// The wording is the bot's own affair; held to here are names, failure kinds, labels and what was edited.

import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { after, before, describe, test } from "node:test";
import { WebSocketServer } from "ws";
import { freePort, manifest, startBot, until } from "../support.mjs";
import { openWorkspace } from "./workspace.mjs";

const signingSecret = "a-signing-secret-of-the-outer-checks";
const RESOLVED = /resolved|recovered|back|up again/i;

/** All that a reader sees of a message, as one string. */
const shown = (message) => JSON.stringify([message.text, message.blocks, message.attachments]);

/** A server that can die and come back on its port; `serve` starts one and yields how to end it. */
async function mortal(serve) {
  const port = await freePort();
  let end = await serve(port);
  return { port, die: () => end(), revive: async () => { end = await serve(port); } };
}

async function serveHttp(port) {
  const server = createServer((_, response) => response.end("fine")).listen(port, "127.0.0.1");
  await once(server, "listening");
  return () => new Promise((resolve) => {
    server.close(resolve);
    server.closeAllConnections();
  });
}

async function serveWebSocket(port) {
  const server = new WebSocketServer({ host: "127.0.0.1", port });
  await once(server, "listening");
  return () => new Promise((resolve) => {
    server.close(resolve);
    server.clients.forEach((client) => client.terminate());
  });
}

describe("an outage, from the invitation to the recovery", () => {
  let workspace, bot, channel;
  const servers = {};

  /** The channel's messages that tell of `server`'s failure, whatever became of them since. */
  const failuresOf = async (server) =>
    (await workspace.messages(channel)).filter((message) =>
      message.user === workspace.botUser && shown(message).includes(server) &&
      message.blocks?.some((block) => block.type === "actions"));

  const answered = (answer, pattern) =>
    until(`an answer like ${pattern}`, () => answer.all().some((each) => pattern.test(JSON.stringify(each))), 10);

  before(async () => {
    const [slackPort, port] = [await freePort(), await freePort()];
    const botUrl = `http://127.0.0.1:${port}`;
    workspace = await openWorkspace({ port: slackPort, botUrl, manifest, signingSecret });
    bot = await startBot({ port, apiUrl: workspace.apiUrl, botToken: workspace.botToken, signingSecret });
    servers["outer-http"] = { ...(await mortal(serveHttp)), scheme: "http" };
    servers["outer-ws"] = { ...(await mortal(serveWebSocket)), scheme: "ws" };
  });

  after(async () => {
    await bot?.stop();
    await workspace?.close();
    for (const server of Object.values(servers)) await server.die();
  });

  test("the events URL proves itself", async () => {
    assert.deepEqual(await workspace.verifyUrl(), { status: 200, proven: true });
  });

  test("an invitation subscribes the channel, and the bot says so", async () => {
    channel = await workspace.createChannel("ops");
    await workspace.inviteBot(channel);
    const greeting = await until("a greeting", async () =>
      (await workspace.messages(channel)).find((message) => message.user === workspace.botUser));
    assert.match(shown(greeting), /Unsubscribe/);
    assert.ok(greeting.text, "a message needs a text that stands alone");
    await answered(await workspace.command(channel, "channels"), new RegExp(`ops|${channel}`));
  });

  test("two servers are added and found healthy", async () => {
    for (const [name, { scheme, port }] of Object.entries(servers)) {
      const url = `${scheme}://127.0.0.1:${port}/`;
      const answer = await workspace.command(channel, `add ${name} ${url} interval=1s env=LIVE`);
      assert.equal(answer.status, 200);
      await answered(answer, new RegExp(name));
      await until(`${name} is up`, async () => {
        const status = await workspace.command(channel, `status ${name}`);
        return status.all().some((each) => /\bup\b|healthy/i.test(JSON.stringify(each)));
      });
    }
    for (const name of Object.keys(servers)) await answered(await workspace.command(channel, "list"), new RegExp(name));
  });

  test("an incoming webhook is added as a channel of its own", async () => {
    const answer = await workspace.command(channel, `webhook add outer-hook ${workspace.webhook().url}`);
    await answered(answer, /outer-hook/);
  });

  test("their deaths are told with the reason, once each", async () => {
    for (const server of Object.values(servers)) await server.die();
    for (const name of Object.keys(servers)) {
      const [message] = await until(`the failure of ${name}`, async () => {
        const found = await failuresOf(name);
        return found.length > 0 && found;
      });
      assert.match(shown(message), /refused/i);
      assert.match(shown(message), /LIVE/);
      assert.match(message.text, new RegExp(name), "the notification names the server");
      servers[name].ts = message.ts;
    }
  });

  test("a check on demand is answered to the person who asked", async () => {
    const [message] = await failuresOf("outer-ws");
    await answered(await workspace.press(channel, message, "Check now"), /refused/i);
  });

  test("an acknowledgement shows who gave it", async () => {
    const [message] = await failuresOf("outer-http");
    const pressed = await workspace.press(channel, message, "Acknowledge");
    assert.equal(pressed.status, 200);
    await until("the message names the person", async () => {
      const [changed] = await failuresOf("outer-http");
      return shown(changed).includes(workspace.person);
    });
  });

  test("their returns edit the same messages and reply in their threads", async () => {
    for (const server of Object.values(servers)) await server.revive();
    for (const [name, { ts }] of Object.entries(servers)) {
      const edited = await until(`${name} is resolved`, async () =>
        (await workspace.messages(channel)).find((message) => message.ts === ts && RESOLVED.test(shown(message))));
      assert.ok(edited.edited, "the original message is edited");
      assert.match(shown(edited), new RegExp(name));
      const reply = await until(`a reply about ${name}`, async () =>
        (await workspace.replies(channel, ts)).find((message) => RESOLVED.test(shown(message))));
      assert.match(shown(reply), new RegExp(name));
      assert.equal(reply.reply_broadcast, true, "the reply is shown in the channel too");
    }
  });

  test("the webhook told both, the end in a message of its own", async () => {
    const hooked = workspace.webhook().channel;
    for (const name of Object.keys(servers)) {
      const [failed, returned] = await until(`two messages about ${name}`, async () => {
        const told = (await workspace.messages(hooked)).filter((each) => shown(each).includes(name));
        return told.length >= 2 && told;
      }, 10);
      assert.match(shown(failed), /refused/i);
      assert.match(shown(returned), RESOLVED);
    }
  });

  test("nothing was told twice", async () => {
    for (const name of Object.keys(servers)) {
      const told = (await workspace.messages(channel)).filter((message) => shown(message).includes(name));
      assert.equal(told.length, 1, `messages about ${name}: ${told.map(shown).join("\n")}`);
    }
  });

  test("the Home tab shows every server", async () => {
    await workspace.openHome();
    await until("a Home tab with both", () => {
      const home = JSON.stringify(workspace.home()?.blocks ?? []);
      return Object.keys(servers).every((name) => home.includes(name));
    }, 10);
  });

  test("a server is added with the form", async () => {
    const { port } = servers["outer-http"];
    assert.equal((await workspace.command(channel, "add")).status, 200);
    const form = await until("a form", () => workspace.form(), 10);
    const wrong = await workspace.submit(form, { Name: "outer-form", Address: "not an address" });
    assert.equal(wrong.body.response_action, "errors");
    const right = await workspace.submit(form, { Name: "outer-form", Address: `http://127.0.0.1:${port}/` });
    assert.equal(right.status, 200);
    assert.ok(!right.body || right.body.response_action !== "errors", JSON.stringify(right.body));
    await until("it is listed", async () => {
      const list = await workspace.command(channel, "list");
      return list.all().some((each) => JSON.stringify(each).includes("outer-form"));
    });
  });

  test("a removed bot stops talking to the channel", async () => {
    await workspace.removeBot(channel);
    await until("the channel is no longer told", async () => {
      const channels = await workspace.command(channel, "channels");
      return channels.status === 200 && channels.all().length > 0 && !JSON.stringify(channels.all()).includes(channel);
    });
  });

  test("it ends cleanly when told to", async () => {
    const code = await bot.stop();
    bot = undefined;
    assert.equal(code, 0);
  });
});
