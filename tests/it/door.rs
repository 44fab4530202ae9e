//! The same request twice, a flood from one person, and everybody else meanwhile.

use healthbot::demo::Target;
use serde_json::{Value, json};

use crate::harness::bot::{Bot, DANA};
use crate::harness::knock::{Knock, SIGNATURE, TIMESTAMP};

fn form(bot: &Bot, user: &str, text: &str) -> String {
    let user = bot.workspace.user(user).unwrap();
    let mut form = url::form_urlencoded::Serializer::new(String::new());
    form.extend_pairs([
        ("team_id", user.team_id.as_str()),
        ("user_id", &user.id),
        ("command", "/health"),
        ("text", text),
    ]);
    form.finish()
}

#[tokio::test]
async fn a_request_that_changes_something_acts_once_even_across_a_restart() {
    let mut bot = Bot::start().await;
    let target = Target::http().await.unwrap();
    bot.add("api", &target, "interval=1d").await;
    let off = bot.knock("/slack/commands", form(&bot, DANA, "off api"));
    assert!(off.send().await.text().contains("are now off"));
    bot.health("on api").await;
    let again = off.send().await;
    assert_eq!(again.status, 200);
    assert!(again.text().contains("done already"), "{}", again.text());
    bot.restart().await;
    let secret = bot.config.signing_secrets[0].expose().to_owned();
    let stamp = off.header(TIMESTAMP);
    let same = bot.knock("/slack/commands", &off.body).at(&secret, &stamp);
    assert!(same.send().await.text().contains("done already"));
    assert!(bot.health("list off").await.contains("No server matches"));

    let press = json!({
        "type": "block_actions",
        "user": {"id": bot.workspace.user(DANA).unwrap().id},
        "actions": [{"type": "button", "action_id": "all_off", "value": "all"}],
    });
    let mut pressed = url::form_urlencoded::Serializer::new(String::new());
    pressed.append_pair("payload", &press.to_string());
    let press = bot.knock("/slack/interactions", pressed.finish());
    press.send().await;
    while bot.health("list off").await.contains("No server matches") {}
    bot.health("on api").await;
    assert_eq!(press.send().await.status, 200);
    let history = bot.health("history api").await;
    assert_eq!(
        history
            .matches("switched the alerts of 1 server off")
            .count(),
        1,
        "{history}"
    );
    assert!(bot.health("list off").await.contains("No server matches"));
}

/// What Slack sent, sent again as it was, to wherever the bot is now.
async fn again(bot: &Bot, knock: &Knock, route: &str) {
    let secret = bot.config.signing_secrets[0].expose().to_owned();
    let same = bot
        .knock(route, &knock.body)
        .at(&secret, &knock.header(TIMESTAMP));
    assert_eq!(same.header(SIGNATURE), knock.header(SIGNATURE));
    assert_eq!(same.send().await.status, 200);
}

/// Asks until the answer is as it should be, which it soon is or never.
async fn comes_to(bot: &Bot, ask: &str, wanted: impl Fn(&str) -> bool) {
    let mut told = String::new();
    for _ in 0..100 {
        told = bot.health(ask).await;
        if wanted(&told) {
            return;
        }
    }
    panic!("{ask}: {told}");
}

fn payload(payload: &Value) -> String {
    let mut form = url::form_urlencoded::Serializer::new(String::new());
    form.append_pair("payload", &payload.to_string());
    form.finish()
}

#[tokio::test]
async fn a_press_a_form_and_an_event_act_once_even_across_a_restart() {
    let mut bot = Bot::start().await;
    let target = Target::http().await.unwrap();
    bot.add("api", &target, "interval=1d").await;
    let user = json!({"id": bot.workspace.user(DANA).unwrap().id});
    let press = json!({
        "type": "block_actions", "user": user,
        "actions": [{"type": "button", "action_id": "all_off", "value": "all"}],
    });
    let text = |text: &str| json!({"value": {"type": "plain_text_input", "value": text}});
    let form = json!({
        "type": "view_submission", "user": user,
        "view": {"id": "V1", "callback_id": "add_server", "state": {"values": {
            "name": text("formed"), "address": text(&target.url()), "interval": text("1d"),
        }}},
    });
    let event = json!({
        "type": "event_callback", "event_id": "Ev77",
        "event": {
            "type": "member_joined_channel", "user": bot.workspace.bot_user(),
            "channel": bot.workspace.channel("random").unwrap().id,
        },
    });
    let press = bot.knock("/slack/interactions", payload(&press));
    let form = bot.knock("/slack/interactions", payload(&form));
    let event = bot.knock("/slack/events", event.to_string());
    for knock in [&press, &form, &event] {
        assert_eq!(knock.send().await.status, 200);
    }
    comes_to(&bot, "list off", |list| list.contains("api")).await;
    comes_to(&bot, "list", |list| list.contains("formed")).await;
    comes_to(&bot, "channels", |list| list.contains("1 channel is told")).await;

    // People undo it all, and then everything comes again.
    bot.health("on all").await;
    let removed = bot.press_private_after("remove formed", "Remove").await;
    assert!(removed.contains("formed"), "{removed}");
    bot.health_in("random", "unsubscribe").await;
    for round in ["at once", "after a restart"] {
        again(&bot, &press, "/slack/interactions").await;
        again(&bot, &form, "/slack/interactions").await;
        again(&bot, &event, "/slack/events").await;
        // It waits for the work that the repeated requests might have begun.
        bot.restart().await;
        let list = bot.health("list off").await;
        assert!(list.contains("No server matches"), "{round}: {list}");
        let list = bot.health("list").await;
        assert!(
            list.contains("1 server") && !list.contains("formed"),
            "{round}: {list}"
        );
        let channels = bot.health("channels").await;
        assert!(
            channels.contains("Nobody is told yet"),
            "{round}: {channels}"
        );
    }
}

#[tokio::test]
async fn two_people_who_ask_the_same_in_the_same_second_both_act_and_looking_may_be_repeated() {
    let bot = Bot::start().await;
    let stamp = crate::harness::knock::now().to_string();
    let secret = bot.config.signing_secrets[0].expose().to_owned();
    let ask = |user: &str, text: &str| {
        bot.knock("/slack/commands", form(&bot, user, text))
            .at(&secret, stamp.as_bytes())
    };
    let target = Target::http().await.unwrap();
    bot.add("api", &target, "interval=1d").await;
    for (user, told) in [(DANA, "are now off"), ("lee", "were already off")] {
        let answer = ask(user, "off api").send().await.text();
        assert!(answer.contains(told), "{user}: {answer}");
    }
    for _ in 0..3 {
        assert!(ask(DANA, "list").send().await.text().contains("1 server"));
    }
}

#[tokio::test]
async fn a_flood_is_answered_kindly_and_stops_nobody_else() {
    let bot = Bot::start().await;
    let help = form(&bot, DANA, "status");
    let mut slowed = 0;
    for _ in 0..400 {
        let answer = bot.knock("/slack/commands", &help).send().await;
        assert_eq!(answer.status, 200);
        slowed += usize::from(answer.text().contains("a lot at once"));
    }
    assert!(slowed > 0, "nobody types so much");
    let answer = bot.health_as("lee", "status").await;
    assert!(answer.contains("No server is watched yet"), "{answer}");
}
