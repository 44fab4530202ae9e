//! Socket Mode beyond what every other test does over it: what is acknowledged and how, and connections that come, go,
//! break, fall silent or are refused.

mod breaks;
mod process;
mod refusals;

use healthbot::demo::{Answer, SocketAct, Target};
use healthbot::domain::ids::UserId;
use serde_json::{Value, json};

use crate::harness::bot::{Bot, DANA};
use crate::harness::transport::Transport;

/// A bot that Slack reaches over Socket Mode.
async fn bot() -> Bot {
    Transport::Socket.carry(Bot::start()).await
}

/// `/health TEXT` of Dana's in #ops, as an envelope.
fn command(bot: &Bot, trigger: &str, text: &str) -> Value {
    let user = bot.workspace.user(DANA).unwrap();
    json!({
        "type": "slash_commands", "accepts_response_payload": true,
        "payload": {
            "team_id": user.team_id, "user_id": user.id, "command": "/health", "text": text,
            "channel_id": bot.workspace.channel("ops").unwrap().id, "channel_name": "ops",
            "trigger_id": trigger, "response_url": bot.workspace.response_url(DANA, "ops").unwrap(),
        },
    })
}

/// The same as what comes again under another envelope's id.
fn anew(envelope: &Value) -> Value {
    let mut envelope = envelope.clone();
    envelope["envelope_id"] = json!(null);
    envelope["retry_attempt"] = json!(1);
    envelope["retry_reason"] = json!("timeout");
    envelope
}

/// Sends an envelope over the oldest connection and reads the acknowledgement.
async fn sent(bot: &Bot, envelope: Value) -> Answer {
    bot.workspace.envelope(0, envelope).await.unwrap()
}

/// Waits until so many connections were opened and so many are open.
async fn connections(bot: &Bot, opened: usize, open: usize) {
    let found = |found: &healthbot::demo::Sockets| found.opened == opened && found.open == open;
    bot.workspace
        .wait_for(|state| found(state.sockets()).then_some(()))
        .await;
}

/// What Dana alone was told, the newest last.
fn told(bot: &Bot) -> Vec<String> {
    let private = bot.workspace.ephemerals(DANA);
    private.iter().map(|told| told.message.plain()).collect()
}

/// Waits until Dana alone was told something that holds this.
async fn is_told(bot: &Bot, wanted: &str) {
    bot.workspace
        .wait_for(|state| {
            let mut private = state.ephemerals(DANA);
            private
                .find(|told| told.message.plain().contains(wanted))
                .map(drop)
        })
        .await;
}

/// What `/readyz` says of the connection.
async fn socket_part(bot: &Bot) -> (u16, Value) {
    let answer = bot.ask("GET", "/readyz").send().await;
    let body: Value = serde_json::from_str(&answer.text).unwrap();
    (answer.status, body["parts"]["socket"].clone())
}

#[tokio::test]
async fn each_kind_of_envelope_is_acknowledged_and_says_what_its_kind_may_say() {
    let bot = bot().await;
    let listed = sent(&bot, command(&bot, "1.1.a", "list")).await;
    let said = listed.json.as_ref().unwrap();
    assert_eq!(said["response_type"], "ephemeral");
    assert!(
        listed.plain().contains("No server is watched yet"),
        "{said}"
    );

    let user = json!({"id": bot.workspace.user(DANA).unwrap().id});
    let form = json!({
        "type": "interactive", "accepts_response_payload": true,
        "payload": {"type": "view_submission", "user": user, "view": {
            "id": "V1", "callback_id": "add_server",
            "state": {"values": {"name": {"x": {"value": ""}}, "address": {"x": {"value": "nonsense"}}}},
        }},
    });
    let refused = sent(&bot, form).await.json.unwrap();
    assert_eq!(refused["response_action"], "errors", "{refused}");
    assert!(refused["errors"]["name"].is_string(), "{refused}");

    let press = json!({
        "type": "interactive", "payload": {"type": "block_actions", "user": user,
            "actions": [{"action_id": "summary", "value": "all"}]},
    });
    let channel = bot.workspace.channel("ops").unwrap().id;
    let event = json!({
        "type": "events_api", "payload": {"type": "event_callback", "event_id": "Ev1",
            "event": {"type": "channel_archive", "channel": channel}},
    });
    for silent in [
        press,
        event,
        json!({"type": "something_new", "payload": {"a": [1.5]}}),
    ] {
        let answer = sent(&bot, silent.clone()).await;
        assert_eq!((answer.status, answer.body.as_str()), (200, ""), "{silent}");
    }
}

