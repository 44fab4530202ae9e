//! The dashboard on a person's Home.

use slack_morphism::prelude::{SlackBlock, SlackHomeView, SlackView};

use crate::clock::Timestamp;
use crate::domain::command::Condition;
use crate::domain::health::State;
use crate::domain::home::{Dashboard, HomeState, Row};
use crate::domain::press::Press;
use crate::domain::reply::Counts;
use crate::domain::server::Environment;
use crate::slack::press::home_value;
use crate::slack::render::changes::change_line;
use crate::slack::render::kit::{self, Button, Control, More, Select};
use crate::slack::render::reply::{
    alerts_button, channel_block, channel_line, check_button, mute_button, pager, paragraphs,
    rhythm,
};
use crate::slack::render::server::{emoji, failure, name, person, state, word};
use crate::slack::render::words::{Words, tr};
use crate::slack::render::{View, text};

/// How many channels are listed; `/health channels` shows all.
const CHANNELS: usize = 20;

/// A person's Home, as of `now`.
#[must_use]
pub fn home(words: Words, board: &Dashboard, now: Timestamp) -> View {
    let mut blocks = vec![kit::header(&headline(words, board))];
    if board.servers() == 0 {
        blocks.extend(first_contact(words, board.may_change));
    } else {
        blocks.push(counts(words, board));
        blocks.extend(board.may_change.then(|| adding(words)));
        blocks.push(kit::divider());
        blocks.extend(servers(words, board, now));
    }
    blocks.push(kit::divider());
    blocks.extend(channels(words, board));
    blocks.extend(changes(words, board));
    blocks.push(kit::context(&[tr!(
        words,
        "home-defaults",
        rhythm = rhythm(words, &board.settings)
    )]));
    blocks.truncate(kit::VIEW_BLOCKS);
    let view = SlackHomeView::new(blocks).with_private_metadata(home_value(&board.state));
    View(SlackView::Home(view))
}

fn headline(words: Words, board: &Dashboard) -> String {
    match (board.servers(), board.down) {
        (0, _) => tr!(words, "home-nothing"),
        (servers, 0) => tr!(words, "home-none-down", servers = servers),
        (servers, down) => tr!(words, "home-down", down = down, servers = servers),
    }
}

fn first_contact(words: Words, may_change: bool) -> Vec<SlackBlock> {
    let mut text = tr!(words, "home-first-steps");
    if !may_change {
        text.push('\n');
        text.push_str(&tr!(words, "home-first-steps-operator"));
    }
    let mut blocks = vec![kit::section(&text)];
    blocks.extend(may_change.then(|| adding(words)));
    blocks
}

fn adding(words: Words) -> SlackBlock {
    kit::actions(vec![
        Button::new(tr!(words, "button-add"), Press::AddServer).primary(),
        Button::new(tr!(words, "button-add-many"), Press::AddMany),
    ])
}

fn counts(words: Words, board: &Dashboard) -> SlackBlock {
    let facts: Vec<_> = board
        .environments
        .iter()
        .map(|(environment, counts)| (environment.to_string(), count(words, counts)))
        .collect();
    kit::fields(&facts)
}

/// What there is of each state, the worst first.
fn count(words: Words, counts: &Counts) -> String {
    let parts = [
        (counts.down, State::Down),
        (counts.unknown, State::Unknown),
        (counts.pending, State::Pending),
        (counts.up, State::Up),
    ];
    let parts: Vec<_> = parts
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, of)| {
            let count = tr!(words, "home-count", count = count, state = word(words, of));
            format!("{} {count}", emoji(of))
        })
        .collect();
    parts.join(" · ")
}

fn servers(words: Words, board: &Dashboard, now: Timestamp) -> Vec<SlackBlock> {
    let mut blocks = vec![filters(words, &board.state)];
    if !board.state.is_everything() {
        blocks.push(kit::context(&[found(words, board)]));
    }
    let mut above = None;
    for row in &board.rows.items {
        // A heading only where both kinds are there to be told apart.
        if board.down > 0 && above != Some(row.is_down()) {
            let heading = if row.is_down() {
                tr!(words, "home-down-now")
            } else {
                tr!(words, "home-everything-else")
            };
            blocks.push(kit::section(&format!("*{heading}*")));
        }
        above = Some(row.is_down());
        blocks.extend(server(words, row, board.may_change, now));
    }
    blocks.extend(pages(words, board));
    blocks
}

/// Two menus and the search. Each option carries all that Home shows when it is chosen.
fn filters(words: Words, state: &HomeState) -> SlackBlock {
    let conditions = [
        (None, tr!(words, "home-every-server")),
        (Some(Condition::Down), tr!(words, "home-only-down")),
        (Some(Condition::Muted), tr!(words, "home-only-muted")),
        (Some(Condition::Off), tr!(words, "home-only-off")),
    ];
    let chosen = |at: Option<usize>| at.unwrap_or_default();
    let condition = Select {
        action_id: "home:condition",
        chosen: chosen(
            conditions
                .iter()
                .position(|(condition, _)| *condition == state.filter.condition),
        ),
        options: conditions
            .iter()
            .map(|(condition, word)| {
                let to = home_value(&state.with_condition(*condition));
                (word.clone(), to)
            })
            .collect(),
    };
    let environments: Vec<_> = std::iter::once(None)
        .chain(Environment::ALL.map(Some))
        .collect();
    let environment = Select {
        action_id: "home:environment",
        chosen: chosen(
            environments
                .iter()
                .position(|environment| *environment == state.filter.environment),
        ),
        options: environments
            .iter()
            .map(|environment| {
                let word = environment.map(|environment| environment.to_string());
                let word = word.unwrap_or_else(|| tr!(words, "home-every-environment"));
                let to = home_value(&state.with_environment(*environment));
                (word, to)
            })
            .collect(),
    };
    let find = Button::new(tr!(words, "button-find"), Press::Find(state.clone()));
    let mut row = vec![
        Control::Select(condition),
        Control::Select(environment),
        Control::Button(find),
    ];
    if !state.is_everything() {
        let all = Press::Home(HomeState::default());
        row.push(Control::Button(Button::new(
            tr!(words, "button-show-all"),
            all,
        )));
    }
    kit::controls(row)
}

