//! Channels made, renamed and archived from Slack.

use healthbot::demo::{Effect, Fault, SeedChannel};
use serde_json::json;

use crate::harness::bot::{Bot, DANA};
use crate::harness::transport::over_both;

over_both![
    a_channel_is_made_told_and_has_whoever_asked_in_it,
    a_channel_of_the_bots_making_is_renamed_and_others_are_explained,
    archiving_asks_first_and_unsubscribes,
    what_is_unarchived_stays_unsubscribed_until_the_bot_is_invited_anew,
    a_channel_that_failed_works_again_once_the_bot_is_invited_again,
];

fn names(bot: &Bot) -> Vec<String> {
    bot.workspace
        .read(|state| state.channels().iter().map(|it| it.name.clone()).collect())
}

async fn a_channel_is_made_told_and_has_whoever_asked_in_it() {
    let bot = Bot::start().await;
    let answer = bot.health("channel create #new-alerts").await;
    assert!(
        answer.contains("is there, and is told") && answer.contains("You are in it"),
        "{answer}"
    );
    let channel = bot.workspace.channel("new-alerts").unwrap();
    let dana = bot.workspace.user(DANA).unwrap().id;
    assert!(channel.members.contains(&dana));
    let _down = bot.add_down("api", "").await;
    bot.message("new-alerts", |m| m.plain().contains("api is down"))
        .await;
    let messages = bot.workspace.messages("new-alerts");
    let welcomes = messages
        .iter()
        .filter(|m| m.plain().contains("is told from now on"))
        .count();
    assert_eq!(
        welcomes, 1,
        "the event of its making welcomes no second time"
    );

    for (line, why) in [
        ("channel create ops", "has that name already"),
        (
            "channel create ops",
            "Like this: /health channel create ops-2",
        ),
        (
            "channel create Ops!",
            "Like this: /health channel create ops-alerts",
        ),
        ("channel create Ops!", "small letters"),
        ("channel create \"\"", "NAME is missing"),
    ] {
        let answer = bot.health(line).await;
        assert!(answer.contains(why), "{line}: {answer}");
    }
    bot.workspace.fault(Fault::once(
        "conversations.create",
        Effect::Error("missing_scope".into()),
    ));
    let answer = bot.health("channel create more").await;
    assert!(answer.contains("manifest.yml"), "{answer}");
    bot.workspace
        .fault(Fault::once("conversations.create", Effect::Status(503)));
    let answer = bot.health("channel create more").await;
    assert!(answer.contains("try again"), "{answer}");
    assert_eq!(names(&bot).iter().filter(|name| *name == "more").count(), 0);
}

async fn a_channel_of_the_bots_making_is_renamed_and_others_are_explained() {
    let bot = Bot::start().await;
    bot.health("channel create first").await;
    let answer = bot.health("channel rename #first second").await;
    assert!(answer.contains("is now called #second"), "{answer}");
    assert!(names(&bot).contains(&"second".to_owned()));
    for (line, why) in [
        ("channel rename #ops third", "I did not make this one"),
        ("channel rename #second ops", "has that name already"),
        (
            "channel rename #second ops",
            "Like this: /health channel rename #second ops-2",
        ),
        (
            "channel rename #second A/B",
            "Like this: /health channel rename #second ops-alerts",
        ),
        ("channel rename #second A/B", "small letters"),
        ("channel rename second third", "is no channel"),
        ("channel rename #second", "NAME is missing"),
    ] {
        let answer = bot.health(line).await;
        assert!(answer.contains(why), "{line}: {answer}");
    }
    bot.workspace.archive("second").await.unwrap();
    let answer = bot.health("channel rename #second third").await;
    assert!(answer.contains("archived"), "{answer}");
}

async fn archiving_asks_first_and_unsubscribes() {
    let bot = Bot::start_in(
        |options| {
            options.channels.push(SeedChannel {
                bot: true,
                ..SeedChannel::public("attic")
            });
        },
        |_, _| {},
    )
    .await;
    bot.health("subscribe #attic").await;
    let asked = bot.health("channel archive #attic").await;
    let attic = bot.workspace.channel("attic").unwrap().id;
    assert!(asked.contains(&format!("Archive #{attic}?")), "{asked}");
    assert_eq!(bot.newest_private().buttons(), ["Archive", "Keep"]);
    assert!(bot.press_private("Keep").await.contains("stays"));
    assert!(!bot.workspace.channel("attic").unwrap().archived);

    bot.health("channel archive #attic").await;
    let done = bot.press_private("Archive").await;
    assert!(done.contains("is archived, and is told no more"), "{done}");
    assert!(bot.workspace.channel("attic").unwrap().archived);
    assert!(bot.health("channels").await.contains("Nobody is told yet"));

    let again = bot
        .press_private_after("channel archive #attic", "Archive")
        .await;
    assert!(again.contains("was already archived"), "{again}");
    let not_in = bot
        .press_private_after("channel archive #random", "Archive")
        .await;
    assert!(not_in.contains("Invite me there first"), "{not_in}");
    bot.workspace.invite_bot("general").await.unwrap();
    let general = bot
        .press_private_after("channel archive #general", "Archive")
        .await;
    assert!(general.contains("cannot be archived"), "{general}");
    assert!(bot.health("channels").await.contains("1 channel is told"));
}

