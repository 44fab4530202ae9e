//! What a person can ask for with `/health`, and the grammar that reads it.
//!
//! A new command is one visible path: its variant here, its line in [`Topic`] and in [`parse`], its arm in
//! `service::commands`, its reply in `domain::reply`, its words in `slack::render`, and a line in the manifest's hint.

mod error;
mod fields;
mod settings;
pub mod words;

pub use error::{CommandError, Problem};
pub use fields::ServerFields;
pub use settings::SettingsChange;

use std::collections::BTreeSet;

use crate::clock::Timestamp;
use crate::domain::health::{Health, State};
use crate::domain::server::{Environment, HostName, Server};
use crate::domain::settings::MuteSpan;
use words::{ChannelRef, Word};

/// What help can be asked for, and what an error shows an example of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Topic {
    /// `add`
    Add,
    /// `list`
    List,
    /// `status`
    Status,
    /// `remove`
    Remove,
    /// `check`
    Check,
    /// `on`
    On,
    /// `off`
    Off,
    /// `mute`
    Mute,
    /// `unmute`
    Unmute,
    /// `ack`
    Ack,
    /// `subscribe`
    Subscribe,
    /// `unsubscribe`
    Unsubscribe,
    /// `channels`
    Channels,
    /// `settings`
    Settings,
    /// `help`
    Help,
}

impl Topic {
    /// All of them, in the order of the help.
    pub const ALL: [Self; 15] = [
        Self::Add,
        Self::List,
        Self::Status,
        Self::Check,
        Self::Remove,
        Self::Off,
        Self::On,
        Self::Mute,
        Self::Unmute,
        Self::Ack,
        Self::Subscribe,
        Self::Unsubscribe,
        Self::Channels,
        Self::Settings,
        Self::Help,
    ];

    /// The word that begins the command.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Add => "add",
            Self::List => "list",
            Self::Status => "status",
            Self::Remove => "remove",
            Self::Check => "check",
            Self::On => "on",
            Self::Off => "off",
            Self::Mute => "mute",
            Self::Unmute => "unmute",
            Self::Ack => "ack",
            Self::Settings => "settings",
            Self::Subscribe => "subscribe",
            Self::Unsubscribe => "unsubscribe",
            Self::Channels => "channels",
            Self::Help => "help",
        }
    }

    /// The command's form.
    #[must_use]
    pub const fn usage(self) -> &'static str {
        match self {
            Self::Add => "/health add NAME URL [key=value ...]",
            Self::List => "/health list [down|muted|off] [env=LIVE]",
            Self::Status => "/health status [NAME]",
            Self::Remove => "/health remove NAME",
            Self::Check => "/health check NAME",
            Self::On => "/health on NAME|all",
            Self::Off => "/health off NAME|all",
            Self::Mute => "/health mute NAME 1h",
            Self::Unmute => "/health unmute NAME",
            Self::Ack => "/health ack NAME",
            Self::Settings => {
                "/health settings [interval=30s timeout=3s failures=2 recoveries=1 remind=off]"
            }
            Self::Subscribe => "/health subscribe [#channel] [env=LIVE,STAGE]",
            Self::Unsubscribe => "/health unsubscribe [#channel]",
            Self::Channels => "/health channels",
            Self::Help => "/health help [command]",
        }
    }

    /// A line that works.
    #[must_use]
    pub const fn example(self) -> &'static str {
        match self {
            Self::Add => "/health add api https://10.0.0.5:8080/healthz env=LIVE",
            Self::List => "/health list down env=LIVE",
            Self::Status => "/health status api",
            Self::Remove => "/health remove api",
            Self::Check => "/health check api",
            Self::On => "/health on api",
            Self::Off => "/health off api",
            Self::Mute => "/health mute api 1h",
            Self::Unmute => "/health unmute api",
            Self::Ack => "/health ack api",
            Self::Settings => "/health settings interval=15s remind=30m",
            Self::Subscribe => "/health subscribe #ops env=LIVE,STAGE",
            Self::Unsubscribe => "/health unsubscribe #ops",
            Self::Channels => "/health channels",
            Self::Help => "/health help add",
        }
    }

    fn of_word(word: &Word) -> Option<Self> {
        Self::ALL.into_iter().find(|topic| word.is(topic.word()))
    }
}

