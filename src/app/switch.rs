//! `healthbot import --from`: the servers of another monitor, added to a store that may hold some already.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use futures_util::{StreamExt, TryStreamExt, stream};

use crate::app::transfer::{self, TransferError};
use crate::clock::SharedClock;
use crate::config::{ImportOptions, ImportOrigin};
use crate::domain::audit::{Actor, Via};
use crate::domain::command::ServerFields;
use crate::domain::server::Source;
use crate::domain::span;
use crate::domain::target::Address;
use crate::probe::{AddressPolicy, Prober, Trust};
use crate::service::ChangeError;
use crate::service::base::Base;
use crate::service::servers::{AddError, NewServer, Servers};
use crate::store::OpenError;
use crate::switch::{self, Entry, Found, Origin, REMARK};

/// So many servers are added at once; the store commits those that wait together.
const AT_ONCE: usize = 64;

/// Whoever runs the program on this machine: nobody whom Slack knows.
const IMPORT: Actor = Actor::nobody(Via::Import);

/// What became of every entry.
#[derive(Debug)]
pub struct Report {
    lines: Vec<Line>,
    dry_run: bool,
    /// The names that there are could not be compared, since the bot is running.
    uncompared: bool,
}

#[derive(Debug)]
struct Line {
    name: String,
    fate: Fate,
}

#[derive(Debug)]
enum Fate {
    /// It is watched from now on.
    Taken { how: String, changes: Vec<String> },
    /// A server of its name is there already.
    Present,
    /// It cannot be.
    Refused(String),
}

/// Adds what the file describes and is not there yet; with `--dry-run` only says what would be added. Blocks now and
/// then, for which a command has the time.
///
/// # Errors
/// A [`TransferError`]: the file cannot be read or is no such configuration, or the store refuses. What was added before
/// stays.
pub async fn import(
    options: &ImportOptions,
    from: ImportOrigin,
    clock: SharedClock,
) -> Result<Report, TransferError> {
    let text = transfer::text(options.file.as_deref())?;
    let prober = prober(&clock);
    let entries = switch::read(origin(from), &text, |target| prober.refuses(target))?;
    let desk = Desk::open(&options.data_dir, options.dry_run, &clock, prober)?;
    let lines = stream::iter(entries)
        .map(|entry| desk.take(entry))
        .buffered(AT_ONCE)
        .try_collect()
        .await?;
    let uncompared = desk.uncompared;
    if let Some(base) = desk.base {
        base.store.close().await;
    }
    Ok(Report {
        lines,
        dry_run: options.dry_run,
        uncompared,
    })
}

const fn origin(from: ImportOrigin) -> Origin {
    match from {
        ImportOrigin::UptimeKuma => Origin::UptimeKuma,
        ImportOrigin::Gatus => Origin::Gatus,
        ImportOrigin::Prometheus => Origin::Prometheus,
    }
}

/// Who knows what is forbidden whatever is configured. The bot itself judges the rest, at each probe.
fn prober(clock: &SharedClock) -> Arc<Prober> {
    let policy = AddressPolicy {
        allow_loopback: true,
        ..AddressPolicy::default()
    };
    Arc::new(Prober::new(policy, Trust::system(), 1, Arc::clone(clock)))
}

/// Where entries become servers.
struct Desk {
    /// None where there is no store to be looked at.
    base: Option<Base>,
    /// None where nothing is to be changed.
    servers: Option<Servers>,
    uncompared: bool,
}

impl Desk {
    fn open(
        dir: &Path,
        dry_run: bool,
        clock: &SharedClock,
        prober: Arc<Prober>,
    ) -> Result<Self, TransferError> {
        let mut desk = Self {
            base: None,
            servers: None,
            uncompared: false,
        };
        if dry_run && !dir.is_dir() {
            return Ok(desk);
        }
        match Base::open(transfer::opening(dir), Arc::clone(clock)) {
            Ok((base, _signals)) => {
                desk.servers = (!dry_run).then(|| Servers::new(&base, prober));
                desk.base = Some(base);
            }
            Err(TransferError::Open(OpenError::Locked { .. })) if dry_run => desk.uncompared = true,
            Err(error) => return Err(error),
        }
        Ok(desk)
    }

