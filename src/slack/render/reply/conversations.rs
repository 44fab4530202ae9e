//! Answers about making, renaming and archiving channels, and about incoming webhooks.

use crate::domain::ids::ConversationId;
use crate::domain::press::Press;
use crate::domain::reply::{ConversationAct, ConversationReply, WebhookReply};
use crate::slack::render::Message;
use crate::slack::render::kit::{self, Button};
use crate::slack::render::reply::channels::channel_link;
use crate::slack::render::reply::{in_backticks, say};
use crate::slack::render::server::name;
use crate::slack::render::words::{Words, tr};

pub(super) fn conversation(words: Words, reply: &ConversationReply) -> Message {
    let link = |conversation| channel_link(words, conversation);
    say(match reply {
        ConversationReply::Created {
            conversation,
            invited: true,
        } => tr!(
            words,
            "channel-created-invited",
            channel = link(conversation)
        ),
        ConversationReply::Created { conversation, .. } => {
            tr!(words, "channel-created", channel = link(conversation))
        }
        ConversationReply::Renamed {
            conversation,
            name: now,
        } => tr!(
            words,
            "channel-renamed",
            channel = link(conversation),
            name = name(now)
        ),
        ConversationReply::AskArchive { conversation } => return ask_archive(words, conversation),
        ConversationReply::Archived {
            conversation,
            already: true,
        } => tr!(
            words,
            "channel-archived-before",
            channel = link(conversation)
        ),
        ConversationReply::Archived { conversation, .. } => {
            tr!(words, "channel-archived", channel = link(conversation))
        }
        ConversationReply::Kept { conversation } => {
            tr!(words, "channel-kept", channel = link(conversation))
        }
        ConversationReply::Refused {
            reason,
            later: true,
            ..
        } => tr!(
            words,
            "channel-slack-away",
            reason = words.quoted(reason, 100)
        ),
        ConversationReply::Refused {
            act,
            conversation,
            reason,
            ..
        } => refused(words, *act, conversation.as_ref(), reason),
    })
}

fn ask_archive(words: Words, conversation: &ConversationId) -> Message {
    let channel = channel_link(words, conversation);
    let question = tr!(words, "channel-ask-archive", channel = channel);
    let conversation = || conversation.clone();
    let archive = Press::Archive {
        conversation: conversation(),
    };
    let keep = Press::KeepConversation {
        conversation: conversation(),
    };
    let archive = Button::new(tr!(words, "button-archive"), archive);
    ask(words, question, archive, keep)
}

fn refused(
    words: Words,
    act: ConversationAct,
    conversation: Option<&ConversationId>,
    reason: &str,
) -> String {
    let which = conversation.map(|conversation| channel_link(words, conversation));
    let which = which.unwrap_or_else(|| tr!(words, "the-channel"));
    let why = why(words, act, reason);
    match act {
        ConversationAct::Create => tr!(words, "channel-not-created", channel = which, why = why),
        ConversationAct::Rename => tr!(words, "channel-not-renamed", channel = which, why = why),
        ConversationAct::Archive => tr!(words, "channel-not-archived", channel = which, why = why),
    }
}

/// Slack's word for why not, and what would help.
/// Words: <https://docs.slack.dev/reference/methods/conversations.rename>, and its neighbours.
fn why(words: Words, act: ConversationAct, reason: &str) -> String {
    match (act, reason) {
        (_, "name_taken") => tr!(words, "slack-name-taken"),
        (_, reason) if reason.starts_with("invalid_name") => tr!(words, "slack-name-invalid"),
        (ConversationAct::Rename, "not_authorized") => tr!(words, "slack-not-the-maker"),
        (_, "not_authorized" | "restricted_action" | "user_is_restricted") => {
            tr!(words, "slack-not-allowed")
        }
        (_, "not_in_channel" | "channel_not_found") => tr!(words, "slack-not-in-channel"),
        (_, "is_archived") => tr!(words, "slack-is-archived"),
        (_, "cant_archive_general") => tr!(words, "slack-is-general"),
        (_, "missing_scope" | "not_allowed_token_type") => tr!(words, "slack-no-scope"),
        _ => tr!(words, "slack-says", reason = in_backticks(words, reason)),
    }
}

pub(super) fn webhook(words: Words, reply: &WebhookReply) -> Message {
    say(match reply {
        WebhookReply::Added { name: added } => {
            tr!(words, "webhook-added", webhook = name(added))
        }
        WebhookReply::Renamed { from, to } => {
            tr!(words, "webhook-renamed", from = name(from), to = name(to))
        }
        WebhookReply::AskRemove {
            channel,
            name: asked,
        } => {
            let question = tr!(words, "webhook-ask-remove", webhook = name(asked));
            let remove = Press::RemoveWebhook { channel: *channel };
            let remove = Button::new(tr!(words, "button-remove"), remove);
            return ask(
                words,
                question,
                remove,
                Press::KeepWebhook { channel: *channel },
            );
        }
        WebhookReply::Removed { name: removed } => {
            tr!(words, "webhook-removed", webhook = name(removed))
        }
        WebhookReply::NoSuch { name: typed, known } if known.is_empty() => {
            tr!(words, "webhook-none", webhook = name(typed))
        }
        WebhookReply::NoSuch { name: typed, known } => {
            let known: Vec<_> = known.iter().map(|it| in_backticks(words, it)).collect();
            tr!(
                words,
                "webhook-unknown",
                webhook = name(typed),
                known = known.join(", ")
            )
        }
        WebhookReply::NameTaken { name: taken } => {
            tr!(words, "webhook-name-taken", webhook = name(taken))
        }
        WebhookReply::Known { name: known } => {
            tr!(words, "webhook-known", webhook = name(known))
        }
        WebhookReply::Refused {
            reason,
            later: true,
        } => tr!(words, "webhook-away", reason = words.quoted(reason, 100)),
        WebhookReply::Refused { reason, .. } => {
            tr!(words, "webhook-refused", reason = words.quoted(reason, 100))
        }
    })
}

/// A question with the button that does it and the one that does not.
fn ask(words: Words, question: String, act: Button, keep: Press) -> Message {
    let keep = Button::new(tr!(words, "button-keep"), keep);
    Message {
        blocks: vec![
            kit::section(&question),
            kit::actions(vec![act.danger(), keep]),
        ],
        text: question,
    }
}
