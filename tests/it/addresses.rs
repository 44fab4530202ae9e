//! A forbidden address is refused at every door through which one can come, in every spelling; decoys listen where it
//! would lead, and must see nothing.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use healthbot::config::{InventoryConfig, Secret};
use healthbot::domain::settings::Interval;
use serde_json::{Value, json};

use crate::harness::api::TOKEN;
use crate::harness::bot::Bot;
use crate::harness::spellings::{LOOPBACK, NEVER};
use crate::harness::targets::{Script, Target};

/// A bot that may not probe this machine.
async fn bot() -> Bot {
    Bot::start_with(|config| {
        config.allow_loopback = false;
        config.admin_token = Some(Secret::new(TOKEN));
    })
    .await
}

/// Decoys on one port of both loopback addresses.
async fn decoys() -> [Target; 2] {
    let hosts = [
        IpAddr::from(Ipv4Addr::LOCALHOST),
        Ipv6Addr::LOCALHOST.into(),
    ];
    Target::twins(hosts, Script::status("200 OK", "")).await
}

fn spellings() -> impl Iterator<Item = &'static str> {
    LOOPBACK.into_iter().chain(NEVER)
}

/// Nothing is watched, nothing was connected to.
async fn assert_untouched(bot: &Bot, decoys: [Target; 2]) {
    assert_eq!(bot.read("/servers").await["items"], json!([]));
    assert_eq!(decoys.map(|decoy| decoy.connections()), [0, 0]);
}

#[tokio::test]
async fn a_command_takes_no_spelling() {
    let (bot, decoys) = (bot().await, decoys().await);
    let port = decoys[0].port();
    for host in spellings() {
        let scheme = ["http", "wss"][host.len() % 2];
        let line = format!("add evil {scheme}://{host}:{port}/");
        let answer = bot.health_as_sent(&line).await;
        assert!(answer.starts_with('⛔'), "{line}: {answer}");
    }
    assert_untouched(&bot, decoys).await;
}

#[tokio::test]
async fn a_form_takes_no_spelling() {
    let (bot, decoys) = (bot().await, decoys().await);
    let port = decoys[0].port();
    bot.open_form().await;
    for host in spellings() {
        let address = format!("http://{host}:{port}/");
        let answer = bot.submit(&[("Name", "evil"), ("Address", &address)]).await;
        let json = answer.json.unwrap_or_default();
        assert_eq!(json["response_action"], "errors", "{address}: {json}");
        assert!(json["errors"]["address"].is_string(), "{address}: {json}");
    }
    assert_untouched(&bot, decoys).await;
}

#[tokio::test]
async fn the_api_takes_no_spelling() {
    let (bot, decoys) = (bot().await, decoys().await);
    let port = decoys[0].port();
    for host in spellings() {
        let server = json!({"host_name": "evil", "host": host, "port": port});
        let answer = bot.api("POST", "/servers").json(&server).await;
        assert_eq!(answer.wrong_fields(), ["host"], "{host}");
    }
    let sound = bot.add_by_api("shop", "10.0.0.5", port).await;
    for host in spellings() {
        let change = json!({"host": host});
        let answer = bot.api("PATCH", &format!("/servers/{sound}")).json(&change);
        assert_eq!(answer.await.wrong_fields(), ["host"], "{host}");
    }
    let kept = bot.read(&format!("/servers/{sound}")).await;
    assert_eq!(kept["host"], "10.0.0.5");
    assert_eq!(decoys.map(|decoy| decoy.connections()), [0, 0]);
}

#[tokio::test]
async fn the_inventory_takes_no_spelling() {
    let decoys = decoys().await;
    let port = decoys[0].port();
    let entry = |(n, host): (usize, &str)| json!({"host_name": format!("evil-{n}"), "host": host, "port": port});
    let list: Vec<Value> = spellings().enumerate().map(entry).collect();
    let company = Target::start(Script::status("200 OK", &json!(list).to_string())).await;
    let inventory = InventoryConfig {
        url: format!("http://{}/", company.address()).parse().unwrap(),
        token: None,
        every: Interval::parse("1d").unwrap(),
    };
    let bot = Bot::start_with(|config| {
        config.allow_loopback = false;
        config.admin_token = Some(Secret::new(TOKEN));
        config.inventory = Some(inventory);
    })
    .await;
    let told = bot.api("POST", "/inventory/sync").send().await.expect(200);
    assert_eq!(told["added"], 0, "{told}");
    assert_eq!(told["skipped"].as_array().unwrap().len(), list.len());
    assert_untouched(&bot, decoys).await;
}

#[tokio::test]
async fn an_address_that_hides_its_host_is_refused_or_leads_nowhere() {
    let (bot, decoys) = (bot().await, decoys().await);
    let port = decoys[0].port();
    for (n, address) in [
        format!("http://127.0.0.1:{port}@10.255.255.1/"),
        format!("http://10.255.255.1@127.0.0.1:{port}/"),
        format!("http://user:word@[::1]:{port}/"),
        format!("http://@127.0.0.1:{port}/"),
        format!("http://127.0.0.1:{port}#@10.255.255.1/"),
        format!("http://127.0.0.1:{port}?@10.255.255.1/"),
        format!("http://127.0.0.1:{port}\\@10.255.255.1/"),
        format!("http:\\\\127.0.0.1:{port}\\"),
        format!("http:///127.0.0.1:{port}/"),
        format!("http:127.0.0.1:{port}/"),
        format!("http://127.0.0.1\u{200b}:{port}/"),
        format!("http://127.0.0.1%00.example:{port}/"),
        format!("http://127.0.0.1%2f@:{port}/"),
        format!("http://[::1%25lo]:{port}/"),
        format!("http://[::1%lo]:{port}/"),
        format!("http://127.0.0.1:{port}:80/"),
        format!("HTTP://LOCALHOST:{port}/"),
        format!("ws://localhost.:{port}/"),
        format!("http://ip6-localhost:{port}/"),
        format!("localhost:{port}"),
        format!("[::1]:{port}"),
        format!("file:///127.0.0.1:{port}/"),
        format!("gopher://127.0.0.1:{port}/_x"),
    ]
    .iter()
    .enumerate()
    {
        let answer = bot.health_as_sent(&format!("add evil-{n} {address}")).await;
        // A name is judged when it is resolved; what is found is told.
        let named = address.to_lowercase().contains("localhost");
        let failed = answer.contains("is watched from now on") && !answer.contains("answered in");
        let refused = answer.starts_with(['⛔', '🤔']);
        assert!(refused || named && failed, "{address}: {answer}");
    }
    assert_eq!(decoys.map(|decoy| decoy.connections()), [0, 0]);
}
