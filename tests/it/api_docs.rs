//! The API's own description, and what is reached at which address.

use std::collections::BTreeSet;

use healthbot::config::Secret;
use serde_json::Value;

use crate::harness::api::TOKEN;
use crate::harness::bot::Bot;

#[tokio::test]
async fn the_document_describes_every_route_and_names_every_refusal() {
    let bot = Bot::start().await;
    let document = bot.ask("GET", "/api/openapi.json").send().await.expect(200);
    assert_eq!(document["openapi"].as_str().unwrap(), "3.1.0");
    assert_eq!(document["servers"][0]["url"], "/api/v1");
    let mut described = BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            described.insert(format!("{} {path}", method.to_uppercase()));
            let responses = operation["responses"].as_object().unwrap();
            assert!(responses.contains_key("401"), "{path}");
            assert_eq!(responses.contains_key("404"), path.contains('{'), "{path}");
            let body = operation.get("requestBody").is_some();
            for status in ["400", "413"] {
                assert_eq!(
                    responses.contains_key(status),
                    body,
                    "{method} {path} {status}"
                );
            }
            assert!(!body || responses.contains_key("422"));
        }
    }
    let expected = [
        "GET /servers",
        "POST /servers",
        "GET /servers/{id}",
        "PATCH /servers/{id}",
        "DELETE /servers/{id}",
        "GET /servers/{id}/status",
        "POST /servers/{id}/check",
        "PUT /servers/{id}/notification",
        "GET /channels",
        "POST /channels",
        "GET /channels/{id}",
        "PATCH /channels/{id}",
        "DELETE /channels/{id}",
        "GET /incidents",
        "GET /settings",
        "PATCH /settings",
        "POST /inventory/sync",
        "GET /export",
    ];
    assert_eq!(described, expected.map(str::to_owned).into());
    let schemas = document["components"]["schemas"].as_object().unwrap();
    let bodies = [
        "ServerToAdd",
        "ServerPatch",
        "ChannelToAdd",
        "ChannelPatch",
        "Notification",
        "SettingsPatch",
    ];
    for name in bodies {
        assert_eq!(schemas[name]["additionalProperties"], false, "{name}");
    }
    let required = |name: &str| {
        schemas[name]["required"]
            .as_array()
            .cloned()
            .unwrap_or_default()
    };
    assert_eq!(
        required("ServerToAdd"),
        ["host_name", "host", "port"].map(Value::from)
    );
    assert_eq!(required("ChannelToAdd"), ["name"].map(Value::from));
    for name in ["ServerPatch", "ChannelPatch", "SettingsPatch"] {
        assert!(required(name).is_empty(), "{name}");
    }
    assert_eq!(required("Server").len(), 18);
}

#[tokio::test]
async fn the_page_loads_nothing_from_elsewhere() {
    let bot = Bot::start().await;
    let page = bot.ask("GET", "/api/docs").send().await;
    assert_eq!(page.status, 200);
    let policy = page.header("content-security-policy");
    assert!(
        policy.contains("default-src 'none'") && !policy.contains("http"),
        "{policy}"
    );
    assert!(!page.text.contains("://"));
    let mut files = 0;
    for part in page
        .text
        .split(['"'])
        .filter(|part| part.starts_with("/api/docs/"))
    {
        let file = bot.ask("GET", part).send().await;
        assert_eq!(file.status, 200, "{part}");
        files += 1;
    }
    assert_eq!(files, 3);
    let script = bot
        .ask("GET", "/api/docs/swagger-ui-bundle.js")
        .send()
        .await;
    assert_eq!(script.header("content-encoding"), "gzip");
    let moved = bot.ask("GET", "/api/docs/").send().await;
    assert_eq!((moved.status, moved.header("location")), (308, "/api/docs"));
}

#[tokio::test]
async fn all_but_slacks_routes_move_to_an_address_of_their_own() {
    let bot = Bot::start_with(|config| {
        config.admin_token = Some(Secret::new(TOKEN));
        config.admin_listen = Some(([127, 0, 0, 1], 0).into());
    })
    .await;
    let admin = bot.admin_url.clone().unwrap();
    let at = async |base: &str, path: &str| bot.ask_at(base, "GET", path).send().await.status;
    for path in ["/api/docs", "/api/openapi.json"] {
        assert_eq!(
            (at(&admin, path).await, at(&bot.url, path).await),
            (200, 404),
            "{path}"
        );
    }
    assert_eq!(
        (at(&admin, "/healthz").await, at(&bot.url, "/healthz").await),
        (200, 200)
    );
    assert_eq!(
        (
            at(&admin, "/slack/events").await,
            at(&bot.url, "/slack/events").await
        ),
        (404, 405)
    );
    assert_eq!(
        (
            at(&admin, "/api/v1/servers").await,
            at(&bot.url, "/api/v1/servers").await
        ),
        (401, 404)
    );
    bot.read("/servers").await;
    // Neither address is probed.
    for url in [&bot.url, &admin] {
        let port = url.rsplit(':').next().unwrap();
        let body = serde_json::json!({"host_name": "self", "host": "127.0.0.1", "port": port.parse::<u16>().unwrap()});
        let answer = bot.api("POST", "/servers").json(&body).await;
        assert_eq!(answer.wrong_fields(), ["host"]);
        assert!(answer.text.contains("own listener"));
    }
}
