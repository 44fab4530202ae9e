//! Secrets are planted wherever there may be some, and looked for in all that the bot says: its answers, its pages, its
//! metrics, and its log at the most talkative.

use serde_json::{Value, json};
use tempfile::tempdir;

use crate::harness::api::{Ask, TOKEN};
use crate::harness::process::{BOT_TOKEN, OLD_SECRET, SIGNING_SECRET, serve, workspace};
use crate::harness::reader::{Reader, seen_in};

const HOOK: &str = "planted3hook3secret";
const INVENTORY: &str = "planted3inventory3token";
const IN_URL: &str = "planted3inventory3key";

/// What opens doors, and is nowhere to be read.
const SECRETS: [&str; 7] = [
    SIGNING_SECRET,
    OLD_SECRET,
    BOT_TOKEN,
    TOKEN,
    HOOK,
    INVENTORY,
    IN_URL,
];

#[track_caller]
fn shows_none(of: &str, text: &str, secrets: &[&str]) {
    for secret in secrets {
        let line = text.lines().find(|line| line.contains(secret));
        assert!(line.is_none(), "{secret} in {of}: {line:?}");
    }
}

#[tokio::test]
async fn no_secret_is_in_any_answer_page_metric_or_log() {
    let (workspace, dir) = (workspace().await, tempdir().unwrap());
    let api = url::Url::parse(&workspace.api_url()).unwrap();
    let origin = api.origin().ascii_serialization();
    let inventory = format!("{origin}/inventory?key={IN_URL}");
    let more = [
        ("HEALTHBOT_LOG", "trace"),
        ("HEALTHBOT_ADMIN_TOKEN", TOKEN),
        ("HEALTHBOT_INVENTORY_URL", inventory.as_str()),
        ("HEALTHBOT_INVENTORY_TOKEN", INVENTORY),
        ("HEALTHBOT_INVENTORY_INTERVAL", "1s"),
    ];
    let mut process = serve(&workspace, dir.path(), &more);
    let base = format!("http://{}", process.up(&workspace).await);
    let ask = |method: &str, path: &str| {
        Ask::to(&base, method, path).header("authorization", format!("Bearer {TOKEN}"))
    };
    let channel = json!({"name": "hook", "hook_url": format!("{origin}/services/T1/B1/{HOOK}")});
    let channel = ask("POST", "/api/v1/channels")
        .json(&channel)
        .await
        .expect(201);
    let server = json!({"host_name": "shop", "host": "127.0.0.1", "port": 9, "interval": "1s", "failures": 1});
    let server = ask("POST", "/api/v1/servers")
        .json(&server)
        .await
        .expect(201);
    let id = |of: &Value| of["id"].as_str().unwrap().to_owned();
    let (channel, server) = (id(&channel), id(&server));

    let page = ask("GET", "/").send().await.text;
    let mut reader = Reader::open(&base, &seen_in(&page), None).await;
    let rename = ask("PATCH", &format!("/api/v1/servers/{server}"));
    rename
        .json(&json!({"host_name": "storefront"}))
        .await
        .expect(200);
    let (_, _, change) = reader.change_with("storefront").await;
    shows_none("a change on the page", &change.to_string(), &SECRETS);

    let mine = |what: &str| format!("/api/v1/servers/{server}{what}");
    for (method, path) in [
        ("GET", "/".to_owned()),
        ("GET", "/page/page.js".to_owned()),
        ("GET", "/metrics".to_owned()),
        ("GET", "/readyz".to_owned()),
        ("GET", "/healthz".to_owned()),
        ("GET", "/api/docs".to_owned()),
        ("GET", "/api/openapi.json".to_owned()),
        ("GET", "/api/v1/servers".to_owned()),
        ("GET", mine("")),
        ("GET", mine("/status")),
        ("POST", mine("/check")),
        ("GET", "/api/v1/channels".to_owned()),
        ("GET", format!("/api/v1/channels/{channel}")),
        ("GET", "/api/v1/incidents".to_owned()),
        ("GET", "/api/v1/settings".to_owned()),
        ("POST", "/api/v1/inventory/sync".to_owned()),
        ("GET", "/api/v1/nowhere".to_owned()),
    ] {
        let answer = ask(method, &path).send().await;
        assert!(!answer.text.is_empty(), "{path}");
        shows_none(&path, &answer.text, &SECRETS);
    }

    // A backup holds what it takes to tell a webhook, and nothing that opens a door to the bot.
    let backup = ask("GET", "/api/v1/export").send().await.text;
    assert!(backup.contains(HOOK));
    let others: Vec<_> = SECRETS
        .into_iter()
        .filter(|secret| *secret != HOOK)
        .collect();
    shows_none("the export", &backup, &others);

    process.signal("TERM").await;
    let (code, said) = process.ended().await;
    assert_eq!(code, Some(0));
    assert!(
        said.contains("TRACE") || said.contains("DEBUG"),
        "it did talk"
    );
    shows_none("the log", &said, &SECRETS);
}
