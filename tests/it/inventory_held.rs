//! The question about servers that vanished from the inventory in numbers: what an answer removes, and what the channels
//! see of it afterwards.

use healthbot::demo::{Effect, Fault, Message, Target};
use serde_json::{Value, json};

use crate::harness::bot::{Bot, DANA};
use crate::harness::company::{Company, entry};

const ASKS: &str = "no longer lists";

/// A list of servers at one target that have these names.
fn named(target: &Target, names: &[&str]) -> Value {
    let names = names.iter();
    names.map(|name| entry(name, target, "LIVE")).collect()
}

/// A company with these servers, and a bot that has taken them and tells #ops.
async fn company(target: &Target, names: &[&str]) -> (Company, Bot) {
    let company = Company::start(named(target, names)).await;
    let bot = company.bot_by_hand().await;
    company.sync(&bot).await;
    bot.invite("ops").await;
    (company, bot)
}

async fn watched(bot: &Bot) -> usize {
    let list = bot.read("/servers").await;
    list["items"].as_array().unwrap().len()
}

async fn question(bot: &Bot, channel: &str) -> Message {
    bot.message(channel, |m| m.plain().contains(ASKS) && has_buttons(m))
        .await
}

fn has_buttons(message: &Message) -> bool {
    message.buttons() == ["Remove them", "Keep them"]
}

/// Waits until the message says this, and tells all of it.
async fn says(bot: &Bot, channel: &str, message: &Message, wanted: &str) -> Message {
    let wanted = |m: &Message| m.ts == message.ts && m.plain().contains(wanted);
    bot.message(channel, wanted).await
}

async fn press(bot: &Bot, channel: &str, message: &Message, label: &str) {
    let pressed = bot.workspace.press(DANA, channel, &message.ts, label).await;
    assert_eq!(pressed.unwrap().status, 200);
}

/// How often a channel was asked.
fn asked(bot: &Bot, channel: &str) -> usize {
    let messages = bot.workspace.messages(channel);
    messages.iter().filter(|m| m.plain().contains(ASKS)).count()
}

#[tokio::test]
async fn only_what_was_asked_about_is_removed() {
    let target = Target::http().await.unwrap();
    let (company, bot) = company(&target, &["a", "b", "c"]).await;
    company.says(200, named(&target, &["a"]));
    assert_eq!(company.sync(&bot).await["held"], 2);
    let first = question(&bot, "ops").await;
    assert!(
        first.plain().contains("2 servers") && first.plain().contains(": b, c."),
        "{}",
        first.plain()
    );

    // Another one has vanished by the time of the press, whom nobody was asked about.
    company.says(200, "[]");
    press(&bot, "ops", &first, "Remove them").await;
    let again = says(&bot, "ops", &first, "Nothing was removed").await;
    assert!(
        has_buttons(&again) && again.plain().contains("3 servers"),
        "{}",
        again.plain()
    );
    assert_eq!(watched(&bot).await, 3);

    press(&bot, "ops", &again, "Remove them").await;
    let done = says(&bot, "ops", &first, "3 servers").await;
    let done = match done.buttons()[..] {
        [] => done,
        _ => says(&bot, "ops", &first, "were removed").await,
    };
    assert!(done.plain().contains("@U0"), "{}", done.plain());
    assert_eq!((watched(&bot).await, asked(&bot, "ops")), (0, 1));
}

#[tokio::test]
async fn a_press_after_the_list_came_back_removes_nothing() {
    let target = Target::http().await.unwrap();
    let (company, bot) = company(&target, &["a", "b", "c"]).await;
    company.says(200, named(&target, &["a"]));
    company.sync(&bot).await;
    let first = question(&bot, "ops").await;
    company.says(200, named(&target, &["a", "b"]));
    press(&bot, "ops", &first, "Remove them").await;
    let over = says(&bot, "ops", &first, "nothing was removed").await;
    assert!(over.buttons().is_empty() && over.plain().contains("1 that is missing"));
    assert_eq!(watched(&bot).await, 3);

    // The same servers vanish again: that is another question.
    company.says(200, named(&target, &["a"]));
    company.sync(&bot).await;
    let second = question(&bot, "ops").await;
    assert_ne!(first.ts, second.ts);
    press(&bot, "ops", &second, "Remove them").await;
    says(&bot, "ops", &second, "2 servers that the inventory").await;
    assert_eq!(watched(&bot).await, 1);
}

#[tokio::test]
async fn a_list_that_comes_back_takes_the_question_back() {
    let target = Target::http().await.unwrap();
    let (company, bot) = company(&target, &["a", "b"]).await;
    company.says(200, "[]");
    company.sync(&bot).await;
    let first = question(&bot, "ops").await;
    company.says(200, named(&target, &["a", "b"]));
    company.sync(&bot).await;
    let over = says(&bot, "ops", &first, "lacks no server any more").await;
    assert_eq!(over.buttons(), [""; 0]);
}

