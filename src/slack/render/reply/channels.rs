//! Answers about who is told.

use crate::domain::channel::{Channel, Destination};
use crate::domain::ids::ConversationId;
use crate::domain::reply::SubscribeProblem;
use crate::slack::render::kit;
use crate::slack::render::notice::{names, remedy};
use crate::slack::render::reply::{paragraphs, say};
use crate::slack::render::server::name;
use crate::slack::render::words::{Words, tr};
use crate::slack::render::{Message, text};

pub(super) fn subscribed(words: Words, channel: &Channel, already: bool) -> String {
    let told = channel_name(words, channel);
    let environments = names(words, &channel.environments);
    match (already, channel.environments.is_empty()) {
        (false, true) => tr!(words, "subscribed", channel = told),
        (true, true) => tr!(words, "subscribed-before", channel = told),
        (false, false) => tr!(
            words,
            "subscribed-to",
            channel = told,
            environments = environments
        ),
        (true, false) => tr!(
            words,
            "subscribed-to-before",
            channel = told,
            environments = environments
        ),
    }
}

pub(super) fn cannot_subscribe(
    words: Words,
    conversation: &ConversationId,
    problem: &SubscribeProblem,
) -> String {
    let channel = channel_link(words, conversation);
    match problem {
        SubscribeProblem::InviteFirst => tr!(words, "subscribe-invite-first", channel = channel),
        SubscribeProblem::Archived => tr!(words, "subscribe-archived", channel = channel),
        SubscribeProblem::SlackAway(reason) => tr!(
            words,
            "subscribe-slack-away",
            channel = channel,
            reason = words.quoted(reason, 100)
        ),
    }
}

/// A conversation that Slack shows by its present name. The id came from Slack, but through a person's hands.
pub(in crate::slack::render) fn channel_link(
    words: Words,
    conversation: &ConversationId,
) -> String {
    let id = conversation.as_str();
    if !id.is_empty() && id.bytes().all(|b| b.is_ascii_alphanumeric()) {
        format!("<#{id}>")
    } else {
        tr!(words, "that-channel")
    }
}

pub(super) fn channel_name(words: Words, channel: &Channel) -> String {
    match &channel.destination {
        Destination::Conversation(id) => channel_link(words, id),
        Destination::Webhook(_) => tr!(words, "the-webhook", webhook = name(&channel.name)),
    }
}

pub(super) fn list_channels(words: Words, channels: &[Channel]) -> Message {
    if channels.is_empty() {
        return say(tr!(words, "channels-none"));
    }
    let text = tr!(words, "channels-told-of-failures", count = channels.len());
    let mut blocks = vec![kit::section(&format!("*{text}*"))];
    blocks.extend(paragraphs(&channel_lines(words, channels)));
    Message { text, blocks }
}

/// A line a channel: what it is told, and whether that arrives.
pub(in crate::slack::render) fn channel_lines<'a>(
    words: Words,
    channels: impl IntoIterator<Item = &'a Channel>,
) -> Vec<String> {
    channels
        .into_iter()
        .map(|channel| {
            let which = if channel.environments.is_empty() {
                tr!(words, "channel-all-environments")
            } else {
                names(words, &channel.environments)
            };
            let health = match (&channel.failing, channel.notification) {
                (Some(failing), _) => tr!(
                    words,
                    "channel-fails",
                    since = text::date(failing.since),
                    reason = text::code(&failing.reason, 60),
                    remedy = remedy(words, &failing.reason)
                ),
                (None, false) => tr!(words, "channel-off"),
                (None, true) => tr!(words, "channel-works"),
            };
            format!("{} — {which} — {health}", channel_name(words, channel))
        })
        .collect()
}