/// One server or every one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// The server that people call so.
    One(String),
    /// All of them.
    All,
}

/// Which servers a list shows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ListFilter {
    /// Only servers in this condition.
    pub condition: Option<Condition>,
    /// Only servers of this environment.
    pub environment: Option<Environment>,
}

impl ListFilter {
    /// Whether it lets this server through, as of `now`.
    #[must_use]
    pub fn takes(&self, server: &Server, health: &Health, now: Timestamp) -> bool {
        let condition = match self.condition {
            None => true,
            Some(Condition::Down) => health.believed == State::Down,
            Some(Condition::Muted) => server.is_muted(now),
            Some(Condition::Off) => !server.notification,
        };
        let environment = self.environment;
        condition && environment.is_none_or(|wanted| wanted == server.environment)
    }
}

/// A condition that a list can be narrowed to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Condition {
    /// It is down.
    Down,
    /// It is muted.
    Muted,
    /// Its alerts are off.
    Off,
}

impl Condition {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Down, Self::Muted, Self::Off];

    /// The word that names it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Down => "down",
            Self::Muted => "muted",
            Self::Off => "off",
        }
    }
}

/// What a person asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// What can be asked for.
    Help(Option<Topic>),
    /// Watch a server.
    Add {
        /// What people call it.
        name: HostName,
        /// Where it is and how it is checked.
        fields: Box<ServerFields>,
    },
    /// Fill in the form that adds a server.
    AddForm,
    /// The servers, a page of them.
    List {
        /// Which.
        filter: ListFilter,
    },
    /// The summary, or one server in detail.
    Status(Option<String>),
    /// Stop watching a server; asks first.
    Remove(String),
    /// Probe a server now.
    Check(String),
    /// Switch alerts.
    Alerts {
        /// Of which servers.
        scope: Scope,
        /// On or off.
        on: bool,
    },
    /// Silence a server's alerts for a while.
    Mute {
        /// Which server.
        name: String,
        /// For how long.
        span: MuteSpan,
    },
    /// End a server's mute.
    Unmute(String),
    /// Take a server's open incident on.
    Ack(String),
    /// Show the defaults, or change them.
    Settings(SettingsChange),
    /// Tell a channel of failures.
    Subscribe {
        /// Which; the current one without.
        channel: Option<ChannelRef>,
        /// Only of these environments; all where empty.
        environments: BTreeSet<Environment>,
    },
    /// Tell a channel no more.
    Unsubscribe {
        /// Which; the current one without.
        channel: Option<ChannelRef>,
    },
    /// Who is told, and whether it works.
    Channels,
}

/// Reads a command's text as Slack sends it.
///
/// # Errors
/// A [`CommandError`] that names the mistake and a line that would work.
pub fn parse(text: &str) -> Result<Command, CommandError> {
    let words = words::split(text)
        .map_err(|words::UnclosedQuote| CommandError::new(Topic::Help, Problem::UnclosedQuote))?;
    let Some((first, rest)) = words.split_first() else {
        return Ok(Command::Help(None));
    };
    let Some(topic) = Topic::of_word(first) else {
        return Err(CommandError::unknown_command(first));
    };
    let mut arguments = Arguments { topic, rest };
    let command = arguments.command()?;
    arguments.end()?;
    Ok(command)
}

/// What follows the command's own word.
struct Arguments<'a> {
    topic: Topic,
    rest: &'a [Word],
}