async fn what_is_unarchived_stays_unsubscribed_until_the_bot_is_invited_anew() {
    let bot = Bot::start().await;
    bot.invite("ops").await;
    bot.workspace.archive("ops").await.unwrap();
    bot.workspace.unarchive("ops").await.unwrap();
    assert!(bot.health("channels").await.contains("Nobody is told yet"));
    bot.workspace.kick_bot("ops").await.unwrap();
    bot.workspace.invite_bot("ops").await.unwrap();
    let welcome = |m: &&healthbot::demo::Message| m.plain().contains("is told from now on");
    bot.workspace
        .wait_for(|state| (state.messages("ops").iter().filter(welcome).count() == 2).then_some(()))
        .await;
    assert!(bot.health("channels").await.contains("1 channel is told"));
}

async fn a_channel_that_failed_works_again_once_the_bot_is_invited_again() {
    let bot = Bot::start().await;
    bot.invite("ops").await;
    bot.workspace.fault(Fault::once(
        "chat.postMessage",
        Effect::Error("not_in_channel".into()),
    ));
    let _one = bot.add_down("one", "").await;
    let failing = loop {
        let channels = bot.health("channels").await;
        if channels.contains("nothing arrives") {
            break channels;
        }
    };
    assert!(failing.contains("not_in_channel"), "{failing}");
    // Slack may have kept to itself that the bot was removed.
    let ops = bot.workspace.channel("ops").unwrap().id;
    let me = bot.workspace.bot_user();
    let joined = json!({"type": "member_joined_channel", "user": me, "channel": ops});
    assert!(bot.workspace.event(joined).await.accepted);
    bot.message("ops", |m| m.plain().contains("one is down"))
        .await;
    let _two = bot.add_down("two", "").await;
    bot.message("ops", |m| m.plain().contains("two is down"))
        .await;
    assert!(bot.health("channels").await.contains("🟢 works"));
}

/// The buttons of the newest message for Dana alone whose labels these are.
fn labelled(bot: &Bot, label: &str) -> usize {
    let buttons = bot.newest_private().buttons();
    buttons.iter().filter(|button| *button == label).count()
}

#[tokio::test]
async fn channels_are_paged_and_their_alerts_switched_where_they_stand() {
    let bot = Bot::start_in(
        |options| {
            let channels = (1..=12).map(|n| SeedChannel {
                bot: true,
                ..SeedChannel::public(&format!("team-{n}"))
            });
            options.channels.extend(channels);
        },
        |_, _| {},
    )
    .await;
    for n in 1..=12 {
        bot.health(&format!("subscribe #team-{n}")).await;
    }
    let first = bot.health("channels").await;
    assert!(first.contains("12 channels are told"), "{first}");
    assert_eq!(labelled(&bot, "Alerts off"), 10);
    assert_eq!(bot.newest_private().buttons().last().unwrap(), "Next");
    bot.press_private("Next").await;
    assert_eq!(
        bot.newest_private().buttons(),
        ["Alerts off", "Alerts off", "Previous"]
    );

    let off = bot.press_private("Alerts off").await;
    assert!(off.contains("🔕 off") && off.contains("🟢 works"), "{off}");
    assert!(
        off.contains("11 channels are told of failures, 1 is off"),
        "{off}"
    );
    assert_eq!(
        bot.newest_private().buttons(),
        ["Alerts on", "Alerts off", "Previous"]
    );
    let _down = bot.add_down("api", "").await;
    bot.message("team-12", |m| m.plain().contains("api is down"))
        .await;
    let silent = bot.workspace.messages("team-11");
    assert!(!silent.iter().any(|m| m.plain().contains("api is down")));

    bot.press_private_after("channels", "Next").await;
    let on = bot.press_private("Alerts on").await;
    assert!(!on.contains("🔕"), "{on}");
}

#[tokio::test]
async fn only_operators_switch_a_channels_alerts() {
    let bot = Bot::start_with(|config| {
        config.operators = [healthbot::domain::ids::UserId::new("U0NOBODY")].into();
    })
    .await;
    bot.invite("ops").await;
    bot.health("channels").await;
    let refused = bot.press_private("Alerts off").await;
    assert!(refused.contains("ask an operator"), "{refused}");
    assert!(bot.health("channels").await.contains("🟢 works"));
}
