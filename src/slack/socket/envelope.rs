//! What Slack says on a connection, and the one thing that is said back.

use std::time::Duration;

use serde::Serialize;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::domain::ids::RequestId;
use crate::slack::hosts::HostRule;
use crate::slack::inbound::{self, Interaction, SlashCommand, Unreadable};

/// Something that Slack says on a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Frame {
    /// The connection is ready.
    Hello {
        /// How many connections the app has, this one included.
        connections: Option<u64>,
        /// About how long this one will last.
        lasts: Option<Duration>,
    },
    /// The connection will be closed.
    Disconnect(Parting),
    /// Something that is to be acknowledged.
    Envelope(Box<Envelope>),
    /// Anything else, by Slack's name for it.
    Other(String),
}

/// Why Slack is about to close a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Parting {
    /// It has had its time, or its host is taken down: another one is there for the asking.
    Renewal,
    /// Socket Mode was switched off.
    LinkDisabled,
    /// Anything else, by Slack's name for it.
    Other(String),
}

/// Something that is to be acknowledged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope {
    /// What it is acknowledged by.
    pub id: String,
    /// What the request within is known by: the same when it comes again.
    pub request: RequestId,
    /// Whether the acknowledgement may say something.
    pub takes_words: bool,
    /// How often it came before, and Slack's word for why it comes again.
    pub retry: Option<(u64, String)>,
    /// What is in it.
    pub content: Content,
}

/// What is in an envelope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// `/health …`
    Command(SlashCommand),
    /// Something was pressed or submitted.
    Interaction(Interaction),
    /// Something happened.
    Event(inbound::Envelope),
    /// Nothing that could be read, or is known.
    Nothing,
}

/// Reads what Slack said.
///
/// # Errors
/// [`Unreadable`] where it is no JSON with a type.
pub(super) fn read(text: &str, hosts: &HostRule) -> Result<Frame, Unreadable> {
    let said: Value = serde_json::from_str(text).map_err(|_| Unreadable)?;
    let kind = said["type"].as_str().ok_or(Unreadable)?;
    match (kind, said["envelope_id"].as_str()) {
        ("hello", _) => Ok(Frame::Hello {
            connections: said["num_connections"].as_u64(),
            lasts: said["debug_info"]["approximate_connection_time"]
                .as_u64()
                .map(Duration::from_secs),
        }),
        ("disconnect", _) => Ok(Frame::Disconnect(match said["reason"].as_str() {
            Some("warning" | "refresh_requested") => Parting::Renewal,
            Some("link_disabled") => Parting::LinkDisabled,
            other => Parting::Other(other.unwrap_or_default().chars().take(100).collect()),
        })),
        (_, Some(id)) if !id.is_empty() => {
            Ok(Frame::Envelope(Box::new(envelope(id, kind, &said, hosts))))
        }
        _ => Ok(Frame::Other(kind.chars().take(100).collect())),
    }
}

fn envelope(id: &str, kind: &str, said: &Value, hosts: &HostRule) -> Envelope {
    let payload = &said["payload"];
    let content = match kind {
        "slash_commands" => inbound::slash_command_in_json(payload, hosts).map(Content::Command),
        "interactive" => inbound::interaction_in_json(payload, hosts).map(Content::Interaction),
        "events_api" => inbound::envelope_in_json(payload).map(Content::Event),
        _ => Err(Unreadable),
    };
    let attempt = said["retry_attempt"]
        .as_u64()
        .filter(|attempt| *attempt > 0);
    let reason = said["retry_reason"].as_str().unwrap_or_default();
    Envelope {
        id: id.to_owned(),
        request: request_id(id, payload["trigger_id"].as_str()),
        takes_words: said["accepts_response_payload"] == true,
        retry: attempt.map(|attempt| (attempt, reason.chars().take(100).collect())),
        content: content.unwrap_or(Content::Nothing),
    }
}

/// A trigger is made for one act of a person's, so whatever envelope it comes in, it is the same request. Hashed, as a
/// record's key is to be short.
fn request_id(envelope_id: &str, trigger: Option<&str>) -> RequestId {
    let known_by = match trigger.filter(|trigger| !trigger.is_empty()) {
        Some(trigger) => format!("trigger {trigger}"),
        None => format!("envelope {envelope_id}"),
    };
    RequestId::new(hex::encode(Sha256::digest(known_by)))
}

#[derive(Serialize)]
struct Acknowledgement<'a, T> {
    envelope_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    payload: Option<&'a T>,
}

