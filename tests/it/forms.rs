//! Forms: the shortcut, the command without arguments, mistakes on the right field, editing, many at once.

use healthbot::demo::{Effect, Fault, Mode, Target};
use healthbot::domain::ids::UserId;
use serde_json::json;

use crate::harness::bot::{Bot, DANA};
use crate::harness::transport::over_both;

over_both![
    the_shortcut_opens_a_form_that_adds_a_server_and_shows_its_first_check,
    add_without_arguments_opens_the_form_or_says_what_to_type,
    each_mistake_stands_below_its_field,
    several_mistakes_are_told_at_once,
    a_server_is_edited_in_a_form_that_holds_what_it_is,
    a_form_about_a_server_that_is_gone_says_so,
    a_slow_first_check_keeps_nobody_waiting_for_an_answer,
    many_servers_are_looked_at_before_they_are_added,
    who_may_not_change_things_neither_opens_a_form_nor_has_one_saved,
    the_welcome_offers_to_add_the_first_server,
];

/// The labels of the form about one server, in its order.
const LABELS: [&str; 8] = [
    "Name",
    "Address",
    "Environment",
    "Type",
    "Interval",
    "Timeout",
    "Failures",
    "Recoveries",
];

fn labels(view: &healthbot::demo::View) -> Vec<&str> {
    let blocks = view.blocks().iter();
    blocks
        .filter_map(|block| block["label"]["text"].as_str())
        .collect()
}

async fn the_shortcut_opens_a_form_that_adds_a_server_and_shows_its_first_check() {
    let bot = Bot::start().await;
    let target = Target::http().await.unwrap();
    let form = bot.open_form().await;
    assert_eq!(labels(&form), LABELS);
    assert!(
        form.plain().contains("Interval: [30s, as by default]"),
        "{}",
        form.plain()
    );
    bot.submit(&[
        ("Name", "my api"),
        ("Address", &target.url()),
        ("Environment", "LIVE"),
        ("Interval", "1d"),
    ])
    .await;
    let note = bot
        .modal_reads(|text| text.contains("my api is watched from now on"))
        .await
        .plain();
    assert!(note.contains("🟢 It answered in"), "{note}");
    assert!(note.contains("No channel is told"), "{note}");
    let status = bot.health("status \"my api\"").await;
    for part in ["LIVE", "type 1", "every 1d, within 3s"] {
        assert!(status.contains(part), "{part}: {status}");
    }
}

async fn add_without_arguments_opens_the_form_or_says_what_to_type() {
    let bot = Bot::start().await;
    let typed = bot
        .workspace
        .command(DANA, "ops", "/health add")
        .await
        .unwrap();
    assert_eq!((typed.status, typed.body.as_str()), (200, ""));
    bot.modal_reads(|text| text.contains("Add a server")).await;
    bot.workspace.close_view(DANA).await.unwrap();
    let fault = Fault::once("views.open", Effect::Error("expired_trigger_id".into()));
    bot.workspace.fault(fault);
    let answer = bot.health("add").await;
    assert!(answer.contains("/health add api https://"), "{answer}");
    assert!(bot.workspace.modal(DANA).is_none());
}

async fn each_mistake_stands_below_its_field() {
    let bot = Bot::start().await;
    let target = Target::http().await.unwrap();
    bot.add("taken", &target, "interval=1d").await;
    let good = target.url();
    let cases: [(&str, &str, &str, &str); 12] = [
        ("Name", " ", "name", "Name is missing"),
        (
            "Name",
            "TAKEN",
            "name",
            "There already is a server called taken.",
        ),
        ("Address", "nonsense", "address", "is no address"),
        ("Address", "ftp://10.0.0.5/", "address", "not ftp://"),
        ("Address", "http://u:p@10.0.0.5/", "address", "password out"),
        ("Address", "http://169.254.169.254/", "address", ""),
        ("Type", "2", "type", "Type 2 is checked by WebSocket"),
        ("Interval", "30", "interval", "such as 30s"),
        ("Interval", "2d", "interval", "between 1s and 1d"),
        ("Timeout", "61s", "timeout", "between 100ms and 60s"),
        ("Failures", "11", "failures", "from 1 to 10"),
        ("Recoveries", "none", "recoveries", "from 1 to 10"),
    ];
    bot.open_form().await;
    for (label, text, block, says) in cases {
        let mut filled = vec![("Name", "api"), ("Address", good.as_str())];
        filled.retain(|(field, _)| *field != label);
        filled.push((label, text));
        let answer = bot.submit(&filled).await.json.unwrap();
        assert_eq!(
            answer["response_action"], "errors",
            "{label}={text}: {answer}"
        );
        let errors = answer["errors"].as_object().unwrap();
        assert_eq!(errors.keys().collect::<Vec<_>>(), [block], "{answer}");
        let error = errors[block].as_str().unwrap();
        assert!(error.contains(says) && !error.contains('`'), "{error}");
    }
    assert!(
        bot.health("list").await.contains("1 server"),
        "nothing was saved"
    );
    // What was wrong can be mended in the same form.
    bot.submit(&[("Name", "api"), ("Address", &good), ("Interval", "1d")])
        .await;
    bot.modal_reads(|text| text.contains("api is watched"))
        .await;
}