    fn is_there(&self, name: &str) -> bool {
        let base = self.base.as_ref();
        base.is_some_and(|base| base.fleet.named(name).is_some())
    }

    async fn take(&self, entry: Entry) -> Result<Line, TransferError> {
        let Entry { name, found } = entry;
        let fate = match found {
            Err(reason) => Fate::Refused(reason),
            Ok(found) => self.add(found).await?,
        };
        Ok(Line { name, fate })
    }

    async fn add(&self, found: Found) -> Result<Fate, TransferError> {
        if self.is_there(found.name.as_str()) {
            return Ok(Fate::Present);
        }
        let taken = Fate::Taken {
            how: described(&found),
            changes: found.changes.clone(),
        };
        let Some(servers) = &self.servers else {
            return Ok(taken);
        };
        match servers.add(new(found), &IMPORT).await {
            Ok(_) => Ok(taken),
            Err(AddError::Forbidden(reason)) => Ok(Fate::Refused(reason.to_string())),
            Err(AddError::Change(ChangeError::NameTaken(_))) => Ok(Fate::Present),
            Err(AddError::Change(error)) => Err(error.into()),
        }
    }
}

fn new(found: Found) -> NewServer {
    let fields = ServerFields {
        address: Some(Address {
            target: found.target,
            check: Some(found.server_type.check()),
        }),
        environment: Some(found.environment),
        server_type: Some(found.server_type),
        interval: found.interval,
        timeout: found.timeout,
        failures: found.failures,
        recoveries: found.recoveries,
        alerts: Some(found.alerts),
    };
    NewServer {
        name: found.name,
        fields,
        server_type: found.server_type,
        source: Source::Manual,
    }
}

/// What a server is taken as, in a line.
fn described(found: &Found) -> String {
    let check = found.server_type.check();
    let mut text = format!("{check} {}, {}", found.target.url(check), found.environment);
    let mut say = |what: &str, value: Option<String>| {
        if let Some(value) = value {
            text.push_str(&format!(", {what} {value}"));
        }
    };
    say("every", found.interval.map(|own| span::exact(own.get())));
    say("timeout", found.timeout.map(|own| span::exact(own.get())));
    say("failures", found.failures.map(|own| own.to_string()));
    say("recoveries", found.recoveries.map(|own| own.to_string()));
    text
}

impl Report {
    /// What came of it, in a sentence.
    #[must_use]
    pub fn summary(&self) -> String {
        let count =
            |wanted: fn(&Fate) -> bool| self.lines.iter().filter(|line| wanted(&line.fate)).count();
        let taken = count(|fate| matches!(fate, Fate::Taken { .. }));
        let present = count(|fate| matches!(fate, Fate::Present));
        let refused = count(|fate| matches!(fate, Fate::Refused(_)));
        let verb = if self.dry_run { "would add" } else { "added" };
        let known = if self.uncompared {
            "; the bot is running, so that the names that it has were not compared".to_owned()
        } else {
            format!(", {present} there already")
        };
        format!(
            "{verb} {taken} of {} entries{known}, {refused} not taken",
            self.lines.len()
        )
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for Line { name, fate } in &self.lines {
            match fate {
                Fate::Taken { how, changes } => {
                    writeln!(f, "taken      {name}: {how}")?;
                    for change in changes {
                        writeln!(f, "           - {change}")?;
                    }
                }
                Fate::Present => writeln!(
                    f,
                    "there      {name}: a server of that name is watched already"
                )?,
                Fate::Refused(reason) => writeln!(f, "not taken  {name}: {reason}")?,
            }
        }
        write!(f, "{REMARK}")
    }
}
