//! Requests to the admin API that nobody had in mind: bodies that are longer than they may be.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

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
