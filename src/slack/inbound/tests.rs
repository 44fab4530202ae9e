use super::*;
use crate::domain::ids::ServerId;
use proptest::prelude::*;
use serde_json::json;
use url::Url;

fn hosts() -> HostRule {
    HostRule::new(&Url::parse("https://slack.com/api").expect("a URL"))
}

fn form(payload: &Value) -> Vec<u8> {
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.append_pair("payload", &payload.to_string());
    form.finish().into_bytes()
}

#[test]
fn a_slash_command_keeps_what_the_answer_needs() {
    let body =
        b"team_id=T1&channel_id=C1&channel_name=ops&user_id=U1&command=%2Fhealth&text=list+down&\
                 response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2F1&user_id=U2";
    let command = slash_command(body, &hosts()).expect("readable");
    assert_eq!(command.text, "list down");
    assert_eq!(command.caller.user, UserId::new("U1"));
    assert_eq!(command.caller.conversation_name.as_deref(), Some("ops"));
    assert!(command.caller.response_url.is_some());
    assert_eq!(slash_command(b"text=list", &hosts()), Err(Unreadable));
}

#[test]
fn a_slash_command_in_json_is_the_same_as_one_in_a_form() {
    let fields = [
        ("team_id", "T1"),
        ("channel_id", "C1"),
        ("channel_name", "ops"),
        ("user_id", "U1"),
        (
            "text",
            "add api http://10.0.0.1/?a=b&c=%20d + \u{201c}x\u{201d}",
        ),
        ("trigger_id", "1.2.x"),
        ("response_url", "https://hooks.slack.com/commands/1"),
    ];
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.extend_pairs(fields);
    let object: serde_json::Map<_, _> = fields
        .iter()
        .map(|(name, value)| ((*name).to_owned(), json!(value)))
        .collect();
    let in_form = slash_command(form.finish().as_bytes(), &hosts());
    let command = slash_command_in_json(&Value::Object(object), &hosts());
    assert!(command.is_ok());
    assert_eq!(command, in_form);
    for odd in [
        json!(null),
        json!([1]),
        json!({"text": "list"}),
        json!({"user_id": 7}),
    ] {
        assert_eq!(
            slash_command_in_json(&odd, &hosts()),
            Err(Unreadable),
            "{odd}"
        );
    }
}

#[test]
fn a_press_is_read_whatever_else_slack_sends_or_leaves_out() {
    let server = ServerId::from_raw(9);
    let payload = json!({
        "type": "block_actions",
        "team": null,
        "user": {"id": "U1", "team_id": "T9"},
        "container": {"type": "message", "channel_id": "C1", "is_ephemeral": true},
        "message": {"metadata": {"event_type": "x", "event_payload": {"number": 1}}},
        "actions": [{"type": "button", "action_id": "check:1", "value": server.to_string()}],
    });
    let Ok(Interaction::Press {
        caller,
        press,
        surface: Surface::Message { ephemeral: true },
    }) = interaction(&form(&payload), &hosts())
    else {
        panic!("unreadable")
    };
    assert_eq!(press, Some(Press::Check { server }));
    assert_eq!(caller.team, Some(TeamId::new("T9")));
    assert_eq!(caller.conversation, Some(ConversationId::new("C1")));
    let other = json!({"type": "message_action", "user": {"id": "U1"}});
    assert_eq!(
        interaction(&form(&other), &hosts()),
        Ok(Interaction::Other("message_action".into()))
    );
    assert_eq!(interaction(b"payload=nonsense", &hosts()), Err(Unreadable));
    assert_eq!(interaction(b"", &hosts()), Err(Unreadable));
}

#[test]
fn events_carry_their_channel_as_a_text_or_an_object() {
    let event = |event: Value| {
        let body =
            json!({"type": "event_callback", "team_id": "T1", "event_id": "Ev1", "event": event});
        match envelope(body.to_string().as_bytes()) {
            Ok(Envelope::Event { event, .. }) => event,
            other => panic!("{other:?}"),
        }
    };
    let c1 = ConversationId::new("C1");
    assert_eq!(
        event(json!({"type": "channel_rename", "channel": {"id": "C1", "name": "new"}})),
        Event::Renamed {
            conversation: c1.clone(),
            name: "new".into()
        }
    );
    assert_eq!(
        event(json!({"type": "group_left", "channel": "C1"})),
        Event::Left {
            conversation: c1.clone(),
            user: None
        }
    );
    assert_eq!(
        event(json!({"type": "channel_archive", "channel": "C1"})),
        Event::Archived(c1)
    );
    assert_eq!(
        event(json!({"type": "emoji_changed"})),
        Event::Other("emoji_changed".into())
    );
    assert_eq!(
        event(json!({"type": "channel_archive"})),
        Event::Other("channel_archive".into())
    );
    assert_eq!(
        event(json!({"type": "app_uninstalled"})),
        Event::AccessLost("app_uninstalled".into())
    );
    let revoked = |bot: Value| {
        event(json!({"type": "tokens_revoked", "tokens": {"oauth": ["U1"], "bot": bot}}))
    };
    let lost = Event::AccessLost("tokens_revoked".into());
    assert_eq!(
        (revoked(json!(["U2"])), revoked(json!(null))),
        (lost.clone(), lost)
    );
    assert_eq!(revoked(json!([])), Event::Other("tokens_revoked".into()));
    assert_eq!(envelope(b"[]"), Err(Unreadable));
}

proptest! {
    #[test]
    fn no_body_panics(body in prop::collection::vec(any::<u8>(), 0..200), json in "\\PC{0,100}") {
        let _ = is_ssl_check(&body);
        let _ = slash_command(&body, &hosts());
        let _ = interaction(&body, &hosts());
        let _ = envelope(&body);
        let _ = envelope(format!("{{\"type\":\"event_callback\",\"event\":{json:?}}}").as_bytes());
    }
}
