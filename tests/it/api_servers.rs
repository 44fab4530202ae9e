//! Servers through the admin API: the whole life of one, the list, and what was agreed about their fields.

use healthbot::demo::{Mode, Target};
use serde_json::{Value, json};

use crate::harness::api::bot;
use crate::harness::bot::Bot;

const FIELDS: [&str; 18] = [
    "id",
    "host_name",
    "host",
    "port",
    "path",
    "tls",
    "type",
    "environment",
    "notification",
    "interval",
    "timeout",
    "failures",
    "recoveries",
    "source",
    "state",
    "muted_until",
    "created_at",
    "updated_at",
];

fn keys(object: &Value) -> Vec<&str> {
    object
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect()
}

fn sorted(mut names: Vec<&str>) -> Vec<&str> {
    names.sort_unstable();
    names
}

async fn patched(bot: &Bot, id: &str, patch: Value) -> Value {
    let path = format!("/servers/{id}");
    bot.api("PATCH", &path).json(&patch).await.expect(200)
}

#[tokio::test]
async fn a_server_is_added_with_defaults_and_read_back() {
    let bot = bot().await;
    let new = json!({"host_name": "shop", "host": "10.0.0.5", "port": 8080});
    let answer = bot.api("POST", "/servers").json(&new).await;
    let added = answer.expect(201);
    let id = added["id"].as_str().unwrap();
    assert_eq!(answer.header("location"), format!("/api/v1/servers/{id}"));
    assert_eq!(sorted(keys(&added)), sorted(FIELDS.to_vec()));
    let defaults = json!({
        "host_name": "shop", "host": "10.0.0.5", "port": 8080, "path": "/", "tls": false, "type": 1,
        "environment": "UNKNOWN", "notification": true, "interval": "30s", "timeout": "3s", "failures": 2,
        "recoveries": 1, "source": "manual", "state": "pending", "muted_until": null,
    });
    for (field, value) in defaults.as_object().unwrap() {
        assert_eq!(added[field], *value, "{field}");
    }
    assert_eq!(bot.read(&format!("/servers/{id}")).await, added);
    assert!(bot.health("status shop").await.contains("shop"));
}

#[tokio::test]
async fn every_field_can_be_given_and_changed() {
    let bot = bot().await;
    let new = json!({
        "host_name": "채팅", "host": "chat.example", "port": 9000, "path": "/socket?room=1", "tls": true,
        "type": 2, "environment": "live", "notification": false, "interval": "1m30s", "timeout": "500ms",
        "failures": 10, "recoveries": 3,
    });
    let added = bot.api("POST", "/servers").json(&new).await.expect(201);
    let id = added["id"].as_str().unwrap();
    for (field, value) in new.as_object().unwrap() {
        let shown = if field == "environment" {
            &json!("LIVE")
        } else {
            value
        };
        assert_eq!(added[field], *shown, "{field}");
    }
    let patch = json!({
        "host_name": "chat", "host": "10.0.0.6", "port": 80, "path": "/", "tls": false, "type": 6,
        "environment": "STAGE", "notification": true, "interval": null, "timeout": "1s", "failures": null,
        "recoveries": 4, "muted_until": null,
    });
    let changed = patched(&bot, id, patch).await;
    let expected = json!({
        "host_name": "chat", "host": "10.0.0.6", "port": 80, "path": "/", "tls": false, "type": 6,
        "environment": "STAGE", "notification": true, "interval": "30s", "timeout": "1s", "failures": 2,
        "recoveries": 4, "muted_until": null, "id": id, "created_at": added["created_at"],
    });
    for (field, value) in expected.as_object().unwrap() {
        assert_eq!(changed[field], *value, "{field}");
    }
    // What a patch does not name stays, and a patch of nothing changes nothing.
    let moved = patched(&bot, id, json!({"port": 81})).await;
    assert_eq!(
        (&moved["host"], &moved["port"]),
        (&json!("10.0.0.6"), &json!(81))
    );
    let mut same = patched(&bot, id, json!({})).await;
    // It is probed meanwhile, whatever is done to it.
    same["state"] = moved["state"].clone();
    assert_eq!(same, moved);
}

