//! A disk that is full: nothing is acknowledged that is not there, readers read on, and when there is room again
//! commits work again, without a restart.
//!
//! The test binary starts itself under a limit on the size of files (`RLIMIT_FSIZE`, through util-linux's `prlimit`),
//! which sled's log runs into as it would into the end of a disk.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use healthbot::store::{Batch, CommitError, Store};

use crate::store_support::{Count, Item, content, item, open};

const DIR_VARIABLE: &str = "HEALTHBOT_FULL_DIR";
/// A multiple of sled's segments of 512 KiB, and more than the store's ballast.
const LIMIT: u64 = 9 * 1024 * 1024;

/// A pair of records of some size.
fn numbered(number: u64) -> Batch {
    let batch = Batch::new().put(&number, &Count { count: number }).unwrap();
    batch
        .put(&format!("{number:06}"), &item(&"x".repeat(3000)))
        .unwrap()
}

fn assert_whole(store: &Store, last: u64) {
    let counts = store.scan::<Count>(b"", None, usize::MAX).unwrap();
    let counts: Vec<u64> = counts.into_iter().map(|(key, _)| key).collect();
    assert_eq!(counts, (1..=last).collect::<Vec<_>>());
    let items = store.scan::<Item>(b"", None, usize::MAX).unwrap();
    assert_eq!(items.len() as u64, last);
}

fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    out.write_all(format!("{line}\n").as_bytes()).unwrap();
    out.flush().unwrap();
}

#[tokio::test]
#[ignore = "the victim of the test below, which starts it under a limit"]
async fn victim() {
    let Some(dir) = std::env::var_os(DIR_VARIABLE) else {
        return;
    };
    let store = open(Path::new(&dir));
    let mut last = 0;
    let error = loop {
        match store.commit(numbered(last + 1)).await {
            Ok(_) => last += 1,
            Err(error) => break error,
        }
    };
    assert!(matches!(error, CommitError::Full(_)), "{error}");
    for _ in 0..3 {
        assert_whole(&store, last);
        // Opening anew can free a little room.
        match store.commit(numbered(last + 1)).await {
            Ok(_) => last += 1,
            Err(error) => assert!(matches!(error, CommitError::Full(_)), "{error}"),
        }
    }
    assert_whole(&store, last);
    say(&format!("full {last}"));
    std::io::stdin()
        .lock()
        .read_line(&mut String::new())
        .unwrap();

    // What failed last may turn out to have reached the disk; it is then a commit like any other.
    let key = last + 1;
    let late = store
        .commit(Batch::new().require_absent::<Count>(&key))
        .await;
    if matches!(late, Err(CommitError::Conflict { .. })) {
        last += 1;
    } else {
        late.unwrap();
    }
    assert_whole(&store, last);
    for _ in 0..50 {
        store.commit(numbered(last + 1)).await.unwrap();
        last += 1;
    }
    assert_whole(&store, last);
    say(&format!("recovered {last}"));
}

/// The number after `word` in the next line that has it.
fn hear(lines: &mut impl BufRead, word: &str) -> u64 {
    let mut line = String::new();
    while lines.read_line(&mut line).unwrap() > 0 {
        if let Some((_, number)) = line.split_once(word) {
            return number.trim().parse().unwrap();
        }
        line.clear();
    }
    panic!("the victim ended without a word of {word:?}");
}

#[tokio::test]
async fn a_full_disk_refuses_commits_until_there_is_room() {
    let dir = tempfile::tempdir().unwrap();
    // The signal that comes with the limit would kill; ignored, it is an error of the write.
    let mut victim = Command::new("sh")
        .args(["-c", "trap '' XFSZ; exec prlimit \"$@\"", "sh"])
        .arg(format!("--fsize={LIMIT}:unlimited"))
        .arg(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "store_full::victim",
            "--ignored",
            "--nocapture",
            "--test-threads=1",
        ])
        .env(DIR_VARIABLE, dir.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(victim.stdout.take().unwrap());
    let full = hear(&mut lines, "full ");
    assert!(full > 100, "{full} commits fit");
    let room = Command::new("prlimit")
        .args([
            "--pid",
            &victim.id().to_string(),
            "--fsize=unlimited:unlimited",
        ])
        .status()
        .unwrap();
    assert!(room.success());
    victim.stdin.take().unwrap().write_all(b"go on\n").unwrap();
    let last = hear(&mut lines, "recovered ");
    assert!(victim.wait().unwrap().success());
    let store = open(dir.path());
    assert_whole(&store, last);
    assert_eq!(content(&store).len() as u64, 2 * last);
}
