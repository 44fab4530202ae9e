//! What was wrong with a command or a form, and a line that would work.

use crate::domain::command::{CommandError, Condition, Problem, Topic, may_be_a_hook};
use crate::domain::forbidden::{Forbidden, Reason};
use crate::domain::form::Field;
use crate::domain::server::UnknownEnvironment;
use crate::domain::settings::OutOfRange;
use crate::domain::target::{AddressError, Check, ServerType};
use crate::slack::render::reply::like_this;
use crate::slack::render::text;
use crate::slack::render::words::{Words, tr};

/// How much is shown of what was typed where an address must stand, in characters.
const TYPED_CHARS: usize = 200;

/// One mistake as a sentence, and what to type instead.
pub(super) fn mistake(words: Words, error: &CommandError) -> String {
    let sentence = sentence(words, &error.problem);
    format!("🤔 {sentence}\n{}", like_this(words, error.example()))
}

/// A word as it was typed, in backticks.
fn typed(words: Words, word: &str) -> String {
    if may_be_a_hook(word) {
        return tr!(words, "that-address");
    }
    match text::code(word, 60) {
        shown if shown.is_empty() => tr!(words, "an-empty-word"),
        shown => shown,
    }
}

/// A text with a large letter at its beginning.
fn capitalized(text: &str) -> String {
    let mut chars = text.chars();
    match chars.next() {
        Some(first) => format!("{}{}", first.to_uppercase(), chars.as_str()),
        None => String::new(),
    }
}

/// What is wrong with a value, with its end.
fn ended(wrong: String) -> String {
    wrong + "."
}

/// One mistake in a form's field, which shows plain text.
pub(super) fn in_field(words: Words, problem: &Problem) -> String {
    worded(words, problem, &|word| text::plain(word, TYPED_CHARS))
}

/// One mistake as a sentence in mrkdwn.
pub(super) fn sentence(words: Words, problem: &Problem) -> String {
    worded(words, problem, &|word| text::mrkdwn(word, TYPED_CHARS))
}

/// One mistake; `shown` makes harmless what was typed as a value. Every mistake is named here, so that a new one does not
/// compile until it has its words.
fn worded(words: Words, problem: &Problem, shown: &dyn Fn(&str) -> String) -> String {
    let typed = |word: &str| typed(words, word);
    capitalized(&match problem {
        Problem::UnknownCommand { word, nearest } => unknown_command(words, word, *nearest),
        Problem::UnclosedQuote => tr!(words, "quote-not-closed"),
        Problem::Missing(what) => tr!(words, "word-missing", what = *what),
        Problem::EmptyField(field) => {
            tr!(words, "field-missing", field = field_label(words, *field))
        }
        Problem::Unexpected(word) => tr!(words, "word-unexpected", typed = typed(word)),
        Problem::UnknownKey { key, known } => {
            let known = known.join(", ");
            tr!(words, "no-such-key", typed = typed(key), known = known)
        }
        Problem::Twice(key) => tr!(words, "key-twice", typed = typed(key)),
        Problem::UnknownFilter(word) => {
            let known = conditions();
            tr!(words, "no-such-filter", typed = typed(word), known = known)
        }
        Problem::SecondFilter(word) => {
            let known = conditions();
            tr!(words, "second-filter", typed = typed(word), known = known)
        }
        Problem::NoAct(known) => tr!(words, "act-missing", known = known.join(", ")),
        Problem::UnknownAct { word, known } => {
            let known = known.join(", ");
            tr!(words, "no-such-act", typed = typed(word), known = known)
        }
        Problem::NotAHook => tr!(words, "not-a-hook"),
        Problem::HookElsewhere(host) => tr!(words, "hook-elsewhere", typed = typed(host)),
        Problem::WebhookName => tr!(words, "webhook-name-invalid"),
        Problem::NotAChannel(word) => tr!(words, "not-a-channel", typed = typed(word)),
        Problem::NotOnOrOff { key, value } => {
            let key = typed(key);
            tr!(words, "not-on-or-off", key = key, typed = typed(value))
        }
        Problem::TypeIsNoNumber(value) => tr!(words, "type-is-no-number", typed = typed(value)),
        Problem::TypeContradictsAddress { named, check } => contradiction(words, *named, *check),
        Problem::Type(error) => ended(tr!(words, "no-such-type", code = error.0.to_string())),
        Problem::Name(_) => ended(tr!(words, "server-name-invalid")),
        Problem::Address(error) => ended(address(words, error, shown)),
        Problem::Environment(error) => ended(environment(words, error, shown)),
        Problem::Range(error) => ended(range(words, error)),
        Problem::Remind(value) => tr!(words, "remind-invalid", typed = typed(value)),
    })
}

/// What a list can be narrowed to.
fn conditions() -> String {
    Condition::ALL.map(Condition::word).join(", ")
}

fn unknown_command(words: Words, word: &str, nearest: Option<Topic>) -> String {
    let typed = typed(words, word);
    match nearest {
        Some(nearest) => {
            let nearest = nearest.word();
            tr!(
                words,
                "no-such-command-near",
                typed = typed,
                nearest = nearest
            )
        }
        None => tr!(words, "no-such-command", typed = typed),
    }
}

fn contradiction(words: Words, named: ServerType, check: Check) -> String {
    tr!(
        words,
        "type-contradicts-address",
        code = named.code(),
        check = named.check().to_string(),
        other = check.to_string(),
    )
}

