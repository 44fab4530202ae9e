//! Connections that are renewed, cut, garbled, silent, or ended by the bot itself.

use std::sync::Arc;
use std::time::Duration;

use healthbot::clock::{Clock, ManualClock, SystemClock};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;

use super::*;

/// A bot over Socket Mode whose time a test makes pass.
pub(super) async fn bot_by(clock: &ManualClock) -> Bot {
    let clock = Arc::new(clock.clone());
    let starting = Bot::start_by(clock, |_| {}, |_, _| {});
    Transport::Socket.carry(starting).await
}

pub(super) fn manual_clock() -> ManualClock {
    ManualClock::new(SystemClock::new().now())
}

#[tokio::test]
async fn before_a_connection_goes_the_next_one_is_there_and_the_old_is_read_to_its_end() {
    let bot = bot().await;
    for (n, reason) in [(1, "warning"), (2, "refresh_requested")] {
        let said = json!({"type": "disconnect", "reason": reason, "debug_info": {"host": "x"}});
        bot.workspace
            .on_socket(0, SocketAct::Say(said.to_string()))
            .unwrap();
        connections(&bot, n + 1, 2).await;
        for nth in [0, 1] {
            let list = command(&bot, "", "list");
            let answer = bot.workspace.envelope(nth, list).await.unwrap();
            assert!(
                answer.plain().contains("No server is watched yet"),
                "{reason}"
            );
        }
        assert_eq!(
            socket_part(&bot).await,
            (200, json!({"ok": true, "reason": null}))
        );
        bot.workspace.on_socket(0, SocketAct::Close).unwrap();
        connections(&bot, n + 1, 1).await;
    }
    assert!(
        bot.health("list")
            .await
            .contains("No server is watched yet")
    );
}

#[tokio::test]
async fn a_command_whose_connection_is_cut_is_answered_elsewhere_and_acts_once() {
    let bot = bot().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let line = format!(
        "add api http://{}/ timeout=60s interval=1d",
        listener.local_addr().unwrap()
    );
    let add = command(&bot, "1.1.a", &line);
    let (workspace, envelope) = (bot.workspace.clone(), add.clone());
    let waiting = tokio::spawn(async move { workspace.envelope(0, envelope).await });
    // The server is being looked at: the command is in hand.
    let (mut probe, _) = listener.accept().await.unwrap();
    bot.workspace.on_socket(0, SocketAct::Cut).unwrap();
    assert!(waiting.await.unwrap().is_err(), "nobody acknowledges it");
    connections(&bot, 2, 1).await;
    probe
        .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
        .await
        .unwrap();
    is_told(&bot, "is watched from now on").await;
    assert!(
        sent(&bot, anew(&add))
            .await
            .plain()
            .contains("done already")
    );
    assert!(bot.health("list").await.contains("1 server"));
    assert_eq!(
        told(&bot)
            .iter()
            .filter(|told| told.contains("is watched"))
            .count(),
        1
    );
}

#[tokio::test]
async fn what_means_nothing_does_no_harm_to_the_connection() {
    let bot = bot().await;
    let mut odd: Vec<String> = [
        "",
        "{",
        "[]",
        "null",
        "7",
        "\"hello\"",
        "{}",
        "{\"type\":7}",
    ]
    .map(str::to_owned)
    .to_vec();
    odd.push("[".repeat(100_000));
    odd.push(json!({"type": "hello"}).to_string());
    odd.push(
        json!({"type": "slash_commands", "payload": {"user_id": "U1", "text": "off all"}})
            .to_string(),
    );
    odd.push(json!({"type": "slash_commands", "envelope_id": [1], "payload": null}).to_string());
    odd.push(json!({"type": "events_api", "envelope_id": "", "payload": {}}).to_string());
    for text in odd {
        bot.workspace.on_socket(0, SocketAct::Say(text)).unwrap();
    }
    bot.workspace.on_socket(0, SocketAct::Ping).unwrap();
    for kind in [
        "slash_commands",
        "interactive",
        "events_api",
        "",
        "\u{202e}",
    ] {
        for payload in [
            json!(null),
            json!([]),
            json!("x"),
            json!({"type": "view_submission"}),
            json!({"user_id": 7}),
        ] {
            let envelope =
                json!({"type": kind, "payload": payload, "accepts_response_payload": true});
            let answer = sent(&bot, envelope.clone()).await;
            assert_eq!(answer.body, "", "{envelope}");
        }
    }
    assert!(
        bot.health("list")
            .await
            .contains("No server is watched yet")
    );
    connections(&bot, 1, 1).await;
}

