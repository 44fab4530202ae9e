//! What happens to channels in Slack, followed: invitations, removals, renames, and what Slack sends twice or to others.

use healthbot::demo::{Effect, EventRetries, Fault, Message};
use serde_json::{Value, json};

use crate::harness::bot::Bot;
use crate::harness::transport::over_both;

over_both![
    an_invitation_subscribes_and_welcomes_once_however_often_slack_says_so,
    an_invitation_that_was_undone_does_not_come_back_with_slacks_retry,
    an_event_that_came_while_the_bot_was_away_is_taken_when_slack_retries,
    removed_archived_or_deleted_it_unsubscribes,
    the_bot_leaving_is_understood_in_each_form_and_others_leaving_is_not_the_bots,
    a_channel_is_followed_through_a_new_name_and_a_new_id,
    others_invitations_and_other_workspaces_are_not_the_bots,
    what_is_unknown_is_taken_so_that_slack_does_not_send_it_again,
    an_invitation_is_taken_in_time_though_slack_is_slow_to_name_the_channel,
];

/// The channels as people are shown them.
async fn channels(bot: &Bot) -> String {
    bot.health("channels").await
}

fn id(bot: &Bot, channel: &str) -> String {
    bot.workspace.channel(channel).unwrap().id
}

fn welcomes(bot: &Bot, channel: &str) -> Vec<Message> {
    let messages = bot.workspace.messages(channel);
    messages
        .into_iter()
        .filter(|m| m.plain().contains("is told from now on"))
        .collect()
}

/// An envelope as Slack sends it, of the bot's own workspace.
fn envelope(bot: &Bot, event_id: &str, event: Value) -> Value {
    let team = bot.workspace.user("dana").unwrap().team_id;
    json!({"type": "event_callback", "team_id": team, "event_id": event_id, "event": event})
}

fn joined(bot: &Bot, channel: &str, user: &str) -> Value {
    json!({"type": "member_joined_channel", "user": user, "channel": id(bot, channel)})
}

async fn send(bot: &Bot, envelope: &Value) -> (u16, String) {
    bot.slack_sends("/slack/events", &envelope.to_string())
        .await
}

async fn an_invitation_subscribes_and_welcomes_once_however_often_slack_says_so() {
    let bot = Bot::start().await;
    let told = bot.workspace.invite_bot("ops").await.unwrap();
    for _ in 0..3 {
        assert!(bot.workspace.repeat(&told[0]).await.accepted);
    }
    let welcome = bot
        .message("ops", |m| m.plain().contains("is told from now on"))
        .await;
    assert_eq!(welcome.buttons(), ["Add server", "Unsubscribe"]);
    assert!(channels(&bot).await.contains("1 channel is told"));
    // The lane is in order: when this arrives, a second welcome would have come before it.
    let _down = bot.add_down("api", "").await;
    bot.message("ops", |m| m.plain().contains("api is down"))
        .await;
    assert_eq!(welcomes(&bot, "ops").len(), 1);
}

async fn an_invitation_that_was_undone_does_not_come_back_with_slacks_retry() {
    let bot = Bot::start().await;
    let told = bot.workspace.invite_bot("ops").await.unwrap();
    let welcome = bot
        .message("ops", |m| m.plain().contains("is told from now on"))
        .await;
    bot.workspace
        .press("dana", "ops", &welcome.ts, "Unsubscribe")
        .await
        .unwrap();
    bot.message("ops", |m| {
        m.ts == welcome.ts && m.plain().contains("told no more")
    })
    .await;
    assert!(bot.workspace.repeat(&told[0]).await.accepted);
    assert!(channels(&bot).await.contains("Nobody is told yet"));
}

async fn an_event_that_came_while_the_bot_was_away_is_taken_when_slack_retries() {
    let mut bot = Bot::start_in(|options| options.retries = EventRetries::ByHand, |_, _| {}).await;
    bot.stop().await;
    let told = bot.workspace.invite_bot("ops").await.unwrap();
    assert!(!told[0].accepted);
    bot.start_again().await;
    assert!(bot.workspace.retry_events().await[0].accepted);
    bot.message("ops", |m| m.plain().contains("is told from now on"))
        .await;
}

