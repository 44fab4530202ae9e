//! Every button, pressed once, twice, by whom it is not for, and as Slack's odder payloads press it.

use healthbot::demo::{Answered, Call, Message, Mode, RESPONSE_URL, SeedUser, Target};
use healthbot::domain::ids::UserId;
use serde_json::{Value, json};

use crate::harness::bot::{Bot, DANA};
use crate::harness::transport::over_both;

over_both![
    alerts_off_and_on_edit_the_failure_and_tell_the_person_alone,
    a_double_click_acts_once,
    check_now_probes_and_answers_that_person_only,
    unsubscribe_undoes_the_invitation_even_when_it_is_clicked_twice,
    remove_clicked_twice_removes_once_and_an_older_question_finds_it_gone,
    the_helps_buttons_show_what_they_say,
    an_answers_own_buttons_flip_in_their_place,
    a_press_acts_whatever_slack_leaves_out_or_adds,
    what_means_nothing_is_taken_and_changes_nothing,
    the_buttons_are_not_for_everyone,
];

/// The buttons under a failure as it is told.
const OPEN: [&str; 4] = ["Acknowledge", "Mute 1h", "Alerts off", "Check now"];
/// The same once its server's alerts are off.
const OFF: [&str; 4] = ["Acknowledge", "Mute 1h", "Alerts on", "Check now"];

/// A server that is down, and its failure in #ops.
async fn failure(bot: &Bot) -> (Target, Message) {
    bot.invite("ops").await;
    let target = bot.add_down("api", "").await;
    let failure = bot
        .message("ops", |m| m.plain().contains("api is down"))
        .await;
    (target, failure)
}

/// The failure's message once its buttons are these.
async fn with_buttons(bot: &Bot, message: &Message, buttons: [&str; 4]) -> Message {
    bot.message("ops", |m| m.ts == message.ts && m.buttons() == buttons)
        .await
}

/// How often the bot edited a message.
fn edits(bot: &Bot) -> usize {
    let calls = bot.workspace.journal();
    calls
        .iter()
        .filter(|call| call.method == "chat.update")
        .count()
}

/// Waits until so many presses were answered.
async fn answers(bot: &Bot, wanted: usize) {
    let answered = |call: &&Call| call.method == RESPONSE_URL && call.answered == Answered::Ok;
    bot.workspace
        .wait_for(|state| {
            let count = state.journal().iter().filter(answered).count();
            (count == wanted).then_some(())
        })
        .await;
}

/// The button of a message as Slack sends it back: `(action_id, value)`.
fn button(message: &Message, label: &str) -> (String, String) {
    let elements = message
        .blocks
        .iter()
        .filter_map(|block| block["elements"].as_array())
        .flatten();
    let button = elements
        .into_iter()
        .find(|element| element["text"]["text"] == label)
        .unwrap();
    let text = |name: &str| button[name].as_str().unwrap().to_owned();
    (text("action_id"), text("value"))
}

/// A press as Dana's, with nothing in it that need not be there.
fn bare_press(bot: &Bot, action: (String, String)) -> Value {
    json!({
        "type": "block_actions",
        "user": {"id": bot.workspace.user(DANA).unwrap().id},
        "actions": [{"type": "button", "action_id": action.0, "value": action.1}],
    })
}

async fn send(bot: &Bot, payload: &Value) -> (u16, String) {
    bot.slack_sends_interaction(payload).await
}

async fn alerts_off_and_on_edit_the_failure_and_tell_the_person_alone() {
    let bot = Bot::start().await;
    let (_target, message) = failure(&bot).await;
    let answer = bot.press("ops", &message, "Alerts off").await;
    assert!(answer.contains("Alerts of api are now off"), "{answer}");
    let off = with_buttons(&bot, &message, OFF).await;
    assert!(
        off.plain().contains("Alerts of this server are off"),
        "{}",
        off.plain()
    );
    assert!(
        off.plain().contains("api is down"),
        "it still says what is wrong"
    );
    let answer = bot.press("ops", &off, "Alerts on").await;
    assert!(answer.contains("Alerts of api are now on"), "{answer}");
    let on = with_buttons(&bot, &message, OPEN).await;
    assert!(!on.plain().contains("are off"), "{}", on.plain());
    assert_eq!(
        bot.workspace.messages("ops").len(),
        2,
        "the welcome and the failure"
    );
    assert!(bot.workspace.ephemerals("lee").is_empty());
}

