//! What a panic lets out: its place, and none of the words that it was given while the bot ran.

use std::fs;

use tempfile::tempdir;

use super::*;

/// What a panic might have in its words.
const NEAR: &str = "no answer: Err(Error { url: https://hooks.slack.com/services/T0/B0/planted4hook, \
                    authorization: Bearer xoxb-planted-bot-token })";

/// A bot that panics at this point with the words above, then works on; all that it wrote.
async fn panics_at(point: &str, log: &[(&str, &str)]) -> String {
    let (workspace, dir) = (workspace().await, tempdir().unwrap());
    let order = dir.path().join("order");
    let order = order.to_str().unwrap();
    let more = [&[("HEALTHBOT_DEATH_ORDER", order)][..], log].concat();
    let mut bot = serve(&workspace, &dir.path().join("data"), &more);
    up(&mut bot, &workspace).await;
    fs::write(order, format!("{point} 1 {NEAR}")).unwrap();
    workspace.invite_bot("ops").await.unwrap();
    let told = bot.says("panic").await;
    assert!(told.contains("src/deathpoint.rs:"), "where it was: {told}");
    let answer = workspace.command("dana", "ops", "/health help").await;
    assert!(answer.unwrap().plain().contains("/health add"));
    // The lane that broke off is begun anew, and what it was about to send is sent.
    workspace
        .wait_for(|state| (!state.messages("ops").is_empty()).then_some(()))
        .await;
    bot.signal("TERM").await;
    let (code, said) = bot.ended().await;
    assert_eq!(code, Some(0), "{said}");
    said
}

#[tokio::test]
async fn a_panic_beside_a_secret_is_told_without_it() {
    let machines = [("HEALTHBOT_LOG", "trace"), ("HEALTHBOT_LOG_FORMAT", "json")];
    let people = [("HEALTHBOT_LOG", "trace"), ("RUST_BACKTRACE", "full")];
    let mut out = Out::default();
    for log in [machines, people] {
        let said = panics_at("before-send", &log).await;
        out.put("the log", &said);
        if log == machines {
            let odd = said.lines().find(|line| !line.starts_with('{'));
            assert_eq!(odd, None, "a panic is a line like any other");
        }
    }
    out.assert_clean();
}
