//! `manifest.yml` sets the Slack app up in one paste, so what the bot relies on must stand in it.
//!
//! The manifest is plain enough to be read by line, which also shows what a YAML parser would throw away: the
//! reason beside each entry. That its words are ones that Slack knows is checked with Slack's own types in
//! `tests/outer/types`.

use std::collections::BTreeSet;

const MANIFEST: &str = include_str!("../../manifest.yml");

/// What the system that Healthbot replaces was granted, and the slash command.
const NEEDED_SCOPES: [&str; 12] = [
    "channels:manage",
    "channels:read",
    "chat:write",
    "chat:write.customize",
    "chat:write.public",
    "commands",
    "groups:read",
    "groups:write",
    "im:read",
    "im:write",
    "mpim:read",
    "mpim:write",
];

/// The events that are acted on, each with the scopes without which Slack would not send it
/// (the "Required scopes" of each page under <https://docs.slack.dev/reference/events>).
const NEEDED_EVENTS: [(&str, &[&str]); 14] = [
    ("app_home_opened", &[]),
    ("app_uninstalled", &[]),
    ("channel_archive", &["channels:read"]),
    ("channel_deleted", &["channels:read"]),
    ("channel_id_changed", &[]),
    ("channel_left", &["channels:read"]),
    ("channel_rename", &["channels:read"]),
    ("group_archive", &["groups:read"]),
    ("group_deleted", &["groups:read"]),
    ("group_left", &["groups:read"]),
    ("group_rename", &["groups:read"]),
    ("member_joined_channel", &["channels:read", "groups:read"]),
    ("member_left_channel", &["channels:read", "groups:read"]),
    ("tokens_revoked", &[]),
];

#[derive(Debug, PartialEq)]
struct Entry<'a> {
    name: &'a str,
    reason: &'a str,
}

/// The items of the list under `key`, each with the comment on its line.
fn entries<'a>(yaml: &'a str, key: &str) -> Vec<Entry<'a>> {
    yaml.lines()
        .map(str::trim)
        .skip_while(|line| line.strip_suffix(':') != Some(key))
        .skip(1)
        .map_while(|line| line.strip_prefix("- "))
        .map(|item| {
            let (name, reason) = item.split_once(" # ").unwrap_or((item, ""));
            Entry {
                name,
                reason: reason.trim(),
            }
        })
        .collect()
}

/// The value of the only line that gives `key` one, without its comment.
fn value<'a>(yaml: &'a str, key: &str) -> Option<&'a str> {
    let mut found = yaml.lines().filter_map(|line| {
        let rest = line.trim().strip_prefix("- ").unwrap_or(line.trim());
        rest.strip_prefix(key)?.strip_prefix(": ")
    });
    let first = found.next()?;
    found
        .next()
        .is_none()
        .then(|| first.split(" # ").next().unwrap_or(first))
}

fn names(key: &str) -> BTreeSet<&'static str> {
    let listed = entries(MANIFEST, key);
    let names: BTreeSet<_> = listed.iter().map(|entry| entry.name).collect();
    assert_eq!(
        names.len(),
        listed.len(),
        "an entry of `{key}` stands twice"
    );
    names
}

#[test]
fn the_reader_sees_entries_reasons_and_the_end_of_a_list() {
    let yaml = "x:\n  bot:\n    - a # why\n    - b\nother:\n    - c # not of this list\n";
    let expected = [
        Entry {
            name: "a",
            reason: "why",
        },
        Entry {
            name: "b",
            reason: "",
        },
    ];
    assert_eq!(entries(yaml, "bot"), expected);
    assert_eq!(value("a: 1 # one\nb: 2\nb: 3\n", "a"), Some("1"));
    assert_eq!(
        value("a: 1\nb: 2\nb: 3\n", "b"),
        None,
        "two lines give no single answer"
    );
}

#[test]
fn exactly_the_needed_scopes_are_asked_for() {
    assert_eq!(names("bot"), BTreeSet::from(NEEDED_SCOPES));
}

#[test]
fn exactly_the_needed_events_are_subscribed() {
    assert_eq!(
        names("bot_events"),
        NEEDED_EVENTS.iter().map(|(event, _)| *event).collect()
    );
}

#[test]
fn every_event_has_the_scopes_it_depends_on() {
    let granted = names("bot");
    for (event, scopes) in NEEDED_EVENTS {
        for scope in scopes {
            assert!(
                granted.contains(scope),
                "{event} is not sent without {scope}"
            );
        }
    }
}

#[test]
fn every_scope_and_event_says_what_it_is_for() {
    for key in ["bot", "bot_events"] {
        for entry in entries(MANIFEST, key) {
            assert!(
                entry.reason.len() >= 10,
                "`{}` needs its reason beside it",
                entry.name
            );
        }
    }
}

#[test]
fn slack_is_pointed_at_the_three_routes() {
    let hosted = |line: &str| {
        line.trim()
            .split_once("https://YOUR-HOST")
            .map(|(_, path)| path.to_owned())
    };
    let paths: Vec<_> = MANIFEST.lines().filter_map(hosted).collect();
    assert_eq!(
        paths,
        ["/slack/commands", "/slack/interactions", "/slack/events"]
    );
}

#[test]
fn the_switches_that_the_bot_relies_on_are_set() {
    for (key, expected) in [
        ("command", "/health"),
        ("should_escape", "true"),
        ("callback_id", "add_server"),
        ("home_tab_enabled", "true"),
        ("messages_tab_enabled", "true"),
        ("is_enabled", "true"),
        ("socket_mode_enabled", "false"),
    ] {
        assert_eq!(value(MANIFEST, key), Some(expected), "{key}");
    }
}
