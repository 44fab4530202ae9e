//! The page as HTML. It is whole without a script; the parts are the same that are sent when something changes. What
//! people named is escaped by the template, never by hand.

use std::time::Duration;

use chrono::SecondsFormat;
use maud::{DOCTYPE, Markup, html};

use super::graph;
use crate::clock::Timestamp;
use crate::domain::health::State;
use crate::domain::reply::Counts;
use crate::domain::server::Environment;
use crate::domain::span::{self, Unit};
use crate::service::page::{Facts, Group, Past, Row};

/// Without a script the page is loaded again after so many seconds.
const AGAIN_AFTER: u32 = 30;

/// The whole page. `boot` and `version` say where the stream of changes goes on.
pub(super) fn page(facts: &Facts, boot: u64, version: u64) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title(facts)) }
                link rel="icon" type="image/svg+xml" href="page/icon.svg";
                link rel="stylesheet" href="page/page.css";
                script type="module" src="page/page.js" {}
                noscript { meta http-equiv="refresh" content=(AGAIN_AFTER); }
            }
            body data-seen={ (boot) "-" (version) } data-graphs=(facts.graphs) {
                header {
                    h1 { img src="page/icon.svg" alt="" width="28" height="28"; "Status" }
                    p #live role="status" { noscript { "Reloads itself every " (AGAIN_AFTER) " seconds." } }
                }
                main {
                    section #now aria-labelledby="headline" { (now(facts)) }
                    section #servers aria-labelledby="servers-title" {
                        div.bar { h2 #servers-title { "Servers" } div #find {} }
                        @for (environment, group) in facts.environments() {
                            (table(environment, group, facts.graphs))
                        }
                    }
                    section #past aria-labelledby="past-title" { (past(&facts.past)) }
                }
                footer { (about(facts, boot)) }
                p #said.aside role="status" aria-live="polite" {}
            }
        }
    }
}

/// What the browser's tab says.
fn title(facts: &Facts) -> String {
    match facts.counts().down {
        0 => "Status".to_owned(),
        down => format!("{down} down · Status"),
    }
}

/// How it is at a glance, and what is down.
pub(super) fn now(facts: &Facts) -> Markup {
    let counts = facts.counts();
    html! {
        h2 #headline data-title=(title(facts)) data-state=(worst(counts).as_str()) { (headline(counts)) }
        dl.counts {
            @for (state, count) in by_state(counts) {
                div data-state=(state.as_str()) data-none[count == 0] {
                    dt { (word(state)) }
                    dd { (count) }
                }
            }
        }
        @if !facts.down.is_empty() {
            h3.aside { "Down now" }
            ul.cards { @for row in &facts.down { (card(row)) } }
        }
        @if let Some(more) = more_down(facts) { p { (more) } }
    }
}

/// Where those stand that are down and have no card.
fn more_down(facts: &Facts) -> Option<String> {
    let more = facts.counts().down - facts.down.len();
    let nowhere: usize = (facts.environments())
        .map(|(_, group)| group.unlisted_down())
        .sum();
    match (more, nowhere) {
        (0, _) => None,
        (more, 0) => Some(format!(
            "And {more} more that are down, among the servers below."
        )),
        (more, nowhere) => Some(format!(
            "And {more} more that are down: {} of them among the servers below, {nowhere} not listed here.",
            more - nowhere
        )),
    }
}

fn headline(counts: Counts) -> String {
    let total = counts.total();
    match counts {
        Counts { down: 0, .. } if total == 0 => "No server is watched yet".to_owned(),
        Counts {
            down: 0, unknown, ..
        } if unknown > 0 => {
            format!("Healthbot cannot see {} now", servers(unknown))
        }
        Counts { down: 0, .. } if counts.up == 0 => "Not checked yet".to_owned(),
        Counts { down: 0, .. } if total == 1 => "The one server is up".to_owned(),
        Counts { down: 0, .. } => "No server is down".to_owned(),
        Counts { down, .. } if total == 1 => format!("{} is down", servers(down)),
        Counts { down: 1, .. } => format!("1 of {total} servers is down"),
        Counts { down, .. } => format!("{down} of {total} servers are down"),
    }
}

fn servers(count: usize) -> String {
    format!("{count} server{}", if count == 1 { "" } else { "s" })
}

