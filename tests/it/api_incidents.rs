//! Incidents through the admin API: the newest first, page by page.

use healthbot::demo::Mode;
use serde_json::{Value, json};

use crate::harness::api::bot;
use crate::harness::bot::Bot;

async fn names(bot: &Bot, query: &str) -> Vec<String> {
    let list = bot.read(&format!("/incidents?{query}")).await;
    let items = list["items"].as_array().unwrap();
    items
        .iter()
        .map(|incident| incident["host_name"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn incidents_are_listed_newest_first_and_filtered() {
    let bot = bot().await;
    bot.invite("ops").await;
    let mut targets = Vec::new();
    for name in ["one", "two", "three"] {
        targets.push(bot.add_down(name, "env=LIVE").await);
        bot.message("ops", |m| {
            m.plain().contains(name) && m.plain().contains("refused")
        })
        .await;
    }
    assert_eq!(names(&bot, "").await, ["three", "two", "one"]);
    bot.health("ack two").await;
    targets[1].set(Mode::Healthy).await;
    bot.message("ops", |m| {
        m.thread_ts.is_some() && m.plain().contains("two")
    })
    .await;
    bot.health("remove three").await;
    bot.press_private("Remove").await;

    assert_eq!(names(&bot, "open=true").await, ["one"]);
    assert_eq!(names(&bot, "open=false").await, ["three", "two"]);
    let list = bot.read("/incidents").await;
    let [removed, recovered, open] = &list["items"].as_array().unwrap()[..] else {
        panic!("three incidents: {list}");
    };
    let mut keys: Vec<_> = open.as_object().unwrap().keys().collect();
    keys.sort_unstable();
    assert_eq!(
        keys,
        [
            "acknowledged",
            "address",
            "began",
            "detail",
            "end_reason",
            "ended",
            "environment",
            "host_name",
            "id",
            "kind",
            "last_healthy",
            "server"
        ]
    );
    assert_eq!(
        (&open["kind"], &open["environment"]),
        (&json!("refused"), &json!("LIVE"))
    );
    assert_eq!(
        (&open["ended"], &open["acknowledged"]),
        (&Value::Null, &Value::Null)
    );
    assert_eq!(recovered["end_reason"], "recovered");
    assert!(recovered["acknowledged"]["by"].is_string() && recovered["ended"].is_string());
    assert_eq!(removed["end_reason"], "removed");

    let server = open["server"].as_str().unwrap();
    assert_eq!(names(&bot, &format!("server={server}")).await, ["one"]);
    assert_eq!(
        names(&bot, &format!("server={server}&open=false")).await,
        [""; 0]
    );
    assert_eq!(
        names(&bot, "server=srv_0000000000000001&open=true").await,
        [""; 0]
    );
}

#[tokio::test]
async fn the_history_is_cut_into_pages() {
    let bot = bot().await;
    let target = bot.add_down("shop", "").await;
    bot.invite("ops").await;
    let id = bot.read("/servers").await["items"][0]["id"].clone();
    let check = || bot.api("POST", &format!("/servers/{}/check", id.as_str().unwrap()));
    for _ in 0..2 {
        target.set(Mode::Healthy).await;
        check().send().await.expect(200);
        target.set(Mode::Refusing).await;
        check().send().await.expect(200);
    }
    for (query, open) in [("", 3), ("open=false", 2), ("open=true", 1)] {
        let mut seen = Vec::new();
        let mut cursor = String::new();
        loop {
            let page = bot
                .read(&format!("/incidents?limit=1&{query}{cursor}"))
                .await;
            let items = page["items"].as_array().unwrap();
            seen.extend(
                items
                    .iter()
                    .map(|item| item["id"].as_str().unwrap().to_owned()),
            );
            let Some(next) = page["next_cursor"].as_str() else {
                break;
            };
            cursor = format!("&cursor={next}");
        }
        assert_eq!(seen.len(), open, "{query}");
        assert!(seen.is_sorted_by(|newer, older| newer > older), "{seen:?}");
    }
}
