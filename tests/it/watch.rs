//! Metrics and readiness: what whoever watches the watcher is told.

use std::collections::{BTreeMap, BTreeSet};

use healthbot::config::Secret;
use healthbot::demo::{Effect, Fault, Target};
use serde_json::{Value, json};

use crate::harness::api::{Ask, TOKEN, bot};
use crate::harness::bot::Bot;
use crate::harness::process;

/// Each sample's value by its name and labels, and the type of each family; the text must be in Prometheus' form.
fn parsed(text: &str) -> (BTreeMap<&str, f64>, BTreeMap<&str, &str>) {
    let (mut samples, mut families) = (BTreeMap::new(), BTreeMap::new());
    let mut family = "";
    assert!(text.ends_with('\n'));
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix("# HELP ") {
            family = rest.split_once(' ').unwrap().0;
        } else if let Some(rest) = line.strip_prefix("# TYPE ") {
            let (name, kind) = rest.split_once(' ').unwrap();
            assert_eq!(name, family, "a type follows its help");
            assert!(families.insert(name, kind).is_none(), "{name} comes twice");
        } else {
            let (sample, value) = line.rsplit_once(' ').unwrap();
            let name = sample.split('{').next().unwrap();
            let rest = name
                .strip_prefix(family)
                .unwrap_or_else(|| panic!("{line} in {family}"));
            let endings: &[&str] = match families[family] {
                "histogram" => &["_bucket", "_sum", "_count"],
                _ => &[""],
            };
            assert!(endings.contains(&rest), "{line}");
            assert!(
                samples.insert(sample, value.parse().unwrap()).is_none(),
                "{sample} comes twice"
            );
        }
    }
    (samples, families)
}

async fn scraped(bot: &Bot) -> String {
    let answer = bot.ask("GET", "/metrics").send().await;
    assert_eq!(answer.status, 200);
    assert_eq!(
        answer.header("content-type"),
        "text/plain; version=0.0.4; charset=utf-8"
    );
    answer.text
}

#[tokio::test]
async fn probes_servers_and_calls_are_told() {
    let bot = bot().await;
    bot.invite("ops").await;
    let up = Target::http().await.unwrap();
    let name = "up\" 1 \\";
    let id = bot.add_by_api(name, "127.0.0.1", up.addr().port()).await;
    bot.api("POST", &format!("/servers/{id}/check"))
        .send()
        .await
        .expect(200);
    let down = bot.add_down("down", "env=LIVE").await;
    bot.message("ops", |m| m.plain().contains("refused")).await;
    let pending = json!({"host_name": "later", "host": "10.255.255.1", "port": 9, "interval": "1d", "environment": "DEV"});
    bot.api("POST", "/servers").json(&pending).await.expect(201);

    let text = scraped(&bot).await;
    let (samples, families) = parsed(&text);
    let at = |sample: &str| {
        *samples
            .get(sample)
            .unwrap_or_else(|| panic!("{sample} in {text}"))
    };
    assert_eq!(
        at("healthbot_server_up{server=\"up\\\" 1 \\\\\",environment=\"UNKNOWN\"}"),
        1.0
    );
    assert_eq!(
        at("healthbot_server_up{server=\"down\",environment=\"LIVE\"}"),
        0.0
    );
    assert!(!text.contains("server=\"later\""));
    for (state, environment, count) in [
        ("up", "UNKNOWN", 1.0),
        ("down", "LIVE", 1.0),
        ("pending", "DEV", 1.0),
        ("up", "STAGE", 0.0),
        ("unknown", "UNKNOWN", 0.0),
    ] {
        let sample =
            format!("healthbot_servers{{state=\"{state}\",environment=\"{environment}\"}}");
        assert_eq!(at(&sample), count, "{sample}");
    }
    assert!(at("healthbot_probes_total{result=\"healthy\",kind=\"\"}") >= 1.0);
    assert!(at("healthbot_probes_total{result=\"failed\",kind=\"refused\"}") >= 1.0);
    assert_eq!(
        at("healthbot_probes_total{result=\"unknown\",kind=\"offline\"}"),
        0.0
    );
    let probes: f64 = samples
        .iter()
        .filter(|(name, _)| name.starts_with("healthbot_probes_total"))
        .map(|(_, count)| count)
        .sum();
    assert_eq!(at("healthbot_probe_duration_seconds_count"), probes);
    assert_eq!(
        at("healthbot_probe_duration_seconds_bucket{le=\"+Inf\"}"),
        probes
    );
    assert_eq!(at("healthbot_incidents_open"), 1.0);
    assert_eq!(
        (at("healthbot_channels"), at("healthbot_channels_failing")),
        (1.0, 0.0)
    );
    assert!(at("healthbot_slack_calls_total{method=\"chat.postMessage\",outcome=\"ok\"}") >= 2.0);
    assert_eq!(
        at("healthbot_slack_calls_total{method=\"auth.test\",outcome=\"ok\"}"),
        1.0
    );
    assert!(at("healthbot_store_records") >= 3.0 && at("healthbot_store_bytes") > 0.0);
    assert!(at("healthbot_store_revision") >= 3.0);
    let version = format!(
        "healthbot_build_info{{version=\"{}\"}}",
        env!("CARGO_PKG_VERSION")
    );
    assert_eq!(at(&version), 1.0);
    for (family, kind) in &families {
        assert_eq!(*kind == "counter", family.ends_with("_total"), "{family}");
    }
    drop(down);
}

