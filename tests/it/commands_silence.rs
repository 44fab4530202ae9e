//! Muting, taking on and the defaults: by command and by button, as the channel and the person see it.

use healthbot::demo::{Message, Mode, Target};

use crate::harness::bot::{Bot, DANA};
use crate::harness::transport::over_both;

over_both![
    a_mute_keeps_quiet_shows_itself_and_tells_when_it_ends,
    mute_and_unmute_stand_under_the_failure,
    the_first_to_take_an_incident_on_stays_named,
    settings_are_shown_changed_and_hold_at_once_for_servers_without_their_own,
    mistakes_about_silence_and_settings_are_named,
    what_else_keeps_a_server_silent_is_not_forgotten,
    what_changes_nothing_does_not_claim_a_change,
];

async fn failure(bot: &Bot, name: &str) -> Message {
    bot.message("ops", |m| m.plain().contains(&format!("{name} is down")))
        .await
}

async fn shows(bot: &Bot, message: &Message, fact: &str) -> Message {
    bot.message("ops", |m| m.ts == message.ts && m.plain().contains(fact))
        .await
}

async fn a_mute_keeps_quiet_shows_itself_and_tells_when_it_ends() {
    let bot = Bot::start().await;
    bot.invite("ops").await;
    let target = Target::http().await.unwrap();
    bot.add("api", &target, "interval=1s failures=1").await;
    let answer = bot.health("mute api 30m").await;
    assert!(
        answer.contains("api is muted until") && answer.contains("Checks go on"),
        "{answer}"
    );
    assert_eq!(bot.newest_private().buttons(), ["Unmute"]);
    assert!(bot.health("list muted").await.contains("api"));
    target.set(Mode::Refusing).await;
    assert!(
        bot.health("check api").await.contains("🔴 down"),
        "the state is kept"
    );
    let _loud = bot.add_down("loud", "").await;
    failure(&bot, "loud").await;
    assert!(
        bot.workspace
            .messages("ops")
            .iter()
            .all(|m| !m.plain().contains("api"))
    );

    assert!(bot.health("unmute api").await.contains("no longer muted"));
    let told = failure(&bot, "api").await;
    assert!(
        told.plain().contains("refused"),
        "it still is down: that is told now"
    );
    assert!(bot.health("unmute api").await.contains("was not muted"));
    assert!(bot.health("list muted").await.contains("No server matches"));
}

async fn mute_and_unmute_stand_under_the_failure() {
    let bot = Bot::start().await;
    bot.invite("ops").await;
    let _down = bot.add_down("api", "").await;
    let told = failure(&bot, "api").await;
    assert!(
        bot.press("ops", &told, "Mute 1h")
            .await
            .contains("api is muted until")
    );
    let muted = shows(&bot, &told, "Muted until").await;
    assert_eq!(
        muted.buttons(),
        ["Acknowledge", "Unmute", "Alerts off", "Check now"]
    );
    assert!(
        bot.press("ops", &muted, "Unmute")
            .await
            .contains("no longer muted")
    );
    let label = ["Acknowledge", "Mute 1h", "Alerts off", "Check now"];
    bot.message("ops", |m| m.ts == told.ts && m.buttons() == label)
        .await;
}

async fn the_first_to_take_an_incident_on_stays_named() {
    let bot = Bot::start().await;
    bot.invite("ops").await;
    let target = bot.add_down("api", "").await;
    let told = failure(&bot, "api").await;
    let answer = bot.press("ops", &told, "Acknowledge").await;
    assert!(answer.contains("You acknowledged api"), "{answer}");
    let dana = bot.workspace.user(DANA).unwrap().id;
    let taken = shows(&bot, &told, &format!("Acknowledged by @{dana}")).await;
    assert_eq!(taken.buttons(), ["Mute 1h", "Alerts off", "Check now"]);
    let second = bot.health_as("lee", "ack api").await;
    assert!(
        second.contains(&dana) && second.contains("acknowledged api already"),
        "{second}"
    );
    target.set(Mode::Healthy).await;
    let over = shows(&bot, &told, "Resolved").await;
    assert!(over.plain().contains("Acknowledged by"), "{}", over.plain());
    let nothing = bot.health("ack api").await;
    assert!(nothing.contains("nothing to acknowledge"), "{nothing}");
}

