// A Slack workspace to test against: the Web API is npm `emulate`, which others made, with what it lacks
// added around it. It knows nothing of Healthbot but its manifest.
//
// Added here: events are completed and signed as Slack does, reads may come as GET, and people can type
// slash commands, press buttons and submit forms.

import { createHmac, randomBytes } from "node:crypto";
import { register } from "node:module";

register("./hook.mjs", import.meta.url);
const { createServer, serve, SERVICE_REGISTRY } = await import("emulate");

const APP = "A0HEALTHBOT";
const BOT = { user: "U0HEALTHBOT", id: "B0HEALTHBOT", token: "xoxb-outer-checks" };
const PERSON = { name: "pat", token: "xoxp-outer-checks" };
// What a person's own client may do; the bot gets what the manifest asks for, and nothing more.
const PERSON_SCOPES = [
  "channels:read", "channels:write", "channels:history", "groups:read", "groups:write", "groups:history", "chat:write",
];

/** Starts the workspace on 127.0.0.1:`port`, with the app of `manifest` installed and its bot at `botUrl`. */
export async function openWorkspace({ port, botUrl, manifest, signingSecret }) {
  const baseUrl = `http://127.0.0.1:${port}`;
  const scopes = manifest.oauth_config.scopes.bot;
  const { plugin, seedFromConfig } = await SERVICE_REGISTRY.slack.load();
  const { app, store, webhooks } = createServer(plugin, { port, baseUrl });
  plugin.seed(store, baseUrl);
  seedFromConfig(store, baseUrl, {
    strict_scopes: true,
    users: [{ name: PERSON.name }],
    oauth_apps: [{
      client_id: "1.1", client_secret: "unused", app_id: APP, name: "Healthbot", redirect_uris: [], scopes,
      bot_id: BOT.id, bot_user_id: BOT.user, bot_name: "healthbot",
    }],
    tokens: [
      { token: BOT.token, type: "bot", user_id: BOT.user, bot_id: BOT.id, bot_user_id: BOT.user, app_id: APP, scopes },
      { token: PERSON.token, type: "user", user: PERSON.name, scopes: PERSON_SCOPES },
    ],
  });
  const workspace = new Workspace({ app, store, webhooks, baseUrl, botUrl, manifest, signingSecret, scopes });
  await workspace.listen(port);
  return workspace;
}

class Workspace {
  #parts;
  #server;
  #deliveries = new Set();
  #answers = new Map();

  constructor(parts) {
    this.#parts = parts;
    this.apiUrl = `${parts.baseUrl}/api`;
    this.botToken = BOT.token;
    this.botUser = BOT.user;
    this.team = parts.store.collection("slack.teams").all()[0].team_id;
    this.person = parts.store.collection("slack.users").all().find((user) => user.name === PERSON.name).user_id;
    this.#subscribe();
  }

