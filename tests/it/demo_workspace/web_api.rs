//! What the Web API answers and refuses.

use super::*;

#[tokio::test]
async fn query_form_and_json_are_read_alike_and_the_token_is_checked() {
    let scene = Scene::new().await;
    let ops = scene.id("ops");
    let url = format!("{}/conversations.info", scene.workspace.api_url());
    let get = scene
        .http
        .get(format!("{url}?channel={ops}"))
        .bearer_auth("xoxb-demo-token");
    let form = scene.http.post(&url).bearer_auth("xoxb-demo-token");
    let form = form.header("content-type", "application/x-www-form-urlencoded");
    for request in [get, form.body(format!("channel={ops}"))] {
        let answer: Value = request.send().await.unwrap().json().await.unwrap();
        assert_eq!(answer["channel"]["name"], "ops", "{answer}");
    }
    assert_eq!(
        scene
            .call("conversations.info", json!({"channel": ops}))
            .await["channel"]["id"],
        ops
    );

    let refused = |token: &str| scene.http.post(&url).bearer_auth(token).body("").send();
    let answer: Value = refused("xoxb-other").await.unwrap().json().await.unwrap();
    assert_eq!(answer, json!({"ok": false, "error": "invalid_auth"}));
    let answer: Value = scene
        .http
        .post(&url)
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(answer["error"], "not_authed");
    let within = scene
        .http
        .post(&url)
        .header("content-type", "application/x-www-form-urlencoded");
    let within = within.body(format!("token=xoxb-demo-token&channel={ops}"));
    let answer: Value = within.send().await.unwrap().json().await.unwrap();
    assert_eq!(answer["ok"], true);
    assert!(!format!("{:?}", scene.workspace.journal()).contains("xoxb"));

    let response = scene.raw("auth.test", json!({})).await.unwrap();
    assert!(
        response.headers()["x-oauth-scopes"]
            .to_str()
            .unwrap()
            .contains("chat:write.public")
    );
    let answer: Value = response.json().await.unwrap();
    assert_eq!(answer["user_id"], scene.workspace.bot_user());
    assert_eq!(
        scene.error("chat.nothing", json!({})).await,
        "unknown_method"
    );
}

#[tokio::test]
async fn messages_are_threaded_edited_and_kept_with_their_metadata() {
    let scene = Scene::new().await;
    let ops = scene.id("ops");
    let metadata = json!({"event_type": "incident", "event_payload": {"id": "7"}});
    let posted = scene
        .call(
            "chat.postMessage",
            json!({
                "channel": ops, "text": "api is down", "metadata": metadata,
                "blocks": [section("*api* is down"), buttons(&["Acknowledge"])],
            }),
        )
        .await;
    let ts = posted["ts"].as_str().unwrap();
    assert_eq!(
        (&posted["channel"], &posted["message"]["ts"]),
        (&json!(ops), &json!(ts))
    );

    let reply = json!({"channel": ops, "text": "up", "thread_ts": ts, "reply_broadcast": true});
    let reply = scene.call("chat.postMessage", reply).await;
    let deep = json!({"channel": ops, "text": "up", "thread_ts": reply["ts"]});
    assert_eq!(
        scene.error("chat.postMessage", deep).await,
        "cannot_reply_to_message"
    );
    let lost = json!({"channel": ops, "text": "up", "thread_ts": "1.000000"});
    assert_eq!(
        scene.error("chat.postMessage", lost).await,
        "thread_not_found"
    );

    let update = json!({"channel": ops, "ts": ts, "text": "api was down"});
    assert_eq!(scene.call("chat.update", update).await["ts"], ts);
    let messages = scene.workspace.messages("#ops");
    assert_eq!(messages[0].plain(), "api was down");
    assert!(messages[0].blocks.is_empty() && messages[0].edited.is_some());
    let as_posted = json!([{"type": "section", "block_id": messages[0].edits[0].blocks[0]["block_id"],
        "text": {"type": "mrkdwn", "text": "*api* is down"}}, buttons(&["Acknowledge"])]);
    assert_eq!(json!(messages[0].edits[0].blocks), as_posted);
    assert_eq!(messages[0].metadata, Some(metadata.clone()));
    assert!(messages[1].broadcast && messages[1].thread_ts.as_deref() == Some(ts));

    scene.workspace.invite_bot("ops").await.unwrap();
    let with = json!({"channel": ops, "include_all_metadata": true});
    let history = scene.call("conversations.history", with).await;
    assert_eq!(history["messages"][1]["metadata"], metadata);
    assert_eq!(history["messages"][1]["reply_count"], 1);
    let without = scene
        .call("conversations.history", json!({"channel": ops, "limit": 1}))
        .await;
    assert_eq!(without["has_more"], true);
    assert!(without["messages"][0].get("metadata").is_none());

    scene.workspace.say("dana", "ops", "a < b").unwrap();
    let hello = scene.workspace.messages("ops").pop().unwrap();
    assert_eq!(
        (hello.text.as_str(), hello.plain().as_str()),
        ("a &lt; b", "a < b")
    );
    assert!(matches!(hello.author, Author::User(_)));
    let foreign = json!({"channel": ops, "ts": hello.ts, "text": "mine"});
    assert_eq!(
        scene.error("chat.update", foreign).await,
        "cant_update_message"
    );
    let missing = json!({"channel": ops, "ts": "1.000000", "text": "x"});
    assert_eq!(
        scene.error("chat.update", missing).await,
        "message_not_found"
    );
}

