//! Answers about making, renaming and archiving channels, and about incoming webhooks.

use crate::domain::command::Topic;
use crate::domain::command::words::as_typed;
use crate::domain::ids::ConversationId;
use crate::domain::press::Press;
use crate::domain::reply::{ConversationAct, ConversationReply, WebhookAct, WebhookReply};
use crate::domain::server::fold;
use crate::slack::render::kit::{self, Button};
use crate::slack::render::reply::channels::channel_link;
use crate::slack::render::reply::{
    LINE_CHARS, in_backticks, like_this, line_about, say, typed_about,
};
use crate::slack::render::server::name;
use crate::slack::render::words::{Words, tr};
use crate::slack::render::{Message, text};

/// A URL that looks like those of incoming webhooks.
const HOOK_EXAMPLE: &str = "https://hooks.slack.com/services/T000/B000/XXXX";

/// How much of a channel's name is kept in one that is offered instead, in characters: Slack takes 80.
const FREE_CHARS: usize = 78;

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
            name,
            wanted,
            reason,
            ..
        } => {
            let refused = refused(words, *act, conversation.as_ref(), reason);
            match line_instead(*act, name.as_deref(), wanted.as_deref(), reason) {
                Some(line) => format!("{refused}\n{}", like_this(words, &line)),
                None => refused,
            }
        }
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

/// Where the name was what Slack did not take, a line with one that it may take.
fn line_instead(
    act: ConversationAct,
    channel: Option<&str>,
    wanted: Option<&str>,
    reason: &str,
) -> Option<String> {
    let name = match reason {
        "name_taken" => {
            let stem: String = wanted?.chars().take(FREE_CHARS).collect();
            as_typed(&format!("{}-2", stem.trim_start_matches('#')))
        }
        reason if reason.starts_with("invalid_name") => "ops-alerts".to_owned(),
        _ => return None,
    };
    match act {
        ConversationAct::Create => Some(format!("/health channel create {name}")),
        ConversationAct::Rename => {
            let channel = channel.unwrap_or("ops");
            Some(format!("/health channel rename #{channel} {name}"))
        }
        ConversationAct::Archive => None,
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
        WebhookReply::Mended { name: mended } => {
            tr!(words, "webhook-mended", webhook = name(mended))
        }
        WebhookReply::Renamed { from, to } if from == to => {
            tr!(words, "webhook-renamed-before", webhook = name(to))
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
        WebhookReply::NoSuch {
            name: typed, known, ..
        } if known.is_empty() => tr!(words, "webhook-none", webhook = name(typed)),
        WebhookReply::NoSuch {
            name: typed,
            known,
            act,
        } => {
            let lines: Vec<_> = known.iter().map(|it| line_on(act, it)).collect();
            tr!(
                words,
                "webhook-unknown",
                webhook = name(typed),
                lines = words.any_of(&lines)
            )
        }
        WebhookReply::NameTaken {
            name: taken,
            free,
            renames,
        } => {
            let refused = tr!(words, "webhook-name-taken", webhook = name(taken));
            let line = match renames {
                Some(renames) => renaming(renames, free),
                None => format!("{} {HOOK_EXAMPLE}", typed_about("webhook add", free)),
            };
            format!("{refused}\n{}", like_this(words, &line))
        }
        WebhookReply::Known {
            name: known,
            wanted,
        } => {
            let refused = tr!(words, "webhook-known", webhook = name(known));
            let line = if fold(known) == fold(wanted) {
                Topic::Channels.example().to_owned()
            } else {
                renaming(known, wanted)
            };
            format!("{refused}\n{}", like_this(words, &line))
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

/// The command that renames a webhook, as it must be typed.
fn renaming(from: &str, to: &str) -> String {
    format!("{} {}", typed_about("webhook rename", from), as_typed(to))
}

/// What was to be done with a webhook, done with one that is there, as it must be typed.
fn line_on(act: &WebhookAct, webhook: &str) -> String {
    match act {
        WebhookAct::Rename(to) => text::code(&renaming(webhook, to), LINE_CHARS),
        WebhookAct::Remove => line_about("webhook remove", webhook),
    }
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
