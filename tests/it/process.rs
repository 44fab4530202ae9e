//! The process from outside: what it says of a wrong configuration, who may share its data, how it ends, and what it
//! never writes.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use healthbot::demo::{Effect, Fault, Workspace};
use tempfile::tempdir;
use tokio::net::TcpListener;

use crate::harness::knock::Knock;
use crate::harness::process::{BOT_TOKEN, OLD_SECRET, SIGNING_SECRET, healthbot, serve, workspace};

async fn health(workspace: &Workspace, text: &str) -> String {
    let answer = workspace
        .command("dana", "ops", &format!("/health {text}"))
        .await;
    answer.unwrap().plain()
}

/// Every file below a directory with its content; not the lock, which every start touches.
fn files(dir: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else if !path.ends_with("lock") {
            found.insert(path.clone(), fs::read(path).unwrap());
        }
    }
    found
}

#[tokio::test]
async fn a_wrong_configuration_is_refused_with_every_mistake_at_once() {
    let dir = tempdir().unwrap();
    let data = dir.path().join("data");
    let no_authority = dir.path().join("authorities.pem");
    fs::write(&no_authority, "nothing").unwrap();
    let (code, said) = healthbot(
        &["serve"],
        &[
            ("SLACK_BOT_TOKEN", "xapp-planted-wrong-token"),
            ("SLACK_API_URL", "slack"),
            ("HEALTHBOT_LISTEN", "everywhere"),
            ("HEALTHBOT_OPERATORS", "dana"),
            ("HEALTHBOT_LANGUAGE", "klingon"),
            ("HEALTHBOT_CONTROL", "nowhere"),
            ("HEALTHBOT_ALLOW_LOOPBACK", "perhaps"),
            ("HEALTHBOT_TARGET_NETWORKS", "10.0.0.0/99"),
            ("HTTPS_PROXY", "user:planted-password@proxy"),
            ("HEALTHBOT_CA_FILE", no_authority.to_str().unwrap()),
            ("HEALTHBOT_LOG", "healthbot=loudly"),
            ("HEALTHBOT_LOG_FORMAT", "xml"),
            ("HEALTHBOT_DATA_DIR", data.to_str().unwrap()),
        ],
    )
    .refused()
    .await;
    assert_eq!(code, Some(2), "{said}");
    for name in [
        "13 mistakes",
        "HEALTHBOT_CA_FILE",
        "holds no certificate",
        "HEALTHBOT_LOG is",
        "HEALTHBOT_LOG_FORMAT",
        "HEALTHBOT_CONTROL",
        "SLACK_SIGNING_SECRET",
        "SLACK_BOT_TOKEN",
        "SLACK_API_URL",
        "HEALTHBOT_LISTEN",
        "HEALTHBOT_OPERATORS",
        "HEALTHBOT_LANGUAGE: there is no language klingon: it is en or ko",
        "HEALTHBOT_ALLOW_LOOPBACK",
        "HEALTHBOT_TARGET_NETWORKS",
        "HTTPS_PROXY",
    ] {
        assert!(said.contains(name), "{name} in {said}");
    }
    assert!(!said.contains("planted"), "{said}");
    assert!(!data.exists(), "nothing was begun");
    let (code, said) = healthbot(&["serve", "--no-such-flag"], &[]).ended().await;
    assert_eq!(code, Some(2), "{said}");
}

