//! Answers about who is told.

use std::sync::Arc;

use slack_morphism::prelude::SlackBlock;

use crate::domain::channel::{Channel, Destination, Failing};
use crate::domain::ids::ConversationId;
use crate::domain::press::Press;
use crate::domain::reply::{Page, SubscribeProblem};
use crate::slack::render::kit::{self, Button};
use crate::slack::render::notice::{names, remedy};
use crate::slack::render::reply::{pager, say};
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

/// With the line that subscribes it again, to what it was told.
pub(super) fn unsubscribed(words: Words, channel: &Channel, here: bool) -> String {
    let mut line = "/health subscribe".to_owned();
    if !here {
        line.push_str(" #");
        line.push_str(&channel.name);
    }
    if !channel.environments.is_empty() {
        let names = channel.environments.iter().rev();
        let names: Vec<_> = names.map(|environment| environment.as_str()).collect();
        line.push_str(" env=");
        line.push_str(&names.join(","));
    }
    tr!(
        words,
        "unsubscribed",
        channel = channel_name(words, channel),
        line = text::code(&line, 200)
    )
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

fn channel_name(words: Words, channel: &Channel) -> String {
    match &channel.destination {
        Destination::Conversation(id) => channel_link(words, id),
        Destination::Webhook(_) => tr!(words, "the-webhook", webhook = name(&channel.name)),
    }
}

/// A page of all channels, of which so many are `off`.
pub(super) fn list_channels(
    words: Words,
    page: &Page<Arc<Channel>>,
    off: usize,
    refused: Option<&str>,
) -> Message {
    if page.total == 0 {
        return say(tr!(words, "channels-none"));
    }
    let told = page.total.saturating_sub(off);
    let title = tr!(words, "channels-told-of-failures", told = told, off = off);
    let mut blocks = vec![kit::section(&format!("*{title}*"))];
    let refused =
        refused.map(|reason| tr!(words, "channels-refused", reason = text::code(reason, 60)));
    blocks.extend(refused.as_deref().map(kit::section));
    let channels = page.items.iter();
    blocks.extend(channels.map(|channel| channel_block(words, channel, page.number)));
    blocks.extend(pager(words, page.number, page.pages(), |page| {
        Press::Channels { page }
    }));
    let text = match (refused, page.pages()) {
        (Some(refused), _) => refused,
        (None, 1) => title,
        (None, pages) => tr!(
            words,
            "list-page",
            title = title,
            page = page.number + 1,
            pages = pages
        ),
    };
    Message { text, blocks }
}

/// A channel, and the switch of its alerts beside it; `page` is where the switch stands.
pub(in crate::slack::render) fn channel_block(
    words: Words,
    channel: &Channel,
    page: usize,
) -> SlackBlock {
    let on = !channel.notification;
    let label = if on {
        tr!(words, "button-alerts-on")
    } else {
        tr!(words, "button-alerts-off")
    };
    let switch = Press::ChannelAlerts {
        channel: channel.id,
        on,
        page,
    };
    kit::section_with(&channel_line(words, channel), Button::new(label, switch))
}

/// What a channel is told, whether that arrives, and what to do where it does not.
pub(in crate::slack::render) fn channel_line(words: Words, channel: &Channel) -> String {
    let which = if channel.environments.is_empty() {
        tr!(words, "channel-all-environments")
    } else {
        names(words, &channel.environments)
    };
    let mut parts = vec![channel_name(words, channel), which];
    if !channel.notification {
        parts.push(tr!(words, "channel-off"));
    }
    match &channel.failing {
        Some(failing) => parts.push(failing_text(words, channel, failing)),
        None if channel.notification => parts.push(tr!(words, "channel-works")),
        None => {}
    }
    parts.join(" — ")
}

/// Why nothing arrives, and what to do. A webhook takes no commands: it is made anew.
fn failing_text(words: Words, channel: &Channel, failing: &Failing) -> String {
    let since = text::date(failing.since);
    let reason = text::code(&failing.reason, 60);
    let remedy = remedy(words, channel, &failing.reason);
    match channel.destination {
        Destination::Conversation(_) => tr!(
            words,
            "channel-fails",
            since = since,
            reason = reason,
            remedy = remedy
        ),
        Destination::Webhook(_) => tr!(
            words,
            "channel-webhook-fails",
            since = since,
            reason = reason,
            remedy = remedy
        ),
    }
}
