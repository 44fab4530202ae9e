//! What the admin API does not do, and how it says so.

use healthbot::config::Secret;
use serde_json::json;
use tempfile::tempdir;

use crate::harness::api::{Ask, TOKEN, bot};
use crate::harness::bot::Bot;
use crate::harness::process;

/// Every route with every method that it takes.
pub(crate) const ROUTES: [(&str, &str); 19] = [
    ("GET", "/servers"),
    ("POST", "/servers"),
    ("GET", "/servers/ID"),
    ("PATCH", "/servers/ID"),
    ("DELETE", "/servers/ID"),
    ("GET", "/servers/ID/status"),
    ("POST", "/servers/ID/check"),
    ("PUT", "/servers/ID/notification"),
    ("GET", "/channels"),
    ("POST", "/channels"),
    ("GET", "/channels/ID"),
    ("PATCH", "/channels/ID"),
    ("DELETE", "/channels/ID"),
    ("GET", "/incidents"),
    ("GET", "/settings"),
    ("PATCH", "/settings"),
    ("POST", "/inventory/sync"),
    ("GET", "/export"),
    ("GET", "/nowhere"),
];

#[tokio::test]
async fn without_the_token_nothing_is_told_and_nothing_changes() {
    let bot = bot().await;
    let id = bot.add_by_api("shop", "10.0.0.5", 80).await;
    let wrong = format!("{TOKEN}x");
    for (method, path) in ROUTES {
        let path = format!("/api/v1{}", path.replace("ID", &id));
        let body = json!({"host_name": "evil", "host": "10.0.0.6", "port": 80, "enabled": false});
        for authorization in [
            None,
            Some(format!("Bearer {wrong}")),
            Some(format!("Basic {TOKEN}")),
            Some(TOKEN.to_owned()),
        ] {
            let mut ask = bot.ask(method, &path);
            if let Some(authorization) = &authorization {
                ask = ask.header("authorization", authorization.as_str());
            }
            let answer = ask.json(&body).await;
            answer.problem(401);
            assert!(answer.header("www-authenticate").starts_with("Bearer"));
        }
    }
    let list = bot.read("/servers").await;
    assert_eq!(list["items"].as_array().unwrap().len(), 1);
    assert_eq!(list["items"][0]["notification"], true);
}

#[tokio::test]
async fn without_a_token_configured_there_is_no_api() {
    let bot = Bot::start().await;
    for (method, path) in ROUTES {
        let ask = bot.ask(method, &format!("/api/v1{path}"));
        let problem = ask
            .header("authorization", "Bearer ")
            .send()
            .await
            .problem(404);
        assert!(
            problem["detail"]
                .as_str()
                .unwrap()
                .contains("HEALTHBOT_ADMIN_TOKEN")
        );
    }
}

#[tokio::test]
async fn unknown_paths_and_methods_are_refused_as_problems() {
    let bot = bot().await;
    for path in ["/nowhere", "/servers/", "/servers/srv_1/nowhere", "/", ""] {
        bot.api("GET", path).send().await.problem(404);
    }
    for path in ["/api", "/api/", "/api/v2/servers", "/api/docs/../x"] {
        bot.ask("POST", path).send().await.problem(404);
    }
    for id in [
        "x",
        "srv_",
        "srv_0000000000000000",
        "chn_0000000000000000",
        "%00",
        "%ff",
        "srv_%2e",
    ] {
        // What has a body may be refused for that first.
        let bodiless = |method: &str| !matches!(method, "PATCH" | "PUT");
        let named = ROUTES.into_iter().filter(|(_, path)| path.contains("ID"));
        for (method, path) in named.filter(|(method, _)| bodiless(method)) {
            let path = path.replace("ID", id);
            bot.api(method, &path).send().await.problem(404);
        }
    }
    for (method, path, allowed) in [
        ("PUT", "/servers", "GET,HEAD,POST"),
        ("TRACE", "/settings", "GET,HEAD,PATCH"),
        ("GET", "/servers/srv_1/check", "POST"),
    ] {
        let answer = bot.api(method, path).send().await;
        answer.problem(405);
        assert_eq!(answer.header("allow"), allowed);
    }
    let answer = bot.ask("POST", "/api/openapi.json").send().await;
    answer.problem(405);
    assert!(answer.header("allow").contains("GET"));
}

