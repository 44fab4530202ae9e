//! The answers to commands and buttons.

use slack_morphism::prelude::SlackBlock;

use crate::clock::Timestamp;
use crate::domain::channel::{Channel, Destination};
use crate::domain::command::{ListFilter, Topic};
use crate::domain::health::State;
use crate::domain::ids::ConversationId;
use crate::domain::outcome::Outcome;
use crate::domain::press::Press;
use crate::domain::reply::{Page, Reply, ServerView, SubscribeProblem, Summary};
use crate::slack::render::kit::{self, Button};
use crate::slack::render::mistake::mistake;
use crate::slack::render::notice::names;
use crate::slack::render::server::{lasted, line, name, outcome as outcome_text, state};
use crate::slack::render::{Message, text};

/// Renders an answer, as of `now`.
#[must_use]
pub fn reply(reply: &Reply, now: Timestamp) -> Message {
    match reply {
        Reply::Help(None) => help(),
        Reply::Help(Some(topic)) => help_on(*topic),
        Reply::Mistake(error) => say(mistake(error)),
        Reply::NoSuchServer {
            name,
            nearest,
            topic,
        } => no_such_server(name, nearest, *topic),
        Reply::NameTaken { name: taken } => say(format!(
            "🤔 There already is a server called *{}*. Choose another name, or see it with `/health status`.",
            name(taken)
        )),
        Reply::Forbidden { reason } => say(format!("⛔ {}", text::mrkdwn(reason, 400))),
        Reply::Added {
            view,
            outcome,
            heard,
        } => added(view, outcome.as_ref(), *heard),
        Reply::List { page, filter } => list(page, filter, now),
        Reply::Summary(facts) => summary(facts, now),
        Reply::Detail(view) => detail(view, now),
        Reply::AskRemove(view) => ask_remove(view),
        Reply::Removed { name: gone } => say(format!("🗑️ *{}* is no longer watched.", name(gone))),
        Reply::Kept { name: kept } => say(format!("👍 *{}* stays.", name(kept))),
        Reply::Gone => {
            say("🤷 That is no longer there: it was changed or removed meanwhile.".into())
        }
        Reply::AlertsSwitched { view, changed } => alerts_switched(view, *changed),
        Reply::AllAlertsSwitched { on, changed } => say(all_switched(*on, *changed)),
        Reply::AskAllOff { servers } => ask_all_off(*servers),
        Reply::Checked { view, outcome } => checked(view, outcome, now),
        Reply::Checking { name: checked } => say(format!(
            "⏳ *{}* has not answered yet: `/health status` will tell.",
            name(checked)
        )),
        Reply::Subscribed { channel, already } => say(subscribed(channel, *already)),
        Reply::CannotSubscribe {
            conversation,
            problem,
        } => say(cannot_subscribe(conversation, problem)),
        Reply::Unsubscribed { channel } => say(format!(
            "🔕 {} is told no more. `/health subscribe` turns it on again.",
            channel_name(channel)
        )),
        Reply::NotSubscribed { conversation } => say(format!(
            "🤷 {} was not subscribed.",
            channel_link(conversation)
        )),
        Reply::Channels(channels) => list_channels(channels),
        Reply::StoreTrouble { reason } => say(format!(
            "💾 Nothing was changed: the store does not take it ({}). Please try again in a while.",
            text::mrkdwn(reason, 200)
        )),
        Reply::NotAllowed => {
            say("⛔ You may look, but not change anything: ask an operator.".into())
        }
    }
}

fn say(text: String) -> Message {
    Message {
        blocks: vec![kit::section(&text)],
        text,
    }
}

fn help() -> Message {
    let lines: Vec<_> = Topic::ALL
        .iter()
        .map(|topic| format!("`{}`\n{}", topic.usage(), explained(*topic)))
        .collect();
    let text = "Healthbot watches servers and tells channels when one fails and when it is back.";
    let blocks = vec![
        kit::section(text),
        kit::section(&lines.join("\n")),
        kit::actions(vec![
            Button::new("Show status", Press::Summary).primary(),
            Button::new(
                "List servers",
                Press::List {
                    page: 0,
                    filter: ListFilter::default(),
                },
            ),
            Button::new("How to add a server", Press::Help(Topic::Add)),
        ]),
    ];
    Message {
        text: text.to_owned(),
        blocks,
    }
}

