//! sled, held so that what it confirms is true. Synchronous; one owner.
//!
//! - A write is durable after `flush()` *and* an fsync of sled's `db` file: `flush()` alone ends in a
//!   `sync_file_range`, which does not reach a disk's cache or the file's metadata.
//! - A half-written `snap.*.generating` is read as the newest snapshot and makes every later open fail, so such files go
//!   before opening.
//! - Opening can panic on damage, or succeed with records missing, so it runs caught and is followed by a full count
//!   against the seal.
//! - After an error of its log a `Db` refuses all writes for good; only opening it anew helps.
//! - There is no flusher thread: every commit is flushed, and segments are cleaned as pages are written.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::error::is_full;
use super::quiet;
use super::record::Revision;
use super::seal::{SEAL_KEY, Seal};
use super::spread::Spread;
use super::table::Tables;
use super::verify::{counters, verify};

/// How often, and how far apart, sled's lock is tried while a dropped database lets go of it.
const RELEASE_TRIES: u32 = 2000;
const RELEASE_PAUSE: Duration = Duration::from_millis(1);

/// Why the engine cannot go on.
#[derive(Debug)]
pub(super) enum EngineError {
    Full(String),
    Io(String),
    Damaged(String),
    Newer(String),
}

impl From<io::Error> for EngineError {
    fn from(error: io::Error) -> Self {
        if is_full(&error) {
            Self::Full(error.to_string())
        } else {
            Self::Io(error.to_string())
        }
    }
}

impl From<sled::Error> for EngineError {
    fn from(error: sled::Error) -> Self {
        match error {
            sled::Error::Io(error) => error.into(),
            sled::Error::Corruption { .. } => Self::Damaged("the database is corrupt".to_owned()),
            other => Self::Damaged(other.to_string()),
        }
    }
}

/// Where a database is, and how it is opened.
#[derive(Debug, Clone)]
pub(super) struct Setup {
    pub(super) path: PathBuf,
    pub(super) cache_bytes: u64,
    pub(super) tables: Tables,
}

/// An open database whose content was found to be what its seal says.
pub(super) struct Engine {
    db: sled::Db,
    /// The `db` file once more, for fsync.
    log: File,
    seal: Seal,
    spread: Spread,
}

impl Engine {
    /// Makes an empty database whose first commit will have the number after `revision`.
    pub(super) fn create(setup: &Setup, revision: Revision) -> Result<Self, EngineError> {
        let db = open_sled(setup)?;
        let log = File::open(setup.path.join("db"))?;
        let mut engine = Self {
            db,
            log,
            seal: Seal::empty(revision),
            spread: Spread::default(),
        };
        engine.apply(std::iter::empty(), Seal::empty(revision))?;
        Ok(engine)
    }

    /// Opens the database that is there and counts it through, with all processors.
    pub(super) fn open(setup: &Setup) -> Result<Self, EngineError> {
        Self::open_and_count(setup, counters())
    }

    /// The same beside a bot that is running: one thread counts, so that probes go on.
    pub(super) fn reopen(setup: &Setup) -> Result<Self, EngineError> {
        Self::open_and_count(setup, 1)
    }

    fn open_and_count(setup: &Setup, counters: usize) -> Result<Self, EngineError> {
        // sled makes a missing file anew, and so turns a loss into an empty database.
        for file in ["db", "conf"] {
            if !setup.path.join(file).is_file() {
                return Err(EngineError::Damaged(format!("{file} is missing")));
            }
        }
        let log = File::open(setup.path.join("db"))?;
        wait_until_released(&log)?;
        remove_unfinished_snapshots(&setup.path)?;
        let db = open_sled(setup)?;
        let (seal, spread) = quiet::catch(|| verify(&db, setup.tables, counters))
            .unwrap_or_else(|panic| Err(EngineError::Damaged(panic)))?;
        // What was recovered may never have been synced: the process before this one may have died in between.
        log.sync_all()?;
        Ok(Self {
            db,
            log,
            seal,
            spread,
        })
    }

    /// Keys from all over it, as it was when it was opened.
    pub(super) fn spread(&self) -> Spread {
        self.spread.clone()
    }

    /// The count, the checksum and the revision of what is durable.
    pub(super) fn seal(&self) -> Seal {
        self.seal
    }

    /// A handle for readers. The database stays locked until every one of them is gone.
    pub(super) fn reader(&self) -> sled::Db {
        self.db.clone()
    }

    /// What is under `key`.
    pub(super) fn get(&self, key: &[u8]) -> Result<Option<sled::IVec>, EngineError> {
        quiet::catch(|| self.db.get(key))
            .map_err(EngineError::Io)?
            .map_err(EngineError::from)
    }

