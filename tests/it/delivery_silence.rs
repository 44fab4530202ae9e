//! What is not told: where alerts are off, of a server or in a channel, and of a server that was removed. Nothing is left
//! looking like an open incident.

use healthbot::demo::{Effect, Fault, Mode};
use serde_json::json;

use crate::delivery::{about, failure};
use crate::harness::api;
use crate::harness::bot::Bot;

const POST: &str = "chat.postMessage";

#[tokio::test]
async fn with_alerts_off_nothing_is_told_until_they_are_on_again() {
    let bot = Bot::start().await;
    bot.health("subscribe").await;
    let target = bot.add_down("quiet", "alerts=off").await;
    assert!(
        bot.health("status quiet").await.contains("🔴 down"),
        "the checks go on"
    );
    let _loud = bot.add_down("loud", "").await;
    failure(&bot, "ops", "loud").await;
    assert!(about(&bot, "ops", "quiet").is_empty());
    bot.health("on quiet").await;
    let told = failure(&bot, "ops", "quiet").await;
    assert_eq!(
        told.buttons(),
        ["Acknowledge", "Mute 1h", "Alerts off", "Check now"],
        "what is down still is told now"
    );
    bot.health("off quiet").await;
    bot.message("ops", |m| {
        m.ts == told.ts && m.plain().contains("Alerts of this server are off")
    })
    .await;
    target.set(Mode::Healthy).await;
    let ended = bot
        .message("ops", |m| m.ts == told.ts && m.plain().contains("Resolved"))
        .await;
    assert!(
        ended.buttons().is_empty(),
        "nothing is left looking like an open incident"
    );
    let _last = bot.add_down("last", "").await;
    failure(&bot, "ops", "last").await;
    assert_eq!(
        about(&bot, "ops", "quiet").len(),
        1,
        "edited, and nothing new is posted"
    );
}

#[tokio::test]
async fn a_server_removed_while_it_is_down_says_so_in_its_message() {
    let bot = Bot::start().await;
    bot.health("subscribe").await;
    let _down = bot.add_down("api", "").await;
    let told = failure(&bot, "ops", "api").await;
    bot.press_private_after("remove api", "Remove").await;
    let ended = bot
        .message("ops", |m| m.ts == told.ts && m.edited.is_some())
        .await;
    assert!(
        ended.plain().contains("api was removed") && ended.buttons().is_empty(),
        "{}",
        ended.plain()
    );
    let _last = bot.add_down("last", "").await;
    failure(&bot, "ops", "last").await;
    assert_eq!(about(&bot, "ops", "api").len(), 1);
}

#[tokio::test]
async fn what_waits_for_a_channel_is_not_told_once_its_alerts_are_off() {
    let bot = api::bot().await;
    bot.health("subscribe").await;
    bot.health("subscribe #general").await;
    let limited = |retry_after, channel| {
        bot.workspace
            .fault(Fault::once(POST, Effect::RateLimited { retry_after }).in_channel(channel));
    };
    limited(2, "general");
    let target = bot.add_down("one", "").await;
    failure(&bot, "ops", "one").await;
    bot.workspace
        .wait_for(|state| state.faults().is_empty().then_some(()))
        .await;
    let id = bot.workspace.channel("general").unwrap().id;
    let channels = bot.read("/channels").await;
    let channels = channels["items"].as_array().unwrap();
    let general = channels.iter().find(|c| c["channel_id"] == id).unwrap();
    let general = format!("/channels/{}", general["id"].as_str().unwrap());
    let switch = async |on: bool| {
        let change = json!({"notification": on});
        bot.api("PATCH", &general).json(&change).await.expect(200);
    };
    switch(false).await;
    // By the time that this one is told elsewhere, the first one's wait is over.
    limited(3, "ops");
    let _two = bot.add_down("two", "").await;
    failure(&bot, "ops", "two").await;
    switch(true).await;
    let _three = bot.add_down("three", "").await;
    failure(&bot, "general", "three").await;
    assert!(about(&bot, "general", "one").is_empty());
    target.set(Mode::Healthy).await;
    bot.message("ops", |m| m.broadcast && m.plain().contains("one"))
        .await;
    assert!(about(&bot, "general", "one").is_empty());
}

#[tokio::test]
async fn what_a_channel_was_told_of_open_failures_is_left_with_a_word_once_it_is_unsubscribed() {
    let mut bot = Bot::start().await;
    bot.health("subscribe").await;
    bot.health("subscribe #general").await;
    let _one = bot.add_down("one", "").await;
    let target = bot.add_down("two", "").await;
    failure(&bot, "general", "one").await;
    let two = failure(&bot, "general", "two").await;
    // It knows after a restart too where its messages stand.
    bot.restart().await;
    bot.health("unsubscribe #general").await;
    for name in ["one", "two"] {
        let left = bot
            .message("general", |m| {
                m.plain().contains(&format!("{name} is down")) && m.plain().contains("unsubscribed")
            })
            .await;
        assert!(left.buttons().is_empty(), "{}", left.plain());
    }
    target.set(Mode::Healthy).await;
    bot.message("ops", |m| m.broadcast && m.plain().contains("two"))
        .await;
    let general = bot.workspace.messages("general");
    assert_eq!(general.len(), 2, "nothing new is said there");
    assert!(
        general
            .iter()
            .any(|m| m.ts == two.ts && !m.plain().contains("Resolved"))
    );
}