#[tokio::test]
async fn a_body_is_one_json_object_of_256_kib_at_most() {
    let bot = bot().await;
    let id = bot.add_by_api("shop", "10.0.0.5", 80).await;
    let channel = json!({"name": "hook", "hook_url": hook(&bot)});
    let channel = bot
        .api("POST", "/channels")
        .json(&channel)
        .await
        .expect(201);
    let channel = channel["id"].as_str().unwrap();
    let with_bodies = [
        ("POST", "/servers".to_owned()),
        ("PATCH", format!("/servers/{id}")),
        ("PUT", format!("/servers/{id}/notification")),
        ("POST", "/channels".to_owned()),
        ("PATCH", format!("/channels/{channel}")),
        ("PATCH", "/settings".to_owned()),
    ];
    for (method, path) in &with_bodies {
        for no_json in [
            "",
            "{",
            "{'a': 1}",
            "host=a",
            "{\"a\": 1} x",
            "\u{0}",
            "\"\\ud800\"",
        ] {
            bot.api(method, path).body(no_json).await.problem(400);
        }
        bot.api(method, path)
            .body(vec![b'"', 0xff, b'"'])
            .await
            .problem(400);
        for no_object in ["null", "1", "[]", "[{}]", "\"text\""] {
            bot.api(method, path).body(no_object).await.problem(422);
        }
        let padded = |length: usize| format!("{{{}}}", " ".repeat(length - 2));
        let largest = bot.api(method, path).body(padded(256 * 1024)).await;
        assert_ne!(largest.status, 413);
        bot.api(method, path)
            .body(padded(256 * 1024 + 1))
            .await
            .problem(413);
    }
}

pub(crate) fn hook(bot: &Bot) -> String {
    let host = bot.workspace.api_url();
    let host = host.strip_suffix("/api").unwrap_or(&host);
    format!("{host}/services/T1/B1/planted7hook7secret")
}

#[tokio::test]
async fn every_wrong_field_is_named_at_once() {
    let bot = bot().await;
    for (body, wrong) in [
        (json!({}), vec!["host", "host_name", "port"]),
        (
            json!({
                "host_name": 1, "host": null, "port": "80", "path": "x", "tls": "no", "type": 5,
                "environment": "PROD", "notification": 0, "interval": 30, "timeout": "61s", "failures": 0,
                "recoveries": 1.5,
            }),
            vec![
                "environment",
                "failures",
                "host",
                "host_name",
                "interval",
                "notification",
                "path",
                "port",
                "recoveries",
                "timeout",
                "tls",
                "type",
            ],
        ),
        (
            json!({"host_name": "a", "host": "h", "port": 1, "id": "x", "source": "manual", "state": "up", "colour": 1}),
            vec!["colour", "id", "source", "state"],
        ),
        (
            json!({"host_name": "", "host": "a b", "port": 0}),
            vec!["host", "host_name", "port"],
        ),
        (
            json!({"host_name": "x".repeat(256), "host": "a:80", "port": 65_536}),
            vec!["host", "host_name", "port"],
        ),
        (
            json!({"host_name": "a\nb", "host": "http://a", "port": -1}),
            vec!["host", "host_name", "port"],
        ),
    ] {
        let answer = bot.api("POST", "/servers").json(&body).await;
        let mut named = answer.wrong_fields();
        named.sort_unstable();
        assert_eq!(named, wrong, "{body}");
    }
    for no_type in [5, 0, 7, -1, 100] {
        let body = json!({"host_name": "a", "host": "h", "port": 1, "type": no_type});
        let problem = bot.api("POST", "/servers").json(&body).await.problem(422);
        let detail = problem["errors"][0]["detail"].as_str().unwrap();
        assert!(
            detail.contains("1 and 6") && detail.contains("2, 3 and 4"),
            "{detail}"
        );
    }
    assert_eq!(bot.read("/servers").await["items"], json!([]));
}

#[tokio::test]
async fn a_patch_is_as_strict_and_changes_nothing_where_it_is_wrong() {
    let bot = bot().await;
    let id = bot.add_by_api("shop", "10.0.0.5", 80).await;
    let path = format!("/servers/{id}");
    let before = bot.read(&path).await;
    for (body, field) in [
        (json!({"port": 81, "host_name": null}), "host_name"),
        (json!({"port": 81, "interval": "500ms"}), "interval"),
        (
            json!({"port": 81, "muted_until": "yesterday"}),
            "muted_until",
        ),
        (
            json!({"port": 81, "muted_until": "2020-01-01T00:00:00Z"}),
            "muted_until",
        ),
        (
            json!({"port": 81, "created_at": "2020-01-01T00:00:00Z"}),
            "created_at",
        ),
        (json!({"port": 81, "host": "169.254.169.254"}), "host"),
        (json!({"port": 81, "host": "0xa9fea9fe"}), "host"),
        (json!({"port": 81, "url": "http://a/"}), "url"),
    ] {
        let answer = bot.api("PATCH", &path).json(&body).await;
        assert_eq!(answer.wrong_fields(), [field], "{body}");
    }
    for body in [
        json!({}),
        json!({"enabled": null}),
        json!({"enabled": "on"}),
        json!({"enabled": true, "x": 1}),
    ] {
        let put = bot.api("PUT", &format!("{path}/notification"));
        put.json(&body).await.problem(422);
    }
    assert_eq!(bot.read(&path).await, before);
}