#[tokio::test]
async fn help_shows_every_flag_with_its_variable_and_no_secret() {
    let environment = [
        ("SLACK_SIGNING_SECRET", "planted-1"),
        ("SLACK_BOT_TOKEN", "planted-2"),
        ("SLACK_APP_TOKEN", "planted-5"),
        ("HTTPS_PROXY", "planted-3"),
        ("HEALTHBOT_INVENTORY_TOKEN", "planted-4"),
    ];
    let (code, said) = healthbot(&["serve", "--help"], &environment).ended().await;
    assert_eq!(code, Some(0), "{said}");
    for variable in [
        "SLACK_SIGNING_SECRET",
        "SLACK_BOT_TOKEN",
        "SLACK_APP_TOKEN",
        "SLACK_SIGNING_SECRET_FILE",
        "SLACK_BOT_TOKEN_FILE",
        "SLACK_APP_TOKEN_FILE",
        "HEALTHBOT_ADMIN_TOKEN_FILE",
        "SLACK_API_URL",
        "HEALTHBOT_LISTEN",
        "HEALTHBOT_DATA_DIR",
        "HEALTHBOT_OPERATORS",
        "HEALTHBOT_LANGUAGE",
        "HEALTHBOT_CA_FILE",
        "HEALTHBOT_CONTROL",
        "HTTPS_PROXY",
        "NO_PROXY",
        "HEALTHBOT_ALLOW_LOOPBACK",
        "HEALTHBOT_TARGET_NETWORKS",
        "HEALTHBOT_INVENTORY_URL",
        "HEALTHBOT_INVENTORY_TOKEN",
        "HEALTHBOT_INVENTORY_INTERVAL",
        "HEALTHBOT_LOG",
        "HEALTHBOT_LOG_FORMAT",
    ] {
        assert!(
            said.contains(&format!("[env: {variable}")),
            "{variable} in {said}"
        );
        let flag = variable
            .trim_start_matches("HEALTHBOT_")
            .to_lowercase()
            .replace('_', "-");
        assert!(said.contains(&format!("--{flag}")), "{flag} in {said}");
    }
    assert!(!said.contains("planted"), "{said}");
    let (code, said) = healthbot(&["--help"], &[]).ended().await;
    assert!(
        code == Some(0) && said.contains("serve") && said.contains("demo"),
        "{said}"
    );
}

#[tokio::test]
async fn a_second_process_on_the_same_data_is_refused_and_the_first_goes_on() {
    let (workspace, dir) = (workspace().await, tempdir().unwrap());
    let mut first = serve(&workspace, dir.path(), &[]);
    first.up(&workspace).await;
    let (code, said) = serve(&workspace, dir.path(), &[]).refused().await;
    assert_eq!(code, Some(1), "{said}");
    let pid = format!("another healthbot (pid {})", first.id());
    for fact in [pid.as_str(), dir.path().to_str().unwrap(), "--data-dir"] {
        assert!(said.contains(fact), "{fact} in {said}");
    }
    assert!(
        health(&workspace, "list")
            .await
            .contains("No server is watched yet")
    );
    first.signal("TERM").await;
    assert_eq!(first.ended().await.0, Some(0));
}

#[tokio::test]
async fn a_port_that_is_taken_is_named_with_the_way_out() {
    let (workspace, dir) = (workspace().await, tempdir().unwrap());
    let taken = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let (code, said) = serve(&workspace, dir.path(), &[("HEALTHBOT_LISTEN", &address)])
        .ended()
        .await;
    assert_eq!(code, Some(1), "{said}");
    assert!(
        said.contains(&address) && said.contains("HEALTHBOT_LISTEN"),
        "{said}"
    );
}

#[tokio::test]
async fn a_damaged_store_is_refused_left_as_it_is_and_the_way_out_is_named() {
    let (workspace, dir) = (workspace().await, tempdir().unwrap());
    let mut sound = serve(&workspace, dir.path(), &[]);
    sound.up(&workspace).await;
    assert!(
        health(&workspace, "add api http://127.0.0.1:9/")
            .await
            .contains("is watched")
    );
    sound.says("dumped the store").await;
    sound.signal("TERM").await;
    assert_eq!(sound.ended().await.0, Some(0));

    let sound = files(dir.path());
    let (log, bytes) = sound.iter().find(|(path, _)| path.ends_with("db")).unwrap();
    fs::write(log, &bytes[..16]).unwrap();
    let before = files(dir.path());
    let (code, said) = serve(&workspace, dir.path(), &[]).refused().await;
    assert_eq!(code, Some(1), "{said}");
    for fact in [
        "damaged",
        dir.path().to_str().unwrap(),
        "healthbot import",
        "dumps/",
    ] {
        assert!(said.contains(fact), "{fact} in {said}");
    }
    assert!(!said.contains("panicked"), "{said}");
    assert!(before == files(dir.path()), "the files were touched");
}

