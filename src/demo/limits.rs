//! Slack's limits on messages and views, from <https://docs.slack.dev/reference/block-kit/>.

use std::collections::HashSet;

use serde_json::Value;

use super::api::ApiError;

/// Where blocks are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Surface {
    Message,
    Modal,
    Home,
}

const TEXT: usize = 40_000;
/// Undocumented; met at 11,000 to 13,000 characters.
const TEXT_OF_ALL_BLOCKS: usize = 13_000;
const METADATA_BYTES: usize = 16_000;

/// Checks the text of a message.
pub(super) fn check_text(text: &str) -> Result<(), ApiError> {
    if text.chars().count() > TEXT {
        Err(ApiError::new("msg_too_long"))
    } else {
        Ok(())
    }
}

/// Checks `metadata`.
pub(super) fn check_metadata(metadata: &Value) -> Result<(), ApiError> {
    if !metadata["event_type"].is_string() || !metadata["event_payload"].is_object() {
        return Err(ApiError::new("invalid_metadata_format"));
    }
    if metadata.to_string().len() > METADATA_BYTES {
        return Err(ApiError::new("metadata_too_large"));
    }
    Ok(())
}

/// Checks the blocks of a message or of one of its attachments.
pub(super) fn check_message_blocks(blocks: &Value) -> Result<(), ApiError> {
    let problems = problems(blocks, Surface::Message);
    if !problems.is_empty() {
        return Err(ApiError::detailed("invalid_blocks", problems));
    }
    if text_within(blocks) > TEXT_OF_ALL_BLOCKS {
        return Err(ApiError::new("msg_blocks_too_long"));
    }
    Ok(())
}

/// The characters of every text in it.
fn text_within(value: &Value) -> usize {
    match value {
        Value::Array(items) => items.iter().map(text_within).sum(),
        Value::Object(fields) => fields
            .iter()
            .map(|(name, value)| match value.as_str() {
                Some(text) if name == "text" => text.chars().count(),
                _ => text_within(value),
            })
            .sum(),
        _ => 0,
    }
}

/// Checks a modal or a Home.
pub(super) fn check_view(view: &Value, surface: Surface) -> Result<(), ApiError> {
    let mut problems = problems(&view["blocks"], surface);
    let mut check = Checker {
        problems: &mut problems,
    };
    check.longest(view, "callback_id", 255);
    check.longest(view, "private_metadata", 3_000);
    if surface == Surface::Modal {
        check.plain(&view["title"], 24, "title");
        for name in ["submit", "close"] {
            if !view[name].is_null() {
                check.plain(&view[name], 24, name);
            }
        }
        let blocks = view["blocks"].as_array().into_iter().flatten();
        if view["submit"].is_null() && blocks.into_iter().any(|block| block["type"] == "input") {
            check.say("submit is required when an input block is within blocks array");
        }
    }
    if problems.is_empty() {
        Ok(())
    } else {
        Err(ApiError::detailed("invalid_arguments", problems))
    }
}

fn problems(blocks: &Value, surface: Surface) -> Vec<String> {
    let mut problems = Vec::new();
    let mut check = Checker {
        problems: &mut problems,
    };
    let Some(blocks) = blocks.as_array() else {
        check.say("blocks must be an array");
        return problems;
    };
    let most = if surface == Surface::Message { 50 } else { 100 };
    if blocks.len() > most {
        check.say(format!(
            "no more than {most} items allowed [json-pointer:/blocks]"
        ));
    }
    let mut block_ids = HashSet::new();
    for (at, block) in blocks.iter().enumerate() {
        let before = check.problems.len();
        check.block(block);
        check.unique(block, "block_id", &mut block_ids);
        let mut action_ids = HashSet::new();
        for element in block["elements"].as_array().into_iter().flatten() {
            check.unique(element, "action_id", &mut action_ids);
        }
        for problem in &mut check.problems[before..] {
            problem.push_str(&format!(" [json-pointer:/blocks/{at}]"));
        }
    }
    problems
}

struct Checker<'a> {
    problems: &'a mut Vec<String>,
}

