//! Forms, what is wrong in them, and what stands in their place once they are saved.

use std::collections::BTreeMap;

use serde::Serialize;
use slack_morphism::prelude::{SlackBlock, SlackModalView, SlackView};

use crate::clock::Timestamp;
use crate::domain::forbidden::Forbidden;
use crate::domain::form::{Draft, Field, LineAdded, LineError, Looked, Wrong};
use crate::domain::home::{HomeState, SEARCH_CHARS};
use crate::domain::press::Press;
use crate::domain::reply::Reply;
use crate::domain::server::{Environment, HostName, Server};
use crate::domain::settings::Settings;
use crate::domain::target::ServerType;
use crate::slack::form::{
    ADD_MANY, ADD_SERVER, BY_ADDRESS, EDIT_SERVER, FIND, LINES, SEARCH, block_id, checked_mark,
};
use crate::slack::press::home_value;
use crate::slack::render::kit::{self, Button, Select, TextInput};
use crate::slack::render::mistake::{
    field_label, forbidden as forbidden_address, in_field, sentence,
};
use crate::slack::render::reply::{first_look, paragraphs, reply};
use crate::slack::render::server::name;
use crate::slack::render::words::{Words, tr};
use crate::slack::render::{View, text};

/// The longest address that a form takes, in characters: the longest path beside a host's longest name.
const ADDRESS_CHARS: usize = 2_500;

/// What stands in the form that adds many while it is empty.
const LINES_EXAMPLE: &str =
    "api https://10.0.0.5:8080/healthz env=LIVE\nchat ws://10.0.0.6:9000/ws interval=10s";

/// The longest of the short fields, in characters.
const SHORT_CHARS: usize = 40;

/// What a submitted form is answered, as Slack wants it.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "response_action", rename_all = "snake_case")]
pub enum FormAnswer {
    /// It is closed.
    Clear,
    /// It stays, and says what is wrong below the fields.
    Errors {
        /// By the block of each field.
        errors: BTreeMap<&'static str, String>,
    },
    /// Something else stands in its place.
    Update {
        /// What.
        view: View,
    },
}

/// The form about one server: a new one, or filled in as `edits` is.
#[must_use]
pub fn server_form(words: Words, edits: Option<&Server>, defaults: &Settings) -> View {
    let draft = edits.map(Draft::of).unwrap_or_default();
    let mut blocks = server_fields(words, &draft, defaults);
    match edits {
        Some(server) => form(
            words,
            &tr!(words, "form-edit"),
            &tr!(words, "form-save"),
            EDIT_SERVER,
            server.id.to_string(),
            blocks,
        ),
        None => {
            let many = Button::new(tr!(words, "button-add-many"), Press::AddMany);
            blocks.push(kit::actions(vec![many]));
            form(
                words,
                &tr!(words, "form-add"),
                &tr!(words, "form-add-submit"),
                ADD_SERVER,
                String::new(),
                blocks,
            )
        }
    }
}

/// A field of the form each, as `draft` fills them in.
fn server_fields(words: Words, draft: &Draft, defaults: &Settings) -> Vec<SlackBlock> {
    let typed = |field: Field, placeholder: String, most| {
        let input = TextInput {
            holds: draft.get(field).to_owned(),
            placeholder,
            optional: most == SHORT_CHARS,
            most,
            ..TextInput::default()
        };
        kit::text_input(block_id(field), &field_label(words, field), &input)
    };
    let or_default = |value: String| tr!(words, "form-as-by-default", value = value);
    vec![
        typed(Field::Name, "api".into(), HostName::MAX_CHARS),
        typed(
            Field::Address,
            "https://10.0.0.5:8080/healthz".into(),
            ADDRESS_CHARS,
        ),
        environments(words, draft.get(Field::Environment)),
        types(words, draft.get(Field::Type)),
        typed(
            Field::Interval,
            or_default(defaults.interval.to_string()),
            SHORT_CHARS,
        ),
        typed(
            Field::Timeout,
            or_default(defaults.timeout.to_string()),
            SHORT_CHARS,
        ),
        typed(
            Field::Failures,
            or_default(defaults.failures.to_string()),
            SHORT_CHARS,
        ),
        typed(
            Field::Recoveries,
            or_default(defaults.recoveries.to_string()),
            SHORT_CHARS,
        ),
    ]
}