const fn worst(counts: Counts) -> State {
    match counts {
        Counts { down: 1.., .. } => State::Down,
        Counts { unknown: 1.., .. } => State::Unknown,
        Counts { up: 1.., .. } => State::Up,
        _ => State::Pending,
    }
}

const fn by_state(counts: Counts) -> [(State, usize); 4] {
    [
        (State::Down, counts.down),
        (State::Unknown, counts.unknown),
        (State::Pending, counts.pending),
        (State::Up, counts.up),
    ]
}

/// A state in words: colour alone tells nothing to some people, and nothing to a screen reader.
const fn word(state: State) -> &'static str {
    match state {
        State::Down => "down",
        State::Unknown => "not visible",
        State::Pending => "not checked yet",
        State::Up => "up",
    }
}

fn card(row: &Row) -> Markup {
    html! {
        li data-state="down" {
            h4 { (row.name.as_str()) }
            p {
                b { "down" }
                @if let Some(reason) = &row.reason { " " (reason) "," } " "
                (since(row.since))
                span.environment { (row.environment.as_str()) } (marks(row))
            }
            @if let Some(points) = row.graph.as_deref() { (graph::svg(points)) }
        }
    }
}

fn marks(row: &Row) -> Markup {
    html! {
        @if row.flapping { " " small { "flapping" } }
        @if row.quiet { " " small { "alerts silent" } }
    }
}

fn table(environment: Environment, group: &Group, graphs: bool) -> Markup {
    let name = environment.as_str();
    html! {
        section.environment id={ "env-" (name) } aria-labelledby={ "name-" (name) } {
            div id={ "head-" (name) } { (head(environment, group)) }
            @if graphs {
                table {
                    thead { tr {
                        th scope="col" { "Server" } th scope="col" { "State" } th scope="col" { "Since" }
                        th scope="col" { "Latency" } th scope="col" { "Last three hours" }
                    } }
                    tbody id={ "list-" (name) } { @for row in &group.rows { (self::row(row, true)) } }
                }
            } @else {
                ul.pack id={ "list-" (name) } { @for row in &group.rows { (self::row(row, false)) } }
            }
        }
    }
}

/// What stands over the servers of an environment.
pub(super) fn head(environment: Environment, group: &Group) -> Markup {
    let told = by_state(group.counts)
        .into_iter()
        .filter(|(_, count)| *count > 0);
    let told: Vec<_> = told
        .map(|(state, count)| format!("{count} {}", word(state)))
        .collect();
    html! {
        h3 id={ "name-" (environment.as_str()) } data-count=(group.counts.total()) { (environment.as_str()) }
        p {
            (told.join(", "))
            (unlisted(group))
        }
    }
}

/// How many servers of an environment have no room on the page.
fn unlisted(group: &Group) -> String {
    match (group.unlisted(), group.unlisted_down()) {
        (0, _) => String::new(),
        (count, 0) => format!("; {count} of them, none of which is down, are not listed here"),
        (count, down) => {
            format!("; {count} of them, {down} of which are down, are not listed here")
        }
    }
}

/// One server among the others of its environment.
pub(super) fn row(row: &Row, graphs: bool) -> Markup {
    let state = row.state.as_str();
    html! {
        @if graphs {
            tr id=(row.id) data-state=(state) {
                th scope="row" { (row.name.as_str()) (marks(row)) }
                td { b { (word(row.state)) } " " (row.reason.as_deref().unwrap_or_default()) }
                td { @if row.state != State::Pending { (since(row.since)) } }
                td.latency { @if let Some(latency) = row.latency() { (graph::in_words(latency)) } }
                td { @if let Some(points) = row.graph.as_deref() { (graph::svg(points)) } }
            }
        } @else {
            li id=(row.id) data-state=(state) { b { (word(row.state)) } " " span.name { (row.name.as_str()) } (marks(row)) }
        }
    }
}

/// What happened last.
pub(super) fn past(past: &[Past]) -> Markup {
    html! {
        h2 #past-title { "What happened last" }
        @if past.is_empty() { p { "Nothing yet." } } @else {
            table {
                thead { tr {
                    th scope="col" { "Server" } th scope="col" { "What" } th scope="col" { "Began" } th scope="col" { "Lasted" }
                } }
                tbody { @for one in past {
                    tr {
                        th scope="row" { (one.name.as_str()) " " small { (one.environment.as_str()) } }
                        td { (one.reason) }
                        td { (moment(one.began, "at")) }
                        td { (lasted(one)) }
                    }
                } }
            }
        }
    }
}