#[tokio::test]
async fn a_removed_server_is_gone_everywhere() {
    let bot = bot().await;
    let id = bot.add_by_api("shop", "10.0.0.5", 80).await;
    let path = format!("/servers/{id}");
    let removed = bot.api("DELETE", &path).send().await;
    assert_eq!((removed.status, removed.text.as_str()), (204, ""));
    for (method, rest) in [
        ("GET", ""),
        ("DELETE", ""),
        ("GET", "/status"),
        ("POST", "/check"),
    ] {
        let gone = bot.api(method, &format!("{path}{rest}")).send().await;
        gone.problem(404);
    }
    let enabled = json!({"enabled": true});
    let put = bot.api("PUT", &format!("{path}/notification"));
    put.json(&enabled).await.problem(404);
    bot.api("PATCH", &path).json(&json!({})).await.problem(404);
    assert_eq!(bot.read("/servers").await["items"], json!([]));
    // Its name is free again.
    bot.add_by_api("shop", "10.0.0.5", 80).await;
}

#[tokio::test]
async fn a_name_belongs_to_one_server() {
    let bot = bot().await;
    bot.add_by_api("shop", "10.0.0.5", 80).await;
    let other = bot.add_by_api("chat", "10.0.0.6", 80).await;
    let again = json!({"host_name": "SHOP", "host": "10.0.0.7", "port": 80});
    let answer = bot.api("POST", "/servers").json(&again).await;
    let problem = answer.problem(409);
    assert_eq!(problem["errors"][0]["field"], "host_name");
    let path = format!("/servers/{other}");
    let renamed = bot
        .api("PATCH", &path)
        .json(&json!({"host_name": "Shop"}))
        .await;
    renamed.problem(409);
    // Its own name in other letters is no other's.
    let own = patched(&bot, &other, json!({"host_name": "CHAT"})).await;
    assert_eq!(own["host_name"], "CHAT");
}

#[tokio::test]
async fn a_check_waits_for_the_probe_and_the_status_shows_it() {
    let bot = bot().await;
    let target = Target::http().await.unwrap();
    let port = target.addr().port();
    let id = bot.add_by_api("shop", "127.0.0.1", port).await;
    let check = || async {
        bot.api("POST", &format!("/servers/{id}/check"))
            .send()
            .await
            .expect(200)
    };
    let healthy = check().await;
    assert_eq!(
        sorted(keys(&healthy)),
        ["at", "detail", "healthy", "kind", "latency_ms"]
    );
    assert_eq!(
        (&healthy["healthy"], &healthy["kind"]),
        (&json!(true), &Value::Null)
    );
    assert!(healthy["latency_ms"].is_u64() && healthy["detail"].is_null());
    let status = bot.read(&format!("/servers/{id}/status")).await;
    assert_eq!(
        sorted(keys(&status)),
        [
            "flapping",
            "incident",
            "last_outcome",
            "muted_until",
            "since",
            "state"
        ]
    );
    assert_eq!(
        (&status["state"], &status["last_outcome"]),
        (&json!("up"), &healthy)
    );
    assert_eq!(
        (&status["flapping"], &status["incident"]),
        (&json!(false), &Value::Null)
    );

    patched(&bot, &id, json!({"failures": 1})).await;
    target.set(Mode::Refusing).await;
    let failed = check().await;
    assert_eq!(
        (&failed["healthy"], &failed["kind"]),
        (&json!(false), &json!("refused"))
    );
    assert!(failed["latency_ms"].is_null() && failed["detail"].is_string());
    let status = bot.read(&format!("/servers/{id}/status")).await;
    assert_eq!(status["state"], "down");
    let incident = &status["incident"];
    assert_eq!(
        (&incident["server"], &incident["kind"]),
        (&json!(id), &json!("refused"))
    );
    assert_eq!(bot.read(&format!("/servers/{id}")).await["state"], "down");
}

