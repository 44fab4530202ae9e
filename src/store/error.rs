//! What can go wrong. An error that a person reads at start says what is wrong, that nothing was changed, and what to
//! do; an error of a commit says whether trying again can help.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

use super::record::{MAX_KEY_BYTES, MAX_VALUE_BYTES, Revision};

/// The store did not open. Its files are as they were.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum OpenError {
    /// Another process holds the data directory.
    #[error(
        "another healthbot{} is using {}: stop it first, or give this one a data directory of its own (--data-dir)",
        pid.map(|pid| format!(" (pid {pid})")).unwrap_or_default(),
        dir.display()
    )]
    Locked {
        /// The data directory.
        dir: PathBuf,
        /// The process, where its lock file could be read.
        pid: Option<u32>,
    },
    /// Something that is not a store stands where the store should be.
    #[error("{} is not a healthbot store: {reason}; choose another data directory (--data-dir)", path.display())]
    Foreign {
        /// What was found.
        path: PathBuf,
        /// Why it cannot be a store.
        reason: String,
    },
    /// The store exists and does not hold what was committed to it.
    #[error(
        "the store in {} is damaged: {reason}. Its files were left as they are. {}",
        dir.display(),
        advice(dir, newest_dump.as_ref())
    )]
    Damaged {
        /// The data directory.
        dir: PathBuf,
        /// What the check found.
        reason: String,
        /// The newest dump in the data directory.
        newest_dump: Option<PathBuf>,
    },
    /// A newer healthbot wrote it.
    #[error("the store in {} was written by a newer healthbot ({reason}): run that version, or a later one", dir.display())]
    Newer {
        /// The data directory.
        dir: PathBuf,
        /// What this version does not know.
        reason: String,
    },
    /// The disk has no room for what opening writes.
    #[error("there is no room on the disk to open the store in {}: free some space and start again ({reason})", dir.display())]
    Full {
        /// The data directory.
        dir: PathBuf,
        /// The system's words.
        reason: String,
    },
    /// The file system refused.
    #[error("cannot {action} {}: {source}", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// The system's words.
        source: io::Error,
    },
}

/// How to go on after damage.
fn advice(dir: &std::path::Path, newest_dump: Option<&PathBuf>) -> String {
    let dir = dir.display();
    match newest_dump.and_then(|dump| dump.file_name()) {
        Some(dump) => format!(
            "To go on from the newest dump: mv {dir} {dir}.damaged && healthbot import --data-dir {dir} {dir}.damaged/dumps/{}",
            dump.display()
        ),
        None => format!(
            "There is no dump in {dir}/dumps; to go on from an export of your own: mv {dir} {dir}.damaged && healthbot import --data-dir {dir} FILE"
        ),
    }
}

/// A record could not be read.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The bytes under a key are no record of that table.
    #[error("the record {key} of {table} cannot be read: {reason}")]
    Unreadable {
        /// The table's name.
        table: &'static str,
        /// The stored key, in hexadecimal.
        key: String,
        /// What was wrong.
        reason: String,
    },
    /// A newer healthbot wrote the record.
    #[error(
        "{table} holds a record of version {version}, and this healthbot knows {known}: run the newer one"
    )]
    Newer {
        /// The table's name.
        table: &'static str,
        /// The record's version.
        version: u32,
        /// The newest version that is known here.
        known: u32,
    },
    /// The disk failed.
    #[error("the store cannot be read: {0}")]
    Io(String),
    /// The disk failed a commit, and the store is being opened anew. Try again in a moment.
    #[error("the store is being opened anew after a fault of the disk; try again in a moment")]
    Unavailable,
    /// The store was closed.
    #[error("the store is closed")]
    Closed,
}

/// A record could not become bytes: a mistake of the caller, or of whoever gave it so much text.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum EncodeError {
    /// The record's JSON is over the limit.
    #[error("a record of {table} may hold {MAX_VALUE_BYTES} bytes, and this one has {bytes}")]
    TooLarge {
        /// The table's name.
        table: &'static str,
        /// The length of its JSON.
        bytes: usize,
    },
    /// The key is over the limit.
    #[error("a key of {table} may have {MAX_KEY_BYTES} bytes, and this one has {bytes}")]
    KeyTooLong {
        /// The table's name.
        table: &'static str,
        /// The length of the key.
        bytes: usize,
    },
    /// The record is not written as a JSON object.
    #[error("a record of {table} must be a JSON object")]
    NotAnObject {
        /// The table's name.
        table: &'static str,
    },
    /// Serde refused it.
    #[error("a record of {table} cannot be written as JSON: {reason}")]
    Json {
        /// The table's name.
        table: &'static str,
        /// Serde's words.
        reason: String,
    },
}

/// A commit did not happen.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum CommitError {
    /// A guard failed: somebody else changed the record. Read again and decide again.
    #[error("a record of {table} was changed by somebody else{}", found.map(|found| format!(" (revision {found})")).unwrap_or_default())]
    Conflict {
        /// The table of the guard that failed first.
        table: &'static str,
        /// The revision that the record has, or nothing where there is none.
        found: Option<Revision>,
    },
    /// The batch is over [`super::MAX_BATCH_BYTES`].
    #[error(
        "a commit may hold {} bytes, and this one has {bytes}",
        super::MAX_BATCH_BYTES
    )]
    TooLarge {
        /// The batch's keys and values together.
        bytes: usize,
    },
    /// A record could not become bytes.
    #[error(transparent)]
    Encode(#[from] EncodeError),
    /// The table is not among those that the store was opened with.
    #[error("the table {table} is not registered with the store")]
    UnknownTable {
        /// The table's name.
        table: &'static str,
    },
    /// The disk is full. Later commits work when there is room again.
    #[error("the disk is full, nothing was saved: {0}")]
    Full(String),
    /// The disk failed. The commit was not confirmed; should it turn out to have reached the disk all the same, the
    /// observer is told so when the store recovers.
    #[error("the disk failed, the change could not be saved: {0}")]
    Io(String),
    /// The store was closed.
    #[error("the store is closed")]
    Closed,
}

/// Whether `error` says that there is no room, as far as a caller is concerned.
pub(super) fn is_full(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge
    )
}
