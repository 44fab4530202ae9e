//! What of the inventory's list is taken and what is skipped, each entry with its reason.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::harness::bot::Bot;
use crate::harness::company::Company;

/// Where each server is, by its name.
async fn addresses(bot: &Bot) -> BTreeMap<String, String> {
    let list = bot.read("/servers").await;
    let items = list["items"].as_array().unwrap().iter();
    items
        .map(|item| {
            let part = |key: &str| item[key].as_str().unwrap();
            let (port, tls, kind) = (&item["port"], &item["tls"], &item["type"]);
            let address = format!("{}:{port}{} {tls} {kind}", part("host"), part("path"));
            (part("host_name").to_owned(), address)
        })
        .collect()
}

/// What was skipped, and why.
fn skipped(report: &Value) -> Vec<(&str, &str)> {
    let all = report["skipped"].as_array().unwrap().iter();
    all.map(|one| {
        (
            one["entry"].as_str().unwrap(),
            one["reason"].as_str().unwrap(),
        )
    })
    .collect()
}

fn http(name: &str, host: &str) -> Value {
    json!({"host_name": name, "host": host, "port": 80, "type": 1})
}

#[tokio::test]
async fn a_target_of_prometheus_may_be_a_whole_url() {
    let company = Company::start(json!([
        {"targets": ["http://10.0.0.1:13/x", "https://10.0.0.2/y?z=1"]},
        {"targets": ["wss://10.0.0.3"], "labels": {"host_name": "chat", "path": "/socket", "scheme": "WSS", "type": "4"}},
        {"targets": ["https://10.0.0.4/same"], "labels": {"path": "/same"}},
        {"targets": ["http://10.0.0.5/"], "labels": {"scheme": "https"}},
        {"targets": ["http://10.0.0.6/one"], "labels": {"path": "/other"}},
        {"targets": ["http://10.0.0.7/"], "labels": {"type": "2"}},
        {"targets": ["ftp://10.0.0.8/", "http://", "http://me:planted@10.0.0.9/", 7, null]},
        {"targets": ["10.0.0.10:8080/up"], "labels": {"scheme": "https"}},
    ]))
    .await;
    let bot = company.bot_by_hand().await;
    let report = company.sync(&bot).await;
    let expected = [
        ("10.0.0.10:8080/up", "10.0.0.10:8080/up true 1"),
        ("chat", "10.0.0.3:443/socket true 4"),
        ("http://10.0.0.1:13/x", "10.0.0.1:13/x false 1"),
        ("https://10.0.0.2/y?z=1", "10.0.0.2:443/y?z=1 true 1"),
        ("https://10.0.0.4/same", "10.0.0.4:443/same true 1"),
    ];
    let expected = expected.map(|(name, address)| (name.to_owned(), address.to_owned()));
    assert_eq!(addresses(&bot).await, expected.into());
    assert!(!report.to_string().contains("planted"), "{report}");
    let skipped = skipped(&report);
    for (entry, reason) in [
        ("http://10.0.0.5/", "label scheme"),
        ("http://10.0.0.6/one", "label path"),
        ("http://10.0.0.7/", "type 2"),
        ("ftp://10.0.0.8/", "not ftp://"),
        ("http://", "no host name"),
        ("group 7, target 3", "password"),
        ("group 7, target 4", "a target is a text"),
        ("group 7, target 5", "a target is a text"),
    ] {
        let told = skipped.iter().find(|(called, _)| *called == entry);
        assert!(
            told.is_some_and(|(_, why)| why.contains(reason)),
            "{entry}: {told:?}"
        );
    }
    assert_eq!(skipped.len(), 8, "{skipped:?}");
}

#[tokio::test]
async fn what_is_no_object_is_skipped_and_what_is_no_list_is_refused() {
    let company = Company::start(json!([http("a", "10.0.0.1"), null, 5, "s", [], {}])).await;
    let bot = company.bot_by_hand().await;
    let report = company.sync(&bot).await;
    assert_eq!(
        skipped(&report),
        [
            ("entry 2", "it is no object with host_name, host and port"),
            ("entry 3", "it is no object with host_name, host and port"),
            ("entry 4", "it is no object with host_name, host and port"),
            ("entry 5", "it is no object with host_name, host and port"),
            ("entry 6", "host is missing"),
        ]
    );
    for body in ["null", "5", "\"s\"", "{\"servers\": {}}", "{}"] {
        company.says(200, body);
        bot.api("POST", "/inventory/sync").send().await.problem(424);
    }
    assert_eq!(addresses(&bot).await.len(), 1);
}

#[tokio::test]
async fn a_known_server_that_may_no_longer_be_probed_is_named() {
    let company = Company::start(json!([http("a", "10.0.0.1")])).await;
    let bot = company.bot_by_hand().await;
    company.sync(&bot).await;
    company.says(200, json!([http("A", "169.254.169.254")]));
    let report = company.sync(&bot).await;
    let skipped = skipped(&report);
    assert!(
        matches!(skipped[..], [("A", why)] if why.contains("169.254.169.254")),
        "{skipped:?}"
    );
    assert_eq!(addresses(&bot).await["a"], "10.0.0.1:80/ false 1");
}

#[tokio::test]
async fn of_two_entries_of_a_name_the_good_one_counts() {
    let company = Company::start(json!([
        http("a", "169.254.169.254"),
        http("A", "10.0.0.1"),
        http("b", "10.0.0.2"),
        http("b", "224.0.0.1"),
        {"host_name": "c", "host": "10.0.0.3", "port": 80, "type": 5},
        http("c", "10.0.0.3"),
        http("c", "10.0.0.3"),
    ]))
    .await;
    let bot = company.bot_by_hand().await;
    let report = company.sync(&bot).await;
    let called: Vec<_> = skipped(&report).iter().map(|(entry, _)| *entry).collect();
    assert_eq!(called, ["a", "b", "c"], "{report}");
    let all = addresses(&bot).await;
    let hosts: Vec<_> = all
        .iter()
        .map(|(name, at)| format!("{name} {at}"))
        .collect();
    assert_eq!(
        hosts,
        [
            "A 10.0.0.1:80/ false 1",
            "b 10.0.0.2:80/ false 1",
            "c 10.0.0.3:80/ false 1"
        ]
    );
}
