//! Records of no meaning, and stores in directories of their own.

use std::path::Path;

use healthbot::store::{Change, OpenError, Options, Record, Store, Table, Tables};
use serde::{Deserialize, Serialize};

/// A record under a text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Item {
    pub(crate) text: String,
}

impl Record for Item {
    type Key = String;
    const TABLE: Table = Table::new(b'i', "items", 1);
}

/// A record under a number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Count {
    pub(crate) count: u64,
}

impl Record for Count {
    type Key = u64;
    const TABLE: Table = Table::new(b'c', "counts", 1);
}

/// The same table as a later version writes it.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct LaterCount {
    pub(crate) count: u64,
}

impl Record for LaterCount {
    type Key = u64;
    const TABLE: Table = Table::new(b'c', "counts", 2);
}

pub(crate) const TABLES: Tables = Tables::new(&[Item::TABLE, Count::TABLE]);
pub(crate) const LATER_TABLES: Tables = Tables::new(&[Item::TABLE, LaterCount::TABLE]);

pub(crate) fn item(text: &str) -> Item {
    Item {
        text: text.to_owned(),
    }
}

pub(crate) fn options(dir: &Path) -> Options {
    Options {
        dir: dir.join("data"),
        cache_bytes: 16 * 1024 * 1024,
        tables: TABLES,
    }
}

pub(crate) fn try_open(dir: &Path) -> Result<Store, OpenError> {
    Store::open(options(dir), |_: &[Change]| {})
}

/// How often a store that is locked is tried again.
const LOCKED_TRIES: usize = 1_000;

pub(crate) fn open(dir: &Path) -> Store {
    // A process that another test starts shares this one's locks until it has become a program of its own.
    for _ in 0..LOCKED_TRIES {
        match try_open(dir) {
            Err(OpenError::Locked { .. }) => std::thread::yield_now(),
            opened => return opened.unwrap(),
        }
    }
    try_open(dir).unwrap()
}

/// Every item and every count, as text, in order.
pub(crate) fn content(store: &Store) -> Vec<String> {
    let items = store.scan::<Item>(b"", None, usize::MAX).unwrap();
    let counts = store.scan::<Count>(b"", None, usize::MAX).unwrap();
    let items = items
        .into_iter()
        .map(|(key, item)| format!("{key} {item:?}"));
    items
        .chain(
            counts
                .into_iter()
                .map(|(key, count)| format!("{key} {count:?}")),
        )
        .collect()
}
