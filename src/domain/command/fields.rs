//! The `key=value` pairs that describe a server.

use crate::domain::command::words::Word;
use crate::domain::command::{CommandError, Problem, Topic};
use crate::domain::server::Environment;
use crate::domain::settings::{Confirmations, Interval, Timeout};
use crate::domain::target::{Address, Check, ServerType};

/// What a person said about a server; what was not said is `None`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ServerFields {
    /// Where it is.
    pub address: Option<Address>,
    /// Its environment.
    pub environment: Option<Environment>,
    /// Its type code.
    pub server_type: Option<ServerType>,
    /// Its own interval.
    pub interval: Option<Interval>,
    /// Its own timeout.
    pub timeout: Option<Timeout>,
    /// Its own count of failures that confirm.
    pub failures: Option<Confirmations>,
    /// Its own count of recoveries that confirm.
    pub recoveries: Option<Confirmations>,
    /// Whether its failures are told.
    pub alerts: Option<bool>,
}

/// The keys that a server is described with.
pub(super) const KEYS: [&str; 8] = [
    "url",
    "env",
    "type",
    "interval",
    "timeout",
    "failures",
    "recoveries",
    "alerts",
];

impl ServerFields {
    /// Reads an address and pairs, in any order.
    ///
    /// # Errors
    /// A [`CommandError`] for an unknown or doubled key, a value out of range, a missing address or a type that
    /// contradicts it.
    pub(super) fn parse(topic: Topic, words: &[Word]) -> Result<Self, CommandError> {
        let error = |problem| CommandError::new(topic, problem);
        let mut fields = Self::default();
        for word in words {
            match word
                .pair()
                .filter(|_| !word.typed.contains("://") || is_url_pair(word))
            {
                Some((key, value)) => fields.set(key, &value).map_err(error)?,
                None if fields.address.is_none() => {
                    fields.set("url", word).map_err(error)?;
                }
                None => return Err(error(Problem::Unexpected(word.typed.clone()))),
            }
        }
        if fields.address.is_none() {
            return Err(error(Problem::Missing("URL")));
        }
        fields.checked_type().map_err(error)?;
        Ok(fields)
    }

    /// The type that was named, or the one that the address stands for.
    ///
    /// # Errors
    /// [`Problem::TypeContradictsAddress`] where the two do not agree.
    pub fn checked_type(&self) -> Result<ServerType, Problem> {
        let check = self.address.as_ref().and_then(|address| address.check);
        match (self.server_type, check) {
            (Some(named), Some(check)) if named.check() != check => {
                Err(Problem::TypeContradictsAddress { named, check })
            }
            (Some(named), _) => Ok(named),
            (None, check) => Ok(ServerType::default_for(check.unwrap_or(Check::Http))),
        }
    }

    fn set(&mut self, key: &str, value: &Word) -> Result<(), Problem> {
        let text = value.typed.as_str();
        let key = key.to_ascii_lowercase();
        let twice = match key.as_str() {
            "url" => self
                .address
                .replace(Address::parse(&value.address)?)
                .is_some(),
            "env" => self.environment.replace(text.parse()?).is_some(),
            "type" => self.server_type.replace(parse_type(text)?).is_some(),
            "interval" => self.interval.replace(Interval::parse(text)?).is_some(),
            "timeout" => self.timeout.replace(Timeout::parse(text)?).is_some(),
            "failures" => self
                .failures
                .replace(Confirmations::parse(text, "failures")?)
                .is_some(),
            "recoveries" => self
                .recoveries
                .replace(Confirmations::parse(text, "recoveries")?)
                .is_some(),
            "alerts" => self.alerts.replace(parse_switch(text)?).is_some(),
            _ => return Err(Problem::UnknownKey { key, known: &KEYS }),
        };
        if twice {
            Err(Problem::Twice(key))
        } else {
            Ok(())
        }
    }
}

/// Tells `url=http://…` from an address whose query happens to hold an equals sign.
fn is_url_pair(word: &Word) -> bool {
    word.pair()
        .is_some_and(|(key, _)| key.eq_ignore_ascii_case("url"))
}

fn parse_type(text: &str) -> Result<ServerType, Problem> {
    let code: i64 = text
        .trim()
        .parse()
        .map_err(|_| Problem::TypeIsNoNumber(text.to_owned()))?;
    Ok(ServerType::try_from(code)?)
}

fn parse_switch(text: &str) -> Result<bool, Problem> {
    match text.to_ascii_lowercase().as_str() {
        "on" => Ok(true),
        "off" => Ok(false),
        _ => Err(Problem::NotOnOrOff(text.to_owned())),
    }
}
