//! What a workspace is started with.

use crate::clock::SharedClock;

/// How a workspace is set up. Start from [`Options::new`] and change what matters.
#[derive(Clone)]
pub struct Options {
    /// Where the bot listens, such as `http://127.0.0.1:3000`; may be told later with
    /// [`Workspace::set_bot_url`](super::Workspace::set_bot_url).
    pub bot_url: Option<String>,
    /// The secret that requests to the bot are signed with.
    pub signing_secret: String,
    /// The token the bot must show.
    pub bot_token: String,
    /// With it the app is in Socket Mode: nothing is sent to `bot_url`.
    pub app_token: Option<String>,
    /// Every time stamp and every expiry is read from it.
    pub clock: SharedClock,
    /// What the bot's token may do; see [`SCOPES`].
    pub scopes: Vec<String>,
    /// The channels that exist at the start.
    pub channels: Vec<SeedChannel>,
    /// The people who exist at the start; the first one owns the channels.
    pub users: Vec<SeedUser>,
    /// When an event that was not answered 2xx is told again.
    pub retries: EventRetries,
}

impl Options {
    /// A workspace with two people and three public channels, the bot in none of them.
    #[must_use]
    pub fn new(clock: SharedClock) -> Self {
        Self {
            bot_url: None,
            signing_secret: "demo-signing-secret".to_owned(),
            bot_token: "xoxb-demo-token".to_owned(),
            app_token: None,
            clock,
            scopes: SCOPES.iter().map(|&scope| scope.to_owned()).collect(),
            channels: ["general", "ops", "random"]
                .map(SeedChannel::public)
                .to_vec(),
            users: vec![
                SeedUser::new("dana", "Dana Kim"),
                SeedUser::new("lee", "Lee Park"),
            ],
            retries: EventRetries::Immediately,
        }
    }
}

/// Every scope that one of the workspace's methods asks for.
pub const SCOPES: &[&str] = &[
    "channels:history",
    "channels:join",
    "channels:manage",
    "channels:read",
    "chat:write",
    "chat:write.customize",
    "chat:write.public",
    "commands",
    "groups:history",
    "groups:read",
    "groups:write",
    "im:history",
    "im:read",
    "im:write",
    "incoming-webhook",
    "mpim:read",
    "mpim:write",
    "team:read",
    "users:read",
];

/// When an unanswered event is told again. Slack waits a minute, then five; nothing here waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventRetries {
    /// At once, three times at most.
    Immediately,
    /// When [`Workspace::retry_events`](super::Workspace::retry_events) is called, three times at
    /// most.
    ByHand,
}

/// A channel that exists at the start.
#[derive(Debug, Clone)]
pub struct SeedChannel {
    /// Its name, without `#`.
    pub name: String,
    /// Whether it is seen by its members only.
    pub private: bool,
    /// Whether the bot is in it. No event tells the bot so.
    pub bot: bool,
    /// Whether another workspace shares it: its people are then members too.
    pub shared: bool,
}

impl SeedChannel {
    /// A public channel that the bot is not in.
    #[must_use]
    pub fn public(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            private: false,
            bot: false,
            shared: false,
        }
    }
}

/// A person who exists at the start.
#[derive(Debug, Clone)]
pub struct SeedUser {
    /// The short name, without `@`.
    pub name: String,
    /// The name that is shown.
    pub real_name: String,
    /// The workspace the person belongs to, where it is another one.
    pub team_id: Option<String>,
}

impl SeedUser {
    /// A person of this workspace.
    #[must_use]
    pub fn new(name: &str, real_name: &str) -> Self {
        Self {
            name: name.to_owned(),
            real_name: real_name.to_owned(),
            team_id: None,
        }
    }

    /// A person of another workspace, met in shared channels only.
    #[must_use]
    pub fn foreign(name: &str, real_name: &str, team_id: &str) -> Self {
        Self {
            team_id: Some(team_id.to_owned()),
            ..Self::new(name, real_name)
        }
    }
}
