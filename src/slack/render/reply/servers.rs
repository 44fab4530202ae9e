//! Answers about servers.

use crate::clock::Timestamp;
use crate::domain::audit::Edit;
use crate::domain::command::{Condition, ListFilter, Topic};
use crate::domain::health::State;
use crate::domain::incident::Incident;
use crate::domain::outcome::Outcome;
use crate::domain::press::Press;
use crate::domain::reply::{Page, ServerView};
use crate::slack::render::changes::edits_text;
use crate::slack::render::kit::{self, Button};
use crate::slack::render::notice::acknowledged_by;
use crate::slack::render::reply::{
    alerts_button, check_button, line_about, pager, paragraphs, say,
};
use crate::slack::render::server::{lasted, line, name, outcome as outcome_text, state};
use crate::slack::render::words::{Words, tr};
use crate::slack::render::{Message, text};

pub(super) fn no_such_server(
    words: Words,
    typed: &str,
    nearest: &[String],
    topic: Topic,
) -> Message {
    let server = name(typed);
    let near: Vec<_> = nearest
        .iter()
        .map(|near| line_about(topic.word(), near))
        .collect();
    say(if near.is_empty() {
        tr!(words, "no-such-server", server = server)
    } else {
        let lines = words.any_of(&near);
        tr!(words, "no-such-server-near", server = server, lines = lines)
    })
}

pub(super) fn added(
    words: Words,
    view: &ServerView,
    outcome: Option<&Outcome>,
    heard: bool,
) -> Message {
    let server = &view.server;
    let added = tr!(
        words,
        "server-added",
        server = name(server.host_name.as_str()),
        check = server.check().to_string(),
        address = text::code(&server.url(), text::ADDRESS_CHARS),
        interval = words.exact(view.policy.interval.get()),
    );
    let text = format!("{added}\n{}", first_look(words, outcome));
    let mut blocks = vec![kit::section(&text)];
    let mut notes = Vec::new();
    if !server.notification {
        let on = line_about(Topic::On.word(), server.host_name.as_str());
        notes.push(tr!(words, "server-added-silent", line = on));
    }
    if !heard {
        notes.push(tr!(words, "server-added-unheard"));
    }
    if !notes.is_empty() {
        blocks.push(kit::context(&notes));
    }
    blocks.push(kit::actions(vec![
        check_button(words, server.id),
        alerts_button(words, server),
    ]));
    Message { text, blocks }
}

/// What the first probe of a server found.
pub(in crate::slack::render) fn first_look(words: Words, outcome: Option<&Outcome>) -> String {
    match outcome {
        Some(outcome) => outcome_text(words, outcome),
        None => tr!(words, "first-check-runs"),
    }
}

pub(super) fn edited(
    words: Words,
    view: &ServerView,
    edits: &[Edit],
    moved: bool,
    outcome: Option<&Outcome>,
) -> Message {
    let server = &view.server;
    let name = name(server.host_name.as_str());
    let mut text = if edits.is_empty() {
        tr!(words, "server-unchanged", server = name)
    } else {
        let edits = edits_text(words, edits);
        tr!(words, "server-changed", server = name, edits = edits)
    };
    if let Some(outcome) = outcome {
        text.push('\n');
        text.push_str(&outcome_text(words, outcome));
    } else if moved {
        text.push('\n');
        text.push_str(&tr!(words, "first-check-there-runs"));
    }
    let blocks = vec![
        kit::section(&text),
        kit::actions(vec![
            check_button(words, server.id),
            alerts_button(words, server),
        ]),
    ];
    Message { text, blocks }
}

pub(super) fn list(
    words: Words,
    page: &Page<ServerView>,
    filter: &ListFilter,
    now: Timestamp,
) -> Message {
    let which = narrowed(words, filter);
    if page.total == 0 {
        return say(if which.is_empty() {
            let line = Topic::Add.example();
            tr!(words, "list-none", line = line)
        } else {
            tr!(words, "list-no-match", which = which)
        });
    }
    let count = tr!(words, "count-servers", count = page.total);
    let title = format!("*{count}*{which}");
    let lines: Vec<_> = page.items.iter().map(|it| line(words, it, now)).collect();
    let mut blocks = vec![kit::section(&title)];
    blocks.extend(paragraphs(&lines));
    blocks.extend(pager(words, page.number, page.pages(), |page| {
        Press::List {
            page,
            filter: filter.clone(),
        }
    }));
    let text = tr!(
        words,
        "list-page",
        title = title,
        page = page.number + 1,
        pages = page.pages()
    );
    Message { text, blocks }
}

/// What a list is narrowed to, in brackets behind its title.
fn narrowed(words: Words, filter: &ListFilter) -> String {
    let condition = filter.condition.map(|condition| match condition {
        Condition::Down => tr!(words, "state-down"),
        Condition::Muted => tr!(words, "condition-muted"),
        Condition::Off => tr!(words, "condition-off"),
    });
    let environment = filter.environment.map(|it| it.to_string());
    let which: Vec<_> = condition.into_iter().chain(environment).collect();
    if which.is_empty() {
        String::new()
    } else {
        format!(" ({})", which.join(", "))
    }
}