async fn settings_are_shown_changed_and_hold_at_once_for_servers_without_their_own() {
    let bot = Bot::start().await;
    let target = Target::http().await.unwrap();
    bot.add("follows", &target, "").await;
    bot.add("owns", &target, "interval=7s failures=4").await;
    let shown = bot.health("settings").await;
    for fact in [
        "interval 30s",
        "timeout 3s",
        "failures 2",
        "recoveries 1",
        "remind off",
    ] {
        assert!(shown.contains(fact), "{fact} in {shown}");
    }
    let line = "settings interval=15s timeout=500ms failures=3 recoveries=2 remind=30m";
    let changed = bot.health(line).await;
    for fact in [
        "interval 15s",
        "timeout 500ms",
        "failures 3",
        "recoveries 2",
        "every 30m",
    ] {
        assert!(changed.contains(fact), "{fact} in {changed}");
    }
    let follows = bot.health("status follows").await;
    assert!(
        follows.contains("every 15s, within 500ms") && follows.contains("3 failures, 2 recoveries"),
        "{follows}"
    );
    let owns = bot.health("status owns").await;
    assert!(
        owns.contains("every 7s, within 500ms") && owns.contains("4 failures"),
        "{owns}"
    );
    assert!(
        bot.health("settings remind=off")
            .await
            .contains("remind off")
    );
}

async fn mistakes_about_silence_and_settings_are_named() {
    let bot = Bot::start().await;
    let target = Target::http().await.unwrap();
    bot.add("api", &target, "").await;
    for (line, fact) in [
        ("mute", "NAME is missing"),
        ("mute api forever", "length of time"),
        ("mute api 1h now", "now"),
        ("mute apo 1h", "/health mute api"),
        ("unmute", "NAME is missing"),
        ("unmute apo", "/health unmute api"),
        ("ack", "NAME is missing"),
        ("ack apo", "/health ack api"),
        ("settings interval=1ms", "interval lies between"),
        ("settings failures=11", "1 to 10"),
        ("settings colour=red", "no key colour"),
        ("settings remind=on", "remind is off, or a length of time"),
        ("settings remind=2d", "from 1s to 1d"),
        ("settings interval", "interval"),
        ("settings interval=5s interval=6s", "twice"),
    ] {
        let answer = bot.health(line).await;
        assert!(answer.contains(fact), "{line}: {answer}");
        assert!(answer.starts_with('🤔'), "{line}: {answer}");
    }
    assert!(bot.health("settings").await.contains("interval 30s"));
}

async fn what_else_keeps_a_server_silent_is_not_forgotten() {
    let bot = Bot::start().await;
    let target = Target::http().await.unwrap();
    bot.add("\"my api\"", &target, "alerts=off").await;
    bot.health("mute \"my api\" 1h").await;
    for line in ["status \"my api\"", "list"] {
        let shown = bot.health(line).await;
        assert!(
            shown.contains("🔕") && shown.contains("🔇 muted"),
            "{line}: {shown}"
        );
    }
    let on = bot.health("on \"my api\"").await;
    assert!(
        on.contains("are now on") && on.contains("It stays muted until"),
        "{on}"
    );
    assert_eq!(bot.newest_private().buttons(), ["Alerts off", "Unmute"]);
    let unmuted = bot.press_private("Unmute").await;
    assert!(
        unmuted.contains("no longer muted") && !unmuted.contains("off"),
        "{unmuted}"
    );
    let on = bot.health("on \"my api\"").await;
    assert!(!on.contains("muted"), "{on}");

    bot.health("off \"my api\"").await;
    bot.health("mute \"my api\" 1h").await;
    let unmuted = bot.health("unmute \"my api\"").await;
    assert!(
        unmuted.contains("Its alerts are off, though: /health on \"my api\" switches them on"),
        "{unmuted}"
    );
}

async fn what_changes_nothing_does_not_claim_a_change() {
    let bot = Bot::start().await;
    let same = bot.health("settings interval=30s").await;
    assert!(
        same.contains("nothing was changed") && same.contains("interval 30s"),
        "{same}"
    );
    let other = bot.health("settings interval=31s").await;
    assert!(other.contains("The defaults are changed"), "{other}");
    let hook = bot.workspace.add_webhook("random").unwrap();
    bot.health(&format!("webhook add hk {hook}")).await;
    let same = bot.health("webhook rename hk hk").await;
    assert!(
        same.contains("is already called so") && same.contains("nothing was changed"),
        "{same}"
    );
    let other = bot.health("webhook rename hk HK").await;
    assert!(other.contains("is now called HK"), "{other}");
}
