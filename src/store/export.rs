//! The whole store as lines of JSON: what `healthbot export` prints, what the daily dump is, and the way to another
//! engine.
//!
//! ```text
//! {"healthbot_export":1,"schema":1,"created_at":"2026-11-24T09:00:00Z"}
//! {"table":"servers","key":"<the key's bytes in hexadecimal>","value":{"v":1,...}}
//! {"records":1,"sha256":"<of every line before this one, with their line feeds>"}
//! ```
//!
//! It is of one moment: a snapshot is read page by page while commits go on (see `view.rs`). Asking the writer for it
//! would stop commits for as long as the whole takes to write; copying everything first would take its size in memory.

use std::io::{self, Write};

use sha2::{Digest, Sha256};
use thiserror::Error;

use super::error::StoreError;
use super::range::{Order, Pair, Range};
use super::record;
use super::seal::{SCHEMA, SEAL_KEY, Seal};
use super::spread::Spread;
use super::table::{Table, Tables};
use super::view::Snapshot;
use crate::clock::Timestamp;

/// The form of the lines.
pub(super) const FORMAT: u32 = 1;

/// Records that are read at a time: writers wait for less than a millisecond.
const PAGE: usize = 512;

/// What an export holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exported {
    /// The number of records.
    pub records: u64,
}

/// An export that is not complete.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ExportError {
    /// The store could not be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The lines could not be written.
    #[error("the export could not be written: {0}")]
    Write(#[from] io::Error),
    /// What was read is not what the store's seal says.
    #[error("the store is damaged: an export of {expected} records came to {found}")]
    Damaged {
        /// The records that the seal counts.
        expected: u64,
        /// The records that were found.
        found: u64,
    },
}

/// Writes the lines of `snapshot` to `out`, with `created_at` in the header.
pub(super) fn write(
    snapshot: &Snapshot,
    tables: Tables,
    created_at: Timestamp,
    out: impl Write,
) -> Result<Exported, ExportError> {
    let mut out = Hashing {
        out,
        hash: Sha256::new(),
    };
    let created_at = created_at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
    writeln!(
        out,
        r#"{{"healthbot_export":{FORMAT},"schema":{SCHEMA},"created_at":"{created_at}"}}"#
    )?;
    let mut counted = Seal::empty(snapshot.seal().revision);
    let mut spread = Spread::over(snapshot.seal().records);
    // The seal has the lowest of all keys and is made anew by an import.
    let mut after = SEAL_KEY.to_vec();
    loop {
        let page = snapshot.scan(Range {
            prefix: b"",
            after: Some(&after),
            limit: PAGE,
            order: Order::Forward,
        })?;
        let Some((last, _)) = page.last() else { break };
        after = last.to_vec();
        for pair in &page {
            counted.add(&pair.0, &pair.1);
            spread.offer(&pair.0);
            write_record(&mut out, tables, pair)?;
        }
    }
    if counted != snapshot.seal() {
        let expected = snapshot.seal().records;
        return Err(ExportError::Damaged {
            expected,
            found: counted.records,
        });
    }
    snapshot.settle(&spread);
    let records = counted.records;
    let sha256 = hex::encode(out.hash.finalize());
    writeln!(out.out, r#"{{"records":{records},"sha256":"{sha256}"}}"#)?;
    out.out.flush()?;
    Ok(Exported { records })
}

fn write_record(
    out: &mut impl Write,
    tables: Tables,
    (key, stored): &Pair,
) -> Result<(), ExportError> {
    let unreadable = |reason: &str| StoreError::Unreadable {
        table: tables.of_key(key).map_or("an unknown table", Table::name),
        key: hex::encode(key),
        reason: reason.to_owned(),
    };
    let table = tables
        .of_key(key)
        .ok_or_else(|| unreadable("no table has its prefix"))?;
    let (_, json) = record::split_value(stored).ok_or_else(|| unreadable("it is too short"))?;
    write!(
        out,
        r#"{{"table":"{}","key":"{}","value":"#,
        table.name(),
        hex::encode(&key[1..])
    )?;
    out.write_all(json)?;
    Ok(out.write_all(b"}\n")?)
}

/// Passes bytes on and hashes them.
struct Hashing<W> {
    out: W,
    hash: Sha256,
}

impl<W: Write> Write for Hashing<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.out.write(bytes)?;
        self.hash.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
