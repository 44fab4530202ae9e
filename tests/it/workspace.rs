//! Whose workspace it is: the bot serves its own and no other, whether or not Slack has answered yet, and stops when its
//! access is taken away.

use std::sync::Arc;
use std::time::Duration;

use healthbot::clock::{Clock, ManualClock, SystemClock};
use healthbot::demo::{Answered, Effect, Fault};
use serde_json::{Value, json};

use crate::harness::bot::{Bot, DANA};
use crate::harness::transport::over_both;

over_both![
    strangers_are_refused_before_slack_has_answered_anew,
    nobody_is_served_before_slack_has_ever_said_whose_bot_it_is,
    a_bot_whose_access_is_taken_away_says_so_and_sends_nothing_until_it_is_back,
    a_persons_revoked_token_is_not_the_bots,
];

fn form(user: &str, team: &str, text: &str) -> String {
    let mut form = url::form_urlencoded::Serializer::new(String::new());
    form.extend_pairs([("team_id", team), ("user_id", user), ("text", text)]);
    form.finish()
}

async fn slack_part(bot: &Bot) -> Value {
    let answer = bot.ask("GET", "/readyz").send().await;
    let body: Value = serde_json::from_str(&answer.text).unwrap();
    body["parts"]["slack"].clone()
}

async fn strangers_are_refused_before_slack_has_answered_anew() {
    let mut bot = Bot::start().await;
    bot.knows_its_workspace().await;
    bot.stop().await;
    bot.workspace
        .fault(Fault::once("auth.test", Effect::Hang).times(100));
    bot.start_again().await;
    let stranger = form("U0MALLORY", "T0OTHER", "list");
    let (_, said) = bot.slack_sends("/slack/commands", &stranger).await;
    assert!(said.contains("I belong to another workspace"), "{said}");
    let event = json!({
        "type": "event_callback", "team_id": "T0OTHER", "event_id": "Ev1",
        "event": {"type": "app_uninstalled"},
    });
    let (status, _) = bot.slack_sends("/slack/events", &event.to_string()).await;
    assert_eq!(status, 200);
    assert!(
        bot.health("list")
            .await
            .contains("No server is watched yet")
    );
    let slack = slack_part(&bot).await;
    assert_eq!(
        slack["ok"], false,
        "Slack has not answered since this start"
    );
    assert!(
        !slack["reason"].as_str().unwrap().contains("taken"),
        "{slack}"
    );
    bot.workspace.clear_faults();
}

async fn nobody_is_served_before_slack_has_ever_said_whose_bot_it_is() {
    let fault = Fault::once("auth.test", Effect::Hang).times(100);
    let bot = Bot::start_in(|_| {}, |_, workspace| workspace.fault(fault)).await;
    let dana = bot.workspace.user(DANA).unwrap();
    let list = form(&dana.id, &dana.team_id, "list");
    let (status, said) = bot.slack_sends("/slack/commands", &list).await;
    assert_eq!(status, 200);
    assert!(said.contains("which workspace is mine"), "{said}");
    let event = json!({
        "type": "event_callback", "team_id": dana.team_id, "event_id": "Ev1",
        "event": {"type": "member_joined_channel", "user": bot.workspace.bot_user(),
            "channel": bot.workspace.channel("ops").unwrap().id},
    });
    let (status, _) = bot.slack_sends("/slack/events", &event.to_string()).await;
    assert_eq!(status, 503, "Slack is to send it again");
    let submission = json!({
        "type": "view_submission", "user": {"id": dana.id, "team_id": dana.team_id},
        "view": {"id": "V1", "callback_id": "add_server", "state": {"values": {
            "name": {"x": {"value": "api"}}, "address": {"x": {"value": "http://127.0.0.1:1/"}},
        }}},
    });
    assert_eq!(bot.slack_sends_interaction(&submission).await.0, 503);

    bot.workspace.clear_faults();
    let (mut status, mut said) = (0, String::new());
    while !said.contains("No server is watched yet") {
        (status, said) = bot.slack_sends("/slack/commands", &list).await;
    }
    assert_eq!(status, 200);
    let (status, _) = bot.slack_sends("/slack/events", &event.to_string()).await;
    assert_eq!(status, 200);
    bot.message("ops", |m| m.plain().contains("is told from now on"))
        .await;
}

/// How many messages Slack has taken.
fn posted(bot: &Bot) -> usize {
    let calls = bot.workspace.journal();
    let posts = |call: &&healthbot::demo::Call| {
        call.method == "chat.postMessage" && call.answered == Answered::Ok
    };
    calls.iter().filter(posts).count()
}

async fn a_bot_whose_access_is_taken_away_says_so_and_sends_nothing_until_it_is_back() {
    for lost in [
        json!({"type": "app_uninstalled"}),
        json!({"type": "tokens_revoked", "tokens": {"oauth": [], "bot": ["U0HEALTHBOT"]}}),
    ] {
        let clock = ManualClock::new(SystemClock::new().now());
        let bot = Bot::start_by(Arc::new(clock.clone()), |_| {}, |_, _| {}).await;
        bot.reached().await;
        bot.knows_its_workspace().await;
        bot.invite("ops").await;
        let refused = Effect::Error("account_inactive".to_owned());
        bot.workspace
            .fault(Fault::once("auth.test", refused).times(100));
        let told = bot.workspace.event(lost.clone()).await;
        assert!(told.accepted);
        let slack = slack_part(&bot).await;
        assert_eq!(slack["ok"], false, "{slack}");
        let before = posted(&bot);
        let _down = bot.add_down("api", "").await;
        while !bot.health("status").await.contains("🔴") {}
        assert_eq!(posted(&bot), before);
        bot.workspace.clear_faults();
        // The same word comes late, once more: by then the app has been installed anew.
        assert!(bot.workspace.repeat(&told).await.accepted);
        let told = || {
            let messages = bot.workspace.messages("ops");
            messages.iter().any(|m| m.plain().contains("api is down"))
        };
        let mut waited = 0;
        while !told() {
            clock.advance(Duration::from_secs(1));
            waited += 1;
            slack_part(&bot).await;
        }
        assert!(waited >= 60, "it was told after {waited} s");
        while slack_part(&bot).await["ok"] != true {
            clock.advance(Duration::from_secs(1));
        }
    }
}

async fn a_persons_revoked_token_is_not_the_bots() {
    let bot = Bot::start().await;
    bot.knows_its_workspace().await;
    let event = json!({"type": "tokens_revoked", "tokens": {"oauth": ["U1"], "bot": []}});
    assert!(bot.workspace.event(event).await.accepted);
    assert_eq!(slack_part(&bot).await["ok"], true);
}