async fn several_mistakes_are_told_at_once() {
    let bot = Bot::start().await;
    bot.open_form().await;
    let filled = [
        ("Name", "a"),
        ("Address", "x"),
        ("Timeout", "1h"),
        ("Failures", "0"),
    ];
    let answer = bot.submit(&filled).await.json.unwrap();
    let errors = answer["errors"].as_object().unwrap();
    let wrong: Vec<_> = errors.keys().map(String::as_str).collect();
    assert_eq!(wrong, ["address", "failures", "timeout"]);
}

async fn a_server_is_edited_in_a_form_that_holds_what_it_is() {
    let bot = Bot::start().await;
    let (target, socket) = (
        Target::http().await.unwrap(),
        Target::web_socket().await.unwrap(),
    );
    bot.add("api", &target, "interval=1d timeout=2s failures=4 env=DEV")
        .await;
    let typed = bot.workspace.command(DANA, "ops", "/health edit API").await;
    assert_eq!(typed.unwrap().body, "");
    bot.modal_reads(|text| text.contains("Edit server")).await;
    bot.workspace.close_view(DANA).await.unwrap();
    bot.open_home().await;
    bot.press_home(DANA, Some("api"), "Edit").await;
    let form = bot.modal_reads(|text| text.contains("Edit server")).await;
    assert_eq!(labels(&form), LABELS);
    let held = [
        "Name: [api]".to_owned(),
        format!("Address: [{}", target.url()),
        "Environment: [DEV]".into(),
        "Type: [1 (HTTP GET)]".into(),
        "Interval: [1d]".into(),
        "Timeout: [2s]".into(),
        "Failures: [4]".into(),
        "Recoveries: [1, as by default]".into(),
    ];
    for held in held {
        assert!(form.plain().contains(&held), "{held}: {}", form.plain());
    }
    let contradiction = bot
        .submit(&[("Address", &socket.url())])
        .await
        .json
        .unwrap();
    assert!(
        contradiction["errors"]["type"].is_string(),
        "{contradiction}"
    );
    bot.submit(&[
        ("Name", "chat"),
        ("Address", &socket.url()),
        ("Type", "By address"),
        ("Timeout", ""),
        ("Recoveries", "3"),
    ])
    .await;
    let note = bot
        .modal_reads(|text| text.contains("chat is changed"))
        .await;
    assert!(
        note.plain().contains("🟢 It answered in"),
        "{}",
        note.plain()
    );
    let status = bot.health("status chat").await;
    for part in [
        "WebSocket (type 2)",
        "every 1d, within 3s",
        "4 failures, 3 recoveries",
        "DEV",
    ] {
        assert!(status.contains(part), "{part}: {status}");
    }
    assert!(
        bot.health("status api")
            .await
            .contains("no server called api")
    );
    bot.home_reads(|text| text.contains("chat  🟢 up")).await;
}

async fn a_form_about_a_server_that_is_gone_says_so() {
    let bot = Bot::start().await;
    let target = Target::http().await.unwrap();
    bot.add("api", &target, "interval=1d").await;
    bot.open_home().await;
    bot.press_home(DANA, Some("api"), "Edit").await;
    bot.modal_reads(|text| text.contains("Edit server")).await;
    bot.press_private_after("remove api", "Remove").await;
    bot.submit(&[]).await;
    bot.modal_reads(|text| text.contains("no longer there"))
        .await;
}

async fn a_slow_first_check_keeps_nobody_waiting_for_an_answer() {
    let bot = Bot::start().await;
    let target = Target::http().await.unwrap();
    target.set(Mode::Silent).await;
    bot.open_form().await;
    let answer = bot
        .submit(&[
            ("Name", "api"),
            ("Address", &target.url()),
            ("Timeout", "2500ms"),
        ])
        .await;
    assert_eq!(answer.json.unwrap()["response_action"], "update");
    let waiting = bot.workspace.modal(DANA).unwrap().plain();
    assert!(waiting.contains("The check takes its time"), "{waiting}");
    bot.modal_reads(|text| text.contains("api is watched") && text.contains("timeout"))
        .await;
}

