//! `kill -9` at any moment: every acknowledged commit is there afterwards, and each commit whole or not at all.
//!
//! The test binary starts itself as the victim, which commits in several lanes and says which commits were acknowledged.
//! `HEALTHBOT_CRASH_ROUNDS` sets the number of kills.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

use futures_util::future::join_all;
use healthbot::store::{Batch, Store};

use crate::harness::knob;
use crate::store_support::{Count, Item, item, open};

const ROUNDS_VARIABLE: &str = "HEALTHBOT_CRASH_ROUNDS";
const DIR_VARIABLE: &str = "HEALTHBOT_CRASH_DIR";
const ROUNDS: usize = 40;
const LANES: u64 = 4;
/// Records of a lane that are written in turn, each as a pair.
const SLOTS: u64 = 10;

/// The last commit of a lane, and its pairs' keys.
fn lane_key(lane: u64) -> u64 {
    lane * 1000
}

fn slot_keys(lane: u64, number: u64) -> (u64, String) {
    let slot = number % SLOTS;
    (lane_key(lane) + 1 + slot, format!("{lane}/{slot}"))
}

/// The commit `number` of `lane`: its pair, which agrees, and the lane's count.
fn numbered(lane: u64, number: u64) -> Batch {
    let (count, name) = slot_keys(lane, number);
    let batch = Batch::new().put(&count, &Count { count: number }).unwrap();
    let batch = batch.put(&name, &item(&number.to_string())).unwrap();
    batch
        .put(&lane_key(lane), &Count { count: number })
        .unwrap()
}

fn count(store: &Store, key: u64) -> Option<u64> {
    store
        .get::<Count>(&key)
        .unwrap()
        .map(|stored| stored.value.count)
}

fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    out.write_all(format!("{line}\n").as_bytes()).unwrap();
    out.flush().unwrap();
}

#[tokio::test]
#[ignore = "the victim of the test below, which starts it"]
async fn victim() {
    let Some(dir) = std::env::var_os(DIR_VARIABLE) else {
        return;
    };
    say("opening");
    let store = open(Path::new(&dir));
    join_all((1..=LANES).map(|lane| run_lane(&store, lane))).await;
}

/// Commits for ever and says what was acknowledged.
async fn run_lane(store: &Store, lane: u64) {
    let mut number = count(store, lane_key(lane)).unwrap_or(0);
    loop {
        number += 1;
        store.commit(numbered(lane, number)).await.unwrap();
        say(&format!("ack {lane} {number}"));
    }
}

/// A victim, and what it has said so far. It is killed when this goes.
struct Victim {
    child: Child,
    lines: BufReader<ChildStdout>,
    acknowledged: Vec<u64>,
}

impl Victim {
    fn start(dir: &Path, acknowledged: Vec<u64>) -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args([
                "--exact",
                "store_crash::victim",
                "--ignored",
                "--nocapture",
                "--test-threads=1",
            ])
            .env(DIR_VARIABLE, dir)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap());
        Self {
            child,
            lines,
            acknowledged,
        }
    }

    /// Reads up to the next line that begins with `start`; says whether there was one.
    fn hear(&mut self, start: &str) -> bool {
        let mut line = String::new();
        while self.lines.read_line(&mut line).unwrap() > 0 {
            let complete = line.ends_with('\n');
            let heard = std::mem::take(&mut line);
            if let Some(ack) = heard.strip_prefix("ack ").filter(|_| complete) {
                let (lane, number) = ack.trim().split_once(' ').unwrap();
                let lane: usize = lane.parse().unwrap();
                self.acknowledged[lane] = number.parse().unwrap();
            }
            if complete && heard.contains(start) {
                return true;
            }
        }
        false
    }

    /// Kills it and returns everything that was acknowledged.
    fn kill(mut self) -> Vec<u64> {
        assert_eq!(
            self.child.try_wait().unwrap(),
            None,
            "the victim ended by itself"
        );
        self.child.kill().unwrap();
        self.hear("nothing more");
        self.child.wait().unwrap();
        std::mem::take(&mut self.acknowledged)
    }
}

impl Drop for Victim {
    fn drop(&mut self) {
        // After `kill` there is nobody left.
        let _gone = self.child.kill();
        let _reaped = self.child.wait();
    }
}

/// A fresh random number below `limit`.
fn random(limit: u64) -> u64 {
    RandomState::new().build_hasher().finish() % limit
}

/// Passes a random moment without looking at a clock.
fn dawdle(limit: u64) {
    for _ in 0..random(limit) {
        std::hint::spin_loop();
    }
}

/// The content of every lane follows from its count.
fn verify(store: &Store, acknowledged: &[u64]) {
    for lane in 1..=LANES {
        let last = count(store, lane_key(lane)).unwrap_or(0);
        let acked = acknowledged[lane as usize];
        assert!(
            last >= acked,
            "lane {lane}: {acked} was acknowledged, and {last} is there"
        );
        for number in last.saturating_sub(SLOTS - 1).max(1)..=last {
            let (key, name) = slot_keys(lane, number);
            assert_eq!(count(store, key), Some(number), "lane {lane} at {last}");
            let pair = store
                .get::<Item>(&name)
                .unwrap()
                .map(|stored| stored.value.text);
            assert_eq!(pair, Some(number.to_string()), "lane {lane} at {last}");
        }
    }
}

#[tokio::test]
async fn nothing_acknowledged_is_lost_to_kill_9() {
    let rounds = knob::count(ROUNDS_VARIABLE).unwrap_or(ROUNDS);
    let dir = tempfile::tempdir().unwrap();
    let mut acknowledged = vec![0; LANES as usize + 1];
    let (mut while_opening, mut verified) = (0, 0);
    for _ in 0..rounds {
        let mut victim = Victim::start(dir.path(), acknowledged);
        assert!(victim.hear("opening"), "the victim did not start");
        if random(4) == 0 {
            while_opening += 1;
            dawdle(4_000_000);
        } else {
            for _ in 0..=random(100) {
                assert!(victim.hear("ack"), "the victim did not commit");
            }
            dawdle(200_000);
        }
        acknowledged = victim.kill();
        // Otherwise the next victim opens what this one left.
        if random(2) == 0 {
            let store = open(dir.path());
            verify(&store, &acknowledged);
            store.close().await;
            verified += 1;
        }
    }
    let store = open(dir.path());
    verify(&store, &acknowledged);
    let revision = store.sizes().unwrap().revision;
    println!(
        "{rounds} kills, {while_opening} of them while opening; verified {verified} times; \
         {} acknowledged commits, revision {revision}",
        acknowledged.iter().sum::<u64>()
    );
    assert!(rounds == 0 || revision.get() > 0);
}
