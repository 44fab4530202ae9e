//! The real binary over Socket Mode: how it is configured, what it never writes, how it ends, and what doctor says.

use healthbot::demo::Workspace;
use tempfile::tempdir;

use crate::harness::process::{BOT_TOKEN, healthbot, workspace_with};
use crate::harness::transport::APP_TOKEN;

async fn workspace() -> Workspace {
    workspace_with(|options| options.app_token = Some(APP_TOKEN.to_owned())).await
}

/// An environment without a signing secret.
fn environment<'a>(api: &'a str, dir: &'a str) -> Vec<(&'static str, &'a str)> {
    vec![
        ("SLACK_APP_TOKEN", APP_TOKEN),
        ("SLACK_BOT_TOKEN", BOT_TOKEN),
        ("SLACK_API_URL", api),
        ("HEALTHBOT_LISTEN", "127.0.0.1:0"),
        ("HEALTHBOT_DATA_DIR", dir),
        ("HEALTHBOT_LOG", "trace"),
    ]
}

#[tokio::test]
async fn it_serves_without_a_signing_secret_writes_no_secret_and_ends_politely() {
    let (workspace, room) = (workspace().await, tempdir().unwrap());
    let api = workspace.api_url();
    let mut bot = healthbot(
        &["serve"],
        &environment(&api, room.path().to_str().unwrap()),
    );
    bot.says("Slack says hello").await;
    workspace
        .wait_for(|state| (state.sockets().open == 1).then_some(()))
        .await;
    let answer = workspace.command("dana", "ops", "/health list").await;
    assert!(answer.unwrap().plain().contains("No server is watched yet"));
    bot.signal("TERM").await;
    let (code, said) = bot.ended().await;
    assert_eq!(code, Some(0), "{said}");
    for secret in [APP_TOKEN, BOT_TOKEN, "ticket1", "/response/"] {
        assert!(!said.contains(secret), "{secret} in {said}");
    }
    let closed = workspace.read(|state| state.sockets().closed.clone());
    assert_eq!(closed, [1000]);
}

#[tokio::test]
async fn a_wrong_app_token_is_refused_with_the_other_mistakes() {
    let wrong = [
        ("SLACK_APP_TOKEN", "xoxb-planted-wrong-token"),
        ("SLACK_API_URL", "slack"),
    ];
    let (code, said) = healthbot(&["serve"], &wrong).refused().await;
    assert_eq!(code, Some(2), "{said}");
    for name in [
        "3 mistakes",
        "SLACK_APP_TOKEN is no",
        "SLACK_BOT_TOKEN",
        "SLACK_API_URL",
    ] {
        assert!(said.contains(name), "{name} in {said}");
    }
    assert!(!said.contains("planted"), "{said}");
}

#[tokio::test]
async fn doctor_asks_for_a_connection_and_opens_none() {
    let (workspace, room) = (workspace().await, tempdir().unwrap());
    let (api, dir) = (workspace.api_url(), room.path().join("data"));
    let well = environment(&api, dir.to_str().unwrap());
    let (code, said) = healthbot(&["doctor"], &well).ended().await;
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("ok    Socket Mode"), "{said}");
    assert_eq!(workspace.read(|state| state.sockets().opened), 0);

    let mut revoked = well.clone();
    revoked[0] = ("SLACK_APP_TOKEN", "xapp-another");
    let (code, said) = healthbot(&["doctor"], &revoked).ended().await;
    assert!(
        code != Some(0) && said.contains("WRONG Socket Mode"),
        "{said}"
    );
    assert!(
        said.contains("invalid_auth") && said.contains("App-Level Tokens"),
        "{said}"
    );
    assert!(!said.contains("xapp-another"), "{said}");
}
