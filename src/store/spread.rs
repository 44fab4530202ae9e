//! Makes sled's cache small again after a long read.
//!
//! sled 0.34 assigns each page to one of 256 shards, and looks for what a shard is to forget only when 64 accesses to it
//! have gathered (`N_SHARDS` and `MAX_QUEUE_ITEMS` in its `lru.rs`). Reading a whole table touches each page about once,
//! so that whatever the cache's size, up to 63 pages a shard stay: 28 MB at 100,000 servers, where 4 MB had been asked for.
//! Touching the same few pages again and again fills every shard's queue, and costs a hundredth of the read.

use sled::IVec;

/// Keys that lie in pages of nearly all shards: of random pages, one in 60 shards has none of so many.
const KEYS: u64 = 1_024;

/// How often each is touched: sled's queue, and one more that makes it see that it is full.
const TOUCHES: usize = 65;

/// Keys from all over the database.
#[derive(Debug, Clone, Default)]
pub(super) struct Spread {
    keys: Vec<IVec>,
    seen: u64,
    step: u64,
}

impl Spread {
    /// To be offered that many keys.
    pub(super) fn over(records: u64) -> Self {
        Self {
            keys: Vec::new(),
            seen: 0,
            step: records / KEYS + 1,
        }
    }

    /// Keeps one key in so many.
    pub(super) fn offer(&mut self, key: &IVec) {
        if self.seen.is_multiple_of(self.step) {
            // A slice of its own: sled's may share the memory of a whole page.
            self.keys.push(IVec::from(&**key));
        }
        self.seen += 1;
    }

    /// Takes over what another kept of other keys.
    pub(super) fn join(&mut self, other: Self) {
        self.keys.extend(other.keys);
    }

    /// What was kept.
    pub(super) fn keys(&self) -> &[IVec] {
        &self.keys
    }

    /// Touches a key until sled has forgotten what its page's shard has no room for.
    pub(super) fn touch(db: &sled::Db, key: &IVec) -> sled::Result<()> {
        (0..TOUCHES).try_for_each(|_| db.contains_key(key).map(drop))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_keys_are_spread_over_all_and_are_no_more_than_are_needed() {
        for records in [0, 1, 1_000, 1_024, 1_025, 412_000] {
            let mut spread = Spread::over(records);
            (0..records).for_each(|n| spread.offer(&IVec::from(&n.to_be_bytes())));
            assert!(spread.keys.len() as u64 <= KEYS && (records == 0) == spread.keys.is_empty());
            let last = spread
                .keys
                .last()
                .map(|key| u64::from_be_bytes((**key).try_into().unwrap()));
            assert!(
                last.is_none_or(|last| last + spread.step >= records),
                "{records}"
            );
        }
    }

    #[test]
    fn keys_that_are_gone_are_no_error() {
        let db = sled::Config::new().temporary(true).open().unwrap();
        Spread::touch(&db, &IVec::from("gone")).unwrap();
        assert!(db.is_empty());
    }
}
