//! One group of commits, judged and put together before any of it is written. Pure but for the reading.

use std::collections::BTreeMap;

use sled::IVec;

use super::batch::{Batch, Change, Guard};
use super::error::CommitError;
use super::range::PreImages;
use super::record::{self, Revision};
use super::seal::Seal;

/// Commits that reach the disk together. Each is atomic by itself: it is judged against the database and the commits
/// before it in the group, and one that is in conflict leaves no trace in the others.
pub(super) struct Group {
    /// What each commit of the group came to, in their order.
    pub(super) outcomes: Vec<Result<Revision, CommitError>>,
    /// What changes, in the order of the commits.
    pub(super) changes: Vec<Change>,
    /// The old value of every key that the group writes.
    pub(super) before: PreImages,
    /// The new value of every key that the group writes.
    pub(super) after: BTreeMap<Vec<u8>, Option<IVec>>,
    /// The seal once the group is written.
    pub(super) seal: Seal,
}

impl Group {
    /// An empty group upon a store whose seal is `seal`.
    pub(super) fn new(seal: Seal) -> Self {
        Self {
            outcomes: Vec::new(),
            changes: Vec::new(),
            before: PreImages::new(),
            after: BTreeMap::new(),
            seal,
        }
    }

    /// Judges `batch` and takes it in, where its guards hold. `read` is the database as it is before the group.
    ///
    /// # Errors
    ///
    /// Those of `read`; the group may then hold a part of the batch and is not to be used.
    pub(super) fn add<E>(
        &mut self,
        batch: &Batch,
        mut read: impl FnMut(&[u8]) -> Result<Option<IVec>, E>,
    ) -> Result<(), E> {
        for guard in &batch.guards {
            let found = self.current(&guard.key, &mut read)?;
            let found = found
                .as_deref()
                .and_then(record::split_value)
                .map(|(revision, _)| revision);
            if found != guard.expected {
                self.outcomes.push(Err(conflict(guard, found)));
                return Ok(());
            }
        }
        let revision = Revision(self.seal.revision.0 + 1);
        let mut changed = false;
        for op in &batch.ops {
            let old = self.current(&op.key, &mut read)?;
            let new = op
                .json
                .as_ref()
                .map(|json| IVec::from(record::stored_value(revision, json)));
            if old.is_none() && new.is_none() {
                continue;
            }
            changed = true;
            if let Some(old) = &old {
                self.seal.remove(&op.key, old);
            }
            if let Some(new) = &new {
                self.seal.add(&op.key, new);
            }
            self.changes.push(Change::new(op, new.clone(), revision));
            if self.after.insert(op.key.clone(), new).is_none() {
                self.before.insert(op.key.clone(), old);
            }
        }
        if changed {
            self.seal.revision = revision;
        }
        self.outcomes.push(Ok(self.seal.revision));
        Ok(())
    }

    /// Whether there is nothing to write.
    pub(super) fn is_empty(&self) -> bool {
        self.after.is_empty()
    }

    /// The writes, as the engine takes them.
    pub(super) fn writes(&self) -> impl Iterator<Item = (&[u8], Option<IVec>)> {
        self.after
            .iter()
            .map(|(key, stored)| (key.as_slice(), stored.clone()))
    }

    fn current<E>(
        &self,
        key: &[u8],
        read: &mut impl FnMut(&[u8]) -> Result<Option<IVec>, E>,
    ) -> Result<Option<IVec>, E> {
        match self.after.get(key) {
            Some(stored) => Ok(stored.clone()),
            None => read(key),
        }
    }
}

fn conflict(guard: &Guard, found: Option<Revision>) -> CommitError {
    CommitError::Conflict {
        table: guard.table.name(),
        found,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::record::Record;
    use crate::store::table::Table;
    use serde::{Deserialize, Serialize};

    #[derive(Serialize, Deserialize)]
    struct Flag {
        on: bool,
    }

    impl Record for Flag {
        type Key = u64;
        const TABLE: Table = Table::new(b'f', "flags", 1);
    }

    fn put(batch: Batch, key: u64) -> Batch {
        batch.put(&key, &Flag { on: true }).unwrap()
    }

    fn judged(batches: &[Batch]) -> Group {
        let mut group = Group::new(Seal::empty(Revision(10)));
        for batch in batches {
            group.add(batch, |_| Ok::<_, ()>(None)).unwrap();
        }
        group
    }

    fn conflict_at(found: Option<u64>) -> Result<Revision, CommitError> {
        Err(CommitError::Conflict {
            table: "flags",
            found: found.map(Revision),
        })
    }

    #[test]
    fn a_commit_sees_those_before_it_and_a_conflict_takes_only_itself_out() {
        let group = judged(&[
            put(Batch::new().require_absent::<Flag>(&1), 1),
            put(put(Batch::new().require_absent::<Flag>(&1), 1), 2),
            put(Batch::new().require_revision::<Flag>(&1, Revision(11)), 3),
            put(Batch::new().require_revision::<Flag>(&2, Revision(11)), 4),
        ]);
        assert_eq!(
            group.outcomes,
            [
                Ok(Revision(11)),
                conflict_at(Some(11)),
                Ok(Revision(12)),
                conflict_at(None)
            ]
        );
        assert_eq!(group.seal.records, 2);
        assert_eq!(group.after.len(), 2);
    }

    #[test]
    fn what_comes_and_goes_within_a_group_leaves_the_seal_as_it_was() {
        let group = judged(&[put(Batch::new(), 1), Batch::new().delete::<Flag>(&1)]);
        assert_eq!(group.seal, Seal::empty(Revision(12)));
        assert_eq!(group.changes.len(), 2);
        assert_eq!(group.before.get(&record::full_key::<Flag>(&1)), Some(&None));
    }

    #[test]
    fn a_batch_that_changes_nothing_takes_no_number() {
        let guard = Batch::new().require_absent::<Flag>(&1);
        let group = judged(&[guard, Batch::new().delete::<Flag>(&1)]);
        assert_eq!(group.outcomes, [Ok(Revision(10)), Ok(Revision(10))]);
        assert!(group.is_empty());
    }
}