#[tokio::test]
async fn every_channel_sees_who_decided_that_they_stay() {
    let target = Target::http().await.unwrap();
    let (company, bot) = company(&target, &["a", "b"]).await;
    bot.invite("general").await;
    let hook = bot.workspace.add_webhook("random").unwrap();
    bot.health(&format!("webhook add pager {hook}")).await;
    company.says(200, "[]");
    company.sync(&bot).await;
    let (ops, general) = (question(&bot, "ops").await, question(&bot, "general").await);
    bot.message("random", |m| m.plain().contains(ASKS)).await;
    press(&bot, "general", &general, "Keep them").await;
    for (channel, message) in [("ops", &ops), ("general", &general)] {
        let kept = says(&bot, channel, message, "stay").await;
        assert!(kept.plain().contains("@U0"), "{}", kept.plain());
        assert_eq!(kept.buttons(), [""; 0]);
    }
    // What came through a webhook cannot be edited: it is said there.
    bot.message("random", |m| m.plain().contains("stay")).await;
    for _ in 0..3 {
        assert_eq!(company.sync(&bot).await["held"], 2);
    }
    let confirmed = bot.api("POST", "/inventory/sync?confirm=true");
    assert_eq!(confirmed.send().await.expect(200)["removed"], 2);
    assert_eq!((asked(&bot, "ops"), watched(&bot).await), (1, 0));
}

#[tokio::test]
async fn a_script_that_confirms_settles_the_question() {
    let target = Target::http().await.unwrap();
    let (company, bot) = company(&target, &["a", "b"]).await;
    company.says(200, "[]");
    company.sync(&bot).await;
    let first = question(&bot, "ops").await;
    let confirmed = bot.api("POST", "/inventory/sync?confirm=true");
    assert_eq!(confirmed.send().await.expect(200)["removed"], 2);
    let done = says(&bot, "ops", &first, "2 servers that the inventory").await;
    assert!(done.plain().contains("script"), "{}", done.plain());
    assert_eq!(done.buttons(), [""; 0]);
}

#[tokio::test]
async fn a_script_confirms_what_is_held_and_not_what_is_merely_missing() {
    let target = Target::http().await.unwrap();
    let company = Company::start(named(&target, &["a", "b", "c", "d"])).await;
    let bot = company.bot_by_hand().await;
    company.sync(&bot).await;
    company.says(200, named(&target, &["a", "b", "c"]));
    for removed in [0, 0, 1] {
        let confirmed = bot.api("POST", "/inventory/sync?confirm=true");
        assert_eq!(confirmed.send().await.expect(200)["removed"], removed);
    }
}

#[tokio::test]
async fn a_question_that_came_to_nothing_while_slack_was_away_is_not_asked() {
    let target = Target::http().await.unwrap();
    let (company, bot) = company(&target, &["a", "b", "c"]).await;
    bot.workspace.set_down(true);
    company.says(200, "[]");
    assert_eq!(company.sync(&bot).await["held"], 3);
    company.says(200, named(&target, &["a", "b", "c"]));
    assert_eq!(company.sync(&bot).await["held"], 0);
    bot.workspace.set_down(false);
    // Whatever is owed to the channel is told in order: this comes after it.
    company.says(200, named(&target, &["a"]));
    company.sync(&bot).await;
    let only = question(&bot, "ops").await;
    assert!(only.plain().contains("2 servers"), "{}", only.plain());
    assert_eq!(asked(&bot, "ops"), 1);
}

#[tokio::test]
async fn a_question_that_may_have_arrived_is_looked_for_before_it_is_forgotten() {
    let target = Target::http().await.unwrap();
    let (company, bot) = company(&target, &["a", "b"]).await;
    let lost = Fault::once("chat.postMessage", Effect::CommitThenHang);
    bot.workspace.fault(lost.in_channel("ops"));
    company.says(200, "[]");
    company.sync(&bot).await;
    let first = question(&bot, "ops").await;
    company.says(200, named(&target, &["a", "b"]));
    company.sync(&bot).await;
    bot.workspace.release();
    let over = says(&bot, "ops", &first, "lacks no server any more").await;
    assert_eq!((over.buttons().len(), asked(&bot, "ops")), (0, 0));
}

#[tokio::test]
async fn the_first_of_many_are_named_and_the_others_counted() {
    let target = Target::http().await.unwrap();
    let names: Vec<_> = (10..30).map(|n| format!("node-{n}")).collect();
    let names: Vec<_> = names.iter().map(String::as_str).collect();
    let (company, bot) = company(&target, &names).await;
    company.says(200, json!([]));
    company.sync(&bot).await;
    let asked = question(&bot, "ops").await.plain();
    assert!(
        asked.contains("node-10, node-11,") && asked.contains("node-17 and 12 more"),
        "{asked}"
    );
}

#[tokio::test]
async fn what_the_inventory_does_not_answer_leaves_the_question_as_it_is() {
    let target = Target::http().await.unwrap();
    let (company, bot) = company(&target, &["a", "b"]).await;
    company.says(200, "[]");
    company.sync(&bot).await;
    let first = question(&bot, "ops").await;
    company.says(500, "down");
    let told = bot.press("ops", &first, "Remove them").await;
    assert!(told.contains("HTTP 500"), "{told}");
    assert!(has_buttons(&question(&bot, "ops").await));
}
