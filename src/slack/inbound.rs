//! Slack's request bodies, read leniently into the domain's values: Slack adds fields, leaves fields out and sends
//! `null` where it has nothing to say, and none of that may make a press or a command fail. Only what is used is read.

use serde_json::Value;
use url::form_urlencoded;

use crate::domain::event::Event;
use crate::domain::form::Form;
use crate::domain::home::HomeState;
use crate::domain::ids::{ConversationId, TeamId, TriggerId, UserId, ViewId};
use crate::domain::press::Press;
use crate::slack::form;
use crate::slack::hosts::{HostRule, ResponseUrl};
use crate::slack::press;

/// The body is not what Slack sends to this route.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a request of Slack's")]
pub struct Unreadable;

/// Who is asking, and from where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The workspace in which they are at home, where Slack tells it.
    pub team: Option<TeamId>,
    /// Who.
    pub user: UserId,
    /// In which conversation; none from Home.
    pub conversation: Option<ConversationId>,
    /// That conversation's name without the `#`.
    pub conversation_name: Option<String>,
    /// Where a late answer goes.
    pub response_url: Option<ResponseUrl>,
    /// What lets a form be opened.
    pub trigger: Option<TriggerId>,
}

/// `/health …`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SlashCommand {
    /// Who.
    pub caller: Caller,
    /// What follows `/health`.
    pub text: String,
}

/// Something was pressed or submitted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Interaction {
    /// A button.
    Press {
        /// Who.
        caller: Caller,
        /// What it means; none where it is no button of ours.
        press: Option<Press>,
        /// What it stood in.
        surface: Surface,
    },
    /// A form was submitted.
    Submission {
        /// Who.
        caller: Caller,
        /// The view that it stood in.
        view: ViewId,
        /// What was filled in; none where it is no form of ours.
        form: Option<Form>,
    },
    /// A global shortcut was used.
    Shortcut {
        /// Who.
        caller: Caller,
        /// Its id in the manifest.
        name: String,
    },
    /// Anything else, by Slack's name for it.
    Other(String),
}

/// What a button stands in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Surface {
    /// A message.
    Message {
        /// Whether only this person sees it.
        ephemeral: bool,
    },
    /// The person's Home, and what it showed.
    Home(HomeState),
    /// A form or a note above everything else.
    Modal(ViewId),
}

/// What comes to the events route.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Envelope {
    /// Slack wants its challenge back.
    Challenge(String),
    /// Something happened.
    Event {
        /// Slack's id of the event: the same for each retry.
        id: String,
        /// The workspace.
        team: Option<TeamId>,
        /// The bot's own user, where Slack says for whom the event is.
        bot: Option<UserId>,
        /// What happened.
        event: Event,
    },
    /// Anything else, by Slack's name for it.
    Other(String),
}

/// Whether the body is Slack's unsigned test of the certificate, which wants an empty 200 and nothing else.
#[must_use]
pub fn is_ssl_check(body: &[u8]) -> bool {
    form_urlencoded::parse(body).any(|(key, value)| key == "ssl_check" && value == "1")
}

/// Reads a slash command's form.
///
/// # Errors
/// [`Unreadable`] where there is no user in it.
pub fn slash_command(body: &[u8], hosts: &HostRule) -> Result<SlashCommand, Unreadable> {
    let mut fields = std::collections::HashMap::new();
    for (key, value) in form_urlencoded::parse(body) {
        fields.entry(key).or_insert(value);
    }
    command_of(|name| fields.get(name).map(ToString::to_string), hosts)
}

/// Reads a slash command's fields from JSON, as Socket Mode carries them.
///
/// # Errors
/// [`Unreadable`] where there is no user in it.
pub fn slash_command_in_json(
    payload: &Value,
    hosts: &HostRule,
) -> Result<SlashCommand, Unreadable> {
    command_of(|name| payload[name].as_str().map(str::to_owned), hosts)
}

fn command_of(
    field: impl Fn(&str) -> Option<String>,
    hosts: &HostRule,
) -> Result<SlashCommand, Unreadable> {
    let field = |name| field(name).filter(|value| !value.is_empty());
    let caller = Caller {
        team: field("team_id").map(TeamId::new),
        user: UserId::new(field("user_id").ok_or(Unreadable)?),
        conversation: field("channel_id").map(ConversationId::new),
        conversation_name: field("channel_name"),
        response_url: field("response_url").and_then(|url| hosts.response_url(&url)),
        trigger: field("trigger_id").map(TriggerId::new),
    };
    let text = field("text").unwrap_or_default();
    Ok(SlashCommand { caller, text })
}

/// Reads an interaction's form.
///
/// # Errors
/// [`Unreadable`] where there is no JSON payload in it, or no user in that.
pub fn interaction(body: &[u8], hosts: &HostRule) -> Result<Interaction, Unreadable> {
    let payload = form_urlencoded::parse(body).find(|(key, _)| key == "payload");
    let (_, payload) = payload.ok_or(Unreadable)?;
    let payload: Value = serde_json::from_str(&payload).map_err(|_| Unreadable)?;
    interaction_in_json(&payload, hosts)
}

/// Reads an interaction's payload.
///
/// # Errors
/// [`Unreadable`] where it has no type, or no user.
pub fn interaction_in_json(payload: &Value, hosts: &HostRule) -> Result<Interaction, Unreadable> {
    let kind = text(payload, "/type").ok_or(Unreadable)?;
    match kind.as_str() {
        "block_actions" => pressed(payload, hosts),
        "view_submission" => Ok(Interaction::Submission {
            caller: caller(payload, hosts)?,
            view: ViewId::new(text(payload, "/view/id").unwrap_or_default()),
            form: form::decode(&payload["view"]),
        }),
        "shortcut" => Ok(Interaction::Shortcut {
            caller: caller(payload, hosts)?,
            name: text(payload, "/callback_id").unwrap_or_default(),
        }),
        _ => Ok(Interaction::Other(kind)),
    }
}

