//! Coming from another monitor: what is taken of its configuration, what is said about it, and what is left alone.

use std::fs;
use std::path::Path;

use healthbot::domain::language::Language;
use healthbot::switch::{Origin, read};

use crate::harness::bot::Bot;
use crate::harness::process::healthbot;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/switch");

/// What `healthbot import --from` says of one of the example files, without the bot's own files around it.
async fn import(from: &str, file: &str, dir: &Path, more: &[&str]) -> String {
    let file = Path::new(FOLDER).join(file);
    let file = file.to_str().unwrap();
    let dir = dir.to_str().unwrap();
    let arguments = [&["import", "--from", from, "--data-dir", dir, file], more].concat();
    let (code, said) = healthbot(&arguments, &[]).ended().await;
    assert_eq!(code, Some(0), "{said}");
    assert!(!said.contains("planted9"), "a secret is shown: {said}");
    let mut lines: Vec<_> = said.lines().collect();
    // Standard output and standard error come in any order.
    lines.sort_by_key(|line| line.starts_with("added") || line.starts_with("would add"));
    lines.join("\n")
}

#[tokio::test]
async fn every_entry_of_a_backup_of_uptime_kuma_is_accounted_for() {
    let room = tempfile::tempdir().unwrap();
    let dir = room.path().join("data");
    let report = import("uptime-kuma", "kuma-backup.json", &dir, &["--dry-run"]).await;
    insta::assert_snapshot!("switch_kuma_backup", report);
    assert!(!dir.exists(), "a dry run writes nothing");
    let report = import("uptime-kuma", "kuma-monitors.json", &dir, &["--dry-run"]).await;
    insta::assert_snapshot!("switch_kuma_table", report);
}

#[tokio::test]
async fn every_endpoint_of_gatus_is_accounted_for() {
    let room = tempfile::tempdir().unwrap();
    let report = import("gatus", "gatus.yaml", room.path(), &["--dry-run"]).await;
    insta::assert_snapshot!("switch_gatus", report);
}

#[tokio::test]
async fn every_target_of_prometheus_is_accounted_for() {
    let room = tempfile::tempdir().unwrap();
    let report = import("prometheus", "prometheus.yml", room.path(), &["--dry-run"]).await;
    insta::assert_snapshot!("switch_prometheus", report);
    let report = import("prometheus", "targets.json", room.path(), &["--dry-run"]).await;
    insta::assert_snapshot!("switch_prometheus_targets", report);
}

#[tokio::test]
async fn what_is_new_is_added_beside_what_is_there_and_twice_is_once() {
    let mut bot = Bot::start().await;
    bot.health("add Pay 10.0.0.5:80 env=LIVE alerts=off").await;
    let dir = bot.config.data_dir.clone();

    // While the bot runs, a dry run is possible, and nothing else.
    let report = import("prometheus", "targets.json", &dir, &["--dry-run"]).await;
    assert!(
        report.contains("would add 3 of 3") && report.contains("not compared"),
        "{report}"
    );
    let (file, data) = (format!("{FOLDER}/targets.json"), dir.to_str().unwrap());
    let arguments = ["import", "--from", "prometheus", "--data-dir", data, &file];
    let (code, said) = healthbot(&arguments, &[]).ended().await;
    assert!(
        code != Some(0) && said.contains("another healthbot"),
        "{said}"
    );

    bot.stop().await;
    let report = import("prometheus", "targets.json", &dir, &[]).await;
    assert!(
        report.contains("added 2 of 3 entries, 1 there already"),
        "{report}"
    );
    assert!(report.contains("there      pay"), "{report}");
    let report = import("prometheus", "targets.json", &dir, &[]).await;
    assert!(
        report.contains("added 0 of 3 entries, 3 there already"),
        "{report}"
    );
    let report = import("gatus", "gatus.yaml", &dir, &[]).await;
    assert!(report.contains("added 5 of"), "{report}");

    bot.start_again().await;
    let list = bot.health("list").await;
    assert!(
        list.contains("8 servers") && list.contains("10.20.0.9:8080"),
        "{list}"
    );
    let detail = bot.health("status back-end").await;
    for part in ["http://10.20.0.7:8080/health", "STAGE", "1m30s", "500ms"] {
        assert!(detail.contains(part), "{part} in {detail}");
    }
    let pay = bot.health("status Pay").await;
    assert!(
        pay.contains("10.0.0.5") && pay.contains("off"),
        "what a person added stays: {pay}"
    );
    let history = bot.health("history back-end").await;
    assert!(
        history.contains("An import added back-end (from another monitor)"),
        "{history}"
    );
    bot.stop().await;
    bot.config.language = Language::Korean;
    bot.start_again().await;
    let history = bot.health("history back-end").await;
    assert!(
        history.contains("가져오기") && history.contains("(다른 모니터에서)"),
        "{history}"
    );
}

