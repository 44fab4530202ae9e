//! Damage: whatever happens to the files, a store opens whole or not at all, and a refusal changes none of them.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use healthbot::store::{Batch, OpenError, Store};

use crate::store_support::{Count, content, item, open, try_open};

/// Every file of the data directory with its content, but the lock and the ballast, which have none.
type Files = BTreeMap<PathBuf, Vec<u8>>;

fn files(dir: &Path) -> Files {
    let mut found = Files::new();
    let mut pending = vec![dir.to_owned()];
    while let Some(next) = pending.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                pending.push(path);
            } else if !path.ends_with("lock") && !path.ends_with("store.ballast") {
                found.insert(
                    path.strip_prefix(dir).unwrap().to_owned(),
                    fs::read(&path).unwrap(),
                );
            }
        }
    }
    found
}

/// A data directory of exactly these files.
fn lay_out(files: &Files) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (path, bytes) in files {
        let path = dir.path().join("data").join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    dir
}

/// Several hundred commits over a few segments of sled's log, with changes and deletions.
async fn fill(store: &Store) {
    for round in 0..200_u64 {
        let mut batch = Batch::new();
        for count in 0..20 {
            batch = batch
                .put(&(round * 7 + count), &Count { count: round })
                .unwrap();
        }
        let name = format!("item {}", round % 50);
        batch = batch.put(&name, &item(&"text ".repeat(100))).unwrap();
        store
            .commit(batch.delete::<Count>(&(round * 3)))
            .await
            .unwrap();
    }
}

/// The files of a filled store and what it holds; after a clean close, or as a kill would leave them.
async fn specimen(closed: bool) -> (Files, Vec<String>) {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    fill(&store).await;
    let content = content(&store);
    if closed {
        store.close().await;
    }
    (files(&dir.path().join("data")), content)
}

/// Ways to damage a file's bytes.
fn damages(bytes: &[u8]) -> Vec<(String, Option<Vec<u8>>)> {
    let mut all = vec![
        ("deleted".to_owned(), None),
        ("emptied".to_owned(), Some(Vec::new())),
    ];
    let offsets = |parts: usize| (0..parts).map(move |part| bytes.len() * part / parts);
    for at in offsets(12)
        .chain([bytes.len().saturating_sub(1)])
        .filter(|at| *at < bytes.len())
    {
        let mut flipped = bytes.to_vec();
        flipped[at] ^= 0x10;
        all.push((format!("flipped at {at}"), Some(flipped)));
    }
    for at in offsets(6).skip(1).chain([bytes.len().saturating_sub(1)]) {
        all.push((
            format!("cut at {at}"),
            Some(bytes[..at.min(bytes.len())].to_vec()),
        ));
    }
    for at in offsets(6) {
        let mut zeroed = bytes.to_vec();
        let end = (at + 4096).min(bytes.len());
        zeroed[at..end].fill(0);
        all.push((format!("zeroed from {at}"), Some(zeroed)));
    }
    all
}

/// Opens the damaged store; it must be refused and untouched, or hold exactly `expected`.
async fn whole_or_refused(damaged: &Files, expected: &[String], what: &str) -> bool {
    let dir = lay_out(damaged);
    match try_open(dir.path()) {
        Ok(store) => {
            assert!(
                content(&store) == expected,
                "{what}: it opened with other content"
            );
            store.close().await;
            false
        }
        Err(error) => {
            assert!(
                matches!(error, OpenError::Damaged { .. } | OpenError::Foreign { .. }),
                "{what}: {error}"
            );
            let left = files(&dir.path().join("data"));
            let names = |files: &Files| files.keys().cloned().collect::<Vec<_>>();
            assert_eq!(
                names(&left),
                names(damaged),
                "{what}: the refusal changed the files"
            );
            assert!(
                &left == damaged,
                "{what}: the refusal changed a file's content"
            );
            true
        }
    }
}

async fn matrix(closed: bool) {
    let (good, expected) = specimen(closed).await;
    assert!(!whole_or_refused(&good, &expected, "undamaged").await);
    let mut refused = 0;
    let mut harmless = Vec::new();
    for (path, bytes) in &good {
        for (damage, spoilt) in damages(bytes) {
            let mut damaged = good.clone();
            match spoilt {
                Some(spoilt) if spoilt == *bytes => continue,
                Some(spoilt) => damaged.insert(path.clone(), spoilt),
                None => damaged.remove(path),
            };
            let what = format!("{} {damage}", path.display());
            if whole_or_refused(&damaged, &expected, &what).await {
                refused += 1;
            } else {
                harmless.push(what);
            }
        }
    }
    let tried = refused + harmless.len();
    assert!(
        refused > 9 * harmless.len(),
        "{refused} of {tried} were noticed, not {harmless:?}"
    );
}

#[tokio::test]
async fn a_closed_store_opens_whole_or_not_at_all() {
    matrix(true).await;
}

#[tokio::test]
async fn a_killed_store_opens_whole_or_not_at_all() {
    matrix(false).await;
}

#[tokio::test]
async fn a_store_put_back_to_an_older_state_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    let store = open(dir.path());
    fill(&store).await;
    store.close().await;
    let older = files(&data.join("store"));
    let store = open(dir.path());
    store
        .commit(Batch::new().delete::<Count>(&600))
        .await
        .unwrap();
    store.close().await;
    fs::remove_dir_all(data.join("store")).unwrap();
    for (path, bytes) in &older {
        let path = data.join("store").join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    let error = try_open(dir.path()).unwrap_err().to_string();
    assert!(
        error.contains("it ends at revision 200, and had reached 201"),
        "{error}"
    );
    assert_eq!(files(&data.join("store")), older);
}

#[tokio::test]
async fn what_a_kill_left_half_written_is_no_damage() {
    let (good, expected) = specimen(true).await;
    let mut left = good;
    left.insert(
        "store/snap.7FFFFFFFFFFFFFFF.generating".into(),
        b"half".to_vec(),
    );
    for name in [
        "store.untouched/db",
        "store.building/db",
        "store.ready/db",
        "store.discard/db",
    ] {
        left.insert(name.into(), b"half".to_vec());
    }
    assert!(!whole_or_refused(&left, &expected, "leftovers").await);
}

#[tokio::test]
async fn a_refusal_that_was_interrupted_is_taken_up_again() {
    let (good, expected) = specimen(true).await;
    let moved = |files: &Files, to: &str| -> Files {
        let move_one = |path: &PathBuf| match path.strip_prefix("store") {
            Ok(rest) => Path::new(to).join(rest),
            Err(_) => path.clone(),
        };
        files
            .iter()
            .map(|(path, bytes)| (move_one(path), bytes.clone()))
            .collect()
    };
    // Between taking the tried store away and putting the untouched one in its place.
    let mut half = moved(&good, "store.untouched");
    half.insert("store.discard/db".into(), b"tried".to_vec());
    assert!(!whole_or_refused(&half, &expected, "half put back").await);
    // Between marking a new store and moving it to its place.
    assert!(!whole_or_refused(&moved(&good, "store.ready"), &expected, "half installed").await);
}
