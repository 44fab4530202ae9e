//! What is wrong with a command. The words for it are `slack::render`'s.

use crate::domain::command::Topic;
use crate::domain::command::words::Word;
use crate::domain::form::Field;
use crate::domain::server::{InvalidName, UnknownEnvironment};
use crate::domain::settings::OutOfRange;
use crate::domain::target::{AddressError, Check, ServerType, UnknownType};

/// A command that cannot be carried out as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommandError {
    /// Which command it was meant to be: its example shows a line that works.
    pub topic: Topic,
    /// What that command was to do, where it does several things and this was said.
    pub act: Option<&'static str>,
    /// What is wrong.
    pub problem: Problem,
}

/// One mistake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Problem {
    /// There is no such command; perhaps this one was meant.
    UnknownCommand {
        /// What was typed.
        word: String,
        /// The nearest command, if one is near.
        nearest: Option<Topic>,
    },
    /// A quotation mark without its partner.
    UnclosedQuote,
    /// Something that must be there is not.
    Missing(&'static str),
    /// A form's field that must be filled in is empty.
    EmptyField(Field),
    /// Something is there that means nothing.
    Unexpected(String),
    /// No such key.
    UnknownKey {
        /// What was typed.
        key: String,
        /// The keys that there are.
        known: &'static [&'static str],
    },
    /// The same key twice.
    Twice(String),
    /// No such filter.
    UnknownFilter(String),
    /// A second filter where there is room for one.
    SecondFilter(String),
    /// What is to be done is not said.
    NoAct(&'static [&'static str]),
    /// What is to be done is none of what can be.
    UnknownAct {
        /// What was typed.
        word: String,
        /// What can be done.
        known: &'static [&'static str],
    },
    /// No incoming webhook's URL where one must stand, or one where a name must. What was typed may be a secret, so it
    /// is not kept.
    NotAHook,
    /// What stands where an incoming webhook's URL must is none of Slack's; of an address only the host is kept.
    HookElsewhere(String),
    /// The name cannot be a webhook's.
    WebhookName,
    /// A word where a channel must stand.
    NotAChannel(String),
    /// A value that is neither `on` nor `off`.
    NotOnOrOff {
        /// Whose value.
        key: String,
        /// What was typed.
        value: String,
    },
    /// A type that is no number.
    TypeIsNoNumber(String),
    /// No such type.
    Type(UnknownType),
    /// The type is checked in another way than the address says.
    TypeContradictsAddress {
        /// The type that was named.
        named: ServerType,
        /// The check that the address stands for.
        check: Check,
    },
    /// The name cannot be one.
    Name(InvalidName),
    /// The address cannot be one.
    Address(AddressError),
    /// No such environment.
    Environment(UnknownEnvironment),
    /// A number or length of time outside its bounds.
    Range(OutOfRange),
    /// What is neither `off` nor a length of time between reminders.
    Remind(String),
}

/// So many slips lie between a word and the command that was meant, at most.
const FARTHEST: usize = 2;

impl CommandError {
    /// A mistake in a command that does one thing, or before it was said which.
    #[must_use]
    pub const fn new(topic: Topic, problem: Problem) -> Self {
        Self {
            topic,
            act: None,
            problem,
        }
    }

    /// A line that works, of the same kind.
    #[must_use]
    pub fn example(&self) -> &'static str {
        self.topic.example_of(self.act)
    }

    pub(super) fn unknown_command(word: &Word) -> Self {
        let typed = word.typed.to_lowercase();
        let length = typed.chars().count();
        let nearest = Topic::ALL
            .into_iter()
            // Whatever else it is, a word that is longer is farther off: a long one is not even compared.
            .filter(|topic| topic.word().len().abs_diff(length) <= FARTHEST)
            .map(|topic| (strsim::damerau_levenshtein(topic.word(), &typed), topic))
            .min_by_key(|(distance, _)| *distance)
            .filter(|(distance, topic)| *distance <= FARTHEST && *distance < topic.word().len())
            .map(|(_, topic)| topic);
        let problem = Problem::UnknownCommand {
            word: word.typed.clone(),
            nearest,
        };
        Self::new(nearest.unwrap_or(Topic::Help), problem)
    }
}

/// Where Slack's incoming webhooks are.
const HOOK_HOSTS: [&str; 2] = ["hooks.slack.com", "hooks.slack-gov.com"];

impl Problem {
    /// What is wrong with what was typed where an incoming webhook's URL must stand. Of an address only the host is
    /// named: whatever follows may be a secret.
    #[must_use]
    pub fn of_hook(typed: &str) -> Self {
        let behind = typed.split_once("://").map_or(typed, |(_, rest)| rest);
        let authority = behind
            .split(['/', '?', '#', '\\'])
            .next()
            .unwrap_or_default();
        let host = authority.rsplit('@').next().unwrap_or_default();
        if host.is_empty() || HOOK_HOSTS.iter().any(|own| own.eq_ignore_ascii_case(host)) {
            Self::NotAHook
        } else {
            Self::HookElsewhere(host.to_owned())
        }
    }
}

impl From<InvalidName> for Problem {
    fn from(error: InvalidName) -> Self {
        Self::Name(error)
    }
}

impl From<AddressError> for Problem {
    fn from(error: AddressError) -> Self {
        Self::Address(error)
    }
}

impl From<UnknownEnvironment> for Problem {
    fn from(error: UnknownEnvironment) -> Self {
        Self::Environment(error)
    }
}

impl From<UnknownType> for Problem {
    fn from(error: UnknownType) -> Self {
        Self::Type(error)
    }
}

impl From<OutOfRange> for Problem {
    fn from(error: OutOfRange) -> Self {
        Self::Range(error)
    }
}
