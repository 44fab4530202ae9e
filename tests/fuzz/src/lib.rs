//! What must hold of everything that the bot says, whatever it was made of.

use std::sync::LazyLock;

use healthbot::clock::Timestamp;
use healthbot::domain::language::Language;
use healthbot::slack::render::{Message, Words};
use healthbot::slack::hosts::HostRule;
use serde_json::Value;
use url::Url;

/// The longest text of a section and of a notification, in characters; a field has less, and clients cut more.
const TEXT_CHARS: usize = 3_000;

/// The most blocks of a message.
const BLOCKS: usize = 50;

/// The hosts that a request may name: Slack's.
pub static HOSTS: LazyLock<HostRule> =
    LazyLock::new(|| HostRule::new(&Url::parse("https://slack.com/api").expect("a URL")));

/// The moment at which everything happens.
#[must_use]
pub fn now() -> Timestamp {
    Timestamp::from_timestamp(1_795_551_108, 0).expect("it lies within the calendar")
}

/// What is said in each language.
#[must_use]
pub fn languages() -> [Words; 2] {
    [Language::English, Language::Korean].map(Words::from)
}

/// A text with what cannot be UTF-8 replaced, as Slack's forms are read too.
#[must_use]
pub fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Panics where a message holds a mention, a link or a control character, or breaks one of Slack's limits.
pub fn assert_harmless(message: &Message) {
    let json = serde_json::to_value(message).expect("a message is JSON");
    let blocks = json["blocks"].as_array().map_or(0, Vec::len);
    assert!(blocks <= BLOCKS, "{blocks} blocks");
    assert_mrkdwn(json["text"].as_str().expect("a message has a text"));
    json["blocks"]
        .as_array()
        .into_iter()
        .flatten()
        .for_each(walk);
}

fn walk(value: &Value) {
    match value {
        Value::Array(items) => items.iter().for_each(walk),
        Value::Object(fields) => {
            if let (Some(kind), Some(text)) = (
                fields.get("type"),
                fields.get("text").and_then(Value::as_str),
            ) {
                match kind.as_str() {
                    Some("mrkdwn") => assert_mrkdwn(text),
                    _ => assert_plain(text),
                }
            }
            fields.values().for_each(walk);
        }
        _ => {}
    }
}

fn assert_plain(text: &str) {
    let length = text.chars().count();
    assert!((1..=TEXT_CHARS).contains(&length), "{length} characters");
    let hidden = text
        .chars()
        .find(|c| c.is_control() && *c != '\n' || matches!(c, '\u{202a}'..='\u{202e}'));
    assert_eq!(hidden, None, "{text:?}");
}

/// The bot's own tokens are dates, and the channel and the person that the targets name.
fn assert_mrkdwn(text: &str) {
    assert_plain(text);
    for (at, _) in text.match_indices('<') {
        let token = text[at..].split_inclusive('>').next().unwrap_or_default();
        let own = token.starts_with("<!date^") && token.ends_with(" UTC>") || token == "<@U0DANA>";
        assert!(own, "{token:?} in {text:?}");
    }
    assert_eq!(
        text.matches('<').count(),
        text.matches('>').count(),
        "{text:?}"
    );
}
