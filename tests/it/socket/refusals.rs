//! Slack opens no connection: for a while, or until somebody mends something.

use std::time::Duration;

use healthbot::config::Secret;
use healthbot::demo::{Effect, Fault};
use healthbot::probe::Trust;
use healthbot::slack::socket::SocketClient;
use healthbot::slack::webhook::WebhookClient;
use hyper_util::client::proxy::matcher::Matcher;
use tokio::io::AsyncReadExt;

use super::breaks::{bot_by, manual_clock};
use super::*;
use crate::harness::knock::Knock;

const OPEN: &str = "apps.connections.open";

/// Waits until `/readyz` says this of the connection.
async fn not_ready(bot: &Bot, wanted: &str) {
    loop {
        let (status, part) = socket_part(bot).await;
        let reason = part["reason"].as_str().unwrap_or_default();
        if reason.contains(wanted) {
            assert_eq!((status, &part["ok"]), (503, &json!(false)), "{reason}");
            return;
        }
    }
}

fn asked(bot: &Bot) -> usize {
    let calls = bot.workspace.journal();
    calls.iter().filter(|call| call.method == OPEN).count()
}

#[tokio::test]
async fn socket_mode_that_is_switched_off_is_said_loudly_and_asked_for_seldom() {
    let clock = manual_clock();
    let bot = bot_by(&clock).await;
    connections(&bot, 1, 1).await;
    bot.workspace.disconnect_sockets("link_disabled");
    bot.workspace.on_socket(0, SocketAct::Close).unwrap();
    not_ready(&bot, "Settings, Socket Mode").await;
    assert_eq!(asked(&bot), 1);
    clock.advance(Duration::from_secs(61));
    connections(&bot, 2, 1).await;
    assert_eq!(socket_part(&bot).await.1["ok"], true);
}

#[tokio::test]
async fn a_token_that_slack_refuses_is_said_with_what_to_do() {
    for (word, mend) in [
        ("invalid_auth", "copy it anew"),
        ("not_allowed_token_type", "is not an app-level token"),
        ("missing_scope", "connections:write"),
        ("something_new", "is Socket Mode on"),
    ] {
        let clock = manual_clock();
        let starting = Bot::start_by(
            std::sync::Arc::new(clock.clone()),
            |_| {},
            |_, workspace| workspace.fault(Fault::once(OPEN, Effect::Error(word.to_owned()))),
        );
        let bot = Transport::Socket.carry(starting).await;
        not_ready(&bot, mend).await;
        clock.advance(Duration::from_secs(61));
        connections(&bot, 1, 1).await;
    }
}

#[tokio::test]
async fn a_slack_that_is_busy_or_away_is_asked_again_in_its_own_time() {
    let clock = manual_clock();
    let starting = Bot::start_by(
        std::sync::Arc::new(clock.clone()),
        |_| {},
        |_, workspace| {
            for effect in [
                Effect::RateLimited { retry_after: 90 },
                Effect::Status(500),
                Effect::ResetBefore,
                Effect::Error("internal_error".to_owned()),
            ] {
                workspace.fault(Fault::once(OPEN, effect));
            }
        },
    );
    let bot = Transport::Socket.carry(starting).await;
    not_ready(&bot, "ratelimited").await;
    clock.advance(Duration::from_secs(89));
    for _ in 0..3 {
        assert_eq!(socket_part(&bot).await.0, 503);
        assert_eq!(asked(&bot), 1, "Slack gets the time that it asked for");
    }
    while asked(&bot) < 5 {
        clock.advance(Duration::from_secs(1));
        socket_part(&bot).await;
    }
    connections(&bot, 1, 1).await;
}

#[tokio::test]
async fn an_address_that_is_not_slacks_is_not_connected_to() {
    let elsewhere = tokio::net::TcpListener::bind("127.0.0.2:0").await.unwrap();
    let url = format!("ws://{}/socket/1", elsewhere.local_addr().unwrap());
    let router = axum::Router::new().fallback(move || {
        let url = url.clone();
        async move { axum::Json(json!({"ok": true, "url": url, "team_id": "T1", "user_id": "U1"})) }
    });
    let slack = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let api = format!("http://{}/api", slack.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(slack, router).await });
    let starting = Bot::start_by(
        std::sync::Arc::new(manual_clock()),
        |_| {},
        |config, _| config.api_url = api.parse().unwrap(),
    );
    let bot = Transport::Socket.carry(starting).await;
    not_ready(&bot, "not one of Slack's").await;
    let connected = futures_util::FutureExt::now_or_never(elsewhere.accept());
    assert!(connected.is_none());
}

#[tokio::test]
async fn the_connection_is_a_metric() {
    let bot = bot().await;
    let connected = async || {
        let text = bot.ask("GET", "/metrics").send().await.text;
        let sample = text
            .lines()
            .find(|line| line.starts_with("healthbot_socket_connected"));
        sample.unwrap().to_owned()
    };
    assert_eq!(connected().await, "healthbot_socket_connected 1");
    bot.workspace.fault(Fault::once(OPEN, Effect::Hang));
    bot.workspace.on_socket(0, SocketAct::Cut).unwrap();
    while connected().await != "healthbot_socket_connected 0" {}
    bot.workspace.release();
    connections(&bot, 2, 1).await;
    while connected().await != "healthbot_socket_connected 1" {}
    let http = Bot::start().await;
    let text = http.ask("GET", "/metrics").send().await.text;
    assert!(!text.contains("healthbot_socket_connected"));
}

#[tokio::test]
async fn without_a_signing_secret_nothing_is_taken_over_http() {
    let bot = bot().await;
    for secret in ["", "guessed"] {
        let list = Knock::signed(&bot.url, "/slack/commands", secret, b"user_id=U1&text=list");
        let answer = list.send().await;
        assert_eq!((answer.status, answer.body.len()), (401, 0));
    }
}

#[tokio::test]
async fn a_proxy_carries_the_connection_like_every_call_to_slack() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let proxy = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", proxy.local_addr().unwrap());
    let tls = || Trust::system().client_config();
    let client = SocketClient::new(
        &"https://slack.com/api".parse().unwrap(),
        Secret::new("xapp-1"),
        tls(),
        Matcher::builder().https(address.as_str()).build(),
        WebhookClient::new(tls(), Some(&address), None).unwrap(),
        std::sync::Arc::default(),
    );
    let url = client
        .hosts()
        .socket_url("wss://wss-primary.slack.com/link/?ticket=hush");
    let asked = async {
        let (mut stream, _) = proxy.accept().await.unwrap();
        let mut asked = vec![0; 1024];
        let read = stream.read(&mut asked).await.unwrap();
        String::from_utf8(asked[..read].to_vec()).unwrap()
    };
    let url = url.unwrap();
    let (connected, asked) = tokio::join!(client.connect(&url), asked);
    assert!(
        asked.starts_with("CONNECT wss-primary.slack.com:443 HTTP/1.1\r\n"),
        "{asked}"
    );
    let error = connected.unwrap_err().to_string();
    assert!(
        !asked.contains("hush") && !error.contains("hush"),
        "{error}"
    );
}
