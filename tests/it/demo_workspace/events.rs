//! Events, their retries, and Socket Mode.

use super::*;

#[tokio::test]
async fn an_event_that_is_not_taken_is_told_three_times_more() {
    let scene = Scene::new().await;
    for _ in 0..9 {
        scene.bot.answers(500, "");
    }
    let told = scene.workspace.invite_bot("ops").await.unwrap();
    assert_eq!((told[0].attempts, told[0].accepted), (4, false));
    let received = scene.bot.received();
    assert_eq!(received.len(), 4);
    assert!(received[0].headers.get("x-slack-retry-num").is_none());
    assert_eq!(received[3].headers["x-slack-retry-num"], "3");
    let ids: Vec<_> = received
        .iter()
        .map(|event| event.json()["event_id"].clone())
        .collect();
    assert!(ids.iter().all(|id| *id == ids[0]));
    let authorization = &received[0].json()["authorizations"][0];
    assert_eq!(authorization["user_id"], scene.workspace.bot_user());
}

#[tokio::test]
async fn retries_by_hand_wait_for_the_hand_and_a_taken_event_is_not_told_again() {
    let scene = Scene::with(|options| Options {
        retries: EventRetries::ByHand,
        ..options
    })
    .await;
    scene.bot.answers(503, "");
    let told = scene.workspace.invite_bot("ops").await.unwrap();
    assert_eq!((told[0].attempts, told[0].accepted), (1, false));
    let told = scene.workspace.retry_events().await;
    assert_eq!((told[0].attempts, told[0].accepted), (2, true));
    assert!(scene.workspace.retry_events().await.is_empty());
    scene.workspace.repeat(&told[0]).await;
    let received = scene.bot.received();
    assert_eq!(received.len(), 3);
    assert_eq!(
        received[0].json()["event_id"],
        received[2].json()["event_id"]
    );
}

#[tokio::test]
async fn membership_events_have_slacks_shapes() {
    let scene = Scene::new().await;
    let ops = scene.id("ops");
    let workspace = &scene.workspace;
    workspace.invite_bot("ops").await.unwrap();
    workspace.rename("ops", "operations").await.unwrap();
    workspace.archive(&ops).await.unwrap();
    workspace.unarchive(&ops).await.unwrap();
    workspace.kick_bot(&ops).await.unwrap();
    workspace.delete(&ops).await.unwrap();
    let told: Vec<_> = scene
        .bot
        .received()
        .iter()
        .map(|event| event.json()["event"].clone())
        .map(|event| (event["type"].clone(), event["channel"].clone()))
        .collect();
    let kinds: Vec<_> = told
        .iter()
        .map(|(kind, _)| kind.as_str().unwrap())
        .collect();
    assert_eq!(
        kinds,
        [
            "member_joined_channel",
            "channel_rename",
            "channel_archive",
            "channel_unarchive",
            "channel_left",
            "channel_deleted",
        ]
    );
    assert_eq!(told[1].1["name"], "operations");
    assert!(
        told.iter()
            .all(|(kind, channel)| kind == "channel_rename" || *channel == ops)
    );
    assert_eq!(
        scene
            .error("conversations.info", json!({"channel": ops}))
            .await,
        "channel_not_found"
    );
}

#[tokio::test]
async fn socket_mode_carries_commands_events_and_their_answers() {
    let scene = Scene::with(|options| Options {
        app_token: Some("xapp-1".to_owned()),
        ..options
    })
    .await;
    let refused = scene.error("apps.connections.open", json!({})).await;
    assert_eq!(refused, "not_allowed_token_type");
    let url = format!("{}/apps.connections.open", scene.workspace.api_url());
    let opened = scene
        .http
        .post(url)
        .bearer_auth("xapp-1")
        .send()
        .await
        .unwrap();
    let opened: Value = opened.json().await.unwrap();
    let url = opened["url"].as_str().unwrap();
    let stream = TcpStream::connect(scene.workspace.addr()).await.unwrap();
    let (mut socket, _) = tokio_tungstenite::client_async(url, stream).await.unwrap();
    let read = |frame: Frame| serde_json::from_str::<Value>(frame.to_text().unwrap()).unwrap();
    assert_eq!(read(socket.next().await.unwrap().unwrap())["type"], "hello");

    let workspace = scene.workspace.clone();
    let typed =
        tokio::spawn(async move { workspace.command("dana", "ops", "/health status").await });
    let envelope = read(socket.next().await.unwrap().unwrap());
    assert_eq!(envelope["type"], "slash_commands");
    assert_eq!(envelope["payload"]["text"], "status");
    let answer = json!({"envelope_id": envelope["envelope_id"], "payload": {"text": "fine"}});
    socket.send(Frame::text(answer.to_string())).await.unwrap();
    assert_eq!(typed.await.unwrap().unwrap().plain(), "fine");
    assert_eq!(scene.workspace.ephemerals("dana")[0].message.text, "fine");

    scene.workspace.disconnect_sockets("refresh_requested");
    assert_eq!(
        read(socket.next().await.unwrap().unwrap())["reason"],
        "refresh_requested"
    );
    let again = tokio_tungstenite::client_async(
        url,
        TcpStream::connect(scene.workspace.addr()).await.unwrap(),
    );
    assert!(again.await.is_err(), "a ticket is good for one connection");
    drop(socket);
    scene
        .workspace
        .wait_for(|state| (state.sockets().open == 0).then_some(()))
        .await;
}