#[tokio::test]
async fn a_connection_that_breaks_the_rules_is_replaced() {
    let bot = bot().await;
    let just_fits = "x".repeat(256 * 1024);
    bot.workspace
        .on_socket(0, SocketAct::Say(just_fits.clone()))
        .unwrap();
    assert!(
        bot.health("list")
            .await
            .contains("No server is watched yet")
    );
    connections(&bot, 1, 1).await;
    bot.workspace
        .on_socket(0, SocketAct::Say(just_fits + "x"))
        .unwrap();
    connections(&bot, 2, 1).await;
    assert!(
        bot.health("list")
            .await
            .contains("No server is watched yet")
    );
    bot.workspace.on_socket(0, SocketAct::Garble).unwrap();
    connections(&bot, 3, 1).await;
    assert!(
        bot.health("list")
            .await
            .contains("No server is watched yet")
    );
}

#[tokio::test]
async fn a_silent_connection_is_dead_and_a_quiet_one_is_asked() {
    let clock = manual_clock();
    let bot = bot_by(&clock).await;
    connections(&bot, 1, 1).await;
    sent(&bot, command(&bot, "", "list")).await;
    // Nothing is said, but every ping is answered: that is life.
    for n in 1..=6 {
        clock.advance(Duration::from_secs(10));
        bot.workspace
            .wait_for(|state| (state.sockets().pings >= n).then_some(()))
            .await;
        assert!(sent(&bot, command(&bot, "", "list")).await.is_success());
    }
    connections(&bot, 1, 1).await;
    bot.workspace.on_socket(0, SocketAct::FallSilent).unwrap();
    clock.advance(Duration::from_secs(31));
    bot.workspace
        .wait_for(|state| (state.sockets().opened == 2).then_some(()))
        .await;
}

#[tokio::test]
async fn a_connection_over_which_slack_says_nothing_is_replaced_though_it_answers() {
    let clock = manual_clock();
    let bot = bot_by(&clock).await;
    connections(&bot, 1, 1).await;
    sent(&bot, command(&bot, "", "list")).await;
    for n in 1..=12 {
        clock.advance(Duration::from_secs(10));
        bot.workspace
            .wait_for(|state| {
                (state.sockets().pings >= n || state.sockets().opened == 2).then_some(())
            })
            .await;
    }
    connections(&bot, 2, 2).await;
}

#[tokio::test]
async fn stopping_finishes_and_acknowledges_what_is_in_hand_and_says_goodbye() {
    let mut bot = bot().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let line = format!(
        "add api http://{}/ timeout=60s interval=1d",
        listener.local_addr().unwrap()
    );
    let (workspace, envelope) = (bot.workspace.clone(), command(&bot, "1.1.a", &line));
    let waiting = tokio::spawn(async move { workspace.envelope(0, envelope).await });
    let (probe, _) = listener.accept().await.unwrap();
    let answered = async {
        // It is acknowledged while the bot stops; then what it waits for ends.
        let answer = waiting.await.unwrap().unwrap();
        drop((probe, listener));
        answer
    };
    let ((), answer) = tokio::join!(bot.stop(), answered);
    assert!(answer.is_success());
    let closed = bot.workspace.read(|state| state.sockets().closed.clone());
    assert_eq!(closed, [1000]);
}