async fn removed_archived_or_deleted_it_unsubscribes() {
    let bot = Bot::start().await;
    for channel in ["ops", "general", "random"] {
        bot.invite(channel).await;
    }
    assert!(channels(&bot).await.contains("3 channels are told"));
    bot.workspace.kick_bot("general").await.unwrap();
    assert!(channels(&bot).await.contains("2 channels are told"));
    bot.workspace.delete("random").await.unwrap();
    assert!(channels(&bot).await.contains("1 channel is told"));
    bot.workspace.archive("ops").await.unwrap();
    assert!(channels(&bot).await.contains("Nobody is told yet"));
    bot.invite("general").await;
    assert!(
        channels(&bot).await.contains("1 channel is told"),
        "and may be invited again"
    );
}

async fn the_bot_leaving_is_understood_in_each_form_and_others_leaving_is_not_the_bots() {
    let bot = Bot::start().await;
    let me = bot.workspace.bot_user();
    bot.invite("ops").await;
    let ops = id(&bot, "ops");
    for (n, form) in [
        json!({"type": "member_left_channel", "user": "U0SOMEONE", "channel": ops}),
        json!({"type": "member_left_channel", "channel": ops}),
        json!({"type": "channel_left", "channel": "C0ANOTHER"}),
        json!({"type": "channel_archive"}),
    ]
    .into_iter()
    .enumerate()
    {
        assert_eq!(
            send(&bot, &envelope(&bot, &format!("Ev{n}"), form.clone()))
                .await
                .0,
            200
        );
        assert!(channels(&bot).await.contains("1 channel is told"), "{form}");
    }
    for (n, form) in [
        json!({"type": "member_left_channel", "user": me, "channel": ops}),
        json!({"type": "channel_left", "channel": ops}),
        json!({"type": "group_left", "channel": ops}),
        json!({"type": "group_archive", "channel": ops}),
        json!({"type": "group_deleted", "channel": ops}),
    ]
    .into_iter()
    .enumerate()
    {
        assert_eq!(
            send(&bot, &envelope(&bot, &format!("Left{n}"), form.clone()))
                .await
                .0,
            200
        );
        assert!(
            channels(&bot).await.contains("Nobody is told yet"),
            "{form}"
        );
        bot.health("subscribe").await;
    }
}

async fn a_channel_is_followed_through_a_new_name_and_a_new_id() {
    let bot = Bot::start().await;
    bot.invite("ops").await;
    bot.workspace.rename("ops", "operations").await.unwrap();
    assert!(bot.workspace.deliveries().iter().all(|told| told.accepted));
    let _one = bot.add_down_in("operations", "one").await;
    bot.message("operations", |m| m.plain().contains("one is down"))
        .await;

    let (old, new) = (id(&bot, "operations"), id(&bot, "general"));
    let moved = json!({"type": "channel_id_changed", "old_channel_id": old, "new_channel_id": new});
    assert_eq!(send(&bot, &envelope(&bot, "EvMoved", moved)).await.0, 200);
    let _two = bot.add_down_in("random", "two").await;
    bot.message("general", |m| m.plain().contains("two is down"))
        .await;
    let before = bot.workspace.messages("operations");
    assert!(
        before.iter().all(|m| !m.plain().contains("two")),
        "nothing more at the old id"
    );
    let told = bot.health_in("random", "channels").await;
    assert!(told.contains("1 channel is told"), "{told}");
}

