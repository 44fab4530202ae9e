//! What reaches the channels when Slack is slow, away or against it: in order, at least once, and no channel waits for
//! another. Facts are taken from the workspace's journal and from what stands in the channels at the end.

use futures_util::future::join_all;
use healthbot::demo::{Answered, Call, Effect, Fault, Message, Mode, Target};

use crate::harness::bot::Bot;

const POST: &str = "chat.postMessage";
const UPDATE: &str = "chat.update";

/// The calls of a method in a channel so far.
fn calls(bot: &Bot, method: &str, channel: &str) -> Vec<Call> {
    let id = bot.workspace.channel(channel).unwrap().id;
    let journal = bot.workspace.journal().into_iter();
    journal
        .filter(|call| call.method == method && call.channel() == id)
        .collect()
}

/// The messages of a channel that name this server.
pub(crate) fn about(bot: &Bot, channel: &str, name: &str) -> Vec<Message> {
    let messages = bot.workspace.messages(channel);
    messages
        .into_iter()
        .filter(|m| m.plain().contains(name))
        .collect()
}

pub(crate) async fn failure(bot: &Bot, channel: &str, name: &str) -> Message {
    bot.message(channel, |m| m.plain().contains(&format!("{name} is down")))
        .await
}

/// The bot in a workspace whose #ops and #general are told.
async fn told() -> Bot {
    let bot = Bot::start().await;
    bot.health("subscribe").await;
    bot.health("subscribe #general").await;
    bot
}

#[tokio::test]
async fn a_channel_hears_everything_in_order_although_slack_limits_it() {
    let bot = told().await;
    bot.workspace
        .fault(Fault::once(POST, Effect::RateLimited { retry_after: 2 }).in_channel("ops"));
    let _one = bot.add_down("one", "").await;
    let _two = bot.add_down("two", "").await;
    failure(&bot, "ops", "two").await;
    let ops = bot.workspace.messages("ops");
    let names: Vec<_> = ops
        .iter()
        .map(|m| m.plain().contains("one is down"))
        .collect();
    assert_eq!(names, [true, false], "first one, then two, each once");

    let posts = calls(&bot, POST, "ops");
    assert_eq!(posts[0].answered, Answered::RateLimited { retry_after: 2 });
    assert_eq!(
        posts.len(),
        3,
        "the limited one is sent once more and no more"
    );
    let waited = posts[1].elapsed.saturating_sub(posts[0].elapsed);
    assert!(
        waited.as_millis() >= 2_000,
        "Retry-After was kept: {waited:?}"
    );
    failure(&bot, "general", "one").await;
    let general = calls(&bot, POST, "general");
    assert!(
        general[0].elapsed < posts[1].elapsed,
        "no other channel waited"
    );
}

#[tokio::test]
async fn what_slack_or_the_network_drops_is_sent_again() {
    join_all(
        [
            Effect::Status(503),
            // A gateway's word, not Slack's.
            Effect::Status(403),
            Effect::Status(404),
            Effect::ResetBefore,
            Effect::Error("internal_error".to_owned()),
            Effect::Error("ratelimited".to_owned()),
        ]
        .map(sent_again_after),
    )
    .await;
}

async fn sent_again_after(effect: Effect) {
    let bot = Bot::start().await;
    bot.health("subscribe").await;
    bot.workspace.fault(Fault::once(POST, effect.clone()));
    let target = bot.add_down("api", "").await;
    let message = failure(&bot, "ops", "api").await;
    assert_eq!(about(&bot, "ops", "api").len(), 1, "{effect:?}");
    assert!(bot.workspace.faults().is_empty(), "{effect:?} struck");
    target.set(Mode::Healthy).await;
    bot.message("ops", |m| m.thread_ts.as_deref() == Some(&message.ts))
        .await;
}

#[tokio::test]
async fn an_edit_that_is_dropped_is_sent_again_before_the_recovery() {
    let bot = Bot::start().await;
    bot.health("subscribe").await;
    let target = bot.add_down("api", "").await;
    let message = failure(&bot, "ops", "api").await;
    bot.workspace
        .fault(Fault::once(UPDATE, Effect::Status(500)));
    target.set(Mode::Healthy).await;
    bot.message("ops", |m| m.thread_ts.as_deref() == Some(&message.ts))
        .await;
    let first = bot.workspace.messages("ops")[0].clone();
    assert!(first.plain().contains("Resolved"), "{}", first.plain());
    assert_eq!(calls(&bot, UPDATE, "ops").len(), 2);
}

