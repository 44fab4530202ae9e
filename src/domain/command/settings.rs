//! The `key=value` pairs that change the defaults.

use crate::domain::command::words::Word;
use crate::domain::command::{CommandError, Problem, Topic};
use crate::domain::settings::{Confirmations, Interval, Remind, Settings, Timeout};

/// The keys of the defaults.
const KEYS: [&str; 5] = ["interval", "timeout", "failures", "recoveries", "remind"];

/// What is to change about the defaults; what was not said stays.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SettingsChange {
    /// Between probes.
    pub interval: Option<Interval>,
    /// For a whole probe.
    pub timeout: Option<Timeout>,
    /// Failed probes that confirm a failure.
    pub failures: Option<Confirmations>,
    /// Healthy probes that confirm a recovery.
    pub recoveries: Option<Confirmations>,
    /// Between reminders; `Some(None)` switches them off.
    pub remind: Option<Option<Remind>>,
}

impl SettingsChange {
    /// Whether nothing was said: then the settings are only shown.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The settings with the change in them.
    #[must_use]
    pub fn applied_to(&self, settings: &Settings) -> Settings {
        Settings {
            interval: self.interval.unwrap_or(settings.interval),
            timeout: self.timeout.unwrap_or(settings.timeout),
            failures: self.failures.unwrap_or(settings.failures),
            recoveries: self.recoveries.unwrap_or(settings.recoveries),
            remind: self.remind.unwrap_or(settings.remind),
        }
    }

    pub(super) fn parse(words: &[Word]) -> Result<Self, CommandError> {
        let mut change = Self::default();
        for word in words {
            let set = match word.pair() {
                Some((key, value)) => change.set(&key.to_ascii_lowercase(), &value.typed),
                None => Err(Problem::Unexpected(word.typed.clone())),
            };
            set.map_err(|problem| CommandError::new(Topic::Settings, problem))?;
        }
        Ok(change)
    }

    fn set(&mut self, key: &str, value: &str) -> Result<(), Problem> {
        let twice = match key {
            "interval" => self.interval.replace(Interval::parse(value)?).is_some(),
            "timeout" => self.timeout.replace(Timeout::parse(value)?).is_some(),
            "failures" => self
                .failures
                .replace(Confirmations::parse(value, "failures")?)
                .is_some(),
            "recoveries" => self
                .recoveries
                .replace(Confirmations::parse(value, "recoveries")?)
                .is_some(),
            "remind" if value.eq_ignore_ascii_case("off") => self.remind.replace(None).is_some(),
            "remind" => {
                let every = Remind::parse(value);
                let every = every.map_err(|_| Problem::Remind(value.to_owned()))?;
                self.remind.replace(Some(every)).is_some()
            }
            _ => {
                return Err(Problem::UnknownKey {
                    key: key.to_owned(),
                    known: &KEYS,
                });
            }
        };
        if twice {
            Err(Problem::Twice(key.to_owned()))
        } else {
            Ok(())
        }
    }
}
