//! Requests to the admin API that nobody had in mind: parameters that are not known, bodies that are longer than they may be.

use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::api_refusals::{ROUTES, hook};
use crate::harness::api::{TOKEN, bot};
use crate::harness::bot::Bot;

/// What the bot says to this, byte by byte, on a connection that stays open.
async fn said_to(bot: &Bot, head: &str) -> String {
    let address = bot.url.trim_start_matches("http://");
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut said = String::new();
    stream.read_to_string(&mut said).await.unwrap();
    said
}

#[tokio::test]
async fn a_body_that_is_said_to_be_too_long_is_not_waited_for() {
    let bot = bot().await;
    for (path, more) in [
        ("/api/v1/servers", ""),
        ("/api/v1/servers", "expect: 100-continue\r\n"),
        ("/slack/commands", ""),
    ] {
        let said = said_to(
            &bot,
            &format!(
                "POST {path} HTTP/1.1\r\nhost: bot\r\nauthorization: Bearer {TOKEN}\r\n{more}\
                 content-length: 262145\r\n\r\n"
            ),
        )
        .await;
        assert!(said.starts_with("HTTP/1.1 413 "), "{path} {more}: {said}");
    }
    // Much more than is taken before the answer, and the answer still arrives.
    let large = vec![b' '; 512 * 1024];
    bot.api("POST", "/servers").body(large).await.problem(413);
}

#[tokio::test]
async fn a_parameter_that_is_not_known_is_refused_everywhere_and_nothing_is_done() {
    let bot = bot().await;
    let server = bot.add_by_api("shop", "10.0.0.5", 80).await;
    let channel = json!({"name": "hook", "hook_url": hook(&bot)});
    let channel = bot.api("POST", "/channels").json(&channel).await;
    let channel = channel.expect(201)["id"].as_str().unwrap().to_owned();
    let state = async || {
        let mut all = Vec::new();
        for path in ["/servers", "/channels", "/settings"] {
            all.push(bot.read(path).await);
        }
        all
    };
    let before = state().await;
    for (method, path) in ROUTES {
        if path == "/nowhere" {
            continue;
        }
        let id = if path.starts_with("/servers") {
            &server
        } else {
            &channel
        };
        let path = path.replace("ID", id);
        let body = match (method, &*path) {
            ("PATCH", "/settings") => json!({"interval": "5m"}),
            ("PUT", _) => json!({"enabled": false}),
            ("PATCH", _) => json!({"name": "other"}),
            _ => json!({"host_name": "other", "host": "10.0.0.6", "port": 80}),
        };
        let ask = bot.api(method, &format!("{path}?dry_run=true"));
        let answer = ask.json(&body).await;
        assert_eq!(answer.wrong_fields(), ["dry_run"], "{method} {path}");
    }
    assert_eq!(state().await, before);
}
