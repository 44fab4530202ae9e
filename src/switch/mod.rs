//! For those who come from another monitor: what its configuration says, in the words of this one.
//!
//! Pure: a text goes in, and every entry of it comes out, either as a server that can be watched, with what will be
//! otherwise than before, or with the reason why it cannot. Nothing is dropped without a word.

mod draft;
mod duration;
mod gatus;
mod kuma;
mod names;
mod prometheus;
mod yaml;

use crate::domain::forbidden::Forbidden;
use crate::domain::server::{Environment, HostName};
use crate::domain::settings::{Confirmations, Interval, Timeout};
use crate::domain::target::{ServerType, Target};

/// Whose configuration is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// Uptime Kuma's JSON backup, or its table `monitor` as `sqlite3 -json` prints it.
    UptimeKuma,
    /// Gatus' YAML.
    Gatus,
    /// Prometheus' scrape configuration for the blackbox exporter, or a file of targets (`file_sd`), YAML or JSON.
    Prometheus,
}

/// The text is no such configuration at all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unreadable(String);

/// One entry of the other monitor's configuration.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// What it is called there.
    pub name: String,
    /// What it becomes, or why nothing.
    pub found: Result<Found, String>,
}

/// A server to be watched.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// What it will be called.
    pub name: HostName,
    /// Where it is.
    pub target: Target,
    /// How it is checked.
    pub server_type: ServerType,
    /// Its environment.
    pub environment: Environment,
    /// Whether its failures are told.
    pub alerts: bool,
    /// Its own interval.
    pub interval: Option<Interval>,
    /// Its own timeout.
    pub timeout: Option<Timeout>,
    /// Its own count of failures that confirm.
    pub failures: Option<Confirmations>,
    /// Its own count of recoveries that confirm.
    pub recoveries: Option<Confirmations>,
    /// What will be otherwise than it was, a sentence each.
    pub changes: Vec<String>,
}

/// What is otherwise than there for every server, whatever its entry says.
pub const REMARK: &str = "Here an HTTP server is healthy when a GET is answered with 200 to 399; a redirect is an answer and is not followed.";

/// Reads a configuration. What `refuses` says must never be probed cannot be taken, and takes nobody's name.
///
/// # Errors
/// [`Unreadable`] where the text is no such configuration at all. An entry that cannot be taken is no error.
pub fn read(
    origin: Origin,
    text: &str,
    refuses: impl Fn(&Target) -> Option<Forbidden>,
) -> Result<Vec<Entry>, Unreadable> {
    let mut entries = match origin {
        Origin::UptimeKuma => kuma::read(text),
        Origin::Gatus => gatus::read(text),
        Origin::Prometheus => prometheus::read(text),
    }?;
    for entry in &mut entries {
        let target = entry.found.as_ref().ok().map(|found| &found.target);
        if let Some(forbidden) = target.and_then(&refuses) {
            entry.found = Err(forbidden.to_string());
        }
    }
    Ok(names::each_once(entries))
}