#[tokio::test]
async fn alerts_are_switched_and_muted_as_a_button_does_it() {
    let bot = bot().await;
    bot.invite("ops").await;
    let target = bot.add_down("shop", "").await;
    bot.message("ops", |m| m.plain().contains("refused")).await;
    let listed = bot.read("/servers?state=down").await;
    let id = listed["items"][0]["id"].as_str().unwrap();
    let put = |enabled: bool| {
        let ask = bot.api("PUT", &format!("/servers/{id}/notification"));
        async move { ask.json(&json!({ "enabled": enabled })).await.expect(200) }
    };
    assert_eq!(put(false).await["notification"], false);
    bot.message("ops", |m| m.buttons().iter().any(|b| b == "Alerts on"))
        .await;
    assert_eq!(put(true).await["notification"], true);
    bot.message("ops", |m| {
        m.thread_ts.is_some() && m.plain().contains("still down")
    })
    .await;

    let until = "2026-12-20T12:00:00.000Z";
    let far = bot.api("PATCH", &format!("/servers/{id}"));
    let wrong = far
        .json(&json!({"muted_until": "2126-12-20T12:00:00Z"}))
        .await;
    assert_eq!(wrong.wrong_fields(), ["muted_until"]);
    let soon = soon();
    let muted = patched(&bot, id, json!({ "muted_until": soon })).await;
    assert_eq!(muted["muted_until"], json!(soon), "not {until}");
    let status = bot.read(&format!("/servers/{id}/status")).await;
    assert_eq!(status["muted_until"], json!(soon));
    bot.message("ops", |m| m.plain().to_lowercase().contains("muted"))
        .await;
    assert_eq!(
        patched(&bot, id, json!({"muted_until": null})).await["muted_until"],
        Value::Null
    );
    drop(target);
}

/// A time within the next days, as the API writes it.
fn soon() -> String {
    let later = crate::harness::knock::now() + 86_400;
    let at = chrono::DateTime::from_timestamp(later, 0).unwrap();
    at.to_rfc3339_opts(chrono::SecondsFormat::Millis, true)
}

#[tokio::test]
async fn the_list_is_cut_into_pages_that_hold_still() {
    let bot = bot().await;
    let mut ids = Vec::new();
    for n in 0..7 {
        ids.push(bot.add_by_api(&format!("s{n}"), "10.0.0.5", 80).await);
    }
    let mut seen = Vec::new();
    let mut path = "/servers?limit=3".to_owned();
    loop {
        let page = bot.read(&path).await;
        let items = page["items"].as_array().unwrap();
        assert!(items.len() <= 3);
        seen.extend(
            items
                .iter()
                .map(|item| item["id"].as_str().unwrap().to_owned()),
        );
        let Some(cursor) = page["next_cursor"].as_str() else {
            break;
        };
        path = format!("/servers?limit=3&cursor={cursor}");
        // What happens between two pages neither repeats nor hides anything else.
        if seen.len() == 3 {
            bot.api("DELETE", &format!("/servers/{}", ids[0]))
                .send()
                .await;
            patched(&bot, &ids[5], json!({"host_name": "aaa"})).await;
        }
    }
    assert_eq!(seen, ids);
    let whole = bot.read("/servers?limit=6").await;
    assert_eq!(
        whole["next_cursor"],
        Value::Null,
        "a page that is full to the last item is the last"
    );
}

#[tokio::test]
async fn the_list_is_filtered() {
    let bot = bot().await;
    for (name, environment, server_type) in [("a", "LIVE", 1), ("b", "LIVE", 2), ("c", "DEV", 1)] {
        let new = json!({"host_name": name, "host": "10.0.0.5", "port": 80, "environment": environment, "type": server_type});
        bot.api("POST", "/servers").json(&new).await.expect(201);
    }
    let names = async |query: &str| {
        let list = bot.read(&format!("/servers?{query}")).await;
        let items = list["items"].as_array().unwrap().clone();
        items
            .iter()
            .map(|item| item["host_name"].as_str().unwrap().to_owned())
            .collect::<String>()
    };
    for (query, expected) in [
        ("", "abc"),
        ("environment=live", "ab"),
        ("environment=LIVE&type=1", "a"),
        ("type=2", "b"),
        ("state=pending", "abc"),
        ("state=down", ""),
        ("environment=STAGE", ""),
    ] {
        assert_eq!(names(query).await, expected, "{query}");
    }
}