pub(super) fn detail(
    words: Words,
    view: &ServerView,
    incident: Option<&Incident>,
    now: Timestamp,
) -> Message {
    let (server, health) = (&view.server, &view.health);
    let state = state(words, health.state());
    let headline = tr!(
        words,
        "detail-headline",
        server = text::plain(server.host_name.as_str(), text::NAME_CHARS),
        state = state.as_str()
    );
    let text = tr!(
        words,
        "detail-text",
        server = name(server.host_name.as_str()),
        state = state,
        since = text::date(health.since)
    );
    let mut blocks = vec![
        kit::header(&headline),
        kit::fields(&facts(words, view, now)),
    ];
    if let Some(outcome) = &health.last_outcome {
        blocks.push(kit::section(&tr!(
            words,
            "detail-last-check",
            span = lasted(words, outcome.at, now),
            outcome = outcome_text(words, outcome)
        )));
    }
    let mut marks = Vec::new();
    if health.flapping.active {
        marks.push(tr!(words, "mark-flapping"));
    }
    let taken = incident.and_then(|incident| incident.acknowledged.as_ref());
    marks.extend(taken.map(|by| acknowledged_by(words, &by.by, by.at)));
    if !marks.is_empty() {
        blocks.push(kit::context(&marks));
    }
    let mut buttons = Vec::new();
    if incident.is_some() && taken.is_none() {
        let acknowledge = Press::Acknowledge { server: server.id };
        buttons.push(Button::new(tr!(words, "button-acknowledge"), acknowledge).primary());
    }
    buttons.push(check_button(words, server.id));
    buttons.push(alerts_button(words, server));
    blocks.push(kit::actions(buttons));
    Message { text, blocks }
}

/// What is known of a server, each with its label.
fn facts(words: Words, view: &ServerView, now: Timestamp) -> [(String, String); 8] {
    let (server, health, policy) = (&view.server, &view.health, &view.policy);
    let muted = server.muted_until.filter(|until| now < *until);
    let muted = muted.map(|until| tr!(words, "mark-muted-until", until = text::date(until)));
    let alerts = match (server.notification, muted) {
        (true, None) => tr!(words, "alerts-on"),
        (true, Some(muted)) => muted,
        (false, None) => tr!(words, "alerts-off"),
        // Whoever switches them on is to know that this is not all.
        (false, Some(muted)) => format!("{}\n{muted}", tr!(words, "alerts-off")),
    };
    let last_healthy = health.last_healthy.map(text::date);
    let check = tr!(
        words,
        "detail-check",
        check = server.check().to_string(),
        code = server.server_type.code()
    );
    let rhythm = tr!(
        words,
        "detail-rhythm",
        interval = words.exact(policy.interval.get()),
        timeout = words.exact(policy.timeout.get())
    );
    let confirmed = tr!(
        words,
        "detail-confirmed",
        failures = policy.failures.get(),
        recoveries = policy.recoveries.get()
    );
    [
        (tr!(words, "label-state-since"), text::date(health.since)),
        (
            tr!(words, "label-last-healthy"),
            last_healthy.unwrap_or_else(|| tr!(words, "never-yet")),
        ),
        (
            tr!(words, "label-environment"),
            server.environment.to_string(),
        ),
        (tr!(words, "label-alerts"), alerts),
        (tr!(words, "label-check"), check),
        (
            tr!(words, "label-address"),
            text::code(&server.url(), text::ADDRESS_CHARS),
        ),
        (tr!(words, "label-rhythm"), rhythm),
        (tr!(words, "label-confirmed-by"), confirmed),
    ]
}

pub(super) fn ask_remove(words: Words, view: &ServerView) -> Message {
    let id = view.server.id;
    let server = name(view.server.host_name.as_str());
    let text = if view.health.believed == State::Down {
        tr!(words, "ask-remove-down", server = server)
    } else {
        tr!(words, "ask-remove", server = server)
    };
    let remove = Button::new(tr!(words, "button-remove"), Press::Remove { server: id });
    let keep = Button::new(tr!(words, "button-keep"), Press::Keep { server: id });
    let blocks = vec![
        kit::section(&text),
        kit::actions(vec![remove.danger(), keep]),
    ];
    Message { text, blocks }
}

pub(super) fn checked(
    words: Words,
    view: &ServerView,
    outcome: &Outcome,
    now: Timestamp,
) -> Message {
    let health = &view.health;
    let text = tr!(
        words,
        "checked",
        server = name(view.server.host_name.as_str()),
        outcome = outcome_text(words, outcome),
        state = state(words, health.state()),
        since = text::date(health.since.min(now)),
    );
    let check = check_button(words, view.server.id);
    let blocks = vec![kit::section(&text), kit::actions(vec![check])];
    Message { text, blocks }
}