impl Checker<'_> {
    fn say(&mut self, problem: impl Into<String>) {
        self.problems.push(problem.into());
    }

    fn unique<'v>(&mut self, object: &'v Value, field: &str, seen: &mut HashSet<&'v str>) {
        self.longest(object, field, 255);
        if let Some(id) = object[field].as_str()
            && !seen.insert(id)
        {
            self.say(format!("{field} `{id}` already exists"));
        }
    }

    fn longest(&mut self, object: &Value, field: &str, most: usize) {
        match &object[field] {
            Value::Null => {}
            Value::String(text) if text.chars().count() <= most => {}
            Value::String(_) => self.say(format!(
                "must be less than {} characters: {field}",
                most + 1
            )),
            _ => self.say(format!("{field} must be a string")),
        }
    }

    fn count(&mut self, list: &Value, least: usize, most: usize, what: &str) {
        match list.as_array() {
            Some(items) if (least..=most).contains(&items.len()) => {}
            Some(items) => self.say(format!("{} {what}, allowed {least} to {most}", items.len())),
            None => self.say(format!("{what} must be an array")),
        }
    }

    /// A text object of at most `most` characters and at least one.
    fn text(&mut self, object: &Value, most: usize, what: &str) {
        let allowed: &[&str] = match object["type"].as_str() {
            Some("plain_text") => &["type", "text", "emoji"],
            Some("mrkdwn") => &["type", "text", "verbatim"],
            _ => return self.say(format!("{what} must be a text object")),
        };
        let fields = object.as_object().into_iter().flatten();
        for (name, _) in fields.filter(|(name, _)| !allowed.contains(&name.as_str())) {
            self.say(format!("{what} has the unknown field {name}"));
        }
        match object["text"].as_str().map(|text| text.chars().count()) {
            Some(0) => self.say(format!("{what} must be more than 0 characters")),
            Some(length) if length <= most => {}
            Some(_) => self.say(format!("{what} must be less than {} characters", most + 1)),
            None => self.say(format!("{what} lacks its text")),
        }
    }

    fn plain(&mut self, object: &Value, most: usize, what: &str) {
        if object["type"] == "plain_text" {
            self.text(object, most, what);
        } else {
            self.say(format!("{what} must be plain_text"));
        }
    }

    fn block(&mut self, block: &Value) {
        match block["type"].as_str().unwrap_or_default() {
            "section" => self.section(block),
            "header" => self.plain(&block["text"], 150, "header"),
            "context" => {
                self.count(&block["elements"], 1, 10, "context elements");
                for element in block["elements"].as_array().into_iter().flatten() {
                    match element["type"].as_str() {
                        Some("image") => self.image(element),
                        _ => self.text(element, 3_000, "context text"),
                    }
                }
            }
            "actions" => {
                self.count(&block["elements"], 1, 25, "actions");
                for element in block["elements"].as_array().into_iter().flatten() {
                    self.element(element);
                    if element["type"].as_str().is_some_and(is_typed) {
                        self.say("a typed input is not allowed in an actions block");
                    }
                }
            }
            "input" => {
                self.plain(&block["label"], 2_000, "label");
                if !block["hint"].is_null() {
                    self.plain(&block["hint"], 2_000, "hint");
                }
                self.element(&block["element"]);
                if matches!(
                    block["element"]["type"].as_str(),
                    Some("button" | "overflow")
                ) {
                    self.say("a button is not allowed in an input block");
                }
            }
            "image" => self.image(block),
            "divider" | "rich_text" | "markdown" | "file" | "video" => {}
            other => self.say(format!("unsupported type: {other}")),
        }
    }

    fn section(&mut self, block: &Value) {
        if block["text"].is_null() && block["fields"].is_null() {
            self.say("a section needs text or fields");
        }
        if !block["text"].is_null() {
            self.text(&block["text"], 3_000, "section text");
        }
        if !block["fields"].is_null() {
            self.count(&block["fields"], 1, 10, "fields");
            for field in block["fields"].as_array().into_iter().flatten() {
                self.text(field, 2_000, "field");
            }
        }
        if !block["accessory"].is_null() {
            self.element(&block["accessory"]);
        }
    }

    fn image(&mut self, image: &Value) {
        self.longest(image, "image_url", 3_000);
        self.longest(image, "alt_text", 2_000);
        if image["alt_text"].is_null() {
            self.say("an image needs alt_text");
        }
    }

    fn element(&mut self, element: &Value) {
        let kind = element["type"].as_str().unwrap_or_default();
        match kind {
            "image" => return self.image(element),
            "button" => {
                self.plain(&element["text"], 75, "button text");
                self.longest(element, "value", 2_000);
                self.longest(element, "url", 3_000);
                let style = &element["style"];
                if !style.is_null() && style != "primary" && style != "danger" {
                    self.say("style must be primary or danger");
                }
            }
            "overflow" => self.options(element, 5),
            "radio_buttons" | "checkboxes" => self.options(element, 10),
            "static_select" | "multi_static_select" if !element["option_groups"].is_null() => {
                self.count(&element["option_groups"], 1, 100, "option groups");
                for group in element["option_groups"].as_array().into_iter().flatten() {
                    self.plain(&group["label"], 75, "group label");
                    self.options(group, 100);
                }
            }
            "static_select" | "multi_static_select" => self.options(element, 100),
            _ if is_typed(kind) || is_picker(kind) => self.longest(element, "initial_value", 3_000),
            other => self.say(format!("unsupported element: {other}")),
        }
        self.longest(element, "action_id", 255);
        if !element["placeholder"].is_null() {
            self.plain(&element["placeholder"], 150, "placeholder");
        }
        if !element["confirm"].is_null() {
            self.confirm(&element["confirm"]);
        }
    }

    fn options(&mut self, element: &Value, most: usize) {
        self.count(&element["options"], 1, most, "options");
        let options = element["options"].as_array().map_or(&[][..], Vec::as_slice);
        for option in options {
            self.text(&option["text"], 75, "option text");
            self.longest(option, "value", 150);
            if option["value"].is_null() {
                self.say("an option needs a value");
            }
        }
        let initial = &element["initial_option"];
        if !initial.is_null() && !options.contains(initial) {
            self.say("initial_option must be one of the options");
        }
        let chosen = element["initial_options"].as_array().into_iter().flatten();
        if chosen.into_iter().any(|initial| !options.contains(initial)) {
            self.say("initial_options must be among the options");
        }
    }

    fn confirm(&mut self, confirm: &Value) {
        self.plain(&confirm["title"], 100, "confirm title");
        self.text(&confirm["text"], 300, "confirm text");
        self.plain(&confirm["confirm"], 30, "confirm button");
        self.plain(&confirm["deny"], 30, "deny button");
    }
}