#[tokio::test]
async fn sigterm_ends_it_with_0_while_a_probe_hangs() {
    let (workspace, dir) = (workspace().await, tempdir().unwrap());
    let mut process = serve(&workspace, dir.path(), &[]);
    process.up(&workspace).await;
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let add = format!(
        "add silent http://{} timeout=60s",
        silent.local_addr().unwrap()
    );
    let (_, probe) = tokio::join!(health(&workspace, &add), silent.accept());
    process.signal("TERM").await;
    let (code, said) = process.ended().await;
    assert_eq!(code, Some(0), "{said}");
    assert!(!said.contains("hangs"), "a probe holds nothing up: {said}");
    drop(probe);

    let mut again = serve(&workspace, dir.path(), &[]);
    again.up(&workspace).await;
    assert!(
        health(&workspace, "list").await.contains("silent"),
        "and all is there again"
    );
    again.signal("INT").await;
    assert_eq!(again.ended().await.0, Some(0));
}

#[tokio::test]
async fn sigterm_ends_it_with_0_while_slack_hangs_and_what_was_owed_arrives_later() {
    let (workspace, dir) = (workspace().await, tempdir().unwrap());
    let mut process = serve(&workspace, dir.path(), &[]);
    process.up(&workspace).await;
    workspace.fault(Fault::once("chat.postMessage", Effect::Hang));
    workspace.invite_bot("ops").await.unwrap();
    workspace
        .wait_for(|state| state.faults().is_empty().then_some(()))
        .await;
    process.signal("TERM").await;
    let (code, said) = process.ended().await;
    assert_eq!(code, Some(0), "{said}");
    let mut again = serve(&workspace, dir.path(), &[]);
    again.up(&workspace).await;
    workspace
        .wait_for(|state| (state.messages("ops").len() == 1).then_some(()))
        .await;
}

#[tokio::test]
async fn no_secret_is_written_even_at_the_most_talkative() {
    let (workspace, dir) = (workspace().await, tempdir().unwrap());
    let proxy = (
        "HTTPS_PROXY",
        "http://user:planted4proxy4password@127.0.0.1:9",
    );
    let mut process = serve(&workspace, dir.path(), &[("HEALTHBOT_LOG", "trace"), proxy]);
    let address = process.up(&workspace).await;
    let url = format!("http://{address}");
    workspace.fault(Fault::once(
        "chat.postMessage",
        Effect::Error("invalid_auth".into()),
    ));
    workspace.invite_bot("ops").await.unwrap();
    workspace.fault(Fault::once("conversations.info", Effect::Status(500)));
    health(&workspace, "subscribe #general").await;
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let add = format!("add api http://{} timeout=2s", silent.local_addr().unwrap());
    workspace.fault(Fault::once("response_url", Effect::Status(500)));
    health(&workspace, &add).await;
    workspace
        .wait_for(|state| {
            state
                .ephemerals("dana")
                .find(|e| e.message.plain().contains("api"))
                .map(drop)
        })
        .await;
    let good = Knock::signed(&url, "/slack/commands", OLD_SECRET, b"user_id=U1&text=help");
    assert_eq!(good.send().await.status, 200);
    assert_eq!(good.but("user_id=U1&text=list").send().await.status, 401);
    process.signal("TERM").await;
    let (code, said) = process.ended().await;
    assert_eq!(code, Some(0));
    assert!(
        said.contains("TRACE") || said.contains("DEBUG"),
        "it did talk: {said}"
    );
    for secret in [
        SIGNING_SECRET,
        OLD_SECRET,
        BOT_TOKEN,
        "planted",
        "/response/",
        "Bearer",
    ] {
        let line = said.lines().find(|line| line.contains(secret));
        assert!(line.is_none(), "{secret}: {line:?}");
    }
}

#[tokio::test]
async fn a_healthcheck_tells_a_bot_that_lives_from_one_that_does_not() {
    let (workspace, dir) = (workspace().await, tempdir().unwrap());
    let mut process = serve(&workspace, dir.path(), &[]);
    let address = process.up(&workspace).await.to_string();
    let check = || healthbot(&["healthcheck"], &[("HEALTHBOT_LISTEN", &address)]).ended();
    let (code, said) = check().await;
    assert_eq!((code, said.as_str()), (Some(0), ""));
    process.signal("TERM").await;
    assert_eq!(process.ended().await.0, Some(0));
    let (code, said) = check().await;
    assert_eq!(code, Some(1));
    assert!(
        said.contains(&address) && said.contains("HEALTHBOT_LISTEN"),
        "{said}"
    );
}