fn environment(words: Words, error: &UnknownEnvironment, shown: &dyn Fn(&str) -> String) -> String {
    match error.0.trim() {
        "" => tr!(words, "environment-empty"),
        typed => tr!(words, "no-such-environment", typed = shown(typed)),
    }
}

fn range(words: Words, error: &OutOfRange) -> String {
    match error {
        OutOfRange::NoSpan(what) => tr!(words, "not-a-span", what = *what),
        OutOfRange::Span(what, least, most) => tr!(
            words,
            "span-out-of-range",
            what = *what,
            least = *least,
            most = *most
        ),
        OutOfRange::Count(what) => tr!(words, "count-out-of-range", what = *what),
    }
}

fn address(words: Words, error: &AddressError, shown: &dyn Fn(&str) -> String) -> String {
    match error {
        AddressError::Unreadable(text) if text.trim().is_empty() => tr!(words, "address-empty"),
        AddressError::Unreadable(text) => {
            tr!(words, "address-unreadable", typed = shown(text))
        }
        AddressError::Scheme(scheme) => tr!(words, "address-scheme", typed = shown(scheme)),
        AddressError::Host(host) => tr!(words, "address-host", typed = shown(host)),
        AddressError::Credentials => tr!(words, "address-credentials"),
        AddressError::Port => tr!(words, "address-port"),
        AddressError::Path => tr!(words, "address-path"),
    }
}

/// Why an address must not be probed, as a sentence without its end. Nothing in it is foreign.
pub(super) fn forbidden(words: Words, error: &Forbidden) -> String {
    let mut address = error.address.to_string();
    if error.judged != error.address {
        let judged = error.judged.to_string();
        address = tr!(
            words,
            "forbidden-stands-for",
            address = address,
            judged = judged
        );
    }
    match error.reason {
        Reason::Metadata => tr!(words, "forbidden-metadata", address = address),
        Reason::LinkLocal => tr!(words, "forbidden-link-local", address = address),
        Reason::Unspecified => tr!(words, "forbidden-unspecified", address = address),
        Reason::Multicast => tr!(words, "forbidden-multicast", address = address),
        Reason::Broadcast => tr!(words, "forbidden-broadcast", address = address),
        Reason::OwnListener(port) => {
            let port = port.to_string();
            tr!(
                words,
                "forbidden-own-listener",
                address = address,
                port = port
            )
        }
        Reason::Loopback => tr!(words, "forbidden-loopback", address = address),
        Reason::OutsideNetworks => tr!(words, "forbidden-outside-networks", address = address),
    }
}

/// The label of a field in the form about a server.
pub(super) fn field_label(words: Words, field: Field) -> String {
    match field {
        Field::Name => tr!(words, "field-name"),
        Field::Address => tr!(words, "field-address"),
        Field::Environment => tr!(words, "field-environment"),
        Field::Type => tr!(words, "field-type"),
        Field::Interval => tr!(words, "field-interval"),
        Field::Timeout => tr!(words, "field-timeout"),
        Field::Failures => tr!(words, "field-failures"),
        Field::Recoveries => tr!(words, "field-recoveries"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::language::Language;
    use crate::domain::server::{Environment, HostName};
    use crate::domain::settings::{Confirmations, Interval};
    use crate::domain::target::Address;
    use std::net::IpAddr;

    fn as_sentence(text: &str) -> String {
        ended(capitalized(text))
    }

    /// The API tells the same mistakes in the domain's own words.
    #[test]
    fn slack_and_the_api_say_the_same_in_english() {
        let words = Words::from(Language::English);
        let said = |problem: Problem| sentence(words, &problem);
        let long = format!("/{}", "a".repeat(3_000));
        for bad in [
            "x",
            "ftp://h/",
            "http://[::x]/",
            "http://a:b@h/",
            "h:0",
            &format!("h:1{long}"),
        ] {
            let error = Address::parse(bad).expect_err("no address");
            assert_eq!(said(error.clone().into()), as_sentence(&error.to_string()));
        }
        for bad in ["x", "1ms"] {
            let error = Interval::parse(bad).expect_err("no interval");
            assert_eq!(said(error.clone().into()), as_sentence(&error.to_string()));
        }
        let error = Confirmations::parse("0", "failures").expect_err("too few");
        assert_eq!(said(error.clone().into()), as_sentence(&error.to_string()));
        let error = HostName::parse("").expect_err("empty");
        assert_eq!(said(error.into()), as_sentence(&error.to_string()));
        let error = "prod".parse::<Environment>().expect_err("no such");
        assert_eq!(said(error.clone().into()), as_sentence(&error.to_string()));
        let error = ServerType::try_from(5_i64).expect_err("no such");
        assert_eq!(said(error.into()), as_sentence(&error.to_string()));
    }

    #[test]
    fn slack_and_the_api_forbid_in_the_same_english() {
        let [address, judged] = ["::ffff:127.0.0.1", "127.0.0.1"].map(|text| {
            let address: IpAddr = text.parse().expect("an address");
            address
        });
        for reason in [
            Reason::Metadata,
            Reason::LinkLocal,
            Reason::Unspecified,
            Reason::Multicast,
            Reason::Broadcast,
            Reason::OwnListener(3_000),
            Reason::Loopback,
            Reason::OutsideNetworks,
        ] {
            for address in [address, judged] {
                let error = Forbidden {
                    address,
                    judged,
                    reason,
                };
                let said = forbidden(Language::English.into(), &error);
                assert_eq!(said, error.to_string());
            }
        }
    }
}