fn lasted(past: &Past) -> String {
    let Some(ended) = past.ended else {
        return "goes on".to_owned();
    };
    let lasted = ended.signed_duration_since(past.began).to_std();
    let parts = span::rough(lasted.unwrap_or(Duration::ZERO)).into_iter();
    let parts: Vec<_> = parts
        .map(|(count, unit)| format!("{count} {}", short(unit)))
        .collect();
    let lasted = if parts.is_empty() {
        "under a second".to_owned()
    } else {
        parts.join(" ")
    };
    if past.removed {
        format!("{lasted}, then removed")
    } else {
        lasted
    }
}

const fn short(unit: Unit) -> &'static str {
    match unit {
        Unit::Day => "d",
        Unit::Hour => "h",
        Unit::Minute => "min",
        Unit::Second => "s",
        Unit::Millisecond => "ms",
    }
}

fn about(facts: &Facts, boot: u64) -> Markup {
    let started = i64::try_from(boot)
        .ok()
        .and_then(Timestamp::from_timestamp_millis);
    html! {
        p {
            @if facts.graphs { "A bar is the slowest answer of three minutes; a red one means that a check failed. " }
            @else { "Of so many servers only those that are down have a graph. " }
            "Graphs are kept in memory and begin anew when Healthbot starts"
            @if let Some(started) = started { ", which it did " (moment(started, "at")) }
            "."
        }
    }
}

fn since(at: Timestamp) -> Markup {
    html! { span { "since " (moment(at, "since")) } " " }
}

/// A moment in UTC. The script makes it the reader's own time, or how long it is ago, as `kind` says.
fn moment(at: Timestamp, kind: &str) -> Markup {
    let exact = at.to_rfc3339_opts(SecondsFormat::Secs, true);
    html! { time.(kind) datetime=(exact) { (at.format("%Y-%m-%d %H:%M UTC")) } }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::ServerId;
    use crate::domain::server::HostName;
    use crate::service::page::{LISTED, Row};

    /// A page of so many servers, the last ones of which are down.
    fn facts(servers: usize, down: usize) -> Facts {
        let mut facts = Facts::for_servers(servers);
        for at in 0..servers {
            let is_down = at + down >= servers;
            facts.add(Row {
                id: ServerId::from_raw(at as u64),
                name: HostName::parse(&format!("node-{at:06}.example.org")).expect("a name"),
                environment: Environment::Live,
                state: if is_down { State::Down } else { State::Up },
                since: Timestamp::UNIX_EPOCH,
                flapping: false,
                quiet: false,
                reason: is_down.then(|| "refused".to_owned()),
                graph: None,
            });
        }
        facts.finish(Vec::new());
        facts
    }

    fn shown(servers: usize, down: usize) -> String {
        page(&facts(servers, down), 1, 1).into_string()
    }

    #[test]
    fn however_many_servers_there_are_the_page_has_an_end_and_says_what_it_leaves_out() {
        let (full, more) = (shown(LISTED, 300), shown(5 * LISTED, 300));
        assert!(!full.contains("listed here"), "all are there");
        assert!(more.len() < full.len() + 1_000, "{} bytes", more.len());
        assert!(more.len() < 2_000_000, "{} bytes", more.len());
        for told in [
            "300 of 50000 servers are down",
            "And 200 more that are down, among the servers below.",
            "300 down, 49700 up; 40000 of them, none of which is down, are not listed here",
            // Down, though it came last.
            "node-049999.example.org",
        ] {
            assert!(more.contains(told), "{told}");
        }
    }

    #[test]
    fn of_more_that_are_down_than_there_is_room_for_the_rest_is_counted() {
        let page = shown(LISTED + 7, LISTED + 5);
        for told in [
            "And 9905 more that are down: 9900 of them among the servers below, 5 not listed here.",
            "; 7 of them, 5 of which are down, are not listed here",
        ] {
            assert!(page.contains(told), "{told}");
        }
    }
}
