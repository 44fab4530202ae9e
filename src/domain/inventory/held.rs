//! Servers that vanished in such numbers that a person is asked: what was asked, and what becomes of it.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::domain::audit::Actor;
use crate::domain::ids::{MessageTs, ServerId};
use crate::domain::server::Server;

/// How many of the servers that are held are kept by name.
const NAMED: usize = 8;

/// How much of such a name is kept, in characters: a little more than is shown, so that a cut can be seen.
const NAME_CHARS: usize = 81;

/// Just these servers, held since just then. It travels in the question's buttons: an answer counts for what was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Mark(u64);

/// The text is no mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it is no mark of servers that are held")]
pub struct NoMark;

impl Mark {
    /// FNV-1a, whose result is the same in every version of the program: buttons outlive it.
    fn of(since: Timestamp, servers: &[&Server]) -> Self {
        const BASIS: u64 = 0xcbf2_9ce4_8422_2325;
        const PRIME: u64 = 0x0000_0100_0000_01b3;
        let mut ids: Vec<_> = servers.iter().map(|server| server.id).collect();
        ids.sort_unstable();
        let bytes = ids.into_iter().map(ServerId::raw).map(u64::to_be_bytes);
        let bytes = std::iter::once(since.timestamp_millis().to_be_bytes()).chain(bytes);
        Self(bytes.flatten().fold(BASIS, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(PRIME)
        }))
    }
}

impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl FromStr for Mark {
    type Err = NoMark;

    fn from_str(text: &str) -> Result<Self, NoMark> {
        u64::from_str_radix(text, 16).map(Self).map_err(|_| NoMark)
    }
}

impl From<Mark> for String {
    fn from(mark: Mark) -> Self {
        mark.to_string()
    }
}

impl TryFrom<String> for Mark {
    type Error = NoMark;

    fn try_from(text: String) -> Result<Self, NoMark> {
        text.parse()
    }
}

/// Servers that are held.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    /// Just these.
    pub mark: Mark,
    /// How many.
    pub count: usize,
    /// The first of their names.
    pub names: Vec<String>,
}

impl Held {
    /// These servers, held since then.
    #[must_use]
    pub fn of(since: Timestamp, servers: &[&Server]) -> Self {
        let mut names: Vec<_> = servers.iter().map(|server| &server.host_name).collect();
        names.sort_unstable();
        let names = names.into_iter().take(NAMED);
        Self {
            mark: Mark::of(since, servers),
            count: servers.len(),
            names: names
                .map(|name| name.as_str().chars().take(NAME_CHARS).collect())
                .collect(),
        }
    }
}

/// Whether somebody lets go of what is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Consent {
    /// Nobody does.
    No,
    /// Somebody does, whatever it is.
    Whatever,
    /// Somebody does who was asked about these; none where the question did not say.
    Asked(Option<Mark>),
}

impl Consent {
    pub(super) fn covers(self, held: Mark) -> bool {
        match self {
            Self::No => false,
            Self::Whatever => true,
            Self::Asked(asked) => asked == Some(held),
        }
    }
}

/// How it stands with the servers that a list lacks.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Standing {
    /// They go after some more fetches, if there are any.
    #[default]
    Usual,
    /// So do they from now on: until now so many were missing that they were held.
    Ended {
        /// How many are missing still.
        missing: usize,
    },
    /// They are held.
    Held {
        /// Which.
        held: Held,
        /// People are to be asked about them.
        ask: bool,
    },
    /// They would have been held, but somebody let go of them.
    Released,
}

/// What became of a question about servers that were held.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "verdict", rename_all = "snake_case")]
pub enum Verdict {
    /// They were removed.
    Removed {
        /// How many.
        count: usize,
        /// Who decided that.
        by: Actor,
    },
    /// They stay.
    Kept {
        /// How many.
        count: usize,
        /// Who decided that.
        by: Actor,
    },
    /// Nobody decided: the list lacks few enough again.
    Over {
        /// How many are missing still.
        missing: usize,
    },
}

/// What one channel holds of the question about what is held. It is made together with the notice that asks, so that a
/// hold's questions name everyone who was asked, or is about to be.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Question {
    /// It was asked there.
    pub asked: bool,
    /// The message, unless the channel is a webhook, which names none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ts: Option<MessageTs>,
}