#[tokio::test]
async fn where_the_bot_may_write_depends_on_channel_scope_and_archive() {
    let scene = Scene::with(|options| Options {
        channels: vec![
            SeedChannel::public("ops"),
            SeedChannel {
                private: true,
                ..SeedChannel::public("secret")
            },
        ],
        scopes: vec!["chat:write".to_owned(), "channels:read".to_owned()],
        ..options
    })
    .await;
    let (ops, secret) = (scene.id("ops"), scene.id("secret"));
    let say = |channel: &str| json!({"channel": channel, "text": "hi"});
    assert_eq!(
        scene.error("chat.postMessage", say(&ops)).await,
        "not_in_channel"
    );
    assert_eq!(
        scene.error("chat.postMessage", say(&secret)).await,
        "channel_not_found"
    );
    assert_eq!(
        scene.error("chat.postMessage", say("C404")).await,
        "channel_not_found"
    );
    let named = json!({"channel": ops, "text": "hi", "username": "x"});
    scene.workspace.invite_bot("ops").await.unwrap();
    assert_eq!(
        scene.error("chat.postMessage", named).await,
        "missing_scope"
    );
    assert_eq!(scene.call("chat.postMessage", say(&ops)).await["ok"], true);
    scene.workspace.archive("ops").await.unwrap();
    assert_eq!(
        scene.error("chat.postMessage", say(&ops)).await,
        "is_archived"
    );
    assert_eq!(
        scene
            .error("conversations.create", json!({"name": "x"}))
            .await,
        "missing_scope"
    );
}

#[tokio::test]
async fn slacks_limits_are_enforced() {
    let scene = Scene::new().await;
    let ops = scene.id("ops");
    let with = |blocks: Value| json!({"channel": ops, "text": "t", "blocks": blocks});
    let error = |blocks: Value| scene.error("chat.postMessage", with(blocks));
    assert_eq!(
        error(json!([section(&"x".repeat(3_001))])).await,
        "invalid_blocks"
    );
    assert_eq!(error(json!([buttons(&["A", "A"])])).await, "invalid_blocks");
    assert_eq!(error(json!([{"type": "marquee"}])).await, "invalid_blocks");
    assert_eq!(
        error(json!({"type": "section"})).await,
        "invalid_blocks_format"
    );
    let long = vec![section(&"x".repeat(2_700)); 5];
    assert_eq!(error(json!(long)).await, "msg_blocks_too_long");
    let long = json!({"channel": ops, "text": "x".repeat(40_001)});
    assert_eq!(scene.error("chat.postMessage", long).await, "msg_too_long");
    let empty = json!({"channel": ops, "text": ""});
    assert_eq!(scene.error("chat.postMessage", empty).await, "no_text");
    let why = scene
        .call("chat.postMessage", with(json!([section("")])))
        .await;
    assert!(
        why["response_metadata"]["messages"][0]
            .as_str()
            .unwrap()
            .contains("/blocks/0")
    );
    assert!(scene.workspace.messages("ops").is_empty());
}

