//! `/health add`, in every form that people and Slack write it, and what it answers.

use healthbot::demo::{Mode, RESPONSE_URL, Target};

use crate::harness::bot::{Bot, DANA};
use crate::harness::transport::over_both;

over_both![
    add_takes_every_form_that_people_and_slack_write,
    add_says_what_the_first_probe_found_and_keeps_the_server_whatever_it_was,
    a_slow_server_is_acknowledged_and_answered_through_the_response_url,
];

async fn add_takes_every_form_that_people_and_slack_write() {
    let bot = Bot::start().await;
    let (web, socket) = (
        Target::http().await.unwrap(),
        Target::web_socket().await.unwrap(),
    );
    let (w, s) = (web.addr(), socket.addr());
    // What is sent after `add`, the name that is asked for then, and what its details show.
    let forms: Vec<(String, &str, Vec<String>)> = vec![
        (
            format!("plain http://{w}/health"),
            "plain",
            vec![format!("http://{w}/health"), "HTTP GET (type 1)".into()],
        ),
        (
            format!("linked <http://{w}/a|{w}/a>"),
            "linked",
            vec![format!("http://{w}/a")],
        ),
        (
            format!("bare <http://{w}/b>"),
            "bare",
            vec![format!("http://{w}/b")],
        ),
        (
            format!("query <http://{w}/?a=1&amp;b=2>"),
            "query",
            vec![format!("http://{w}/?a=1&b=2")],
        ),
        (
            format!("\"two words\" http://{w}/"),
            "\"two words\"",
            vec!["two words".into()],
        ),
        (
            format!("“결제 서버” http://{w}/"),
            "“결제 서버”",
            vec!["결제 서버".into()],
        ),
        (format!("한글 http://{w}/"), "한글", vec!["한글".into()]),
        (
            format!("\u{a0}nbsp\u{a0}http://{w}/\u{a0}"),
            "nbsp",
            vec![format!("http://{w}/")],
        ),
        (
            format!("port {w}"),
            "port",
            vec![format!("http://{w}/"), "HTTP GET (type 1)".into()],
        ),
        (
            format!("path {w}/x?y=1"),
            "path",
            vec![format!("http://{w}/x?y=1")],
        ),
        (
            format!("upper HTTP://{w}/ ENV=live"),
            "UPPER",
            vec!["LIVE".into()],
        ),
        (
            format!("socket ws://{s}/"),
            "socket",
            vec![format!("ws://{s}/"), "WebSocket (type 2)".into()],
        ),
        (
            format!("four ws://{s}/ type=4"),
            "four",
            vec!["WebSocket (type 4)".into()],
        ),
        (
            format!("three {s} type=3"),
            "three",
            vec![format!("ws://{s}/"), "WebSocket (type 3)".into()],
        ),
        (
            format!("tls https://{w}/ timeout=100ms"),
            "tls",
            vec![format!("https://{w}/")],
        ),
        (
            format!("wss wss://{w}/ timeout=100ms"),
            "wss",
            vec![format!("wss://{w}/"), "WebSocket".into()],
        ),
        (
            format!(
                "keys env=stage alerts=off type=6 interval=2m timeout=500ms failures=3 recoveries=2 url=<http://{w}/k>"
            ),
            "keys",
            vec![
                "STAGE".into(),
                "🔕 off".into(),
                "(type 6)".into(),
                "every 2m, within 500ms".into(),
                "3 failures, 2 recoveries".into(),
                format!("http://{w}/k"),
            ],
        ),
        (
            format!("defaults http://{w}/"),
            "defaults",
            vec![
                "UNKNOWN".into(),
                "🔔 on".into(),
                "every 30s, within 3s".into(),
                "2 failures, 1 recovery".into(),
            ],
        ),
    ];
    for (line, name, facts) in &forms {
        let answer = bot.health_as_sent(&format!("add {line}")).await;
        assert!(
            answer.contains("is watched from now on"),
            "{line}: {answer}"
        );
        let detail = bot.health_as_sent(&format!("status {name}")).await;
        for fact in facts {
            assert!(detail.contains(fact), "{line}: {fact} in {detail}");
        }
    }
    let list = bot.health("list").await;
    assert!(list.contains(&format!("{} servers", forms.len())), "{list}");
}

async fn add_says_what_the_first_probe_found_and_keeps_the_server_whatever_it_was() {
    let bot = Bot::start().await;
    let target = Target::http().await.unwrap();
    let answer = bot.health(&format!("add up {}", target.url())).await;
    assert!(
        answer.contains("It answered in") && answer.contains("No channel is told"),
        "{answer}"
    );
    for (name, mode, kind) in [
        ("dead", Mode::Refusing, "refused"),
        ("ill", Mode::Failing, "http status"),
    ] {
        let target = Target::http().await.unwrap();
        target.set(mode).await;
        let answer = bot.health(&format!("add {name} {}", target.url())).await;
        assert!(
            answer.contains("is watched from now on") && answer.contains(kind),
            "{answer}"
        );
        assert!(bot.health("list").await.contains(name));
    }
    let answer = bot.health("add nowhere http://no-such-host.invalid/").await;
    assert!(
        answer.contains("is watched from now on") && answer.contains("dns"),
        "{answer}"
    );
    bot.health("subscribe").await;
    let answer = bot.health(&format!("add heard {}", target.url())).await;
    assert!(!answer.contains("No channel is told"), "{answer}");
    let line = format!("add \"so still\" {} alerts=off", target.url());
    let answer = bot.health(&line).await;
    assert!(
        answer.contains("Its alerts are off") && answer.contains("/health on \"so still\""),
        "{answer}"
    );
    assert!(!answer.contains("No channel is told"), "{answer}");
    assert_eq!(bot.newest_private().buttons(), ["Check now", "Alerts on"]);
}

async fn a_slow_server_is_acknowledged_and_answered_through_the_response_url() {
    let bot = Bot::start().await;
    let target = Target::http().await.unwrap();
    target.set(Mode::Silent).await;
    let line = format!("/health add slow {} timeout=2s", target.url());
    let answer = bot.workspace.command(DANA, "ops", &line).await.unwrap();
    assert_eq!(
        (answer.status, answer.body.as_str()),
        (200, ""),
        "acknowledged at once"
    );
    let late = bot
        .workspace
        .wait_for(|state| state.ephemerals(DANA).next().cloned())
        .await;
    let text = late.message.plain();
    assert!(
        text.contains("slow is watched from now on") && text.contains("timeout"),
        "{text}"
    );
    assert!(bot.workspace.messages("ops").is_empty());
    let calls = bot.workspace.journal();
    assert_eq!(
        calls
            .iter()
            .filter(|call| call.method == RESPONSE_URL)
            .count(),
        1
    );
}
