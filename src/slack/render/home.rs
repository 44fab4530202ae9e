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
use crate::slack::render::reply::{alerts_button, channel_lines, paragraphs, plural, rhythm};
use crate::slack::render::server::{failure, name, person, state};
use crate::slack::render::{View, text};

/// How many channels are listed; `/health channels` shows all.
const CHANNELS: usize = 20;

/// A person's Home, as of `now`.
#[must_use]
pub fn home(board: &Dashboard, now: Timestamp) -> View {
    let mut blocks = vec![kit::header(&headline(board))];
    if board.servers() == 0 {
        blocks.extend(first_contact(board.may_change));
    } else {
        blocks.push(counts(board));
        blocks.extend(board.may_change.then(adding));
        blocks.push(kit::divider());
        blocks.extend(servers(board, now));
    }
    blocks.push(kit::divider());
    blocks.extend(channels(board));
    blocks.extend(changes(board));
    blocks.push(kit::context(&[format!(
        "Defaults: {}",
        rhythm(&board.settings)
    )]));
    blocks.truncate(kit::VIEW_BLOCKS);
    let view = SlackHomeView::new(blocks).with_private_metadata(home_value(&board.state));
    View(SlackView::Home(view))
}

fn headline(board: &Dashboard) -> String {
    match (board.servers(), board.down) {
        (0, _) => "Nothing is watched yet".to_owned(),
        (1, 0) => "🟢 The server is not down".to_owned(),
        (n, 0) => format!("🟢 None of {n} servers is down"),
        (n, 1) => format!("🔴 1 of {n} servers is down"),
        (n, down) => format!("🔴 {down} of {n} servers are down"),
    }
}

fn first_contact(may_change: bool) -> Vec<SlackBlock> {
    let mut text = "I check your servers and tell a channel within seconds when one fails, why, and when it is \
                    back.\n*1.*  Add a server.\n*2.*  Invite me to a channel: it is told from then on."
        .to_owned();
    if !may_change {
        text.push_str("\nAn operator has to do the first step.");
    }
    let mut blocks = vec![kit::section(&text)];
    blocks.extend(may_change.then(adding));
    blocks
}

fn adding() -> SlackBlock {
    kit::actions(vec![
        Button::new("Add server", Press::AddServer).primary(),
        Button::new("Add many", Press::AddMany),
    ])
}

fn counts(board: &Dashboard) -> SlackBlock {
    let facts: Vec<_> = board
        .environments
        .iter()
        .map(|(environment, counts)| (environment.as_str(), count(counts)))
        .collect();
    kit::fields(&facts)
}

/// What there is of each state, the worst first.
fn count(counts: &Counts) -> String {
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
            let (emoji, word) = state(of).split_once(' ').unwrap_or_default();
            format!("{emoji} {count} {word}")
        })
        .collect();
    parts.join(" · ")
}

fn servers(board: &Dashboard, now: Timestamp) -> Vec<SlackBlock> {
    let mut blocks = vec![filters(&board.state)];
    if !board.state.is_everything() {
        blocks.push(kit::context(&[found(board)]));
    }
    let mut above = None;
    for row in &board.rows.items {
        let heading = if row.is_down() {
            "*Down now*"
        } else {
            "*Everything else*"
        };
        // A heading only where both kinds are there to be told apart.
        if board.down > 0 && above != Some(heading) {
            blocks.push(kit::section(heading));
        }
        above = Some(heading);
        blocks.extend(server(row, board.may_change, now));
    }
    blocks.extend(pager(board));
    blocks
}

/// Two menus and the search. Each option carries all that Home shows when it is chosen.
fn filters(state: &HomeState) -> SlackBlock {
    let conditions = [
        (None, "Every server"),
        (Some(Condition::Down), "Down"),
        (Some(Condition::Muted), "Muted"),
        (Some(Condition::Off), "Alerts off"),
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
                ((*word).to_owned(), to)
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
                let word = environment.map_or("Every environment", Environment::as_str);
                let to = home_value(&state.with_environment(*environment));
                (word.to_owned(), to)
            })
            .collect(),
    };
    let mut row = vec![
        Control::Select(condition),
        Control::Select(environment),
        Control::Button(Button::new("Find", Press::Find(state.clone()))),
    ];
    if !state.is_everything() {
        let all = Press::Home(HomeState::default());
        row.push(Control::Button(Button::new("Show all", all)));
    }
    kit::controls(row)
}

