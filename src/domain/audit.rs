//! What people changed: who, what, when and from where.

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::domain::channel::Channel;
use crate::domain::ids::{ChangeId, ConversationId, ServerId, UserId};
use crate::domain::server::{Environment, Server};
use crate::domain::settings::Settings;

/// The longest name that the log keeps, in characters.
const NAME_CHARS: usize = 80;

/// The longest value that the log keeps, in characters.
const VALUE_CHARS: usize = 60;

/// How many changes of one server are found by the server.
const RECENT: usize = 20;

/// From where a change was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Via {
    /// A slash command.
    Command,
    /// A button of a message.
    Button,
    /// A form.
    Form,
    /// App Home.
    Home,
    /// The admin API, whose token names nobody.
    Api,
    /// The company's inventory.
    Inventory,
    /// `healthbot import --from`: another monitor's configuration, brought over on the machine itself.
    Import,
    /// Something done in Slack itself: an invitation, a removal, an archiving.
    Slack,
}

/// Who changes something, and from where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    /// Who, where it is a person whom Slack named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<UserId>,
    /// From where.
    pub via: Via,
}

impl Actor {
    /// A person.
    #[must_use]
    pub const fn person(user: UserId, via: Via) -> Self {
        Self {
            user: Some(user),
            via,
        }
    }

    /// Something that stands for nobody in particular.
    #[must_use]
    pub const fn nobody(via: Via) -> Self {
        Self { user: None, via }
    }
}

/// What was changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// One server.
    Server {
        /// Which.
        id: ServerId,
        /// What people called it then.
        name: String,
    },
    /// Every server that stood otherwise.
    AllServers {
        /// How many.
        count: usize,
    },
    /// A channel. A webhook's URL is a secret and is not kept.
    Channel {
        /// What people called it then.
        name: String,
        /// The conversation behind it, unless it is a webhook.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        conversation: Option<ConversationId>,
    },
    /// The defaults.
    Settings,
}

impl Subject {
    /// A server.
    #[must_use]
    pub fn server(server: &Server) -> Self {
        Self::Server {
            id: server.id,
            name: clipped(server.host_name.as_str(), NAME_CHARS),
        }
    }

    /// A channel.
    #[must_use]
    pub fn channel(channel: &Channel) -> Self {
        Self::Channel {
            name: clipped(&channel.name, NAME_CHARS),
            conversation: channel.conversation().cloned(),
        }
    }
}

/// One value that was changed, as people write it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edit {
    /// Which, by the key that sets it.
    pub field: String,
    /// Before.
    pub from: String,
    /// After.
    pub to: String,
}

/// What was done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Deed {
    /// It is there from then on.
    Added,
    /// Some of its values were changed.
    Edited(Vec<Edit>),
    /// It is there no more.
    Removed,
    /// Its alerts were switched on.
    AlertsOn,
    /// Its alerts were switched off.
    AlertsOff,
    /// Its alerts were silenced for a while.
    Muted {
        /// Until when.
        until: Timestamp,
    },
    /// Its mute was ended.
    Unmuted,
    /// Its open incident was taken on.
    Acknowledged,
    /// It is told from then on.
    Subscribed {
        /// Only of these environments; empty for all.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        environments: Vec<Environment>,
    },
    /// It is told no more.
    Unsubscribed,
    /// The conversation was created in Slack.
    Created,
    /// The conversation was archived in Slack.
    Archived,
}

/// One change in the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Logged {
    /// Its identifier.
    pub id: ChangeId,
    /// When.
    pub at: Timestamp,
    /// Who, and from where.
    pub actor: Actor,
    /// What was changed.
    pub subject: Subject,
    /// What was done.
    pub deed: Deed,
}

/// Which entries of the log are a server's last ones, the newest last.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecentChanges {
    ids: Vec<ChangeId>,
}

impl RecentChanges {
    /// Remembers one more; the oldest is forgotten where there are too many.
    pub fn push(&mut self, id: ChangeId) {
        self.ids.push(id);
        let over = self.ids.len().saturating_sub(RECENT);
        self.ids.drain(..over);
    }

