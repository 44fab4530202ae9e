//! Durable commits, beside the raw engine that makes each write durable in the same way.

use std::fs::File;
use std::path::PathBuf;
use std::time::Duration;

use healthbot::store::{Batch, Options, Record, Store, Table, Tables};
use serde::{Deserialize, Serialize};

use super::machine::{self, either, median};
use super::report::{row, table};

const THINGS: Table = Table::new(b't', "things", 1);
const TABLES: Tables = Tables::new(&[THINGS]);

/// A record as large as most are.
#[derive(Clone, Serialize, Deserialize)]
struct Thing {
    text: String,
}

impl Record for Thing {
    type Key = u64;
    const TABLE: Table = THINGS;
}

pub(crate) async fn measure() {
    let dir = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let mut rounds = Vec::new();
    for round in 0..either(5, 1) {
        let raw = raw(dir.path().join(format!("raw{round}")));
        let one = commits(dir.path().join(format!("one{round}")), 1).await;
        let sixteen = commits(dir.path().join(format!("sixteen{round}")), 16).await;
        rounds.push([raw, one, sixteen]);
    }
    let of = |at: usize| median(rounds.iter().map(|round| round[at]).collect());
    let ratio = |at: usize| median(rounds.iter().map(|round| round[at] / round[0]).collect());
    table(
        "Durable commits of 300 bytes a second",
        &["", "a second", "beside the raw engine"],
    );
    row(&["sled: insert, flush, fsync", &format!("{:.0}", of(0)), "1"]);
    row(&[
        "the store, one caller",
        &format!("{:.0}", of(1)),
        &format!("{:.2}", ratio(1)),
    ]);
    row(&[
        "the store, sixteen callers",
        &format!("{:.0}", of(2)),
        &format!("{:.2}", ratio(2)),
    ]);
}

fn length() -> Duration {
    either(Duration::from_secs(3), Duration::from_millis(200))
}

fn thing() -> Thing {
    Thing {
        text: "x".repeat(280),
    }
}

/// Commits a second by so many callers, each waiting for its own.
async fn commits(dir: PathBuf, callers: u64) -> f64 {
    let options = Options {
        dir,
        cache_bytes: 16 << 20,
        tables: TABLES,
    };
    let store = Store::open(options, |_| {}).unwrap();
    let begun = machine::elapsed();
    let calling: Vec<_> = (0..callers)
        .map(|caller| {
            let store = store.clone();
            tokio::spawn(async move {
                let mut count = 0;
                while machine::elapsed() - begun < length() {
                    let key = (caller << 32) | (count % 1_000);
                    store
                        .commit(Batch::new().put(&key, &thing()).unwrap())
                        .await
                        .unwrap();
                    count += 1;
                }
                count
            })
        })
        .collect();
    let mut count = 0;
    for caller in calling {
        count += caller.await.unwrap();
    }
    let rate = count as f64 / (machine::elapsed() - begun).as_secs_f64();
    store.close().await;
    rate
}

/// The same by sled itself, one thread.
fn raw(dir: PathBuf) -> f64 {
    let config = sled::Config::new().path(&dir).cache_capacity(16 << 20);
    let db = config
        .mode(sled::Mode::LowSpace)
        .flush_every_ms(None)
        .open()
        .unwrap();
    let log = File::open(dir.join("db")).unwrap();
    let value = serde_json::to_vec(&thing()).unwrap();
    let begun = machine::elapsed();
    let mut count = 0_u64;
    while machine::elapsed() - begun < length() {
        db.insert((count % 1_000).to_be_bytes(), value.as_slice())
            .unwrap();
        db.flush().unwrap();
        log.sync_data().unwrap();
        count += 1;
    }
    count as f64 / (machine::elapsed() - begun).as_secs_f64()
}
