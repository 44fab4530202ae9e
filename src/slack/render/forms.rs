//! Forms, what is wrong in them, and what stands in their place once they are saved.

use std::collections::BTreeMap;

use serde::Serialize;
use slack_morphism::prelude::{SlackBlock, SlackModalView, SlackView};

use crate::clock::Timestamp;
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
use crate::slack::render::mistake::{in_field, sentence};
use crate::slack::render::reply::{first_look, paragraphs, plural, reply};
use crate::slack::render::server::name;
use crate::slack::render::{View, text};

/// The longest address that a form takes, in characters: the longest path beside a host's longest name.
const ADDRESS_CHARS: usize = 2_500;

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
pub fn server_form(edits: Option<&Server>, defaults: &Settings) -> View {
    let draft = edits.map(Draft::of).unwrap_or_default();
    let typed = |field: Field, placeholder: String, most| {
        let input = TextInput {
            holds: draft.get(field).to_owned(),
            placeholder,
            optional: most == SHORT_CHARS,
            most,
            ..TextInput::default()
        };
        kit::text_input(block_id(field), field.label(), &input)
    };
    let or_default = |value: String| format!("{value}, as by default");
    let mut blocks = vec![
        typed(Field::Name, "api".into(), HostName::MAX_CHARS),
        typed(
            Field::Address,
            "https://10.0.0.5:8080/healthz".into(),
            ADDRESS_CHARS,
        ),
        environments(draft.get(Field::Environment)),
        types(draft.get(Field::Type)),
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
    ];
    match edits {
        Some(server) => form(
            "Edit server",
            "Save",
            EDIT_SERVER,
            server.id.to_string(),
            blocks,
        ),
        None => {
            blocks.push(kit::actions(vec![Button::new("Add many", Press::AddMany)]));
            form("Add a server", "Add", ADD_SERVER, String::new(), blocks)
        }
    }
}

fn environments(holds: &str) -> SlackBlock {
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
    kit::select_input(block_id(field), field.label(), select)
}

fn types(holds: &str) -> SlackBlock {
    let mut options = vec![("By address".to_owned(), BY_ADDRESS.to_owned())];
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
    kit::select_input(block_id(Field::Type), Field::Type.label(), select)
}

/// The form that adds many: at first empty, then with what each line would do.
#[must_use]
pub fn many_form(lines: &str, looked: &[Looked]) -> View {
    let wrong = looked.iter().filter(|line| line.found.is_err()).count();
    let sound = looked.len() - wrong;
    let input = TextInput {
        holds: lines.to_owned(),
        placeholder: "api https://10.0.0.5:8080/healthz env=LIVE\nchat ws://10.0.0.6:9000/ws interval=10s"
            .to_owned(),
        multiline: true,
        most: kit::INPUT_CHARS,
        hint: "One a line: NAME URL key=value. Names with blanks stand in quotes. Nothing is added before you have \
               seen what each line would do."
            .to_owned(),
        ..TextInput::default()
    };
    let mut blocks = vec![kit::text_input(LINES, "Servers", &input)];
    let (submit, mark) = match (sound, wrong) {
        (0, 0) => ("Check".to_owned(), String::new()),
        (n, 0) => (
            format!("Add {}", plural(n, "server", "servers")),
            checked_mark(lines),
        ),
        _ => ("Check again".to_owned(), String::new()),
    };
    if !looked.is_empty() {
        let mut report = vec![match wrong {
            0 => "*Every line is sound. Nothing is added yet.*".to_owned(),
            n => format!(
                "*{} to be mended. Nothing is added yet.*",
                plural(n, "line has", "lines have")
            ),
        }];
        report.extend(looked.iter().map(looked_line));
        blocks.extend(paragraphs(&report));
    }
    form("Add many", &submit, ADD_MANY, mark, blocks)
}

fn looked_line(line: &Looked) -> String {
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
        Err(error) => format!("❌ Line {}: {}", line.number, line_error(error)),
    }
}

