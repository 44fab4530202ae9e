//! What was wrong with a command, and a line that would work.

use crate::domain::command::{CommandError, Condition, Problem, may_be_a_hook};
use crate::slack::render::text;

/// One mistake as a sentence, and what to type instead.
pub(super) fn mistake(error: &CommandError) -> String {
    format!(
        "🤔 {}\nLike this: `{}`",
        sentence(&error.problem),
        error.topic.example(),
    )
}

fn typed(word: &str) -> String {
    if may_be_a_hook(word) {
        return "that address".to_owned();
    }
    match text::code(word, 60) {
        shown if shown.is_empty() => "an empty word".to_owned(),
        shown => shown,
    }
}

/// An error of the domain as a sentence; it quotes what was typed, so it is escaped.
fn foreign(error: &impl ToString) -> String {
    as_sentence(&text::mrkdwn(&error.to_string(), 400))
}

fn as_sentence(text: &str) -> String {
    let mut chars = text.chars();
    match chars.next() {
        Some(first) => format!("{}{}.", first.to_uppercase(), chars.as_str()),
        None => String::new(),
    }
}

/// One mistake in a form's field, which shows plain text.
pub(super) fn in_field(problem: &Problem) -> String {
    let plainly =
        |error: &dyn std::fmt::Display| as_sentence(&text::plain(&error.to_string(), 400));
    match problem {
        Problem::Missing(what) => format!("{what} is missing."),
        Problem::Type(error) => plainly(error),
        Problem::Name(error) => plainly(error),
        Problem::Address(error) => plainly(error),
        Problem::Environment(error) => plainly(error),
        Problem::Range(error) => plainly(error),
        other => sentence(other),
    }
}

pub(super) fn sentence(problem: &Problem) -> String {
    match problem {
        Problem::UnknownCommand { word, nearest: Some(nearest) } => {
            format!("There is no command {}. Did you mean `{}`?", typed(word), nearest.word())
        }
        Problem::UnknownCommand { word, nearest: None } => {
            format!("There is no command {}. `/health help` shows all of them.", typed(word))
        }
        Problem::UnclosedQuote => {
            "A quotation mark is opened and not closed. Names with blanks stand between two of them.".into()
        }
        Problem::Missing(what) => format!("{what} is missing."),
        Problem::Unexpected(word) => format!(
            "I don't know what {} means here. Names with blanks stand in quotes.",
            typed(word)
        ),
        Problem::UnknownKey { key, known } => {
            format!("There is no key {}. The keys are {}.", typed(key), known.join(", "))
        }
        Problem::Twice(key) => format!("{} stands there twice.", typed(key)),
        Problem::UnknownFilter(word) => {
            let known = Condition::ALL.map(Condition::word).join(", ");
            format!("A list can be narrowed to {known} or env=LIVE, not to {}.", typed(word))
        }
        Problem::NoAct(known) => format!("What is to be done? It is {}.", known.join(", ")),
        Problem::UnknownAct { word, known } => {
            format!("I don't know how to {}. It is {}.", typed(word), known.join(", "))
        }
        Problem::NotAHook => "A webhook needs a name and, where it is added, the URL that Slack gave for it: it begins \
             with https://hooks.slack.com/services/. The name comes first; with blanks in it, it stands in quotes."
            .into(),
        Problem::WebhookName => {
            "A webhook's name has 1 to 255 characters, and no line breaks or control characters.".into()
        }
        Problem::NotAChannel(word) => {
            format!("{} is no channel. Type # and choose one from Slack's list.", typed(word))
        }
        Problem::NotOnOrOff(value) => format!("It is on or off, not {}.", typed(value)),
        Problem::TypeIsNoNumber(value) => format!(
            "{} is no server type. The types are 1 and 6 (HTTP) and 2, 3 and 4 (WebSocket).",
            typed(value)
        ),
        Problem::TypeContradictsAddress { named, check } => format!(
            "Type {} is checked by {}, but the address stands for {check}. Leave the type out, or change the address.",
            named.code(),
            named.check(),
        ),
        Problem::Type(error) => foreign(error),
        Problem::Name(error) => foreign(error),
        Problem::Address(error) => foreign(error),
        Problem::Environment(error) => foreign(error),
        Problem::Range(error) => foreign(error),
    }
}
