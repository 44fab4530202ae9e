//! Commands about channels themselves: conversations of Slack's, and incoming webhooks.

use std::fmt;

use crate::domain::command::words::ChannelRef;

/// What is asked for about a conversation of Slack's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConversationCommand {
    /// Make one.
    Create {
        /// What it is to be called; Slack judges it.
        name: String,
    },
    /// Give one another name.
    Rename {
        /// Which.
        channel: ChannelRef,
        /// What it is to be called; Slack judges it.
        name: String,
    },
    /// Archive one; asks first.
    Archive {
        /// Which.
        channel: ChannelRef,
    },
}

/// What is asked for about an incoming webhook. They are known by what people call them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WebhookCommand {
    /// Tell it from now on.
    Add {
        /// What it is to be called.
        name: String,
        /// Where it is.
        url: TypedHook,
    },
    /// Call it otherwise.
    Rename {
        /// Which.
        name: String,
        /// What it is to be called.
        to: String,
    },
    /// Tell it no more; asks first.
    Remove {
        /// Which.
        name: String,
    },
}

/// An incoming webhook's URL as a person typed it. It may be one, so it is a secret.
#[derive(Clone, PartialEq, Eq)]
pub struct TypedHook(String);

impl TypedHook {
    /// Takes what was typed; nobody has looked at it yet.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// What was typed, for whoever judges it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for TypedHook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TypedHook(…)")
    }
}

/// Whether a text looks like an incoming webhook's URL, so that it must not be repeated to anybody.
#[must_use]
pub fn may_be_a_hook(text: &str) -> bool {
    text.contains("/services/") || text.contains("hooks.slack")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_a_secret_is_in_no_debug_output() {
        let hook = TypedHook::new("https://hooks.slack.com/services/T/B/secret");
        assert!(!format!("{hook:?}").contains("secret"));
        assert!(may_be_a_hook(hook.expose()) && !may_be_a_hook("ops-pager"));
    }
}
