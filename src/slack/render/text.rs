//! Foreign text made harmless: nothing that a server, a person or the network names can ping a channel, forge a link
//! or break a limit.
//!
//! Escaping: <https://docs.slack.dev/messaging/formatting-message-text#escaping>. Date tokens: the same page.

use crate::clock::Timestamp;

/// How much of a server's name a message shows, in characters.
pub const NAME_CHARS: usize = 80;

/// How much of an address a message shows, in characters.
pub const ADDRESS_CHARS: usize = 200;

/// Whether a character may stand in a message: no control characters, no line or paragraph separators, nothing that
/// turns the direction of the text, no invisible joiners that could hide what a name says.
fn is_shown(c: char) -> bool {
    !c.is_control()
        && !matches!(c,
            '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{61c}'
            | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// Foreign text for a `plain_text` object: what cannot be shown becomes a blank, and it is cut to `chars`.
#[must_use]
pub fn plain(text: &str, chars: usize) -> String {
    let mut shown: String = text
        .chars()
        .map(|c| if is_shown(c) { c } else { ' ' })
        .take(chars + 1)
        .collect();
    if let Some((at, _)) = shown.char_indices().nth(chars) {
        shown.truncate(at);
        shown.pop();
        shown.push('…');
    }
    shown
}

/// Foreign text for mrkdwn: made plain, then Slack's three characters are escaped. It is `chars` long at most as it is
/// sent: Slack's limits count the escapes, and a name of nothing but ampersands is five times as long as it looks.
#[must_use]
pub fn mrkdwn(text: &str, chars: usize) -> String {
    escape(&plain(text, chars), chars)
}

fn escape(text: &str, chars: usize) -> String {
    let sent = |c| match c {
        '&' => "&amp;".len(),
        '<' | '>' => "&lt;".len(),
        _ => 1,
    };
    let fits = text.chars().map(sent).sum::<usize>() <= chars;
    let mut room = if fits { chars } else { chars.saturating_sub(1) };
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        let Some(left) = room.checked_sub(sent(c)) else {
            break;
        };
        room = left;
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            _ => escaped.push(c),
        }
    }
    if !fits {
        escaped.push('…');
    }
    escaped
}

/// Foreign text in backticks, where Slack makes no link of it. Backticks cannot be escaped, so they become primes.
#[must_use]
pub fn code(text: &str, chars: usize) -> String {
    let text = plain(text, chars).replace('`', "′");
    let text = text.trim();
    if text.is_empty() {
        String::new()
    } else {
        format!("`{}`", escape(text, chars))
    }
}

/// A moment in each reader's own time zone, with a UTC fallback.
#[must_use]
pub fn date(at: Timestamp) -> String {
    format!(
        "<!date^{}^{{date_short_pretty}} {{time_secs}}|{}>",
        at.timestamp(),
        utc(at)
    )
}

/// A moment in UTC, for where tokens are not read.
#[must_use]
pub fn utc(at: Timestamp) -> String {
    at.format("%Y-%m-%d %H:%M:%S UTC").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn mentions_links_and_hidden_characters_die() {
        assert_eq!(
            mrkdwn("<!channel> & <@U1>", 80),
            "&lt;!channel&gt; &amp; &lt;@U1&gt;"
        );
        assert_eq!(plain("a\u{202e}b\u{200b}c\nd", 80), "a b c d");
        assert_eq!(code("a`b` <x>", 80), "`a′b′ &lt;x&gt;`");
        assert_eq!(plain("abcdef", 4), "abc…");
        assert_eq!(mrkdwn("&&&", 15), "&amp;&amp;&amp;");
        assert_eq!(mrkdwn("&&&", 14), "&amp;&amp;…");
    }

    #[test]
    fn a_date_reads_in_the_readers_time_zone_and_falls_back_to_utc() {
        let at = Timestamp::from_timestamp(1_795_551_108, 0).expect("in range");
        assert_eq!(
            date(at),
            "<!date^1795551108^{date_short_pretty} {time_secs}|2026-11-24 20:11:48 UTC>"
        );
    }

    proptest! {
        #[test]
        fn hostile_text_holds_no_live_syntax_and_keeps_its_limit(text in "(<|>|&|`|!|@|#|\\||https://x|channel|\\PC){0,60}") {
            let shown = mrkdwn(&text, 40);
            prop_assert!(!shown.contains('<') && !shown.contains('>'));
            prop_assert!(shown.chars().count() <= 40);
            prop_assert!(plain(&text, 40).chars().count() <= 40);
            let shown = code(&text, 40);
            prop_assert!(shown.matches('`').count() == 2 || shown.is_empty());
        }
    }
}