const fn explained(topic: Topic) -> &'static str {
    match topic {
        Topic::Add => "watches a server: http(s)://, ws(s):// or host:port",
        Topic::List => "shows the servers",
        Topic::Status => "shows the whole at a glance, or one server in detail",
        Topic::Remove => "stops watching a server (asks first)",
        Topic::Check => "checks a server now",
        Topic::On => "switches a server's alerts on",
        Topic::Off => "switches a server's alerts off; checks go on",
        Topic::Subscribe => "tells this channel, or another, when a server fails",
        Topic::Unsubscribe => "tells it no more",
        Topic::Channels => "shows who is told, and whether it works",
        Topic::Help => "shows this, or more about one command",
    }
}

fn help_on(topic: Topic) -> Message {
    let mut text = format!(
        "`{}`\nIt {}.\nLike this: `{}`",
        topic.usage(),
        explained(topic),
        topic.example()
    );
    if topic == Topic::Add {
        text.push_str(
            "\nKeys: `env=DEV|STAGE|LIVE|UNKNOWN`, `type=1|6` (HTTP) or `type=2|3|4` (WebSocket), `interval=30s`, \
             `timeout=3s`, `failures=2`, `recoveries=1`, `alerts=on|off`. Names with blanks stand in quotes.",
        );
    }
    say(text)
}