fn environments(words: Words, holds: &str) -> SlackBlock {
    let holds = holds.parse().unwrap_or_default();
    let options = Environment::ALL.map(|environment| {
        let word = environment.to_string();
        (word.clone(), word)
    });
    let chosen = Environment::ALL.iter().position(|option| *option == holds);
    let select = Select {
        action_id: kit::INPUT,
        options: options.to_vec(),
        chosen: chosen.unwrap_or_default(),
    };
    let field = Field::Environment;
    kit::select_input(block_id(field), &field_label(words, field), select)
}

fn types(words: Words, holds: &str) -> SlackBlock {
    let mut options = vec![(tr!(words, "form-type-by-address"), BY_ADDRESS.to_owned())];
    options.extend(ServerType::ALL.map(|of| {
        let code = of.code().to_string();
        (format!("{code} ({})", of.check()), code)
    }));
    let chosen = options.iter().position(|(_, value)| value == holds);
    let select = Select {
        action_id: kit::INPUT,
        options,
        chosen: chosen.unwrap_or_default(),
    };
    kit::select_input(
        block_id(Field::Type),
        &field_label(words, Field::Type),
        select,
    )
}

/// The form that adds many: at first empty, then with what each line would do.
#[must_use]
pub fn many_form(words: Words, lines: &str, looked: &[Looked]) -> View {
    let wrong = looked.iter().filter(|line| line.found.is_err()).count();
    let sound = looked.len() - wrong;
    let input = TextInput {
        holds: lines.to_owned(),
        placeholder: LINES_EXAMPLE.to_owned(),
        multiline: true,
        most: kit::INPUT_CHARS,
        hint: tr!(words, "many-hint"),
        ..TextInput::default()
    };
    let mut blocks = vec![kit::text_input(LINES, &tr!(words, "many-label"), &input)];
    let (submit, mark) = match (sound, wrong) {
        (0, 0) => (tr!(words, "many-check"), String::new()),
        (count, 0) => (tr!(words, "many-add", count = count), checked_mark(lines)),
        _ => (tr!(words, "many-check-again"), String::new()),
    };
    if !looked.is_empty() {
        let mut report = vec![match wrong {
            0 => tr!(words, "many-sound"),
            count => tr!(words, "many-wrong", count = count),
        }];
        report.extend(looked.iter().map(|line| looked_line(words, line)));
        blocks.extend(paragraphs(&report));
    }
    let title = tr!(words, "form-add-many");
    form(words, &title, &submit, ADD_MANY, mark, blocks)
}

fn looked_line(words: Words, line: &Looked) -> String {
    match &line.found {
        Ok(described) => {
            let fields = &described.fields;
            let address = fields
                .address
                .as_ref()
                .map(|address| address.target.url(described.server_type.check()));
            format!(
                "✅ *{}*  {}  {} {}",
                name(described.name.as_str()),
                fields.environment.unwrap_or_default(),
                described.server_type.check(),
                text::code(&address.unwrap_or_default(), 100),
            )
        }
        Err(error) => tr!(
            words,
            "many-line-wrong",
            number = line.number,
            error = line_error(words, error)
        ),
    }
}

fn line_error(words: Words, error: &LineError) -> String {
    match error {
        LineError::Mistake(error) => sentence(words, &error.problem),
        LineError::NameTaken(taken) => {
            let server = format!("*{}*", name(taken));
            tr!(words, "form-name-taken", server = server)
        }
        LineError::Forbidden(reason) => forbidden_address(words, reason),
        LineError::Store(reason) => {
            tr!(
                words,
                "many-store-trouble",
                reason = words.quoted(reason, 200)
            )
        }
    }
}