/// What the narrowed list is of.
fn found(words: Words, board: &Dashboard) -> String {
    let (shown, servers) = (board.rows.total, board.servers());
    match board.state.search.as_str() {
        "" => tr!(words, "home-found", shown = shown, servers = servers),
        search => tr!(
            words,
            "home-found-with",
            shown = shown,
            servers = servers,
            search = text::mrkdwn(search, 60)
        ),
    }
}

/// A server: what is to be known, and what can be done about it.
fn server(words: Words, row: &Row, may_change: bool, now: Timestamp) -> Vec<SlackBlock> {
    let server = &row.view.server;
    let id = server.id;
    let mut buttons = Vec::new();
    if may_change {
        let incident = row.incident.as_ref();
        let taken = incident.is_none_or(|incident| incident.acknowledged.is_some());
        if row.is_down() && !taken {
            let acknowledge = Press::Acknowledge { server: id };
            buttons.push(Button::new(tr!(words, "button-acknowledge"), acknowledge).primary());
        }
        buttons.push(alerts_button(words, server));
        buttons.push(mute_button(words, server, now));
    }
    buttons.push(check_button(words, id));
    let mut controls: Vec<_> = buttons.into_iter().map(Control::Button).collect();
    if may_change {
        controls.push(Control::More(More {
            suffix: id.to_string(),
            options: vec![
                (tr!(words, "button-edit"), Press::Edit { server: id }),
                (tr!(words, "button-remove"), Press::AskRemove { server: id }),
            ],
        }));
    }
    vec![
        kit::section(&about(words, row, now)),
        kit::controls(controls),
    ]
}

/// Nothing here changes while nothing happens: a Home is drawn anew only when it would read differently.
fn about(words: Words, row: &Row, now: Timestamp) -> String {
    let (server, health) = (&row.view.server, &row.view.health);
    let name = name(server.host_name.as_str());
    let mut headline = format!("*{name}*  {}", state(words, health.state()));
    if health.state() != State::Pending {
        headline.push(' ');
        headline.push_str(&tr!(words, "home-since", since = text::date(health.since)));
    }
    let address = text::code(&server.url(), text::ADDRESS_CHARS);
    let mut lines = vec![headline, format!("{}  {address}", server.environment)];
    if let Some(incident) = &row.incident {
        lines.push(failure(words, &incident.failure));
        if let Some(taken) = &incident.acknowledged {
            lines.push(tr!(
                words,
                "home-acknowledged",
                person = person(words, &taken.by),
                when = text::date(taken.at)
            ));
        }
    }
    let mut marks = Vec::new();
    if health.flapping.active {
        marks.push(tr!(words, "mark-flapping"));
    }
    if !server.notification {
        marks.push(tr!(words, "mark-alerts-off"));
    }
    if let Some(until) = server.muted_until.filter(|until| now < *until) {
        marks.push(tr!(words, "mark-muted-until", until = text::date(until)));
    }
    if !marks.is_empty() {
        lines.push(marks.join("  ·  "));
    }
    lines.join("\n")
}

fn pages(words: Words, board: &Dashboard) -> Vec<SlackBlock> {
    let (number, pages) = (board.rows.number, board.rows.pages());
    let to = |page| Press::Home(board.state.at(page));
    let Some(buttons) = pager(words, number, pages, to) else {
        return Vec::new();
    };
    let place = tr!(words, "home-page", page = number + 1, pages = pages);
    vec![buttons, kit::context(&[place])]
}

fn changes(words: Words, board: &Dashboard) -> Vec<SlackBlock> {
    if board.changes.is_empty() {
        return Vec::new();
    }
    let mut lines = vec![format!("*{}*", tr!(words, "home-changes"))];
    let changes = board.changes.iter();
    lines.extend(changes.map(|change| change_line(words, change)));
    paragraphs(&lines)
}

fn channels(words: Words, board: &Dashboard) -> Vec<SlackBlock> {
    let all = board.channels.len();
    if all == 0 {
        return vec![kit::section(&tr!(words, "home-channels-none"))];
    }
    let off = board
        .channels
        .iter()
        .filter(|channel| !channel.notification);
    let off = off.count();
    let title = tr!(
        words,
        "channels-told-of-failures",
        told = all - off,
        off = off
    );
    let mut blocks = vec![kit::section(&format!("*{title}*"))];
    blocks.extend(board.channels.iter().take(CHANNELS).map(|channel| {
        if board.may_change {
            channel_block(words, channel, 0)
        } else {
            kit::section(&channel_line(words, channel))
        }
    }));
    if all > CHANNELS {
        let more = tr!(words, "home-channels-more", count = all - CHANNELS);
        blocks.push(kit::context(&[more]));
    }
    blocks
}
