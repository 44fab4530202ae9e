//! Reconciling with the inventory step by step: what returns, what is half gone, what has not changed, what is too much.

use std::collections::BTreeMap;

use healthbot::demo::Target;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::harness::bot::Bot;
use crate::harness::company::{Company, INVENTORY_TOKEN, entry};

/// A list of servers at one target that have these names.
fn named(target: &Target, names: &str) -> Value {
    let names = names.chars().map(|name| name.to_string());
    names.map(|name| entry(&name, target, "LIVE")).collect()
}

/// The counts of a report: added, updated, removed, unchanged, held.
fn counts(report: &Value) -> [u64; 5] {
    ["added", "updated", "removed", "unchanged", "held"]
        .map(|count| report[count].as_u64().unwrap())
}

async fn names(bot: &Bot) -> Vec<String> {
    let list = bot.read("/servers").await;
    let items = list["items"].as_array().unwrap();
    let mut names: Vec<_> = items
        .iter()
        .map(|item| item["host_name"].as_str().unwrap().to_owned())
        .collect();
    names.sort();
    names
}

#[tokio::test]
async fn what_returns_in_time_stays_and_what_returns_late_is_new() {
    let target = Target::http().await.unwrap();
    let company = Company::start(named(&target, "abc")).await;
    let bot = company.bot_by_hand().await;
    company.sync(&bot).await;
    company.says(200, named(&target, "ab"));
    for _ in 0..2 {
        assert_eq!(counts(&company.sync(&bot).await), [0, 0, 0, 2, 0]);
    }
    company.says(200, named(&target, "abc"));
    assert_eq!(counts(&company.sync(&bot).await), [0, 0, 0, 3, 0]);
    company.says(200, named(&target, "ab"));
    for removed in [0, 0, 1] {
        assert_eq!(
            counts(&company.sync(&bot).await),
            [0, 0, removed, 2, 0],
            "the count began anew"
        );
    }
    assert_eq!(names(&bot).await, ["a", "b"]);
    company.says(200, named(&target, "abc"));
    assert_eq!(counts(&company.sync(&bot).await), [1, 0, 0, 2, 0]);
}

#[tokio::test]
async fn half_may_vanish_and_more_than_half_is_held() {
    let target = Target::http().await.unwrap();
    let company = Company::start(named(&target, "abcd")).await;
    let bot = company.bot_by_hand().await;
    company.sync(&bot).await;
    company.says(200, named(&target, "ab"));
    for removed in [0, 0, 2] {
        assert_eq!(counts(&company.sync(&bot).await), [0, 0, removed, 2, 0]);
    }
    company.says(200, named(&target, "abcde"));
    company.sync(&bot).await;
    company.says(200, named(&target, "ab"));
    for _ in 0..5 {
        assert_eq!(counts(&company.sync(&bot).await), [0, 0, 0, 2, 3]);
    }
    assert_eq!(names(&bot).await.len(), 5);
}

#[tokio::test]
async fn a_list_that_has_not_changed_is_not_sent_again_and_still_counts() {
    let target = Target::http().await.unwrap();
    let company = Company::start(named(&target, "abc")).await;
    let bot = company.bot_by_hand().await;
    company.sync(&bot).await;
    company.says(200, named(&target, "ab"));
    for removed in [0, 0, 1] {
        assert_eq!(counts(&company.sync(&bot).await)[2], removed);
    }
    assert_eq!(company.answered(), [200, 304, 200, 304, 304]);
    // What was no list is not taken for the last one.
    company.says(200, "nonsense");
    bot.api("POST", "/inventory/sync").send().await.problem(424);
    company.says(200, named(&target, "ab"));
    assert_eq!(counts(&company.sync(&bot).await), [0, 0, 0, 2, 0]);
}

#[tokio::test]
async fn a_list_larger_than_is_read_changes_nothing() {
    let target = Target::http().await.unwrap();
    let company = Company::start(named(&target, "ab")).await;
    let bot = company.bot_by_hand().await;
    company.sync(&bot).await;
    let mut list = named(&target, "a").to_string();
    list.push_str(&" ".repeat(healthbot::inventory::BODY_BYTES));
    company.says(200, list);
    let problem = bot.api("POST", "/inventory/sync").send().await.problem(424);
    assert!(
        problem["detail"]
            .as_str()
            .unwrap()
            .contains("larger than 32 MiB"),
        "{problem}"
    );
    assert_eq!(names(&bot).await, ["a", "b"]);
}

