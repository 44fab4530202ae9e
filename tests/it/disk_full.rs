//! The whole bot on a disk that fills up: it stays alive, goes on probing, says so, loses nothing that it acknowledged,
//! and catches up once there is room.
//!
//! The disk is one in memory, which only root can make; elsewhere the test says that it was skipped.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::Command;

use healthbot::demo::{Mode, Target, Workspace};
use serde_json::Value;

use crate::harness::api::Ask;
use crate::harness::process::{serve, workspace};

/// A disk of its own, gone when this is dropped.
struct Disk(tempfile::TempDir);

impl Disk {
    /// A disk of so many mebibytes; nothing where none can be made.
    fn of(mebibytes: u32) -> Option<Self> {
        let dir = tempfile::tempdir().unwrap();
        let size = format!("size={mebibytes}m");
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &size, "tmpfs"])
            .arg(dir.path())
            .output();
        mounted
            .is_ok_and(|made| made.status.success())
            .then_some(Self(dir))
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    /// Takes all the room there is.
    fn fill(&self) {
        let mut file = fs::File::create(self.path().join("filler")).unwrap();
        for size in [1 << 16, 1 << 12, 1] {
            while file.write_all(&vec![b'x'; size]).is_ok() {}
        }
    }

    fn make_room(&self) {
        fs::remove_file(self.path().join("filler")).unwrap();
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // Lazily: a process that holds it open is about to end. What fails here is only left over.
        let _left = Command::new("umount").arg("-l").arg(self.path()).status();
    }
}

async fn health(workspace: &Workspace, text: &str) -> String {
    loop {
        let answer = workspace
            .command("dana", "ops", &format!("/health {text}"))
            .await;
        let answer = answer.unwrap().plain();
        // A quick machine asks more than one person may.
        if !answer.contains("That is a lot at once") {
            return answer;
        }
    }
}

/// What `/readyz` says of the store: whether it is well, and why not.
async fn store(url: &str) -> (bool, String) {
    let answer = Ask::to(url, "GET", "/readyz").send().await;
    let body: Value = serde_json::from_str(&answer.text).unwrap();
    let store = &body["parts"]["store"];
    let reason = store["reason"].as_str().unwrap_or_default();
    (store["ok"] == true, reason.to_owned())
}

async fn has_message(workspace: &Workspace, words: &str) {
    let found = |text: String| text.contains(words).then_some(());
    workspace
        .wait_for(|state| state.messages("ops").iter().find_map(|m| found(m.plain())))
        .await;
}

/// What is acknowledged while there is less and less room; what is refused then says why.
async fn add_until_refused(workspace: &Workspace, target: &Target) -> Vec<String> {
    let mut acknowledged = Vec::new();
    loop {
        let name = format!("late-{}", acknowledged.len());
        let line = format!("add {name} {} interval=1d", target.url());
        let answer = health(workspace, &line).await;
        if !answer.contains("is watched from now on") {
            assert!(answer.contains("disk is full"), "{answer}");
            return acknowledged;
        }
        acknowledged.push(name);
    }
}

/// Starts the bot again and looks for what was acknowledged.
async fn assert_kept(workspace: &Workspace, data: &Path, names: &[String]) {
    let mut again = serve(workspace, data, &[]);
    again.up(workspace).await;
    for name in names {
        let status = health(workspace, &format!("status {name}")).await;
        assert!(status.contains("every 1d"), "{name}: {status}");
    }
    again.signal("TERM").await;
    assert_eq!(again.ended().await.0, Some(0));
}

#[tokio::test]
async fn a_full_disk_costs_nothing_but_time() {
    let Some(disk) = Disk::of(32) else {
        println!("skipped: only root can make a disk to fill");
        return;
    };
    let workspace = workspace().await;
    let data = disk.path().join("data");
    let mut bot = serve(&workspace, &data, &[]);
    let url = format!("http://{}", bot.up(&workspace).await);
    workspace.invite_bot("ops").await.unwrap();
    has_message(&workspace, "is told from now on").await;
    let [failing, steady] = [Target::http().await.unwrap(), Target::http().await.unwrap()];
    for (name, target) in [("failing", &failing), ("steady", &steady)] {
        let line = format!("add {name} {} interval=1s failures=1", target.url());
        assert!(
            health(&workspace, &line)
                .await
                .contains("is watched from now on")
        );
    }

    disk.fill();
    let mut acknowledged = add_until_refused(&workspace, &steady).await;
    let reason = loop {
        if let (false, reason) = store(&url).await {
            break reason;
        }
    };
    assert!(reason.contains("disk"), "{reason}");
    assert_eq!(Ask::to(&url, "GET", "/healthz").send().await.status, 200);
    assert!(health(&workspace, "list").await.contains("failing"));

    // It probes on, and says what it finds to whoever asks.
    failing.set(Mode::Refusing).await;
    let check = health(&workspace, "check failing").await;
    assert!(check.contains("refused"), "{check}");
    let check = health(&workspace, "check steady").await;
    assert!(check.contains("answered in"), "{check}");
    let mute = health(&workspace, "mute steady 1h").await;
    assert!(mute.contains("disk is full"), "{mute}");

    disk.make_room();
    while !store(&url).await.0 {}
    has_message(&workspace, "failing is down").await;
    let line = format!("add after {} interval=1d", steady.url());
    assert!(
        health(&workspace, &line)
            .await
            .contains("is watched from now on")
    );
    acknowledged.push("after".to_owned());
    failing.set(Mode::Healthy).await;
    has_message(&workspace, "failing is up again").await;
    bot.signal("TERM").await;
    let (code, said) = bot.ended().await;
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("disk is full"), "its log says so: {said}");

    assert_kept(&workspace, &data, &acknowledged).await;
}
