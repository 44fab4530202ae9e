//! What a person can ask for with `/health`, and the grammar that reads it.
//!
//! A new command is one visible path: its variant here, its lines in [`Topic`] (`topic.rs`) and in [`parse()`]
//! (`parse.rs`), its arm and whether it changes something in `service::commands`, its reply in `domain::reply`, and its
//! words in `slack::render::reply` and, in each language, in `assets/locales`, help included.

mod channels;
mod error;
mod fields;
mod parse;
mod settings;
mod topic;
pub mod words;

pub use channels::{ConversationCommand, TypedHook, WebhookCommand, may_be_a_hook};
pub use error::{CommandError, Problem};
pub use fields::{ServerEdit, ServerFields};
pub use parse::parse;
pub use settings::SettingsChange;
pub use topic::Topic;

use std::collections::BTreeSet;

use crate::clock::Timestamp;
use crate::domain::health::{Health, State};
use crate::domain::server::{Environment, HostName, Server};
use crate::domain::settings::MuteSpan;
use words::ChannelRef;

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
    /// Change a server; without pairs, the form.
    Edit {
        /// Which server.
        name: String,
        /// What is to change.
        edit: Box<ServerEdit>,
    },
    /// What happened to a server, and what people did to it.
    History(String),
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
    /// Make, rename or archive a conversation in Slack.
    Conversation(ConversationCommand),
    /// Add, rename or remove an incoming webhook.
    Webhook(WebhookCommand),
}

#[cfg(test)]
mod mistake_tests;
#[cfg(test)]
mod tests;
