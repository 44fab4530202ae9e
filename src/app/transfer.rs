//! `healthbot export` and `healthbot import`: the whole state as JSON lines with a checksum.

use std::fs::{self, File};
use std::io::{self, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};

use crate::clock::Timestamp;
use crate::config::{ExportOptions, ImportOptions};
use crate::service::ChangeError;
use crate::store::collections::TABLES;
use crate::store::{
    self, ExportError, Exported, ImportError, OpenError, Options, Store, StoreError,
};
use crate::switch::Unreadable;

/// What sled may keep in memory meanwhile, in bytes.
const CACHE_BYTES: u64 = 16 * 1024 * 1024;

/// Why the state could not be written or read. Each says what to do.
#[derive(Debug, thiserror::Error)]
pub enum TransferError {
    /// There is nothing to export.
    #[error("there is no data directory {}: name the one of your bot with --data-dir", .0.display())]
    NoStore(PathBuf),
    /// A bot has the store open.
    #[error(
        "a bot is running on {}; export from it instead, with the admin token: curl -fOJ -H \"Authorization: Bearer \
         $HEALTHBOT_ADMIN_TOKEN\" http://127.0.0.1:3000/api/v1/export. {}",
        dir.display(),
        newest_dump.as_ref().map_or_else(
            || "Or stop it first".to_owned(),
            |dump| format!("Or stop it first, or take its newest daily dump, {}", dump.display()),
        )
    )]
    Running {
        /// The data directory.
        dir: PathBuf,
        /// What it dumped last.
        newest_dump: Option<PathBuf>,
    },
    /// A file cannot be used.
    #[error("{}: {error}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why not.
        error: io::Error,
    },
    /// The store.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The export.
    #[error(transparent)]
    Export(#[from] ExportError),
    /// The import.
    #[error(transparent)]
    Import(#[from] ImportError),
    /// The other monitor's configuration.
    #[error(transparent)]
    Switch(#[from] Unreadable),
    /// A record in the store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A server was not added.
    #[error(transparent)]
    Change(#[from] ChangeError),
}

/// Writes the whole state; gives the number of records. Blocks.
///
/// # Errors
/// A [`TransferError`]. What was begun of a file is taken away again: half an export looks like a whole one.
pub fn export(options: &ExportOptions, now: Timestamp) -> Result<u64, TransferError> {
    if !options.data_dir.is_dir() {
        return Err(TransferError::NoStore(options.data_dir.clone()));
    }
    let store = Store::open(opening(&options.data_dir), |_| {}).map_err(|error| match error {
        OpenError::Locked { dir, .. } => TransferError::Running {
            newest_dump: store::newest_dump(&dir),
            dir,
        },
        error => error.into(),
    })?;
    let exported = match &options.output {
        None => store.export(now, io::stdout().lock())?,
        Some(path) if is_no_file(path) => {
            let out = File::options().write(true).open(path);
            let out = out.map_err(|error| unusable(path, error))?;
            store.export(now, BufWriter::new(out))?
        }
        Some(path) => to_file(&store, now, path)?,
    };
    Ok(exported.records)
}

/// Whether something stands there that is written to as it is, such as a pipe.
fn is_no_file(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|found| !found.is_file() && !found.is_dir())
}

/// Writes a file that is whole or not there, in the place of what was there before, and for its owner alone: an export
/// holds the addresses of webhooks.
fn to_file(store: &Store, now: Timestamp, path: &Path) -> Result<Exported, TransferError> {
    let fault = |error| unusable(path, error);
    // What a link leads to is replaced, and not the link.
    let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let parent = target.parent().filter(|dir| !dir.as_os_str().is_empty());
    let dir = parent.unwrap_or(Path::new("."));
    // Made with mode 0600; removed where it does not get its name.
    let beside = tempfile::Builder::new()
        .prefix(".healthbot-export-")
        .tempfile_in(dir)
        .map_err(|error| fault(error.kind().into()))?;
    let mut out = BufWriter::new(beside.as_file());
    let exported = store.export(now, &mut out)?;
    out.flush().map_err(fault)?;
    drop(out);
    beside.as_file().sync_all().map_err(fault)?;
    beside
        .persist(&target)
        .map_err(|error| fault(error.error))?;
    File::open(dir)
        .and_then(|dir| dir.sync_all())
        .map_err(fault)?;
    Ok(exported)
}

fn unusable(path: &Path, error: io::Error) -> TransferError {
    TransferError::File {
        path: path.to_owned(),
        error,
    }
}

/// Reads an export into an empty store; gives the number of records. Blocks.
///
/// # Errors
/// A [`TransferError`]; then nothing was imported.
pub fn import(options: &ImportOptions) -> Result<u64, TransferError> {
    let opening = opening(&options.data_dir);
    let imported = match options
        .file
        .as_deref()
        .filter(|path| *path != Path::new("-"))
    {
        None => store::import(opening, io::stdin().lock())?,
        Some(path) => {
            let file = File::open(path).map_err(|error| TransferError::File {
                path: path.to_owned(),
                error,
            })?;
            store::import(opening, BufReader::new(file))?
        }
    };
    Ok(imported.records)
}

/// The whole of a file, or of standard input where none is named.
pub(super) fn text(file: Option<&Path>) -> Result<String, TransferError> {
    let path = file.unwrap_or(Path::new("-"));
    let read = if path == Path::new("-") {
        io::read_to_string(io::stdin())
    } else {
        std::fs::read_to_string(path)
    };
    read.map_err(|error| TransferError::File {
        path: path.to_owned(),
        error,
    })
}

pub(super) fn opening(dir: &Path) -> Options {
    Options {
        dir: dir.to_owned(),
        cache_bytes: CACHE_BYTES,
        tables: TABLES,
    }
}
