//! What the store promises, as a suite that another engine behind the same face would have to pass, and its doors.

use std::os::unix::fs::PermissionsExt;
use std::sync::{Arc, Mutex};

use futures_util::future::join_all;
use healthbot::store::{
    Batch, Change, CommitError, OpenError, Revision, Store, StoreError, Stored,
};

use crate::store_support::{
    Count, Item, LATER_TABLES, LaterCount, content, item, open, options, try_open,
};

/// What the observer heard, in order.
type Heard = Arc<Mutex<Vec<Change>>>;

fn observed(dir: &std::path::Path) -> (Store, Heard) {
    let heard = Heard::default();
    let hear = Arc::clone(&heard);
    let observer = move |changes: &[Change]| hear.lock().unwrap().extend_from_slice(changes);
    (Store::open(options(dir), observer).unwrap(), heard)
}

fn put(batch: Batch, key: &str, text: &str) -> Batch {
    batch.put(&key.to_owned(), &item(text)).unwrap()
}

fn text(store: &Store, key: &str) -> Option<String> {
    store
        .get::<Item>(&key.to_owned())
        .unwrap()
        .map(|stored| stored.value.text)
}

fn keys(found: Vec<(String, Stored<Item>)>) -> Vec<String> {
    found.into_iter().map(|(key, _)| key).collect()
}

/// Everything that a store must do whatever engine is behind it. `store` is empty, and `heard` what its observer hears.
async fn conformance(store: &Store, heard: &Heard) {
    reads_back_what_was_committed(store).await;
    guards_hold_or_refuse_the_whole_batch(store).await;
    deletes(store).await;
    scans_in_order_and_in_pages(store).await;
    serves_concurrent_commits_one_after_another(store).await;
    tells_the_observer_before_the_caller(store, heard).await;
    applies_what_nobody_waits_for(store).await;
    refuses_what_is_too_large(store).await;
}

async fn reads_back_what_was_committed(store: &Store) {
    assert_eq!(text(store, "a"), None);
    let first = store.commit(put(Batch::new(), "a", "1")).await.unwrap();
    let second = store.commit(put(Batch::new(), "a", "2")).await.unwrap();
    assert!(second.revision > first.revision);
    let stored = store.get::<Item>(&"a".to_owned()).unwrap().unwrap();
    assert_eq!(
        stored,
        Stored {
            revision: second.revision,
            value: item("2")
        }
    );
    let nothing = store.commit(Batch::new()).await.unwrap();
    assert_eq!(nothing.revision, second.revision);
    let twice = put(put(Batch::new(), "a", "3"), "a", "4");
    store.commit(twice).await.unwrap();
    assert_eq!(text(store, "a").as_deref(), Some("4"));
}

async fn guards_hold_or_refuse_the_whole_batch(store: &Store) {
    let key = "guarded".to_owned();
    let absent = || put(Batch::new().require_absent::<Item>(&key), "guarded", "1");
    let made = store.commit(absent()).await.unwrap().revision;
    let again = store.commit(put(absent(), "beside", "x")).await;
    assert_eq!(
        again,
        Err(CommitError::Conflict {
            table: "items",
            found: Some(made)
        })
    );
    assert_eq!(text(store, "beside"), None);

    let at = |revision| {
        put(
            Batch::new().require_revision::<Item>(&key, revision),
            "guarded",
            "2",
        )
    };
    let changed = store.commit(at(made)).await.unwrap().revision;
    let stale = store.commit(at(made)).await;
    assert_eq!(
        stale,
        Err(CommitError::Conflict {
            table: "items",
            found: Some(changed)
        })
    );

    let gone = Batch::new().require_revision::<Item>(&"nobody".to_owned(), made);
    let refused = store.commit(put(gone, "beside", "x")).await;
    assert_eq!(
        refused,
        Err(CommitError::Conflict {
            table: "items",
            found: None
        })
    );

    let only_guard = Batch::new().require_revision::<Item>(&key, changed);
    assert!(store.commit(only_guard).await.is_ok());
}

async fn deletes(store: &Store) {
    store
        .commit(put(Batch::new(), "short-lived", "1"))
        .await
        .unwrap();
    let key = "short-lived".to_owned();
    store
        .commit(
            Batch::new()
                .delete::<Item>(&key)
                .delete::<Item>(&"never".to_owned()),
        )
        .await
        .unwrap();
    assert_eq!(text(store, "short-lived"), None);
    let again = put(
        Batch::new().require_absent::<Item>(&key),
        "short-lived",
        "2",
    );
    assert!(store.commit(again).await.is_ok());
}

