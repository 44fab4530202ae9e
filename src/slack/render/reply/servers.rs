//! Answers about servers.

use slack_morphism::prelude::SlackBlock;

use crate::clock::Timestamp;
use crate::domain::audit::Edit;
use crate::domain::command::{ListFilter, Topic};
use crate::domain::health::State;
use crate::domain::outcome::Outcome;
use crate::domain::press::Press;
use crate::domain::reply::{Page, ServerView};
use crate::slack::render::changes::edits_text;
use crate::slack::render::kit::{self, Button};
use crate::slack::render::reply::{alerts_button, paragraphs, plural, say};
use crate::slack::render::server::{lasted, line, name, outcome as outcome_text, state};
use crate::slack::render::{Message, text};

pub(super) fn no_such_server(typed: &str, nearest: &[String], topic: Topic) -> Message {
    let word = topic.word();
    let mut text = format!("🤔 There is no server called *{}*.", name(typed));
    match nearest {
        [] => text.push_str(" `/health list` shows all of them."),
        near => {
            let lines: Vec<_> = near
                .iter()
                .map(|near| text::code(&command(word, near), 120))
                .collect();
            text.push_str(&format!(" Did you mean {}?", lines.join(" or ")));
        }
    }
    say(text)
}

/// A command on a server as it must be typed.
fn command(word: &str, name: &str) -> String {
    if name.contains(char::is_whitespace) {
        format!("/health {word} \"{name}\"")
    } else {
        format!("/health {word} {name}")
    }
}

pub(super) fn added(view: &ServerView, outcome: Option<&Outcome>, heard: bool) -> Message {
    let server = &view.server;
    let text = format!(
        "✅ *{}* is watched from now on: {} {}, every {}.\n{}",
        name(server.host_name.as_str()),
        server.check(),
        text::code(&server.url(), text::ADDRESS_CHARS),
        view.policy.interval,
        first_look(outcome),
    );
    let mut blocks = vec![kit::section(&text)];
    if !heard {
        let hint = "No channel is told of its failures yet: invite me to one, or type `/health subscribe` there.";
        blocks.push(kit::context(&[hint.to_owned()]));
    }
    blocks.push(kit::actions(vec![
        Button::new("Check now", Press::Check { server: server.id }),
        alerts_button(view),
    ]));
    Message { text, blocks }
}

/// What the first probe of a server found.
pub(in crate::slack::render) fn first_look(outcome: Option<&Outcome>) -> String {
    outcome.map_or_else(
        || "⏳ Its first check still runs: `/health status` will tell.".to_owned(),
        outcome_text,
    )
}

pub(super) fn edited(
    view: &ServerView,
    edits: &[Edit],
    moved: bool,
    outcome: Option<&Outcome>,
) -> Message {
    let server = &view.server;
    let name = name(server.host_name.as_str());
    let mut text = if edits.is_empty() {
        format!("👍 *{name}* already stands so: nothing was changed.")
    } else {
        format!("✅ *{name}* is changed: {}.", edits_text(edits))
    };
    if moved || outcome.is_some() {
        text.push('\n');
        text.push_str(&outcome.map_or_else(
            || "⏳ Its first check there still runs: `/health status` will tell.".to_owned(),
            outcome_text,
        ));
    }
    let blocks = vec![
        kit::section(&text),
        kit::actions(vec![
            Button::new("Check now", Press::Check { server: server.id }),
            alerts_button(view),
        ]),
    ];
    Message { text, blocks }
}

pub(super) fn list(page: &Page<ServerView>, filter: &ListFilter, now: Timestamp) -> Message {
    let which: Vec<_> = filter
        .condition
        .map(|condition| condition.word().to_owned())
        .into_iter()
        .chain(
            filter
                .environment
                .map(|environment| environment.to_string()),
        )
        .collect();
    let which = if which.is_empty() {
        String::new()
    } else {
        format!(" ({})", which.join(", "))
    };
    if page.total == 0 {
        let hint = if which.is_empty() {
            "No server is watched yet. Like this: `/health add api https://10.0.0.5:8080/healthz env=LIVE`".to_owned()
        } else {
            format!("No server matches{which}. `/health list` shows all of them.")
        };
        return say(hint);
    }
    let plural = if page.total == 1 { "server" } else { "servers" };
    let title = format!("*{} {plural}*{which}", page.total);
    let lines: Vec<_> = page.items.iter().map(|view| line(view, now)).collect();
    let mut blocks = vec![kit::section(&title)];
    blocks.extend(paragraphs(&lines));
    blocks.extend(pager(page, filter));
    Message {
        text: format!("{title}: page {} of {}", page.number + 1, page.pages()),
        blocks,
    }
}

