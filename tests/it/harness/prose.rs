//! What can be held against Korean prose without reading it: sentences left in English, and formatting that Slack does
//! not take.

use serde_json::Value;

/// Every text that a message, a form or a Home shows, with the type of the object that holds it; a notification is
/// mrkdwn, too.
pub(crate) fn texts(shown: &Value) -> Vec<(String, String)> {
    let mut found = Vec::new();
    collect(shown, &mut found);
    found
}

fn collect(value: &Value, found: &mut Vec<(String, String)>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| collect(item, found)),
        Value::Object(fields) => {
            if let Some(text) = fields.get("text").and_then(Value::as_str) {
                let kind = fields.get("type").and_then(Value::as_str);
                found.push((kind.unwrap_or("mrkdwn").to_owned(), text.to_owned()));
            }
            fields.values().for_each(|field| collect(field, found));
        }
        _ => {}
    }
}

/// The first sentence's worth of English in a text: two words or more in a row that are no names (`known`), codes,
/// commands in backticks, tokens of Slack's or addresses.
pub(crate) fn english(text: &str, known: &[&str]) -> Option<String> {
    let mut text = text.to_owned();
    for known in known.iter().chain(&["HTTP GET"]) {
        text = text.replace(known, "·");
    }
    let mut run: Vec<&str> = Vec::new();
    let bare = without(&without(&text, '`', '`'), '<', '>');
    for word in bare.split_whitespace() {
        let letters = word.trim_matches(|c: char| !c.is_alphanumeric());
        let is_word = letters.len() > 1
            && letters
                .chars()
                .all(|c| c.is_ascii_alphabetic() || c == '\'')
            && letters.chars().any(|c| c.is_ascii_lowercase());
        if !is_word {
            run.clear();
            continue;
        }
        run.push(letters);
        if run.len() > 1 {
            return Some(run.join(" "));
        }
        // What follows a comma, a full stop or a colon is another word of a list, or another sentence.
        if !word.ends_with(letters) {
            run.clear();
        }
    }
    None
}

/// A text without what stands between two signs.
fn without(text: &str, open: char, close: char) -> String {
    let mut rest = text;
    let mut left = String::new();
    while let Some((before, after)) = rest.split_once(open) {
        left.push_str(before);
        left.push('·');
        rest = after.split_once(close).map_or("", |(_, behind)| behind);
    }
    left + rest
}

/// A place where bold or code touches a letter: Slack shows the signs themselves there, as it does wherever a Korean
/// ending follows them at once.
pub(crate) fn glued(text: &str) -> Option<String> {
    let code = at_letter(text, '`');
    code.or_else(|| at_letter(&without(&without(text, '`', '`'), '<', '>'), '*'))
}

fn at_letter(text: &str, sign: char) -> Option<String> {
    let chars: Vec<_> = text.chars().collect();
    let signs = chars.iter().enumerate().filter(|(_, c)| **c == sign);
    for (number, (at, _)) in signs.enumerate() {
        let beside = if number % 2 == 0 {
            at.checked_sub(1)
        } else {
            Some(at + 1)
        };
        let touches = beside
            .and_then(|beside| chars.get(beside))
            .is_some_and(|c| c.is_alphanumeric());
        if touches {
            let near = &chars[at.saturating_sub(12)..chars.len().min(at + 12)];
            return Some(near.iter().collect());
        }
    }
    None
}

/// Whether a text holds a Korean syllable.
pub(crate) fn is_korean(text: &str) -> bool {
    text.chars().any(|c| ('가'..='힣').contains(&c))
}

/// All that is wrong with something shown in Korean.
pub(crate) fn faults(shown: &Value, known: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for (kind, text) in texts(shown) {
        let english = english(&text, known);
        found.extend(english.map(|words| format!("left in English: “{words}” in {text}")));
        let glued = glued(&text).filter(|_| kind == "mrkdwn");
        found.extend(glued.map(|near| format!("not formatted by Slack: {near} in {text}")));
    }
    found
}

#[test]
fn english_sentences_and_glued_formatting_are_found() {
    assert_eq!(english("서버 payments api 장애", &["payments api"]), None);
    assert_eq!(
        english("`add a server` <!date^1^a b|c d> url, env", &[]),
        None
    );
    assert_eq!(english("HTTP GET NAME URL key=value", &[]), None);
    let found = english("장애: it is down.", &[]);
    assert_eq!(found.as_deref(), Some("it is"));
    for sound in ["*이름* 서버", "(`a`) *b*, `c`.", "`*`*가*"] {
        assert_eq!(glued(sound), None, "{sound}");
    }
    for glues in ["*이름*을", "`a`를", "가*b*"] {
        assert!(glued(glues).is_some(), "{glues}");
    }
}