#[tokio::test]
async fn a_forbidden_address_is_refused_by_the_name_of_its_field() {
    let bot = Bot::start_with(|config| {
        config.admin_token = Some(Secret::new(TOKEN));
        config.allow_loopback = false;
    })
    .await;
    for host in [
        "169.254.169.254",
        "127.0.0.1",
        "::ffff:127.0.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "[fe80::1]",
    ] {
        let body = json!({"host_name": "a", "host": host, "port": 80});
        let answer = bot.api("POST", "/servers").json(&body).await;
        assert_eq!(answer.wrong_fields(), ["host"], "{host}");
    }
    assert_eq!(bot.read("/servers").await["items"], json!([]));
}

#[tokio::test]
async fn a_wrong_parameter_is_named() {
    let bot = bot().await;
    for (query, field) in [
        ("environment=PROD", "environment"),
        ("environment=", "environment"),
        ("state=UP", "state"),
        ("type=5", "type"),
        ("type=one", "type"),
        ("limit=0", "limit"),
        ("limit=1001", "limit"),
        ("limit=ten", "limit"),
        ("limit=1&limit=2", "limit"),
        ("cursor=x", "cursor"),
        ("cursor=696e635f30303030303030303030303030303030", "cursor"),
        ("page=2", "page"),
    ] {
        let answer = bot.api("GET", &format!("/servers?{query}")).send().await;
        assert_eq!(answer.wrong_fields(), [field], "{query}");
    }
    for (query, field) in [
        ("open=yes", "open"),
        ("server=shop", "server"),
        ("state=up", "state"),
    ] {
        let answer = bot.api("GET", &format!("/incidents?{query}")).send().await;
        assert_eq!(answer.wrong_fields(), [field], "{query}");
    }
    let answer = bot.api("GET", "/channels?open=true").send().await;
    assert_eq!(answer.wrong_fields(), ["open"]);
}

#[tokio::test]
async fn on_a_full_disk_every_change_is_refused_and_nothing_has_changed() {
    let (workspace, dir) = (process::workspace().await, tempdir().unwrap());
    let token = [("HEALTHBOT_ADMIN_TOKEN", TOKEN)];
    let mut bot = process::serve_on_a_disk_that_may_end(&workspace, dir.path(), &token);
    let base = format!("http://{}", bot.up(&workspace).await);
    let ask = |method: &str, path: &str| {
        let ask = Ask::to(&base, method, &format!("/api/v1{path}"));
        ask.header("authorization", format!("Bearer {TOKEN}"))
    };
    let api = url::Url::parse(&workspace.api_url()).unwrap();
    let hook = |name: &str| {
        let url = format!(
            "{}/services/T1/B1/{name}",
            api.origin().ascii_serialization()
        );
        json!({"name": name, "hook_url": url})
    };
    let shop = json!({"host_name": "shop", "host": "10.255.255.1", "port": 80, "interval": "1d"});
    let server = ask("POST", "/servers").json(&shop).await.expect(201);
    let channel = ask("POST", "/channels")
        .json(&hook("one"))
        .await
        .expect(201);
    let (server, channel) = (
        format!("/servers/{}", server["id"].as_str().unwrap()),
        format!("/channels/{}", channel["id"].as_str().unwrap()),
    );
    let state = async || {
        let mut all = Vec::new();
        for path in ["/servers", "/channels", "/settings"] {
            all.push(ask("GET", path).send().await.expect(200));
        }
        all
    };
    let before = state().await;
    bot.limit_files("1:unlimited").await;
    for (method, path, body) in [
        (
            "POST",
            "/servers",
            json!({"host_name": "other", "host": "10.0.0.6", "port": 80}),
        ),
        ("PATCH", &*server, json!({"host_name": "another"})),
        (
            "PUT",
            &*format!("{server}/notification"),
            json!({"enabled": false}),
        ),
        ("DELETE", &*server, json!({})),
        ("POST", "/channels", hook("two")),
        ("PATCH", &*channel, json!({"name": "three"})),
        ("DELETE", &*channel, json!({})),
        ("PATCH", "/settings", json!({"interval": "5m"})),
    ] {
        let answer = ask(method, path).json(&body).await;
        let problem = answer.problem(503);
        assert!(
            problem["detail"].as_str().unwrap().contains("disk"),
            "{method} {path}: {problem}"
        );
    }
    assert_eq!(state().await, before);
    bot.limit_files("unlimited:unlimited").await;
    while ask("DELETE", &server).send().await.status != 204 {}
}
