//! The process before it is up: what it makes of its variables, whom it lets have the data, and which signals it hears.

use std::fs::File;
use std::io::Write;
use std::net::TcpListener as StdListener;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::CommandFactory;
use healthbot::config::Cli;
use tempfile::tempdir;
use tokio::process::Command;

use crate::harness::certificates::Authority;
use crate::harness::launch::get;
use crate::harness::process::{
    BOT_TOKEN, Process, SIGNING_SECRET, healthbot, serve, serve_through, workspace,
};

/// Whatever hangs, it ends within this after it was told to.
const STOPS_WITHIN: Duration = Duration::from_secs(10);

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// A file that keeps its reader waiting.
struct Fifo(PathBuf);

impl Fifo {
    async fn at(path: PathBuf) -> Self {
        let made = Command::new("mkfifo").arg(&path).status().await;
        assert!(made.unwrap().success());
        Self(path)
    }

    /// Returns once somebody reads it, who waits from then on for what is written.
    async fn read(&self) -> File {
        let path = self.0.clone();
        let open = move || File::options().write(true).open(path).unwrap();
        tokio::task::spawn_blocking(open).await.unwrap()
    }
}

async fn ends_with_0(process: Process) -> String {
    process.signal("TERM").await;
    let ended = tokio::time::timeout(STOPS_WITHIN, process.ended()).await;
    let (code, said) = ended.expect("it hears the signal while it starts");
    assert_eq!(code, Some(0), "{said}");
    said
}

#[tokio::test]
async fn a_variable_that_is_set_to_nothing_is_not_set() {
    let (workspace, dir) = (workspace().await, tempdir().unwrap());
    let cli = Cli::command();
    let arguments = cli.find_subcommand("serve").unwrap().get_arguments();
    let needed = [
        "SLACK_SIGNING_SECRET",
        "SLACK_BOT_TOKEN",
        "SLACK_API_URL",
        "HEALTHBOT_LISTEN",
        "HEALTHBOT_DATA_DIR",
        "HEALTHBOT_ALLOW_LOOPBACK",
    ];
    let names: Vec<_> = arguments
        .filter_map(|argument| argument.get_env()?.to_str())
        .collect();
    let others = names.iter().filter(|name| !needed.contains(name));
    let empty: Vec<_> = others.map(|name| (*name, "")).collect();
    assert!(empty.len() > 10);
    let mut process = serve(&workspace, dir.path(), &empty);
    let address = process.up(&workspace).await;
    let page = get(address, "/").await.unwrap();
    assert!(page.starts_with("HTTP/1.1 200 "), "the default: {page}");
    ends_with_0(process).await;

    let all: Vec<_> = names.iter().map(|name| (*name, "")).collect();
    let (code, said) = healthbot(&["serve"], &all).refused().await;
    assert_eq!(code, Some(2));
    assert!(said.contains("2 mistakes"), "only what is needed: {said}");
    let (code, said) = healthbot(&["serve", "--help"], &all).ended().await;
    assert_eq!(code, Some(0));
    let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
    for name in names {
        assert!(said.contains(&format!("[env: {name}")), "{name} in {said}");
    }
    let listen = [("HEALTHBOT_LISTEN", "")];
    let (_, said) = healthbot(&["healthcheck"], &listen).ended().await;
    assert!(!said.contains("--listen"), "{said}");
}

#[tokio::test]
async fn a_variable_that_is_no_text_is_one_mistake_among_the_others() {
    let (workspace, dir) = (workspace().await, tempdir().unwrap());
    let mut command = Command::new("sh");
    let exports = [
        "HTTPS_PROXY",
        "NO_PROXY",
        "HEALTHBOT_LOG",
        "HEALTHBOT_LOG_FORMAT",
    ];
    let exports = exports.map(|name| format!("export {name}=$(printf 'planted\\377');"));
    let script = format!("{} exec \"$@\"", exports.concat());
    command.args(["-c", &script, "sh"]);
    let wrong = [("HEALTHBOT_OPERATORS", "dana")];
    let process = serve_through(command, &workspace, dir.path(), &wrong);
    let (code, said) = process.refused().await;
    assert_eq!(code, Some(2), "{said}");
    for name in [
        "HTTPS_PROXY",
        "NO_PROXY",
        "HEALTHBOT_LOG ",
        "HEALTHBOT_LOG_FORMAT",
        "HEALTHBOT_OPERATORS",
    ] {
        assert!(said.contains(&format!("  - {name}")), "{name} in {said}");
    }
}