fn pressed(payload: &Value, hosts: &HostRule) -> Result<Interaction, Unreadable> {
    let action_id = text(payload, "/actions/0/action_id").unwrap_or_default();
    let value = text(payload, "/actions/0/value")
        .or_else(|| text(payload, "/actions/0/selected_option/value"))
        .unwrap_or_default();
    Ok(Interaction::Press {
        caller: caller(payload, hosts)?,
        press: press::decode(&action_id, &value),
        surface: surface(payload),
    })
}

fn caller(payload: &Value, hosts: &HostRule) -> Result<Caller, Unreadable> {
    let text = |pointer| text(payload, pointer);
    Ok(Caller {
        // A person's own workspace: in a shared channel it is not the channel's.
        team: text("/user/team_id")
            .or_else(|| text("/team/id"))
            .map(TeamId::new),
        user: UserId::new(text("/user/id").ok_or(Unreadable)?),
        conversation: text("/channel/id")
            .or_else(|| text("/container/channel_id"))
            .map(ConversationId::new),
        conversation_name: text("/channel/name"),
        response_url: text("/response_url").and_then(|url| hosts.response_url(&url)),
        trigger: text("/trigger_id").map(TriggerId::new),
    })
}

fn surface(payload: &Value) -> Surface {
    match (
        text(payload, "/view/type").as_deref(),
        text(payload, "/view/id"),
    ) {
        (Some("home"), _) => Surface::Home(home_state(&payload["view"])),
        (Some(_), Some(id)) => Surface::Modal(ViewId::new(id)),
        _ => Surface::Message {
            ephemeral: payload.pointer("/container/is_ephemeral") == Some(&Value::Bool(true)),
        },
    }
}

/// What a Home shows; a new one everything.
fn home_state(view: &Value) -> HomeState {
    text(view, "/private_metadata")
        .and_then(|value| press::home_of_value(&value))
        .unwrap_or_default()
}

/// Reads what came to the events route.
///
/// # Errors
/// [`Unreadable`] where it is no JSON with a type.
pub fn envelope(body: &[u8]) -> Result<Envelope, Unreadable> {
    let body: Value = serde_json::from_slice(body).map_err(|_| Unreadable)?;
    envelope_in_json(&body)
}

/// Reads an event's envelope, as Socket Mode carries it within one of its own.
///
/// # Errors
/// [`Unreadable`] where it has no type.
pub fn envelope_in_json(body: &Value) -> Result<Envelope, Unreadable> {
    let kind = text(body, "/type").ok_or(Unreadable)?;
    match kind.as_str() {
        "url_verification" => Ok(Envelope::Challenge(
            text(body, "/challenge").ok_or(Unreadable)?,
        )),
        "event_callback" => {
            let kind = text(body, "/event/type").unwrap_or_default();
            let event = body
                .pointer("/event")
                .and_then(|fields| event(&kind, fields));
            Ok(Envelope::Event {
                id: text(body, "/event_id").unwrap_or_default(),
                team: text(body, "/team_id").map(TeamId::new),
                bot: text(body, "/authorizations/0/user_id").map(UserId::new),
                event: event.unwrap_or(Event::Other(kind)),
            })
        }
        _ => Ok(Envelope::Other(kind)),
    }
}

fn event(kind: &str, fields: &Value) -> Option<Event> {
    let conversation = || {
        text(fields, "/channel")
            .or_else(|| text(fields, "/channel/id"))
            .map(ConversationId::new)
    };
    let user = || text(fields, "/user").map(UserId::new);
    Some(match kind {
        "member_joined_channel" => Event::Joined {
            conversation: conversation()?,
            user: user()?,
            inviter: text(fields, "/inviter").map(UserId::new),
        },
        "member_left_channel" => Event::Left {
            conversation: conversation()?,
            user: Some(user()?),
        },
        "channel_left" | "group_left" => Event::Left {
            conversation: conversation()?,
            user: None,
        },
        "channel_archive" | "group_archive" => Event::Archived(conversation()?),
        "channel_deleted" | "group_deleted" => Event::Deleted(conversation()?),
        "channel_rename" | "group_rename" => Event::Renamed {
            conversation: conversation()?,
            name: text(fields, "/channel/name")?,
        },
        "channel_id_changed" => Event::IdChanged {
            old: ConversationId::new(text(fields, "/old_channel_id")?),
            new: ConversationId::new(text(fields, "/new_channel_id")?),
        },
        "app_uninstalled" => Event::AccessLost(kind.to_owned()),
        // Where only people's tokens went, the bot's is as good as before; where Slack does not say, it may be gone.
        "tokens_revoked" if fields.pointer("/tokens/bot") != Some(&Value::Array(Vec::new())) => {
            Event::AccessLost(kind.to_owned())
        }
        // The other tab is the conversation with the bot: nothing is drawn there.
        "app_home_opened" if text(fields, "/tab").is_none_or(|tab| tab == "home") => {
            Event::HomeOpened {
                user: user()?,
                state: home_state(&fields["view"]),
            }
        }
        _ => return None,
    })
}

/// A text field that is there and not empty.
fn text(value: &Value, pointer: &str) -> Option<String> {
    value
        .pointer(pointer)?
        .as_str()
        .filter(|text| !text.is_empty())
        .map(str::to_owned)
}

#[cfg(test)]
mod tests;
