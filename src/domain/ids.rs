//! Typed identifiers: made once at the edge, never swapped by accident.

use std::fmt;
use std::str::FromStr;
use std::sync::atomic::{AtomicU64, Ordering};

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;

/// The low bits of an identifier's number, which count within a millisecond.
const COUNT_BITS: u32 = 16;

/// The text was not an identifier of the wanted kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a {kind} id: it is {prefix}_ and 16 hexadecimal digits")]
pub struct InvalidId {
    kind: &'static str,
    prefix: &'static str,
}

/// Declares an identifier that Healthbot itself hands out: sortable by the time it was made, written `PREFIX_` and
/// sixteen hexadecimal digits.
macro_rules! own_id {
    ($name:ident, $prefix:literal, $kind:literal) => {
        #[doc = concat!("Identifies one ", $kind, ", written `", $prefix, "_` and sixteen hexadecimal digits.")]
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(into = "String", try_from = "String")]
        pub struct $name(u64);

        impl $name {
            /// The identifier with this number.
            #[must_use]
            pub const fn from_raw(raw: u64) -> Self {
                Self(raw)
            }

            /// The number inside, whose order is the order of making.
            #[must_use]
            pub const fn raw(self) -> u64 {
                self.0
            }

            /// When it was made, to the millisecond: what [`IdSource`] put into it.
            #[must_use]
            pub fn made_at(self) -> Timestamp {
                let millis = i64::try_from(self.0 >> COUNT_BITS).unwrap_or(i64::MAX);
                Timestamp::from_timestamp_millis(millis).unwrap_or(Timestamp::MAX_UTC)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!($prefix, "_{:016x}"), self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.to_string()
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                text.strip_prefix(concat!($prefix, "_"))
                    .filter(|digits| {
                        digits.len() == 16
                            && digits.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
                    })
                    .and_then(|digits| u64::from_str_radix(digits, 16).ok())
                    .map(Self)
                    .ok_or(InvalidId { kind: $kind, prefix: $prefix })
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidId;

            fn try_from(text: String) -> Result<Self, InvalidId> {
                text.parse()
            }
        }
    };
}

own_id!(ServerId, "srv", "server");
own_id!(ChannelId, "chn", "channel");
own_id!(IncidentId, "inc", "incident");
own_id!(NoticeId, "ntc", "notice");
own_id!(DigestId, "dig", "digest");
own_id!(ChangeId, "chg", "change");

/// Declares an identifier that Slack hands out. Its letters mean nothing here: a channel's kind is never read from
/// its id.
macro_rules! slack_id {
    ($name:ident, $what:literal) => {
        #[doc = concat!("Slack's identifier of ", $what, ".")]
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Takes the identifier as Slack wrote it.
            #[must_use]
            pub fn new(text: impl Into<String>) -> Self {
                Self(text.into())
            }

            /// As Slack writes it.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

slack_id!(TeamId, "a workspace");
slack_id!(UserId, "a person or bot");
slack_id!(RequestId, "a request: its signature");
slack_id!(
    ConversationId,
    "a conversation: a channel, a group or a direct message"
);
slack_id!(
    MessageTs,
    "a message within its conversation, which is also its time"
);

slack_id!(
    TriggerId,
    "a person's act, with which one form can be opened within three seconds"
);
slack_id!(ViewId, "a form or a Home that a person has open");

/// Hands out numbers for identifiers: the milliseconds of the calendar above sixteen counting bits, never the same
/// number twice and never a smaller one after a larger, whatever the clock does.
#[derive(Debug, Default)]
pub struct IdSource {
    last: AtomicU64,
}

impl IdSource {
    /// A source that goes on after an earlier run, which may have ended within this very millisecond and has left no
    /// trace of the numbers that it used up.
    #[must_use]
    pub fn resuming(now: Timestamp) -> Self {
        let millis = u64::try_from(now.timestamp_millis()).unwrap_or(0);
        Self {
            last: AtomicU64::new((millis + 1) << COUNT_BITS),
        }
    }

    /// Makes sure that every later number is above `raw`, for numbers that an earlier run handed out.
    pub fn observe(&self, raw: u64) {
        self.last.fetch_max(raw, Ordering::Relaxed);
    }

    /// The next number.
    pub fn next(&self, now: Timestamp) -> u64 {
        let floor = u64::try_from(now.timestamp_millis()).unwrap_or(0) << COUNT_BITS;
        let after = |last: u64| floor.max(last.saturating_add(1));
        match self
            .last
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |last| {
                Some(after(last))
            }) {
            Ok(last) | Err(last) => after(last),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_reads_back_what_it_wrote_and_nothing_else() {
        let id = ServerId::from_raw(0x0192_aabb_ccdd_0007);
        assert_eq!(id.to_string(), "srv_0192aabbccdd0007");
        assert_eq!(id.to_string().parse(), Ok(id));
        for bad in [
            "",
            "srv_",
            "srv_0192AABBCCDD0007",
            "chn_0192aabbccdd0007",
            "srv_+192aabbccdd0007",
        ] {
            assert!(bad.parse::<ServerId>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_run_that_begins_in_the_millisecond_in_which_another_ended_repeats_none_of_its_numbers() {
        let now = Timestamp::from_timestamp_millis(1_000).expect("in range");
        let earlier = IdSource::default();
        let used_up = (0..100).map(|_| earlier.next(now)).max();
        assert!(Some(IdSource::resuming(now).next(now)) > used_up);
    }

    #[test]
    fn numbers_only_grow_even_when_the_clock_runs_backwards() {
        let ids = IdSource::default();
        let late = Timestamp::from_timestamp_millis(2_000).expect("in range");
        let early = Timestamp::from_timestamp_millis(1_000).expect("in range");
        let first = ids.next(late);
        let second = ids.next(early);
        assert!(second > first);
        assert_eq!(ServerId::from_raw(first).made_at(), late);
        ids.observe(second + 10);
        assert!(ids.next(early) > second + 10);
    }
}
