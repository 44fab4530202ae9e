//! Everything that the bot asks of its disk is recorded by Debian's `strace`; from that disks are made as they may be
//! after a cut at any moment, and each is opened. Anyone may run it:
//! `cargo test --test it power_loss::reordered -- --ignored --nocapture`; `HEALTHBOT_POWER_SEED` repeats a run's
//! choices.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use healthbot::demo::Workspace;
use healthbot::domain::server::Server;
use healthbot::store::collections::TABLES;
use healthbot::store::{Options, Store};
use serde_json::json;
use tokio::process::Command;

use super::cuts;
use super::disk::Disk;
use super::trace::{self, Call, Event};
use crate::harness::api::{Ask, TOKEN};
use crate::harness::dice::Dice;
use crate::harness::knob;
use crate::harness::process::{serve_through, workspace};

/// The changes that are made in each of the process's two lives.
const CHANGES: usize = 150;

/// So many servers at most; all of them are down, so that the bot writes of itself too.
const SERVERS: usize = 20;

/// What is in a server's path before the number of the change that gave it.
const MARK: &str = "/change-";

/// The path of each server by its name.
type Paths = BTreeMap<String, String>;

/// A script that adds, edits and removes, and what must be there after each of its changes.
struct Script {
    base: String,
    dice: Dice,
    ids: BTreeMap<String, String>,
    /// The first is before the first change.
    after: Vec<Paths>,
}

impl Script {
    async fn ask(&self, method: &str, path: &str, body: &serde_json::Value) -> serde_json::Value {
        let ask = Ask::to(&self.base, method, &format!("/api/v1/servers{path}"));
        let ask = ask.header("authorization", format!("Bearer {TOKEN}"));
        let answer = ask.json(body).await;
        assert!(answer.status < 300, "{}", answer.text);
        serde_json::from_str(&answer.text).unwrap_or_default()
    }

    /// Makes one more change, which is durable once this returns.
    async fn change(&mut self) {
        let number = self.after.len();
        let mut paths = self.after[number - 1].clone();
        let padding = "x".repeat(self.dice.place(300));
        let path = format!("{MARK}{number}/{padding}");
        let names: Vec<_> = self.ids.keys().cloned().collect();
        let name = if names.len() < SERVERS && self.dice.once_in(2) || names.is_empty() {
            format!("server-{number}")
        } else {
            self.dice.pick(&names).unwrap().clone()
        };
        match self.ids.get(&name).cloned() {
            None => {
                let server = json!({
                    "host_name": name, "host": "127.0.0.1", "port": 1, "path": path, "interval": "1s",
                });
                let added = self.ask("POST", "", &server).await;
                self.ids
                    .insert(name.clone(), added["id"].as_str().unwrap().to_owned());
                paths.insert(name, path);
            }
            Some(id) if self.dice.once_in(6) => {
                self.ask("DELETE", &format!("/{id}"), &json!({})).await;
                self.ids.remove(&name);
                paths.remove(&name);
            }
            Some(id) => {
                self.ask("PATCH", &format!("/{id}"), &json!({"path": path}))
                    .await;
                paths.insert(name, path);
            }
        }
        self.after.push(paths);
    }
}

/// Runs the bot once more over the same directory, and gives what it did there.
async fn live(
    workspace: &Workspace,
    data: &Path,
    record: &Path,
    script: &mut Script,
) -> Vec<Event> {
    let mut strace = Command::new("strace");
    strace.args(trace::arguments(record));
    let token = [("HEALTHBOT_ADMIN_TOKEN", TOKEN)];
    let mut bot = serve_through(strace, workspace, data, &token);
    let process = bot.id();
    script.base = format!("http://{}", bot.up(workspace).await);
    for _ in 0..CHANGES {
        script.change().await;
    }
    bot.signal("TERM").await;
    assert_eq!(bot.ended().await.0, Some(0));
    let mut again = tokio::time::interval(Duration::from_millis(50));
    loop {
        let written = fs::read_to_string(record).unwrap();
        if trace::is_whole(&written, process) {
            return trace::events(&written);
        }
        again.tick().await;
    }
}

/// The number of the change that an answer acknowledges.
fn acknowledged(event: &Event) -> Option<usize> {
    let Event::Began {
        call: Call::Say { bytes },
        ..
    } = event
    else {
        return None;
    };
    let said = String::from_utf8_lossy(bytes);
    let (head, rest) = said.split_once(&format!("\"path\":\"{MARK}"))?;
    assert!(head.starts_with("HTTP/1.1 20"), "{said}");
    rest.split('/').next()?.parse().ok()
}

/// What a bot that started over this directory would watch.
fn watched(dir: &Path) -> Result<Paths, String> {
    let options = Options {
        dir: dir.to_owned(),
        cache_bytes: 1 << 20,
        tables: TABLES,
    };
    let store = Store::open(options, |_| {}).map_err(|error| error.to_string())?;
    let servers = store
        .scan::<Server>(&[], None, usize::MAX)
        .map_err(|error| error.to_string())?;
    let named = |server: Server| {
        (
            server.host_name.to_string(),
            server.target.path.as_str().to_owned(),
        )
    };
    Ok(servers
        .into_iter()
        .map(|(_, stored)| named(stored.value))
        .collect())
}

async fn can_record() -> bool {
    let mut tried = Command::new("strace");
    tried.args(["-D", "-o", "/dev/null", "true"]);
    let tried = tried.stderr(Stdio::null()).status().await;
    tried.is_ok_and(|status| status.success())
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "it needs strace and a minute; see the top of the file"]
async fn what_was_acknowledged_survives_whatever_order_the_disk_wrote_in() {
    let cuts = cuts(200);
    if !can_record().await {
        println!("skipped: strace is missing, or may not look at processes here");
        return;
    }
    let seed = knob::number("HEALTHBOT_POWER_SEED").unwrap_or(1);
    println!("HEALTHBOT_POWER_SEED={seed}");
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    let workspace = workspace().await;
    let mut script = Script {
        base: String::new(),
        dice: Dice::new(seed),
        ids: BTreeMap::new(),
        after: vec![Paths::new()],
    };
    let mut events = live(&workspace, &data, &dir.path().join("first"), &mut script).await;
    let first_life = events.len();
    events.extend(live(&workspace, &data, &dir.path().join("second"), &mut script).await);
    println!("{} and {} events", first_life, events.len() - first_life);

    let mut dice = Dice::new(seed);
    let mut moments: Vec<_> = (0..cuts).map(|_| dice.place(events.len())).collect();
    moments.sort_unstable();
    let mut moments = moments.into_iter().peekable();
    let mut disk = Disk::new(&data);
    let mut durable = 0;
    for (moment, event) in events.iter().enumerate() {
        disk.see(event);
        durable = acknowledged(event).unwrap_or(0).max(durable);
        while moments.next_if_eq(&moment).is_some() {
            let after = dir.path().join("after");
            disk.cut(&mut dice, &after);
            match watched(&after) {
                // Nothing was promised before the first answer: not even that there is a store.
                Err(_) if durable == 0 => {}
                Err(error) => panic!("at event {moment}, after change {durable}: {error}"),
                Ok(watched) => assert!(
                    script.after[durable..].contains(&watched),
                    "at event {moment}, after change {durable}: {watched:?}"
                ),
            }
            fs::remove_dir_all(&after).unwrap();
        }
    }
    let changes = script.after.len() - 1;
    println!("{cuts} cuts, {changes} acknowledged changes, none lost");
    assert!(
        durable + 10 > changes,
        "{durable} of {changes} answers were seen"
    );
}
