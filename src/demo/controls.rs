//! Buttons, menus and inputs within blocks: found as a person finds them, by what they say.

use serde_json::{Map, Value, json};

use super::plain;

/// A control, and the option of it that is meant.
pub(super) struct Control<'a> {
    pub(super) block_id: &'a str,
    pub(super) element: &'a Value,
    option: Option<&'a Value>,
}

/// Everything in a block that can be pressed, chosen or filled in.
fn elements(block: &Value) -> Vec<&Value> {
    let listed = block["elements"].as_array().into_iter().flatten();
    listed
        .chain([&block["accessory"], &block["element"]])
        .filter(|element| element["action_id"].is_string())
        .collect()
}

/// The choices that an element offers, those in groups included.
fn options(element: &Value) -> impl Iterator<Item = &Value> {
    let grouped = element["option_groups"].as_array().into_iter().flatten();
    let own = element["options"].as_array().into_iter().flatten();
    own.chain(grouped.flat_map(|group| group["options"].as_array().into_iter().flatten()))
}

fn says(object: &Value, wanted: &str) -> bool {
    object["text"]["text"] == wanted
}

/// Which control is meant.
#[derive(Debug, Clone, Copy)]
pub(super) enum Wanted<'a> {
    /// The first one labelled so, or offering it, or of that `action_id`. With `near`, only one
    /// whose own block, or the nearest block with text above it, contains that text.
    Label {
        label: &'a str,
        near: Option<&'a str>,
    },
    /// The very one, and the value of the option that was chosen.
    Ids {
        block_id: &'a str,
        action_id: &'a str,
        option: Option<&'a str>,
    },
}

impl Wanted<'_> {
    /// Its name in an error.
    pub(super) fn name(&self) -> &str {
        match self {
            Self::Label { label, .. } => label,
            Self::Ids { action_id, .. } => action_id,
        }
    }

    /// The control of a block that is meant. `above` is the text over it.
    fn within<'b>(&self, block: &'b Value, above: &str) -> Option<Control<'b>> {
        let block_id = block["block_id"].as_str().unwrap_or_default();
        match *self {
            Self::Label { label, near } => {
                let here = plain::blocks(std::slice::from_ref(block));
                if near.is_some_and(|near| !above.contains(near) && !here.contains(near)) {
                    return None;
                }
                elements(block).into_iter().find_map(|element| {
                    let option = options(element)
                        .find(|option| says(option, label) || option["value"] == label);
                    let is_it = says(element, label) || element["action_id"] == label;
                    (option.is_some() || is_it).then_some(Control {
                        block_id,
                        element,
                        option,
                    })
                })
            }
            Self::Ids {
                block_id: block_wanted,
                action_id,
                option,
            } => {
                let mut elements = elements(block).into_iter();
                let element = elements.find(|element| element["action_id"] == action_id)?;
                let option =
                    option.and_then(|value| options(element).find(|it| it["value"] == value));
                (block_id == block_wanted).then_some(Control {
                    block_id,
                    element,
                    option,
                })
            }
        }
    }
}

/// The first control that is meant.
pub(super) fn find<'a>(
    blocks: impl Iterator<Item = &'a Value>,
    wanted: &Wanted<'_>,
) -> Option<Control<'a>> {
    let mut above = String::new();
    for block in blocks {
        if block["type"] == "section" || block["type"] == "header" {
            above = plain::blocks(std::slice::from_ref(block));
        }
        if let Some(control) = wanted.within(block, &above) {
            return Some(control);
        }
    }
    None
}

/// What the controls say, in order: buttons, then an overflow's options.
pub(super) fn labels<'a>(blocks: impl Iterator<Item = &'a Value>) -> Vec<String> {
    let mut found = Vec::new();
    for element in blocks.flat_map(elements) {
        let label = element["text"]["text"].as_str();
        let choices = options(element).filter_map(|option| option["text"]["text"].as_str());
        found.extend(label.into_iter().chain(choices).map(str::to_owned));
    }
    found
}

