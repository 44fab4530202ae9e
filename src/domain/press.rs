//! What pressing a button means.

use crate::domain::command::{ListFilter, Topic};
use crate::domain::home::HomeState;
use crate::domain::ids::{ChannelId, ConversationId, ServerId};
use crate::domain::inventory::Mark;

/// A button's meaning, as it travels through Slack and back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Press {
    /// Switch this server's alerts on or off.
    Alerts {
        /// Which server.
        server: ServerId,
        /// On or off.
        on: bool,
    },
    /// Take this server's open incident on.
    Acknowledge {
        /// Which server.
        server: ServerId,
    },
    /// Silence this server's alerts for an hour.
    Mute {
        /// Which server.
        server: ServerId,
    },
    /// End this server's mute.
    Unmute {
        /// Which server.
        server: ServerId,
    },
    /// Probe this server now.
    Check {
        /// Which server.
        server: ServerId,
    },
    /// Remove this server after all.
    Remove {
        /// Which server.
        server: ServerId,
    },
    /// Keep it.
    Keep {
        /// Which server.
        server: ServerId,
    },
    /// Switch all alerts off after all.
    AllOff,
    /// Leave all alerts as they are.
    KeepAll,
    /// Remove the servers that the inventory lacks.
    InventoryRemove {
        /// Which were asked about; none where the question did not say.
        asked: Option<Mark>,
    },
    /// Keep them.
    InventoryKeep {
        /// Which were asked about; none where the question did not say.
        asked: Option<Mark>,
    },
    /// Archive this conversation after all.
    Archive {
        /// Which conversation.
        conversation: ConversationId,
    },
    /// Leave it as it is.
    KeepConversation {
        /// Which conversation.
        conversation: ConversationId,
    },
    /// Remove this webhook after all.
    RemoveWebhook {
        /// Which channel.
        channel: ChannelId,
    },
    /// Keep it.
    KeepWebhook {
        /// Which channel.
        channel: ChannelId,
    },
    /// Undo the subscription of the channel where the button stands.
    Unsubscribe,
    /// Show a page of who is told.
    Channels {
        /// Which page, from 0.
        page: usize,
    },
    /// Switch a channel's alerts on or off.
    ChannelAlerts {
        /// Which channel.
        channel: ChannelId,
        /// On or off.
        on: bool,
        /// The page on which the button stood.
        page: usize,
    },
    /// Show help on this.
    Help(Topic),
    /// Show a page of a list.
    List {
        /// Which page, from 0.
        page: usize,
        /// What it is narrowed to.
        filter: ListFilter,
    },
    /// Show the summary.
    Summary,
    /// Have Home show this.
    Home(HomeState),
    /// Type what Home is to search for; it showed this.
    Find(HomeState),
    /// Fill in the form that adds a server.
    AddServer,
    /// Fill in the form that adds many.
    AddMany,
    /// Fill in the form that changes this server.
    Edit {
        /// Which server.
        server: ServerId,
    },
    /// Ask whether this server is really to be removed.
    AskRemove {
        /// Which server.
        server: ServerId,
    },
}
