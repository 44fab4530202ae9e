//! The company's inventory over real HTTP: what it adds, changes and removes, and what holds it back.

use healthbot::demo::Target;
use serde_json::json;

use crate::harness::api::bot;
use crate::harness::company::{Company, entry};

#[tokio::test]
async fn servers_are_added_changed_and_removed_as_the_list_says() {
    let target = Target::http().await.unwrap();
    let all: Vec<_> = ["a", "b", "c"]
        .map(|name| entry(name, &target, "LIVE"))
        .to_vec();
    let company = Company::start(json!(all)).await;
    let bot = company.bot().await;
    company.fetches(2).await;
    let list = bot.health("list").await;
    assert!(
        list.contains("3 servers") && list.contains("LIVE"),
        "{list}"
    );

    bot.health("off b").await;
    company.says(
        200,
        json!([entry("a", &target, "STAGE"), entry("b", &target, "LIVE")]),
    );
    company.fetches(2).await;
    let list = bot.health("list").await;
    assert!(
        list.contains("3 servers") && list.contains("STAGE"),
        "{list}"
    );
    assert!(
        list.contains("alerts off"),
        "what a person set stays: {list}"
    );
    company.fetches(3).await;
    let list = bot.health("list").await;
    assert!(
        list.contains("2 servers"),
        "gone after three fetches without it: {list}"
    );
}

#[tokio::test]
async fn a_fetch_that_fails_or_is_no_list_changes_nothing() {
    let target = Target::http().await.unwrap();
    let company = Company::start(json!([entry("a", &target, "LIVE")])).await;
    let bot = company.bot().await;
    company.fetches(2).await;
    for (status, body) in [
        (500, "down"),
        (302, "[]"),
        (200, "<html>"),
        (200, "{}"),
        (404, "[]"),
    ] {
        company.says(status, body);
        company.fetches(2).await;
    }
    let list = bot.health("list").await;
    assert!(list.contains("1 server"), "{list}");
}

#[tokio::test]
async fn an_empty_list_is_held_said_once_and_removed_by_a_person() {
    let target = Target::http().await.unwrap();
    let all: Vec<_> = ["a", "b"].map(|name| entry(name, &target, "LIVE")).to_vec();
    let company = Company::start(json!(all)).await;
    let bot = company.bot().await;
    bot.workspace.invite_bot("ops").await.unwrap();
    company.fetches(2).await;
    company.says(200, "[]");
    let question = bot
        .message("ops", |m| m.plain().contains("no longer lists 2 servers"))
        .await;
    assert_eq!(question.buttons(), ["Remove them", "Keep them"]);
    company.fetches(4).await;
    assert!(bot.health("list").await.contains("2 servers"));
    let asked = bot.workspace.messages("ops").into_iter();
    assert_eq!(
        asked
            .filter(|m| m.plain().contains("no longer lists"))
            .count(),
        1
    );

    bot.workspace
        .press("dana", "ops", &question.ts, "Remove them")
        .await
        .unwrap();
    let answer = bot
        .message("ops", |m| m.ts == question.ts && m.edited.is_some())
        .await;
    assert!(answer.plain().contains("2 servers"), "{}", answer.plain());
    assert!(bot.health("list").await.contains("No server is watched"));
}

#[tokio::test]
async fn a_manual_server_wins_and_bad_entries_are_skipped() {
    let target = Target::http().await.unwrap();
    let company = Company::start(json!([])).await;
    let bot = company.bot().await;
    bot.health(&format!("add mine {} env=DEV", target.url()))
        .await;
    let bad = json!({"host_name": "evil", "host": "169.254.169.254", "port": 80, "type": 1});
    let odd = json!({"host_name": "odd", "host": "10.0.0.1", "port": 80, "type": 7});
    company.says(
        200,
        json!([
            entry("mine", &target, "LIVE"),
            bad,
            odd,
            entry("new", &target, "LIVE")
        ]),
    );
    company.fetches(2).await;
    let list = bot.health("list").await;
    assert!(
        list.contains("2 servers") && list.contains("new") && list.contains("DEV"),
        "{list}"
    );
    assert!(!list.contains("evil") && !list.contains("odd"), "{list}");
}

#[tokio::test]
async fn a_script_reconciles_now_and_confirms_what_is_held() {
    let target = Target::http().await.unwrap();
    let company = Company::start(json!([entry("a", &target, "LIVE")])).await;
    let bot = company.bot().await;
    let report = bot.api("POST", "/inventory/sync").send().await.expect(200);
    assert_eq!(
        (&report["held"], &report["skipped"]),
        (&json!(0), &json!([]))
    );
    company.says(200, "[]");
    let report = bot.api("POST", "/inventory/sync").send().await.expect(200);
    assert_eq!(
        (&report["held"], &report["removed"]),
        (&json!(1), &json!(0))
    );
    let confirmed = bot.api("POST", "/inventory/sync?confirm=true");
    assert_eq!(confirmed.send().await.expect(200)["removed"], 1);
    company.says(500, "down");
    let problem = bot.api("POST", "/inventory/sync").send().await.problem(424);
    assert!(
        problem["detail"].as_str().unwrap().contains("500"),
        "{problem}"
    );
    bot.api("POST", "/inventory/sync?confirm=maybe")
        .send()
        .await
        .problem(422);
}

#[tokio::test]
async fn without_an_inventory_a_script_is_told_which_setting_is_missing() {
    let bot = bot().await;
    let problem = bot.api("POST", "/inventory/sync").send().await.problem(409);
    let detail = problem["detail"].as_str().unwrap();
    assert!(detail.contains("HEALTHBOT_INVENTORY_URL"), "{problem}");
}