async fn others_invitations_and_other_workspaces_are_not_the_bots() {
    let bot = Bot::start().await;
    bot.knows_its_workspace().await;
    let me = bot.workspace.bot_user();
    let others = envelope(&bot, "Ev1", joined(&bot, "ops", "U0SOMEONE"));
    assert_eq!(send(&bot, &others).await, (200, String::new()));
    let mut foreign = envelope(&bot, "Ev2", joined(&bot, "ops", &me));
    foreign["team_id"] = json!("T0OTHER");
    assert_eq!(send(&bot, &foreign).await, (200, String::new()));
    assert!(channels(&bot).await.contains("Nobody is told yet"));
    assert!(bot.workspace.messages("ops").is_empty());
    let own = envelope(&bot, "Ev3", joined(&bot, "ops", &me));
    assert_eq!(send(&bot, &own).await.0, 200);
    assert!(
        channels(&bot).await.contains("1 channel is told"),
        "the same in its own is taken"
    );
}

#[tokio::test]
async fn slacks_challenge_comes_back_as_plain_text() {
    let bot = Bot::start().await;
    let body = json!({"type": "url_verification", "token": "x", "challenge": "3eZbrw1a&<b>"});
    let answer = bot.knock("/slack/events", body.to_string()).send().await;
    assert_eq!(
        (answer.status, answer.text().as_str()),
        (200, "3eZbrw1a&<b>")
    );
    let kind = answer.headers["content-type"].to_str().unwrap();
    assert!(kind.starts_with("text/plain"), "{kind}");
    let unsigned = bot
        .knock("/slack/events", body.to_string())
        .without("x-slack-signature");
    let answer = unsigned.send().await;
    assert_eq!(
        (answer.status, answer.body.len()),
        (401, 0),
        "only to Slack"
    );
}

async fn what_is_unknown_is_taken_so_that_slack_does_not_send_it_again() {
    let bot = Bot::start().await;
    let team = envelope(&bot, "x", json!({}))["team_id"].clone();
    for body in [
        envelope(
            &bot,
            "Ev1",
            json!({"type": "emoji_changed", "subtype": "add"}),
        ),
        envelope(
            &bot,
            "Ev2",
            json!({"type": "message", "channel": {"odd": [1, 2.5, null]}}),
        ),
        envelope(
            &bot,
            "Ev3",
            json!({"type": "channel_rename", "channel": "C1"}),
        ),
        envelope(
            &bot,
            "",
            json!({"type": "channel_archive", "channel": "C0NOWHERE"}),
        ),
        envelope(&bot, "Ev4", json!(null)),
        json!({"type": "event_callback", "team_id": null, "event_id": 7, "event": {"type": 1}}),
        json!({"type": "app_rate_limited", "team_id": team, "minute_rate_limited": 1}),
        json!({"type": "url_verification"}),
        json!({"type": "something_new"}),
        json!({}),
        json!([1]),
        json!(null),
    ] {
        assert_eq!(send(&bot, &body).await, (200, String::new()), "{body}");
    }
    for body in ["", "{", "payload=x"] {
        let answer = bot.slack_sends("/slack/events", body).await;
        assert_eq!(answer, (200, String::new()), "{body}");
    }
}

#[tokio::test]
async fn slacks_test_of_the_certificate_needs_no_signature_and_does_nothing() {
    let bot = Bot::start().await;
    let harmful = "ssl_check=1&token=x&user_id=U1&text=add+evil+http%3A%2F%2F10.0.0.5%2F";
    for body in ["ssl_check=1&token=x", harmful] {
        let signed = bot.knock("/slack/commands", body);
        let bare = signed
            .clone()
            .without("x-slack-signature")
            .without("x-slack-request-timestamp");
        for knock in [bare, signed] {
            let answer = knock.send().await;
            assert_eq!((answer.status, answer.body.len()), (200, 0), "{body}");
        }
    }
    assert!(
        bot.health("list")
            .await
            .contains("No server is watched yet")
    );
}

async fn an_invitation_is_taken_in_time_though_slack_is_slow_to_name_the_channel() {
    let bot = Bot::start().await;
    bot.workspace
        .fault(Fault::once("conversations.info", Effect::Hang));
    let told = bot.workspace.invite_bot("ops").await.unwrap();
    assert_eq!((told[0].accepted, told[0].attempts), (true, 1));
    bot.message("ops", |m| m.plain().contains("is told from now on"))
        .await;
    bot.workspace.clear_faults();
}