fn is_typed(kind: &str) -> bool {
    kind.ends_with("_input")
}

fn is_picker(kind: &str) -> bool {
    kind.ends_with("picker")
        || kind.ends_with("users_select")
        || kind.ends_with("conversations_select")
        || kind.ends_with("channels_select")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn text_of(length: usize) -> Value {
        json!({"type": "mrkdwn", "text": "x".repeat(length)})
    }

    fn verdict(blocks: Value) -> Result<(), String> {
        check_message_blocks(&blocks).map_err(|error| error.code().to_owned())
    }

    #[test]
    fn each_limit_holds_at_its_edge() {
        let section = |length| json!([{"type": "section", "text": text_of(length)}]);
        assert_eq!(verdict(section(3_000)), Ok(()));
        assert_eq!(verdict(section(3_001)), Err("invalid_blocks".to_owned()));
        assert_eq!(verdict(section(0)), Err("invalid_blocks".to_owned()));
        let dividers = |count| json!(vec![json!({"type": "divider"}); count]);
        assert_eq!(verdict(dividers(50)), Ok(()));
        assert_eq!(verdict(dividers(51)), Err("invalid_blocks".to_owned()));
        let button = |length: usize| {
            let text = json!({"type": "plain_text", "text": "x".repeat(length)});
            json!([{"type": "actions", "elements": [{"type": "button", "text": text}]}])
        };
        assert_eq!(verdict(button(75)), Ok(()));
        assert_eq!(verdict(button(76)), Err("invalid_blocks".to_owned()));
    }

    #[test]
    fn the_text_of_all_blocks_together_has_a_limit_of_its_own() {
        let sections = |count| {
            json!(vec![
                json!({"type": "section", "text": text_of(2_599)});
                count
            ])
        };
        assert_eq!(verdict(sections(5)), Ok(()));
        assert_eq!(verdict(sections(6)), Err("msg_blocks_too_long".to_owned()));
    }

    #[test]
    fn ids_are_unique() {
        let twice = json!([
            {"type": "divider", "block_id": "a"}, {"type": "divider", "block_id": "a"}
        ]);
        assert_eq!(verdict(twice), Err("invalid_blocks".to_owned()));
        let button = json!({"type": "button", "action_id": "go",
            "text": {"type": "plain_text", "text": "Go"}});
        let twice = json!([{"type": "actions", "elements": [button, button]}]);
        assert_eq!(verdict(twice), Err("invalid_blocks".to_owned()));
    }

    #[test]
    fn a_modal_with_inputs_needs_a_submit_and_a_short_title() {
        let input = json!({"type": "input", "label": {"type": "plain_text", "text": "Name"},
            "element": {"type": "plain_text_input", "action_id": "v"}});
        let title = |text: &str| json!({"type": "plain_text", "text": text});
        let mut view = json!({"type": "modal", "title": title("Add"), "blocks": [input]});
        assert!(check_view(&view, Surface::Modal).is_err());
        view["submit"] = title("Save");
        assert!(check_view(&view, Surface::Modal).is_ok());
        view["title"] = title(&"x".repeat(25));
        assert!(check_view(&view, Surface::Modal).is_err());
    }
}
