//! Scripted faults, and incoming webhooks.

use super::*;

#[tokio::test]
async fn faults_strike_as_often_as_they_say_and_only_where_they_say() {
    let scene = Scene::new().await;
    let (ops, random) = (scene.id("ops"), scene.id("random"));
    let say = |channel: &str| json!({"channel": channel, "text": "hi"});
    let limited = Fault::once("chat.postMessage", Effect::RateLimited { retry_after: 7 });
    scene.workspace.fault(limited.in_channel("ops").times(2));
    assert_eq!(
        scene.call("chat.postMessage", say(&random)).await["ok"],
        true
    );
    for _ in 0..2 {
        let response = scene.raw("chat.postMessage", say(&ops)).await.unwrap();
        assert_eq!(response.status(), 429);
        assert_eq!(response.headers()["retry-after"], "7");
    }
    assert_eq!(scene.call("chat.postMessage", say(&ops)).await["ok"], true);
    assert!(scene.workspace.faults().is_empty());

    scene
        .workspace
        .fault(Fault::once("chat.postMessage", Effect::Status(503)));
    assert_eq!(
        scene
            .raw("chat.postMessage", say(&ops))
            .await
            .unwrap()
            .status(),
        503
    );
    let is_archived = Effect::Error("is_archived".to_owned());
    scene
        .workspace
        .fault(Fault::once("chat.postMessage", is_archived));
    assert_eq!(
        scene.error("chat.postMessage", say(&ops)).await,
        "is_archived"
    );
    assert_eq!(scene.workspace.messages("ops").len(), 1);
    let answered: Vec<_> = scene
        .workspace
        .journal()
        .into_iter()
        .map(|call| call.answered)
        .collect();
    assert_eq!(
        answered,
        [
            Answered::Ok,
            Answered::RateLimited { retry_after: 7 },
            Answered::RateLimited { retry_after: 7 },
            Answered::Ok,
            Answered::Status(503),
            Answered::Error("is_archived".to_owned()),
        ]
    );
}

#[tokio::test]
async fn a_cut_connection_may_or_may_not_have_stored_the_message() {
    let scene = Scene::new().await;
    let say = json!({"channel": scene.id("ops"), "text": "hi"});
    scene
        .workspace
        .fault(Fault::once("chat.postMessage", Effect::ResetBefore));
    assert!(scene.raw("chat.postMessage", say.clone()).await.is_err());
    assert!(scene.workspace.messages("ops").is_empty());
    scene
        .workspace
        .fault(Fault::once("chat.postMessage", Effect::CommitThenReset));
    assert!(scene.raw("chat.postMessage", say.clone()).await.is_err());
    assert_eq!(scene.workspace.messages("ops").len(), 1);
    scene.workspace.set_down(true);
    assert!(scene.raw("chat.postMessage", say.clone()).await.is_err());
    scene.workspace.set_down(false);
    assert_eq!(scene.call("chat.postMessage", say).await["ok"], true);
    assert_eq!(scene.workspace.messages("ops").len(), 2);
}

#[tokio::test]
async fn a_hanging_call_hangs_until_released_and_a_slow_one_until_its_time() {
    let scene = Scene::new().await;
    let say = json!({"channel": scene.id("ops"), "text": "hi"});
    scene
        .workspace
        .fault(Fault::once("chat.postMessage", Effect::Hang));
    let mut hanging = scene.raw("chat.postMessage", say.clone()).boxed();
    tokio::select! {
        biased;
        _ = &mut hanging => panic!("it was answered"),
        () = scene.workspace.wait_for(|state| (state.journal().len() == 1).then_some(())) => {}
    }
    scene.workspace.release();
    assert!(hanging.await.is_err());
    assert!(scene.workspace.messages("ops").is_empty());

    let slow = Effect::Slow(Duration::from_secs(20));
    scene.workspace.fault(Fault::once("chat.postMessage", slow));
    let mut slow = scene.raw("chat.postMessage", say).boxed();
    tokio::select! {
        biased;
        _ = &mut slow => panic!("it was answered"),
        () = scene.workspace.wait_for(|state| (state.journal().len() == 2).then_some(())) => {}
    }
    scene.clock.advance(Duration::from_secs(20));
    assert_eq!(slow.await.unwrap().status(), 200);
}

#[tokio::test]
async fn incoming_webhooks_answer_in_plain_text() {
    let scene = Scene::new().await;
    let url = scene.workspace.add_webhook("ops").unwrap();
    assert_eq!(
        scene.post(&url, json!({"text": "hi"})).await,
        (200, "ok".to_owned())
    );
    assert_eq!(scene.workspace.journal()[0].channel(), scene.id("ops"));
    let message = scene.workspace.messages("ops").pop().unwrap();
    assert!(matches!(message.author, Author::Webhook(_)));
    assert_eq!(
        scene.post(&url, json!({})).await,
        (400, "no_text".to_owned())
    );
    let raw = scene.http.post(&url).body("not json").send().await.unwrap();
    assert_eq!(raw.text().await.unwrap(), "invalid_payload");
    let forged = format!("{url}x");
    assert_eq!(
        scene.post(&forged, json!({"text": "hi"})).await,
        (403, "invalid_token".to_owned())
    );
    scene.workspace.archive("ops").await.unwrap();
    let archived = scene.post(&url, json!({"text": "hi"})).await;
    assert_eq!(archived, (410, "channel_is_archived".to_owned()));
    scene.workspace.revoke_webhook(&url);
    assert_eq!(
        scene.post(&url, json!({"text": "hi"})).await,
        (404, "no_service".to_owned())
    );
}

#[tokio::test]
async fn stopping_waits_for_nothing_that_hangs() {
    let scene = Scene::new().await;
    let say = json!({"channel": scene.id("ops"), "text": "hi"});
    scene
        .workspace
        .fault(Fault::once("chat.postMessage", Effect::CommitThenHang));
    let mut hanging = scene.raw("chat.postMessage", say).boxed();
    tokio::select! {
        biased;
        _ = &mut hanging => panic!("it was answered"),
        () = scene.workspace.wait_for(|state| (state.messages("ops").len() == 1).then_some(())) => {}
    }
    scene.workspace.stop().await;
    assert!(hanging.await.is_err());
    assert!(TcpStream::connect(scene.workspace.addr()).await.is_err());
}
