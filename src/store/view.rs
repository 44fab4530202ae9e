//! What readers see: what is durable, and nothing of what is still on its way to the disk.
//!
//! sled shows a write to everybody as soon as it is in memory, long before it is synced. So the writer first lays the
//! old values of the keys that it is about to change over the database, and takes them off when the new ones are
//! durable: a reader in between is shown the old ones. The same trick, held for longer, is the snapshot of an export:
//! the first value that each key had since the export began stays with it, and commits go on meanwhile.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use sled::IVec;

use super::error::StoreError;
use super::range::{Pair, PreImages, Range, merged};
use super::seal::Seal;
use super::spread::Spread;

/// The shared state of the writer and its readers.
#[derive(Debug)]
pub(super) struct Views {
    state: RwLock<State>,
    /// Keys of the database as it was opened.
    spread: Spread,
}

#[derive(Debug)]
struct State {
    /// Nothing while the database is closed or being opened anew.
    db: Option<sled::Db>,
    closed: bool,
    /// The seal of what is durable.
    seal: Seal,
    /// The old values of what is being written.
    in_flight: PreImages,
    snapshots: BTreeMap<u64, PreImages>,
    next_snapshot: u64,
}

impl Views {
    pub(super) fn new(db: sled::Db, seal: Seal, spread: Spread) -> Self {
        let state = RwLock::new(State {
            db: Some(db),
            closed: false,
            seal,
            in_flight: PreImages::new(),
            snapshots: BTreeMap::new(),
            next_snapshot: 0,
        });
        Self { state, spread }
    }

    /// Makes sled's cache small again after it was read through since it was opened.
    pub(super) fn settle(&self) {
        self.settle_by(&self.spread);
    }

    /// The writer waits for no more than a key's turn. What cannot be read here is told to whoever needs it.
    fn settle_by(&self, spread: &Spread) {
        for key in spread.keys() {
            let touched = self.read().db().ok().map(|db| Spread::touch(db, key));
            if !matches!(touched, Some(Ok(()))) {
                return;
            }
        }
    }

    /// The seal of what is durable.
    pub(super) fn seal(&self) -> Seal {
        self.read().seal
    }

    /// The durable value under `key`.
    pub(super) fn get(&self, key: &[u8]) -> Result<Option<IVec>, StoreError> {
        let state = self.read();
        if let Some(before) = state.in_flight.get(key) {
            return Ok(before.clone());
        }
        state
            .db()?
            .get(key)
            .map_err(|error| StoreError::Io(error.to_string()))
    }

    /// The durable pairs of `range`, in the order of their keys; all of one moment.
    pub(super) fn scan(&self, range: Range<'_>) -> Result<Vec<Pair>, StoreError> {
        let state = self.read();
        merged(state.db()?, &state.in_flight, range)
    }

    /// Bytes that the database takes on disk.
    pub(super) fn disk_bytes(&self) -> Result<u64, StoreError> {
        self.read()
            .db()?
            .size_on_disk()
            .map_err(|error| StoreError::Io(error.to_string()))
    }

    /// Holds the present state for one long reader.
    pub(super) fn snapshot(self: &Arc<Self>) -> Snapshot {
        let mut state = self.write();
        let id = state.next_snapshot;
        state.next_snapshot += 1;
        let hidden = state.in_flight.clone();
        state.snapshots.insert(id, hidden);
        Snapshot {
            id,
            seal: state.seal,
            views: Arc::clone(self),
        }
    }

    /// Shows readers `before` until [`Views::reveal`]: the writer is about to change those keys.
    pub(super) fn shield(&self, before: PreImages) {
        let mut state = self.write();
        for snapshot in state.snapshots.values_mut() {
            for (key, value) in &before {
                snapshot.entry(key.clone()).or_insert_with(|| value.clone());
            }
        }
        state.in_flight = before;
    }

    /// Shows readers the database as it is: `seal` is durable.
    pub(super) fn reveal(&self, seal: Seal) {
        let mut state = self.write();
        state.in_flight.clear();
        state.seal = seal;
    }

    /// Takes the database from the readers for a while. What is shielded stays so.
    pub(super) fn detach(&self) {
        self.write().db = None;
    }

    /// Takes the database from the readers for good.
    pub(super) fn close(&self) {
        let mut state = self.write();
        state.db = None;
        state.closed = true;
    }

    /// Gives the readers the database again.
    pub(super) fn attach(&self, db: sled::Db) {
        self.write().db = Some(db);
    }

    fn read(&self) -> RwLockReadGuard<'_, State> {
        // No code under this lock leaves the state half changed, so a panic of another holder spoils nothing.
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, State> {
        self.state.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn db(&self) -> Result<&sled::Db, StoreError> {
        let missing = if self.closed {
            StoreError::Closed
        } else {
            StoreError::Unavailable
        };
        self.db.as_ref().ok_or(missing)
    }
}

/// The store as it was when this was made, for as long as this lives.
#[derive(Debug)]
pub(super) struct Snapshot {
    id: u64,
    seal: Seal,
    views: Arc<Views>,
}

impl Snapshot {
    /// The seal of that moment.
    pub(super) fn seal(&self) -> Seal {
        self.seal
    }

    /// Makes sled's cache small again after the whole was read, in the course of which `spread` was offered every key.
    pub(super) fn settle(&self, spread: &Spread) {
        self.views.settle_by(spread);
    }

