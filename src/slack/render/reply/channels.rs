//! Answers about who is told.

use crate::domain::channel::{Channel, Destination};
use crate::domain::ids::ConversationId;
use crate::domain::reply::SubscribeProblem;
use crate::slack::render::kit;
use crate::slack::render::notice::{names, remedy};
use crate::slack::render::reply::{paragraphs, plural, say};
use crate::slack::render::server::name;
use crate::slack::render::{Message, text};

pub(super) fn subscribed(channel: &Channel, already: bool) -> String {
    let which = if channel.environments.is_empty() {
        "any server".to_owned()
    } else {
        format!("a {} server", names(&channel.environments))
    };
    let now = if already {
        "is told, as before,"
    } else {
        "is told from now on"
    };
    format!(
        "🔔 {} {now} when {which} fails and when it is back.",
        channel_name(channel)
    )
}

pub(super) fn cannot_subscribe(
    conversation: &ConversationId,
    problem: &SubscribeProblem,
) -> String {
    match problem {
        SubscribeProblem::InviteFirst => format!(
            "⛔ I cannot post in {} yet. Invite me there first with `/invite @Healthbot`: that subscribes it, too.",
            channel_link(conversation)
        ),
        SubscribeProblem::Archived => {
            format!(
                "⛔ {} is archived: nothing can be posted there.",
                channel_link(conversation)
            )
        }
        SubscribeProblem::SlackAway(reason) => format!(
            "⏳ Slack did not say whether I can post in {} ({}). Please try again in a while.",
            channel_link(conversation),
            text::mrkdwn(reason, 100)
        ),
    }
}

/// A conversation that Slack shows by its present name. The id came from Slack, but through a person's hands.
pub(in crate::slack::render) fn channel_link(conversation: &ConversationId) -> String {
    let id = conversation.as_str();
    if !id.is_empty() && id.bytes().all(|b| b.is_ascii_alphanumeric()) {
        format!("<#{id}>")
    } else {
        "that channel".to_owned()
    }
}

pub(super) fn channel_name(channel: &Channel) -> String {
    match &channel.destination {
        Destination::Conversation(id) => channel_link(id),
        Destination::Webhook(_) => format!("The webhook *{}*", name(&channel.name)),
    }
}

pub(super) fn list_channels(channels: &[Channel]) -> Message {
    if channels.is_empty() {
        return say(
            "Nobody is told yet: invite me to a channel, or type `/health subscribe` in one."
                .into(),
        );
    }
    let text = format!(
        "{} told of failures",
        plural(channels.len(), "channel is", "channels are")
    );
    let mut blocks = vec![kit::section(&format!("*{text}*"))];
    blocks.extend(paragraphs(&channel_lines(channels)));
    Message { text, blocks }
}

/// A line a channel: what it is told, and whether that arrives.
pub(in crate::slack::render) fn channel_lines<'a>(
    channels: impl IntoIterator<Item = &'a Channel>,
) -> Vec<String> {
    channels
        .into_iter()
        .map(|channel| {
            let which = if channel.environments.is_empty() {
                "all environments".to_owned()
            } else {
                names(&channel.environments)
            };
            let health = match (&channel.failing, channel.notification) {
                (Some(failing), _) => format!(
                    "🔴 nothing arrives since {}: {}. {} Then `/health subscribe` there.",
                    text::date(failing.since),
                    text::code(&failing.reason, 60),
                    remedy(&failing.reason)
                ),
                (None, false) => "🔕 off".to_owned(),
                (None, true) => "🟢 works".to_owned(),
            };
            format!("{} — {which} — {health}", channel_name(channel))
        })
        .collect()
}
