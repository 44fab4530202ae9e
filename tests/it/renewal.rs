//! Secrets in files: a rotation while the process runs, and what a bad file does not change.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use healthbot::demo::Workspace;
use tempfile::{TempDir, tempdir};

use crate::harness::api::Ask;
use crate::harness::knock::Knock;
use crate::harness::launch::get;
use crate::harness::process::{
    BOT_TOKEN, OLD_SECRET, Process, SIGNING_SECRET, healthbot, serve, workspace, workspace_with,
};
use crate::harness::transport::APP_TOKEN;

const FIRST_ADMIN: &str = "planted7admin7token";
const NEXT_ADMIN: &str = "planted8admin8token";

/// The files that a process is given its secrets in.
struct Files {
    dir: TempDir,
    signing: PathBuf,
    bot: PathBuf,
    admin: PathBuf,
}

impl Files {
    /// With these secrets at the start, a line each.
    fn with(signing: &str, bot: &str, admin: &str) -> Self {
        let dir = tempdir().unwrap();
        let file = |name: &str| dir.path().join(name);
        let (at_signing, at_bot, at_admin) = (file("signing"), file("bot"), file("admin"));
        let files = Self {
            dir,
            signing: at_signing,
            bot: at_bot,
            admin: at_admin,
        };
        write(&files.signing, signing);
        write(&files.bot, bot);
        write(&files.admin, admin);
        files
    }

    fn serve(&self, workspace: &Workspace) -> Process {
        let data = self.dir.path().join("data");
        let text = |path: &Path| path.to_str().unwrap().to_owned();
        healthbot(
            &["serve"],
            &[
                ("SLACK_SIGNING_SECRET_FILE", &text(&self.signing)),
                ("SLACK_BOT_TOKEN_FILE", &text(&self.bot)),
                ("HEALTHBOT_ADMIN_TOKEN_FILE", &text(&self.admin)),
                ("SLACK_API_URL", &workspace.api_url()),
                ("HEALTHBOT_LISTEN", "127.0.0.1:0"),
                ("HEALTHBOT_DATA_DIR", &text(&data)),
            ],
        )
    }
}

fn write(file: &Path, secret: &str) {
    fs::write(file, format!("{secret}\n")).unwrap();
}

/// What a command that is signed with this secret is answered.
async fn knock(address: SocketAddr, secret: &str) -> u16 {
    let url = format!("http://{address}");
    let body = b"user_id=U1&text=help";
    let knock = Knock::signed(&url, "/slack/commands", secret, body);
    knock.send().await.status
}

/// What the admin API answers to this token.
async fn admin(address: SocketAddr, token: &str) -> u16 {
    let url = format!("http://{address}");
    let ask = Ask::to(&url, "GET", "/api/v1/settings");
    let ask = ask.header("authorization", format!("Bearer {token}"));
    ask.send().await.status
}

/// It stops as it is told to, and has named no secret.
async fn ends_well(process: Process) {
    process.signal("TERM").await;
    let (code, said) = process.ended().await;
    assert_eq!(code, Some(0), "{said}");
    assert!(!said.contains("planted"), "{said}");
}

#[tokio::test]
async fn a_lost_token_is_replaced_while_it_runs_and_what_was_owed_is_sent_at_once() {
    let workspace = workspace().await;
    let files = Files::with(SIGNING_SECRET, BOT_TOKEN, FIRST_ADMIN);
    let mut process = files.serve(&workspace);
    let address = process.up(&workspace).await;
    process.says("connected to Slack").await;
    write(&files.bot, "xoxb-planted-lost-token");
    process.signal("HUP").await;
    process.says("Slack does not say who the bot is").await;
    workspace.invite_bot("ops").await.unwrap();
    process.says("Slack refuses the bot").await;
    assert!(workspace.messages("ops").is_empty());
    let ready = get(address, "/readyz").await.unwrap();
    assert!(ready.starts_with("HTTP/1.1 503 "), "{ready}");

    write(&files.bot, BOT_TOKEN);
    process.signal("HUP").await;
    process.says("connected to Slack").await;
    // The pause, which would last a minute, has ended with the old token.
    let ready = get(address, "/readyz").await.unwrap();
    assert!(ready.starts_with("HTTP/1.1 200 "), "{ready}");
    workspace
        .wait_for(|state| (state.messages("ops").len() == 1).then_some(()))
        .await;

    ends_well(process).await;
}

