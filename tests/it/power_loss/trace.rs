//! What strace writes down of a process: the calls that change files, and what is said over sockets.

use std::collections::HashMap;
use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};

/// The calls that are recorded. More of them would be wrong to leave out only if the bot began to use them: then the
/// disks that are made lack what it wrote, and do not open.
const CALLS: &str =
    "trace=openat,pwrite64,write,writev,sendto,ftruncate,rename,unlink,fsync,fdatasync";

/// The arguments of strace with which it records into `file`, in bytes and with paths instead of descriptors. It goes
/// into the background, so that the process that was started is the program itself.
pub(super) fn arguments(file: &Path) -> Vec<OsString> {
    let plain = ["-D", "-f", "-y", "-xx", "-s", "1000000", "-e", CALLS, "-o"];
    let plain = plain.into_iter().map(OsString::from);
    plain.chain([file.as_os_str().to_owned()]).collect()
}

/// Whether the record ends with this process's end.
pub(super) fn is_whole(record: &str, process: u32) -> bool {
    let process = process.to_string();
    let ended = record.lines().any(|line| {
        // Short numbers are padded.
        let (thread, rest) = line.split_once(' ').unwrap_or_default();
        thread == process && rest.trim_start().starts_with("+++ ")
    });
    ended && record.ends_with('\n')
}

/// A call, as far as it matters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Call {
    /// Opened for writing; made where it was missing, emptied where that was asked for.
    Open {
        path: PathBuf,
        emptied: bool,
    },
    Rename {
        from: PathBuf,
        to: PathBuf,
    },
    Remove {
        path: PathBuf,
    },
    /// At the place where the last one ended, where none is named.
    Write {
        path: PathBuf,
        at: Option<u64>,
        bytes: Vec<u8>,
    },
    Resize {
        path: PathBuf,
        length: u64,
    },
    Sync {
        path: PathBuf,
    },
    /// To a socket.
    Say {
        bytes: Vec<u8>,
    },
}

/// A call begins or ends; others may do so in between.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Event {
    Began { number: usize, call: Call },
    Ended { number: usize, well: bool },
}

/// Reads a record.
pub(super) fn events(record: &str) -> Vec<Event> {
    let mut events = Vec::new();
    // What each thread is in the midst of.
    let mut begun: HashMap<&str, usize> = HashMap::new();
    for (number, line) in record.lines().enumerate() {
        let (thread, rest) = line.split_once(' ').unwrap_or_default();
        let rest = rest.trim_start();
        if rest.starts_with("<... ") {
            if let Some(number) = begun.remove(thread) {
                let well = succeeded(rest);
                events.push(Event::Ended { number, well });
            }
            continue;
        }
        let Some(call) = rest
            .split_once('(')
            .and_then(|(name, rest)| call(name, rest))
        else {
            continue;
        };
        events.push(Event::Began { number, call });
        if rest.ends_with("<unfinished ...>") {
            begun.insert(thread, number);
        } else {
            let well = succeeded(rest);
            events.push(Event::Ended { number, well });
        }
    }
    events
}

/// The result stands behind the last equals sign; a failed call has a negative one, a killed one a question mark.
fn succeeded(line: &str) -> bool {
    let result = line.rsplit_once("= ").map_or("?", |(_, result)| result);
    !result.starts_with(['-', '?'])
}

fn call(name: &str, arguments: &str) -> Option<Call> {
    let texts = texts(arguments);
    let path_at = |at: usize| texts.get(at).cloned().map(path);
    let numbers = || arguments.rsplit('"').next().unwrap().split(", ");
    Some(match name {
        "openat" => {
            let flags = numbers().nth(1)?;
            let writes = flags.contains("O_WRONLY") || flags.contains("O_RDWR");
            let emptied = flags.contains("O_TRUNC");
            // The directory comes first, as a descriptor's path.
            writes.then_some(Call::Open {
                path: path_at(0)?,
                emptied,
            })?
        }
        "rename" => Call::Rename {
            from: path_at(0)?,
            to: path_at(1)?,
        },
        "unlink" => Call::Remove { path: path_at(0)? },
        "fsync" | "fdatasync" => Call::Sync {
            path: described(arguments)?,
        },
        "ftruncate" => Call::Resize {
            path: described(arguments)?,
            length: leading(arguments.split_once(", ")?.1)?,
        },
        "pwrite64" => Call::Write {
            path: described(arguments)?,
            at: Some(leading(numbers().nth(2)?)?),
            bytes: texts.concat(),
        },
        _ => match described(arguments) {
            Some(path) if path.is_absolute() => Call::Write {
                path,
                at: None,
                bytes: texts.concat(),
            },
            _ => Call::Say {
                bytes: texts.concat(),
            },
        },
    })
}

/// The path of the descriptor that is the first argument.
fn described(arguments: &str) -> Option<PathBuf> {
    let (_, rest) = arguments.split_once('<')?;
    Some(path(hex(rest.split_once('>')?.0)))
}

/// The texts in quotes.
fn texts(arguments: &str) -> Vec<Vec<u8>> {
    arguments.split('"').skip(1).step_by(2).map(hex).collect()
}

fn hex(written: &str) -> Vec<u8> {
    let digits = written.split("\\x").skip(1);
    let bytes = digits.map(|digits| u8::from_str_radix(digits, 16));
    bytes
        .collect::<Result<_, _>>()
        .expect("strace writes in hexadecimal")
}

fn path(bytes: Vec<u8>) -> PathBuf {
    OsString::from_vec(bytes).into()
}

fn leading(text: &str) -> Option<u64> {
    let end = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    text[..end].parse().ok()
}
