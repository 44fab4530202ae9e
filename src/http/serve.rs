//! The server: it takes every connection that comes, drops those that are too slow to say what they want, and never
//! holds more than it can serve.
//!
//! A stranger needs no secret to open a connection, so what a connection may cost is bounded before anything is known of
//! it: its time, the memory of its head, and its place, which a newer one takes when there is none left.

mod room;

use std::pin::pin;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1::Builder;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::clock::SharedClock;
use room::Room;

/// A request's head must have come within this, and so must the next one on a connection that stays open.
const HEAD_WITHIN: Duration = Duration::from_secs(5);

/// The largest head that is read, in bytes, and the most that is read ahead of what is asked for.
const HEAD_BYTES: usize = 16 * 1024;

/// After this a connection takes no further request: it is closed when it has answered.
const OPEN_FOR: Duration = Duration::from_secs(60);

/// And then it may take so long: the longest probe that somebody can wait for, and time to read a long answer.
const LAST_ANSWER_WITHIN: Duration = Duration::from_secs(75);

/// After a fault in accepting, such as no free descriptor, so long is waited.
const ACCEPT_AGAIN: Duration = Duration::from_millis(100);

/// Serves until told to stop, `most` connections at a time; requests that are under way then are still answered.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    most: usize,
    clock: SharedClock,
    stop: CancellationToken,
) {
    let mut http = Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(HEAD_WITHIN)
        .max_buf_size(HEAD_BYTES);
    let room = Room::new(most);
    let connections = TaskTracker::new();
    while let Some(accepted) = stop.run_until_cancelled(listener.accept()).await {
        match accepted {
            Ok((stream, _)) => {
                let place = room.enter();
                let (http, router) = (http.clone(), router.clone());
                let (clock, stop) = (clock.clone(), stop.clone());
                connections.spawn(async move {
                    let served = converse(&http, stream, router, &clock, &stop);
                    if place.hold(served).await.is_none() {
                        tracing::debug!("a connection made room for a newer one");
                    }
                });
            }
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                stop.run_until_cancelled(clock.sleep(ACCEPT_AGAIN)).await;
            }
        }
    }
    connections.close();
    connections.wait().await;
}

/// One connection, from its first request to its last.
async fn converse(
    http: &Builder,
    stream: TcpStream,
    router: Router,
    clock: &SharedClock,
    stop: &CancellationToken,
) {
    let service = TowerToHyperService::new(router);
    let mut connection = pin!(http.serve_connection(TokioIo::new(stream), service));
    // In this order: an answer that is ready when the time is over says that it is the last.
    let ended = tokio::select! {
        biased;
        () = stop.cancelled() => None,
        () = clock.sleep(OPEN_FOR) => None,
        ended = connection.as_mut() => Some(ended),
    };
    let ended = match ended {
        Some(ended) => ended,
        None => {
            connection.as_mut().graceful_shutdown();
            tokio::select! {
                ended = connection => ended,
                () = clock.sleep(LAST_ANSWER_WITHIN) => {
                    tracing::debug!("a connection took too long to take its answer");
                    return;
                }
            }
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection ended early");
    }
}
