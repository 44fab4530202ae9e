//! What an interaction carries.

use serde_json::{Value, json};

use super::controls;
use super::directory::{Channel, Kind, User};
use super::message::{Message, wire};
use super::state::State;

/// Slack's own token of old, sent along and not to be relied on.
pub(super) const TOKEN: &str = "demo-verification-token";

/// The name of a channel in a command or an interaction.
pub(super) fn shown_name(channel: &Channel) -> &str {
    match channel.kind {
        Kind::Public => &channel.name,
        Kind::Private => "privategroup",
        Kind::Direct => "directmessage",
    }
}

/// What every interaction carries.
pub(super) fn base(state: &State, kind: &str, user: &User) -> Value {
    json!({
        "type": kind, "token": TOKEN, "api_app_id": state.team.app_id, "enterprise": null,
        "is_enterprise_install": false,
        "team": { "id": state.team.id, "domain": state.team.domain },
        "user": {
            "id": user.id, "username": user.name, "name": user.name, "team_id": user.team_id,
        },
    })
}

pub(super) fn in_message(
    state: &State,
    payload: &mut Value,
    channel: &Channel,
    message: &Message,
    ephemeral: bool,
) {
    payload["container"] = json!({
        "type": "message", "message_ts": message.ts, "channel_id": channel.id,
        "is_ephemeral": ephemeral,
    });
    payload["channel"] = json!({ "id": channel.id, "name": shown_name(channel) });
    payload["state"] = json!({ "values": inputs(message) });
    if let Some(thread_ts) = &message.thread_ts {
        payload["container"]["thread_ts"] = json!(thread_ts);
    }
    // Slack keeps no copy of an ephemeral message that it could send along.
    if !ephemeral {
        let mut shown = wire(message, &state.signature());
        if let Some(metadata) = &message.metadata {
            shown["metadata"] = metadata.clone();
        }
        payload["message"] = shown;
    }
}

fn inputs(message: &Message) -> Value {
    controls::state(message.all_blocks(), &[], false).unwrap_or_else(|_| json!({}))
}
