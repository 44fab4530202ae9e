//! The same over Socket Mode: the app-level token, and the address with a ticket in it that Slack answers it with.

use axum::{Json, Router};
use healthbot::demo::SocketAct;
use tempfile::tempdir;

use super::*;
use crate::harness::process::workspace_with;

const OPEN: &str = "apps.connections.open";

/// Runs a bot over connections that stumble, break and are renewed, and gathers what it says.
async fn gather(log_format: &str) -> Out {
    let workspace = workspace_with(|options| options.app_token = Some(APP_TOKEN.to_owned())).await;
    let dir = tempdir().unwrap();
    for effect in [Effect::Status(500), Effect::ResetBefore] {
        workspace.fault(Fault::once(OPEN, effect));
    }
    let mut bot = serve(
        &workspace,
        dir.path(),
        &[
            ("SLACK_APP_TOKEN", APP_TOKEN),
            ("HEALTHBOT_LOG", "trace"),
            ("HEALTHBOT_LOG_FORMAT", log_format),
            ("HEALTHBOT_ADMIN_TOKEN", ADMIN),
        ],
    );
    let url = up(&mut bot, &workspace).await;
    let mut out = Out::default();
    connected(&workspace, 1).await;
    let renewal = json!({"type": "disconnect", "reason": "refresh_requested"});
    for (n, act) in [
        SocketAct::Say(renewal.to_string()),
        SocketAct::Garble,
        SocketAct::Cut,
    ]
    .into_iter()
    .enumerate()
    {
        let newest = workspace.read(|state| state.sockets().open) - 1;
        workspace.on_socket(newest, act).unwrap();
        connected(&workspace, n + 2).await;
    }
    workspace.invite_bot("ops").await.unwrap();
    let hook = workspace.add_webhook("random").unwrap();
    // Until the bot has ended: its slow answer must come late.
    let _silent = type_everything(&mut out, &workspace, &hook).await;
    ask_the_api(&mut out, &url, &hook).await;
    hear_it_out(&mut out, &workspace, bot, "Socket Mode").await;
    out
}

/// Waits until so many connections were opened and one is open.
async fn connected(workspace: &Workspace, opened: usize) {
    let found = |state: &State| state.sockets().opened == opened && state.sockets().open > 0;
    workspace.wait_for(|state| found(state).then_some(())).await;
}

#[tokio::test]
async fn neither_the_app_token_nor_a_ticket_comes_out_for_people() {
    gather("text").await.assert_clean();
}

#[tokio::test]
async fn neither_the_app_token_nor_a_ticket_comes_out_for_machines() {
    gather("json").await.assert_clean();
}

/// A Slack that answers everything with the address of a connection.
async fn handing_out(address: impl FnOnce(&str) -> String) -> String {
    let slack = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let own = slack.local_addr().unwrap().to_string();
    let url = address(&own);
    let answer = json!({"ok": true, "url": url, "team_id": "T1", "user_id": "U1"});
    let router = Router::new().fallback(async move || Json(answer));
    tokio::spawn(async move { axum::serve(slack, router).await });
    format!("http://{own}/api")
}

#[tokio::test]
async fn an_address_that_cannot_be_connected_to_is_not_shown() {
    for (address, said) in [
        (
            "ws://OWN/link/?ticket=planted-ticket",
            "the handshake was not answered",
        ),
        ("wss://OWN/link/?ticket=planted-ticket", "no connection"),
        (
            "wss://evil.example/link/?ticket=planted-ticket",
            "not one of Slack's",
        ),
        ("ws://planted ticket/", "not one of Slack's"),
    ] {
        let api = handing_out(|own| address.replace("OWN", own)).await;
        let dir = tempdir().unwrap();
        let mut bot = healthbot(
            &["serve"],
            &[
                ("SLACK_APP_TOKEN", APP_TOKEN),
                ("SLACK_BOT_TOKEN", BOT_TOKEN),
                ("SLACK_API_URL", &api),
                ("HEALTHBOT_LISTEN", "127.0.0.1:0"),
                ("HEALTHBOT_DATA_DIR", dir.path().to_str().unwrap()),
                ("HEALTHBOT_LOG", "trace"),
            ],
        );
        let up = bot.says("healthbot is up").await;
        let listens = up.split("listen=").nth(1).unwrap().trim();
        let mut out = Out::default();
        bot.says(said).await;
        let ready = Ask::to(&format!("http://{listens}"), "GET", "/readyz");
        out.put("/readyz", ready.send().await.text);
        bot.signal("TERM").await;
        out.put("the log", bot.ended().await.1);
        out.assert_clean();
    }
}
