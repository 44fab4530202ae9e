//! What happens in the workspace, as far as the bot cares.

use crate::domain::home::HomeState;
use crate::domain::ids::{ConversationId, UserId};

/// Something happened in the workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// Somebody, or the bot, became a member of a conversation.
    Joined {
        /// Where.
        conversation: ConversationId,
        /// Who joined.
        user: UserId,
        /// Who invited them, if anyone.
        inviter: Option<UserId>,
    },
    /// Somebody, or the bot, left a conversation or was removed.
    Left {
        /// Where.
        conversation: ConversationId,
        /// Who; Slack leaves it out where it can only be the bot.
        user: Option<UserId>,
    },
    /// A conversation was archived.
    Archived(ConversationId),
    /// A conversation was deleted.
    Deleted(ConversationId),
    /// A conversation has another name.
    Renamed {
        /// Which.
        conversation: ConversationId,
        /// Its name now.
        name: String,
    },
    /// A conversation has another id.
    IdChanged {
        /// Its id before.
        old: ConversationId,
        /// Its id now.
        new: ConversationId,
    },
    /// Somebody looks at the bot's Home.
    HomeOpened {
        /// Who.
        user: UserId,
        /// What their Home showed before, where it was shown already.
        state: HomeState,
    },
    /// The workspace has taken the bot's access away, by Slack's name for how.
    AccessLost(String),
    /// Anything else, by Slack's name for it.
    Other(String),
}