async fn a_double_click_acts_once() {
    let bot = Bot::start().await;
    let (_target, message) = failure(&bot).await;
    let press = || bot.workspace.press(DANA, "ops", &message.ts, "Alerts off");
    let (first, second) = tokio::join!(press(), press());
    assert_eq!((first.unwrap().status, second.unwrap().status), (200, 200));
    with_buttons(&bot, &message, OFF).await;
    let answers = bot
        .workspace
        .wait_for(|state| {
            let told: Vec<_> = state.ephemerals(DANA).map(|e| e.message.plain()).collect();
            (told
                .iter()
                .filter(|text| text.contains("Alerts of api"))
                .count()
                == 2)
                .then_some(told)
        })
        .await;
    assert_eq!(
        answers
            .iter()
            .filter(|text| text.contains("are now off"))
            .count(),
        1,
        "{answers:?}"
    );
    assert_eq!(
        answers
            .iter()
            .filter(|text| text.contains("were already off"))
            .count(),
        1,
        "{answers:?}"
    );
    // What is owed to a channel arrives in order: after this edit, no other of before is on its way.
    bot.health("on api").await;
    with_buttons(&bot, &message, OPEN).await;
    assert_eq!(edits(&bot), 2, "one off, one on");
}

async fn check_now_probes_and_answers_that_person_only() {
    let bot = Bot::start().await;
    let (target, message) = failure(&bot).await;
    let answer = bot.press("ops", &message, "Check now").await;
    assert!(
        answer.contains("refused") && answer.contains("🔴 down"),
        "{answer}"
    );
    assert_eq!(
        bot.workspace.messages("ops").len(),
        2,
        "the channel hears nothing of it"
    );
    assert!(bot.workspace.ephemerals("lee").is_empty());
    target.set(Mode::Healthy).await;
    let resolved = bot
        .message("ops", |m| m.ts == message.ts && m.edited.is_some())
        .await;
    assert!(resolved.buttons().is_empty());
}

async fn unsubscribe_undoes_the_invitation_even_when_it_is_clicked_twice() {
    let bot = Bot::start().await;
    let welcome = bot.invite("ops").await;
    let press = || bot.workspace.press(DANA, "ops", &welcome.ts, "Unsubscribe");
    let (first, second) = tokio::join!(press(), press());
    assert_eq!((first.unwrap().status, second.unwrap().status), (200, 200));
    answers(&bot, 2).await;
    let undone = bot
        .message("ops", |m| m.ts == welcome.ts && m.edited.is_some())
        .await;
    assert!(
        undone.plain().contains("is told no more"),
        "{}",
        undone.plain()
    );
    assert!(undone.buttons().is_empty());
    assert!(bot.health("channels").await.contains("Nobody is told yet"));
    let _down = bot.add_down("api", "").await;
    let welcome = bot.invite("general").await;
    assert!(welcome.plain().contains("1 server is watched"));
    bot.health("unsubscribe #general").await;
    let late = bot.press("general", &welcome, "Unsubscribe").await;
    assert!(late.contains("was not subscribed"), "{late}");
    assert_eq!(
        bot.workspace.messages("ops").len(),
        1,
        "nothing is told there any more"
    );
}

async fn remove_clicked_twice_removes_once_and_an_older_question_finds_it_gone() {
    let bot = Bot::start().await;
    let target = Target::http().await.unwrap();
    bot.add("api", &target, "").await;
    bot.health("remove api").await;
    let older = bot.newest_private();
    bot.health("remove api").await;
    let question = bot.newest_private();
    let press = || bot.workspace.press(DANA, "ops", &question.ts, "Remove");
    let (first, second) = tokio::join!(press(), press());
    assert_eq!((first.unwrap().status, second.unwrap().status), (200, 200));
    answers(&bot, 2).await;
    let shown = |ts: &str| {
        let private = bot.workspace.ephemerals(DANA);
        private
            .iter()
            .find(|e| e.message.ts == ts)
            .unwrap()
            .message
            .plain()
    };
    assert!(
        shown(&question.ts).contains("api is no longer watched"),
        "{}",
        shown(&question.ts)
    );
    assert!(
        bot.health("list")
            .await
            .contains("No server is watched yet")
    );
    for label in ["Remove", "Keep"] {
        bot.workspace
            .press(DANA, "ops", &older.ts, label)
            .await
            .unwrap();
    }
    answers(&bot, 4).await;
    assert!(bot.newest_private().plain().contains("no longer there"));
}

async fn the_helps_buttons_show_what_they_say() {
    let bot = Bot::start().await;
    for (label, shown) in [
        ("Show status", "No server is watched yet"),
        ("List servers", "No server is watched yet"),
        ("How to add a server", "/health add NAME URL"),
    ] {
        let answer = bot.press_private_after("help", label).await;
        assert!(answer.contains(shown), "{label}: {answer}");
    }
}

async fn an_answers_own_buttons_flip_in_their_place() {
    let bot = Bot::start().await;
    let target = Target::http().await.unwrap();
    let added = bot
        .health(&format!("add api {} interval=1d", target.url()))
        .await;
    assert!(added.contains("is watched from now on"));
    assert_eq!(bot.newest_private().buttons(), ["Check now", "Alerts off"]);
    assert!(
        bot.press_private("Alerts off")
            .await
            .contains("are now off")
    );
    assert_eq!(bot.newest_private().buttons(), ["Alerts on"]);
    assert!(bot.press_private("Alerts on").await.contains("are now on"));
    assert_eq!(bot.workspace.ephemerals(DANA).len(), 1, "all in one place");
    let checked = bot.press_private_after("status api", "Check now").await;
    assert!(checked.contains("It answered in"), "{checked}");
    assert_eq!(
        bot.workspace.ephemerals(DANA).len(),
        3,
        "a check answers below the status"
    );
}

