//! What an HTTP probe finds, against real servers that do one thing each.

use healthbot::clock::Timestamp;
use healthbot::domain::outcome::Verdict;
use healthbot::domain::target::Path;
use proptest::prelude::*;

use crate::harness::probing::{Names, Probing, loopback};
use crate::harness::targets::{Script, Target};

async fn found(script: Script) -> String {
    let target = Target::start(script).await;
    Probing::new()
        .probe(&format!("http://{}/", target.address()))
        .await
}

async fn found_past_deadline(script: Script) -> String {
    let target = Target::start(script).await;
    let url = format!("http://{}/", target.address());
    Probing::new()
        .probe_past_deadline(&url, target.stuck())
        .await
}

#[tokio::test]
async fn statuses_from_200_to_399_are_healthy_and_no_other() {
    for healthy in [
        "200 OK",
        "204 No Content",
        "299 Odd",
        "301 Moved",
        "304 Not Modified",
        "399 Odd",
    ] {
        assert_eq!(
            found(Script::status(healthy, "")).await,
            "healthy",
            "{healthy}"
        );
    }
    for (status, expected) in [
        ("400 Bad Request", "http status: 400 Bad Request"),
        ("404 Whatever", "http status: 404 Not Found"),
        ("503 <!channel>", "http status: 503 Service Unavailable"),
        (
            "101 Switching Protocols",
            "http status: 101 Switching Protocols",
        ),
        ("599 Odd", "http status: 599"),
        ("999 Odd", "http status: 999"),
    ] {
        assert_eq!(
            found(Script::status(status, "secret")).await,
            expected,
            "{status}"
        );
    }
}

#[tokio::test]
async fn whole_answers_of_every_shape_are_healthy() {
    for answer in [
        "HTTP/1.0 200 OK\r\n\r\nuntil the end",
        "HTTP/1.1 200 OK\r\n\r\nuntil the end",
        "HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx",
        "HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 204 No Content\r\n\r\n",
        "HTTP/1.1 200 OK\r\nOld : folded\r\n  header\r\nContent-Length: 0\r\n\r\n",
    ] {
        assert_eq!(found(Script::answer(answer)).await, "healthy", "{answer:?}");
    }
}

#[tokio::test]
async fn what_is_not_http_or_not_whole_is_said() {
    let long_head = format!("HTTP/1.1 200 OK\r\nX: {}\r\n\r\n", "x".repeat(200_000));
    for (answer, expected) in [
        (
            "",
            "bad response: the server closed the connection before a response",
        ),
        ("SSH-2.0-secret\r\n", "bad response: not HTTP"),
        ("secret\r\n\r\n", "bad response: not HTTP"),
        ("ICY 200 OK\r\n\r\n", "bad response: not HTTP"),
        ("HTTP/2 200 OK\r\n\r\n", "bad response: not HTTP"),
        (
            "HTT",
            "bad response: the server closed the connection inside the response head",
        ),
        (
            "HTTP/1.1 200 OK\r\nX: ",
            "bad response: the server closed the connection inside the response head",
        ),
        (
            "HTTP/1.1 secret\r\n\r\n",
            "bad response: malformed HTTP response: invalid HTTP status-code parsed",
        ),
        (
            "HTTP/1.1 200 OK\r\nbad header\r\n\r\n",
            "bad response: malformed HTTP response: invalid HTTP header parsed",
        ),
        (
            &long_head,
            "bad response: the response head is over 64 KiB or 100 headers",
        ),
        (
            "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nsecret",
            "bad response: the response body broke off after 6 bytes",
        ),
        (
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nsecret\r\n",
            "bad response: the response body broke off after 6 bytes",
        ),
        (
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nsecret\r\n",
            "bad response: the response body broke off after 0 bytes",
        ),
    ] {
        assert_eq!(
            found(Script::answer(answer)).await,
            expected,
            "{answer:.60?}"
        );
    }
    assert_eq!(
        found(Script::Answer(b"\x15\x03\x01\x00\x02\x02\x46".to_vec())).await,
        "bad response: not HTTP: the server speaks TLS on this port, try the address with TLS"
    );
}

#[tokio::test]
async fn a_server_that_speaks_first_is_not_http() {
    assert_eq!(
        found(Script::Greet(
            b"\0\0\x06\x04\0\0\0\0\0\0\x05\0\0\x40\0".to_vec()
        ))
        .await,
        "bad response: not HTTP/1.1: the server speaks only HTTP/2 on this port"
    );
    assert_eq!(
        found(Script::Greet(b"220 mail ready\r\n".to_vec())).await,
        "bad response: not HTTP"
    );
}

