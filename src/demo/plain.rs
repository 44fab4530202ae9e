//! What a person reads of a message or a view, as lines of text.

use serde_json::Value;

/// The visible text of a message.
pub(super) fn message(text: &str, blocks: &[Value], attachments: &[Value]) -> String {
    let mut lines = Vec::new();
    if blocks.is_empty() {
        let attached = attachments.iter().any(|part| part["blocks"].is_array());
        if !text.is_empty() && !attached {
            lines.push(mrkdwn(text));
        }
    }
    lines.extend(blocks.iter().flat_map(block));
    for part in attachments {
        match part["blocks"].as_array() {
            Some(blocks) => lines.extend(blocks.iter().flat_map(block)),
            None => lines.extend(part["text"].as_str().map(mrkdwn)),
        }
    }
    lines.join("\n")
}

/// The visible text of blocks, such as a Home's.
#[must_use]
pub fn blocks(blocks: &[Value]) -> String {
    blocks.iter().flat_map(block).collect::<Vec<_>>().join("\n")
}

fn block(block: &Value) -> Vec<String> {
    let mut lines = Vec::new();
    match block["type"].as_str().unwrap_or_default() {
        "context" => {
            let parts: Vec<_> = items(&block["elements"]).filter_map(text_or_alt).collect();
            lines.push(parts.join(" "));
        }
        "actions" => {
            let parts: Vec<_> = items(&block["elements"]).map(element).collect();
            lines.push(parts.join(" "));
        }
        "image" => lines.extend(block["alt_text"].as_str().map(str::to_owned)),
        "input" => {
            let label = text(&block["label"]).unwrap_or_default();
            lines.push(format!("{label}: {}", element(&block["element"])));
            lines.extend(text(&block["hint"]));
        }
        "rich_text" => lines.push(rich(block)),
        "markdown" => lines.extend(block["text"].as_str().map(str::to_owned)),
        _ => {
            lines.extend(text(&block["text"]));
            lines.extend(items(&block["fields"]).filter_map(text));
            if !block["accessory"].is_null() {
                lines.push(element(&block["accessory"]));
            }
        }
    }
    lines
}

fn items(list: &Value) -> impl Iterator<Item = &Value> {
    list.as_array().into_iter().flatten()
}

fn text_or_alt(element: &Value) -> Option<String> {
    text(element).or_else(|| element["alt_text"].as_str().map(str::to_owned))
}

/// A text object as it is read.
fn text(object: &Value) -> Option<String> {
    let text = object["text"].as_str()?;
    Some(if object["type"] == "mrkdwn" {
        mrkdwn(text)
    } else {
        text.to_owned()
    })
}

/// A control: a button by its label, a choice by what is chosen, an input by what it holds.
fn element(element: &Value) -> String {
    let chosen = text(&element["initial_option"]["text"]);
    let shown = text(&element["text"])
        .or(chosen)
        .or_else(|| element["initial_value"].as_str().map(str::to_owned))
        .or_else(|| text(&element["placeholder"]))
        .or_else(|| element["alt_text"].as_str().map(str::to_owned));
    match (shown, element["type"].as_str()) {
        (Some(shown), _) => format!("[{shown}]"),
        (None, Some("overflow")) => {
            let options: Vec<_> = items(&element["options"])
                .filter_map(|option| text(&option["text"]))
                .collect();
            format!("[… {}]", options.join(" | "))
        }
        (None, _) => "[ ]".to_owned(),
    }
}

/// Rich text, flattened.
fn rich(node: &Value) -> String {
    match node["type"].as_str() {
        Some("text") => node["text"].as_str().unwrap_or_default().to_owned(),
        Some("link") => node["text"]
            .as_str()
            .or(node["url"].as_str())
            .unwrap_or_default()
            .into(),
        Some("emoji") => format!(":{}:", node["name"].as_str().unwrap_or_default()),
        Some("user") => format!("@{}", node["user_id"].as_str().unwrap_or_default()),
        Some("channel") => format!("#{}", node["channel_id"].as_str().unwrap_or_default()),
        Some("rich_text" | "rich_text_list") => items(&node["elements"])
            .map(rich)
            .collect::<Vec<_>>()
            .join("\n"),
        _ => items(&node["elements"]).map(rich).collect(),
    }
}

