//! How often and how patiently servers are checked: the numbers that a server may own and the defaults for the rest.

use std::fmt;
use std::num::NonZeroU32;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::domain::span;

/// A number or length of time lies outside what is allowed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OutOfRange {
    /// Not a length of time at all.
    #[error("the {0} is a length of time, a number and its unit (ms, s, m, h, d), such as 30s")]
    NoSpan(&'static str),
    /// A length of time that is too short or too long.
    #[error("the {0} lies between {1} and {2}")]
    Span(&'static str, &'static str, &'static str),
    /// A count that is too small or too large.
    #[error("{0} is a whole number from 1 to 10")]
    Count(&'static str),
}

/// Declares a bounded length of time, written such as `30s`.
macro_rules! bounded_span {
    ($name:ident, $what:literal, $min:expr, $max:expr, $min_text:literal, $max_text:literal, $doc:literal) => {
        #[doc = $doc]
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(into = "String", try_from = "String")]
        pub struct $name(Millis);

        impl $name {
            /// Takes a length of time that lies within the bounds.
            ///
            /// # Errors
            /// [`OutOfRange::Span`] where it does not.
            pub fn new(span: Duration) -> Result<Self, OutOfRange> {
                Some(span)
                    .filter(|span| ($min..=$max).contains(span))
                    .and_then(Millis::new)
                    .map(Self)
                    .ok_or(OutOfRange::Span($what, $min_text, $max_text))
            }

            /// Reads a length of time such as `30s`.
            ///
            /// # Errors
            /// [`OutOfRange`] where it is none or lies outside the bounds.
            pub fn parse(text: &str) -> Result<Self, OutOfRange> {
                let span = span::parse(text).map_err(|_| OutOfRange::NoSpan($what))?;
                Self::new(span)
            }

            /// The length of time.
            #[must_use]
            pub const fn get(self) -> Duration {
                self.0.get()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&span::exact(self.get()))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl From<$name> for String {
            fn from(span: $name) -> Self {
                span.to_string()
            }
        }

        impl TryFrom<String> for $name {
            type Error = OutOfRange;

            fn try_from(text: String) -> Result<Self, OutOfRange> {
                Self::parse(&text)
            }
        }
    };
}

/// A length of time in whole milliseconds, in a quarter of what a [`Duration`] takes: every server has some.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Millis(NonZeroU32);

impl Millis {
    /// For what stands in the source: evaluated there, no time at all does not compile.
    const fn of_secs(secs: u32) -> Self {
        match NonZeroU32::new(secs * 1_000) {
            Some(millis) => Self(millis),
            None => panic!("no time at all"),
        }
    }

    /// None for less than a millisecond, and for more than 49 days.
    fn new(span: Duration) -> Option<Self> {
        u32::try_from(span.as_millis())
            .ok()
            .and_then(NonZeroU32::new)
            .map(Self)
    }

    const fn get(self) -> Duration {
        Duration::from_millis(self.0.get() as u64)
    }
}

const DAY: Duration = Duration::from_secs(86_400);

bounded_span!(
    Interval,
    "interval",
    Duration::from_secs(1),
    DAY,
    "1s",
    "1d",
    "From one probe's due time to the next, 1 s to 1 day."
);
bounded_span!(
    Timeout,
    "timeout",
    Duration::from_millis(100),
    Duration::from_secs(60),
    "100ms",
    "60s",
    "The one deadline over a whole probe, 100 ms to 60 s."
);
bounded_span!(
    Remind,
    "remind",
    Duration::from_secs(1),
    DAY,
    "1s",
    "1d",
    "Between two reminders of an open incident, 1 s to 1 day."
);

bounded_span!(
    MuteSpan,
    "mute",
    Duration::from_secs(1),
    DAY.saturating_mul(30),
    "1s",
    "30d",
    "How long a server's alerts are silent, 1 s to 30 days."
);

impl Default for MuteSpan {
    fn default() -> Self {
        Self(const { Millis::of_secs(3_600) })
    }
}

/// How many outcomes in a row confirm a failure or a recovery: 1 to 10.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "u8", try_from = "u8")]
pub struct Confirmations(u8);

impl Confirmations {
    /// Takes a count within the bounds; `what` names it in the error.
    ///
    /// # Errors
    /// [`OutOfRange::Count`] outside 1 to 10.
    pub fn new(count: i64, what: &'static str) -> Result<Self, OutOfRange> {
        u8::try_from(count)
            .ok()
            .filter(|count| (1..=10).contains(count))
            .map(Self)
            .ok_or(OutOfRange::Count(what))
    }

    /// Reads a count; `what` names it in the error.
    ///
    /// # Errors
    /// [`OutOfRange::Count`] where it is no number from 1 to 10.
    pub fn parse(text: &str, what: &'static str) -> Result<Self, OutOfRange> {
        text.trim()
            .parse::<i64>()
            .map_err(|_| OutOfRange::Count(what))
            .and_then(|n| Self::new(n, what))
    }

    /// The count.
    #[must_use]
    pub const fn get(self) -> u8 {
        self.0
    }
}

impl From<Confirmations> for u8 {
    fn from(count: Confirmations) -> Self {
        count.0
    }
}

impl TryFrom<u8> for Confirmations {
    type Error = OutOfRange;

    fn try_from(count: u8) -> Result<Self, OutOfRange> {
        Self::new(count.into(), "a confirmation count")
    }
}

impl fmt::Display for Confirmations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The defaults for every server that owns no value of its own; they can be changed while the bot runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// Between probes: 30 s.
    pub interval: Interval,
    /// For a whole probe: 3 s.
    pub timeout: Timeout,
    /// Failed probes that confirm a failure: 2.
    pub failures: Confirmations,
    /// Healthy probes that confirm a recovery: 1.
    pub recoveries: Confirmations,
    /// Between reminders; off by default.
    pub remind: Option<Remind>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            interval: Interval(const { Millis::of_secs(30) }),
            timeout: Timeout(const { Millis::of_secs(3) }),
            failures: Confirmations(2),
            recoveries: Confirmations(1),
            remind: None,
        }
    }
}

/// What holds for one server: its own values, else the defaults.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// Between probes.
    pub interval: Interval,
    /// For a whole probe.
    pub timeout: Timeout,
    /// Failed probes that confirm a failure.
    pub failures: Confirmations,
    /// Healthy probes that confirm a recovery.
    pub recoveries: Confirmations,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_keep_to_their_bounds_and_say_them() {
        assert_eq!(
            Interval::parse("1m30s").map(|i| i.to_string()),
            Ok("1m30s".to_owned())
        );
        assert_eq!(
            Interval::parse("24h").map(|i| i.to_string()),
            Ok("1d".to_owned())
        );
        let error = Interval::parse("500ms").expect_err("too short");
        assert_eq!(error.to_string(), "the interval lies between 1s and 1d");
        assert!(Timeout::parse("99ms").is_err() && Timeout::parse("61s").is_err());
        assert!(
            Interval::parse("soon")
                .expect_err("no span")
                .to_string()
                .contains("such as")
        );
    }

    #[test]
    fn confirmations_are_one_to_ten() {
        for count in -1..=12 {
            assert_eq!(
                Confirmations::new(count, "failures").is_ok(),
                (1..=10).contains(&count)
            );
        }
    }
}
