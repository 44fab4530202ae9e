//! Forms in Slack's fields: which form it is in `callback_id`, what it is about in `private_metadata`, and each field
//! in a block of its own, whose id an error names.

use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::domain::form::{Draft, Field, Form};
use crate::slack::press::home_of_value;

/// The global shortcut's id, in the manifest; and of the form that it opens.
pub const ADD_SERVER: &str = "add_server";
/// The form that changes a server.
pub const EDIT_SERVER: &str = "edit_server";
/// The form that adds many.
pub const ADD_MANY: &str = "add_many";
/// The form that searches.
pub const FIND: &str = "find";

/// The block of the lines in the form that adds many.
pub const LINES: &str = "servers";
/// The block of the text to search for.
pub const SEARCH: &str = "search";

/// The value of the option that takes the type from the address: an option's value cannot be empty.
pub const BY_ADDRESS: &str = "by_address";

/// The block of a field.
#[must_use]
pub const fn block_id(field: Field) -> &'static str {
    match field {
        Field::Name => "name",
        Field::Address => "address",
        Field::Environment => "environment",
        Field::Type => "type",
        Field::Interval => "interval",
        Field::Timeout => "timeout",
        Field::Failures => "failures",
        Field::Recoveries => "recoveries",
    }
}

/// Marks lines that were found to be sound: it says so of these lines only, however Slack ends and pads them.
#[must_use]
pub fn checked_mark(text: &str) -> String {
    let mut hash = Sha256::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        hash.update(line);
        hash.update("\n");
    }
    hex::encode(hash.finalize())
}

/// Reads a submitted view; none where it is no form of ours, or from a version that no longer exists.
#[must_use]
pub fn decode(view: &Value) -> Option<Form> {
    let about = view["private_metadata"].as_str().unwrap_or_default();
    let held = |block: &str| held(&view["state"]["values"][block]);
    let draft = || {
        let fields = Field::ALL.map(|field| (field, held(block_id(field))));
        let fields = fields.into_iter();
        fields
            .filter(|(_, text)| text != BY_ADDRESS)
            .collect::<Draft>()
    };
    Some(match view["callback_id"].as_str()? {
        ADD_SERVER => Form::Server {
            edits: None,
            draft: draft(),
        },
        EDIT_SERVER => Form::Server {
            edits: Some(about.parse().ok()?),
            draft: draft(),
        },
        ADD_MANY => {
            let text = held(LINES);
            let checked = checked_mark(&text) == about;
            Form::Many { text, checked }
        }
        FIND => Form::Find {
            state: home_of_value(about).unwrap_or_default(),
            text: held(SEARCH),
        },
        _ => return None,
    })
}

/// What the one input of a block holds: what was typed, or the value of what was chosen.
fn held(block: &Value) -> String {
    let input = block.as_object().and_then(|inputs| inputs.values().next());
    let text = input.and_then(|input| {
        let typed = input["value"].as_str();
        typed.or_else(|| input["selected_option"]["value"].as_str())
    });
    text.unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::home::HomeState;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn fields_are_read_from_what_was_typed_and_what_was_chosen() {
        let view = json!({
            "callback_id": "edit_server", "private_metadata": "srv_0000000000000007",
            "state": {"values": {
                "name": {"value": {"type": "plain_text_input", "value": "api"}},
                "type": {"value": {"type": "static_select", "selected_option": {"value": BY_ADDRESS}}},
                "environment": {"value": {"selected_option": {"value": "LIVE"}}},
                "interval": {"value": {"type": "plain_text_input", "value": null}},
            }},
        });
        let Some(Form::Server { edits, draft }) = decode(&view) else {
            panic!("not read")
        };
        assert_eq!(edits.map(|id| id.raw()), Some(7));
        assert_eq!(draft.get(Field::Name), "api");
        assert_eq!(draft.get(Field::Environment), "LIVE");
        assert_eq!(draft.get(Field::Type), "");
        assert_eq!(draft.get(Field::Interval), "");
    }

    #[test]
    fn lines_are_sound_only_as_they_were_checked() {
        let checked = |text: &str, of: &str| {
            let view = json!({
                "callback_id": ADD_MANY, "private_metadata": checked_mark(of),
                "state": {"values": {"servers": {"value": {"value": text}}}},
            });
            matches!(decode(&view), Some(Form::Many { checked: true, .. }))
        };
        assert!(checked("a http://10.0.0.1", "a http://10.0.0.1"));
        assert!(checked("a x\r\n\nb y ", "a x\nb y"));
        assert!(!checked("a\nx", "a x"));
        assert!(!checked("a http://10.0.0.1", "a http://10.0.0.2"));
    }

    #[test]
    fn a_search_keeps_what_home_showed_as_well_as_it_can() {
        let view = json!({"callback_id": FIND, "private_metadata": "nonsense"});
        let form = Form::Find {
            state: HomeState::default(),
            text: String::new(),
        };
        assert_eq!(decode(&view), Some(form));
        assert_eq!(decode(&json!({"callback_id": "of_old"})), None);
        assert_eq!(decode(&json!({"callback_id": EDIT_SERVER})), None);
    }

    proptest! {
        #[test]
        fn no_view_panics(callback in "add_server|edit_server|add_many|find", text in "\\PC{0,40}") {
            let _ = decode(&json!(text));
            let _ = decode(&json!({"callback_id": callback, "private_metadata": text, "state": {"values": text}}));
            let _ = decode(&json!({"callback_id": callback, "state": {"values": {"name": [text], "servers": {"a": text}}}}));
        }
    }
}