  async listen(port) {
    this.#server = serve({ fetch: (request) => this.#fetch(request), port, hostname: "127.0.0.1" });
    await new Promise((resolve, reject) => this.#server.once("listening", resolve).once("error", reject));
  }

  async close() {
    await Promise.allSettled(this.#deliveries);
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  // ---- what a person does -------------------------------------------------------------------------------

  /** Calls the Web API, as the person unless another token is given; an answer that is not `ok` throws. */
  async api(method, body, token = PERSON.token) {
    const response = await fetch(`${this.apiUrl}/${method}`, {
      method: "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    const answer = await response.json();
    if (!answer.ok) throw new Error(`${method}: ${JSON.stringify(answer)}`);
    return answer;
  }

  async createChannel(name) {
    return (await this.api("conversations.create", { name })).channel.id;
  }

  inviteBot(channel) {
    return this.api("conversations.invite", { channel, users: BOT.user });
  }

  removeBot(channel) {
    return this.api("conversations.kick", { channel, user: BOT.user });
  }

  /** The channel's messages, oldest first, without those that stand only in a thread. */
  async messages(channel) {
    return (await this.api("conversations.history", { channel, limit: 1000 })).messages.reverse();
  }

  /** The replies in the thread of the message `ts`. */
  async replies(channel, ts) {
    return (await this.api("conversations.replies", { channel, ts })).messages.filter((message) => message.ts !== ts);
  }

  /** Types `/health text`; yields the bot's HTTP answer and where its later answers arrive. */
  async command(channel, text) {
    const { command, should_escape: escaped } = this.#parts.manifest.features.slash_commands[0];
    const answers = this.#answerUrl();
    const response = await this.#post("/slack/commands", new URLSearchParams({
      token: "unused", team_id: this.team, team_domain: "outer", channel_id: channel,
      channel_name: this.#channelName(channel), user_id: this.person, user_name: PERSON.name, command,
      text: escaped ? this.#escape(text) : text, api_app_id: APP, is_enterprise_install: "false",
      response_url: answers.url, trigger_id: await this.#trigger(),
    }));
    return this.#answered(response, answers);
  }

  /** Presses the button labelled `label` on `message`. */
  async press(channel, message, label) {
    const { block, element } = findButton(message.blocks ?? [], label);
    const answers = this.#answerUrl();
    const response = await this.#interact({
      type: "block_actions",
      container: { type: "message", message_ts: message.ts, channel_id: channel, is_ephemeral: false },
      channel: { id: channel, name: this.#channelName(channel) },
      message, state: { values: {} }, response_url: answers.url, trigger_id: await this.#trigger(),
      actions: [{
        ...element, block_id: block.block_id ?? randomBytes(3).toString("hex"),
        action_ts: `${(Date.now() / 1000).toFixed(6)}`,
      }],
    });
    return this.#answered(response, answers);
  }

  /** The URL of an incoming webhook, and the channel that it posts into. */
  webhook() {
    const { url, default_channel: name } = this.#parts.store.collection("slack.incoming_webhooks").all()[0];
    const { channel_id: channel } = this.#channels().find((each) => each.name === name);
    return { url: this.#parts.baseUrl + url, channel };
  }

  /** The newest form that the bot opened, if any. */
  form() {
    return this.#views().filter((view) => view.type === "modal").at(-1);
  }

  /** Fills in `fields`, by their labels, and submits `form`. */
  async submit(form, fields) {
    const response = await this.#interact({
      type: "view_submission",
      trigger_id: await this.#trigger(),
      response_urls: [],
      view: { ...viewPayload(form), state: { values: fillIn(form.blocks, fields) } },
    });
    return { status: response.status, body: await readBody(response) };
  }

  /** Opens the bot's Home tab: Slack tells the bot, which publishes what is to be seen. */
  openHome() {
    const event = { type: "app_home_opened", user: this.person, channel: "D0HOME", tab: "home" };
    return this.#parts.webhooks.dispatch(event.type, undefined, { type: "event_callback", event }, "slack");
  }

  /** The Home tab as the person sees it, if the bot has published one. */
  home() {
    return this.#views().find((view) => view.type === "home" && view.user_id === this.person);
  }

  /** Asks the bot's events URL to prove itself, as Slack does when the URL is saved. */
  async verifyUrl() {
    const challenge = randomBytes(12).toString("hex");
    const body = JSON.stringify({ type: "url_verification", token: "unused", challenge });
    const response = await this.#post("/slack/events", body, "application/json");
    return { status: response.status, proven: (await response.text()) === challenge };
  }

  // ---- between the bot and `emulate` --------------------------------------------------------------------

  /** Sends what the manifest subscribes to, completed and signed, and like Slack does not wait for the bot. */
  #subscribe() {
    const { webhooks, botUrl, manifest } = this.#parts;
    const dispatch = webhooks.dispatch.bind(webhooks);
    webhooks.setHeaderFactory(({ body }) => this.#sign(body, "application/json"));
    webhooks.register({
      owner: "slack", url: `${botUrl}/slack/events`, active: true,
      events: manifest.settings.event_subscriptions.bot_events,
    });
    webhooks.dispatch = async (event, action, payload, owner, repo) => {
      const delivery = dispatch(event, action, this.#envelope(payload), owner, repo);
      this.#deliveries.add(delivery);
      delivery.finally(() => this.#deliveries.delete(delivery));
    };
  }

  /** What became of each event that was sent to the bot. */
  delivered() {
    return this.#parts.webhooks.getDeliveries();
  }

  #envelope(payload) {
    const now = Date.now() / 1000;
    return {
      token: "unused", team_id: this.team, api_app_id: APP, ...payload,
      event: { event_ts: now.toFixed(6), ...payload.event },
      event_id: `Ev${randomBytes(5).toString("hex").toUpperCase()}`, event_time: Math.floor(now),
      is_ext_shared_channel: false,
      authorizations: [{
        enterprise_id: null, team_id: this.team, user_id: BOT.user, is_bot: true, is_enterprise_install: false,
      }],
    };
  }

  #sign(body, type) {
    const timestamp = Math.floor(Date.now() / 1000).toString();
    const digest = createHmac("sha256", this.#parts.signingSecret).update(`v0:${timestamp}:${body}`).digest("hex");
    return { "content-type": type, "x-slack-request-timestamp": timestamp, "x-slack-signature": `v0=${digest}` };
  }

  #post(path, form, type = "application/x-www-form-urlencoded") {
    const body = form.toString();
    return fetch(this.#parts.botUrl + path, { method: "POST", headers: this.#sign(body, type), body });
  }

  #interact(payload) {
    const complete = {
      token: "unused", api_app_id: APP, team: { id: this.team, domain: "outer" }, enterprise: null,
      is_enterprise_install: false,
      user: { id: this.person, username: PERSON.name, name: PERSON.name, team_id: this.team }, ...payload,
    };
    return this.#post("/slack/interactions", new URLSearchParams({ payload: JSON.stringify(complete) }));
  }