#[tokio::test]
async fn a_message_that_slack_took_although_it_said_otherwise_is_told_to_its_end() {
    join_all([Effect::CommitThenReset, Effect::CommitThenStatus(500)].map(told_to_its_end_after))
        .await;
}

async fn told_to_its_end_after(effect: Effect) {
    let bot = Bot::start().await;
    bot.invite("ops").await;
    bot.workspace.fault(Fault::once(POST, effect));
    let target = bot.add_down("api", "").await;
    let message = failure(&bot, "ops", "api").await;
    // It is back before the bot has found out that Slack took the message.
    target.set(Mode::Healthy).await;
    let resolved = bot
        .message("ops", |m| {
            m.ts == message.ts && m.plain().contains("Resolved")
        })
        .await;
    assert!(resolved.buttons().is_empty());
    let open = bot.workspace.messages("ops");
    assert!(
        open.iter().all(|m| !m.plain().contains("is down")),
        "nothing looks open"
    );
}

#[tokio::test]
async fn a_channel_that_slack_refuses_stops_alone_says_so_and_can_be_mended() {
    join_all(
        [
            "channel_not_found",
            "is_archived",
            "not_in_channel",
            "restricted_action",
        ]
        .map(stops_alone_after),
    )
    .await;
}

async fn stops_alone_after(word: &str) {
    let bot = told().await;
    bot.workspace
        .fault(Fault::once(POST, Effect::Error(word.to_owned())).in_channel("ops"));
    let _one = bot.add_down("one", "").await;
    failure(&bot, "general", "one").await;
    bot.workspace
        .wait_for(|state| state.faults().is_empty().then_some(()))
        .await;
    let shown = loop {
        // The refusal is written down a moment after Slack has answered.
        let shown = bot.health("channels").await;
        if shown.contains("nothing arrives since") {
            break shown;
        }
    };
    assert!(
        shown.contains(word) && shown.contains("🟢 works"),
        "{shown}"
    );

    let _two = bot.add_down("two", "").await;
    failure(&bot, "general", "two").await;
    assert_eq!(
        calls(&bot, POST, "ops").len(),
        1,
        "{word}: it is not tried on and on"
    );
    let mended = bot.health("subscribe").await;
    assert!(mended.contains("is told"), "{mended}");
    failure(&bot, "ops", "two").await;
    let names: Vec<_> = bot
        .workspace
        .messages("ops")
        .iter()
        .map(|m| m.plain().contains("one is down"))
        .collect();
    assert_eq!(
        names,
        [true, false],
        "{word}: what was owed arrives, in order"
    );
    assert!(!bot.health("channels").await.contains("nothing arrives"));
}

#[tokio::test]
async fn a_token_that_slack_refuses_drops_nothing_and_blames_no_channel() {
    let mut bot = Bot::start().await;
    bot.health("subscribe").await;
    bot.workspace
        .fault(Fault::once(POST, Effect::Error("token_revoked".to_owned())));
    let _one = bot.add_down("one", "").await;
    bot.workspace
        .wait_for(|state| state.faults().is_empty().then_some(()))
        .await;
    let shown = loop {
        // The refusal is known a moment after Slack has answered.
        let shown = bot.health("channels").await;
        if shown.contains("Slack refuses what I send") {
            break shown;
        }
    };
    assert!(
        shown.contains("token_revoked") && shown.contains("🟢 works"),
        "{shown}"
    );
    // Whoever mends a token starts the bot anew.
    bot.restart().await;
    failure(&bot, "ops", "one").await;
}

#[tokio::test]
async fn a_failure_that_somebody_deleted_is_said_anew_when_it_ends() {
    join_all(
        [
            "message_not_found",
            "cant_update_message",
            "edit_window_closed",
        ]
        .map(said_anew_after),
    )
    .await;
}

async fn said_anew_after(word: &str) {
    let bot = Bot::start().await;
    bot.health("subscribe").await;
    let target = bot.add_down("api", "").await;
    let message = failure(&bot, "ops", "api").await;
    bot.workspace
        .fault(Fault::once(UPDATE, Effect::Error(word.to_owned())));
    target.set(Mode::Healthy).await;
    let anew = bot.message("ops", |m| m.plain().contains("Resolved")).await;
    assert_ne!(anew.ts, message.ts, "{word}");
    let reply = bot
        .message("ops", |m| m.plain().contains("is up again") && m.broadcast)
        .await;
    assert_eq!(
        reply.thread_ts,
        Some(anew.ts),
        "{word}: under what stands there"
    );
}