    /// The newest first.
    pub fn newest_first(&self) -> impl Iterator<Item = ChangeId> + '_ {
        self.ids.iter().rev().copied()
    }
}

/// What is different about a server that a person can set.
#[must_use]
pub fn server_edits(before: &Server, after: &Server) -> Vec<Edit> {
    let values = |server: &Server| {
        let own = |value: Option<String>| value.unwrap_or_else(|| "default".to_owned());
        [
            ("name", server.host_name.to_string()),
            ("url", server.url()),
            ("env", server.environment.to_string()),
            ("type", server.server_type.code().to_string()),
            ("interval", own(server.interval.map(|it| it.to_string()))),
            ("timeout", own(server.timeout.map(|it| it.to_string()))),
            ("failures", own(server.failures.map(|it| it.to_string()))),
            (
                "recoveries",
                own(server.recoveries.map(|it| it.to_string())),
            ),
            ("alerts", switch(server.notification)),
            (
                "muted",
                server
                    .muted_until
                    .map_or_else(|| "no".to_owned(), |until| until.to_rfc3339()),
            ),
        ]
    };
    different(values(before), values(after))
}

/// What is different about the defaults.
#[must_use]
pub fn settings_edits(before: &Settings, after: &Settings) -> Vec<Edit> {
    let values = |settings: &Settings| {
        let remind = settings.remind.map(|every| every.to_string());
        [
            ("interval", settings.interval.to_string()),
            ("timeout", settings.timeout.to_string()),
            ("failures", settings.failures.to_string()),
            ("recoveries", settings.recoveries.to_string()),
            ("remind", remind.unwrap_or_else(|| "off".to_owned())),
        ]
    };
    different(values(before), values(after))
}

/// What is different about a channel that a person can set.
#[must_use]
pub fn channel_edits(before: &Channel, after: &Channel) -> Vec<Edit> {
    let values = |channel: &Channel| {
        let names: Vec<_> = channel.environments.iter().map(|it| it.as_str()).collect();
        let environments = if names.is_empty() {
            "all".to_owned()
        } else {
            names.join(",")
        };
        [
            ("name", channel.name.clone()),
            ("env", environments),
            ("alerts", switch(channel.notification)),
        ]
    };
    let mut edits = different(values(before), values(after));
    if before.destination != after.destination {
        // A webhook's URL is a secret: that it is another one is all that is kept.
        edits.push(Edit {
            field: "url".to_owned(),
            from: "one".to_owned(),
            to: "another".to_owned(),
        });
    }
    edits
}

fn switch(on: bool) -> String {
    if on { "on" } else { "off" }.to_owned()
}

fn different<const N: usize>(
    before: [(&'static str, String); N],
    after: [(&'static str, String); N],
) -> Vec<Edit> {
    before
        .into_iter()
        .zip(after)
        .filter(|((_, from), (_, to))| from != to)
        .map(|((field, from), (_, to))| Edit {
            field: field.to_owned(),
            from: clipped(&from, VALUE_CHARS),
            to: clipped(&to, VALUE_CHARS),
        })
        .collect()
}

fn clipped(text: &str, chars: usize) -> String {
    text.chars().take(chars).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_twenty_changes_of_a_server_are_found() {
        let mut recent = RecentChanges::default();
        (0..25).for_each(|raw| recent.push(ChangeId::from_raw(raw)));
        let found: Vec<_> = recent.newest_first().map(ChangeId::raw).collect();
        assert_eq!(found, (5..25).rev().collect::<Vec<_>>());
    }

    #[test]
    fn only_what_differs_is_an_edit() {
        let before = Settings::default();
        let after = Settings {
            remind: Some("10m".to_owned().try_into().expect("a span")),
            ..before.clone()
        };
        let edit = Edit {
            field: "remind".into(),
            from: "off".into(),
            to: "10m".into(),
        };
        assert_eq!(settings_edits(&before, &after), [edit]);
        assert_eq!(settings_edits(&after, &after), []);
    }
}
