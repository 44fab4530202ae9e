//! The full count at opening: every record, against the seal.

use std::ops::Bound;
use std::sync::atomic::{AtomicU16, Ordering};
use std::thread::{self, Builder};

use super::engine::EngineError;
use super::quiet;
use super::record;
use super::seal::{SEAL_KEY, Seal, SealError};
use super::spread::Spread;
use super::table::Tables;

/// No more threads count: each table is counted by one, and there are few large ones.
const COUNTERS: usize = 4;

/// How many threads can count at once.
pub(super) fn counters() -> usize {
    thread::available_parallelism().map_or(1, |threads| threads.get().min(COUNTERS))
}

/// Counts every record, in so many threads, and compares with the seal.
pub(super) fn verify(
    db: &sled::Db,
    tables: Tables,
    counters: usize,
) -> Result<(Seal, Spread), EngineError> {
    let stored = db
        .get(SEAL_KEY)?
        .ok_or_else(|| EngineError::Damaged("it has no seal".to_owned()))?;
    let seal = Seal::decode(&stored).map_err(|error| match error {
        SealError::Unreadable(reason) => {
            EngineError::Damaged(format!("its seal is no seal: {reason}"))
        }
        SealError::Newer(schema) => EngineError::Newer(format!("schema {schema}")),
    })?;
    let Count {
        counted,
        spread,
        newer,
    } = count(db, tables, &seal, counters)?;
    if counted != seal {
        return Err(EngineError::Damaged(format!(
            "it should hold {} records and holds {}{}",
            seal.records,
            counted.records,
            if counted.records == seal.records {
                ", of which some are not what was written"
            } else {
                ""
            }
        )));
    }
    // Only now: in a damaged store an odd key is damage, not a newer healthbot's.
    newer.map_or(Ok((seal, spread)), |reason| Err(EngineError::Newer(reason)))
}

/// What was counted.
struct Count {
    counted: Seal,
    spread: Spread,
    /// What only a newer healthbot can have written.
    newer: Option<String>,
}

/// Counts in so many threads, which take the keys' first bytes from one another.
fn count(
    db: &sled::Db,
    tables: Tables,
    seal: &Seal,
    counters: usize,
) -> Result<Count, EngineError> {
    let next = AtomicU16::new(0);
    let work = || -> Result<Count, EngineError> {
        let mut count = Count {
            counted: Seal::empty(seal.revision),
            spread: Spread::over(seal.records),
            newer: None,
        };
        while let Ok(first) = u8::try_from(next.fetch_add(1, Ordering::Relaxed)) {
            count.take(db, first, tables)?;
        }
        Ok(count)
    };
    thread::scope(|scope| {
        // A thread that is not to be had leaves more to the others.
        let others: Vec<_> = (1..counters)
            .filter_map(|_| {
                let thread = Builder::new().name("count".to_owned());
                thread.spawn_scoped(scope, || quiet::catch(work)).ok()
            })
            .collect();
        let mut all = work()?;
        for other in others {
            let counted = other
                .join()
                .map_err(|_| EngineError::Damaged("its count broke off".to_owned()))?;
            all.join(counted.map_err(EngineError::Damaged)??);
        }
        Ok(all)
    })
}

impl Count {
    /// Counts the records whose keys begin with this byte; with the first one also a key of no bytes.
    fn take(&mut self, db: &sled::Db, first: u8, tables: Tables) -> Result<(), EngineError> {
        let begin = match first {
            0 => Bound::Unbounded,
            first => Bound::Included([first]),
        };
        let end = match first.checked_add(1) {
            Some(next) => Bound::Excluded([next]),
            None => Bound::Unbounded,
        };
        for item in db.range::<[u8; 1], _>((begin, end)) {
            let (key, stored) = item?;
            if &*key == SEAL_KEY {
                continue;
            }
            self.counted.add(&key, &stored);
            self.spread.offer(&key);
            if self.newer.is_none() {
                self.newer = unknown(tables, &key, &stored);
            }
        }
        Ok(())
    }

    fn join(&mut self, other: Self) {
        self.counted.join(&other.counted);
        self.spread.join(other.spread);
        self.newer = self.newer.take().or(other.newer);
    }
}

/// What makes a record one that only a newer healthbot can have written.
fn unknown(tables: Tables, key: &[u8], stored: &[u8]) -> Option<String> {
    let Some(table) = tables.of_key(key) else {
        return Some(format!(
            "a table with the prefix {:#04x}",
            key.first().unwrap_or(&0)
        ));
    };
    let (_, json) = record::split_value(stored)?;
    let version = record::version_of(json)?;
    (version > table.version()).then(|| format!("{} of version {version}", table.name()))
}
