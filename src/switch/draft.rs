//! A server that is being made out of another monitor's entry, with what has to be said about it.

use std::time::Duration;

use crate::domain::server::{Environment, HostName};
use crate::domain::settings::{Confirmations, Interval, Timeout};
use crate::domain::span;
use crate::domain::target::{Address, Check, ServerType, Target};
use crate::switch::Found;

/// Statuses that are healthy here.
const HEALTHY: std::ops::RangeInclusive<u16> = 200..=399;

/// The most failures or recoveries in a row that can be asked for.
const MOST: u64 = 10;

/// A server in the making.
#[derive(Debug)]
pub(super) struct Draft {
    name: HostName,
    target: Target,
    check: Check,
    pub(super) environment: Environment,
    pub(super) alerts: bool,
    interval: Option<Interval>,
    timeout: Option<Timeout>,
    failures: Option<Confirmations>,
    recoveries: Option<Confirmations>,
    changes: Vec<String>,
}

impl Draft {
    /// A server of this name at this URL.
    ///
    /// # Errors
    /// Why neither can be taken.
    pub(super) fn new(name: &str, url: &str) -> Result<Self, String> {
        let address = Address::parse(url).map_err(|error| error.to_string())?;
        Ok(Self {
            name: HostName::parse(name).map_err(|error| error.to_string())?,
            target: address.target,
            check: address.check.unwrap_or(Check::Http),
            environment: Environment::default(),
            alerts: true,
            interval: None,
            timeout: None,
            failures: None,
            recoveries: None,
            changes: Vec::new(),
        })
    }

    /// Notes something that will be otherwise than it was.
    pub(super) fn note(&mut self, change: impl Into<String>) {
        self.changes.push(change.into());
    }

    pub(super) const fn is_tls(&self) -> bool {
        self.target.tls
    }

    pub(super) fn interval(&mut self, wanted: Duration) {
        let (least, most) = (Duration::from_secs(1), Duration::from_secs(86_400));
        self.interval = Interval::new(self.clipped("interval", wanted, least, most)).ok();
    }

    pub(super) fn timeout(&mut self, wanted: Duration) {
        let (least, most) = (Duration::from_millis(100), Duration::from_secs(60));
        self.timeout = Timeout::new(self.clipped("timeout", wanted, least, most)).ok();
    }

    /// A timeout that is no longer than one that was taken before.
    pub(super) fn timeout_within(&mut self, wanted: Duration) {
        if self.timeout.is_none_or(|before| wanted < before.get()) {
            self.timeout(wanted);
        }
    }

    fn clipped(
        &mut self,
        what: &str,
        wanted: Duration,
        least: Duration,
        most: Duration,
    ) -> Duration {
        let taken = wanted.clamp(least, most);
        if taken != wanted {
            let (from, to) = (span::exact(wanted), span::exact(taken));
            self.note(format!("its {what} of {from} becomes {to}"));
        }
        taken
    }

    pub(super) fn failures(&mut self, wanted: u64) {
        self.failures = self.counted("failures", wanted);
    }

    pub(super) fn recoveries(&mut self, wanted: u64) {
        self.recoveries = self.counted("recoveries", wanted);
    }

    fn counted(&mut self, what: &'static str, wanted: u64) -> Option<Confirmations> {
        let taken = wanted.clamp(1, MOST);
        if taken != wanted {
            self.note(format!("{wanted} {what} in a row become {taken}"));
        }
        let taken = i64::try_from(taken).ok()?;
        Confirmations::new(taken, what).ok()
    }

    /// Takes the environment that a label, a tag or a group names, where it does.
    pub(super) fn environment_of(&mut self, name: &str) {
        let Some(environment) = environment(name) else {
            return;
        };
        self.environment = environment;
        if !environment.as_str().eq_ignore_ascii_case(name.trim()) {
            self.note(format!("{} is {environment}", name.trim()));
        }
    }

    /// The server.
    pub(super) fn done(self) -> Found {
        Found {
            name: self.name,
            target: self.target,
            server_type: ServerType::default_for(self.check),
            environment: self.environment,
            alerts: self.alerts,
            interval: self.interval,
            timeout: self.timeout,
            failures: self.failures,
            recoveries: self.recoveries,
            changes: self.changes,
        }
    }
}

/// The environment of this name, as companies call it.
fn environment(name: &str) -> Option<Environment> {
    let name = name.trim().to_ascii_lowercase();
    match name.as_str() {
        "live" | "prod" | "production" => Some(Environment::Live),
        "stage" | "staging" => Some(Environment::Stage),
        "dev" | "development" => Some(Environment::Dev),
        _ => None,
    }
}

/// Whether every status from one to another is healthy here.
pub(super) fn is_healthy_here(from: u16, to: u16) -> bool {
    HEALTHY.contains(&from) && HEALTHY.contains(&to)
}