    /// The pairs of that moment.
    pub(super) fn scan(&self, range: Range<'_>) -> Result<Vec<Pair>, StoreError> {
        let state = self.views.read();
        let nothing = PreImages::new();
        merged(
            state.db()?,
            state.snapshots.get(&self.id).unwrap_or(&nothing),
            range,
        )
    }
}

impl Drop for Snapshot {
    fn drop(&mut self) {
        self.views.write().snapshots.remove(&self.id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::range::Order;
    use crate::store::record::Revision;

    fn all(limit: usize) -> Range<'static> {
        Range {
            prefix: b"t",
            after: None,
            limit,
            order: Order::Forward,
        }
    }

    fn views(dir: &tempfile::TempDir, keys: &[&str]) -> Arc<Views> {
        let db = sled::Config::new()
            .path(dir.path())
            .flush_every_ms(None)
            .open()
            .unwrap();
        for key in keys {
            db.insert(key, "old").unwrap();
        }
        Arc::new(Views::new(db, Seal::empty(Revision(1)), Spread::default()))
    }

    fn text(pairs: &[Pair]) -> Vec<String> {
        let show = |bytes: &IVec| String::from_utf8_lossy(bytes).into_owned();
        pairs
            .iter()
            .map(|(key, value)| format!("{}={}", show(key), show(value)))
            .collect()
    }

    fn before(entries: &[(&str, Option<&str>)]) -> PreImages {
        entries
            .iter()
            .map(|(k, v)| (k.as_bytes().to_vec(), v.map(IVec::from)))
            .collect()
    }

    /// Changes one key, deletes one and adds two, as the writer would between shield and reveal.
    fn write(views: &Views) {
        views.shield(before(&[
            ("ta", None),
            ("tb", Some("old")),
            ("tc", Some("old")),
            ("tz", None),
        ]));
        let state = views.read();
        let db = state.db().unwrap();
        for key in ["ta", "tb", "tz"] {
            db.insert(key, "new").unwrap();
        }
        db.remove("tc").unwrap();
    }

    #[test]
    fn nobody_sees_a_write_before_it_is_durable() {
        let dir = tempfile::tempdir().unwrap();
        let views = views(&dir, &["tb", "tc", "td", "u"]);
        write(&views);
        assert_eq!(
            text(&views.scan(all(9)).unwrap()),
            ["tb=old", "tc=old", "td=old"]
        );
        assert_eq!(views.get(b"ta").unwrap(), None);
        views.reveal(Seal::empty(Revision(2)));
        assert_eq!(
            text(&views.scan(all(9)).unwrap()),
            ["ta=new", "tb=new", "td=old", "tz=new"]
        );
        assert_eq!(views.seal().revision, Revision(2));
    }

    #[test]
    fn limits_and_cursors_count_what_is_shown() {
        let dir = tempfile::tempdir().unwrap();
        let views = views(&dir, &["tb", "tc", "td"]);
        write(&views);
        for limit in 0..5 {
            assert_eq!(views.scan(all(limit)).unwrap().len(), limit.min(3));
        }
        let rest = Range {
            after: Some(b"tb"),
            ..all(9)
        };
        assert_eq!(text(&views.scan(rest).unwrap()), ["tc=old", "td=old"]);
        let before_all = Range {
            after: Some(b"a"),
            ..all(1)
        };
        assert_eq!(text(&views.scan(before_all).unwrap()), ["tb=old"]);
    }

    #[test]
    fn a_range_is_read_back_as_it_is_read_forward() {
        let dir = tempfile::tempdir().unwrap();
        let views = views(&dir, &["tb", "tc", "td", "u"]);
        write(&views);
        let back = |after, limit| Range {
            after,
            order: Order::Back,
            ..all(limit)
        };
        let mut forward = views.scan(all(9)).unwrap();
        forward.reverse();
        assert_eq!(views.scan(back(None, 9)).unwrap(), forward);
        assert_eq!(
            text(&views.scan(back(None, 2)).unwrap()),
            ["td=old", "tc=old"]
        );
        assert_eq!(text(&views.scan(back(Some(b"tc"), 9)).unwrap()), ["tb=old"]);
        assert_eq!(text(&views.scan(back(Some(b"tb"), 9)).unwrap()), [""; 0]);
        views.reveal(Seal::empty(Revision(2)));
        assert_eq!(
            text(&views.scan(back(Some(b"tz"), 9)).unwrap()),
            ["td=old", "tb=new", "ta=new"]
        );
    }

    #[test]
    fn a_snapshot_keeps_its_moment_through_later_commits() {
        let dir = tempfile::tempdir().unwrap();
        let views = views(&dir, &["tb", "tc"]);
        let snapshot = views.snapshot();
        write(&views);
        let during = views.snapshot();
        views.reveal(Seal::empty(Revision(2)));
        views.shield(before(&[("tb", Some("new"))]));
        views.reveal(Seal::empty(Revision(3)));
        for held in [&snapshot, &during] {
            assert_eq!(text(&held.scan(all(9)).unwrap()), ["tb=old", "tc=old"]);
            assert_eq!(held.seal().revision, Revision(1));
        }
        drop((snapshot, during));
        assert!(views.read().snapshots.is_empty());
    }
}