/// What the narrowed list is of.
fn found(board: &Dashboard) -> String {
    let of = board.servers();
    let searched = match board.state.search.as_str() {
        "" => String::new(),
        search => format!(" with “{}” in name or address", text::mrkdwn(search, 60)),
    };
    match board.rows.total {
        0 => format!("None of {of} servers{searched} is shown here."),
        1 => format!("1 of {of} servers{searched}"),
        n => format!("{n} of {of} servers{searched}"),
    }
}

/// A server: what is to be known, and what can be done about it.
fn server(row: &Row, may_change: bool, now: Timestamp) -> Vec<SlackBlock> {
    let view = &row.view;
    let id = view.server.id;
    let check = Button::new("Check now", Press::Check { server: id });
    let mut buttons = Vec::new();
    if may_change {
        let taken = row
            .incident
            .as_ref()
            .is_none_or(|incident| incident.acknowledged.is_some());
        if row.is_down() && !taken {
            let acknowledge = Press::Acknowledge { server: id };
            buttons.push(Button::new("Acknowledge", acknowledge).primary());
        }
        buttons.push(alerts_button(view));
        buttons.push(if view.server.is_muted(now) {
            Button::new("Unmute", Press::Unmute { server: id })
        } else {
            Button::new("Mute 1h", Press::Mute { server: id })
        });
    }
    buttons.push(check);
    let mut controls: Vec<_> = buttons.into_iter().map(Control::Button).collect();
    if may_change {
        controls.push(Control::More(More {
            suffix: id.to_string(),
            options: vec![
                ("Edit", Press::Edit { server: id }),
                ("Remove", Press::AskRemove { server: id }),
            ],
        }));
    }
    vec![kit::section(&about(row, now)), kit::controls(controls)]
}

/// Nothing here changes while nothing happens: a Home is drawn anew only when it would read differently.
fn about(row: &Row, now: Timestamp) -> String {
    let (server, health) = (&row.view.server, &row.view.health);
    let since = match health.state() {
        State::Pending => String::new(),
        _ => format!(" since {}", text::date(health.since)),
    };
    let mut lines = vec![format!(
        "*{}*  {}{since}",
        name(server.host_name.as_str()),
        state(health.state()),
    )];
    lines.push(format!(
        "{}  {}",
        server.environment,
        text::code(&server.url(), text::ADDRESS_CHARS)
    ));
    if let Some(incident) = &row.incident {
        lines.push(failure(&incident.failure));
        if let Some(taken) = &incident.acknowledged {
            lines.push(format!(
                "👀 taken on by {}, {}",
                person(&taken.by),
                text::date(taken.at)
            ));
        }
    }
    let mut marks = Vec::new();
    if health.flapping.active {
        marks.push("🔀 flapping".to_owned());
    }
    if !server.notification {
        marks.push("🔕 alerts off".to_owned());
    }
    if let Some(until) = server.muted_until.filter(|until| now < *until) {
        marks.push(format!("🔇 muted until {}", text::date(until)));
    }
    if !marks.is_empty() {
        lines.push(marks.join("  ·  "));
    }
    lines.join("\n")
}

fn pager(board: &Dashboard) -> Vec<SlackBlock> {
    let (rows, state) = (&board.rows, &board.state);
    if rows.pages() == 1 {
        return Vec::new();
    }
    let mut buttons = Vec::new();
    if rows.number > 0 {
        let previous = Press::Home(state.at(rows.number - 1));
        buttons.push(Button::new("Previous", previous));
    }
    if rows.number + 1 < rows.pages() {
        buttons.push(Button::new("Next", Press::Home(state.at(rows.number + 1))));
    }
    let place = format!("Page {} of {}", rows.number + 1, rows.pages());
    vec![kit::actions(buttons), kit::context(&[place])]
}

fn changes(board: &Dashboard) -> Vec<SlackBlock> {
    if board.changes.is_empty() {
        return Vec::new();
    }
    let mut lines = vec!["*Changed last*".to_owned()];
    lines.extend(board.changes.iter().map(change_line));
    paragraphs(&lines)
}

fn channels(board: &Dashboard) -> Vec<SlackBlock> {
    let told = board.channels.len();
    if told == 0 {
        let hint =
            "*Nobody is told yet.* Invite me to a channel, or type `/health subscribe` in one.";
        return vec![kit::section(hint)];
    }
    let mut lines = vec![format!(
        "*{} told*",
        plural(told, "channel is", "channels are")
    )];
    let shown = board.channels.iter().take(CHANNELS);
    lines.extend(channel_lines(shown.map(|channel| &**channel)));
    if told > CHANNELS {
        lines.push(format!(
            "and {} more: `/health channels` shows them all.",
            told - CHANNELS
        ));
    }
    paragraphs(&lines)
}
