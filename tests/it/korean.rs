//! The bot in Korean, from signed requests to what a person reads. What each text says is in the snapshots of `looks`.

use healthbot::config::Secret;
use healthbot::demo::{Message, Mode, Target};
use healthbot::domain::language::Language;
use serde_json::json;

use crate::harness::api::TOKEN;
use crate::harness::bot::{Bot, DANA};
use crate::harness::mistakes::MISTAKES;
use crate::harness::prose;

async fn korean() -> Bot {
    Bot::start_with(|config| config.language = Language::Korean).await
}

/// Holds a message against everything that can be held against Korean prose.
fn judge(line: &str, message: &Message, known: &[&str]) {
    let shown = json!({"text": message.text, "blocks": message.blocks});
    assert!(prose::is_korean(&message.text), "{line}: {}", message.text);
    assert_eq!(prose::faults(&shown, known), Vec::<String>::new(), "{line}");
}

/// Every line of the grammar, in an order in which each finds what it needs; the addresses are filled in.
const LINES: [&str; 52] = [
    "",
    "help",
    "help add",
    "help edit",
    "list",
    "status",
    "channels",
    "settings",
    "add api URL env=LIVE",
    "add API URL",
    "add metadata http://169.254.169.254/",
    "edit api interval=10s failures=3",
    "edit api interval=10s",
    "edit api url=URL/x",
    "edit api interval=default",
    "list env=LIVE",
    "list down env=DEV",
    "status api",
    "status apu",
    "status nothing-like-it",
    "check api",
    "off api",
    "off api",
    "on api",
    "off all",
    "on all",
    "mute api 1h",
    "on api",
    "unmute api",
    "off api",
    "unmute api",
    "on api",
    "ack api",
    "history api",
    "subscribe",
    "subscribe #ops env=LIVE,STAGE",
    "channels",
    "unsubscribe #ops",
    "unsubscribe #ops",
    "channel create alerts",
    "channel create ops",
    "channel rename #alerts pages",
    "channel archive #pages",
    "webhook add pager HOOK",
    "webhook add pager HOOK",
    "webhook rename pager beeper",
    "webhook rename beeper beeper",
    "webhook rename pagr other",
    "webhook remove beeper",
    "settings interval=15s remind=30m",
    "settings interval=15s",
    "add still URL alerts=off",
];

#[tokio::test]
async fn every_line_of_the_grammar_is_answered_in_korean() {
    let bot = korean().await;
    let target = Target::http().await.unwrap();
    let hook = bot.workspace.add_webhook("random").unwrap();
    for line in LINES {
        let line = line.replace("URL", &target.url()).replace("HOOK", &hook);
        bot.health(&line).await;
        judge(&line, &bot.newest_private(), &[]);
    }
    for (ask, kept) in [
        ("remove api", "유지"),
        ("remove api", "삭제"),
        ("remove still", "삭제"),
    ] {
        bot.health(ask).await;
        assert_eq!(bot.newest_private().buttons(), ["삭제", "유지"]);
        bot.press_private(kept).await;
        judge(ask, &bot.newest_private(), &[]);
    }
    assert!(
        bot.health("list")
            .await
            .contains("아직 감시하는 서버가 없습니다")
    );
    let test = &bot.workspace.messages("random")[0];
    judge("the test of a webhook", test, &[]);
}

#[tokio::test]
async fn every_mistake_is_answered_in_korean_with_a_line_that_works() {
    let bot = korean().await;
    for (line, _) in MISTAKES {
        let answer = bot.health_as_sent(line).await;
        assert!(answer.contains("예: /health "), "{line}: {answer}");
        judge(line, &bot.newest_private(), &[]);
    }
}

#[tokio::test]
async fn an_outage_is_told_taken_on_and_resolved_in_korean() {
    let bot = korean().await;
    bot.workspace.invite_bot("ops").await.unwrap();
    let find = |part: &'static str| move |m: &Message| m.plain().contains(part);
    judge("welcome", &bot.message("ops", find("앞으로")).await, &[]);
    let target = Target::http().await.unwrap();
    target.set(Mode::Refusing).await;
    let line = format!("add api {} interval=1s failures=1", target.url());
    bot.health(&line).await;
    let failure = bot.message("ops", find("api 장애 발생")).await;
    judge("failure", &failure, &[]);
    assert_eq!(
        failure.buttons(),
        ["장애 확인", "1시간 음소거", "알림 끄기", "지금 점검"]
    );
    let answer = bot.press("ops", &failure, "장애 확인").await;
    assert!(answer.contains("장애를 확인했습니다"), "{answer}");
    let taken = bot.message("ops", find("님이 확인했습니다")).await;
    assert_eq!(taken.ts, failure.ts);
    judge("taken on", &taken, &[]);
    target.set(Mode::Healthy).await;
    let resolved = bot.message("ops", find("🟢 api 복구됨")).await;
    judge("resolved", &resolved, &[]);
    let reply = |m: &Message| m.thread_ts.is_some() && m.plain().contains("복구됨");
    judge("recovery", &bot.message("ops", reply).await, &[]);
}

#[tokio::test]
async fn home_and_the_forms_speak_korean() {
    let bot = korean().await;
    let target = Target::http().await.unwrap();
    let home = bot.open_home().await.plain();
    assert!(home.contains("아직 감시하는 서버가 없습니다"), "{home}");
    bot.press_home(DANA, None, "서버 추가").await;
    let form = bot.modal_reads(|text| text.contains("이름")).await;
    let found = prose::faults(form.body(), &["api https"]);
    assert_eq!(found, Vec::<String>::new());
    let wrong = bot.submit(&[("이름", "api"), ("주소", "nonsense")]).await;
    let wrong = wrong.json.unwrap();
    let error = wrong["errors"]["address"].as_str().unwrap();
    assert!(error.contains("주소가 아닙니다"), "{error}");
    bot.submit(&[("이름", "api"), ("주소", &target.url())])
        .await;
    bot.modal_reads(|text| text.contains("감시를 시작합니다"))
        .await;
    let row = |text: &str| text.contains("api  🟢 정상") && text.contains("[알림 끄기]");
    bot.home_reads(row).await;
    let off = |text: &str| text.contains("🔕 알림 꺼짐") && text.contains("api 알림 끄기 (홈)");
    bot.on_home(Some("api"), "알림 끄기", off).await;
    let home = bot.workspace.home(DANA).unwrap();
    assert_eq!(prose::faults(home.body(), &[]), Vec::<String>::new());
}

#[tokio::test]
async fn what_programs_read_stays_english() {
    let bot = Bot::start_with(|config| {
        config.language = Language::Korean;
        config.admin_token = Some(Secret::new(TOKEN));
    })
    .await;
    let body = json!({"host_name": "a", "host": "127.0.0.1", "port": 0});
    let refused = bot.api("POST", "/servers").json(&body).await;
    assert_eq!(refused.status, 422);
    assert!(!prose::is_korean(&refused.text), "{}", refused.text);
}