#[tokio::test]
async fn a_cut_connection_is_a_reset() {
    assert_eq!(
        found(Script::Reset(Vec::new())).await,
        "reset: connection reset while waiting for the response"
    );
    let begun = b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n".to_vec();
    let found = found(Script::Reset(begun)).await;
    // A reset overtakes what was sent before it, unless that was read already.
    assert!(
        found.starts_with("reset: connection reset while"),
        "{found}"
    );
}

#[tokio::test]
async fn the_deadline_is_named_by_what_it_cut_short() {
    assert_eq!(
        found_past_deadline(Script::Silence).await,
        "timeout: no response head within 3s"
    );
    for begun in ["", "HTTP/1.1 200 OK\r\nX: "] {
        let found = found_past_deadline(Script::Stall(begun.into())).await;
        assert_eq!(found, "timeout: no response head within 3s", "{begun:?}");
    }
    let head = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nsome";
    let found = found_past_deadline(Script::Stall(head.into())).await;
    assert_eq!(found, "timeout: response body not complete within 3s");
}

#[tokio::test]
async fn a_server_that_drips_fails_at_the_deadline() {
    let found = found_past_deadline(Script::Drip(b"HTTP/1.1 200 OK\r\nX: ".to_vec())).await;
    assert_eq!(found, "timeout: no response head within 3s");
    let found = found_past_deadline(Script::Drip(b"HTTP/1.1 200 OK\r\n\r\n".to_vec())).await;
    assert_eq!(found, "timeout: response body not complete within 3s");
    let found = found_past_deadline(Script::Drip(
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nX: ".to_vec(),
    ))
    .await;
    assert_eq!(found, "timeout: no response head within 3s");
}

#[tokio::test]
async fn an_endless_body_is_left_after_64_kib() {
    let answer = format!("HTTP/1.1 200 OK\r\n\r\n{}", "x".repeat(64 * 1024));
    let target = Target::start(Script::Stall(answer.into_bytes())).await;
    let found = Probing::new()
        .probe(&format!("http://{}/", target.address()))
        .await;
    assert_eq!(found, "healthy");
}

#[tokio::test]
async fn the_request_is_what_servers_expect() {
    let target = Target::start(Script::status("200 OK", "")).await;
    let names = Names::of("api.example", &["127.0.0.1"]);
    let probing = Probing::with(loopback(), healthbot::probe::Trust::nobody(), names);
    probing
        .probe(&format!("http://api.example:{}/up?a=b", target.port()))
        .await;
    let version = env!("CARGO_PKG_VERSION");
    assert_eq!(
        target.request(),
        format!(
            "GET /up?a=b HTTP/1.1\r\nhost: api.example:{}\r\nuser-agent: healthbot/{version}\r\naccept: */*\r\nconnection: close\r\n\r\n",
            target.port()
        )
    );
}

#[tokio::test]
async fn an_ipv6_host_stands_in_brackets() {
    let target = Target::on("[::1]:0", Script::status("200 OK", ""), None).await;
    let found = Probing::new()
        .probe(&format!("http://{}/", target.address()))
        .await;
    assert_eq!(found, "healthy");
    assert!(
        target
            .request()
            .contains(&format!("host: [::1]:{}\r\n", target.port()))
    );
}

#[tokio::test]
async fn an_outcome_says_when_it_began_and_how_long_it_took() {
    let target = Target::start(Script::status("200 OK", "")).await;
    let probing = Probing::new();
    probing.advance(5);
    let outcome = probing
        .outcome(&format!("http://{}/", target.address()))
        .await;
    assert_eq!(outcome.at, probing.now());
    assert_eq!(
        outcome.at,
        Timestamp::from_timestamp(1_795_521_605, 0).unwrap()
    );
    assert!(matches!(outcome.verdict, Verdict::Healthy { latency } if latency.is_zero()));
}

proptest! {
    #[test]
    fn every_path_can_stand_in_a_request(text in "/\\PC{0,80}") {
        if let Ok(path) = Path::parse(&text) {
            prop_assert!(http::uri::PathAndQuery::try_from(path.as_str()).is_ok(), "{}", path.as_str());
        }
    }
}
