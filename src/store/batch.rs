//! What a commit asks for, and what it did.

use super::error::{CommitError, EncodeError, StoreError};
use super::record::{self, MAX_KEY_BYTES, Record, Revision, Stored};
use super::table::{Table, Tables};

/// The most that one commit may hold, in bytes of keys and values: it is applied in memory as a whole.
pub const MAX_BATCH_BYTES: usize = 16 * 1024 * 1024;

/// Guards and changes that happen together or not at all.
///
/// Every guard is judged before any change of the same batch. Of two changes of one key the later counts.
#[derive(Debug, Default, Clone)]
#[must_use = "a batch does nothing until it is committed"]
pub struct Batch {
    pub(super) guards: Vec<Guard>,
    pub(super) ops: Vec<Op>,
}

/// What must hold for the batch to be applied.
#[derive(Debug, Clone)]
pub(super) struct Guard {
    pub(super) table: Table,
    pub(super) key: Vec<u8>,
    /// The revision that the record must have, or nothing where there must be none.
    pub(super) expected: Option<Revision>,
}

/// One change.
#[derive(Debug, Clone)]
pub(super) struct Op {
    pub(super) table: Table,
    pub(super) key: Vec<u8>,
    /// The new JSON, or nothing where the record goes.
    pub(super) json: Option<Vec<u8>>,
}

impl Batch {
    /// Nothing to check and nothing to change yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Commits only if there is no record under `key`.
    pub fn require_absent<T: Record>(self, key: &T::Key) -> Self {
        self.guard::<T>(key, None)
    }

    /// Commits only if the record under `key` is still the one that was read at `revision`.
    pub fn require_revision<T: Record>(self, key: &T::Key, revision: Revision) -> Self {
        self.guard::<T>(key, Some(revision))
    }

    /// Writes `value` under `key`, whatever was there.
    ///
    /// # Errors
    ///
    /// When the record or its key is too large, or is not written as a JSON object.
    pub fn put<T: Record>(self, key: &T::Key, value: &T) -> Result<Self, EncodeError> {
        let json = record::encode(value)?;
        let key = record::full_key::<T>(key);
        if key.len() - 1 > MAX_KEY_BYTES {
            return Err(EncodeError::KeyTooLong {
                table: T::TABLE.name(),
                bytes: key.len() - 1,
            });
        }
        Ok(self.op(Op {
            table: T::TABLE,
            key,
            json: Some(json),
        }))
    }

    /// Takes the record under `key` away; there may be none.
    pub fn delete<T: Record>(self, key: &T::Key) -> Self {
        self.op(Op {
            table: T::TABLE,
            key: record::full_key::<T>(key),
            json: None,
        })
    }

    fn guard<T: Record>(mut self, key: &T::Key, expected: Option<Revision>) -> Self {
        self.guards.push(Guard {
            table: T::TABLE,
            key: record::full_key::<T>(key),
            expected,
        });
        self
    }

    pub(super) fn op(mut self, op: Op) -> Self {
        self.ops.push(op);
        self
    }

    /// The bytes of its keys and values.
    pub(super) fn bytes(&self) -> usize {
        self.ops
            .iter()
            .map(|op| op.key.len() + op.json.as_ref().map_or(0, Vec::len))
            .sum()
    }

    /// Refuses what could not be read back.
    pub(super) fn check(&self, tables: Tables) -> Result<(), CommitError> {
        let bytes = self.bytes();
        if bytes > MAX_BATCH_BYTES {
            return Err(CommitError::TooLarge { bytes });
        }
        match self
            .ops
            .iter()
            .find(|op| tables.of_key(&op.key) != Some(op.table))
        {
            Some(op) => Err(CommitError::UnknownTable {
                table: op.table.name(),
            }),
            None => Ok(()),
        }
    }
}

/// A commit that is on disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Committed {
    /// Its number, which the records that it wrote now carry. For a batch that changed nothing, the number of the
    /// last commit before it.
    pub revision: Revision,
}

/// A key with the record that it has now, or nothing where a commit took it away.
pub type Changed<T> = (<T as Record>::Key, Option<Stored<T>>);

/// A record that a commit wrote or took away, as the observer hears of it.
#[derive(Debug, Clone)]
pub struct Change {
    table: Table,
    key: Vec<u8>,
    stored: Option<sled::IVec>,
    revision: Revision,
}

impl Change {
    pub(super) fn new(op: &Op, stored: Option<sled::IVec>, revision: Revision) -> Self {
        Self {
            table: op.table,
            key: op.key.clone(),
            stored,
            revision,
        }
    }

    /// The table that it is in.
    #[must_use]
    pub fn table(&self) -> Table {
        self.table
    }

    /// The commit that made it.
    #[must_use]
    pub fn revision(&self) -> Revision {
        self.revision
    }

    /// The key and the record, or its absence, where the change is one of `T`; nothing where it is of another table.
    ///
    /// # Errors
    ///
    /// When `T` does not read what it wrote.
    pub fn of<T: Record>(&self) -> Result<Option<Changed<T>>, StoreError> {
        if self.table.prefix() != T::TABLE.prefix() {
            return Ok(None);
        }
        let key = record::decode_key::<T>(&self.key)?;
        let stored = self
            .stored
            .as_ref()
            .map(|stored| record::decode::<T>(&self.key, stored));
        Ok(Some((key, stored.transpose()?)))
    }
}
