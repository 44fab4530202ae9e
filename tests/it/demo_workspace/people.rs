//! What people do, and what the bot receives of it.

use super::*;

#[tokio::test]
async fn a_command_is_signed_and_its_answer_shown_to_the_person_alone() {
    let scene = Scene::new().await;
    scene.bot.answers(
        200,
        json!({"text": "All *well*", "response_type": "ephemeral"}),
    );
    scene
        .workspace
        .command("dana", "ops", "/health subscribe #ops")
        .await
        .unwrap();

    let sent = scene.bot.last();
    assert_eq!(sent.path, "/slack/commands");
    let timestamp: i64 = sent.headers["x-slack-request-timestamp"]
        .to_str()
        .unwrap()
        .parse()
        .unwrap();
    assert_eq!(timestamp, scene.clock.now().timestamp());
    let expected = signature("demo-signing-secret", timestamp, &sent.body);
    assert_eq!(sent.headers["x-slack-signature"], expected.as_str());
    assert_eq!(sent.form("command"), "/health");
    assert_eq!(
        sent.form("text"),
        format!("subscribe <#{}|ops>", scene.id("ops"))
    );
    assert_eq!(sent.form("user_name"), "dana");

    let shown = scene.workspace.ephemerals("dana");
    assert_eq!(shown[0].message.plain(), "All well");
    assert!(scene.workspace.ephemerals("lee").is_empty());
    assert!(scene.workspace.messages("ops").is_empty());
    let nowhere = scene
        .workspace
        .command("dana", "nowhere", "/health")
        .await
        .unwrap_err();
    assert_eq!(nowhere, Error::NoSuchChannel("nowhere".to_owned()));
}

#[tokio::test]
async fn a_bot_that_does_not_answer_in_three_seconds_is_given_up() {
    let scene = Scene::new().await;
    let silent = Target::http().await.unwrap();
    silent.set(Mode::Silent).await;
    scene
        .workspace
        .set_bot_url(&format!("http://{}", silent.addr()));
    let mut waiting = scene.workspace.command("dana", "ops", "/health").boxed();
    assert!((&mut waiting).now_or_never().is_none());
    scene.clock.advance(Duration::from_secs(3));
    assert_eq!(waiting.await.unwrap_err(), Error::TimedOut);
    silent.set(Mode::Refusing).await;
    let gone = scene
        .workspace
        .command("dana", "ops", "/health")
        .await
        .unwrap_err();
    assert!(matches!(gone, Error::Unreachable(_)), "{gone}");
}

#[tokio::test]
async fn a_press_carries_the_real_ids_and_the_message_it_was_on() {
    let scene = Scene::new().await;
    let ops = scene.id("ops");
    let message =
        json!({"channel": ops, "text": "t", "blocks": [section("s"), buttons(&["Mute 1h"])]});
    let posted = scene.call("chat.postMessage", message).await;
    let ts = posted["ts"].as_str().unwrap();
    scene
        .workspace
        .press("lee", "ops", ts, "Mute 1h")
        .await
        .unwrap();

    let payload = scene.bot.last().payload();
    assert_eq!(payload["type"], "block_actions");
    assert_eq!(payload["actions"][0]["action_id"], "do-Mute 1h");
    assert_eq!(payload["actions"][0]["value"], "value-Mute 1h");
    assert_eq!(payload["actions"][0]["block_id"], "row");
    assert_eq!(payload["message"]["ts"], ts);
    assert_eq!(payload["channel"], json!({"id": ops, "name": "ops"}));
    assert_eq!(payload["container"]["message_ts"], ts);
    assert_eq!(payload["user"]["username"], "lee");

    let wrong = scene
        .workspace
        .press("lee", "ops", ts, "Mute 2h")
        .await
        .unwrap_err();
    assert!(wrong.to_string().contains("Mute 1h"), "{wrong}");
}

#[tokio::test]
async fn a_response_url_works_five_times_within_thirty_minutes() {
    let scene = Scene::new().await;
    let ops = scene.id("ops");
    let message = json!({"channel": ops, "text": "t", "blocks": [buttons(&["Go"])]});
    let posted = scene.call("chat.postMessage", message).await;
    let ts = posted["ts"].as_str().unwrap();
    scene
        .workspace
        .press("dana", "ops", ts, "Go")
        .await
        .unwrap();
    let url = scene.bot.last().payload()["response_url"]
        .as_str()
        .unwrap()
        .to_owned();

    let replaced = json!({"replace_original": true, "text": "done"});
    assert_eq!(scene.post(&url, replaced).await.0, 200);
    assert_eq!(scene.workspace.messages("ops")[0].plain(), "done");
    assert_eq!(scene.post(&url, json!({"text": "for you"})).await.0, 200);
    assert_eq!(
        scene.workspace.ephemerals("dana")[0].message.text,
        "for you"
    );
    let public = json!({"response_type": "in_channel", "text": "for all"});
    assert_eq!(scene.post(&url, public).await.0, 200);
    assert_eq!(scene.workspace.messages("ops")[1].text, "for all");
    assert_eq!(
        scene.post(&url, json!({"delete_original": true})).await.0,
        200
    );
    assert_eq!(scene.workspace.messages("ops").len(), 1);
    assert_eq!(scene.post(&url, json!({"text": "fifth"})).await.0, 200);
    let (status, body) = scene.post(&url, json!({"text": "sixth"})).await;
    assert_eq!((status, body.contains("used_url")), (404, true));

    scene
        .workspace
        .command("dana", "ops", "/health")
        .await
        .unwrap();
    let url = scene.bot.last().form("response_url");
    scene.clock.advance(Duration::from_secs(30 * 60));
    assert_eq!(
        scene.post(&url, json!({"text": "just in time"})).await.0,
        200
    );
    scene.clock.advance(Duration::from_secs(1));
    assert!(
        scene
            .post(&url, json!({"text": "too late"}))
            .await
            .1
            .contains("expired_url")
    );
}