#[tokio::test]
async fn of_two_entries_of_a_name_the_one_that_may_be_probed_is_taken() {
    let room = tempfile::tempdir().unwrap();
    let file = room.path().join("file");
    let monitor =
        |url: &str| format!("{{\"name\": \"a\", \"type\": \"http\", \"url\": \"{url}\"}}");
    let target =
        |url: &str| format!("{{\"targets\": [\"{url}\"], \"labels\": {{\"host_name\": \"a\"}}}}");
    let (bad, good) = ("http://169.254.169.254/", "http://10.0.0.7/");
    for (from, text) in [
        (
            "uptime-kuma",
            format!("{{\"monitorList\": [{}, {}]}}", monitor(bad), monitor(good)),
        ),
        (
            "gatus",
            format!("endpoints:\n- {{name: a, url: '{bad}'}}\n- {{name: a, url: '{good}'}}\n"),
        ),
        ("prometheus", format!("[{}, {}]", target(bad), target(good))),
    ] {
        fs::write(&file, text).unwrap();
        let data = room.path().join("data");
        let said = import(from, file.to_str().unwrap(), &data, &["--dry-run"]).await;
        assert!(
            said.contains("not taken  a: ") && said.contains("would add 1 of 2"),
            "{from}: {said}"
        );
        assert!(said.contains("HTTP GET http://10.0.0.7/"), "{from}: {said}");
    }
}

#[tokio::test]
async fn what_is_no_such_configuration_is_refused_with_what_to_give_instead() {
    let room = tempfile::tempdir().unwrap();
    let file = room.path().join("file");
    for (from, text, hint) in [
        ("uptime-kuma", "SQLite format 3", "sqlite3 -json"),
        ("uptime-kuma", "[]", "sqlite3 -json"),
        (
            "uptime-kuma",
            "{\"monitorList\": [{\"name\": \"x\"}]}",
            "sqlite3 -json",
        ),
        ("gatus", "a: [", "no YAML"),
        ("gatus", "endpoint: []", "list of endpoints"),
        ("prometheus", "groups: []", "scrape_configs"),
        ("prometheus", "[1, 2]", "scrape_configs"),
    ] {
        fs::write(&file, text).unwrap();
        let data = room.path().join("data");
        let arguments = [
            "import",
            "--from",
            from,
            "--data-dir",
            data.to_str().unwrap(),
            file.to_str().unwrap(),
        ];
        let (code, said) = healthbot(&arguments, &[]).ended().await;
        assert!(
            code == Some(1) && said.contains(hint),
            "{from} {text}: {said}"
        );
        assert!(!data.exists(), "{said}");
    }
    let (code, said) = healthbot(&["import", "--dry-run", "x"], &[]).ended().await;
    assert!(code == Some(2) && said.contains("--from"), "{said}");
}

#[test]
fn no_text_makes_a_reader_panic() {
    let files = [
        "kuma-backup.json",
        "kuma-monitors.json",
        "gatus.yaml",
        "prometheus.yml",
        "targets.json",
    ];
    for file in files {
        let whole = fs::read_to_string(format!("{FOLDER}/{file}")).unwrap();
        let cuts = (0..whole.len())
            .step_by(37)
            .filter(|at| whole.is_char_boundary(*at));
        for cut in cuts {
            for origin in [Origin::UptimeKuma, Origin::Gatus, Origin::Prometheus] {
                // Whatever comes of it, it comes back.
                let _ = read(origin, &whole[..cut], |_| None);
                let _ = read(origin, &whole[cut..], |_| None);
            }
        }
    }
}
