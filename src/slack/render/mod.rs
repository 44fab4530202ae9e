//! The only place where what the bot says becomes Block Kit: a function a message. Its texts, in each language, stand
//! in `assets/locales`; `words.rs` reads them.

mod changes;
mod digest;
mod forms;
mod home;
mod inventory;
pub mod kit;
mod mistake;
mod notice;
mod reply;
mod server;
pub mod text;
mod words;

pub use changes::change_line;
pub use digest::{StormFacts, digest, digest_news, digest_weight, storm_over};
pub use forms::{
    FormAnswer, find_form, forbidden, late_errors, many_added, many_form, name_taken, no_lines,
    note, server_form, waiting, wrong,
};
pub use home::home;
pub use inventory::{inventory_held, inventory_settled};
pub use notice::{
    IncidentView, channel_failing, failure, flapping, own_trouble, recovery, reminder, still_down,
    unsubscribed, webhook_test, welcome,
};
pub use reply::reply;
pub use words::Words;

use serde::Serialize;
use slack_morphism::prelude::{SlackBlock, SlackView};

/// A message: a text that stands alone in a notification, and the blocks that a client shows.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Message {
    /// A whole sentence in mrkdwn, already escaped.
    pub text: String,
    /// What is shown; may be empty, then the text is.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub blocks: Vec<SlackBlock>,
}

impl Message {
    /// The message without its blocks, for a Slack that refuses them.
    #[must_use]
    pub fn plain(&self) -> Self {
        Self {
            text: self.text.clone(),
            blocks: Vec::new(),
        }
    }
}

/// A Home, or a form above everything else.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(transparent)]
pub struct View(SlackView);

impl View {
    /// As Slack takes it.
    pub(in crate::slack) const fn content(&self) -> &SlackView {
        &self.0
    }
}
