//! Fetching the inventory's list: what is said of a TLS connection that cannot be, and how long the bot's end waits.

use std::fs;
use std::time::Duration;

use healthbot::config::{Authorities, InventoryConfig, Secret};
use healthbot::domain::settings::Interval;

use crate::harness::api::TOKEN;
use crate::harness::bot::Bot;
use crate::harness::certificates::{Authority, Change, EXPIRED, GOOD};
use crate::harness::targets::{Script, Target};

fn list_at(url: &str) -> InventoryConfig {
    InventoryConfig {
        url: url.parse().unwrap(),
        token: None,
        every: Interval::parse("1d").unwrap(),
    }
}

/// What a script is told of an inventory with this certificate, by an authority that is trusted or is not.
async fn told(names: &[&str], change: Change, trusted: bool) -> String {
    let authority = Authority::new();
    let script = Script::status("200 OK", "[]");
    let target = Target::start_tls(script, authority.issue(names, change).server()).await;
    let room = tempfile::tempdir().unwrap();
    let file = room.path().join("ca.pem");
    let stranger = Authority::named("Somebody else");
    let trust = if trusted { &authority } else { &stranger };
    fs::write(&file, trust.pem()).unwrap();
    let url = format!("https://localhost:{}/", target.port());
    let bot = Bot::start_with(|config| {
        config.inventory = Some(list_at(&url));
        config.admin_token = Some(Secret::new(TOKEN));
        config.authorities = Some(Authorities::read(&file).unwrap());
    })
    .await;
    let answer = bot.api("POST", "/inventory/sync").send().await;
    answer.problem(424)["detail"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn what_is_wrong_with_the_inventorys_certificate_is_said() {
    for (names, change, trusted, said) in [
        (
            "localhost",
            EXPIRED,
            true,
            "certificate expired on 2025-02-03",
        ),
        (
            "other.example",
            GOOD,
            true,
            "certificate is for other.example, not for localhost",
        ),
        ("localhost", GOOD, false, "unknown issuer"),
    ] {
        let told = told(&[names], change, trusted).await;
        assert!(
            told.contains("no TLS connection to the inventory") && told.contains(said),
            "{told}"
        );
    }
}

#[tokio::test]
async fn the_end_does_not_wait_for_a_list_that_hangs() {
    let target = Target::start(Script::Stall(b"HTTP/1.1 200 OK\r\n".to_vec())).await;
    let url = format!("http://{}/", target.address());
    let mut bot = Bot::start_with(|config| config.inventory = Some(list_at(&url))).await;
    target.stuck().await;
    // What hangs is left behind after eight seconds in any case.
    let ended = tokio::time::timeout(Duration::from_secs(6), bot.stop()).await;
    assert!(ended.is_ok(), "it waits for the inventory");
}
