//! Channels and the defaults through the admin API.

use serde_json::{Value, json};

use crate::harness::api::bot;
use crate::harness::bot::Bot;

const SECRET: &str = "planted7hook7secret";

fn hook(bot: &Bot, rest: &str) -> String {
    let api = url::Url::parse(&bot.workspace.api_url()).unwrap();
    let origin = api.origin().ascii_serialization();
    format!("{origin}/services/T1/B1/{SECRET}{rest}")
}

async fn added(bot: &Bot, channel: &Value) -> Value {
    bot.api("POST", "/channels").json(channel).await.expect(201)
}

#[tokio::test]
async fn a_conversation_is_told_from_now_on_and_no_more() {
    let bot = bot().await;
    let conversation = bot.workspace.channel("general").unwrap().id;
    let new = json!({"name": "general", "channel_id": conversation});
    let answer = bot.api("POST", "/channels").json(&new).await;
    let channel = answer.expect(201);
    let id = channel["id"].as_str().unwrap().to_owned();
    assert_eq!(answer.header("location"), format!("/api/v1/channels/{id}"));
    let mut keys: Vec<_> = channel.as_object().unwrap().keys().collect();
    keys.sort_unstable();
    assert_eq!(
        keys,
        [
            "channel_id",
            "created_at",
            "environments",
            "failing",
            "id",
            "name",
            "notification",
            "updated_at"
        ]
    );
    assert_eq!(channel["channel_id"], json!(conversation));
    assert_eq!(
        (&channel["failing"], &channel["environments"]),
        (&Value::Null, &json!([]))
    );
    let path = format!("/channels/{id}");
    assert_eq!(bot.read(&path).await, channel);
    assert_eq!(
        bot.read("/channels").await,
        json!({"items": [channel], "next_cursor": null})
    );
    bot.add_down("shop", "").await;
    bot.message("general", |m| m.plain().contains("refused"))
        .await;

    let taken = bot.api("POST", "/channels").json(&new).await.problem(409);
    assert_eq!(taken["errors"][0]["field"], "channel_id");
    let removed = bot.api("DELETE", &path).send().await;
    assert_eq!((removed.status, removed.text.as_str()), (204, ""));
    bot.api("GET", &path).send().await.problem(404);
    bot.api("DELETE", &path).send().await.problem(404);
    bot.api("PATCH", &path).json(&json!({})).await.problem(404);
}

#[tokio::test]
async fn only_a_conversation_that_can_be_told_is_taken() {
    let bot = bot().await;
    let archived = bot.workspace.channel("random").unwrap().id;
    bot.workspace.archive("random").await.unwrap();
    for (id, word) in [("C0NOWHERE", "invite"), (archived.as_str(), "archived")] {
        let answer = bot
            .api("POST", "/channels")
            .json(&json!({"name": "x", "channel_id": id}))
            .await;
        assert_eq!(answer.wrong_fields(), ["channel_id"]);
        assert!(answer.text.contains(word), "{}", answer.text);
    }
}

#[tokio::test]
async fn a_webhook_is_shown_masked_and_its_mask_is_refused() {
    let bot = bot().await;
    let url = hook(&bot, "");
    let channel = added(&bot, &json!({"name": "hook", "hook_url": url, "environments": ["live", "DEV"], "notification": false})).await;
    assert_eq!(channel["environments"], json!(["DEV", "LIVE"]));
    assert_eq!(channel["notification"], false);
    assert!(channel.get("channel_id").is_none());
    let masked = channel["hook_url"].as_str().unwrap();
    assert!(
        masked.ends_with("/services/T…/…") && !masked.contains(SECRET),
        "{masked}"
    );
    let path = format!("/channels/{}", channel["id"].as_str().unwrap());

    for body in [
        json!({"hook_url": masked}),
        json!({"name": "hook", "hook_url": masked}),
    ] {
        let back = bot.api("PATCH", &path).json(&body).await;
        assert_eq!(back.wrong_fields(), ["hook_url"]);
        assert!(back.text.contains("masked"));
    }
    let back = bot
        .api("POST", "/channels")
        .json(&json!({"name": "b", "hook_url": masked}))
        .await;
    assert_eq!(back.wrong_fields(), ["hook_url"]);
    for (field, body) in [
        ("hook_url", json!({"name": "other", "hook_url": url})),
        ("name", json!({"name": "HOOK", "hook_url": hook(&bot, "2")})),
    ] {
        let answer = bot.api("POST", "/channels").json(&body).await;
        assert_eq!(answer.problem(409)["errors"][0]["field"], field);
        assert!(!answer.text.contains(SECRET) && !answer.text.contains("server"));
    }

    let patch = json!({"name": "alarm", "notification": true, "environments": [], "hook_url": hook(&bot, "3")});
    let changed = bot.api("PATCH", &path).json(&patch).await.expect(200);
    assert_eq!(
        (&changed["name"], &changed["environments"]),
        (&json!("alarm"), &json!([]))
    );
    assert_eq!(changed["notification"], true);
    // The old URL is free again, and the new one is taken.
    added(&bot, &json!({"name": "again", "hook_url": url})).await;
    let taken = bot
        .api("POST", "/channels")
        .json(&json!({"name": "third", "hook_url": hook(&bot, "3")}))
        .await;
    taken.problem(409);
    let taken = bot
        .api("PATCH", &path)
        .json(&json!({"hook_url": url}))
        .await;
    assert_eq!(taken.problem(409)["errors"][0]["field"], "hook_url");
    let taken = bot
        .api("PATCH", &path)
        .json(&json!({"name": "Again"}))
        .await;
    assert_eq!(taken.problem(409)["errors"][0]["field"], "name");
    let taken = json!({"name": "Again", "hook_url": hook(&bot, "4")});
    let taken = bot.api("PATCH", &path).json(&taken).await.problem(409);
    assert_eq!(taken["errors"][0]["field"], "name");
    assert!(!bot.read("/channels").await.to_string().contains(SECRET));
}