  /** Passes a request to `emulate`, which knows reads only as POST; takes `response_url` answers itself. */
  async #fetch(request) {
    const url = new URL(request.url);
    const answers = this.#answers.get(url.pathname);
    if (answers) {
      answers.push(await request.json());
      return new Response("ok");
    }
    const { app, scopes } = this.#parts;
    if (request.method !== "GET") {
      const response = await app.fetch(request);
      if (url.pathname.endsWith("/auth.test")) response.headers.set("x-oauth-scopes", scopes.join(","));
      return response;
    }
    const headers = new Headers(request.headers);
    headers.set("content-type", "application/x-www-form-urlencoded");
    const body = url.searchParams.toString();
    return app.fetch(new Request(url.origin + url.pathname, { method: "POST", headers, body }));
  }

  #answerUrl() {
    const path = `/answers/${randomBytes(8).toString("hex")}`;
    const received = [];
    this.#answers.set(path, received);
    return { url: this.#parts.baseUrl + path, received };
  }

  async #answered(response, answers) {
    const first = await readBody(response);
    const later = answers.received;
    return { status: response.status, first, later, all: () => [first, ...later].filter(Boolean) };
  }

  async #trigger() {
    return (await this.api("views.generateTriggerId", { user_id: this.person }, BOT.token)).trigger_id;
  }

  #views() {
    return this.#parts.store.collection("slack.views").all();
  }

  #channels() {
    return this.#parts.store.collection("slack.channels").all();
  }

  #channelName(channel) {
    return this.#channels().find((each) => each.channel_id === channel).name;
  }

  /** Text as Slack hands it over with `should_escape`: entities, links in brackets, channels by id. */
  #escape(text) {
    return text
      .replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;")
      .replace(/https?:\/\/\S+/g, (url) => `<${url}|${url}>`)
      .replace(/#([\w-]+)/g, (typed, name) => {
        const channel = this.#channels().find((each) => each.name === name);
        return channel ? `<#${channel.channel_id}|${name}>` : typed;
      });
  }
}

async function readBody(response) {
  const text = await response.text();
  const json = response.headers.get("content-type")?.includes("json");
  return json && text ? JSON.parse(text) : text;
}

/** The button labelled `label` in an actions block or beside a section; throws with the labels that are there. */
export function findButton(blocks, label) {
  const buttons = blocks.flatMap((block) =>
    [...(block.elements ?? []), ...(block.accessory ? [block.accessory] : [])]
      .filter((element) => element.type === "button")
      .map((element) => ({ block, element })));
  const found = buttons.find(({ element }) => element.text.text === label);
  if (!found) {
    const there = buttons.map(({ element }) => element.text.text);
    throw new Error(`no button "${label}" among ${JSON.stringify(there)}`);
  }
  return found;
}

function viewPayload(view) {
  const { view_id: id, id: _row, ...rest } = view;
  return { ...rest, id };
}

/** `state.values` of a form: what was typed or chosen, else what the form came filled in with. */
function fillIn(blocks, fields) {
  const inputs = blocks.filter((block) => block.type === "input");
  const unknown = Object.keys(fields).filter((label) => !inputs.some((block) => block.label.text === label));
  if (unknown.length) throw new Error(`no field ${unknown} among ${inputs.map((block) => block.label.text)}`);
  const values = {};
  for (const { block_id: block, label, element } of inputs) {
    values[block] = { [element.action_id]: { type: element.type, ...fieldValue(element, fields[label.text]) } };
  }
  return values;
}

function fieldValue(element, wanted) {
  if (!element.type.endsWith("_select")) return { value: wanted ?? element.initial_value ?? null };
  const options = element.options ?? element.option_groups.flatMap((group) => group.options);
  const chosen = wanted === undefined
    ? element.initial_option
    : options.find((option) => option.text.text === wanted || option.value === wanted);
  if (wanted !== undefined && !chosen) throw new Error(`no option "${wanted}"`);
  return { selected_option: chosen ?? null };
}