async fn scans_in_order_and_in_pages(store: &Store) {
    let mut batch = Batch::new();
    for name in ["s/b", "s/a", "s/é", "s/c", "t/a", "s"] {
        batch = put(batch, name, name);
    }
    for count in [300_u64, 2, 70_000] {
        batch = batch.put(&count, &Count { count }).unwrap();
    }
    store.commit(batch).await.unwrap();

    let page = |after: Option<&str>, limit| {
        let after = after.map(str::to_owned);
        keys(store.scan::<Item>(b"s/", after.as_ref(), limit).unwrap())
    };
    assert_eq!(page(None, 9), ["s/a", "s/b", "s/c", "s/é"]);
    assert_eq!(page(None, 2), ["s/a", "s/b"]);
    assert_eq!(page(Some("s/b"), 2), ["s/c", "s/é"]);
    assert_eq!(
        page(Some("s/bb"), 1),
        ["s/c"],
        "a cursor need not exist any more"
    );
    assert_eq!(page(Some("a"), 1), ["s/a"]);
    assert!(page(Some("s/é"), 2).is_empty());
    assert!(page(None, 0).is_empty());

    let counts = store.scan::<Count>(b"", None, 9).unwrap();
    let counts: Vec<u64> = counts.into_iter().map(|(key, _)| key).collect();
    assert_eq!(
        counts,
        [2, 300, 70_000],
        "one table's scan ends where the next begins"
    );
}

async fn serves_concurrent_commits_one_after_another(store: &Store) {
    let key = 1_u64;
    store
        .commit(Batch::new().put(&key, &Count { count: 0 }).unwrap())
        .await
        .unwrap();
    let increment = || async {
        loop {
            let Stored { revision, value } = store.get::<Count>(&key).unwrap().unwrap();
            let next = Count {
                count: value.count + 1,
            };
            let batch = Batch::new().require_revision::<Count>(&key, revision);
            match store.commit(batch.put(&key, &next).unwrap()).await {
                Ok(_) => return,
                Err(CommitError::Conflict { .. }) => {}
                Err(error) => panic!("{error}"),
            }
        }
    };
    join_all((0..40).map(|_| increment())).await;
    assert_eq!(store.get::<Count>(&key).unwrap().unwrap().value.count, 40);

    let one_wins = |n: u64| {
        let batch = Batch::new()
            .require_absent::<Count>(&7)
            .put(&7, &Count { count: n })
            .unwrap();
        store.commit(batch)
    };
    let results = join_all((0..16).map(one_wins)).await;
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1);
}

async fn tells_the_observer_before_the_caller(store: &Store, heard: &Heard) {
    heard.lock().unwrap().clear();
    let batch = put(Batch::new(), "seen", "1").delete::<Item>(&"a".to_owned());
    let batch = batch.put(&5, &Count { count: 5 }).unwrap();
    let revision = store.commit(batch).await.unwrap().revision;
    let heard = std::mem::take(&mut *heard.lock().unwrap());
    let items: Vec<_> = heard
        .iter()
        .filter_map(|change| change.of::<Item>().unwrap())
        .collect();
    let seen = Stored {
        revision,
        value: item("1"),
    };
    assert_eq!(
        items,
        [("seen".to_owned(), Some(seen)), ("a".to_owned(), None)]
    );
    let counts: Vec<_> = heard
        .iter()
        .filter_map(|change| change.of::<Count>().unwrap())
        .collect();
    assert_eq!(
        counts,
        [(
            5,
            Some(Stored {
                revision,
                value: Count { count: 5 }
            })
        )]
    );
    assert!(heard.iter().all(|change| change.revision() == revision));
    assert_eq!(heard[1].table().name(), "items");
}

async fn applies_what_nobody_waits_for(store: &Store) {
    let mut dropped = Box::pin(store.commit(put(Batch::new(), "unawaited", "1")));
    // The first poll puts it into the queue.
    assert!(futures_util::poll!(&mut dropped).is_pending());
    drop(dropped);
    store
        .commit(put(Batch::new(), "after it", "1"))
        .await
        .unwrap();
    assert_eq!(text(store, "unawaited").as_deref(), Some("1"));
}

