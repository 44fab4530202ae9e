//! Answers about conversations of Slack's and about incoming webhooks.

use crate::domain::ids::{ChannelId, ConversationId};

/// What was asked of Slack about a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConversationAct {
    /// To make it.
    Create,
    /// To rename it.
    Rename,
    /// To archive it.
    Archive,
}

/// What is answered about a conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConversationReply {
    /// It is there and told of failures.
    Created {
        /// Which.
        conversation: ConversationId,
        /// Whether the person is in it.
        invited: bool,
    },
    /// It has another name.
    Renamed {
        /// Which.
        conversation: ConversationId,
        /// Its name now, as Slack wrote it.
        name: String,
    },
    /// Whether it is really to be archived.
    AskArchive {
        /// Which.
        conversation: ConversationId,
    },
    /// It is archived and told no more.
    Archived {
        /// Which.
        conversation: ConversationId,
        /// Whether it already was.
        already: bool,
    },
    /// It was to be archived and stays.
    Kept {
        /// Which.
        conversation: ConversationId,
    },
    /// Slack did not do it.
    Refused {
        /// What.
        act: ConversationAct,
        /// With which; none where it was to be made.
        conversation: Option<ConversationId>,
        /// What people call that, where it is known.
        name: Option<String>,
        /// What it was to be called, where it was to be called anything.
        wanted: Option<String>,
        /// Slack's word for why.
        reason: String,
        /// Whether it may work later.
        later: bool,
    },
}

/// What was to be done with a webhook that is not there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WebhookAct {
    /// It was to be called so.
    Rename(String),
    /// It was to be told no more.
    Remove,
}

/// What is answered about an incoming webhook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WebhookReply {
    /// It is told from now on; a test message has arrived there.
    Added {
        /// What people call it.
        name: String,
    },
    /// Nothing reached it; now it has another URL, at which a test message has arrived.
    Mended {
        /// What people call it.
        name: String,
    },
    /// It has another name, or had the name already.
    Renamed {
        /// Before.
        from: String,
        /// After.
        to: String,
    },
    /// Whether it is really to be removed.
    AskRemove {
        /// Which.
        channel: ChannelId,
        /// What people call it.
        name: String,
    },
    /// It is told no more.
    Removed {
        /// What people called it.
        name: String,
    },
    /// No webhook is called so.
    NoSuch {
        /// What was typed.
        name: String,
        /// The nearest that there are.
        known: Vec<String>,
        /// What was to be done with it.
        act: WebhookAct,
    },
    /// Another webhook has the name.
    NameTaken {
        /// What people call that one.
        name: String,
        /// A name like it that no webhook has.
        free: String,
        /// The webhook that was to be called so; none where one was to be added.
        renames: Option<String>,
    },
    /// The URL is told already.
    Known {
        /// What people call it.
        name: String,
        /// What it was to be called.
        wanted: String,
    },
    /// The test message did not arrive.
    Refused {
        /// Slack's word for why.
        reason: String,
        /// Whether it may work later.
        later: bool,
    },
}
