//! An export back into a store.
//!
//! The new store is built beside the place of the real one and moved there once the last line has proved the whole
//! true: a truncated, altered or interrupted import leaves nothing behind. Lines are read one at a time, and records
//! written a group at a time.

use std::fs;
use std::io::{self, BufRead, Read};

use serde::Deserialize;
use serde::de::IgnoredAny;
use sha2::{Digest, Sha256};
use thiserror::Error;

use super::Options;
use super::batch::{Batch, Guard, Op};
use super::engine::{Engine, EngineError, Setup};
use super::error::OpenError;
use super::export::FORMAT;
use super::group::Group;
use super::layout::{Found, Layout};
use super::open::{open_existing, refused};
use super::record::{self, MAX_KEY_BYTES, MAX_VALUE_BYTES, Revision};
use super::seal::SCHEMA;
use super::table::Tables;

/// The longest line that is read, in bytes: the longest record, its key in hexadecimal, and room for the names.
const MAX_LINE_BYTES: usize = 16 * 1024;

/// Records that are written together.
const GROUP: usize = 1000;

/// What an import brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Imported {
    /// The number of records.
    pub records: u64,
}

/// An import that did not happen; the store is as it was.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ImportError {
    /// The data directory cannot be used.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// There is a store with something in it.
    #[error(
        "the store holds {records} records already, and an import goes only into an empty one: choose another data directory (--data-dir)"
    )]
    NotEmpty {
        /// What it holds.
        records: u64,
    },
    /// The export is truncated, altered, or none at all.
    #[error("line {line} of the export {reason}; nothing was imported")]
    Line {
        /// The number of the line, from one.
        line: u64,
        /// What is wrong with it.
        reason: String,
    },
    /// The export could not be read.
    #[error("the export could not be read: {0}; nothing was imported")]
    Read(io::Error),
}

/// Makes a store of the export in `reader`, where there is none or an empty one.
///
/// # Errors
///
/// When the export is not whole or not true, when the store is not empty, and when the data directory cannot be used.
pub fn import(options: Options, reader: impl BufRead) -> Result<Imported, ImportError> {
    let layout = Layout::new(options.dir);
    let _lock = layout.lock()?;
    let setup = Setup {
        path: layout.store(),
        cache_bytes: options.cache_bytes,
        tables: options.tables,
    };
    let (revision, replace) = match layout.settle()? {
        Found::Nothing => (Revision::default(), false),
        Found::Store(marked) => (empty_store(&layout, &setup, marked)?, true),
    };
    let building = Setup {
        path: layout.building(),
        ..setup
    };
    match build(&layout, &building, revision, reader) {
        Ok(Built { records, revision }) => {
            layout.install(revision, replace)?;
            Ok(Imported { records })
        }
        Err(error) => {
            // What stays is removed at the next start.
            let _left = fs::remove_dir_all(&building.path);
            Err(error)
        }
    }
}

/// The revision of the store that is there, if it is empty: the new one goes on from it.
fn empty_store(layout: &Layout, setup: &Setup, marked: Revision) -> Result<Revision, ImportError> {
    let seal = open_existing(layout, setup, marked)?.seal();
    match seal.records {
        0 => Ok(seal.revision),
        records => Err(ImportError::NotEmpty { records }),
    }
}

struct Built {
    records: u64,
    revision: Revision,
}

/// Fills a new database from `reader` and closes it.
fn build(
    layout: &Layout,
    setup: &Setup,
    revision: Revision,
    reader: impl BufRead,
) -> Result<Built, ImportError> {
    let failed = |error: EngineError| ImportError::Open(refused(layout, error));
    let mut engine = Engine::create(setup, revision).map_err(failed)?;
    let mut lines = Lines {
        reader,
        number: 0,
        hash: Sha256::new(),
    };
    let header = lines.next()?;
    check_header(&header).map_err(|reason| lines.wrong(reason))?;
    lines.accept(&header);
    let mut group = Group::new(engine.seal());
    loop {
        let line = lines.next()?;
        if line.starts_with(TRAILER) {
            check_trailer(&line, group.seal.records, &lines.digest())
                .map_err(|reason| lines.wrong(reason))?;
            lines.end()?;
            break;
        }
        let op = parse_record(&line, setup.tables).map_err(|reason| lines.wrong(reason))?;
        lines.accept(&line);
        let added = add(&mut group, op, |key| engine.get(key)).map_err(failed)?;
        if !added {
            return Err(lines.wrong("has a key that an earlier line has"));
        }
        if group.outcomes.len() >= GROUP {
            engine.apply(group.writes(), group.seal).map_err(failed)?;
            group = Group::new(engine.seal());
        }
    }
    engine.apply(group.writes(), group.seal).map_err(failed)?;
    Ok(Built {
        records: group.seal.records,
        revision: group.seal.revision,
    })
}

/// Takes a record in; not where there is one under its key.
fn add<E>(
    group: &mut Group,
    op: Op,
    read: impl FnMut(&[u8]) -> Result<Option<sled::IVec>, E>,
) -> Result<bool, E> {
    let absent = Guard {
        table: op.table,
        key: op.key.clone(),
        expected: None,
    };
    group.add(
        &Batch {
            guards: vec![absent],
            ops: vec![op],
        },
        read,
    )?;
    Ok(group.outcomes.last().is_some_and(Result::is_ok))
}

