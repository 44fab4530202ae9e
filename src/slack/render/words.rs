//! The bot's words in each language: what stands in `assets/locales`, read by Project Fluent.
//!
//! A text is asked for by its name, a literal: `tr!(words, "removed", server = name)`. `tests/it/locales.rs` reads these
//! lines and holds every language to them: each name is there, each is used, with exactly these variables.

use std::sync::LazyLock;
use std::time::Duration;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use unic_langid::LanguageIdentifier;

use crate::domain::language::Language;
use crate::domain::span::{self, Unit};
use crate::slack::render::text;

type Texts = FluentBundle<FluentResource>;

/// The texts of one language, as they stand in its directory.
macro_rules! texts_in {
    ($directory:literal) => {
        [
            include_str!(concat!(
                "../../../assets/locales/",
                $directory,
                "/common.ftl"
            )),
            include_str!(concat!(
                "../../../assets/locales/",
                $directory,
                "/messages.ftl"
            )),
            include_str!(concat!(
                "../../../assets/locales/",
                $directory,
                "/answers.ftl"
            )),
            include_str!(concat!(
                "../../../assets/locales/",
                $directory,
                "/mistakes.ftl"
            )),
            include_str!(concat!("../../../assets/locales/", $directory, "/help.ftl")),
            include_str!(concat!(
                "../../../assets/locales/",
                $directory,
                "/screens.ftl"
            )),
        ]
    };
}

static ENGLISH: LazyLock<Texts> = LazyLock::new(|| read(Language::English, texts_in!("en")));
static KOREAN: LazyLock<Texts> = LazyLock::new(|| read(Language::Korean, texts_in!("ko")));

/// What is wrong in a file is left out of it; the tests parse them all and find nothing.
fn read<const FILES: usize>(language: Language, files: [&str; FILES]) -> Texts {
    let locale: LanguageIdentifier = language.code().parse().unwrap_or_default();
    let mut texts = FluentBundle::new_concurrent(vec![locale]);
    // Marks around each value would keep a right-to-left name apart; such marks are taken out of names anyway.
    texts.set_use_isolating(false);
    for file in files {
        let resource = FluentResource::try_new(file.to_owned());
        texts.add_resource_overriding(resource.unwrap_or_else(|(sound, _)| sound));
    }
    texts
}

/// What the bot says in one language. It is handed to whatever renders something.
#[derive(Clone, Copy)]
pub struct Words {
    language: Language,
    texts: &'static Texts,
}

impl std::fmt::Debug for Words {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Words").field(&self.language).finish()
    }
}

impl From<Language> for Words {
    fn from(language: Language) -> Self {
        let texts = match language {
            Language::English => &*ENGLISH,
            Language::Korean => &*KOREAN,
        };
        Self { language, texts }
    }
}

impl Words {
    /// The text of this name with its variables filled in; the name itself where there is none, which the tests exclude.
    pub(super) fn text<const COUNT: usize>(
        self,
        name: &str,
        variables: [(&'static str, FluentValue<'_>); COUNT],
    ) -> String {
        let message = self.texts.get_message(name);
        let Some(pattern) = message.and_then(|message| message.value()) else {
            return name.to_owned();
        };
        let variables = FluentArgs::from_iter(variables);
        let mut faults = Vec::new();
        let text = self
            .texts
            .format_pattern(pattern, Some(&variables), &mut faults);
        text.into_owned()
    }

    /// English prose of others in a sentence, such as an error of the store's: where the sentence is not English, it is
    /// set apart as a quotation. It is empty only where nothing of it can be shown.
    pub(super) fn quoted(self, prose: &str, chars: usize) -> String {
        match self.language {
            Language::English => text::mrkdwn(prose, chars),
            Language::Korean => text::code(prose, chars),
        }
    }

    /// Words as alternatives: one or another.
    pub(super) fn any_of(self, words: &[String]) -> String {
        let words = words.iter().cloned();
        let joined = words.reduce(|before, last| tr!(self, "or", before = before, last = last));
        joined.unwrap_or_default()
    }

    /// How long something lasted, in the two largest units that matter.
    pub(super) fn rough(self, span: Duration) -> String {
        let parts = span::rough(span)
            .into_iter()
            .map(|(count, unit)| match unit {
                Unit::Day => tr!(self, "rough-days", count = count),
                Unit::Hour => tr!(self, "rough-hours", count = count),
                Unit::Minute => tr!(self, "rough-minutes", count = count),
                Unit::Second | Unit::Millisecond => tr!(self, "rough-seconds", count = count),
            });
        let joined =
            parts.reduce(|before, last| tr!(self, "rough-pair", before = before, last = last));
        joined.unwrap_or_else(|| tr!(self, "rough-instant"))
    }

    /// A length of time exactly, such as an interval is set to.
    pub(super) fn exact(self, span: Duration) -> String {
        let parts = span::counted(span)
            .into_iter()
            .map(|(count, unit)| match unit {
                Unit::Day => tr!(self, "exact-days", count = count),
                Unit::Hour => tr!(self, "exact-hours", count = count),
                Unit::Minute => tr!(self, "exact-minutes", count = count),
                Unit::Second => tr!(self, "exact-seconds", count = count),
                Unit::Millisecond => tr!(self, "exact-milliseconds", count = count),
            });
        let joined =
            parts.reduce(|before, last| tr!(self, "exact-pair", before = before, last = last));
        joined.unwrap_or_else(|| tr!(self, "exact-seconds", count = 0))
    }
}

/// A text in the language at hand: its name, and its variables by theirs.
macro_rules! tr {
    ($words:expr, $name:literal $(, $variable:ident = $value:expr)* $(,)?) => {
        $words.text(
            $name,
            [$((stringify!($variable), ::fluent_bundle::FluentValue::from($value))),*],
        )
    };
}

pub(in crate::slack::render) use tr;