#[tokio::test]
async fn where_an_acknowledgement_may_say_nothing_the_answer_comes_by_the_response_url() {
    let bot = bot().await;
    let mut silent = command(&bot, "1.1.a", "list");
    silent["accepts_response_payload"] = json!(false);
    assert_eq!(sent(&bot, silent).await.body, "");
    is_told(&bot, "No server is watched yet").await;

    let target = Target::http().await.unwrap();
    let form = json!({
        "type": "interactive", "accepts_response_payload": false,
        "payload": {
            "type": "view_submission", "user": {"id": bot.workspace.user(DANA).unwrap().id},
            "view": {"id": "V1", "callback_id": "add_server", "state": {"values": {
                "name": {"x": {"value": "api"}}, "address": {"x": {"value": target.url()}},
            }}},
        },
    });
    assert_eq!(sent(&bot, form).await.body, "");
    while !bot.health("list").await.contains("api") {}
}

#[tokio::test]
async fn slow_work_is_acknowledged_in_time_and_told_late() {
    let bot = bot().await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let line = format!("add api {url} timeout=60s interval=1d");
    let answer = sent(&bot, command(&bot, "1.1.a", &line)).await;
    assert_eq!(answer.body, "", "Slack waits for three seconds only");
    drop(listener);
    is_told(&bot, "is watched from now on").await;
}

#[tokio::test]
async fn what_comes_twice_acts_once_whatever_it_comes_in() {
    let mut bot = bot().await;
    let target = Target::http().await.unwrap();
    bot.add("api", &target, "interval=1d").await;
    let off = command(&bot, "1.1.a", "off api");
    assert!(
        sent(&bot, off.clone())
            .await
            .plain()
            .contains("are now off")
    );
    bot.health("on api").await;
    assert!(
        sent(&bot, anew(&off))
            .await
            .plain()
            .contains("done already")
    );
    bot.restart().await;
    assert!(
        sent(&bot, anew(&off))
            .await
            .plain()
            .contains("done already")
    );

    // Without a trigger it is the envelope that comes again.
    let mut bare = command(&bot, "", "off api");
    bare["envelope_id"] = json!("an-envelope");
    assert!(
        sent(&bot, bare.clone())
            .await
            .plain()
            .contains("are now off")
    );
    bot.health("on api").await;
    assert!(
        sent(&bot, bare.clone())
            .await
            .plain()
            .contains("done already")
    );
    bare["envelope_id"] = json!("another");
    assert!(sent(&bot, bare).await.plain().contains("are now off"));
    bot.health("on api").await;

    let press = json!({
        "type": "interactive", "payload": {
            "type": "block_actions", "trigger_id": "1.1.b",
            "user": {"id": bot.workspace.user(DANA).unwrap().id},
            "actions": [{"action_id": "all_off", "value": "all"}],
        },
    });
    sent(&bot, press.clone()).await;
    while bot.health("list off").await.contains("No server matches") {}
    bot.health("on api").await;
    sent(&bot, anew(&press)).await;
    // One person's requests go through one door: this one comes after.
    let history = bot.health("history api").await;
    let switched = history
        .matches("switched the alerts of 1 server off")
        .count();
    assert_eq!(switched, 1, "{history}");
    // What only looks may be asked again.
    let list = command(&bot, "1.1.c", "list");
    for _ in 0..2 {
        assert!(sent(&bot, anew(&list)).await.plain().contains("1 server"));
    }
}

#[tokio::test]
async fn operators_limits_and_strangers_are_the_same_as_over_http() {
    let starting = Bot::start_in(
        |_| {},
        |config, workspace| {
            let lee = workspace.user("lee").unwrap().id;
            config.operators.insert(UserId::new(lee));
        },
    );
    let bot = Transport::Socket.carry(starting).await;
    bot.knows_its_workspace().await;
    let off = sent(&bot, command(&bot, "1.1.a", "off all")).await;
    assert!(off.plain().contains("not change anything"), "{}", off.body);
    let mut slowed = 0;
    for _ in 0..400 {
        let answer = sent(&bot, command(&bot, "", "status")).await;
        slowed += usize::from(answer.plain().contains("a lot at once"));
    }
    assert!(slowed > 0);
    let lee = bot.health_as("lee", "status").await;
    assert!(lee.contains("No server is watched yet"), "{lee}");
}
