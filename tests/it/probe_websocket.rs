//! What a WebSocket probe finds, against real servers that do one thing each.

use crate::harness::probing::Probing;
use crate::harness::targets::{Script, Target, WebSocket};

async fn found(script: Script) -> String {
    let target = Target::start(script).await;
    Probing::new()
        .probe(&format!("ws://{}/", target.address()))
        .await
}

async fn found_past_deadline(script: Script) -> String {
    let target = Target::start(script).await;
    let url = format!("ws://{}/", target.address());
    Probing::new()
        .probe_past_deadline(&url, target.stuck())
        .await
}

#[tokio::test]
async fn a_server_that_answers_the_ping_is_healthy() {
    assert_eq!(found(Script::WebSocket(WebSocket::Serve)).await, "healthy");
    assert_eq!(
        found(Script::WebSocket(WebSocket::Chatter(100, 1_000))).await,
        "healthy"
    );
}

#[tokio::test]
async fn the_handshake_is_whole_and_the_close_says_1000() {
    let target = Target::start(Script::WebSocket(WebSocket::Serve)).await;
    let probing = Probing::new();
    let url = format!("ws://{}/room?id=1", target.address());
    assert_eq!(probing.probe(&url).await, "healthy");
    let [request, close] = target.two_requests().await;
    assert_eq!(close, "close 1000");
    let key = request
        .lines()
        .find_map(|line| line.strip_prefix("sec-websocket-key: "))
        .unwrap();
    assert_eq!(key.len(), 24);
    let version = env!("CARGO_PKG_VERSION");
    assert_eq!(
        request.replace(key, "KEY"),
        format!(
            "GET /room?id=1 HTTP/1.1\r\nhost: {}\r\nuser-agent: healthbot/{version}\r\nconnection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: KEY\r\n\r\n",
            target.address()
        )
    );
}

#[tokio::test]
async fn a_server_that_is_slow_to_close_is_not_waited_for() {
    let target = Target::start(Script::WebSocket(WebSocket::NoFarewell)).await;
    let url = format!("ws://{}/", target.address());
    let found = Probing::new()
        .probe_past_deadline(&url, target.stuck())
        .await;
    assert_eq!(found, "healthy");
}

#[tokio::test]
async fn a_handshake_is_accepted_as_the_standard_says() {
    // The connection ends after the handshake: whether it was accepted shows in the kind.
    for (answer, expected) in [
        (
            "HTTP/1.1 101 Switching\r\nupgrade: WebSocket\r\nconnection: keep-alive, upgrade\r\nsec-websocket-accept: {accept}\r\n\r\n",
            "websocket closed: the connection ended before the pong, without a close frame",
        ),
        (
            "HTTP/1.1 404 Not Found\r\nContent-Length: 6\r\n\r\nsecret",
            "websocket rejected: 404 Not Found",
        ),
        (
            "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nsecret",
            "websocket rejected: 200 OK",
        ),
        (
            "HTTP/1.1 302 Found\r\nLocation: /x\r\n\r\n",
            "websocket rejected: 302 Found",
        ),
        (
            "HTTP/1.1 101 Switching\r\nUpgrade: h2c\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n\r\n",
            "websocket rejected: the answer lacks “Upgrade: websocket”",
        ),
        (
            "HTTP/1.1 101 Switching\r\nUpgrade: websocket\r\nConnection: close\r\nSec-WebSocket-Accept: {accept}\r\n\r\n",
            "websocket rejected: the answer lacks “Connection: Upgrade”",
        ),
        (
            "HTTP/1.1 101 Switching\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
            "websocket rejected: the answer lacks Sec-WebSocket-Accept",
        ),
        (
            "HTTP/1.1 101 Switching\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n",
            "websocket rejected: wrong Sec-WebSocket-Accept",
        ),
        (
            "HTTP/1.1 101 Switching\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\nSec-WebSocket-Protocol: chat\r\n\r\n",
            "websocket rejected: the answer has sec-websocket-protocol, which was not asked for",
        ),
        ("garbage\r\n\r\n", "bad response: not HTTP"),
        (
            "",
            "bad response: the server closed the connection before a response",
        ),
    ] {
        assert_eq!(
            found(Script::Handshake(answer)).await,
            expected,
            "{answer:?}"
        );
    }
}

#[tokio::test]
async fn an_end_before_the_pong_is_told_with_its_reason() {
    for (behaviour, expected) in [
        (
            WebSocket::Close(1001, "going down"),
            "websocket closed: closed before the pong with code 1001: going down",
        ),
        (
            WebSocket::Close(1008, ""),
            "websocket closed: closed before the pong with code 1008",
        ),
        (
            WebSocket::Drop,
            "websocket closed: the connection ended before the pong, without a close frame",
        ),
        (
            WebSocket::Reset,
            "reset: connection reset while waiting for the pong",
        ),
        (
            WebSocket::Garbage,
            "bad response: not WebSocket: Encountered invalid opcode: 15",
        ),
    ] {
        assert_eq!(
            found(Script::WebSocket(behaviour)).await,
            expected,
            "{behaviour:?}"
        );
    }
}

#[tokio::test]
async fn only_the_pong_that_was_asked_for_counts() {
    for behaviour in [WebSocket::Silent, WebSocket::WrongPong] {
        let found = found_past_deadline(Script::WebSocket(behaviour)).await;
        assert_eq!(found, "timeout: no pong within 3s", "{behaviour:?}");
    }
    for (messages, bytes) in [(5_000, 1), (20, 100_000)] {
        assert_eq!(
            found(Script::WebSocket(WebSocket::Chatter(messages, bytes))).await,
            "bad response: the server sent over 4,096 messages or 1 MiB and no pong"
        );
    }
    assert_eq!(
        found(Script::WebSocket(WebSocket::Chatter(1, 2_000_000))).await,
        "bad response: the server sent a message over 1 MiB instead of a pong"
    );
}

#[tokio::test]
async fn a_silent_handshake_fails_at_the_deadline() {
    for script in [Script::Silence, Script::Stall(b"HTTP/1.1 101 Swi".to_vec())] {
        assert_eq!(
            found_past_deadline(script).await,
            "timeout: no response head within 3s"
        );
    }
}
