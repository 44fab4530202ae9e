//! Destinations of alerts, and who wants to hear what.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::domain::ids::{ChannelId, ConversationId, UserId};
use crate::domain::server::{Environment, Server};

/// An incoming webhook's URL: whoever knows it can post, so it is never shown.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct HookUrl(String);

impl HookUrl {
    /// Wraps a URL whose host was already found to be one of Slack's.
    #[must_use]
    pub fn trusted(url: impl Into<String>) -> Self {
        Self(url.into())
    }

    /// As it may be shown: whose it is, without what lets anybody post.
    #[must_use]
    pub fn masked(&self) -> String {
        let origin = url::Url::parse(&self.0).map(|url| url.origin().ascii_serialization());
        format!("{}/services/T…/…", origin.unwrap_or_default())
    }

    /// Whether a text is what [`HookUrl::masked`] shows, or was copied from it.
    #[must_use]
    pub fn is_masked(text: &str) -> bool {
        text.contains('…') || text.to_ascii_uppercase().contains("%E2%80%A6")
    }

    /// The URL, for the one request that needs it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for HookUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HookUrl(…)")
    }
}

/// How a channel is reached.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Destination {
    /// A conversation, through the bot token.
    #[serde(rename = "channel_id")]
    Conversation(ConversationId),
    /// An incoming webhook, through its URL: nothing posted there can be edited or threaded.
    #[serde(rename = "hook_url")]
    Webhook(HookUrl),
}

/// Why nothing reaches a channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failing {
    /// Slack's word for it, such as `is_archived`.
    pub reason: String,
    /// Since when.
    pub since: Timestamp,
}

/// One destination of alerts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Channel {
    /// Its identifier.
    pub id: ChannelId,
    /// What people call it, without the `#`.
    pub name: String,
    /// How it is reached.
    #[serde(flatten)]
    pub destination: Destination,
    /// Whether anything is told there.
    pub notification: bool,
    /// Only servers of these environments are told; empty means all.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub environments: BTreeSet<Environment>,
    /// Set while nothing reaches it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failing: Option<Failing>,
    /// Who subscribed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subscribed_by: Option<UserId>,
    /// When it was subscribed.
    pub created_at: Timestamp,
    /// When anything above last changed.
    pub updated_at: Timestamp,
}

impl Channel {
    /// Whether a server's failure at `now` is to be told here.
    #[must_use]
    pub fn wants(&self, server: &Server, now: Timestamp) -> bool {
        self.hears(server.environment) && server.is_audible(now)
    }

    /// Whether servers of this environment are told here, as long as nobody has silenced them.
    #[must_use]
    pub fn hears(&self, environment: Environment) -> bool {
        self.notification && self.covers(environment)
    }

    /// Whether servers of this environment are told here.
    #[must_use]
    pub fn covers(&self, environment: Environment) -> bool {
        self.environments.is_empty() || self.environments.contains(&environment)
    }

    /// The conversation behind it, unless it is a webhook.
    #[must_use]
    pub const fn conversation(&self) -> Option<&ConversationId> {
        match &self.destination {
            Destination::Conversation(id) => Some(id),
            Destination::Webhook(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_masked_hook_url_shows_its_host_alone_and_is_known_again() {
        let hook = HookUrl::trusted("https://hooks.slack.com/services/T0/B0/secret");
        assert_eq!(hook.masked(), "https://hooks.slack.com/services/T…/…");
        assert!(HookUrl::is_masked(&hook.masked()) && !HookUrl::is_masked(hook.expose()));
    }

    #[test]
    fn a_hook_url_is_in_no_debug_output() {
        let hook = Destination::Webhook(HookUrl::trusted(
            "https://hooks.slack.com/services/T/B/secret",
        ));
        assert!(!format!("{hook:?}").contains("secret"));
    }
}