#[tokio::test]
async fn the_format_of_the_log_is_read_without_regard_to_case() {
    let (workspace, dir) = (workspace().await, tempdir().unwrap());
    let format = [("HEALTHBOT_LOG_FORMAT", " JSON")];
    let mut process = serve(&workspace, dir.path(), &format);
    let line = process.says("healthbot is up").await;
    serde_json::from_str::<serde_json::Value>(&line).unwrap();
    ends_with_0(process).await;
}

#[tokio::test]
async fn an_admin_address_that_is_the_same_is_as_if_there_were_none() {
    let (workspace, dir) = (workspace().await, tempdir().unwrap());
    let free = StdListener::bind("127.0.0.1:0").unwrap();
    let address = free.local_addr().unwrap().to_string();
    drop(free);
    let same = [
        ("HEALTHBOT_LISTEN", address.as_str()),
        ("HEALTHBOT_ADMIN_LISTEN", &address),
    ];
    let mut process = serve(&workspace, dir.path(), &same);
    let at = process.up(&workspace).await;
    assert_eq!(at.to_string(), address);
    let metrics = get(at, "/metrics").await.unwrap();
    assert!(metrics.starts_with("HTTP/1.1 200 "), "{metrics}");
    let slack = get(at, "/slack/events").await.unwrap();
    assert!(slack.starts_with("HTTP/1.1 405 "), "{slack}");
    ends_with_0(process).await;
}

#[tokio::test]
async fn a_second_process_with_the_same_variables_hears_who_has_the_data() {
    let (workspace, dir) = (workspace().await, tempdir().unwrap());
    let mut first = serve(&workspace, dir.path(), &[]);
    let address = first.up(&workspace).await.to_string();
    let second = serve(&workspace, dir.path(), &[("HEALTHBOT_LISTEN", &address)]);
    let (code, said) = second.refused().await;
    assert_eq!(code, Some(1), "{said}");
    let pid = format!("another healthbot (pid {})", first.id());
    assert!(said.contains(&pid), "{said}");
    ends_with_0(first).await;
}

#[tokio::test]
async fn a_hangup_while_it_starts_is_heard_once_it_is_up() {
    let (workspace, dir) = (workspace().await, tempdir().unwrap());
    let [data, token] = ["data", "token"].map(|name| dir.path().join(name));
    std::fs::write(&token, BOT_TOKEN).unwrap();
    let authorities = Fifo::at(dir.path().join("authorities")).await;
    let mut process = healthbot(
        &["serve"],
        &[
            ("SLACK_SIGNING_SECRET", SIGNING_SECRET),
            ("SLACK_BOT_TOKEN_FILE", text(&token)),
            ("SLACK_API_URL", &workspace.api_url()),
            ("HEALTHBOT_LISTEN", "127.0.0.1:0"),
            ("HEALTHBOT_DATA_DIR", text(&data)),
            ("HEALTHBOT_CA_FILE", text(&authorities.0)),
        ],
    );
    let mut file = authorities.read().await;
    process.signal("HUP").await;
    process.signal("HUP").await;
    file.write_all(Authority::new().pem().as_bytes()).unwrap();
    drop(file);
    process.up(&workspace).await;
    process.says("the secrets are read anew").await;
    ends_with_0(process).await;
}

#[tokio::test]
async fn a_stop_while_it_starts_waits_for_nothing() {
    let (workspace, dir) = (workspace().await, tempdir().unwrap());
    let data = dir.path().join("data");
    let authorities = Fifo::at(dir.path().join("authorities")).await;
    let ca_file = [("HEALTHBOT_CA_FILE", text(&authorities.0))];
    let process = serve(&workspace, &data, &ca_file);
    let _file = authorities.read().await;
    ends_with_0(process).await;

    std::fs::create_dir(&data).unwrap();
    let mark = Fifo::at(data.join("store.mark")).await;
    let process = serve(&workspace, &data, &[]);
    let _file = mark.read().await;
    let said = ends_with_0(process).await;
    assert!(!said.contains("healthbot is up"), "{said}");

    std::fs::remove_file(data.join("store.mark")).unwrap();
    let mut process = serve(&workspace, &data, &[]);
    process.up(&workspace).await;
    ends_with_0(process).await;
}
