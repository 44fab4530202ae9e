//! A monitored server as people know it.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::domain::ids::ServerId;
use crate::domain::settings::{Confirmations, Interval, Policy, Settings, Timeout};
use crate::domain::target::{Check, ServerType, Target};

/// What people call a server: unique without regard to case, 1 to 255 characters, no control characters.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct HostName(Arc<str>);

/// The text is no server name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a server's name has 1 to 255 characters, and no line breaks or control characters")]
pub struct InvalidName;

impl HostName {
    /// The longest name, in characters.
    pub const MAX_CHARS: usize = 255;

    /// Takes a name; blanks around it are dropped.
    ///
    /// # Errors
    /// [`InvalidName`] where it is empty, too long or holds control characters.
    pub fn parse(text: &str) -> Result<Self, InvalidName> {
        let text = text.trim();
        let sound = !text.is_empty()
            && text.chars().count() <= Self::MAX_CHARS
            && !text.chars().any(char::is_control);
        if sound {
            Ok(Self(text.into()))
        } else {
            Err(InvalidName)
        }
    }

    /// The name as it was given.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The form in which two names that differ only by case are one; the very same text where it is that already.
    #[must_use]
    pub fn folded(&self) -> Arc<str> {
        let folded = fold(&self.0);
        if *folded == *self.0 {
            Arc::clone(&self.0)
        } else {
            folded.into()
        }
    }
}

/// Folds a name for look-up: without regard to case.
#[must_use]
pub fn fold(name: &str) -> String {
    name.trim().to_lowercase()
}

impl fmt::Display for HostName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<HostName> for String {
    fn from(name: HostName) -> Self {
        name.as_str().to_owned()
    }
}

impl TryFrom<String> for HostName {
    type Error = InvalidName;

    fn try_from(text: String) -> Result<Self, InvalidName> {
        Self::parse(&text)
    }
}

/// Where a server stands in the company's life cycle.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(into = "String", try_from = "String")]
pub enum Environment {
    /// Development.
    Dev,
    /// Staging.
    Stage,
    /// Live.
    Live,
    /// Nobody said.
    #[default]
    Unknown,
}

/// The text names no environment.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no environment “{0}”: it is DEV, STAGE, LIVE or UNKNOWN")]
pub struct UnknownEnvironment(pub String);

impl Environment {
    /// All of them, the most important first.
    pub const ALL: [Self; 4] = [Self::Live, Self::Stage, Self::Dev, Self::Unknown];

    /// How it is written, in the API, in commands and in messages.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Dev => "DEV",
            Self::Stage => "STAGE",
            Self::Live => "LIVE",
            Self::Unknown => "UNKNOWN",
        }
    }
}

impl fmt::Display for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Environment {
    type Err = UnknownEnvironment;

    fn from_str(text: &str) -> Result<Self, UnknownEnvironment> {
        Self::ALL
            .into_iter()
            .find(|environment| environment.as_str().eq_ignore_ascii_case(text.trim()))
            .ok_or_else(|| UnknownEnvironment(text.chars().take(40).collect()))
    }
}

impl From<Environment> for String {
    fn from(environment: Environment) -> Self {
        environment.as_str().to_owned()
    }
}

impl TryFrom<String> for Environment {
    type Error = UnknownEnvironment;

    fn try_from(text: String) -> Result<Self, UnknownEnvironment> {
        text.parse()
    }
}

/// Who keeps a server in the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Source {
    /// A person added it.
    Manual,
    /// The company's inventory did.
    Inventory,
}

/// One monitored target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Server {
    /// Its identifier.
    pub id: ServerId,
    /// What people call it.
    pub host_name: HostName,
    /// Where it is.
    #[serde(flatten)]
    pub target: Target,
    /// The company's type code, which tells how it is checked.
    #[serde(rename = "type")]
    pub server_type: ServerType,
    /// Its environment.
    #[serde(default)]
    pub environment: Environment,
    /// Whether its failures are told.
    pub notification: bool,
    /// Its own interval.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interval: Option<Interval>,
    /// Its own timeout.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout: Option<Timeout>,
    /// Its own count of failures that confirm.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failures: Option<Confirmations>,
    /// Its own count of recoveries that confirm.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recoveries: Option<Confirmations>,
    /// Who keeps it in the list.
    pub source: Source,
    /// Its alerts are silent until then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub muted_until: Option<Timestamp>,
    /// When it was added.
    pub created_at: Timestamp,
    /// When anything above last changed.
    pub updated_at: Timestamp,
}