impl Control<'_> {
    /// The entry of `actions` that Slack sends when it is used.
    pub(super) fn action(&self, at: &str) -> Value {
        let kind = self.element["type"].as_str().unwrap_or_default();
        let mut action = json!({
            "type": kind, "action_id": self.element["action_id"], "block_id": self.block_id,
            "action_ts": at,
        });
        let copied: &[&str] = match kind {
            "button" => &["text", "value", "style", "url", "confirm"],
            _ => &["placeholder", "confirm", "initial_option"],
        };
        for &name in copied {
            if !self.element[name].is_null() {
                action[name] = self.element[name].clone();
            }
        }
        if kind != "button" {
            let (name, value) = self.chosen(kind);
            action[name] = value;
        }
        action
    }

    fn chosen(&self, kind: &str) -> (&'static str, Value) {
        match kind {
            "checkboxes" | "multi_static_select" => (
                "selected_options",
                json!(self.option.into_iter().collect::<Vec<_>>()),
            ),
            _ => ("selected_option", json!(self.option)),
        }
    }
}

/// The inputs of a view that a person left wrong: labels of required ones left empty, or a choice
/// that is not offered.
#[derive(Debug)]
pub(super) struct Unfit(pub(super) String);

/// `state.values` of blocks as they stand, with `filled` (by label, `block_id` or `action_id`)
/// typed or chosen over the initial values; a field given more than once has several choices.
pub(super) fn state<'a>(
    blocks: impl Iterator<Item = &'a Value>,
    filled: &[(&str, &str)],
    complete: bool,
) -> Result<Value, Unfit> {
    let mut values = Map::new();
    let mut used = vec![false; filled.len()];
    for block in blocks {
        let block_id = block["block_id"].as_str().unwrap_or_default();
        let label = block["label"]["text"].as_str().unwrap_or_default();
        let fields: Vec<_> = elements(block)
            .into_iter()
            .filter(|e| is_stateful(e))
            .collect();
        for element in fields {
            let action_id = element["action_id"].as_str().unwrap_or_default();
            let mut typed = Vec::new();
            for (at, (name, text)) in filled.iter().enumerate() {
                if [label, block_id, action_id].contains(name) {
                    used[at] = true;
                    typed.push(*text);
                }
            }
            let entry = entry(element, &typed)?;
            let required = block["type"] == "input" && block["optional"] != true;
            if complete && required && is_blank(&entry) {
                return Err(Unfit(format!("{label} must be filled in")));
            }
            values.entry(block_id).or_insert_with(|| json!({}))[action_id] = entry;
        }
    }
    match used.iter().position(|used| !used) {
        Some(unused) => Err(Unfit(format!("there is no field {:?}", filled[unused].0))),
        None => Ok(Value::Object(values)),
    }
}

fn is_stateful(element: &Value) -> bool {
    !matches!(
        element["type"].as_str(),
        Some("button" | "overflow" | "image") | None
    )
}

fn is_blank(entry: &Value) -> bool {
    let held = entry
        .as_object()
        .into_iter()
        .flatten()
        .filter(|(name, _)| *name != "type");
    held.into_iter()
        .all(|(_, value)| value.is_null() || *value == json!([]) || *value == json!(""))
}

/// What one input holds.
fn entry(element: &Value, typed: &[&str]) -> Result<Value, Unfit> {
    let kind = element["type"].as_str().unwrap_or_default();
    let (name, initial, many) = match kind {
        "static_select" | "radio_buttons" => ("selected_option", "initial_option", false),
        "multi_static_select" | "checkboxes" => ("selected_options", "initial_options", true),
        "users_select" => return Ok(picked(element, typed, "selected_user", "initial_user")),
        "conversations_select" => {
            let (held, first) = ("selected_conversation", "initial_conversation");
            return Ok(picked(element, typed, held, first));
        }
        "channels_select" => {
            return Ok(picked(
                element,
                typed,
                "selected_channel",
                "initial_channel",
            ));
        }
        "datepicker" => return Ok(picked(element, typed, "selected_date", "initial_date")),
        "timepicker" => return Ok(picked(element, typed, "selected_time", "initial_time")),
        _ => return Ok(picked(element, typed, "value", "initial_value")),
    };
    if typed.is_empty() {
        let absent = if many { json!([]) } else { Value::Null };
        let held = if element[initial].is_null() {
            absent
        } else {
            element[initial].clone()
        };
        return Ok(json!({ "type": kind, name: held }));
    }
    let names = typed.iter().filter(|name| !name.is_empty());
    let chosen = names
        .map(|name| {
            options(element)
                .find(|option| says(option, name) || option["value"] == **name)
                .ok_or_else(|| Unfit(format!("{name:?} is not offered")))
        })
        .collect::<Result<Vec<_>, _>>()?;
    let held = if many {
        json!(chosen)
    } else {
        json!(chosen.first())
    };
    Ok(json!({ "type": kind, name: held }))
}