fn line_error(error: &LineError) -> String {
    match error {
        LineError::Mistake(error) => sentence(&error.problem),
        LineError::NameTaken(taken) => {
            format!("There already is a server called *{}*.", name(taken))
        }
        LineError::Forbidden(reason) => text::mrkdwn(reason, 400),
        LineError::Store(reason) => format!(
            "The store does not take it ({}).",
            text::mrkdwn(reason, 200)
        ),
    }
}

/// What came of many lines.
#[must_use]
pub fn many_added(lines: &[LineAdded]) -> View {
    let added = lines.iter().filter(|line| line.added.is_ok()).count();
    let mut report = vec![format!(
        "*{} watched from now on.*",
        plural(added, "server is", "servers are")
    )];
    report.extend(lines.iter().map(|line| match &line.added {
        Ok(outcome) => format!("*{}*  {}", name(&line.name), first_look(outcome.as_ref())),
        Err(error) => format!("*{}*  ❌ {}", name(&line.name), line_error(error)),
    }));
    modal(paragraphs(&report))
}

/// The form that asks what to search for.
#[must_use]
pub fn find_form(state: &HomeState) -> View {
    let input = TextInput {
        holds: state.search.clone(),
        placeholder: "api".to_owned(),
        optional: true,
        most: SEARCH_CHARS,
        hint: "A part of the name or the address. Empty shows every server.".to_owned(),
        ..TextInput::default()
    };
    let blocks = vec![kit::text_input(SEARCH, "Find servers", &input)];
    form("Find servers", "Find", FIND, home_value(state), blocks)
}

/// An answer where there is no message to put it into.
#[must_use]
pub fn note(answer: &Reply, now: Timestamp) -> View {
    modal(reply(answer, now).blocks)
}

/// What stands there while something takes longer than Slack waits.
#[must_use]
pub fn waiting() -> View {
    modal(vec![kit::section(
        "⏳ The check takes its time. What it finds will stand here.",
    )])
}

/// What is wrong, each below its field.
#[must_use]
pub fn wrong(mistakes: &[Wrong]) -> FormAnswer {
    let mut errors = BTreeMap::new();
    for (field, problem) in mistakes {
        errors
            .entry(block_id(*field))
            .or_insert_with(|| in_field(problem));
    }
    FormAnswer::Errors { errors }
}

/// The same where the form gave way to a note meanwhile.
#[must_use]
pub fn late_errors(errors: &BTreeMap<&'static str, String>) -> View {
    let mut lines = vec!["🤔 Nothing was saved.".to_owned()];
    lines.extend(errors.values().map(|error| text::mrkdwn(error, 400)));
    modal(paragraphs(&lines))
}

/// Another server has the name.
#[must_use]
pub fn name_taken(taken: &str) -> FormAnswer {
    let taken = text::plain(taken, text::NAME_CHARS);
    one_error(
        block_id(Field::Name),
        format!("There already is a server called {taken}."),
    )
}

/// The address must not be probed.
#[must_use]
pub fn forbidden(reason: &str) -> FormAnswer {
    one_error(block_id(Field::Address), text::plain(reason, 400))
}

/// Nothing stands in the form that adds many.
#[must_use]
pub fn no_lines() -> FormAnswer {
    one_error(
        LINES,
        "Write one server a line, such as: api https://10.0.0.5:8080/healthz".into(),
    )
}

fn one_error(block: &'static str, error: String) -> FormAnswer {
    FormAnswer::Errors {
        errors: BTreeMap::from([(block, error)]),
    }
}

fn form(
    title: &str,
    submit: &str,
    callback_id: &str,
    about: String,
    blocks: Vec<SlackBlock>,
) -> View {
    let view = SlackModalView::new(kit::title(title), capped(blocks))
        .with_submit(kit::title(submit))
        .with_close(kit::title("Cancel"))
        .with_callback_id(callback_id.into())
        .with_private_metadata(about);
    View(SlackView::Modal(view))
}

fn modal(blocks: Vec<SlackBlock>) -> View {
    let view =
        SlackModalView::new(kit::title("Healthbot"), capped(blocks)).with_close(kit::title("Done"));
    View(SlackView::Modal(view))
}

fn capped(mut blocks: Vec<SlackBlock>) -> Vec<SlackBlock> {
    blocks.truncate(kit::VIEW_BLOCKS);
    blocks
}