fn pager(page: &Page<ServerView>, filter: &ListFilter) -> Option<SlackBlock> {
    let to = |page| Press::List {
        page,
        filter: filter.clone(),
    };
    let mut buttons = Vec::new();
    if page.number > 0 {
        buttons.push(Button::new("Previous", to(page.number - 1)));
    }
    if page.number + 1 < page.pages() {
        buttons.push(Button::new("Next", to(page.number + 1)));
    }
    (!buttons.is_empty()).then(|| kit::actions(buttons))
}

pub(super) fn detail(view: &ServerView, now: Timestamp) -> Message {
    let (server, health) = (&view.server, &view.health);
    let headline = format!(
        "{} is {}, since {}",
        name(server.host_name.as_str()),
        state(health.state()),
        text::date(health.since)
    );
    let alerts = match (
        server.notification,
        server.muted_until.filter(|until| now < *until),
    ) {
        (false, _) => "🔕 off".to_owned(),
        (true, Some(until)) => format!("🔇 muted until {}", text::date(until)),
        (true, None) => "🔔 on".to_owned(),
    };
    let policy = &view.policy;
    let mut blocks = vec![
        kit::header(&format!(
            "{} is {}",
            text::plain(server.host_name.as_str(), text::NAME_CHARS),
            state(health.state())
        )),
        kit::fields(&[
            ("Since", text::date(health.since)),
            (
                "Last healthy",
                health
                    .last_healthy
                    .map_or_else(|| "never yet".into(), text::date),
            ),
            ("Environment", server.environment.to_string()),
            ("Alerts", alerts),
            (
                "Check",
                format!("{} (type {})", server.check(), server.server_type.code()),
            ),
            ("Address", text::code(&server.url(), text::ADDRESS_CHARS)),
            (
                "Rhythm",
                format!("every {}, within {}", policy.interval, policy.timeout),
            ),
            (
                "Confirmed by",
                format!(
                    "{}, {}",
                    plural(policy.failures.get().into(), "failure", "failures"),
                    plural(policy.recoveries.get().into(), "recovery", "recoveries")
                ),
            ),
        ]),
    ];
    if let Some(outcome) = &health.last_outcome {
        let ago = lasted(outcome.at, now);
        blocks.push(kit::section(&format!(
            "Last check, {ago} ago: {}",
            outcome_text(outcome)
        )));
    }
    blocks.push(kit::actions(vec![
        Button::new("Check now", Press::Check { server: server.id }),
        alerts_button(view),
    ]));
    Message {
        text: headline,
        blocks,
    }
}

pub(super) fn ask_remove(view: &ServerView) -> Message {
    let server = &view.server;
    let mut text = format!("Stop watching *{}*?", name(server.host_name.as_str()));
    if view.health.believed == State::Down {
        text.push_str(" It is down right now.");
    }
    let blocks = vec![
        kit::section(&text),
        kit::actions(vec![
            Button::new("Remove", Press::Remove { server: server.id }).danger(),
            Button::new("Keep", Press::Keep { server: server.id }),
        ]),
    ];
    Message { text, blocks }
}

pub(super) fn checked(view: &ServerView, outcome: &Outcome, now: Timestamp) -> Message {
    let health = &view.health;
    let text = format!(
        "*{}*: {}\nIt is {} since {}.",
        name(view.server.host_name.as_str()),
        outcome_text(outcome),
        state(health.state()),
        text::date(health.since.min(now)),
    );
    let check = Button::new(
        "Check now",
        Press::Check {
            server: view.server.id,
        },
    );
    let blocks = vec![kit::section(&text), kit::actions(vec![check])];
    Message { text, blocks }
}