fn picked(element: &Value, typed: &[&str], name: &str, initial: &str) -> Value {
    let held = match typed.last() {
        Some(&"") => Value::Null,
        Some(typed) => json!(typed),
        None => element[initial].clone(),
    };
    json!({ "type": element["type"], name: held })
}

/// Gives every block a `block_id` and every control an `action_id`, as Slack does for those that
/// come without.
pub(super) fn name_blocks(blocks: &mut [Value], mut next: impl FnMut() -> String) {
    for block in blocks {
        name(block, "block_id", &mut next);
        if let Some(elements) = block.get_mut("elements").and_then(Value::as_array_mut) {
            elements
                .iter_mut()
                .for_each(|element| name_control(element, &mut next));
        }
        for part in ["accessory", "element"] {
            if let Some(element) = block.get_mut(part) {
                name_control(element, &mut next);
            }
        }
    }
}

fn name_control(element: &mut Value, next: &mut impl FnMut() -> String) {
    let passive = [
        "image",
        "mrkdwn",
        "plain_text",
        "rich_text_section",
        "rich_text_list",
    ];
    let passive = element["type"]
        .as_str()
        .is_none_or(|kind| passive.contains(&kind) || kind.starts_with("rich_text"));
    if !passive {
        name(element, "action_id", next);
    }
}

fn name(object: &mut Value, field: &str, next: &mut impl FnMut() -> String) {
    if object.is_object() && !object[field].is_string() {
        object[field] = json!(next());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(name: &str, value: &str) -> Value {
        json!({
            "type": "section", "block_id": format!("b-{name}"),
            "text": {"type": "mrkdwn", "text": format!("*{name}* is up")},
            "accessory": {
                "type": "button", "action_id": "toggle", "value": value,
                "text": {"type": "plain_text", "text": "Alerts off"},
            },
        })
    }

    #[test]
    fn the_row_tells_two_equal_buttons_apart() {
        let blocks = [row("api", "1"), row("db", "2")];
        let label = |near| Wanted::Label {
            label: "Alerts off",
            near,
        };
        let first = find(blocks.iter(), &label(None)).unwrap().action("1.0");
        let second = find(blocks.iter(), &label(Some("db")))
            .unwrap()
            .action("1.0");
        assert_eq!(
            (&first["value"], &second["value"]),
            (&json!("1"), &json!("2"))
        );
        assert_eq!(second["block_id"], "b-db");
        assert!(find(blocks.iter(), &label(Some("web"))).is_none());
    }

    #[test]
    fn a_form_takes_what_is_typed_and_keeps_what_was_there() {
        let blocks = [
            json!({"type": "input", "block_id": "n", "label": {"text": "Name"},
                   "element": {"type": "plain_text_input", "action_id": "v"}}),
            json!({"type": "input", "block_id": "e", "label": {"text": "Environment"},
                   "element": {"type": "static_select", "action_id": "v",
                     "initial_option": {"text": {"text": "LIVE"}, "value": "LIVE"},
                     "options": [{"text": {"text": "LIVE"}, "value": "LIVE"}]}}),
        ];
        let values = state(blocks.iter(), &[("Name", "api")], true).unwrap();
        assert_eq!(values["n"]["v"]["value"], "api");
        assert_eq!(values["e"]["v"]["selected_option"]["value"], "LIVE");
        let message = |filled| state(blocks.iter(), filled, true).unwrap_err().0;
        assert!(message(&[]).contains("Name must be filled in"));
        assert!(message(&[("Name", "a"), ("Environment", "MOON")]).contains("not offered"));
        assert!(message(&[("Name", "a"), ("Nmae", "b")]).contains("Nmae"));
    }
}