/// How a trailer begins, and no record does.
const TRAILER: &[u8] = b"{\"records\":";

fn check_header(line: &[u8]) -> Result<(), String> {
    #[derive(Deserialize)]
    struct Header {
        healthbot_export: u32,
        schema: u32,
    }
    let Ok(header) = serde_json::from_slice::<Header>(line) else {
        return Err("is not the header of a healthbot export".to_owned());
    };
    if header.healthbot_export > FORMAT || header.schema > SCHEMA {
        return Err("says that a newer healthbot wrote it: import it with that one".to_owned());
    }
    Ok(())
}

fn check_trailer(line: &[u8], records: u64, sha256: &str) -> Result<(), String> {
    #[derive(Deserialize)]
    struct Trailer {
        records: u64,
        sha256: String,
    }
    let trailer: Trailer = serde_json::from_slice(line)
        .map_err(|error| format!("is not the trailer of a healthbot export: {error}"))?;
    if trailer.records != records {
        return Err(format!(
            "counts {} records, and there were {records}",
            trailer.records
        ));
    }
    if trailer.sha256 != sha256 {
        return Err("has another checksum than the lines before it: one was altered".to_owned());
    }
    Ok(())
}

/// The record in a line. Its value is taken as the bytes that stand there, not parsed and written anew, so that what
/// is stored is to the byte what was exported.
fn parse_record(line: &[u8], tables: Tables) -> Result<Op, String> {
    let (table, key, json) = split_record(line).ok_or("is not a record as healthbot writes it")?;
    let table = tables
        .named(table)
        .ok_or_else(|| format!("is of the unknown table {table:?}"))?;
    let key =
        hex::decode(key).map_err(|error| format!("has a key that is no hexadecimal: {error}"))?;
    if key.len() > MAX_KEY_BYTES || json.len() > MAX_VALUE_BYTES {
        return Err("is longer than a record may be".to_owned());
    }
    let version = record::version_of(json).ok_or("has a value without a version")?;
    if version > table.version() {
        return Err(format!(
            "is of version {version}, and this healthbot knows {}",
            table.version()
        ));
    }
    serde_json::from_slice::<IgnoredAny>(json).map_err(|error| format!("is no JSON: {error}"))?;
    Ok(Op {
        table,
        key: record::joined(table, &key),
        json: Some(json.to_vec()),
    })
}

/// Table, key and value of `{"table":"...","key":"...","value":...}`.
fn split_record(line: &[u8]) -> Option<(&str, &str, &[u8])> {
    let (table, rest) = text_after(line, b"{\"table\":\"")?;
    let (key, rest) = text_after(rest, b",\"key\":\"")?;
    let json = rest.strip_prefix(b",\"value\":")?.strip_suffix(b"}")?;
    Some((table, key, json))
}

/// The text between `opening` and the next quotation mark, and what follows.
fn text_after<'a>(bytes: &'a [u8], opening: &[u8]) -> Option<(&'a str, &'a [u8])> {
    let rest = bytes.strip_prefix(opening)?;
    let end = rest.iter().position(|byte| *byte == b'"')?;
    Some((std::str::from_utf8(&rest[..end]).ok()?, &rest[end + 1..]))
}

/// The lines of an export, numbered and hashed.
struct Lines<R> {
    reader: R,
    number: u64,
    hash: Sha256,
}

impl<R: BufRead> Lines<R> {
    /// The next line, without its line feed.
    fn next(&mut self) -> Result<Vec<u8>, ImportError> {
        self.number += 1;
        let mut line = Vec::new();
        let mut limited = (&mut self.reader).take(MAX_LINE_BYTES as u64);
        limited
            .read_until(b'\n', &mut line)
            .map_err(ImportError::Read)?;
        match line.pop() {
            Some(b'\n') => Ok(line),
            None => Err(self.wrong("is missing: the export was cut off")),
            Some(_) if line.len() + 1 == MAX_LINE_BYTES => {
                Err(self.wrong("is longer than any that healthbot writes"))
            }
            Some(_) => Err(self.wrong("was cut off")),
        }
    }

    /// Counts `line` into the checksum.
    fn accept(&mut self, line: &[u8]) {
        self.hash.update(line);
        self.hash.update(b"\n");
    }

    /// The checksum of the accepted lines.
    fn digest(&self) -> String {
        hex::encode(self.hash.clone().finalize())
    }

    /// Fails where anything follows.
    fn end(&mut self) -> Result<(), ImportError> {
        self.number += 1;
        let rest = self.reader.fill_buf().map_err(ImportError::Read)?;
        if rest.is_empty() {
            Ok(())
        } else {
            Err(self.wrong("comes after the trailer"))
        }
    }

    fn wrong(&self, reason: impl Into<String>) -> ImportError {
        ImportError::Line {
            line: self.number,
            reason: reason.into(),
        }
    }
}