impl Arguments<'_> {
    fn command(&mut self) -> Result<Command, CommandError> {
        Ok(match self.topic {
            Topic::Help => Command::Help(self.help_topic()?),
            Topic::Add if self.rest.is_empty() => Command::AddForm,
            Topic::Add => {
                let name = self.required("NAME")?;
                let name = HostName::parse(&name.typed).map_err(|e| self.error(e.into()))?;
                let fields = Box::new(ServerFields::parse(self.topic, self.take_all())?);
                Command::Add { name, fields }
            }
            Topic::List => Command::List {
                filter: self.list_filter()?,
            },
            Topic::Status => Command::Status(self.take().map(|word| word.typed.clone())),
            Topic::Remove => Command::Remove(self.required("NAME")?.typed.clone()),
            Topic::Check => Command::Check(self.required("NAME")?.typed.clone()),
            Topic::On | Topic::Off => {
                let word = self.required("NAME|all")?;
                let scope = if word.is("all") {
                    Scope::All
                } else {
                    Scope::One(word.typed.clone())
                };
                Command::Alerts {
                    scope,
                    on: self.topic == Topic::On,
                }
            }
            Topic::Mute => {
                let name = self.required("NAME")?.typed.clone();
                let span = match self.take().map(|word| MuteSpan::parse(&word.typed)) {
                    Some(span) => span.map_err(|e| self.error(e.into()))?,
                    None => MuteSpan::default(),
                };
                Command::Mute { name, span }
            }
            Topic::Unmute => Command::Unmute(self.required("NAME")?.typed.clone()),
            Topic::Ack => Command::Ack(self.required("NAME")?.typed.clone()),
            Topic::Settings => Command::Settings(SettingsChange::parse(self.take_all())?),
            Topic::Subscribe => {
                let channel = self.channel()?;
                Command::Subscribe {
                    channel,
                    environments: self.environments()?,
                }
            }
            Topic::Unsubscribe => Command::Unsubscribe {
                channel: self.channel()?,
            },
            Topic::Channels => Command::Channels,
        })
    }

    fn error(&self, problem: Problem) -> CommandError {
        CommandError::new(self.topic, problem)
    }

    fn take(&mut self) -> Option<&Word> {
        let (first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(first)
    }

    fn take_all(&mut self) -> &[Word] {
        std::mem::take(&mut self.rest)
    }

    fn required(&mut self, what: &'static str) -> Result<Word, CommandError> {
        let word = self
            .take()
            .filter(|word| !word.typed.trim().is_empty())
            .cloned();
        word.ok_or_else(|| self.error(Problem::Missing(what)))
    }

    fn end(&self) -> Result<(), CommandError> {
        match self.rest.first() {
            Some(word) => Err(self.error(Problem::Unexpected(word.typed.clone()))),
            None => Ok(()),
        }
    }

    fn help_topic(&mut self) -> Result<Option<Topic>, CommandError> {
        let Some(word) = self.take() else {
            return Ok(None);
        };
        Topic::of_word(word)
            .map(Some)
            .ok_or_else(|| CommandError::unknown_command(word))
    }

    fn channel(&mut self) -> Result<Option<ChannelRef>, CommandError> {
        match self.rest.first() {
            Some(word) if word.channel.is_some() => {
                let channel = word.channel.clone();
                self.take();
                Ok(channel)
            }
            Some(word) if word.pair().is_none() => {
                Err(self.error(Problem::NotAChannel(word.typed.clone())))
            }
            _ => Ok(None),
        }
    }

    fn environments(&mut self) -> Result<BTreeSet<Environment>, CommandError> {
        let Some((key, value)) = self.rest.first().and_then(Word::pair) else {
            return Ok(BTreeSet::new());
        };
        if !key.eq_ignore_ascii_case("env") {
            return Err(self.error(Problem::UnknownKey {
                key: key.to_owned(),
                known: &["env"],
            }));
        }
        let environments = value
            .typed
            .split(',')
            .map(|name| name.parse())
            .collect::<Result<_, _>>();
        let environments = environments.map_err(|e| self.error(Problem::Environment(e)))?;
        self.take();
        Ok(environments)
    }

    fn list_filter(&mut self) -> Result<ListFilter, CommandError> {
        let mut filter = ListFilter::default();
        while let Some(word) = self.take().cloned() {
            if let Some((key, value)) = word.pair() {
                if !key.eq_ignore_ascii_case("env") {
                    let key = key.to_owned();
                    return Err(self.error(Problem::UnknownKey {
                        key,
                        known: &["env"],
                    }));
                }
                let environment = value.typed.parse();
                filter.environment =
                    Some(environment.map_err(|e| self.error(Problem::Environment(e)))?);
            } else {
                let condition = Condition::ALL.into_iter().find(|c| word.is(c.word()));
                let problem = || self.error(Problem::UnknownFilter(word.typed.clone()));
                filter.condition = Some(condition.ok_or_else(problem)?);
            }
        }
        Ok(filter)
    }
}

#[cfg(test)]
mod tests;