async fn refuses_what_is_too_large(store: &Store) {
    assert!(
        Batch::new()
            .put(&"k".to_owned(), &item(&"x".repeat(5000)))
            .is_err()
    );
    assert!(Batch::new().put(&"k".repeat(1025), &item("")).is_err());
    let mut batch = Batch::new();
    for n in 0..4200 {
        batch = put(batch, &n.to_string(), &"x".repeat(4050));
    }
    let refused = store.commit(batch).await;
    assert!(
        matches!(refused, Err(CommitError::TooLarge { .. })),
        "{refused:?}"
    );
    let unknown = Batch::new().put(&1, &LaterCount { count: 1 }).unwrap();
    assert_eq!(
        store.commit(unknown).await,
        Err(CommitError::UnknownTable { table: "counts" })
    );
}

#[tokio::test]
async fn sled_conforms() {
    let dir = tempfile::tempdir().unwrap();
    let (store, heard) = observed(dir.path());
    conformance(&store, &heard).await;
    let before = content(&store);
    store.close().await;
    assert_eq!(content(&open(dir.path())), before);
}

#[tokio::test]
async fn a_closed_store_serves_its_queue_and_then_nobody() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    let queued = (0..50).map(|n| store.commit(put(Batch::new(), &format!("{n:02}"), "x")));
    let (results, ()) = futures_util::future::join(join_all(queued), store.close()).await;
    assert!(results.iter().all(Result::is_ok));
    assert_eq!(store.commit(Batch::new()).await, Err(CommitError::Closed));
    assert_eq!(store.get::<Item>(&"00".to_owned()), Err(StoreError::Closed));
    store.close().await;
    assert_eq!(content(&open(dir.path())).len(), 50);
}

#[tokio::test]
async fn revisions_go_on_after_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    let first = store
        .commit(put(Batch::new(), "a", "1"))
        .await
        .unwrap()
        .revision;
    store.close().await;
    let store = open(dir.path());
    assert_eq!(store.sizes().unwrap().revision, first);
    assert_eq!(store.sizes().unwrap().records, 1);
    assert!(store.sizes().unwrap().disk_bytes > 0);
    let next = store
        .commit(put(Batch::new(), "a", "2"))
        .await
        .unwrap()
        .revision;
    assert_eq!((first.get(), next.get()), (1, 2));
    assert_ne!(next, Revision::default());
}

#[test]
fn the_directory_is_for_its_owner_alone() {
    let dir = tempfile::tempdir().unwrap();
    let _store = open(dir.path());
    let mode = dir
        .path()
        .join("data")
        .metadata()
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o700);
}

#[tokio::test]
async fn a_second_store_on_the_same_directory_is_told_who_has_it() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    let error = try_open(dir.path()).unwrap_err();
    assert!(matches!(error, OpenError::Locked { pid: Some(pid), .. } if pid == std::process::id()));
    assert!(
        error.to_string().contains("another healthbot (pid "),
        "{error}"
    );
    store.close().await;
    open(dir.path());
}

#[tokio::test]
async fn a_store_of_a_newer_healthbot_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let later = healthbot::store::Options {
        tables: LATER_TABLES,
        ..options(dir.path())
    };
    let store = Store::open(later.clone(), |_: &[Change]| {}).unwrap();
    store
        .commit(Batch::new().put(&1, &LaterCount { count: 1 }).unwrap())
        .await
        .unwrap();
    store.close().await;
    let error = try_open(dir.path()).unwrap_err();
    assert!(matches!(error, OpenError::Newer { .. }), "{error}");
    assert!(error.to_string().contains("counts of version 2"), "{error}");
    Store::open(later, |_: &[Change]| {}).unwrap();
}

#[test]
fn what_is_no_store_is_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("data/store");
    std::fs::create_dir_all(&path).unwrap();
    std::fs::write(path.join("letter.txt"), "dear").unwrap();
    let error = try_open(dir.path()).unwrap_err();
    assert!(matches!(error, OpenError::Foreign { .. }), "{error}");
    std::fs::remove_dir_all(&path).unwrap();
    std::fs::write(&path, "a file").unwrap();
    assert!(matches!(
        try_open(dir.path()),
        Err(OpenError::Foreign { .. })
    ));
    assert_eq!(std::fs::read(&path).unwrap(), b"a file");
}