#[tokio::test]
async fn blocks_that_slack_refuses_are_sent_as_plain_text() {
    let bot = Bot::start().await;
    bot.health("subscribe").await;
    bot.workspace.fault(Fault::once(
        POST,
        Effect::Error("invalid_blocks".to_owned()),
    ));
    let _down = bot.add_down("api", "").await;
    let message = bot.message("ops", |m| m.text.contains("is down")).await;
    assert!(
        message.blocks.is_empty() && message.text.contains("refused"),
        "{}",
        message.text
    );
}

#[tokio::test]
async fn a_channel_hears_only_of_its_environments() {
    let bot = Bot::start().await;
    bot.health("subscribe").await;
    bot.health("subscribe #general env=LIVE").await;
    let _dev = bot.add_down("testing", "env=DEV").await;
    failure(&bot, "ops", "testing").await;
    let live = bot.add_down("shop", "env=LIVE").await;
    failure(&bot, "general", "shop").await;
    failure(&bot, "ops", "shop").await;
    live.set(Mode::Healthy).await;
    bot.message("general", |m| {
        m.broadcast && m.plain().contains("is up again")
    })
    .await;
    assert!(about(&bot, "general", "testing").is_empty());
}

#[tokio::test]
async fn what_was_owed_while_slack_was_down_arrives_once_after_a_restart() {
    let mut bot = Bot::start().await;
    bot.health("subscribe").await;
    bot.workspace.set_down(true);
    let one = bot.add_down("one", "").await;
    let _two = bot.add_down("two", "").await;
    bot.restart().await;
    let summary = bot.health("status").await;
    assert!(
        summary.contains("2 of 2 servers are down"),
        "what is believed is kept: {summary}"
    );
    assert!(bot.workspace.messages("ops").is_empty());
    bot.workspace.set_down(false);
    failure(&bot, "ops", "two").await;
    let first = about(&bot, "ops", "one is down");
    assert_eq!(
        (first.len(), about(&bot, "ops", "two is down").len()),
        (1, 1)
    );

    // The incident goes on where it was: its end edits the message of before the restart.
    bot.restart().await;
    one.set(Mode::Healthy).await;
    let reply = bot
        .message("ops", |m| m.broadcast && m.plain().contains("one"))
        .await;
    assert_eq!(reply.thread_ts.as_ref(), Some(&first[0].ts));
    let resolved = bot
        .message("ops", |m| m.ts == first[0].ts && m.edited.is_some())
        .await;
    assert!(resolved.plain().contains("Resolved"));
    let posts = bot.workspace.messages("ops");
    assert_eq!(posts.len(), 3, "two failures and one recovery");
}

#[tokio::test]
async fn an_outage_that_began_and_ended_while_slack_was_away_is_told_as_over() {
    let bot = Bot::start().await;
    bot.health("subscribe").await;
    bot.workspace.set_down(true);
    let target = bot.add_down("api", "").await;
    target.set(Mode::Healthy).await;
    while bot.health("status api").await.contains("🔴 down") {
        bot.health("check api").await;
    }
    bot.workspace.set_down(false);
    let told = bot.message("ops", |m| m.plain().contains("api")).await;
    assert!(
        told.plain().contains("Resolved") && told.buttons().is_empty(),
        "{}",
        told.plain()
    );
    let _last = bot.add_down("last", "").await;
    failure(&bot, "ops", "last").await;
    assert_eq!(about(&bot, "ops", "api").len(), 1, "one message, not three");
}

#[tokio::test]
async fn a_slow_answer_of_slacks_holds_back_neither_checks_nor_commands() {
    let bot = Bot::start().await;
    bot.health("subscribe").await;
    bot.workspace.fault(Fault::once(POST, Effect::Hang));
    let _one = bot.add_down("one", "").await;
    bot.workspace
        .wait_for(|state| state.faults().is_empty().then_some(()))
        .await;
    let target = Target::http().await.unwrap();
    bot.add("well", &target, "").await;
    assert!(bot.health("check well").await.contains("It answered in"));
    bot.health("subscribe #general").await;
    let _two = bot.add_down("two", "").await;
    failure(&bot, "general", "two").await;
    bot.workspace.release();
    failure(&bot, "ops", "one").await;
    failure(&bot, "ops", "two").await;
}
