//! Many who are slow, or mean to be: they are dropped, they cost little, and nobody waits for them.

use std::convert::Infallible;
use std::fs;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::routing::get;
use futures_util::future::join_all;
use futures_util::stream::once;
use healthbot::clock::{Clock, ManualClock, SharedClock, SystemClock};
use healthbot::demo::{Mode, Target};
use healthbot::http::serve::serve;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::harness::bot::Bot;
use crate::harness::process;

/// Of each kind, so a thousand in all.
const SLOW: usize = 500;

const HALF_A_HEAD: &str = "POST /slack/commands HTTP/1.1\r\nhost: bot\r\nx-slow: ";

/// A connection on which this much of a request has been sent.
async fn begun(bot: SocketAddr, part: &[u8]) -> TcpStream {
    let mut stream = TcpStream::connect(bot).await.unwrap();
    stream.write_all(part).await.unwrap();
    stream
}

fn head_of_a_body(bytes: usize) -> String {
    format!("POST /slack/commands HTTP/1.1\r\nhost: bot\r\ncontent-length: {bytes}\r\n\r\n")
}

/// Everything that still comes, until the other side closes or cuts the connection.
async fn rest(mut stream: TcpStream) -> String {
    let mut all = Vec::new();
    let _ = stream.read_to_end(&mut all).await;
    String::from_utf8_lossy(&all).into_owned()
}

fn address(url: &str) -> SocketAddr {
    url.trim_start_matches("http://").parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_slow_connections_are_dropped_while_commands_and_probes_go_on() {
    let bot = Bot::start().await;
    bot.invite("ops").await;
    let target = Target::http().await.unwrap();
    bot.add("api", &target, "interval=1s failures=1").await;
    let address = address(&bot.url);
    let slow = (0..SLOW).flat_map(|_| {
        let body = format!("{}text=he", head_of_a_body(200));
        [HALF_A_HEAD.to_owned(), body]
    });
    let slow =
        join_all(slow.map(|part| async move { begun(address, part.as_bytes()).await })).await;
    let mut reaped = tokio::spawn(join_all(slow.into_iter().map(rest)));

    // All of them are there, and nobody notices.
    target.set(Mode::Refusing).await;
    bot.message("ops", |m| m.plain().contains("api is down"))
        .await;
    let mut asked = 0;
    let answers = loop {
        // Somebody else each time: one person would be told to slow down.
        asked += 1;
        let list = format!("user_id=U{asked}&command=%2Fhealth&text=list");
        let list = bot.knock("/slack/commands", list);
        tokio::select! {
            biased;
            reaped = &mut reaped => break reaped.unwrap(),
            list = list.send() => assert!(list.text().contains("1 server"), "{}", list.text()),
        }
    };
    assert!(asked > 1, "a command was answered while they were there");
    assert_eq!(answers.len(), 2 * SLOW);
    for pair in answers.chunks(2) {
        assert!(!pair[0].contains("200 OK"), "{}", pair[0]);
        assert!(pair[1].starts_with("HTTP/1.1 408"), "{}", pair[1]);
    }
}

#[tokio::test]
async fn a_thousand_bodies_that_do_not_end_do_not_fill_the_memory() {
    // Without a bound they take more than 500 MiB.
    const MOST_KIB: u64 = 192 * 1024;
    let (workspace, dir) = (process::workspace().await, tempfile::tempdir().unwrap());
    let mut bot = process::serve(&workspace, dir.path(), &[]);
    let address = bot.up(&workspace).await;
    let status = format!("/proc/{}/status", bot.id());
    // The most that it ever had, in KiB.
    let peak = || -> u64 {
        let status = fs::read_to_string(&status).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmHWM:"));
        line.unwrap()
            .split_whitespace()
            .nth(1)
            .unwrap()
            .parse()
            .unwrap()
    };
    let before = peak();
    let part = [head_of_a_body(255_000).as_bytes(), &[b'x'; 254_000]].concat();
    let slow = (0..1_000).map(|_| async {
        let mut stream = TcpStream::connect(address).await.unwrap();
        // What the bot does not read the system does not take, so this may wait until the connection is cut.
        let _ = stream.write_all(&part).await;
        rest(stream).await
    });
    join_all(slow).await;
    let grown = peak() - before;
    assert!(grown < MOST_KIB, "{grown} KiB more");
    bot.signal("TERM").await;
    assert_eq!(bot.ended().await.0, Some(0));
}

async fn streamed() -> Result<&'static str, Infallible> {
    Ok("streamed")
}

/// A server of one route that waits until it is let go, with room for `most` connections.
struct Door {
    address: SocketAddr,
    clock: ManualClock,
    came: Arc<Notify>,
    go: Arc<Notify>,
    stop: CancellationToken,
}

