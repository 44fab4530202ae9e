//! What the documents and the packaging say of the program is what the program says of itself.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use clap::CommandFactory;
use healthbot::config::Cli;

use crate::harness::api::bot;
use crate::harness::transport::Transport;

fn read(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

/// The words of a text that begin so: letters, digits and underscores.
fn words(text: &str, beginnings: &[&str]) -> BTreeSet<String> {
    text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
        .filter(|word| {
            beginnings
                .iter()
                .any(|beginning| word.starts_with(beginning))
        })
        .map(str::to_owned)
        .collect()
}

/// The variables that `serve` reads.
fn variables() -> BTreeSet<String> {
    let cli = Cli::command();
    let serve = cli.find_subcommand("serve").unwrap();
    let named = serve
        .get_arguments()
        .filter_map(|argument| argument.get_env());
    named
        .map(|name| name.to_str().unwrap().to_owned())
        .collect()
}

/// The sources, one after the other.
fn sources(dir: &Path, to: &mut String) {
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, to);
        } else if path.extension().is_some_and(|end| end == "rs") {
            to.push_str(&fs::read_to_string(path).unwrap());
        }
    }
}

#[test]
fn every_variable_is_described() {
    let described = read("README.md") + &read("OPERATIONS.md");
    let described = words(&described, &["SLACK_", "HEALTHBOT_", "HTTPS_", "NO_"]);
    let missing: Vec<_> = variables().difference(&described).cloned().collect();
    assert!(missing.is_empty(), "nothing is said of {missing:?}");
}

#[test]
fn no_variable_is_described_twice() {
    let readme = read("README.md");
    let table = readme.split("| variable | default | |").nth(1).unwrap();
    let rows = table
        .lines()
        .skip(2)
        .take_while(|line| line.starts_with('|'));
    let mut seen = BTreeSet::new();
    for row in rows {
        let names = row.split('|').nth(1).unwrap();
        for name in words(names, &["SLACK_", "HEALTHBOT_", "HTTPS_", "NO_"]) {
            assert!(seen.insert(name.clone()), "{name} has two rows");
        }
    }
    assert!(seen.len() > 10, "the table is where it is looked for");
}

#[test]
fn every_knob_of_the_tests_is_described() {
    let mut code = String::new();
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it");
    sources(&tests, &mut code);
    let described = words(&read("CONTRIBUTING.md"), &["HEALTHBOT_"]);
    let mut knobs: BTreeSet<_> = [r#"knob::number(""#, r#"knob::count(""#]
        .into_iter()
        .flat_map(|call| code.split(call).skip(1))
        .filter_map(|rest| rest.split('"').next())
        .filter(|name| name.starts_with("HEALTHBOT_"))
        .map(str::to_owned)
        .collect();
    assert!(knobs.len() > 5, "{knobs:?}");
    knobs.insert("HEALTHBOT_BIN".to_owned());
    let missing: Vec<_> = knobs.difference(&described).collect();
    assert!(missing.is_empty(), "nothing is said of {missing:?}");
}

#[test]
fn what_is_packaged_sets_no_variable_that_is_not_read() {
    let known = variables();
    for file in [
        "Dockerfile",
        "packaging/compose.yaml",
        "packaging/systemd/healthbot.service",
        "packaging/systemd/healthbot.env",
    ] {
        let set = words(&read(file), &["SLACK_", "HEALTHBOT_"]);
        assert!(!set.is_empty(), "{file}");
        let unknown: Vec<_> = set.difference(&known).collect();
        assert!(unknown.is_empty(), "{file} sets {unknown:?}");
    }
}

#[test]
fn what_the_log_is_said_to_say_is_in_the_source() {
    let mut code = String::new();
    sources(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("src"),
        &mut code,
    );
    let operations = read("OPERATIONS.md");
    let table = operations.split("| the log says |").nth(1).unwrap();
    let rows = table
        .lines()
        .skip(2)
        .take_while(|line| line.starts_with('|'));
    let mut said = 0;
    for row in rows {
        let first = row.split('|').nth(1).unwrap();
        for sentence in first.split('`').skip(1).step_by(2) {
            let beginning = sentence.trim_end_matches("...").trim_end();
            assert!(code.contains(beginning), "nothing logs {sentence:?}");
            said += 1;
        }
    }
    assert!(said > 10, "the table is where it is looked for");
}

#[tokio::test]
async fn every_metric_is_described_and_every_alert_rests_on_one_that_is_told() {
    // Over Socket Mode nothing is left out that is told.
    let bot = Transport::Socket.carry(bot()).await;
    let told = bot.ask("GET", "/metrics").send().await.text;
    let told: BTreeSet<_> = told
        .lines()
        .filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next())
        .map(str::to_owned)
        .collect();
    let beginnings = ["healthbot_", "process_"];
    let described = words(&read("OPERATIONS.md"), &beginnings);
    let missing: Vec<_> = told.difference(&described).collect();
    assert!(missing.is_empty(), "nothing is said of {missing:?}");
    let rules = words(&read("assets/prometheus-rules.yml"), &beginnings);
    assert!(!rules.is_empty());
    let metric = |name: &String| name.trim_end_matches("_bucket").to_owned();
    let unknown: Vec<_> = rules
        .iter()
        .filter(|name| !told.contains(&metric(name)))
        .collect();
    assert!(unknown.is_empty(), "rules rest on {unknown:?}");
}