    /// Makes `writes` and the new `seal` durable together. After an error the database in memory may hold a part of
    /// them, and must be opened anew.
    pub(super) fn apply<'a>(
        &mut self,
        writes: impl Iterator<Item = (&'a [u8], Option<sled::IVec>)>,
        seal: Seal,
    ) -> Result<(), EngineError> {
        let mut batch = sled::Batch::default();
        for (key, stored) in writes {
            match stored {
                Some(stored) => batch.insert(key, stored),
                None => batch.remove(key),
            }
        }
        batch.insert(SEAL_KEY, seal.encode());
        quiet::catch(|| {
            self.db.apply_batch(batch)?;
            self.db.flush()
        })
        .map_err(EngineError::Io)??;
        self.log.sync_data()?;
        self.seal = seal;
        Ok(())
    }
}

/// Takes away what a kill in the middle of writing a snapshot left behind.
fn remove_unfinished_snapshots(path: &Path) -> io::Result<()> {
    for entry in fs::read_dir(path)? {
        let entry = entry?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if name.starts_with("snap.") && name.ends_with(".generating") {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

/// Waits until a database of this process that was dropped has let go of `log`.
///
/// One of sled's own threads may hold the file, and with it sled's lock, for a moment after `Db` is gone. No other
/// process has it: ours is the lock of the whole directory.
fn wait_until_released(log: &File) -> Result<(), EngineError> {
    for _ in 0..RELEASE_TRIES {
        match log.try_lock() {
            Ok(()) => return Ok(log.unlock()?),
            Err(TryLockError::WouldBlock) => std::thread::sleep(RELEASE_PAUSE),
            Err(TryLockError::Error(error)) => return Err(error.into()),
        }
    }
    Err(EngineError::Io("another program has locked it".to_owned()))
}

fn open_sled(setup: &Setup) -> Result<sled::Db, EngineError> {
    let config = sled::Config::new()
        .path(&setup.path)
        .cache_capacity(setup.cache_bytes)
        .mode(sled::Mode::LowSpace)
        .flush_every_ms(None);
    quiet::catch(|| config.open())
        .map_err(EngineError::Damaged)?
        .map_err(EngineError::from)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::record;
    use crate::store::table::Table;

    const TABLES: Tables = Tables::new(&[Table::new(b't', "things", 1)]);

    fn value(text: &str) -> sled::IVec {
        record::stored_value(
            Revision(1),
            format!(r#"{{"v":1,"text":"{text}"}}"#).as_bytes(),
        )
        .into()
    }

    /// A closed database of three records.
    fn sealed() -> (tempfile::TempDir, Setup) {
        let dir = tempfile::tempdir().unwrap();
        let setup = Setup {
            path: dir.path().join("db"),
            cache_bytes: 1 << 20,
            tables: TABLES,
        };
        let mut engine = Engine::create(&setup, Revision(0)).unwrap();
        let records = [b"ta", b"tb", b"tc"].map(|key| (&key[..], value("good")));
        let mut seal = Seal::empty(Revision(1));
        records
            .iter()
            .for_each(|(key, stored)| seal.add(key, stored));
        engine
            .apply(
                records.into_iter().map(|(key, stored)| (key, Some(stored))),
                seal,
            )
            .unwrap();
        drop(engine);
        (dir, setup)
    }

    /// What opening says after something has changed the database behind the seal's back.
    fn opened_after(change: impl FnOnce(&sled::Db)) -> Result<Seal, EngineError> {
        let (_dir, setup) = sealed();
        wait_until_released(&File::open(setup.path.join("db")).unwrap()).unwrap();
        let db = open_sled(&setup).unwrap();
        change(&db);
        db.flush().unwrap();
        drop(db);
        Engine::open(&setup).map(|engine| engine.seal())
    }

    #[test]
    fn records_that_are_missing_altered_or_foreign_break_the_seal() {
        assert_eq!(opened_after(|_| {}).unwrap().records, 3);
        let refused =
            |change: fn(&sled::Db) -> sled::Result<Option<sled::IVec>>| match opened_after(|db| {
                drop(change(db).unwrap())
            }) {
                Err(EngineError::Damaged(reason)) => reason,
                other => panic!("{other:?}"),
            };
        let missing = refused(|db| db.remove("tb"));
        assert_eq!(missing, "it should hold 3 records and holds 2");
        assert!(refused(|db| db.insert("tb", value("bad"))).contains("not what was written"));
        assert!(refused(|db| db.insert("td", value("good"))).contains("holds 4"));
        assert_eq!(refused(|db| db.remove(SEAL_KEY)), "it has no seal");
        assert!(refused(|db| db.insert(SEAL_KEY, "{}")).contains("no seal"));
    }

    #[test]
    fn a_newer_schema_is_not_called_damage() {
        let newer = opened_after(|db| drop(db.insert(SEAL_KEY, r#"{"schema":2}"#).unwrap()));
        assert!(matches!(newer, Err(EngineError::Newer(reason)) if reason == "schema 2"));
    }
}