/// What acknowledges an envelope. Words that could not be written would be left out: the envelope is taken all the same.
pub(super) fn acknowledgement(envelope_id: &str, words: Option<&impl Serialize>) -> String {
    let with = |payload| {
        serde_json::to_string(&Acknowledgement {
            envelope_id,
            payload,
        })
    };
    with(words)
        .or_else(|_| with(None))
        .unwrap_or_else(|_| serde_json::json!({ "envelope_id": envelope_id }).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::event::Event;
    use crate::domain::ids::{ConversationId, UserId};
    use proptest::prelude::*;
    use serde_json::json;
    use url::Url;

    fn hosts() -> HostRule {
        HostRule::new(&Url::parse("https://slack.com/api").expect("a URL"))
    }

    fn frame(said: &Value) -> Frame {
        read(&said.to_string(), &hosts()).expect("readable")
    }

    fn enveloped(said: &Value) -> Envelope {
        match frame(said) {
            Frame::Envelope(envelope) => *envelope,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_connection_begins_and_ends_with_a_word() {
        let hello = json!({
            "type": "hello", "num_connections": 2, "connection_info": {"app_id": "A1"},
            "debug_info": {"host": "h", "started": "x", "build_number": 7, "approximate_connection_time": 18_060},
        });
        assert_eq!(
            frame(&hello),
            Frame::Hello {
                connections: Some(2),
                lasts: Some(Duration::from_secs(18_060))
            }
        );
        let bare = Frame::Hello {
            connections: None,
            lasts: None,
        };
        assert_eq!(frame(&json!({"type": "hello"})), bare);
        for (reason, parting) in [
            (json!("warning"), Parting::Renewal),
            (json!("refresh_requested"), Parting::Renewal),
            (json!("link_disabled"), Parting::LinkDisabled),
            (
                json!("something_new"),
                Parting::Other("something_new".into()),
            ),
            (json!(null), Parting::Other(String::new())),
        ] {
            let said = json!({"type": "disconnect", "reason": reason, "debug_info": {}});
            assert_eq!(frame(&said), Frame::Disconnect(parting));
        }
    }

    #[test]
    fn an_envelope_is_read_as_what_is_in_it() {
        let command = enveloped(&json!({
            "envelope_id": "e1", "type": "slash_commands", "accepts_response_payload": true,
            "payload": {"user_id": "U1", "text": "list", "trigger_id": "1.2.x"},
        }));
        assert!(matches!(&command.content, Content::Command(command) if command.text == "list"));
        assert!(command.takes_words && command.retry.is_none());
        let event = enveloped(&json!({
            "envelope_id": "e2", "type": "events_api", "accepts_response_payload": false,
            "retry_attempt": 2, "retry_reason": "timeout",
            "payload": {"type": "event_callback", "event_id": "Ev1", "event": {"type": "group_left", "channel": "C1"}},
        }));
        let left = Event::Left {
            conversation: ConversationId::new("C1"),
            user: None,
        };
        assert!(
            matches!(event.content, Content::Event(inbound::Envelope::Event { event, .. }) if event == left)
        );
        assert_eq!(
            (event.takes_words, event.retry),
            (false, Some((2, "timeout".into())))
        );
        let press = enveloped(&json!({
            "envelope_id": "e3", "type": "interactive",
            "payload": {"type": "shortcut", "callback_id": "x", "user": {"id": "U1"}},
        }));
        assert!(matches!(
            &press.content,
            Content::Interaction(Interaction::Shortcut { caller, .. }) if caller.user == UserId::new("U1")
        ));
        for odd in [json!(null), json!("x"), json!({}), json!([[]])] {
            let said = json!({"envelope_id": "e4", "type": "slash_commands", "payload": odd});
            assert_eq!(
                enveloped(&said).content,
                Content::Nothing,
                "taken all the same"
            );
        }
        let unknown = json!({"envelope_id": "e5", "type": "something_new", "payload": {}});
        assert_eq!(enveloped(&unknown).content, Content::Nothing);
        assert_eq!(
            frame(&json!({"type": "slash_commands", "payload": {}})),
            Frame::Other("slash_commands".into()),
            "there is nothing to acknowledge it by"
        );
    }

    #[test]
    fn a_request_is_known_by_its_trigger_whatever_envelope_it_comes_in() {
        let request = |id: &str, trigger: Value| {
            enveloped(&json!({"envelope_id": id, "type": "interactive", "payload": {"trigger_id": trigger}})).request
        };
        assert_eq!(request("e1", json!("1.2.x")), request("e2", json!("1.2.x")));
        assert_ne!(request("e1", json!("1.2.x")), request("e1", json!("1.3.x")));
        assert_eq!(request("e1", json!(null)), request("e1", json!("")));
        assert_ne!(request("e1", json!(null)), request("e2", json!(null)));
        assert_ne!(request("x", json!(null)), request("e1", json!("x")));
        assert_eq!(request(&"x".repeat(9_000), json!(null)).as_str().len(), 64);
    }

    #[test]
    fn an_acknowledgement_names_its_envelope_and_says_no_more_than_it_has_to() {
        assert_eq!(
            acknowledgement("e\"1", None::<&Value>),
            r#"{"envelope_id":"e\"1"}"#
        );
        let said = acknowledgement("e1", Some(&json!({"text": "x"})));
        assert_eq!(said, r#"{"envelope_id":"e1","payload":{"text":"x"}}"#);
    }

    proptest! {
        #[test]
        fn nothing_that_is_said_panics(text in "\\PC{0,200}", kind in "hello|disconnect|slash_commands|interactive|events_api") {
            let _ = read(&text, &hosts());
            let _ = read(&json!({"type": kind, "envelope_id": text, "payload": text}).to_string(), &hosts());
            let _ = read(&format!("{{\"type\":\"{kind}\",\"envelope_id\":\"e\",\"payload\":{text}}}"), &hosts());
            let deep = "[".repeat(text.len() * 100);
            prop_assert!(read(&deep, &hosts()).is_err());
        }
    }
}
