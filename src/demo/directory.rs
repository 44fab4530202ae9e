//! People, conversations, and what they hold.

use serde_json::Value;

use super::message::Message;
use crate::clock::Timestamp;

/// A person, or the bot.
#[derive(Debug, Clone)]
pub struct User {
    /// The id, `U…`.
    pub id: String,
    /// The short name.
    pub name: String,
    /// The name that is shown.
    pub real_name: String,
    /// The workspace the person belongs to.
    pub team_id: String,
    /// Whether it is the bot.
    pub is_bot: bool,
}

/// What a channel is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Seen by everyone.
    Public,
    /// Seen by its members.
    Private,
    /// Between the bot and one person.
    Direct,
}

/// A conversation.
#[derive(Debug, Clone)]
pub struct Channel {
    /// The id.
    pub id: String,
    /// The name without `#`; empty in a direct one.
    pub name: String,
    /// What it is.
    pub kind: Kind,
    /// Whether it is archived.
    pub archived: bool,
    /// Whether another workspace shares it.
    pub shared: bool,
    /// Who made it, by id.
    pub creator: String,
    /// Who is in it, by id.
    pub members: Vec<String>,
    /// When it was made.
    pub created: Timestamp,
    /// Its messages and replies, oldest first.
    pub messages: Vec<Message>,
}

impl Channel {
    /// Whether the user is in it.
    #[must_use]
    pub fn has(&self, user: &str) -> bool {
        self.members.iter().any(|member| member == user)
    }

    /// The message with this `ts`.
    #[must_use]
    pub fn message(&self, ts: &str) -> Option<&Message> {
        self.messages.iter().find(|message| message.ts == ts)
    }

    pub(super) fn message_mut(&mut self, ts: &str) -> Option<&mut Message> {
        self.messages.iter_mut().find(|message| message.ts == ts)
    }

    /// The replies to the message with this `ts`.
    pub fn replies<'a>(&'a self, ts: &'a str) -> impl Iterator<Item = &'a Message> {
        self.messages
            .iter()
            .filter(move |message| message.thread_ts.as_deref() == Some(ts))
    }
}

/// A message that one person sees.
#[derive(Debug, Clone)]
pub struct Ephemeral {
    /// Who sees it, by id.
    pub user: String,
    /// Where, by id.
    pub channel: String,
    /// What it says.
    pub message: Message,
}

/// An event as it was told to the bot.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// The whole envelope.
    pub envelope: Value,
    /// How often it was told.
    pub attempts: u32,
    /// Whether the bot took it.
    pub accepted: bool,
}