/// What came of many lines.
#[must_use]
pub fn many_added(words: Words, lines: &[LineAdded]) -> View {
    let added = lines.iter().filter(|line| line.added.is_ok()).count();
    let mut report = vec![tr!(words, "many-added", count = added)];
    report.extend(lines.iter().map(|line| match &line.added {
        Ok(outcome) => format!(
            "*{}*  {}",
            name(&line.name),
            first_look(words, outcome.as_ref())
        ),
        Err(error) => format!("*{}*  ❌ {}", name(&line.name), line_error(words, error)),
    }));
    modal(words, paragraphs(&report))
}

/// The form that asks what to search for.
#[must_use]
pub fn find_form(words: Words, state: &HomeState) -> View {
    let input = TextInput {
        holds: state.search.clone(),
        placeholder: "api".to_owned(),
        optional: true,
        most: SEARCH_CHARS,
        hint: tr!(words, "find-hint"),
        ..TextInput::default()
    };
    let title = tr!(words, "find-title");
    let blocks = vec![kit::text_input(SEARCH, &title, &input)];
    let submit = tr!(words, "button-find");
    form(words, &title, &submit, FIND, home_value(state), blocks)
}

/// An answer where there is no message to put it into.
#[must_use]
pub fn note(words: Words, answer: &Reply, now: Timestamp) -> View {
    modal(words, reply(words, answer, now).blocks)
}

/// What stands there while something takes longer than Slack waits.
#[must_use]
pub fn waiting(words: Words) -> View {
    modal(words, vec![kit::section(&tr!(words, "waiting"))])
}

/// What is wrong, each below its field.
#[must_use]
pub fn wrong(words: Words, mistakes: &[Wrong]) -> FormAnswer {
    let mut errors = BTreeMap::new();
    for (field, problem) in mistakes {
        errors
            .entry(block_id(*field))
            .or_insert_with(|| in_field(words, problem));
    }
    FormAnswer::Errors { errors }
}

/// The same where the form gave way to a note meanwhile.
#[must_use]
pub fn late_errors(words: Words, errors: &BTreeMap<&'static str, String>) -> View {
    let mut lines = vec![tr!(words, "nothing-saved")];
    lines.extend(errors.values().map(|error| text::mrkdwn(error, 400)));
    modal(words, paragraphs(&lines))
}

/// Another server has the name.
#[must_use]
pub fn name_taken(words: Words, taken: &str) -> FormAnswer {
    let server = text::plain(taken, text::NAME_CHARS);
    one_error(
        block_id(Field::Name),
        tr!(words, "form-name-taken", server = server),
    )
}

/// The address must not be probed.
#[must_use]
pub fn forbidden(words: Words, reason: &Forbidden) -> FormAnswer {
    one_error(block_id(Field::Address), forbidden_address(words, reason))
}

/// Nothing stands in the form that adds many.
#[must_use]
pub fn no_lines(words: Words) -> FormAnswer {
    one_error(LINES, tr!(words, "many-no-lines"))
}

fn one_error(block: &'static str, error: String) -> FormAnswer {
    FormAnswer::Errors {
        errors: BTreeMap::from([(block, error)]),
    }
}

fn form(
    words: Words,
    title: &str,
    submit: &str,
    callback_id: &str,
    about: String,
    blocks: Vec<SlackBlock>,
) -> View {
    let view = SlackModalView::new(kit::title(title), capped(blocks))
        .with_submit(kit::title(submit))
        .with_close(kit::title(&tr!(words, "form-cancel")))
        .with_callback_id(callback_id.into())
        .with_private_metadata(about);
    View(SlackView::Modal(view))
}

fn modal(words: Words, blocks: Vec<SlackBlock>) -> View {
    let view = SlackModalView::new(kit::title("Healthbot"), capped(blocks))
        .with_close(kit::title(&tr!(words, "form-done")));
    View(SlackView::Modal(view))
}

fn capped(mut blocks: Vec<SlackBlock>) -> Vec<SlackBlock> {
    blocks.truncate(kit::VIEW_BLOCKS);
    blocks
}
