//! Answers about making, renaming and archiving channels, and about incoming webhooks.

use crate::domain::press::Press;
use crate::domain::reply::{ConversationAct, ConversationReply, WebhookReply};
use crate::slack::render::kit::{self, Button};
use crate::slack::render::reply::channels::channel_link;
use crate::slack::render::reply::{in_backticks, say};
use crate::slack::render::server::name;
use crate::slack::render::{Message, text};

pub(super) fn conversation(reply: &ConversationReply) -> Message {
    match reply {
        ConversationReply::Created {
            conversation,
            invited,
        } => say(format!(
            "✅ {} is there, and is told from now on when a server fails.{}",
            channel_link(conversation),
            if *invited {
                " You are in it."
            } else {
                " Join it from Slack's list of channels."
            }
        )),
        ConversationReply::Renamed {
            conversation,
            name: now,
        } => say(format!(
            "✅ {} is now called *#{}*.",
            channel_link(conversation),
            name(now)
        )),
        ConversationReply::AskArchive { conversation } => {
            let question = format!(
                "Archive {}? Nobody can write there any more, and it is told of no failure.",
                channel_link(conversation)
            );
            let archive = Press::Archive {
                conversation: conversation.clone(),
            };
            let keep = Press::KeepConversation {
                conversation: conversation.clone(),
            };
            ask(
                question,
                Button::new("Archive", archive),
                Button::new("Keep", keep),
            )
        }
        ConversationReply::Archived {
            conversation,
            already,
        } => say(format!(
            "🗄️ {} {} archived, and is told no more.",
            channel_link(conversation),
            if *already { "already was" } else { "is" }
        )),
        ConversationReply::Kept { conversation } => {
            say(format!("👍 {} stays.", channel_link(conversation)))
        }
        ConversationReply::Refused {
            reason,
            later: true,
            ..
        } => say(format!(
            "⏳ Slack did not answer as it should ({}). Look whether it is done, and try again in a while.",
            text::mrkdwn(reason, 100)
        )),
        ConversationReply::Refused {
            act,
            conversation,
            reason,
            ..
        } => {
            let which = conversation
                .as_ref()
                .map_or_else(|| "the channel".to_owned(), channel_link);
            say(format!(
                "⛔ Slack did not {} {which}: {}",
                verb(*act),
                why(*act, reason)
            ))
        }
    }
}

const fn verb(act: ConversationAct) -> &'static str {
    match act {
        ConversationAct::Create => "make",
        ConversationAct::Rename => "rename",
        ConversationAct::Archive => "archive",
    }
}

/// Slack's word for why not, and what would help.
/// Words: <https://docs.slack.dev/reference/methods/conversations.rename>, and its neighbours.
fn why(act: ConversationAct, reason: &str) -> String {
    let known = match (act, reason) {
        (_, "name_taken") => "a channel has that name already. Choose another name.",
        (_, reason) if reason.starts_with("invalid_name") => {
            "a channel's name has 1 to 80 small letters, digits, hyphens and underscores. Like this: `/health channel \
             create ops-alerts`"
        }
        (ConversationAct::Rename, "not_authorized") => {
            "only who made a channel may rename it, and I did not make this one. Rename it in Slack: I follow."
        }
        (_, "not_authorized" | "restricted_action" | "user_is_restricted") => {
            "the workspace does not let apps do that. Ask a workspace admin, or do it in Slack: I follow."
        }
        (_, "not_in_channel" | "channel_not_found") => {
            "I am not in it. Invite me there first with `/invite @Healthbot`."
        }
        (_, "is_archived") => "it is archived.",
        (_, "cant_archive_general") => "the workspace's general channel cannot be archived.",
        (_, "missing_scope" | "not_allowed_token_type") => {
            "the app lacks the right to. Install it again with the scopes of `manifest.yml` (channels:manage, \
             groups:write)."
        }
        _ => return format!("it says {}.", in_backticks(reason)),
    };
    known.to_owned()
}

pub(super) fn webhook(reply: &WebhookReply) -> Message {
    match reply {
        WebhookReply::Added { name: added } => say(format!(
            "✅ The webhook *{}* is told from now on when a server fails. A test message has arrived there.",
            name(added)
        )),
        WebhookReply::Renamed { from, to } => say(format!(
            "✅ The webhook *{}* is now called *{}*.",
            name(from),
            name(to)
        )),
        WebhookReply::AskRemove {
            channel,
            name: asked,
        } => ask(
            format!(
                "Remove the webhook *{}*? It is told of no failure then, and adding it again takes its URL.",
                name(asked)
            ),
            Button::new("Remove", Press::RemoveWebhook { channel: *channel }),
            Button::new("Keep", Press::KeepWebhook { channel: *channel }),
        ),
        WebhookReply::Removed { name: removed } => say(format!(
            "🗑️ The webhook *{}* is told no more.",
            name(removed)
        )),
        WebhookReply::NoSuch { name: typed, known } => {
            let hint = match known.as_slice() {
                [] => "There is none yet: `/health webhook add NAME HOOK_URL` adds one.".to_owned(),
                known => {
                    let known: Vec<_> = known.iter().map(|known| in_backticks(known)).collect();
                    format!("There is {}.", known.join(", "))
                }
            };
            say(format!("🤔 No webhook is called *{}*. {hint}", name(typed)))
        }
        WebhookReply::NameTaken { name: taken } => say(format!(
            "🤔 There already is a webhook called *{}*. Choose another name.",
            name(taken)
        )),
        WebhookReply::Known { name: known } => say(format!(
            "🤔 That URL is told already, as *{}*.",
            name(known)
        )),
        WebhookReply::Refused {
            reason,
            later: true,
        } => say(format!(
            "⏳ The webhook is not added: no test message could be sent ({}). Please try again in a while.",
            text::mrkdwn(reason, 100)
        )),
        WebhookReply::Refused { reason, .. } => say(format!(
            "⛔ The webhook is not added: Slack refused the test message ({}). Look in the app's page, Incoming \
             Webhooks, whether the URL is whole and still there.",
            text::mrkdwn(reason, 100)
        )),
    }
}

/// A question with the button that does it and the one that does not.
fn ask(question: String, act: Button, keep: Button) -> Message {
    Message {
        blocks: vec![
            kit::section(&question),
            kit::actions(vec![act.danger(), keep]),
        ],
        text: question,
    }
}