fn no_such_server(typed: &str, nearest: &[String], topic: Topic) -> Message {
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

fn added(view: &ServerView, outcome: Option<&Outcome>, heard: bool) -> Message {
    let server = &view.server;
    let first = outcome.map_or_else(
        || "⏳ Its first check still runs: `/health status` will tell.".to_owned(),
        outcome_text,
    );
    let text = format!(
        "✅ *{}* is watched from now on: {} {}, every {}.\n{first}",
        name(server.host_name.as_str()),
        server.check(),
        text::code(&server.url(), text::ADDRESS_CHARS),
        view.policy.interval,
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

fn alerts_button(view: &ServerView) -> Button {
    let server = view.server.id;
    if view.server.notification {
        Button::new("Alerts off", Press::Alerts { server, on: false })
    } else {
        Button::new("Alerts on", Press::Alerts { server, on: true })
    }
}

fn list(page: &Page<ServerView>, filter: &ListFilter, now: Timestamp) -> Message {
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

/// Lines packed into as few sections as hold them.
fn paragraphs(lines: &[String]) -> Vec<SlackBlock> {
    let mut blocks = Vec::new();
    let mut paragraph = String::new();
    for line in lines {
        let longer = paragraph.chars().count() + line.chars().count() + 1;
        if longer > kit::SECTION_CHARS && !paragraph.is_empty() {
            blocks.push(kit::section(&paragraph));
            paragraph.clear();
        }
        if !paragraph.is_empty() {
            paragraph.push('\n');
        }
        paragraph.push_str(line);
    }
    if !paragraph.is_empty() {
        blocks.push(kit::section(&paragraph));
    }
    blocks
}

fn summary(facts: &Summary, now: Timestamp) -> Message {
    let total: usize = facts
        .environments
        .iter()
        .map(|(_, counts)| counts.total())
        .sum();
    let headline = match (total, facts.down_total) {
        (0, _) => "No server is watched yet.".to_owned(),
        (1, 0) => "🟢 The server is not down.".to_owned(),
        (n, 0) => format!("🟢 None of {n} servers is down."),
        (n, 1) => format!("🔴 1 of {n} servers is down."),
        (n, down) => format!("🔴 {down} of {n} servers are down."),
    };
    let mut lines: Vec<_> = facts
        .environments
        .iter()
        .map(|(environment, counts)| {
            let mut parts = vec![format!("{} up", counts.up)];
            for (count, word) in [
                (counts.down, "down"),
                (counts.pending, "pending"),
                (counts.unknown, "unknown"),
            ] {
                if count > 0 {
                    parts.push(format!("{count} {word}"));
                }
            }
            format!("*{environment}*  {}", parts.join(" · "))
        })
        .collect();
    if total == 0 {
        lines
            .push("Like this: `/health add api https://10.0.0.5:8080/healthz env=LIVE`".to_owned());
    }
    let mut blocks = vec![kit::header(&headline)];
    blocks.extend(paragraphs(&lines));
    if !facts.down.is_empty() {
        let down: Vec<_> = facts.down.iter().map(|view| line(view, now)).collect();
        blocks.extend(paragraphs(&down));
    }
    blocks.push(kit::context(&[format!(
        "{} told · {} with alerts off · {} muted",
        plural(facts.channels, "channel", "channels"),
        plural(facts.alerts_off, "server", "servers"),
        plural(facts.muted, "server", "servers"),
    )]));
    Message {
        text: headline,
        blocks,
    }
}

fn plural(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

fn detail(view: &ServerView, now: Timestamp) -> Message {
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

fn ask_remove(view: &ServerView) -> Message {
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

fn ask_all_off(servers: usize) -> Message {
    let text = format!(
        "Switch the alerts of {} off? Nobody would be told of any failure.",
        if servers == 1 {
            "the one server".to_owned()
        } else {
            format!("all {servers} servers")
        }
    );
    let blocks = vec![
        kit::section(&text),
        kit::actions(vec![
            Button::new("Alerts off", Press::AllOff).danger(),
            Button::new("Keep", Press::KeepAll),
        ]),
    ];
    Message { text, blocks }
}

fn alerts_switched(view: &ServerView, changed: bool) -> Message {
    let on = view.server.notification;
    let (emoji, word) = if on { ("🔔", "on") } else { ("🔕", "off") };
    let already = if changed { "are now" } else { "already were" };
    let text = format!(
        "{emoji} Alerts of *{}* {already} {word}.{}",
        name(view.server.host_name.as_str()),
        if on { "" } else { " Checks go on." },
    );
    let blocks = vec![kit::section(&text), kit::actions(vec![alerts_button(view)])];
    Message { text, blocks }
}

fn all_switched(on: bool, changed: usize) -> String {
    let (emoji, word) = if on { ("🔔", "on") } else { ("🔕", "off") };
    match changed {
        0 => format!("{emoji} All alerts already were {word}."),
        n => format!(
            "{emoji} Alerts of {} are now {word}.",
            plural(n, "server", "servers")
        ),
    }
}

fn checked(view: &ServerView, outcome: &Outcome, now: Timestamp) -> Message {
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

fn subscribed(channel: &Channel, already: bool) -> String {
    let which = if channel.environments.is_empty() {
        "any server".to_owned()
    } else {
        format!("a {} server", names(&channel.environments))
    };
    let now = if already {
        "is told, as before,"
    } else {
        "is told from now on"
    };
    format!(
        "🔔 {} {now} when {which} fails and when it is back.",
        channel_name(channel)
    )
}

fn cannot_subscribe(conversation: &ConversationId, problem: &SubscribeProblem) -> String {
    match problem {
        SubscribeProblem::InviteFirst => format!(
            "⛔ I cannot post in {} yet. Invite me there first with `/invite @Healthbot`: that subscribes it, too.",
            channel_link(conversation)
        ),
        SubscribeProblem::Archived => {
            format!(
                "⛔ {} is archived: nothing can be posted there.",
                channel_link(conversation)
            )
        }
        SubscribeProblem::SlackAway(reason) => format!(
            "⏳ Slack did not say whether I can post in {} ({}). Please try again in a while.",
            channel_link(conversation),
            text::mrkdwn(reason, 100)
        ),
    }
}

/// A conversation that Slack shows by its present name. The id came from Slack, but through a person's hands.
fn channel_link(conversation: &ConversationId) -> String {
    let id = conversation.as_str();
    if !id.is_empty() && id.bytes().all(|b| b.is_ascii_alphanumeric()) {
        format!("<#{id}>")
    } else {
        "that channel".to_owned()
    }
}

fn channel_name(channel: &Channel) -> String {
    match &channel.destination {
        Destination::Conversation(id) => channel_link(id),
        Destination::Webhook(_) => format!("The webhook *{}*", name(&channel.name)),
    }
}

fn list_channels(channels: &[Channel]) -> Message {
    if channels.is_empty() {
        return say(
            "Nobody is told yet: invite me to a channel, or type `/health subscribe` in one."
                .into(),
        );
    }
    let lines: Vec<_> = channels
        .iter()
        .map(|channel| {
            let which = if channel.environments.is_empty() {
                "all environments".to_owned()
            } else {
                names(&channel.environments)
            };
            let health = match (&channel.failing, channel.notification) {
                (Some(failing), _) => format!(
                    "🔴 nothing arrives since {}: {}",
                    text::date(failing.since),
                    text::code(&failing.reason, 60)
                ),
                (None, false) => "🔕 off".to_owned(),
                (None, true) => "🟢 works".to_owned(),
            };
            format!("{} — {which} — {health}", channel_name(channel))
        })
        .collect();
    let text = format!(
        "{} told of failures",
        plural(channels.len(), "channel is", "channels are")
    );
    let mut blocks = vec![kit::section(&format!("*{text}*"))];
    blocks.extend(paragraphs(&lines));
    Message { text, blocks }
}