#[tokio::test]
async fn prometheus_service_discovery_is_read_too() {
    let company = Company::start(json!([
        {"targets": ["10.0.0.1:80", "10.0.0.2:80"], "labels": {"environment": "stage", "path": "/up"}},
        {"targets": ["10.0.0.3:443"], "labels": {"host_name": "chat", "scheme": "wss", "type": "3", "environment": "LIVE"}},
        {"targets": ["169.254.169.254:80", "no port"], "labels": {}},
    ]))
    .await;
    let bot = company.bot_by_hand().await;
    let report = company.sync(&bot).await;
    assert_eq!(report["skipped"].as_array().unwrap().len(), 2, "{report}");
    let list = bot.read("/servers").await;
    let all = list["items"].as_array().unwrap().iter();
    let all: BTreeMap<_, _> = all
        .map(|item| (item["host_name"].as_str().unwrap(), item))
        .collect();
    assert_eq!(
        all.keys().copied().collect::<Vec<_>>(),
        ["10.0.0.1:80", "10.0.0.2:80", "chat"]
    );
    let chat = all["chat"];
    assert_eq!(
        (&chat["tls"], &chat["type"], &chat["source"]),
        (&json!(true), &json!(3), &json!("inventory"))
    );
    let first = all["10.0.0.1:80"];
    assert_eq!(
        (&first["path"], &first["environment"]),
        (&json!("/up"), &json!("STAGE"))
    );
}

#[tokio::test]
async fn what_reconciling_does_is_told_as_metrics() {
    let target = Target::http().await.unwrap();
    let company = Company::start(named(&target, "abc")).await;
    let bot = company.bot_by_hand().await;
    company.sync(&bot).await;
    let mut list = named(&target, "ab");
    list[0]["environment"] = json!("DEV");
    list.as_array_mut()
        .unwrap()
        .push(json!({"host_name": "odd", "host": "10.0.0.1", "port": 0}));
    company.says(200, &list);
    company.sync(&bot).await;
    company.says(500, "");
    bot.api("POST", "/inventory/sync").send().await.problem(424);
    let text = bot.ask("GET", "/metrics").send().await.text;
    for sample in [
        "syncs_total{result=\"ok\"} 3",
        "syncs_total{result=\"failed\"} 1",
        "changes_total{change=\"added\"} 3",
        "changes_total{change=\"updated\"} 1",
        "changes_total{change=\"removed\"} 0",
        "entries{result=\"unchanged\"} 1",
        "entries{result=\"held\"} 0",
        "entries{result=\"skipped\"} 1",
    ] {
        assert!(
            text.contains(&format!("healthbot_inventory_{sample}\n")),
            "{sample} in {text}"
        );
    }
    let name = "healthbot_inventory_last_success_timestamp_seconds ";
    let last = text
        .lines()
        .find_map(|line| line.strip_prefix(name))
        .unwrap();
    assert!(last.parse::<u64>().unwrap() > 1_700_000_000);
    assert!(!text.contains(INVENTORY_TOKEN));
}

/// A server on every loopback address; gives its port.
async fn anywhere_on_loopback() -> u16 {
    let listener = TcpListener::bind("0.0.0.0:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut connection, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut request = [0; 1_024];
                let _read = connection.read(&mut request).await;
                let _sent = connection
                    .write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
                    .await;
            });
        }
    });
    port
}

#[tokio::test]
async fn fifty_thousand_entries_are_one_list() {
    const MANY: usize = 50_000;
    // Those that are probed while the test runs are well, so that nothing has to be said of them.
    let port = anywhere_on_loopback().await;
    let all: Vec<_> = (0..MANY)
        .map(|at| json!({"host_name": format!("node-{at:05}"), "host": format!("127.{}.{}.1", at / 250, at % 250), "port": port, "type": 1}))
        .collect();
    let company = Company::start(json!([])).await;
    let bot = company.bot_by_hand().await;
    let defaults = json!({"interval": "1d"});
    bot.api("PATCH", "/settings")
        .json(&defaults)
        .await
        .expect(200);
    company.says(200, json!(all));
    assert_eq!(counts(&company.sync(&bot).await), [MANY as u64, 0, 0, 0, 0]);
    company.says(200, json!(all[..MANY - 1]));
    for removed in [0, 0, 1] {
        let report = company.sync(&bot).await;
        assert_eq!(counts(&report), [0, 0, removed, MANY as u64 - 1, 0]);
    }
    let text = bot.ask("GET", "/metrics").send().await.text;
    assert!(text.contains(&format!(
        "healthbot_inventory_entries{{result=\"unchanged\"}} {}\n",
        MANY - 1
    )));
    // One export at a time: this one is not read, and is too much for whatever lies between.
    let unread = bot.api("GET", "/export").open().await;
    assert_eq!(unread.status(), 200);
    let problem = bot.api("GET", "/export").send().await.problem(503);
    assert!(
        problem["detail"].as_str().unwrap().contains("under way"),
        "{problem}"
    );
    drop(unread);
    // The status page counts all of them and lists as many as a browser bears.
    let page = bot.ask("GET", "/").send().await.text;
    let left_out = format!("{} of them, ", MANY - 1 - 10_000);
    assert!(page.contains(&left_out) && page.contains("are not listed here"));
    assert!(page.len() < 2_000_000, "{} bytes", page.len());
}