/// Slack's mrkdwn as it is read: marks away, tokens by their label, escapes undone.
#[must_use]
pub fn mrkdwn(source: &str) -> String {
    let mut read = String::new();
    let mut rest = source;
    while let Some(open) = rest.find('<') {
        read.push_str(&unmarked(&rest[..open]));
        rest = &rest[open..];
        let Some(length) = rest.find('>') else {
            break;
        };
        read.push_str(&unescaped(&token(&rest[1..length])));
        rest = &rest[length + 1..];
    }
    read.push_str(&unmarked(rest));
    read
}

/// What stands between `<` and `>`: a link, a mention or a date.
fn token(inner: &str) -> String {
    let (target, label) = match inner.split_once('|') {
        Some((target, label)) => (target, Some(label)),
        None => (inner, None),
    };
    match target.chars().next() {
        Some('@') => label.map_or(target.to_owned(), |label| format!("@{label}")),
        Some('#') => label.map_or(target.to_owned(), |label| format!("#{label}")),
        Some('!') => label.map_or(format!("@{}", &target[1..]), str::to_owned),
        _ => label.unwrap_or(target).to_owned(),
    }
}

fn unescaped(text: &str) -> String {
    text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&amp;", "&")
}

/// Takes away the pairs of `*`, `_`, `~` and backticks that format, and undoes the escapes.
fn unmarked(text: &str) -> String {
    text.split('\n')
        .map(|line| unescaped(&unmarked_line(line)))
        .collect::<Vec<_>>()
        .join("\n")
}

fn unmarked_line(line: &str) -> String {
    let characters: Vec<char> = line.chars().collect();
    let mut kept = vec![true; characters.len()];
    let mut at = 0;
    while at < characters.len() {
        let mark = characters[at];
        if kept[at] && matches!(mark, '*' | '_' | '~' | '`') && opens(&characters, at) {
            let close = (at + 2..characters.len())
                .find(|&end| characters[end] == mark && closes(&characters, end));
            if let Some(close) = close {
                kept[at] = false;
                kept[close] = false;
                if mark == '`' {
                    at = close;
                }
            }
        }
        at += 1;
    }
    characters
        .iter()
        .zip(kept)
        .filter(|(_, kept)| *kept)
        .map(|(character, _)| character)
        .collect()
}

fn opens(characters: &[char], at: usize) -> bool {
    let before = at.checked_sub(1).map(|before| characters[before]);
    let after = characters.get(at + 1);
    !before.is_some_and(char::is_alphanumeric) && after.is_some_and(|after| !after.is_whitespace())
}

fn closes(characters: &[char], at: usize) -> bool {
    let after = characters.get(at + 1);
    !characters[at - 1].is_whitespace() && !after.is_some_and(|after| after.is_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn mrkdwn_is_read_as_a_person_reads_it() {
        let source = "*api_v2_main* is `down` &lt;now&gt; since \
                      <!date^1795551108^{time}|20:11 UTC>, ask <@U1|lee> in <#C1|ops>: <https://x.test/a|docs>";
        assert_eq!(
            mrkdwn(source),
            "api_v2_main is down <now> since 20:11 UTC, ask @lee in #ops: docs"
        );
    }

    #[test]
    fn a_token_that_never_ends_and_a_lone_mark_stay_as_they_are() {
        assert_eq!(mrkdwn("a < b * c"), "a < b * c");
        assert_eq!(mrkdwn("2 * 3 * 4, *"), "2 * 3 * 4, *");
    }

    #[test]
    fn blocks_become_lines_with_their_buttons_in_brackets() {
        let list = [
            json!({"type": "header", "text": {"type": "plain_text", "text": "A & B *raw*"}}),
            json!({"type": "section", "fields": [{"type": "mrkdwn", "text": "*Kind*\ntimeout"}]}),
            json!({"type": "divider"}),
            json!({"type": "actions", "elements": [
                {"type": "button", "text": {"type": "plain_text", "text": "Mute 1h"}},
                {"type": "overflow", "options": [{"text": {"type": "plain_text", "text": "Edit"}}]},
            ]}),
        ];
        assert_eq!(
            blocks(&list),
            "A & B *raw*\nKind\ntimeout\n[Mute 1h] [… Edit]"
        );
    }
}
