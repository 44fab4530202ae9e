//! The text of a slash command, as Slack sends it with `should_escape`, cut into words.
//!
//! Slack wraps what it recognises: `<https://x|x>` for links, `<#C1|name>` for channels, `<@U1|name>` for people. Each
//! wrapped piece has two readings, what the person typed and what Slack points to, and only the grammar knows which
//! of them is meant, so a word keeps both.

use crate::domain::ids::{ConversationId, UserId};
use crate::domain::span;

/// A channel as the person named it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChannelRef {
    /// Slack's id of it.
    pub id: ConversationId,
    /// Its name, where Slack told it.
    pub name: Option<String>,
}

/// One word of a command.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Word {
    /// As the person typed it: links by their label.
    pub typed: String,
    /// As an address: links by their URL.
    pub address: String,
    /// The channel, where the word is one.
    pub channel: Option<ChannelRef>,
    /// The person, where the word is one.
    pub user: Option<UserId>,
    /// Whether any of it stood in quotes, so that it is no keyword.
    pub quoted: bool,
    /// Whether it began with a quotation mark, so that it is a name, whatever else it looks like.
    pub begins_quoted: bool,
}

/// A quotation mark without its partner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnclosedQuote;

const QUOTES: [char; 7] = [
    '"', '\u{201c}', '\u{201d}', '\u{201e}', '\u{201f}', '\u{ab}', '\u{bb}',
];

/// Cuts a command's text into words. Quotes (straight or curly) hold blanks together; behind a backslash one is a part of
/// the name.
///
/// # Errors
/// [`UnclosedQuote`] where one is opened and not closed.
pub fn split(text: &str) -> Result<Vec<Word>, UnclosedQuote> {
    // A backslash may also just be the last character of a name: `"C:\"`.
    cut(text, true).or_else(|UnclosedQuote| cut(text, false))
}

/// A name as it must be typed to be read as this name, and as nothing else.
#[must_use]
pub fn as_typed(name: &str) -> String {
    let ends_a_word = |c: char| c.is_whitespace() || c == '=' || QUOTES.contains(&c);
    let is_plain = !name.contains(ends_a_word)
        && !name.contains("://")
        && !name.eq_ignore_ascii_case("all")
        && span::parse(name).is_err();
    if is_plain {
        return name.to_owned();
    }
    // Before the closing mark a backslash would make it a part of the name: the last ones stand behind it.
    let body = name.trim_end_matches('\\');
    let mut typed = String::from('"');
    for c in body.chars() {
        if QUOTES.contains(&c) {
            typed.push('\\');
        }
        typed.push(c);
    }
    typed.push('"');
    typed.push_str(&name[body.len()..]);
    typed
}

fn cut(text: &str, escapes: bool) -> Result<Vec<Word>, UnclosedQuote> {
    let mut words = Vec::new();
    let mut current: Option<Word> = None;
    let mut in_quotes = false;
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if let Some((mark, tail)) = escaped(rest).filter(|_| escapes) {
            current.get_or_insert_default().push(mark);
            rest = tail;
        } else if QUOTES.contains(&c) {
            in_quotes = !in_quotes;
            let begins_quoted = current.is_none();
            let word = current.get_or_insert_default();
            word.quoted = true;
            word.begins_quoted |= begins_quoted;
            rest = &rest[c.len_utf8()..];
        } else if c.is_whitespace() && !in_quotes {
            words.extend(current.take());
            rest = &rest[c.len_utf8()..];
        } else if let Some((inner, tail)) = wrapped(rest) {
            current.get_or_insert_default().push_wrapped(inner);
            rest = tail;
        } else {
            let (c, tail) = unescaped(rest);
            let c = if c.is_whitespace() { ' ' } else { c };
            current.get_or_insert_default().push(c);
            rest = tail;
        }
    }
    if in_quotes {
        return Err(UnclosedQuote);
    }
    words.extend(current);
    Ok(words)
}

/// The quotation mark behind a backslash at the beginning of the text, and what follows it.
fn escaped(text: &str) -> Option<(char, &str)> {
    let mut chars = text.strip_prefix('\\')?.chars();
    let mark = chars.next().filter(|c| QUOTES.contains(c))?;
    Some((mark, chars.as_str()))
}

/// The inside of a `<…>` at the beginning of the text, and what follows it.
fn wrapped(text: &str) -> Option<(&str, &str)> {
    let (inner, tail) = text.strip_prefix('<')?.split_once('>')?;
    let known = [
        "#", "@", "!", "http://", "https://", "ws://", "wss://", "mailto:", "tel:",
    ];
    known
        .iter()
        .any(|start| inner.starts_with(start))
        .then_some((inner, tail))
}

/// The first character of the text with Slack's three escapes undone, and what follows it.
fn unescaped(text: &str) -> (char, &str) {
    for (escape, plain) in [("&amp;", '&'), ("&lt;", '<'), ("&gt;", '>')] {
        if let Some(tail) = text.strip_prefix(escape) {
            return (plain, tail);
        }
    }
    let mut chars = text.chars();
    (chars.next().unwrap_or(' '), chars.as_str())
}

fn unescape(mut text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    while !text.is_empty() {
        let (c, tail) = unescaped(text);
        plain.push(c);
        text = tail;
    }
    plain
}

impl Word {
    fn push(&mut self, c: char) {
        self.typed.push(c);
        self.address.push(c);
    }

