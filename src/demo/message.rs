//! Messages as the workspace keeps them.

use serde_json::{Value, json};

use super::plain;

/// A message in a channel, or one shown to a single person.
#[derive(Debug, Clone)]
pub struct Message {
    /// Its id within the channel: seconds and microseconds, `1795551108.000100`.
    pub ts: String,
    /// The `ts` of the message it answers.
    pub thread_ts: Option<String>,
    /// Whether a reply is also shown in the channel.
    pub broadcast: bool,
    /// Who wrote it.
    pub author: Author,
    /// Its text: what a notification shows, and all that is shown where there are no blocks.
    pub text: String,
    /// Its blocks, each with a `block_id`, each control with an `action_id`.
    pub blocks: Vec<Value>,
    /// Its attachments, likewise.
    pub attachments: Vec<Value>,
    /// Its metadata.
    pub metadata: Option<Value>,
    /// Who edited it last, and when (a `ts`).
    pub edited: Option<(String, String)>,
    /// What it was before each edit, oldest first.
    pub edits: Vec<Revision>,
}

/// Who wrote a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Author {
    /// A person, by id.
    User(String),
    /// The bot through the Web API, perhaps under another name and face.
    Bot {
        /// `username`, where it was given.
        name: Option<String>,
        /// `icon_emoji`, where it was given.
        icon: Option<String>,
    },
    /// An incoming webhook, by the id in its address.
    Webhook(String),
}

/// What a message said before an edit.
#[derive(Debug, Clone)]
pub struct Revision {
    /// Its text.
    pub text: String,
    /// Its blocks.
    pub blocks: Vec<Value>,
    /// Its attachments.
    pub attachments: Vec<Value>,
}

/// What a message says, apart from who says it where.
#[derive(Debug, Clone, Default)]
pub(super) struct Content {
    pub(super) text: String,
    pub(super) blocks: Vec<Value>,
    pub(super) attachments: Vec<Value>,
    pub(super) metadata: Option<Value>,
}

impl Message {
    pub(super) fn new(ts: String, author: Author, content: Content) -> Self {
        Self {
            ts,
            thread_ts: None,
            broadcast: false,
            author,
            text: content.text,
            blocks: content.blocks,
            attachments: content.attachments,
            metadata: content.metadata,
            edited: None,
            edits: Vec::new(),
        }
    }

    /// Replaces what it says and remembers what it said.
    pub(super) fn edit(&mut self, content: Content, editor: &str, at: String) {
        self.edits.push(Revision {
            text: std::mem::replace(&mut self.text, content.text),
            blocks: std::mem::replace(&mut self.blocks, content.blocks),
            attachments: std::mem::replace(&mut self.attachments, content.attachments),
        });
        self.metadata = content.metadata;
        self.edited = Some((editor.to_owned(), at));
    }

    /// What a person reads: the blocks flattened to lines (the text where there are none),
    /// escapes undone, button labels in brackets, dates by their fallback.
    #[must_use]
    pub fn plain(&self) -> String {
        plain::message(&self.text, &self.blocks, &self.attachments)
    }

    /// All blocks: the message's own, then those of its attachments.
    pub fn all_blocks(&self) -> impl Iterator<Item = &Value> {
        let attached = self
            .attachments
            .iter()
            .filter_map(|part| part["blocks"].as_array());
        self.blocks.iter().chain(attached.flatten())
    }

    /// The labels of its buttons, in order.
    #[must_use]
    pub fn buttons(&self) -> Vec<String> {
        super::controls::labels(self.all_blocks())
    }

    /// Whether it is shown in the channel itself, not only in a thread.
    #[must_use]
    pub fn in_channel(&self) -> bool {
        self.thread_ts.is_none() || self.broadcast
    }
}

/// The identity that the bot's messages carry.
pub(super) struct Signature<'a> {
    pub(super) team_id: &'a str,
    pub(super) user_id: &'a str,
    pub(super) bot_id: &'a str,
    pub(super) app_id: &'a str,
    pub(super) name: &'a str,
}

/// The message as the Web API and interactions show it.
pub(super) fn wire(message: &Message, bot: &Signature<'_>) -> Value {
    let mut shown = json!({ "type": "message", "ts": message.ts, "text": message.text });
    match &message.author {
        Author::User(id) => {
            shown["user"] = json!(id);
            shown["team"] = json!(bot.team_id);
        }
        Author::Bot { name, icon } => {
            shown["user"] = json!(bot.user_id);
            shown["bot_id"] = json!(bot.bot_id);
            shown["app_id"] = json!(bot.app_id);
            shown["team"] = json!(bot.team_id);
            shown["bot_profile"] = json!({
                "id": bot.bot_id, "app_id": bot.app_id, "name": bot.name, "deleted": false,
                "team_id": bot.team_id, "updated": 0,
            });
            if let Some(name) = name {
                shown["username"] = json!(name);
            }
            if let Some(icon) = icon {
                shown["icons"] = json!({ "emoji": icon });
            }
        }
        Author::Webhook(id) => {
            shown["subtype"] = json!("bot_message");
            shown["bot_id"] = json!(id);
        }
    }
    if !message.blocks.is_empty() {
        shown["blocks"] = json!(message.blocks);
    }
    if !message.attachments.is_empty() {
        shown["attachments"] = json!(message.attachments);
    }
    if let Some((user, ts)) = &message.edited {
        shown["edited"] = json!({ "user": user, "ts": ts });
    }
    if let Some(thread_ts) = &message.thread_ts {
        shown["thread_ts"] = json!(thread_ts);
        if message.broadcast {
            shown["subtype"] = json!("thread_broadcast");
        }
    }
    shown
}
