//! The whole state from the running bot.

use std::fs;

use serde_json::{Value, json};

use crate::harness::api::bot;
use crate::harness::bot::Bot;
use crate::harness::process::healthbot;

/// The records of an export, without its header and trailer, which tell when it was made.
fn records(text: &str) -> Vec<String> {
    let lines: Vec<_> = text.lines().map(str::to_owned).collect();
    let header: Value = serde_json::from_str(&lines[0]).unwrap();
    assert_eq!(header["healthbot_export"], 1);
    let trailer: Value = serde_json::from_str(lines.last().unwrap()).unwrap();
    assert_eq!(trailer["records"], lines.len() - 2);
    lines[1..lines.len() - 1].to_vec()
}

#[tokio::test]
async fn what_the_running_bot_hands_out_is_what_an_import_takes() {
    let mut bot = bot().await;
    for at in 0..300 {
        bot.add_by_api(&format!("node-{at}"), "10.255.255.1", 80)
            .await;
    }
    let answer = bot.api("GET", "/export").send().await;
    assert_eq!(
        (answer.status, answer.header("content-type")),
        (200, "application/x-ndjson")
    );
    assert_eq!(answer.header("cache-control"), "no-store");
    let disposition = answer.header("content-disposition");
    assert!(
        disposition.starts_with("attachment; filename=\"healthbot-2"),
        "{disposition}"
    );
    let servers = records(&answer.text)
        .iter()
        .filter(|line| line.contains("\"table\":\"servers\""))
        .count();
    assert_eq!(servers, 300);

    let room = tempfile::tempdir().unwrap();
    let at = |name: &str| room.path().join(name).to_str().unwrap().to_owned();
    let (file, copy, again) = (at("file"), at("copy"), at("again"));
    fs::write(&file, &answer.text).unwrap();
    let said = healthbot(&["import", "--data-dir", &copy, &file], &[])
        .ended()
        .await;
    assert_eq!(said.0, Some(0), "{}", said.1);
    let said = healthbot(&["export", "--data-dir", &copy, "--output", &again], &[])
        .ended()
        .await;
    assert_eq!(said.0, Some(0), "{}", said.1);
    assert_eq!(
        records(&answer.text),
        records(&fs::read_to_string(&again).unwrap())
    );

    // From beside the running bot there is nothing to be had, and it is said where it is.
    let dir = bot.config.data_dir.to_str().unwrap().to_owned();
    let (code, said) = healthbot(&["export", "--data-dir", &dir], &[])
        .ended()
        .await;
    assert!(code == Some(1) && said.contains("/api/v1/export"), "{said}");
    fs::create_dir_all(bot.config.data_dir.join("dumps")).unwrap();
    let dump = bot
        .config
        .data_dir
        .join("dumps/healthbot-29991231T235959Z.jsonl");
    fs::write(&dump, "").unwrap();
    let (_, said) = healthbot(&["export", "--data-dir", &dir], &[])
        .ended()
        .await;
    assert!(said.contains(dump.to_str().unwrap()), "{said}");
    bot.stop().await;
}

#[tokio::test]
async fn only_whoever_has_the_token_gets_it() {
    let bot = bot().await;
    bot.ask("GET", "/api/v1/export").send().await.problem(401);
    bot.api("POST", "/export")
        .json(&json!({}))
        .await
        .problem(405);
    let off = Bot::start().await;
    off.ask("GET", "/api/v1/export").send().await.problem(404);
}