#[tokio::test]
async fn messages_that_wait_are_told_with_their_age() {
    let bot = bot().await;
    bot.invite("ops").await;
    bot.workspace
        .fault(Fault::once("chat.postMessage", Effect::Status(500)).times(1_000));
    bot.add_down("shop", "").await;
    loop {
        let text = scraped(&bot).await;
        let (samples, _) = parsed(&text);
        let failed = "healthbot_slack_calls_total{method=\"chat.postMessage\",outcome=\"retry\"}";
        if samples["healthbot_outbox_entries"] == 1.0 && samples.contains_key(failed) {
            assert!(samples["healthbot_outbox_oldest_seconds"] > 0.0);
            break;
        }
    }
}

#[tokio::test]
async fn the_dashboard_names_only_what_is_exported() {
    let file = include_str!("../../assets/grafana-dashboard.json");
    let dashboard: Value = serde_json::from_str(file).unwrap();
    let bot = bot().await;
    bot.invite("ops").await;
    let text = scraped(&bot).await;
    let (_, families) = parsed(&text);
    let mut named = BTreeSet::new();
    for panel in dashboard["panels"].as_array().unwrap() {
        for target in panel["targets"].as_array().unwrap() {
            let words = target["expr"].as_str().unwrap();
            let words = words.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
            let ours = |word: &&str| word.starts_with("healthbot_") || word.starts_with("process_");
            let mut found = words.filter(ours).peekable();
            assert!(found.peek().is_some(), "{panel}");
            named.extend(found);
        }
    }
    for name in &named {
        let bare = ["_bucket", "_sum", "_count"]
            .iter()
            .find_map(|ending| name.strip_suffix(ending));
        let known = families.contains_key(name)
            || bare.is_some_and(|bare| families.get(bare) == Some(&"histogram"));
        assert!(known, "{name} is not exported");
    }
    let shown = |family: &&str| named.iter().any(|name| name.starts_with(*family));
    let unseen: Vec<_> = families.keys().filter(|family| !shown(family)).collect();
    assert_eq!(unseen, [&"process_virtual_memory_bytes"]);
}

#[tokio::test]
async fn no_secret_is_in_what_is_told_without_a_token() {
    let bot = bot().await;
    let api = url::Url::parse(&bot.workspace.api_url())
        .unwrap()
        .origin()
        .ascii_serialization();
    let hook = format!("{api}/services/T1/B1/planted7hook7secret");
    let channel = json!({"name": "hook", "hook_url": hook});
    bot.api("POST", "/channels")
        .json(&channel)
        .await
        .expect(201);
    for path in [
        "/metrics",
        "/readyz",
        "/healthz",
        "/api/openapi.json",
        "/api/docs",
        "/",
        "/page/page.js",
    ] {
        let answer = bot.ask("GET", path).send().await;
        assert_eq!(answer.status, 200, "{path}");
        let secrets = [
            "planted7hook7secret",
            bot.config.bot_token.expose(),
            bot.config.signing_secrets[0].expose(),
        ];
        for secret in secrets {
            assert!(!answer.text.contains(secret), "{path}");
        }
    }
}

#[tokio::test]
async fn it_is_ready_once_every_part_does_its_work() {
    let bot = Bot::start().await;
    bot.knows_its_workspace().await;
    let ready = bot.ask("GET", "/readyz").send().await.expect(200);
    let well = json!({"ok": true, "reason": null});
    let expected = json!({"ready": true, "parts": {"store": well, "probes": well, "slack": well}});
    assert_eq!(ready, expected);
}

#[tokio::test]
async fn it_is_not_ready_before_slack_has_said_who_it_is() {
    let nobody = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let closed = nobody.local_addr().unwrap();
    drop(nobody);
    let bot = Bot::start_with(|config| {
        config.api_url = format!("http://{closed}/api").parse().unwrap();
        config.admin_token = Some(Secret::new(TOKEN));
    })
    .await;
    loop {
        let answer = bot.ask("GET", "/readyz").send().await;
        let body = answer.expect(503);
        assert_eq!(
            (&body["ready"], &body["parts"]["store"]["ok"]),
            (&json!(false), &json!(true))
        );
        assert_eq!(
            (
                &body["parts"]["probes"]["ok"],
                &body["parts"]["slack"]["ok"]
            ),
            (&json!(true), &json!(false))
        );
        let reason = body["parts"]["slack"]["reason"].as_str().unwrap();
        if reason.contains("no connection") {
            break;
        }
        assert!(reason.contains("Slack"), "{reason}");
    }
    assert_eq!(bot.ask("GET", "/healthz").send().await.text, "ok\n");
    // The API does not wait for Slack, except where it must ask it.
    bot.add_by_api("shop", "10.0.0.5", 80).await;
    let conversation = json!({"name": "ops", "channel_id": "C1"});
    let answer = bot.api("POST", "/channels").json(&conversation).await;
    answer.problem(503);
}

#[tokio::test]
async fn a_disk_that_takes_nothing_makes_it_not_ready_until_it_does_again() {
    let workspace = process::workspace().await;
    let dir = tempfile::tempdir().unwrap();
    let mut bot = process::serve_on_a_disk_that_may_end(&workspace, dir.path(), &[]);
    let url = format!("http://{}", bot.up(&workspace).await);
    let ready = async || {
        let answer = Ask::to(&url, "GET", "/readyz").send().await;
        let body: Value = serde_json::from_str(&answer.text).unwrap();
        (answer.status, body["parts"]["store"].clone())
    };
    while ready().await.0 != 200 {}
    bot.limit_files("1:unlimited").await;
    let (mut status, mut store) = ready().await;
    while status == 200 {
        (status, store) = ready().await;
    }
    assert_eq!((status, &store["ok"]), (503, &json!(false)));
    assert!(
        store["reason"].as_str().unwrap().contains("disk"),
        "{store}"
    );
    assert_eq!(Ask::to(&url, "GET", "/healthz").send().await.status, 200);
    bot.limit_files("unlimited:unlimited").await;
    while ready().await.0 != 200 {}
}