async fn many_servers_are_looked_at_before_they_are_added() {
    let bot = Bot::start().await;
    let (one, two) = (
        Target::http().await.unwrap(),
        Target::web_socket().await.unwrap(),
    );
    bot.add("taken", &one, "interval=1d").await;
    bot.open_form().await;
    bot.workspace
        .press_modal(DANA, "Add many", &[])
        .await
        .unwrap();
    let form = bot
        .modal_reads(|text| text.contains("NAME URL key=value"))
        .await;
    assert_eq!(form.body()["submit"]["text"], "Check");
    let empty = bot.submit(&[("Servers", " \n ")]).await.json.unwrap();
    assert!(empty["errors"]["servers"].is_string(), "{empty}");
    let wrong = format!(
        "one {} env=LIVE interval=1d\n\ntaken {}\nbad nonsense\nevil http://169.254.169.254/\nOne {}",
        one.url(),
        one.url(),
        one.url()
    );
    bot.submit(&[("Servers", &wrong)]).await;
    let looked = bot
        .modal_reads(|text| text.contains("4 lines have to be mended"))
        .await;
    let text = looked.plain();
    for part in [
        "✅ one  LIVE  HTTP GET",
        "❌ Line 3: There already is a server called taken",
        "❌ Line 4: “nonsense” is no address",
        "❌ Line 5: ",
        "❌ Line 6: One stands there twice",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert_eq!(looked.body()["submit"]["text"], "Check again");
    // Sent again as it is, it is looked at again.
    bot.submit(&[]).await;
    assert!(bot.health("list").await.contains("1 server"));
    let sound = format!(
        "one {} interval=1d\n\"two two\" {} interval=1d",
        one.url(),
        two.url()
    );
    bot.submit(&[("Servers", &sound)]).await;
    let looked = bot
        .modal_reads(|text| text.contains("Every line is sound"))
        .await;
    assert_eq!(looked.body()["submit"]["text"], "Add 2 servers");
    assert!(
        bot.health("list").await.contains("1 server"),
        "a dry run adds nothing"
    );
    // Changed after it was looked at, it is looked at again.
    bot.submit(&[("Servers", &format!("{sound}\nthree nonsense"))])
        .await;
    bot.modal_reads(|text| text.contains("1 line has to be mended"))
        .await;
    bot.submit(&[("Servers", &sound)]).await;
    bot.modal_reads(|text| text.contains("Every line is sound"))
        .await;
    bot.submit(&[]).await;
    let added = bot
        .modal_reads(|text| text.contains("2 servers are watched"))
        .await;
    let text = added.plain();
    assert!(text.contains("one  🟢 It answered") && text.contains("two two  🟢 It answered"));
    assert!(bot.health("list").await.contains("3 servers"));
}

async fn who_may_not_change_things_neither_opens_a_form_nor_has_one_saved() {
    let bot = Bot::start_in(
        |_| {},
        |config, workspace| {
            let lee = workspace.user("lee").unwrap().id;
            config.operators.insert(UserId::new(lee));
        },
    )
    .await;
    assert!(bot.health("add").await.contains("not change anything"));
    bot.workspace.shortcut(DANA, "add_server").await.unwrap();
    let form = json!({
        "type": "view_submission",
        "user": {"id": bot.workspace.user(DANA).unwrap().id},
        "view": {"id": "V1", "callback_id": "add_server", "state": {"values": {
            "name": {"value": {"value": "api"}}, "address": {"value": {"value": "http://127.0.0.1:1/"}},
        }}},
    });
    let (_, said) = bot.slack_sends_interaction(&form).await;
    assert!(said.contains("not change anything"), "{said}");
    assert!(
        bot.health("list")
            .await
            .contains("No server is watched yet")
    );
    assert!(bot.workspace.modal(DANA).is_none());
}

async fn the_welcome_offers_to_add_the_first_server() {
    let bot = Bot::start().await;
    let welcome = bot.invite("ops").await;
    assert_eq!(welcome.buttons(), ["Add server", "Unsubscribe"]);
    let pressed = bot
        .workspace
        .press(DANA, "ops", &welcome.ts, "Add server")
        .await;
    assert_eq!(pressed.unwrap().status, 200);
    bot.modal_reads(|text| text.contains("Add a server")).await;
    assert!(
        bot.workspace.ephemerals(DANA).is_empty(),
        "nothing more is said"
    );
    let target = Target::http().await.unwrap();
    bot.submit(&[
        ("Name", "api"),
        ("Address", &target.url()),
        ("Interval", "1d"),
    ])
    .await;
    bot.modal_reads(|text| text.contains("api is watched"))
        .await;
    assert_eq!(bot.invite("general").await.buttons(), ["Unsubscribe"]);
}