#[tokio::test]
async fn a_form_is_opened_once_per_trigger_filled_in_refused_and_closed() {
    let scene = Scene::new().await;
    scene
        .workspace
        .command("dana", "ops", "/health add")
        .await
        .unwrap();
    let trigger = scene.bot.last().form("trigger_id");
    let plain = |text: &str| json!({"type": "plain_text", "text": text});
    let view = json!({
        "type": "modal", "callback_id": "add", "private_metadata": "m", "title": plain("Add server"),
        "submit": plain("Save"), "notify_on_close": true,
        "blocks": [{"type": "input", "block_id": "name", "label": plain("Name"),
            "element": {"type": "plain_text_input", "action_id": "value"}}],
    });
    let open = json!({"trigger_id": trigger, "view": view});
    let opened = scene.call("views.open", open.clone()).await;
    assert_eq!(opened["view"]["callback_id"], "add");
    assert_eq!(
        scene.error("views.open", open).await,
        "exchanged_trigger_id"
    );

    let empty = scene.workspace.submit_view("dana", &[]).await.unwrap_err();
    assert!(empty.to_string().contains("Name"), "{empty}");
    let lost = json!({"response_action": "errors", "errors": {"nmae": "taken"}});
    scene.bot.answers(200, lost);
    let lost = scene
        .workspace
        .submit_view("dana", &[("Name", "api")])
        .await
        .unwrap_err();
    assert!(lost.to_string().contains("nmae"), "{lost}");
    let refusal = json!({"response_action": "errors", "errors": {"name": "taken"}});
    scene.bot.answers(200, refusal);
    scene
        .workspace
        .submit_view("dana", &[("Name", "api")])
        .await
        .unwrap();
    let payload = scene.bot.last().payload();
    assert_eq!(
        payload["view"]["state"]["values"]["name"]["value"]["value"],
        "api"
    );
    assert_eq!(payload["view"]["private_metadata"], "m");
    assert!(
        scene
            .workspace
            .modal("dana")
            .unwrap()
            .plain()
            .contains("taken")
    );

    let update = json!({"view_id": opened["view"]["id"], "view": view, "hash": "stale"});
    assert_eq!(scene.error("views.update", update).await, "hash_conflict");
    scene
        .workspace
        .submit_view("dana", &[("Name", "api2")])
        .await
        .unwrap();
    assert!(scene.workspace.modal("dana").is_none());

    scene
        .workspace
        .command("dana", "ops", "/health add")
        .await
        .unwrap();
    let trigger = scene.bot.last().form("trigger_id");
    scene.clock.advance(Duration::from_secs(4));
    let late = json!({"trigger_id": trigger, "view": view});
    assert_eq!(scene.error("views.open", late).await, "expired_trigger_id");

    scene
        .workspace
        .shortcut("dana", "add_server")
        .await
        .unwrap();
    let trigger = scene.bot.last().payload()["trigger_id"].clone();
    scene
        .call("views.open", json!({"trigger_id": trigger, "view": view}))
        .await;
    scene.workspace.close_view("dana").await.unwrap();
    assert_eq!(scene.bot.last().payload()["type"], "view_closed");
}

#[tokio::test]
async fn home_is_opened_published_and_pressed_by_row() {
    let scene = Scene::new().await;
    scene.workspace.open_home("dana").await.unwrap();
    assert_eq!(scene.bot.last().json()["event"]["type"], "app_home_opened");
    let user = scene.workspace.user("dana").unwrap().id;
    let row = |name: &str| {
        json!({"type": "section", "text": {"type": "mrkdwn", "text": name}, "accessory": {
            "type": "button", "action_id": "toggle", "value": name,
            "text": {"type": "plain_text", "text": "Alerts off"},
        }})
    };
    let view = json!({"type": "home", "blocks": [row("api"), row("db")]});
    let publish = json!({"user_id": user, "view": view});
    assert_eq!(scene.call("views.publish", publish).await["ok"], true);
    assert!(scene.workspace.home("dana").unwrap().plain().contains("db"));
    scene
        .workspace
        .press_home_near("dana", Some("db"), "Alerts off")
        .await
        .unwrap();
    let payload = scene.bot.last().payload();
    assert_eq!(payload["actions"][0]["value"], "db");
    assert_eq!(payload["container"]["type"], "view");
    assert_eq!(payload["view"]["type"], "home");
    assert!(payload.get("response_url").is_none() && payload.get("channel").is_none());
}

#[tokio::test]
async fn people_of_another_workspace_are_named_as_such() {
    let scene = Scene::with(|options| Options {
        users: vec![
            SeedUser::new("dana", "Dana"),
            SeedUser::foreign("eve", "Eve", "T0OTHER"),
        ],
        channels: vec![SeedChannel {
            shared: true,
            ..SeedChannel::public("shared")
        }],
        ..options
    })
    .await;
    scene
        .workspace
        .command("eve", "shared", "/health list")
        .await
        .unwrap();
    assert_eq!(scene.bot.last().form("team_id"), "T0OTHER");
}