impl Door {
    async fn open(most: usize) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let clock = ManualClock::new(SystemClock::new().now());
        let [came, go] = [(); 2].map(|()| Arc::new(Notify::new()));
        let (telling, waiting) = (came.clone(), go.clone());
        let wait = move || async move {
            telling.notify_one();
            waiting.notified().await;
            "went"
        };
        let router = Router::new()
            .route("/wait", get(wait))
            .route("/", get(async || "at once"))
            .route("/stream", get(async || Body::from_stream(once(streamed()))));
        let stop = CancellationToken::new();
        let shared: SharedClock = Arc::new(clock.clone());
        tokio::spawn(serve(listener, router, most, shared, stop.clone()));
        Self {
            address,
            clock,
            came,
            go,
            stop,
        }
    }

    async fn ask(&self, path: &str, headers: &str) -> TcpStream {
        let request = format!("GET {path} HTTP/1.1\r\nhost: bot\r\n{headers}\r\n");
        begun(self.address, request.as_bytes()).await
    }
}

const CLOSE: &str = "connection: close\r\n";

#[tokio::test]
async fn where_there_is_no_room_the_oldest_connection_goes() {
    let door = Door::open(8).await;
    let mut waiting = Vec::new();
    for _ in 0..8 {
        waiting.push(door.ask("/wait", CLOSE).await);
        door.came.notified().await;
    }
    let newest = rest(door.ask("/", CLOSE).await).await;
    assert!(newest.ends_with("at once"), "{newest}");
    door.go.notify_waiters();
    let answers = join_all(waiting.into_iter().map(rest)).await;
    assert_eq!(answers[0], "", "it made room for the newest");
    for answer in &answers[1..] {
        assert!(answer.ends_with("went"), "{answer}");
    }
}

#[tokio::test]
async fn a_connection_answers_once_more_after_a_minute_and_then_closes() {
    let door = Door::open(8).await;
    let stream = door.ask("/wait", "").await;
    door.came.notified().await;
    door.clock.advance(Duration::from_secs(60));
    door.go.notify_one();
    let answer = rest(stream).await;
    assert!(
        answer.ends_with("went") && answer.contains("connection: close"),
        "{answer}"
    );
}

/// A script that sends one request after the other over one connection: none of them may meet a door that is just closed.
#[tokio::test]
async fn a_request_that_comes_when_the_minute_is_over_is_answered() {
    let door = Door::open(8).await;
    let mut stream = door.ask("/", "").await;
    let mut first = [0; 512];
    let read = stream.read(&mut first).await.unwrap();
    assert!(String::from_utf8_lossy(&first[..read]).ends_with("at once"));
    door.clock.advance(Duration::from_secs(61));
    // What waits on the clock has its turn before the next request.
    for _ in 0..10 {
        tokio::task::yield_now().await;
    }
    let next = b"GET / HTTP/1.1\r\nhost: bot\r\n\r\n";
    stream.write_all(next).await.unwrap();
    let answer = rest(stream).await;
    assert!(
        answer.ends_with("at once") && answer.contains("connection: close"),
        "{answer}"
    );
}

/// A stream may last until the connection is cut, and whatever waits behind it with it.
#[tokio::test]
async fn nothing_waits_behind_a_stream() {
    let door = Door::open(8).await;
    let answer = rest(door.ask("/stream", "").await).await;
    assert!(
        answer.contains("streamed") && answer.contains("connection: close"),
        "{answer}"
    );
}

#[tokio::test]
async fn an_answer_that_takes_too_long_is_cut() {
    let door = Door::open(8).await;
    let stream = door.ask("/wait", "").await;
    door.came.notified().await;
    let passing = async {
        loop {
            door.clock.advance(Duration::from_secs(75));
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        answer = rest(stream) => assert_eq!(answer, ""),
        () = passing => {}
    }
}

#[tokio::test]
async fn a_request_under_way_is_answered_though_it_was_told_to_stop() {
    let door = Door::open(8).await;
    let stream = door.ask("/wait", "").await;
    door.came.notified().await;
    door.stop.cancel();
    door.go.notify_one();
    assert!(rest(stream).await.ends_with("went"));
}

#[tokio::test]
async fn a_head_of_more_than_sixteen_kib_is_refused() {
    let door = Door::open(8).await;
    let large = format!("x-large: {}\r\n", "x".repeat(20_000));
    let answer = rest(door.ask("/", &large).await).await;
    assert!(answer.starts_with("HTTP/1.1 431"), "{answer}");
    let fits = format!("x-large: {}\r\n{CLOSE}", "x".repeat(8_000));
    assert!(rest(door.ask("/", &fits).await).await.ends_with("at once"));
}
