//! `edit` and `history`: what a person changed, by what they read, what is so afterwards, and what is remembered.

use healthbot::demo::{Effect, Fault, Mode, Target};

use crate::harness::bot::Bot;
use crate::harness::transport::over_both;

over_both![
    edit_changes_what_is_named_and_says_so,
    a_server_that_moves_is_probed_there_at_once,
    edit_without_pairs_shows_how_and_changes_nothing,
    history_shows_incidents_with_durations_and_who_changed_what,
    history_survives_a_restart_and_goes_with_the_server,
];

async fn edit_changes_what_is_named_and_says_so() {
    let bot = Bot::start().await;
    let target = Target::http().await.unwrap();
    bot.add("api", &target, "env=DEV").await;
    let answer = bot
        .health("edit API env=live interval=10s timeout=500ms failures=4 recoveries=3 alerts=off")
        .await;
    assert!(
        answer.contains("api is changed") && answer.contains("env DEV → LIVE"),
        "{answer}"
    );
    assert!(
        answer.contains("interval default → 10s") && answer.contains("and 4 more"),
        "{answer}"
    );
    let detail = bot.health("status api").await;
    for fact in [
        "LIVE",
        "every 10s, within 500ms",
        "4 failures, 3 recoveries",
        "🔕 off",
    ] {
        assert!(detail.contains(fact), "{fact} in {detail}");
    }
    let again = bot.health("edit api env=LIVE").await;
    assert!(again.contains("already stands so"), "{again}");
    let given_up = bot
        .health("edit api interval=default failures=default")
        .await;
    assert!(given_up.contains("interval 10s → default"), "{given_up}");
    let detail = bot.health("status api").await;
    assert!(
        detail.contains("every 30s") && detail.contains("2 failures, 3 recoveries"),
        "{detail}"
    );
}

async fn a_server_that_moves_is_probed_there_at_once() {
    let bot = Bot::start().await;
    let (one, other) = (Target::http().await.unwrap(), Target::http().await.unwrap());
    let socket = Target::web_socket().await.unwrap();
    other.set(Mode::Failing).await;
    bot.add("api", &one, "interval=1d").await;
    let moved = bot.health(&format!("edit api url={}", other.url())).await;
    assert!(
        moved.contains("url") && moved.contains("http status"),
        "{moved}"
    );
    let moved = bot.health(&format!("edit api {}", socket.url())).await;
    assert!(
        moved.contains("type 1 → 2") && moved.contains("It answered in"),
        "{moved}"
    );
    let detail = bot.health("status api").await;
    assert!(detail.contains("WebSocket (type 2)"), "{detail}");
    let refused = bot.health("edit api url=http://169.254.169.254/").await;
    assert!(refused.starts_with('⛔'), "{refused}");
    let refused = bot.health("edit api type=1").await;
    assert!(
        refused.contains("Type 1 is checked by HTTP GET"),
        "{refused}"
    );
    assert!(
        bot.health("status api")
            .await
            .contains("WebSocket (type 2)")
    );
}

async fn edit_without_pairs_shows_how_and_changes_nothing() {
    let bot = Bot::start().await;
    let target = Target::http().await.unwrap();
    bot.add("api", &target, "").await;
    // Where Slack opens no form, that is what there is to say.
    let fault = Fault::once("views.open", Effect::Error("expired_trigger_id".into()));
    bot.workspace.fault(fault);
    let how = bot.health("edit api").await;
    assert!(
        how.contains("/health edit NAME [key=value ...]") && how.contains("interval=default"),
        "{how}"
    );
    let nobody = bot.health("edit apu env=LIVE").await;
    assert!(nobody.contains("/health edit api"), "{nobody}");
    let history = bot.health("history api").await;
    assert!(!history.contains("changed api"), "{history}");
}

async fn history_shows_incidents_with_durations_and_who_changed_what() {
    let bot = Bot::start().await;
    let lee = bot.workspace.user("lee").unwrap().id;
    let target = Target::http().await.unwrap();
    bot.add("api", &target, "interval=1s failures=1").await;
    let none = bot.health("history api").await;
    assert!(
        none.contains("has not failed") && none.contains("added api (command)"),
        "{none}"
    );
    target.set(Mode::Refusing).await;
    bot.invite("ops").await;
    bot.health("check api").await;
    let failure = bot
        .message("ops", |m| m.plain().contains("api is down"))
        .await;
    let open = bot.health("history api").await;
    assert!(
        open.contains("1 incident") && open.contains("so far: refused"),
        "{open}"
    );
    bot.workspace
        .press("lee", "ops", &failure.ts, "Acknowledge")
        .await
        .unwrap();
    bot.message("ops", |m| {
        m.ts == failure.ts && m.plain().contains("Acknowledged by")
    })
    .await;
    target.set(Mode::Healthy).await;
    bot.message("ops", |m| m.plain().contains("is up again"))
        .await;
    bot.health("mute api 2h").await;
    bot.health("unmute api").await;
    bot.health("off all").await;
    bot.press_private("Alerts off").await;
    let history = bot.health("history API").await;
    assert!(!history.contains("so far"), "it is over: {history}");
    let order = [
        "1 incident",
        "for ",
        "refused",
        "What people changed",
        "switched the alerts of 1 server off (button)",
        "unmuted api (command)",
        "muted api until",
        "acknowledged api (button)",
        "added api (command)",
    ];
    let mut rest = history.as_str();
    for fact in order {
        let (_, after) = rest
            .split_once(fact)
            .unwrap_or_else(|| panic!("{fact} in {history}"));
        rest = after;
    }
    assert!(
        history.contains(&lee) || history.contains("Lee"),
        "{history}"
    );
}

async fn history_survives_a_restart_and_goes_with_the_server() {
    let mut bot = Bot::start().await;
    let target = Target::http().await.unwrap();
    bot.add("api", &target, "").await;
    bot.health("edit api env=LIVE").await;
    bot.restart().await;
    let history = bot.health("history api").await;
    assert!(history.contains("changed api: env"), "{history}");
    bot.press_private_after("remove api", "Remove").await;
    bot.add("api", &target, "").await;
    let anew = bot.health("history api").await;
    assert!(
        anew.contains("added api") && !anew.contains("changed api"),
        "another server of the same name: {anew}"
    );
}