async fn a_press_acts_whatever_slack_leaves_out_or_adds() {
    let bot = Bot::start().await;
    let (_target, message) = failure(&bot).await;
    let odd = [
        json!({"team": null, "enterprise": null, "channel": null, "message": null, "trigger_id": null}),
        json!({"message": {"metadata": {"event_type": "x", "event_payload": {"number": 1, "deep": [{"a": 1.5}]}}}}),
        json!({"response_url": "https://evil.example/steal"}),
        json!({"response_url": "", "state": {"values": {"x": {"y": {"type": "new_kind"}}}}, "unknown": [1, null]}),
    ];
    let (mut label, mut flipped) = ("Alerts off", "Alerts on");
    let mut shown = message;
    for extra in odd {
        let mut payload = bare_press(&bot, button(&shown, label));
        payload
            .as_object_mut()
            .unwrap()
            .extend(extra.as_object().unwrap().clone());
        assert_eq!(send(&bot, &payload).await, (200, String::new()), "{extra}");
        shown = with_buttons(
            &bot,
            &shown,
            ["Acknowledge", "Mute 1h", flipped, "Check now"],
        )
        .await;
        (label, flipped) = (flipped, label);
    }
    let answered = bot.workspace.journal();
    assert!(
        answered.iter().all(|call| call.method != RESPONSE_URL),
        "there was nowhere to answer"
    );
}

async fn what_means_nothing_is_taken_and_changes_nothing() {
    let bot = Bot::start().await;
    let target = Target::http().await.unwrap();
    bot.add("api", &target, "interval=1d").await;
    let before = bot.health("list").await;
    let press = |id: &str, value: &str| bare_press(&bot, (id.to_owned(), value.to_owned()));
    let user = json!({"id": "U1", "team_id": "T1"});
    let payloads = [
        press("mute_forever", "srv_0000000000000001"),
        press("alerts_off", "not an id"),
        press("alerts_off", "srv_ffffffffffffffff"),
        press("remove", ""),
        press("list", "1"),
        press("list", "99999999999999999999999,,"),
        press("help", "nothing"),
        press("", ""),
        json!({"type": "block_actions", "user": user}),
        json!({"type": "block_actions", "user": user, "actions": []}),
        json!({"type": "block_actions", "actions": [{}]}),
        json!({"type": "shortcut", "callback_id": "x", "user": user}),
        json!({"type": "message_action", "user": user}),
        json!({"type": "view_submission", "user": user, "view": {"callback_id": "unknown"}}),
        json!({"type": "view_closed", "user": user, "view": {}}),
        json!({"type": "workflow_step_edit"}),
        json!({"user": user}),
        json!([]),
        json!(null),
    ];
    for payload in payloads {
        assert_eq!(
            send(&bot, &payload).await,
            (200, String::new()),
            "{payload}"
        );
    }
    for body in ["payload=", "payload=%00", "payload={", "nonsense", ""] {
        let answer = bot.slack_sends("/slack/interactions", body).await;
        assert_eq!(answer, (200, String::new()), "{body}");
    }
    assert_eq!(bot.health("list").await, before);
}

async fn the_buttons_are_not_for_everyone() {
    let bot = Bot::start_in(
        |options| {
            options
                .users
                .push(SeedUser::foreign("mallory", "Mallory", "T0OTHER"));
            options.channels[1].shared = true;
        },
        |config, workspace| {
            config
                .operators
                .insert(UserId::new(workspace.user(DANA).unwrap().id));
        },
    )
    .await;
    bot.knows_its_workspace().await;
    let (_target, message) = failure(&bot).await;
    let told = |user: &'static str, count: usize| {
        bot.workspace.wait_for(move |state| {
            state
                .ephemerals(user)
                .nth(count)
                .map(|shown| shown.message.plain())
        })
    };
    for (user, why) in [
        ("lee", "You may look, but not change anything"),
        ("mallory", "I belong to another workspace"),
    ] {
        bot.workspace
            .press(user, "ops", &message.ts, "Alerts off")
            .await
            .unwrap();
        let answer = told(user, 0).await;
        assert!(answer.contains(why), "{user}: {answer}");
    }
    bot.workspace
        .press("lee", "ops", &message.ts, "Check now")
        .await
        .unwrap();
    assert!(
        told("lee", 1).await.contains("refused"),
        "whoever may look may check"
    );
    bot.workspace
        .press("mallory", "ops", &message.ts, "Check now")
        .await
        .unwrap();
    assert!(
        !told("mallory", 1).await.contains("refused"),
        "a stranger is told nothing"
    );
    assert!(bot.health("list off").await.contains("No server matches"));
    assert_eq!(edits(&bot), 0);
}
