//! What the bot does. Each part is a struct that names what it needs; none sees everything.
//!
//! - [`base`]: what almost every part stands on; [`fleet`]: everything that is decided upon, in memory
//! - [`monitor`] and [`recorder`]: what is due is probed, an outcome becomes a commit
//! - [`owing`] and [`delivery`]: what is owed to whom, and sending it, a lane a channel
//! - [`servers`], [`silence`], [`channels`]: what people change, over [`change`]; [`reach`]: what can be told at all;
//!   [`audit`]: what they changed, kept
//! - [`incidents`]: what happened, looked up
//! - [`alarms`], [`trouble`], [`upkeep`]: what comes due by itself, and the prober's own trouble
//! - [`gauges`], [`readiness`]: how things stand, and whether the bot does its work
//! - [`workspace`], [`door`]: whose bot this is, and who is let in
//! - [`intake`]: what Slack asks, taken in however it comes, over [`socket`] or HTTP; [`commands`], [`presses`], [`events`]: and answered
//! - [`inventory`]: the company's list of servers, reconciled; [`backup`]: the whole state, handed out
//! - [`page`], [`latencies`]: the status page, and the small graphs on it
//! - [`forms`], [`home`], [`screens`]: the same where there is no message to answer in

pub mod alarms;
pub mod audit;
pub mod backup;
pub mod base;
pub mod change;
pub mod channels;
pub mod commands;
pub mod delivery;
pub mod door;
pub mod events;
pub mod fleet;
pub mod forms;
pub mod gauges;
pub mod home;
pub mod incidents;
pub mod intake;
pub mod inventory;
pub mod latencies;
pub mod monitor;
pub mod owing;
pub mod page;
pub mod presses;
pub mod reach;
pub mod readiness;
pub mod recorder;
pub mod screens;
pub mod servers;
pub mod settings;
pub mod silence;
pub mod socket;
pub mod trouble;
pub mod upkeep;
pub mod workspace;

use crate::domain::reply::{Reply, WebhookReply};
use crate::store::{CommitError, EncodeError, StoreError};

/// Why a change was not made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ChangeError {
    /// What was to be changed is not there.
    #[error("it is not there")]
    Missing,
    /// Another server has the name.
    #[error("there already is a server called {0}")]
    NameTaken(String),
    /// Another webhook has the name.
    #[error("there already is a webhook called {0}")]
    WebhookNameTaken(String),
    /// Another channel goes there.
    #[error("it is told already, by the name of {name}")]
    DestinationTaken {
        /// What people call that channel.
        name: String,
        /// Whether it is an incoming webhook, and not a conversation.
        webhook: bool,
    },
    /// The store refused; nothing was changed.
    #[error("the store does not take it: {0}")]
    Store(CommitError),
}

impl From<CommitError> for ChangeError {
    fn from(error: CommitError) -> Self {
        Self::Store(error)
    }
}

impl From<EncodeError> for ChangeError {
    fn from(error: EncodeError) -> Self {
        Self::Store(error.into())
    }
}

/// A record that cannot be read stops the change, as a disk fault does.
impl From<StoreError> for ChangeError {
    fn from(error: StoreError) -> Self {
        Self::Store(CommitError::Io(error.to_string()))
    }
}

/// A change that was not made, as an answer.
impl From<ChangeError> for Reply {
    fn from(error: ChangeError) -> Self {
        match error {
            ChangeError::Missing => Self::Gone,
            ChangeError::NameTaken(name) => Self::NameTaken { name },
            // Somebody was quicker in this moment: what else is called how is not looked up again.
            ChangeError::WebhookNameTaken(name) => Self::Webhook(WebhookReply::NameTaken {
                free: format!("{name}-2"),
                name,
                renames: None,
            }),
            ChangeError::DestinationTaken { name, .. } => Self::Webhook(WebhookReply::Known {
                wanted: name.clone(),
                name,
            }),
            ChangeError::Store(error) => Self::StoreTrouble {
                reason: error.to_string(),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whoever loses the race for a name hears the same as who finds it taken.
    #[test]
    fn what_is_taken_of_a_webhook_is_answered_in_a_webhooks_words() {
        let name = || "ops".to_owned();
        let taken = Reply::from(ChangeError::WebhookNameTaken(name()));
        assert!(
            matches!(taken, Reply::Webhook(WebhookReply::NameTaken { name: it, .. }) if it == name())
        );
        let known = Reply::from(ChangeError::DestinationTaken {
            name: name(),
            webhook: true,
        });
        assert!(
            matches!(known, Reply::Webhook(WebhookReply::Known { name: it, .. }) if it == name())
        );
    }
}
