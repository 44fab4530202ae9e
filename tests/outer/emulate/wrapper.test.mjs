// The wrapper itself: what it sends is what Slack sends, judged by Slack's own verifier, and what it grants
// is what the manifest asks for. The bot here only records.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, describe, test } from "node:test";
import { isValidSlackRequest } from "@slack/bolt";
import { freePort, manifest, until } from "../support.mjs";
import { openWorkspace } from "./workspace.mjs";

const signingSecret = "a-signing-secret-of-the-wrapper-checks";

describe("the workspace", () => {
  const received = [];
  let recorder, workspace;

  before(async () => {
    recorder = createServer(async (request, response) => {
      const body = Buffer.concat(await request.toArray()).toString();
      const valid = isValidSlackRequest({ signingSecret, body, headers: request.headers });
      if (valid) received.push({ path: request.url, body });
      response.writeHead(valid ? 200 : 401).end();
    });
    await new Promise((resolve) => recorder.listen(0, "127.0.0.1", resolve));
    const botUrl = `http://127.0.0.1:${recorder.address().port}`;
    workspace = await openWorkspace({ port: await freePort(), botUrl, manifest, signingSecret });
  });

  after(async () => {
    await workspace.close();
    recorder.closeAllConnections();
    recorder.close();
  });

  const arrived = (path, find) =>
    until(`a request to ${path}`, () => received.find((each) => each.path === path && find(each.body))?.body, 5);

  test("an invitation arrives as a complete, signed event", async () => {
    const channel = await workspace.createChannel("invited");
    await workspace.inviteBot(channel);
    const envelope = JSON.parse(await arrived("/slack/events", (body) => body.includes("member_joined_channel")));
    assert.equal(envelope.type, "event_callback");
    assert.equal(envelope.team_id, workspace.team);
    assert.match(envelope.event_id, /^Ev/);
    assert.equal(typeof envelope.event_time, "number");
    assert.equal(envelope.authorizations[0].user_id, workspace.botUser);
    assert.equal(envelope.event.user, workspace.botUser);
    assert.equal(envelope.event.channel, channel);
    await until("the delivery is noted", () => workspace.delivered().some((each) => each.success), 5);
  });

  test("an event that the manifest does not subscribe to is not sent", async () => {
    const channel = await workspace.createChannel("quiet");
    await workspace.inviteBot(channel);
    await workspace.api("chat.postMessage", { channel, text: "hello" });
    await workspace.removeBot(channel);
    await arrived("/slack/events", (body) => body.includes("member_left_channel"));
    assert.ok(!received.some((each) => each.body.includes('"text":"hello"')));
  });

  test("reads are answered to GET, with the scopes of the manifest and no others", async () => {
    const channel = await workspace.createChannel("read");
    const get = async (method, token) => {
      const response = await fetch(`${workspace.apiUrl}/${method}?channel=${channel}`, {
        headers: { authorization: `Bearer ${token}` },
      });
      return response.json();
    };
    assert.equal((await get("conversations.info", workspace.botToken)).channel.name, "read");
    assert.equal((await get("conversations.history", workspace.botToken)).error, "missing_scope");
    assert.equal((await get("conversations.info", "xoxb-of-nobody")).error, "not_authed");
  });

  test("a slash command is escaped and signed, and its later answers are kept", async () => {
    const channel = await workspace.createChannel("typed");
    const answer = await workspace.command(channel, 'add "a & b" http://10.0.0.1/?x=1&y=2 #typed <3');
    assert.equal(answer.status, 200);
    const form = new URLSearchParams(await arrived("/slack/commands", (body) => body.includes("typed")));
    assert.equal(form.get("command"), "/health");
    const link = "http://10.0.0.1/?x=1&amp;y=2";
    assert.equal(form.get("text"), `add "a &amp; b" <${link}|${link}> <#${channel}|typed> &lt;3`);
    await fetch(form.get("response_url"), { method: "POST", body: JSON.stringify({ text: "later" }) });
    assert.deepEqual(answer.later, [{ text: "later" }]);
  });

  test("a button is pressed by its label, and one that is not there is named", async () => {
    const channel = await workspace.createChannel("pressed");
    const button = { type: "button", action_id: "ack", value: "7", text: { type: "plain_text", text: "Acknowledge" } };
    const blocks = [{ type: "actions", block_id: "b", elements: [button] }];
    const { ts } = await workspace.api("chat.postMessage", { channel, text: "down", blocks }, workspace.botToken);
    const [message] = await workspace.messages(channel);
    await workspace.press(channel, message, "Acknowledge");
    const form = new URLSearchParams(await arrived("/slack/interactions", (body) => body.includes(ts)));
    const payload = JSON.parse(form.get("payload"));
    assert.equal(payload.actions[0].value, "7");
    assert.equal(payload.user.team_id, workspace.team);
    await assert.rejects(workspace.press(channel, message, "Mute 1h"), /no button "Mute 1h" among \["Acknowledge"\]/);
  });

  test("a trigger opens one form, whose fields are filled in by their labels", async () => {
    const channel = await workspace.createChannel("form");
    await workspace.command(channel, "form please");
    const sent = new URLSearchParams(await arrived("/slack/commands", (body) => body.includes("form+please")));
    const view = {
      type: "modal", callback_id: "add", title: { type: "plain_text", text: "Add" },
      blocks: [{
        type: "input", block_id: "n", label: { type: "plain_text", text: "Name" },
        element: { type: "plain_text_input", action_id: "v" },
      }],
    };
    const open = () => workspace.api("views.open", { trigger_id: sent.get("trigger_id"), view }, workspace.botToken);
    await open();
    await assert.rejects(open(), /exchanged_trigger_id/);
    await workspace.submit(workspace.form(), { Name: "api" });
    const form = new URLSearchParams(await arrived("/slack/interactions", (body) => body.includes("view_submission")));
    assert.equal(JSON.parse(form.get("payload")).view.state.values.n.v.value, "api");
  });
});