    fn push_wrapped(&mut self, inner: &str) {
        let (target, label) = match inner.split_once('|') {
            Some((target, label)) => (
                target,
                Some(unescape(label)).filter(|label| !label.is_empty()),
            ),
            None => (inner, None),
        };
        if let Some(id) = target.strip_prefix('#') {
            self.typed.push('#');
            self.typed.push_str(label.as_deref().unwrap_or(id));
            self.channel = Some(ChannelRef {
                id: ConversationId::new(id),
                name: label,
            });
        } else if let Some(id) = target.strip_prefix('@') {
            self.typed.push('@');
            self.typed.push_str(label.as_deref().unwrap_or(id));
            self.user = Some(UserId::new(id));
        } else {
            let target = unescape(target);
            let target = target
                .trim_start_matches("mailto:")
                .trim_start_matches("tel:");
            self.address.push_str(target);
            self.typed.push_str(label.as_deref().unwrap_or(target));
        }
    }

    /// The word as a key and its value: `interval=30s`. Quotes make no difference: `env="LIVE"` is one, too.
    #[must_use]
    pub fn pair(&self) -> Option<(&str, Word)> {
        let (key, value) = self.typed.split_once('=')?;
        let is_key = !key.is_empty() && key.bytes().all(|b| b.is_ascii_alphabetic() || b == b'_');
        let address = self
            .address
            .split_once('=')
            .map_or("", |(_, address)| address);
        is_key.then(|| {
            (
                key,
                Word {
                    typed: value.to_owned(),
                    address: address.to_owned(),
                    ..self.clone()
                },
            )
        })
    }

    /// Whether the word is this keyword, in any case and not in quotes.
    #[must_use]
    pub fn is(&self, keyword: &str) -> bool {
        !self.quoted && self.typed.eq_ignore_ascii_case(keyword)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn typed(text: &str) -> Vec<String> {
        split(text)
            .expect(text)
            .into_iter()
            .map(|word| word.typed)
            .collect()
    }

    #[test]
    fn blanks_and_quotes_of_all_kinds() {
        assert_eq!(typed("  add\u{a0}api   x "), ["add", "api", "x"]);
        assert_eq!(typed("off \"my api\""), ["off", "my api"]);
        assert_eq!(typed("off \u{201c}결제 서버\u{201d}"), ["off", "결제 서버"]);
        assert_eq!(typed("add \"\""), ["add", ""]);
        assert_eq!(typed("off it's"), ["off", "it's"]);
        assert_eq!(split("off \"api"), Err(UnclosedQuote));
    }

    #[test]
    fn what_slack_wraps_is_read_both_ways() {
        let words = split(
            "add <http://api.example.com|api.example.com> <https://10.0.0.5:8080/a?b=1&amp;c=2>",
        )
        .expect("words");
        assert_eq!(
            (words[1].typed.as_str(), words[1].address.as_str()),
            ("api.example.com", "http://api.example.com")
        );
        assert_eq!(words[2].address, "https://10.0.0.5:8080/a?b=1&c=2");
        let words = split("<#C123|ops> <@U1|ann> url=<https://x|x>").expect("words");
        let ops = ChannelRef {
            id: ConversationId::new("C123"),
            name: Some("ops".into()),
        };
        assert_eq!(
            (words[0].typed.as_str(), &words[0].channel),
            ("#ops", &Some(ops))
        );
        assert_eq!(words[1].user, Some(UserId::new("U1")));
        let (key, value) = words[2].pair().expect("a pair");
        assert_eq!((key, value.address.as_str()), ("url", "https://x"));
    }

    #[test]
    fn escapes_are_undone_and_lone_brackets_kept() {
        assert_eq!(typed("a&amp;b &lt;c&gt; <d>"), ["a&b", "<c>", "<d>"]);
        assert_eq!(typed("&amp;lt;"), ["&lt;"]);
    }

    #[test]
    fn a_quotation_mark_behind_a_backslash_is_a_part_of_the_name() {
        assert_eq!(
            typed("off \"the \\\"big\\\" one\""),
            ["off", "the \"big\" one"]
        );
        assert_eq!(typed("off 5\\\""), ["off", "5\""]);
        assert_eq!(
            typed("off \u{201c}a \\\u{201d} b\u{201d}"),
            ["off", "a \u{201d} b"]
        );
        assert_eq!(typed("off \"C:\\\""), ["off", "C:\\"], "as it always was");
        assert_eq!(typed("off a\\b \\"), ["off", "a\\b", "\\"]);
    }

    #[test]
    fn what_could_be_read_otherwise_is_typed_in_quotes() {
        for plain in ["api", "결제-api", "it's", "a\\b"] {
            assert_eq!(as_typed(plain), plain);
        }
        assert_eq!(as_typed("my api"), "\"my api\"");
        assert_eq!(as_typed("the \"big\" one"), "\"the \\\"big\\\" one\"");
        for other in ["all", "ALL", "1h", "env=LIVE", "http://a/"] {
            assert_eq!(as_typed(other), format!("\"{other}\""));
        }
    }

    proptest! {
        #[test]
        fn a_name_that_is_typed_as_offered_is_read_as_that_name(name in "[a-z가\"“”=\\\\ ]{1,12}") {
            let name = name.trim();
            prop_assume!(!name.is_empty());
            let words = split(&format!("check {} x", as_typed(name))).expect("closed");
            prop_assert_eq!(&words[1].typed, name);
            prop_assert_eq!(words.len(), 3);
        }

        #[test]
        fn no_text_panics(text in "\\PC*") {
            let _ = split(&text);
        }

        #[test]
        fn a_quoted_name_is_one_word(name in "[a-z가-힣 =]{1,40}") {
            let words = split(&format!("check \"{name}\" x")).expect("closed");
            prop_assert_eq!(&words[1].typed, &name);
            prop_assert_eq!(words.len(), 3);
        }
    }
}
