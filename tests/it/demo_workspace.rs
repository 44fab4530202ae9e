//! The workspace that other tests and the demo stand on, over real HTTP: what it answers, refuses,
//! sends and spoils.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use futures_util::{FutureExt, SinkExt, StreamExt};
use healthbot::clock::{Clock, ManualClock, Timestamp};
use healthbot::demo::{
    Answered, Author, Effect, Error, EventRetries, Fault, Mode, Options, SeedChannel, SeedUser,
    Target, Workspace, signature,
};
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::tungstenite::Message as Frame;

/// What the bot under the workspace's hand received.
#[derive(Clone)]
struct Received {
    path: String,
    headers: HeaderMap,
    body: String,
}

impl Received {
    fn form(&self, field: &str) -> String {
        let mut pairs = url::form_urlencoded::parse(self.body.as_bytes());
        pairs
            .find(|(name, _)| name == field)
            .map(|(_, value)| value.into_owned())
            .unwrap_or_default()
    }

    fn payload(&self) -> Value {
        serde_json::from_str(&self.form("payload")).unwrap()
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

/// A bot that answers what it is told to, and 200 with nothing otherwise.
#[derive(Clone, Default)]
struct Bot {
    received: Arc<Mutex<Vec<Received>>>,
    answers: Arc<Mutex<VecDeque<(u16, String)>>>,
}

impl Bot {
    fn answers(&self, status: u16, body: impl ToString) {
        self.answers
            .lock()
            .unwrap()
            .push_back((status, body.to_string()));
    }

    fn received(&self) -> Vec<Received> {
        self.received.lock().unwrap().clone()
    }

    fn last(&self) -> Received {
        self.received().pop().unwrap()
    }
}

async fn answer(
    State(bot): State<Bot>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> (StatusCode, String) {
    let body = String::from_utf8(body.to_vec()).unwrap();
    bot.received.lock().unwrap().push(Received {
        path: uri.path().to_owned(),
        headers,
        body,
    });
    let (status, body) = bot
        .answers
        .lock()
        .unwrap()
        .pop_front()
        .unwrap_or((200, String::new()));
    (StatusCode::from_u16(status).unwrap(), body)
}

struct Scene {
    workspace: Workspace,
    bot: Bot,
    clock: ManualClock,
    http: reqwest::Client,
}

impl Scene {
    async fn new() -> Self {
        Self::with(|options| options).await
    }

    async fn with(change: impl FnOnce(Options) -> Options) -> Self {
        let clock = ManualClock::new(Timestamp::from_timestamp(1_795_551_108, 0).unwrap());
        let bot = Bot::default();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let bot_url = format!("http://{}", listener.local_addr().unwrap());
        let routes = Router::new().fallback(answer).with_state(bot.clone());
        tokio::spawn(async move { axum::serve(listener, routes).await });
        let options = Options {
            bot_url: Some(bot_url),
            ..Options::new(Arc::new(clock.clone()))
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let workspace = Workspace::start(listener, change(options)).unwrap();
        // Other tests of this binary may have installed it already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        Self {
            workspace,
            bot,
            clock,
            http,
        }
    }

    /// Posts JSON to a method with the bot's token.
    async fn call(&self, method: &str, arguments: Value) -> Value {
        self.raw(method, arguments)
            .await
            .unwrap()
            .json()
            .await
            .unwrap()
    }

    async fn raw(&self, method: &str, arguments: Value) -> reqwest::Result<reqwest::Response> {
        let url = format!("{}/{method}", self.workspace.api_url());
        self.http
            .post(url)
            .bearer_auth("xoxb-demo-token")
            .json(&arguments)
            .send()
            .await
    }

    async fn error(&self, method: &str, arguments: Value) -> String {
        let answer = self.call(method, arguments).await;
        assert_eq!(answer["ok"], false, "{answer}");
        answer["error"].as_str().unwrap().to_owned()
    }

    async fn post(&self, url: &str, body: Value) -> (u16, String) {
        let response = self.http.post(url).json(&body).send().await.unwrap();
        (response.status().as_u16(), response.text().await.unwrap())
    }

    fn id(&self, channel: &str) -> String {
        self.workspace.channel(channel).unwrap().id
    }
}

fn section(text: &str) -> Value {
    json!({"type": "section", "text": {"type": "mrkdwn", "text": text}})
}

fn buttons(labels: &[&str]) -> Value {
    let button = |label: &&str| {
        json!({
            "type": "button", "action_id": format!("do-{label}"), "value": format!("value-{label}"),
            "text": {"type": "plain_text", "text": label},
        })
    };
    json!({"type": "actions", "block_id": "row", "elements": labels.iter().map(button).collect::<Vec<_>>()})
}

#[tokio::test]
async fn query_form_and_json_are_read_alike_and_the_token_is_checked() {
    let scene = Scene::new().await;
    let ops = scene.id("ops");
    let url = format!("{}/conversations.info", scene.workspace.api_url());
    let get = scene
        .http
        .get(format!("{url}?channel={ops}"))
        .bearer_auth("xoxb-demo-token");
    let form = scene.http.post(&url).bearer_auth("xoxb-demo-token");
    let form = form.header("content-type", "application/x-www-form-urlencoded");
    for request in [get, form.body(format!("channel={ops}"))] {
        let answer: Value = request.send().await.unwrap().json().await.unwrap();
        assert_eq!(answer["channel"]["name"], "ops", "{answer}");
    }
    assert_eq!(
        scene
            .call("conversations.info", json!({"channel": ops}))
            .await["channel"]["id"],
        ops
    );

    let refused = |token: &str| scene.http.post(&url).bearer_auth(token).body("").send();
    let answer: Value = refused("xoxb-other").await.unwrap().json().await.unwrap();
    assert_eq!(answer, json!({"ok": false, "error": "invalid_auth"}));
    let answer: Value = scene
        .http
        .post(&url)
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(answer["error"], "not_authed");
    assert!(!format!("{:?}", scene.workspace.journal()).contains("xoxb"));

    let response = scene.raw("auth.test", json!({})).await.unwrap();
    assert!(
        response.headers()["x-oauth-scopes"]
            .to_str()
            .unwrap()
            .contains("chat:write.public")
    );
    let answer: Value = response.json().await.unwrap();
    assert_eq!(answer["user_id"], scene.workspace.bot_user());
    assert_eq!(
        scene.error("chat.nothing", json!({})).await,
        "unknown_method"
    );
}

#[tokio::test]
async fn messages_are_threaded_edited_and_kept_with_their_metadata() {
    let scene = Scene::new().await;
    let ops = scene.id("ops");
    let metadata = json!({"event_type": "incident", "event_payload": {"id": "7"}});
    let posted = scene
        .call(
            "chat.postMessage",
            json!({
                "channel": ops, "text": "api is down", "metadata": metadata,
                "blocks": [section("*api* is down"), buttons(&["Acknowledge"])],
            }),
        )
        .await;
    let ts = posted["ts"].as_str().unwrap();
    assert_eq!(
        (&posted["channel"], &posted["message"]["ts"]),
        (&json!(ops), &json!(ts))
    );

    let reply = json!({"channel": ops, "text": "up", "thread_ts": ts, "reply_broadcast": true});
    let reply = scene.call("chat.postMessage", reply).await;
    let deep = json!({"channel": ops, "text": "up", "thread_ts": reply["ts"]});
    assert_eq!(
        scene.error("chat.postMessage", deep).await,
        "cannot_reply_to_message"
    );
    let lost = json!({"channel": ops, "text": "up", "thread_ts": "1.000000"});
    assert_eq!(
        scene.error("chat.postMessage", lost).await,
        "thread_not_found"
    );

    let update = json!({"channel": ops, "ts": ts, "text": "api was down"});
    assert_eq!(scene.call("chat.update", update).await["ts"], ts);
    let messages = scene.workspace.messages("#ops");
    assert_eq!(messages[0].plain(), "api was down");
    assert!(messages[0].blocks.is_empty() && messages[0].edited.is_some());
    let as_posted = json!([{"type": "section", "block_id": messages[0].edits[0].blocks[0]["block_id"],
        "text": {"type": "mrkdwn", "text": "*api* is down"}}, buttons(&["Acknowledge"])]);
    assert_eq!(json!(messages[0].edits[0].blocks), as_posted);
    assert_eq!(messages[0].metadata, Some(metadata.clone()));
    assert!(messages[1].broadcast && messages[1].thread_ts.as_deref() == Some(ts));

    scene.workspace.invite_bot("ops").await.unwrap();
    let with = json!({"channel": ops, "include_all_metadata": true});
    let history = scene.call("conversations.history", with).await;
    assert_eq!(history["messages"][1]["metadata"], metadata);
    assert_eq!(history["messages"][1]["reply_count"], 1);
    let without = scene
        .call("conversations.history", json!({"channel": ops, "limit": 1}))
        .await;
    assert_eq!(without["has_more"], true);
    assert!(without["messages"][0].get("metadata").is_none());

    scene.workspace.say("dana", "ops", "hello").unwrap();
    let hello = scene.workspace.messages("ops").pop().unwrap();
    assert!(matches!(hello.author, Author::User(_)));
    let foreign = json!({"channel": ops, "ts": hello.ts, "text": "mine"});
    assert_eq!(
        scene.error("chat.update", foreign).await,
        "cant_update_message"
    );
    let missing = json!({"channel": ops, "ts": "1.000000", "text": "x"});
    assert_eq!(
        scene.error("chat.update", missing).await,
        "message_not_found"
    );
}

#[tokio::test]
async fn where_the_bot_may_write_depends_on_channel_scope_and_archive() {
    let scene = Scene::with(|options| Options {
        channels: vec![
            SeedChannel::public("ops"),
            SeedChannel {
                private: true,
                ..SeedChannel::public("secret")
            },
        ],
        scopes: vec!["chat:write".to_owned(), "channels:read".to_owned()],
        ..options
    })
    .await;
    let (ops, secret) = (scene.id("ops"), scene.id("secret"));
    let say = |channel: &str| json!({"channel": channel, "text": "hi"});
    assert_eq!(
        scene.error("chat.postMessage", say(&ops)).await,
        "not_in_channel"
    );
    assert_eq!(
        scene.error("chat.postMessage", say(&secret)).await,
        "channel_not_found"
    );
    assert_eq!(
        scene.error("chat.postMessage", say("C404")).await,
        "channel_not_found"
    );
    let named = json!({"channel": ops, "text": "hi", "username": "x"});
    scene.workspace.invite_bot("ops").await.unwrap();
    assert_eq!(
        scene.error("chat.postMessage", named).await,
        "missing_scope"
    );
    assert_eq!(scene.call("chat.postMessage", say(&ops)).await["ok"], true);
    scene.workspace.archive("ops").await.unwrap();
    assert_eq!(
        scene.error("chat.postMessage", say(&ops)).await,
        "is_archived"
    );
    assert_eq!(
        scene
            .error("conversations.create", json!({"name": "x"}))
            .await,
        "missing_scope"
    );
}

#[tokio::test]
async fn slacks_limits_are_enforced() {
    let scene = Scene::new().await;
    let ops = scene.id("ops");
    let with = |blocks: Value| json!({"channel": ops, "text": "t", "blocks": blocks});
    let error = |blocks: Value| scene.error("chat.postMessage", with(blocks));
    assert_eq!(
        error(json!([section(&"x".repeat(3_001))])).await,
        "invalid_blocks"
    );
    assert_eq!(error(json!([buttons(&["A", "A"])])).await, "invalid_blocks");
    assert_eq!(error(json!([{"type": "marquee"}])).await, "invalid_blocks");
    assert_eq!(
        error(json!({"type": "section"})).await,
        "invalid_blocks_format"
    );
    let long = vec![section(&"x".repeat(2_700)); 5];
    assert_eq!(error(json!(long)).await, "msg_blocks_too_long");
    let long = json!({"channel": ops, "text": "x".repeat(40_001)});
    assert_eq!(scene.error("chat.postMessage", long).await, "msg_too_long");
    let empty = json!({"channel": ops, "text": ""});
    assert_eq!(scene.error("chat.postMessage", empty).await, "no_text");
    let why = scene
        .call("chat.postMessage", with(json!([section("")])))
        .await;
    assert!(
        why["response_metadata"]["messages"][0]
            .as_str()
            .unwrap()
            .contains("/blocks/0")
    );
    assert!(scene.workspace.messages("ops").is_empty());
}

#[tokio::test]
async fn channels_are_made_renamed_and_archived_and_the_bot_is_told() {
    let scene = Scene::new().await;
    let workspace = &scene.workspace;
    let made = scene
        .call("conversations.create", json!({"name": "alerts"}))
        .await;
    let id = made["channel"]["id"].as_str().unwrap().to_owned();
    assert_eq!(made["channel"]["is_member"], true);
    assert_eq!(
        scene
            .error("conversations.create", json!({"name": "alerts"}))
            .await,
        "name_taken"
    );
    let loud = json!({"name": "Loud"});
    assert_eq!(
        scene.error("conversations.create", loud).await,
        "invalid_name_specials"
    );
    let other = json!({"channel": scene.id("ops"), "name": "mine"});
    assert_eq!(
        scene.error("conversations.rename", other).await,
        "not_authorized"
    );
    let renamed = json!({"channel": id, "name": "alarms"});
    assert_eq!(
        scene.call("conversations.rename", renamed).await["channel"]["name"],
        "alarms"
    );
    assert_eq!(
        scene
            .call("conversations.archive", json!({"channel": id}))
            .await["ok"],
        true
    );
    let again = json!({"channel": id});
    assert_eq!(
        scene.error("conversations.archive", again).await,
        "already_archived"
    );
    let joined = scene
        .call("conversations.join", json!({"channel": scene.id("ops")}))
        .await;
    assert!(joined.get("warning").is_none());
    let joined = scene
        .call("conversations.join", json!({"channel": scene.id("ops")}))
        .await;
    assert_eq!(joined["warning"], "already_in_channel");

    workspace
        .wait_for(|state| {
            let taken = state
                .deliveries()
                .iter()
                .filter(|delivery| delivery.accepted);
            (taken.count() == 4).then_some(())
        })
        .await;
    let kinds: Vec<_> = scene
        .bot
        .received()
        .iter()
        .map(|event| event.json()["event"].clone())
        .collect();
    let of = |kind: &str| {
        kinds
            .iter()
            .find(|event| event["type"] == kind)
            .unwrap()
            .clone()
    };
    assert_eq!(of("member_joined_channel")["user"], workspace.bot_user());
    assert_eq!(of("channel_rename")["channel"]["name"], "alarms");
    assert_eq!(of("channel_archive")["channel"], id);
}

#[tokio::test]
async fn a_list_comes_in_pages_and_leaves_out_what_the_bot_may_not_see() {
    let scene = Scene::with(|options| Options {
        channels: vec![
            SeedChannel::public("a"),
            SeedChannel {
                private: true,
                ..SeedChannel::public("hidden")
            },
            SeedChannel {
                private: true,
                bot: true,
                ..SeedChannel::public("seen")
            },
        ],
        ..options
    })
    .await;
    let mut names = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = json!({"types": "public_channel,private_channel", "limit": 1, "cursor": cursor});
        let page = scene.call("conversations.list", page).await;
        names.push(page["channels"][0]["name"].as_str().unwrap().to_owned());
        page["response_metadata"]["next_cursor"]
            .as_str()
            .unwrap()
            .clone_into(&mut cursor);
        if cursor.is_empty() {
            break;
        }
    }
    assert_eq!(names, ["a", "seen"]);
}

#[tokio::test]
async fn a_command_is_signed_and_its_answer_shown_to_the_person_alone() {
    let scene = Scene::new().await;
    scene.bot.answers(
        200,
        json!({"text": "All *well*", "response_type": "ephemeral"}),
    );
    scene
        .workspace
        .command("dana", "ops", "/health subscribe #ops")
        .await
        .unwrap();

    let sent = scene.bot.last();
    assert_eq!(sent.path, "/slack/commands");
    let timestamp: i64 = sent.headers["x-slack-request-timestamp"]
        .to_str()
        .unwrap()
        .parse()
        .unwrap();
    assert_eq!(timestamp, scene.clock.now().timestamp());
    let expected = signature("demo-signing-secret", timestamp, &sent.body);
    assert_eq!(sent.headers["x-slack-signature"], expected.as_str());
    assert_eq!(sent.form("command"), "/health");
    assert_eq!(
        sent.form("text"),
        format!("subscribe <#{}|ops>", scene.id("ops"))
    );
    assert_eq!(sent.form("user_name"), "dana");

    let shown = scene.workspace.ephemerals("dana");
    assert_eq!(shown[0].message.plain(), "All well");
    assert!(scene.workspace.ephemerals("lee").is_empty());
    assert!(scene.workspace.messages("ops").is_empty());
    let nowhere = scene
        .workspace
        .command("dana", "nowhere", "/health")
        .await
        .unwrap_err();
    assert_eq!(nowhere, Error::NoSuchChannel("nowhere".to_owned()));
}

#[tokio::test]
async fn a_bot_that_does_not_answer_in_three_seconds_is_given_up() {
    let scene = Scene::new().await;
    let silent = Target::http().await.unwrap();
    silent.set(Mode::Silent).await;
    scene
        .workspace
        .set_bot_url(&format!("http://{}", silent.addr()));
    let mut waiting = scene.workspace.command("dana", "ops", "/health").boxed();
    assert!((&mut waiting).now_or_never().is_none());
    scene.clock.advance(Duration::from_secs(3));
    assert_eq!(waiting.await.unwrap_err(), Error::TimedOut);
    silent.set(Mode::Refusing).await;
    let gone = scene
        .workspace
        .command("dana", "ops", "/health")
        .await
        .unwrap_err();
    assert!(matches!(gone, Error::Unreachable(_)), "{gone}");
}

#[tokio::test]
async fn a_press_carries_the_real_ids_and_the_message_it_was_on() {
    let scene = Scene::new().await;
    let ops = scene.id("ops");
    let message =
        json!({"channel": ops, "text": "t", "blocks": [section("s"), buttons(&["Mute 1h"])]});
    let posted = scene.call("chat.postMessage", message).await;
    let ts = posted["ts"].as_str().unwrap();
    scene
        .workspace
        .press("lee", "ops", ts, "Mute 1h")
        .await
        .unwrap();

    let payload = scene.bot.last().payload();
    assert_eq!(payload["type"], "block_actions");
    assert_eq!(payload["actions"][0]["action_id"], "do-Mute 1h");
    assert_eq!(payload["actions"][0]["value"], "value-Mute 1h");
    assert_eq!(payload["actions"][0]["block_id"], "row");
    assert_eq!(payload["message"]["ts"], ts);
    assert_eq!(payload["channel"], json!({"id": ops, "name": "ops"}));
    assert_eq!(payload["container"]["message_ts"], ts);
    assert_eq!(payload["user"]["username"], "lee");

    let wrong = scene
        .workspace
        .press("lee", "ops", ts, "Mute 2h")
        .await
        .unwrap_err();
    assert!(wrong.to_string().contains("Mute 1h"), "{wrong}");
}

#[tokio::test]
async fn a_response_url_works_five_times_within_thirty_minutes() {
    let scene = Scene::new().await;
    let ops = scene.id("ops");
    let message = json!({"channel": ops, "text": "t", "blocks": [buttons(&["Go"])]});
    let posted = scene.call("chat.postMessage", message).await;
    let ts = posted["ts"].as_str().unwrap();
    scene
        .workspace
        .press("dana", "ops", ts, "Go")
        .await
        .unwrap();
    let url = scene.bot.last().payload()["response_url"]
        .as_str()
        .unwrap()
        .to_owned();

    let replaced = json!({"replace_original": true, "text": "done"});
    assert_eq!(scene.post(&url, replaced).await.0, 200);
    assert_eq!(scene.workspace.messages("ops")[0].plain(), "done");
    assert_eq!(scene.post(&url, json!({"text": "for you"})).await.0, 200);
    assert_eq!(
        scene.workspace.ephemerals("dana")[0].message.text,
        "for you"
    );
    let public = json!({"response_type": "in_channel", "text": "for all"});
    assert_eq!(scene.post(&url, public).await.0, 200);
    assert_eq!(scene.workspace.messages("ops")[1].text, "for all");
    assert_eq!(
        scene.post(&url, json!({"delete_original": true})).await.0,
        200
    );
    assert_eq!(scene.workspace.messages("ops").len(), 1);
    assert_eq!(scene.post(&url, json!({"text": "fifth"})).await.0, 200);
    let (status, body) = scene.post(&url, json!({"text": "sixth"})).await;
    assert_eq!((status, body.contains("used_url")), (404, true));

    scene
        .workspace
        .command("dana", "ops", "/health")
        .await
        .unwrap();
    let url = scene.bot.last().form("response_url");
    scene.clock.advance(Duration::from_secs(30 * 60));
    assert_eq!(
        scene.post(&url, json!({"text": "just in time"})).await.0,
        200
    );
    scene.clock.advance(Duration::from_secs(1));
    assert!(
        scene
            .post(&url, json!({"text": "too late"}))
            .await
            .1
            .contains("expired_url")
    );
}

#[tokio::test]
async fn a_form_is_opened_once_per_trigger_filled_in_refused_and_closed() {
    let scene = Scene::new().await;
    scene
        .workspace
        .command("dana", "ops", "/health add")
        .await
        .unwrap();
    let trigger = scene.bot.last().form("trigger_id");
    let plain = |text: &str| json!({"type": "plain_text", "text": text});
    let view = json!({
        "type": "modal", "callback_id": "add", "private_metadata": "m", "title": plain("Add server"),
        "submit": plain("Save"), "notify_on_close": true,
        "blocks": [{"type": "input", "block_id": "name", "label": plain("Name"),
            "element": {"type": "plain_text_input", "action_id": "value"}}],
    });
    let open = json!({"trigger_id": trigger, "view": view});
    let opened = scene.call("views.open", open.clone()).await;
    assert_eq!(opened["view"]["callback_id"], "add");
    assert_eq!(
        scene.error("views.open", open).await,
        "exchanged_trigger_id"
    );

    let empty = scene.workspace.submit_view("dana", &[]).await.unwrap_err();
    assert!(empty.to_string().contains("Name"), "{empty}");
    let refusal = json!({"response_action": "errors", "errors": {"name": "taken"}});
    scene.bot.answers(200, refusal);
    scene
        .workspace
        .submit_view("dana", &[("Name", "api")])
        .await
        .unwrap();
    let payload = scene.bot.last().payload();
    assert_eq!(
        payload["view"]["state"]["values"]["name"]["value"]["value"],
        "api"
    );
    assert_eq!(payload["view"]["private_metadata"], "m");
    assert!(
        scene
            .workspace
            .modal("dana")
            .unwrap()
            .plain()
            .contains("taken")
    );

    let update = json!({"view_id": opened["view"]["id"], "view": view, "hash": "stale"});
    assert_eq!(scene.error("views.update", update).await, "hash_conflict");
    scene
        .workspace
        .submit_view("dana", &[("Name", "api2")])
        .await
        .unwrap();
    assert!(scene.workspace.modal("dana").is_none());

    scene
        .workspace
        .command("dana", "ops", "/health add")
        .await
        .unwrap();
    let trigger = scene.bot.last().form("trigger_id");
    scene.clock.advance(Duration::from_secs(4));
    let late = json!({"trigger_id": trigger, "view": view});
    assert_eq!(scene.error("views.open", late).await, "expired_trigger_id");

    scene
        .workspace
        .shortcut("dana", "add_server")
        .await
        .unwrap();
    let trigger = scene.bot.last().payload()["trigger_id"].clone();
    scene
        .call("views.open", json!({"trigger_id": trigger, "view": view}))
        .await;
    scene.workspace.close_view("dana").await.unwrap();
    assert_eq!(scene.bot.last().payload()["type"], "view_closed");
}

#[tokio::test]
async fn home_is_opened_published_and_pressed_by_row() {
    let scene = Scene::new().await;
    scene.workspace.open_home("dana").await.unwrap();
    assert_eq!(scene.bot.last().json()["event"]["type"], "app_home_opened");
    let user = scene.workspace.user("dana").unwrap().id;
    let row = |name: &str| {
        json!({"type": "section", "text": {"type": "mrkdwn", "text": name}, "accessory": {
            "type": "button", "action_id": "toggle", "value": name,
            "text": {"type": "plain_text", "text": "Alerts off"},
        }})
    };
    let view = json!({"type": "home", "blocks": [row("api"), row("db")]});
    let publish = json!({"user_id": user, "view": view});
    assert_eq!(scene.call("views.publish", publish).await["ok"], true);
    assert!(scene.workspace.home("dana").unwrap().plain().contains("db"));
    scene
        .workspace
        .press_home_near("dana", Some("db"), "Alerts off")
        .await
        .unwrap();
    let payload = scene.bot.last().payload();
    assert_eq!(payload["actions"][0]["value"], "db");
    assert_eq!(payload["container"]["type"], "view");
    assert_eq!(payload["view"]["type"], "home");
    assert!(payload.get("response_url").is_none() && payload.get("channel").is_none());
}

#[tokio::test]
async fn an_event_that_is_not_taken_is_told_three_times_more() {
    let scene = Scene::new().await;
    for _ in 0..9 {
        scene.bot.answers(500, "");
    }
    let told = scene.workspace.invite_bot("ops").await.unwrap();
    assert_eq!((told[0].attempts, told[0].accepted), (4, false));
    let received = scene.bot.received();
    assert_eq!(received.len(), 4);
    assert!(received[0].headers.get("x-slack-retry-num").is_none());
    assert_eq!(received[3].headers["x-slack-retry-num"], "3");
    let ids: Vec<_> = received
        .iter()
        .map(|event| event.json()["event_id"].clone())
        .collect();
    assert!(ids.iter().all(|id| *id == ids[0]));
    let authorization = &received[0].json()["authorizations"][0];
    assert_eq!(authorization["user_id"], scene.workspace.bot_user());
}

#[tokio::test]
async fn retries_by_hand_wait_for_the_hand_and_a_taken_event_is_not_told_again() {
    let scene = Scene::with(|options| Options {
        retries: EventRetries::ByHand,
        ..options
    })
    .await;
    scene.bot.answers(503, "");
    let told = scene.workspace.invite_bot("ops").await.unwrap();
    assert_eq!((told[0].attempts, told[0].accepted), (1, false));
    let told = scene.workspace.retry_events().await;
    assert_eq!((told[0].attempts, told[0].accepted), (2, true));
    assert!(scene.workspace.retry_events().await.is_empty());
    scene.workspace.repeat(&told[0]).await;
    let received = scene.bot.received();
    assert_eq!(received.len(), 3);
    assert_eq!(
        received[0].json()["event_id"],
        received[2].json()["event_id"]
    );
}

#[tokio::test]
async fn membership_events_have_slacks_shapes() {
    let scene = Scene::new().await;
    let ops = scene.id("ops");
    let workspace = &scene.workspace;
    workspace.invite_bot("ops").await.unwrap();
    workspace.rename("ops", "operations").await.unwrap();
    workspace.archive(&ops).await.unwrap();
    workspace.unarchive(&ops).await.unwrap();
    workspace.kick_bot(&ops).await.unwrap();
    workspace.delete(&ops).await.unwrap();
    let told: Vec<_> = scene
        .bot
        .received()
        .iter()
        .map(|event| event.json()["event"].clone())
        .map(|event| (event["type"].clone(), event["channel"].clone()))
        .collect();
    let kinds: Vec<_> = told
        .iter()
        .map(|(kind, _)| kind.as_str().unwrap())
        .collect();
    assert_eq!(
        kinds,
        [
            "member_joined_channel",
            "channel_rename",
            "channel_archive",
            "channel_unarchive",
            "channel_left",
            "channel_deleted",
        ]
    );
    assert_eq!(told[1].1["name"], "operations");
    assert!(
        told.iter()
            .all(|(kind, channel)| kind == "channel_rename" || *channel == ops)
    );
    assert_eq!(
        scene
            .error("conversations.info", json!({"channel": ops}))
            .await,
        "channel_not_found"
    );
}

#[tokio::test]
async fn faults_strike_as_often_as_they_say_and_only_where_they_say() {
    let scene = Scene::new().await;
    let (ops, random) = (scene.id("ops"), scene.id("random"));
    let say = |channel: &str| json!({"channel": channel, "text": "hi"});
    let limited = Fault::once("chat.postMessage", Effect::RateLimited { retry_after: 7 });
    scene.workspace.fault(limited.in_channel("ops").times(2));
    assert_eq!(
        scene.call("chat.postMessage", say(&random)).await["ok"],
        true
    );
    for _ in 0..2 {
        let response = scene.raw("chat.postMessage", say(&ops)).await.unwrap();
        assert_eq!(response.status(), 429);
        assert_eq!(response.headers()["retry-after"], "7");
    }
    assert_eq!(scene.call("chat.postMessage", say(&ops)).await["ok"], true);
    assert!(scene.workspace.faults().is_empty());

    scene
        .workspace
        .fault(Fault::once("chat.postMessage", Effect::Status(503)));
    assert_eq!(
        scene
            .raw("chat.postMessage", say(&ops))
            .await
            .unwrap()
            .status(),
        503
    );
    let is_archived = Effect::Error("is_archived".to_owned());
    scene
        .workspace
        .fault(Fault::once("chat.postMessage", is_archived));
    assert_eq!(
        scene.error("chat.postMessage", say(&ops)).await,
        "is_archived"
    );
    assert_eq!(scene.workspace.messages("ops").len(), 1);
    let answered: Vec<_> = scene
        .workspace
        .journal()
        .into_iter()
        .map(|call| call.answered)
        .collect();
    assert_eq!(
        answered,
        [
            Answered::Ok,
            Answered::RateLimited { retry_after: 7 },
            Answered::RateLimited { retry_after: 7 },
            Answered::Ok,
            Answered::Status(503),
            Answered::Error("is_archived".to_owned()),
        ]
    );
}

#[tokio::test]
async fn a_cut_connection_may_or_may_not_have_stored_the_message() {
    let scene = Scene::new().await;
    let say = json!({"channel": scene.id("ops"), "text": "hi"});
    scene
        .workspace
        .fault(Fault::once("chat.postMessage", Effect::ResetBefore));
    assert!(scene.raw("chat.postMessage", say.clone()).await.is_err());
    assert!(scene.workspace.messages("ops").is_empty());
    scene
        .workspace
        .fault(Fault::once("chat.postMessage", Effect::CommitThenReset));
    assert!(scene.raw("chat.postMessage", say.clone()).await.is_err());
    assert_eq!(scene.workspace.messages("ops").len(), 1);
    scene.workspace.set_down(true);
    assert!(scene.raw("chat.postMessage", say.clone()).await.is_err());
    scene.workspace.set_down(false);
    assert_eq!(scene.call("chat.postMessage", say).await["ok"], true);
    assert_eq!(scene.workspace.messages("ops").len(), 2);
}

#[tokio::test]
async fn a_hanging_call_hangs_until_released_and_a_slow_one_until_its_time() {
    let scene = Scene::new().await;
    let say = json!({"channel": scene.id("ops"), "text": "hi"});
    scene
        .workspace
        .fault(Fault::once("chat.postMessage", Effect::Hang));
    let mut hanging = scene.raw("chat.postMessage", say.clone()).boxed();
    tokio::select! {
        biased;
        _ = &mut hanging => panic!("it was answered"),
        () = scene.workspace.wait_for(|state| (state.journal().len() == 1).then_some(())) => {}
    }
    scene.workspace.release();
    assert!(hanging.await.is_err());
    assert!(scene.workspace.messages("ops").is_empty());

    let slow = Effect::Slow(Duration::from_secs(20));
    scene.workspace.fault(Fault::once("chat.postMessage", slow));
    let mut slow = scene.raw("chat.postMessage", say).boxed();
    tokio::select! {
        biased;
        _ = &mut slow => panic!("it was answered"),
        () = scene.workspace.wait_for(|state| (state.journal().len() == 2).then_some(())) => {}
    }
    scene.clock.advance(Duration::from_secs(20));
    assert_eq!(slow.await.unwrap().status(), 200);
}

#[tokio::test]
async fn incoming_webhooks_answer_in_plain_text() {
    let scene = Scene::new().await;
    let url = scene.workspace.add_webhook("ops").unwrap();
    assert_eq!(
        scene.post(&url, json!({"text": "hi"})).await,
        (200, "ok".to_owned())
    );
    let message = scene.workspace.messages("ops").pop().unwrap();
    assert!(matches!(message.author, Author::Webhook(_)));
    assert_eq!(
        scene.post(&url, json!({})).await,
        (400, "no_text".to_owned())
    );
    let raw = scene.http.post(&url).body("not json").send().await.unwrap();
    assert_eq!(raw.text().await.unwrap(), "invalid_payload");
    let forged = format!("{url}x");
    assert_eq!(
        scene.post(&forged, json!({"text": "hi"})).await,
        (403, "invalid_token".to_owned())
    );
    scene.workspace.archive("ops").await.unwrap();
    let archived = scene.post(&url, json!({"text": "hi"})).await;
    assert_eq!(archived, (410, "channel_is_archived".to_owned()));
    scene.workspace.revoke_webhook(&url);
    assert_eq!(
        scene.post(&url, json!({"text": "hi"})).await,
        (404, "no_service".to_owned())
    );
}

#[tokio::test]
async fn people_of_another_workspace_are_named_as_such() {
    let scene = Scene::with(|options| Options {
        users: vec![
            SeedUser::new("dana", "Dana"),
            SeedUser::foreign("eve", "Eve", "T0OTHER"),
        ],
        channels: vec![SeedChannel {
            shared: true,
            ..SeedChannel::public("shared")
        }],
        ..options
    })
    .await;
    scene
        .workspace
        .command("eve", "shared", "/health list")
        .await
        .unwrap();
    assert_eq!(scene.bot.last().form("team_id"), "T0OTHER");
}

#[tokio::test]
async fn socket_mode_carries_commands_events_and_their_answers() {
    let scene = Scene::with(|options| Options {
        app_token: Some("xapp-1".to_owned()),
        ..options
    })
    .await;
    let refused = scene.error("apps.connections.open", json!({})).await;
    assert_eq!(refused, "not_allowed_token_type");
    let url = format!("{}/apps.connections.open", scene.workspace.api_url());
    let opened = scene
        .http
        .post(url)
        .bearer_auth("xapp-1")
        .send()
        .await
        .unwrap();
    let opened: Value = opened.json().await.unwrap();
    let url = opened["url"].as_str().unwrap();
    let stream = TcpStream::connect(scene.workspace.addr()).await.unwrap();
    let (mut socket, _) = tokio_tungstenite::client_async(url, stream).await.unwrap();
    let read = |frame: Frame| serde_json::from_str::<Value>(frame.to_text().unwrap()).unwrap();
    assert_eq!(read(socket.next().await.unwrap().unwrap())["type"], "hello");

    let workspace = scene.workspace.clone();
    let typed =
        tokio::spawn(async move { workspace.command("dana", "ops", "/health status").await });
    let envelope = read(socket.next().await.unwrap().unwrap());
    assert_eq!(envelope["type"], "slash_commands");
    assert_eq!(envelope["payload"]["text"], "status");
    let answer = json!({"envelope_id": envelope["envelope_id"], "payload": {"text": "fine"}});
    socket.send(Frame::text(answer.to_string())).await.unwrap();
    assert_eq!(typed.await.unwrap().unwrap().plain(), "fine");
    assert_eq!(scene.workspace.ephemerals("dana")[0].message.text, "fine");

    scene.workspace.disconnect_sockets("refresh_requested");
    assert_eq!(
        read(socket.next().await.unwrap().unwrap())["reason"],
        "refresh_requested"
    );
    let again = tokio_tungstenite::client_async(
        url,
        TcpStream::connect(scene.workspace.addr()).await.unwrap(),
    );
    assert!(again.await.is_err(), "a ticket is good for one connection");
    drop(socket);
    scene
        .workspace
        .wait_for(|state| (state.sockets() == 0).then_some(()))
        .await;
}

async fn status_of(address: SocketAddr) -> Option<u16> {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let response = client
        .get(format!("http://{address}/health"))
        .send()
        .await
        .ok()?;
    Some(response.status().as_u16())
}

#[tokio::test]
async fn a_demo_server_is_switched_off_and_on_at_the_same_port() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let target = Target::http().await.unwrap();
    assert_eq!(status_of(target.addr()).await, Some(200));
    target.set(Mode::Failing).await;
    assert_eq!(status_of(target.addr()).await, Some(503));
    target.set(Mode::Refusing).await;
    let refused = TcpStream::connect(target.addr()).await.unwrap_err();
    assert_eq!(refused.kind(), std::io::ErrorKind::ConnectionRefused);
    target.set(Mode::Healthy).await;
    assert_eq!(status_of(target.addr()).await, Some(200));
}

#[tokio::test]
async fn a_demo_web_socket_answers_pings_unless_it_is_silent() {
    let target = Target::web_socket().await.unwrap();
    let stream = TcpStream::connect(target.addr()).await.unwrap();
    let (mut socket, _) = tokio_tungstenite::client_async(target.url(), stream)
        .await
        .unwrap();
    socket
        .send(Frame::Ping(b"are you there".as_slice().into()))
        .await
        .unwrap();
    assert!(matches!(socket.next().await, Some(Ok(Frame::Pong(_)))));

    target.set(Mode::Silent).await;
    let stream = TcpStream::connect(target.addr()).await.unwrap();
    let (mut socket, _) = tokio_tungstenite::client_async(target.url(), stream)
        .await
        .unwrap();
    socket
        .send(Frame::Ping(b"are you there".as_slice().into()))
        .await
        .unwrap();
    // Switching cuts what is open: the end is read without a pong before it.
    target.set(Mode::Refusing).await;
    assert!(!matches!(socket.next().await, Some(Ok(Frame::Pong(_)))));
}
