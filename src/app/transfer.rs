//! `healthbot export` and `healthbot import`: the whole state as JSON lines with a checksum.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};

use crate::clock::Timestamp;
use crate::config::{ExportOptions, ImportOptions};
use crate::service::ChangeError;
use crate::store::collections::TABLES;
use crate::store::{self, ExportError, ImportError, OpenError, Options, Store, StoreError};
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
/// A [`TransferError`]. A file that was begun is taken away again: half an export looks like a whole one.
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
        Some(path) => {
            let fault = |error| TransferError::File {
                path: path.clone(),
                error,
            };
            let file = File::create(path).map_err(fault)?;
            let mut out = BufWriter::new(&file);
            let written = store
                .export(now, &mut out)
                .map_err(TransferError::from)
                .and_then(|done| {
                    out.flush().and_then(|()| file.sync_all()).map_err(fault)?;
                    Ok(done)
                });
            if written.is_err() {
                // Whatever keeps it from being removed, the first fault is the one to tell.
                let _ = std::fs::remove_file(path);
            }
            written?
        }
    };
    Ok(exported.records)
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
