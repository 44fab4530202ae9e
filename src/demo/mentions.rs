//! What Slack makes of a typed text before it is sent: mentions and links become tokens
//! (`should_escape` in the manifest).

use super::state::State;

/// The text as a command receives it.
pub(super) fn escaped(state: &State, text: &str) -> String {
    let mut sent = String::new();
    for word in text.split_inclusive(char::is_whitespace) {
        let body = word.trim_end_matches(char::is_whitespace);
        let blank = &word[body.len()..];
        sent.push_str(&token(state, body).unwrap_or_else(|| linked(body)));
        sent.push_str(blank);
    }
    sent
}

/// A word that names a channel or a person.
fn token(state: &State, word: &str) -> Option<String> {
    if let Some(name) = word.strip_prefix('#') {
        let channel = state.channels.iter().find(|channel| channel.name == name)?;
        return Some(format!("<#{}|{}>", channel.id, channel.name));
    }
    let name = word.strip_prefix('@')?;
    let user = state.users.iter().find(|user| user.name == name)?;
    Some(format!("<@{}|{}>", user.id, user.name))
}

/// A word with the web address in it, if any, made a link; `&`, `<` and `>` escaped.
fn linked(word: &str) -> String {
    let start = ["https://", "http://"]
        .iter()
        .filter_map(|scheme| word.find(scheme))
        .min();
    let Some(start) = start else {
        return if is_bare_address(word) {
            format!("<http://{word}|{word}>")
        } else {
            plain(word)
        };
    };
    let (before, address) = word.split_at(start);
    let end = address.find(['"', '”', '>']).unwrap_or(address.len());
    let (address, after) = address.split_at(end);
    format!("{}<{}>{}", plain(before), plain(address), plain(after))
}

/// Whether Slack takes the word for an address that lacks its scheme: `db.example.com`, perhaps
/// with a port or a path.
fn is_bare_address(word: &str) -> bool {
    let host = word.split(['/', ':']).next().unwrap_or_default();
    let Some((name, end)) = host.rsplit_once('.') else {
        return false;
    };
    let label = |part: &str| {
        !part.is_empty()
            && part
                .chars()
                .all(|letter| letter.is_ascii_alphanumeric() || letter == '-')
    };
    ["com", "net", "org", "io", "dev", "app"].contains(&end) && name.split('.').all(label)
}

fn plain(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::clock::{ManualClock, Timestamp};
    use crate::demo::Options;

    #[test]
    fn typed_mentions_and_addresses_become_tokens() {
        let clock = Arc::new(ManualClock::new(Timestamp::UNIX_EPOCH));
        let state = State::new(&Options::new(clock));
        let ops = &state.channel("ops").unwrap().id;
        let dana = &state.user("dana").unwrap().id;
        assert_eq!(
            escaped(&state, "/health subscribe #ops  @dana #nowhere"),
            format!("/health subscribe <#{ops}|ops>  <@{dana}|dana> #nowhere")
        );
        assert_eq!(
            escaped(
                &state,
                "add a&b url=https://x.test/?a=1&b=2 db.example.com:5432 ws://h:1/"
            ),
            "add a&amp;b url=<https://x.test/?a=1&amp;b=2> \
             <http://db.example.com:5432|db.example.com:5432> ws://h:1/"
        );
    }
}
