//! The rule of the house, made executable: who may import whom, and which outside things are named in one place only.

use std::fs;
use std::path::Path;

/// The layers in import order. A layer may use those of a lower number, siblings have the same; the clock's types may
/// be used everywhere.
const RANKS: [(&str, u8); 16] = [
    ("clock", 0),
    ("domain", 1),
    ("config", 2),
    ("telemetry", 3),
    ("deathpoint", 3),
    ("memory", 3),
    ("store", 4),
    ("probe", 4),
    ("slack", 4),
    ("inventory", 4),
    ("switch", 4),
    ("service", 5),
    ("http", 6),
    ("demo", 6),
    ("lifecycle", 6),
    ("app", 7),
];

/// What may be named in one place only: the words, and the beginning of the paths that may say them.
const ONLY_IN: [(&str, &str); 5] = [
    ("sled", "store/"),
    ("slack_morphism", "slack/"),
    ("Utc::now", "clock.rs"),
    ("SystemTime::now", "clock.rs"),
    ("Instant::now", "clock.rs"),
];

/// What the domain, which decides and does nothing, must not know.
const NOT_IN_DOMAIN: [&str; 6] = [
    "tokio",
    "axum",
    "hyper",
    "reqwest",
    "std::fs",
    "std::net::Tcp",
];

/// The code of a file without its comments; two slashes within a text begin none.
fn code(text: &str) -> String {
    let line = |line: &str| {
        let mut slashes = line.match_indices("//").map(|(at, _)| at);
        let comment = slashes.find(|at| line[..*at].matches('"').count().is_multiple_of(2));
        line[..comment.unwrap_or(line.len())].to_owned()
    };
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}

/// The modules of this crate that the code names: `crate::x::…`, and `crate::{x, y::…}`.
fn imports(code: &str) -> Vec<String> {
    let mut found = Vec::new();
    for rest in code.split("crate::").skip(1) {
        let Some(group) = rest.strip_prefix('{') else {
            found.push(rest);
            continue;
        };
        let mut depth = 0;
        let mut start = 0;
        for (at, c) in group.char_indices() {
            match c {
                '{' => depth += 1,
                '}' if depth > 0 => depth -= 1,
                ',' | '}' if depth == 0 => {
                    found.push(&group[start..at]);
                    start = at + 1;
                    if c == '}' {
                        break;
                    }
                }
                _ => {}
            }
        }
    }
    let name = |path: &str| {
        let path = path.trim_start();
        let end = path.find(|c: char| !c.is_alphanumeric() && c != '_');
        path[..end.unwrap_or(path.len())].to_owned()
    };
    found
        .into_iter()
        .map(name)
        .filter(|name| !name.is_empty())
        .collect()
}

/// Whether the code says a word, and not merely a longer one.
fn says(code: &str, word: &str) -> bool {
    let part = |c: char| c.is_alphanumeric() || c == '_';
    code.match_indices(word).any(|(at, _)| {
        let after = code[at + word.len()..].chars().next();
        !code[..at].ends_with(part) && !after.is_some_and(part)
    })
}

/// What a file at this path below `src` does against the rule.
fn violations(path: &str, text: &str) -> Vec<String> {
    let code = code(text);
    let layer = path.split(['/', '.']).next().unwrap_or_default();
    let rank = |layer: &str| {
        RANKS
            .iter()
            .find(|(name, _)| *name == layer)
            .map(|(_, rank)| *rank)
    };
    let mut found = Vec::new();
    if let Some(own) = rank(layer) {
        for import in imports(&code)
            .into_iter()
            .filter(|import| import != layer && import != "clock")
        {
            let allowed = rank(&import).is_some_and(|other| other < own) && layer != "demo";
            if !allowed {
                found.push(format!("{path}: {layer} imports {import}"));
            }
        }
    } else if !matches!(path, "main.rs" | "lib.rs") {
        found.push(format!("{path}: {layer} is in no layer"));
    }
    for (word, place) in ONLY_IN {
        if says(&code, word) && !path.starts_with(place) {
            found.push(format!("{path}: {word} belongs into {place}"));
        }
    }
    if layer == "domain" {
        let named = NOT_IN_DOMAIN.iter().filter(|word| says(&code, word));
        found.extend(named.map(|word| format!("{path}: the domain knows {word}")));
    }
    found
}

fn visit(dir: &Path, root: &Path, found: &mut Vec<String>, files: &mut usize) {
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            visit(&path, root, found, files);
        } else if path.extension().is_some_and(|end| end == "rs") {
            let name = path.strip_prefix(root).unwrap().to_str().unwrap();
            found.extend(violations(name, &fs::read_to_string(&path).unwrap()));
            *files += 1;
        }
    }
}

#[test]
fn imports_run_downward_and_each_outside_thing_is_named_in_one_place() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let (mut found, mut files) = (Vec::new(), 0);
    visit(&root, &root, &mut found, &mut files);
    assert!(files > 50, "the sources are where they are looked for");
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn the_rule_bites() {
    for (path, text, wrong) in [
        (
            "domain/server.rs",
            "use crate::store::Store;",
            "domain imports store",
        ),
        (
            "domain/a.rs",
            "fn f() { crate::config::x() }",
            "domain imports config",
        ),
        (
            "domain/a.rs",
            "use tokio::sync::mpsc;",
            "the domain knows tokio",
        ),
        (
            "store/a.rs",
            "use crate::{clock::Timestamp, probe::{Prober, Trust}, slack};",
            "store imports probe",
        ),
        (
            "store/a.rs",
            "use crate::{\n    domain::{a, b},\n    slack::render,\n};",
            "store imports slack",
        ),
        (
            "slack/a.rs",
            "use crate::service::commands::Commands;",
            "slack imports service",
        ),
        (
            "demo/a.rs",
            "use crate::domain::server::Server;",
            "demo imports domain",
        ),
        (
            "http/a.rs",
            "use crate::demo::Workspace;",
            "http imports demo",
        ),
        ("http/a.rs", "use crate::app::App;", "http imports app"),
        ("service/a.rs", "fn f(db: &sled::Db) {}", "sled belongs"),
        (
            "http/a.rs",
            "use slack_morphism::prelude::*;",
            "slack_morphism belongs",
        ),
        (
            "service/a.rs",
            "let now = chrono::Utc::now();",
            "Utc::now belongs",
        ),
        (
            "probe/a.rs",
            "let now = tokio::time::Instant::now();",
            "Instant::now belongs",
        ),
        ("helpers.rs", "", "helpers is in no layer"),
    ] {
        let found = violations(path, text);
        assert!(
            found.iter().any(|violation| violation.contains(wrong)),
            "{text}: {found:?}"
        );
    }
    for (path, text) in [
        (
            "domain/a.rs",
            "use crate::clock::Timestamp; use crate::domain::ids::ServerId;",
        ),
        (
            "service/a.rs",
            "use crate::{clock, domain::{a::B, c}, slack::client, store};",
        ),
        (
            "http/a.rs",
            "// sled and crate::app are only spoken of\nlet url = \"http://x\"; // Utc::now",
        ),
        ("store/a.rs", "use sled::Db; let exiled = 1;"),
        (
            "demo/a.rs",
            "use crate::clock::SharedClock; use super::state::State;",
        ),
        ("main.rs", "use healthbot::app::App;"),
    ] {
        assert_eq!(violations(path, text), Vec::<String>::new(), "{text}");
    }
}