#[tokio::test]
async fn channels_are_made_renamed_and_archived_and_the_bot_is_told() {
    let scene = Scene::new().await;
    let workspace = &scene.workspace;
    let made = scene
        .call("conversations.create", json!({"name": "alerts"}))
        .await;
    let id = made["channel"]["id"].as_str().unwrap().to_owned();
    assert_eq!(made["channel"]["is_member"], true);
    assert_eq!(
        scene
            .error("conversations.create", json!({"name": "alerts"}))
            .await,
        "name_taken"
    );
    let loud = json!({"name": "Loud"});
    assert_eq!(
        scene.error("conversations.create", loud).await,
        "invalid_name_specials"
    );
    let other = json!({"channel": scene.id("ops"), "name": "mine"});
    assert_eq!(
        scene.error("conversations.rename", other).await,
        "not_authorized"
    );
    let renamed = json!({"channel": id, "name": "alarms"});
    assert_eq!(
        scene.call("conversations.rename", renamed).await["channel"]["name"],
        "alarms"
    );
    assert_eq!(
        scene
            .call("conversations.archive", json!({"channel": id}))
            .await["ok"],
        true
    );
    let again = json!({"channel": id});
    assert_eq!(
        scene.error("conversations.archive", again).await,
        "already_archived"
    );
    let joined = scene
        .call("conversations.join", json!({"channel": scene.id("ops")}))
        .await;
    assert!(joined.get("warning").is_none());
    let joined = scene
        .call("conversations.join", json!({"channel": scene.id("ops")}))
        .await;
    assert_eq!(joined["warning"], "already_in_channel");

    workspace
        .wait_for(|state| {
            let taken = state
                .deliveries()
                .iter()
                .filter(|delivery| delivery.accepted);
            (taken.count() == 4).then_some(())
        })
        .await;
    let kinds: Vec<_> = scene
        .bot
        .received()
        .iter()
        .map(|event| event.json()["event"].clone())
        .collect();
    let of = |kind: &str| {
        kinds
            .iter()
            .find(|event| event["type"] == kind)
            .unwrap()
            .clone()
    };
    assert_eq!(of("member_joined_channel")["user"], workspace.bot_user());
    assert_eq!(of("channel_rename")["channel"]["name"], "alarms");
    assert_eq!(of("channel_archive")["channel"], id);
}

#[tokio::test]
async fn a_list_comes_in_pages_and_leaves_out_what_the_bot_may_not_see() {
    let scene = Scene::with(|options| Options {
        channels: vec![
            SeedChannel::public("a"),
            SeedChannel {
                private: true,
                ..SeedChannel::public("hidden")
            },
            SeedChannel {
                private: true,
                bot: true,
                ..SeedChannel::public("seen")
            },
        ],
        ..options
    })
    .await;
    let mut names = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = json!({"types": "public_channel,private_channel", "limit": 1, "cursor": cursor});
        let page = scene.call("conversations.list", page).await;
        names.push(page["channels"][0]["name"].as_str().unwrap().to_owned());
        page["response_metadata"]["next_cursor"]
            .as_str()
            .unwrap()
            .clone_into(&mut cursor);
        if cursor.is_empty() {
            break;
        }
    }
    assert_eq!(names, ["a", "seen"]);
}