#[tokio::test]
async fn a_channel_that_is_not_right_is_refused_by_its_fields() {
    let bot = bot().await;
    let url = hook(&bot, "");
    for (body, wrong) in [
        (json!({}), vec!["channel_id", "name"]),
        (
            json!({"name": "x", "channel_id": "C1", "hook_url": url}),
            vec!["channel_id"],
        ),
        (
            json!({"name": "x", "channel_id": "#general"}),
            vec!["channel_id"],
        ),
        (
            json!({"name": "x", "hook_url": "https://evil.example/services/T/B/x"}),
            vec!["hook_url"],
        ),
        (
            json!({"name": "x", "hook_url": "https://hooks.slack.com.evil.example/services/T/B/x"}),
            vec!["hook_url"],
        ),
        (json!({"name": "x", "hook_url": 1}), vec!["hook_url"]),
        (json!({"name": " ", "hook_url": url}), vec!["name"]),
        (
            json!({"name": "x", "hook_url": url, "environments": "LIVE"}),
            vec!["environments"],
        ),
        (
            json!({"name": "x", "hook_url": url, "environments": ["PROD"]}),
            vec!["environments"],
        ),
        (
            json!({"name": "x", "hook_url": url, "failing": null, "id": 1}),
            vec!["failing", "id"],
        ),
        (
            json!({"name": "x", "hook_url": url, "webhook": 1}),
            vec!["webhook"],
        ),
    ] {
        let answer = bot.api("POST", "/channels").json(&body).await;
        let mut named = answer.wrong_fields();
        named.sort_unstable();
        assert_eq!(named, wrong, "{body}");
        assert!(!answer.text.contains(SECRET));
    }
    let conversation = bot.workspace.channel("general").unwrap().id;
    let channel = added(
        &bot,
        &json!({"name": "general", "channel_id": conversation}),
    )
    .await;
    let path = format!("/channels/{}", channel["id"].as_str().unwrap());
    for (body, field) in [
        (json!({"hook_url": url}), "hook_url"),
        (json!({"channel_id": "C2"}), "channel_id"),
        (json!({"notification": null}), "notification"),
    ] {
        let answer = bot.api("PATCH", &path).json(&body).await;
        assert_eq!(answer.wrong_fields(), [field]);
    }
    assert_eq!(bot.read(&path).await, channel);
}

#[tokio::test]
async fn a_channel_that_nothing_reaches_says_why() {
    let bot = bot().await;
    // A conversation that is archived unsubscribes itself, so the failing one is a webhook that Slack does not know.
    let url = hook(&bot, "");
    let channel = added(&bot, &json!({"name": "dead", "hook_url": url})).await;
    let path = format!("/channels/{}", channel["id"].as_str().unwrap());
    bot.add_down_in("general", "shop").await;
    let mut failing = Value::Null;
    while failing.is_null() {
        failing = bot.read(&path).await["failing"].clone();
    }
    assert!(
        failing.as_str().is_some_and(|reason| !reason.is_empty()),
        "{failing}"
    );
}

#[tokio::test]
async fn the_defaults_are_read_and_changed() {
    let bot = bot().await;
    let id = bot.add_by_api("shop", "10.0.0.5", 80).await;
    let defaults = json!({"interval": "30s", "timeout": "3s", "failures": 2, "recoveries": 1, "remind": "off"});
    assert_eq!(bot.read("/settings").await, defaults);
    let patch = async |body: Value| bot.api("PATCH", "/settings").json(&body).await;
    let changed = patch(json!({"interval": "1m", "failures": 3, "remind": "5m"}))
        .await
        .expect(200);
    let expected =
        json!({"interval": "1m", "timeout": "3s", "failures": 3, "recoveries": 1, "remind": "5m"});
    assert_eq!(changed, expected);
    assert_eq!(bot.read("/settings").await, expected);
    assert_eq!(bot.read(&format!("/servers/{id}")).await["interval"], "1m");
    for off in [json!("off"), Value::Null] {
        patch(json!({"remind": "5m"})).await.expect(200);
        assert_eq!(
            patch(json!({ "remind": off })).await.expect(200)["remind"],
            "off"
        );
    }
    assert_eq!(patch(json!({})).await.expect(200)["interval"], "1m");
    for (body, wrong) in [
        (
            json!({"interval": "2d", "timeout": 3, "failures": 11, "recoveries": null, "remind": "0s"}),
            5,
        ),
        (json!({"remind": "never"}), 1),
        (json!({"language": "ko"}), 1),
    ] {
        assert_eq!(patch(body).await.wrong_fields().len(), wrong);
    }
    assert_eq!(bot.read("/settings").await["interval"], "1m");
}
