//! The process before it is up: what it makes of its variables, and whom it lets have the data.

use std::net::TcpListener as StdListener;

use clap::CommandFactory;
use healthbot::config::Cli;
use tempfile::tempdir;
use tokio::process::Command;

use crate::harness::launch::get;
use crate::harness::process::{Process, healthbot, serve, serve_through, workspace};

async fn ends_with_0(process: Process) {
    process.signal("TERM").await;
    let (code, said) = process.ended().await;
    assert_eq!(code, Some(0), "{said}");
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
