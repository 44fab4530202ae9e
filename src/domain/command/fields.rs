//! The `key=value` pairs that describe a server, or change one.

use crate::domain::command::words::Word;
use crate::domain::command::{CommandError, Problem, Topic};
use crate::domain::server::{Environment, Server, ServerChange};
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
        let fields = Self::read(topic, words)?;
        if fields.address.is_none() {
            return Err(error(Problem::Missing("URL")));
        }
        fields.checked_type().map_err(error)?;
        Ok(fields)
    }

    fn read(topic: Topic, words: &[Word]) -> Result<Self, CommandError> {
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
            "alerts" => self.alerts.replace(parse_switch(&key, text)?).is_some(),
            _ => return Err(Problem::UnknownKey { key, known: &KEYS }),
        };
        if twice {
            Err(Problem::Twice(key))
        } else {
            Ok(())
        }
    }
}

/// Values of its own that a server can give up, so that the default holds again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Own {
    Interval,
    Timeout,
    Failures,
    Recoveries,
}

/// The word that gives up a server's own value.
const DEFAULT: &str = "default";

/// What a person wants to change about a server.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ServerEdit {
    said: ServerFields,
    given_up: Vec<Own>,
}

impl ServerEdit {
    /// Whether nothing was said.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Reads pairs, in any order; an address may stand without its key.
    ///
    /// # Errors
    /// A [`CommandError`] for an unknown or doubled key, a value out of range, or a type that contradicts the address.
    pub(super) fn parse(words: &[Word]) -> Result<Self, CommandError> {
        let error = |problem| CommandError::new(Topic::Edit, problem);
        let mut edit = Self::default();
        let mut said = Vec::new();
        for word in words {
            match own_given_up(word) {
                Some((own, key)) if edit.given_up.contains(&own) => {
                    return Err(error(Problem::Twice(key)));
                }
                Some((own, _)) => edit.given_up.push(own),
                None => said.push(word.clone()),
            }
        }
        edit.said = ServerFields::read(Topic::Edit, &said)?;
        let twice = [
            (Own::Interval, edit.said.interval.is_some(), "interval"),
            (Own::Timeout, edit.said.timeout.is_some(), "timeout"),
            (Own::Failures, edit.said.failures.is_some(), "failures"),
            (
                Own::Recoveries,
                edit.said.recoveries.is_some(),
                "recoveries",
            ),
        ]
        .into_iter()
        .find(|(own, set, _)| *set && edit.given_up.contains(own));
        if let Some((_, _, key)) = twice {
            return Err(error(Problem::Twice(key.to_owned())));
        }
        edit.said.checked_type().map_err(error)?;
        Ok(edit)
    }

    /// What that changes about this server. An address that is checked in another way brings its own type along.
    ///
    /// # Errors
    /// [`Problem::TypeContradictsAddress`] where the type does not fit the address that the server has.
    pub fn of(&self, server: &Server) -> Result<ServerChange, Problem> {
        let said = &self.said;
        let check = said.address.as_ref().and_then(|address| address.check);
        let server_type = match (said.server_type, check) {
            (Some(named), None) if said.address.is_none() && named.check() != server.check() => {
                let check = server.check();
                return Err(Problem::TypeContradictsAddress { named, check });
            }
            (Some(named), _) => Some(named),
            (None, Some(check)) if check != server.check() => Some(ServerType::default_for(check)),
            (None, _) => None,
        };
        let own = |own| self.given_up.contains(&own);
        Ok(ServerChange {
            host_name: None,
            target: said.address.as_ref().map(|address| address.target.clone()),
            server_type,
            environment: said.environment,
            notification: said.alerts,
            interval: changed(said.interval, own(Own::Interval)),
            timeout: changed(said.timeout, own(Own::Timeout)),
            failures: changed(said.failures, own(Own::Failures)),
            recoveries: changed(said.recoveries, own(Own::Recoveries)),
            muted_until: None,
        })
    }
}

/// A value of the server's own: set, given up, or left as it is.
fn changed<T>(said: Option<T>, given_up: bool) -> Option<Option<T>> {
    match (said, given_up) {
        (Some(value), _) => Some(Some(value)),
        (None, true) => Some(None),
        (None, false) => None,
    }
}

/// `interval=default` and its like, with the key.
fn own_given_up(word: &Word) -> Option<(Own, String)> {
    let (key, value) = word.pair()?;
    let key = key.to_ascii_lowercase();
    let own = match key.as_str() {
        "interval" => Own::Interval,
        "timeout" => Own::Timeout,
        "failures" => Own::Failures,
        "recoveries" => Own::Recoveries,
        _ => return None,
    };
    value
        .typed
        .eq_ignore_ascii_case(DEFAULT)
        .then_some((own, key))
}

/// Whether a word is a pair that describes a server, and so no name. What began with a quotation mark is a name.
pub(super) fn is_pair(word: &Word) -> bool {
    let key = word.pair().map(|(key, _)| key).unwrap_or_default();
    !word.begins_quoted && KEYS.iter().any(|known| known.eq_ignore_ascii_case(key))
}

/// Whether a word that stands where a name must is rather an address. What began with a quotation mark is a name.
pub(super) fn is_address(word: &Word) -> bool {
    let typed = word.typed.as_str();
    !word.begins_quoted && (typed.contains("://") || Address::parse(typed).is_ok())
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

fn parse_switch(key: &str, text: &str) -> Result<bool, Problem> {
    match text.to_ascii_lowercase().as_str() {
        "on" => Ok(true),
        "off" => Ok(false),
        _ => Err(Problem::NotOnOrOff {
            key: key.to_owned(),
            value: text.to_owned(),
        }),
    }
}