impl Server {
    /// How it is checked.
    #[must_use]
    pub const fn check(&self) -> Check {
        self.server_type.check()
    }

    /// Its address as people are shown it.
    #[must_use]
    pub fn url(&self) -> String {
        self.target.url(self.check())
    }

    /// What holds for it: its own values, else the defaults.
    #[must_use]
    pub fn policy(&self, defaults: &Settings) -> Policy {
        Policy {
            interval: self.interval.unwrap_or(defaults.interval),
            timeout: self.timeout.unwrap_or(defaults.timeout),
            failures: self.failures.unwrap_or(defaults.failures),
            recoveries: self.recoveries.unwrap_or(defaults.recoveries),
        }
    }

    /// Whether its alerts are silent at `now` because somebody muted it.
    #[must_use]
    pub fn is_muted(&self, now: Timestamp) -> bool {
        self.muted_until.is_some_and(|until| now < until)
    }

    /// Whether its failures are to be told at `now`.
    #[must_use]
    pub fn is_audible(&self, now: Timestamp) -> bool {
        self.notification && !self.is_muted(now)
    }
}

/// What is to change about a server; what is `None` stays. Values of its own may be taken away again: `Some(None)`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ServerChange {
    /// What people call it.
    pub host_name: Option<HostName>,
    /// Where it is.
    pub target: Option<Target>,
    /// The company's type code.
    pub server_type: Option<ServerType>,
    /// Its environment.
    pub environment: Option<Environment>,
    /// Whether its failures are told.
    pub notification: Option<bool>,
    /// Its own interval.
    pub interval: Option<Option<Interval>>,
    /// Its own timeout.
    pub timeout: Option<Option<Timeout>>,
    /// Its own count of failures that confirm.
    pub failures: Option<Option<Confirmations>>,
    /// Its own count of recoveries that confirm.
    pub recoveries: Option<Option<Confirmations>>,
    /// Until when its alerts are silent.
    pub muted_until: Option<Option<Timestamp>>,
}

impl ServerChange {
    /// The server with the change in it; `updated_at` moves only where something really changed.
    #[must_use]
    pub fn applied_to(&self, server: &Server, now: Timestamp) -> Server {
        let mut changed = Server {
            host_name: self
                .host_name
                .clone()
                .unwrap_or_else(|| server.host_name.clone()),
            target: self.target.clone().unwrap_or_else(|| server.target.clone()),
            server_type: self.server_type.unwrap_or(server.server_type),
            environment: self.environment.unwrap_or(server.environment),
            notification: self.notification.unwrap_or(server.notification),
            interval: self.interval.unwrap_or(server.interval),
            timeout: self.timeout.unwrap_or(server.timeout),
            failures: self.failures.unwrap_or(server.failures),
            recoveries: self.recoveries.unwrap_or(server.recoveries),
            muted_until: self.muted_until.unwrap_or(server.muted_until),
            ..server.clone()
        };
        if changed != *server {
            changed.updated_at = now;
        }
        changed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_trimmed_bounded_and_printable() {
        assert_eq!(
            HostName::parse("  API 서버 ").expect("a name").as_str(),
            "API 서버"
        );
        assert_eq!(
            HostName::parse("API").expect("a name").folded().as_ref(),
            "api"
        );
        assert!(HostName::parse(&"가".repeat(255)).is_ok());
        for bad in [String::new(), "  ".into(), "a\nb".into(), "가".repeat(256)] {
            assert!(HostName::parse(&bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn environments_are_read_without_regard_to_case() {
        assert_eq!("live".parse(), Ok(Environment::Live));
        assert_eq!(" Stage ".parse(), Ok(Environment::Stage));
        let error = "prod".parse::<Environment>().expect_err("no such");
        assert!(error.to_string().contains("DEV, STAGE, LIVE or UNKNOWN"));
    }
}
