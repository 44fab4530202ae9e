//! The main job: a server is added in Slack, fails, and is back; the channel hears of it.

use healthbot::demo::{Mode, Target};

use crate::harness::bot::Bot;

async fn tells_the_channel_of(target: Target, name: &str, kind: &str) {
    let bot = Bot::start().await;
    bot.workspace.invite_bot("ops").await.unwrap();
    let welcome = bot
        .message("ops", |m| m.plain().contains("is told from now on"))
        .await;
    assert_eq!(welcome.buttons(), ["Add server", "Unsubscribe"]);

    let answer = bot
        .health(&format!("add {name} {} interval=1s env=live", target.url()))
        .await;
    assert!(
        answer.contains("is watched from now on") && answer.contains("answered in"),
        "{answer}"
    );

    target.set(Mode::Refusing).await;
    let failure = bot
        .message("ops", |m| m.plain().contains(&format!("{name} is down")))
        .await;
    let shown = failure.plain();
    for fact in [kind, "LIVE", "Last healthy", &target.addr().to_string()] {
        assert!(shown.contains(fact), "{fact} in {shown}");
    }
    assert!(
        failure.text.contains(name) && failure.text.contains(kind),
        "{}",
        failure.text
    );
    assert_eq!(
        failure.buttons(),
        ["Acknowledge", "Mute 1h", "Alerts off", "Check now"]
    );

    target.set(Mode::Healthy).await;
    let reply = bot
        .message("ops", |m| {
            m.thread_ts.as_deref() == Some(failure.ts.as_str()) && m.broadcast
        })
        .await;
    assert!(reply.plain().contains("is up again"), "{}", reply.plain());
    let resolved = bot
        .message("ops", |m| m.ts == failure.ts && m.edited.is_some())
        .await;
    assert!(
        resolved.plain().contains("Resolved"),
        "{}",
        resolved.plain()
    );
    assert!(resolved.buttons().is_empty());
    let posts = bot
        .workspace
        .messages("ops")
        .into_iter()
        .filter(|m| m.plain().contains(name));
    assert_eq!(posts.count(), 2, "the failure, edited, and its reply");
}

#[tokio::test]
async fn an_http_servers_failure_and_recovery_reach_the_channel() {
    tells_the_channel_of(Target::http().await.unwrap(), "api", "refused").await;
}

#[tokio::test]
async fn a_websocket_servers_failure_and_recovery_reach_the_channel() {
    tells_the_channel_of(Target::web_socket().await.unwrap(), "chat", "refused").await;
}