#[tokio::test]
async fn new_signing_secrets_and_a_new_admin_token_hold_from_the_next_request_on() {
    let workspace = workspace().await;
    let files = Files::with(OLD_SECRET, BOT_TOKEN, FIRST_ADMIN);
    let mut process = files.serve(&workspace);
    let address = process.up(&workspace).await;
    assert_eq!(knock(address, OLD_SECRET).await, 200);
    assert_eq!(knock(address, SIGNING_SECRET).await, 401);
    assert_eq!(admin(address, FIRST_ADMIN).await, 200);

    write(&files.signing, &format!("{SIGNING_SECRET},{OLD_SECRET}"));
    write(&files.admin, NEXT_ADMIN);
    process.signal("HUP").await;
    process.says("the secrets are read anew").await;
    assert_eq!(knock(address, OLD_SECRET).await, 200, "both hold meanwhile");
    assert_eq!(knock(address, SIGNING_SECRET).await, 200);
    assert_eq!(admin(address, FIRST_ADMIN).await, 401);
    assert_eq!(admin(address, NEXT_ADMIN).await, 200);

    write(&files.signing, SIGNING_SECRET);
    process.signal("HUP").await;
    process.says("the secrets are read anew").await;
    assert_eq!(knock(address, OLD_SECRET).await, 401);
    assert_eq!(knock(address, SIGNING_SECRET).await, 200);
}

#[tokio::test]
async fn a_bad_file_changes_nothing_and_is_named() {
    let workspace = workspace().await;
    let files = Files::with(SIGNING_SECRET, BOT_TOKEN, FIRST_ADMIN);
    let mut process = files.serve(&workspace);
    let address = process.up(&workspace).await;
    write(&files.signing, "");
    write(&files.bot, "xapp-planted-wrong-kind");
    fs::remove_file(&files.admin).unwrap();
    process.signal("HUP").await;
    process.says("the secrets are read anew").await;
    for fact in [
        "SLACK_SIGNING_SECRET_FILE",
        "is empty",
        "SLACK_BOT_TOKEN is no bot token",
        "HEALTHBOT_ADMIN_TOKEN_FILE",
        "cannot be read",
    ] {
        assert!(process.said.contains(fact), "{fact} in {}", process.said);
    }
    assert_eq!(knock(address, SIGNING_SECRET).await, 200);
    assert_eq!(admin(address, FIRST_ADMIN).await, 200);
    workspace.invite_bot("ops").await.unwrap();
    workspace
        .wait_for(|state| (state.messages("ops").len() == 1).then_some(()))
        .await;
    ends_well(process).await;
}

#[tokio::test]
async fn without_files_the_signal_ends_nothing() {
    let (workspace, dir) = (workspace().await, tempdir().unwrap());
    let mut process = serve(&workspace, dir.path(), &[]);
    process.up(&workspace).await;
    process.signal("HUP").await;
    process.says("nothing to read anew").await;
    process.signal("TERM").await;
    assert_eq!(process.ended().await.0, Some(0));
}

#[tokio::test]
async fn a_new_app_level_token_opens_the_connection_at_once() {
    let workspace = workspace_with(|options| options.app_token = Some(APP_TOKEN.into())).await;
    let files = Files::with("", BOT_TOKEN, "");
    write(&files.signing, "xapp-planted-lost-token");
    let path = |file: &Path| file.to_str().unwrap().to_owned();
    let mut process = healthbot(
        &["serve"],
        &[
            ("SLACK_APP_TOKEN_FILE", &path(&files.signing)),
            ("SLACK_BOT_TOKEN_FILE", &path(&files.bot)),
            ("SLACK_API_URL", &workspace.api_url()),
            ("HEALTHBOT_LISTEN", "127.0.0.1:0"),
            ("HEALTHBOT_DATA_DIR", &path(&files.dir.path().join("data"))),
        ],
    );
    process.says("Slack opens no Socket Mode connection").await;
    write(&files.signing, APP_TOKEN);
    process.signal("HUP").await;
    // Without the signal half a minute would pass.
    process.says("Slack says hello over Socket Mode").await;
    ends_well(process).await;
}
