//! The server: it takes every connection that comes, drops those that are too slow to say what they want, and never
//! holds more than it can serve.
//!
//! A stranger needs no secret to open a connection, so what a connection may cost is bounded before anything is known of
//! it: its time, the memory of its head, and its place, which a newer one takes when there is none left.

mod room;

use std::convert::Infallible;
use std::pin::pin;
use std::time::Duration;

use axum::Router;
use http::header::{CONNECTION, HeaderValue};
use hyper::body::Body;
use hyper::server::conn::http1::Builder;
use hyper::service::{Service, service_fn};
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

/// After this a connection takes one more request, and is closed when it has answered. One that is silent was closed before,
/// by [`HEAD_WITHIN`].
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
    let last = clock.elapsed() + OPEN_FOR;
    let inner = TowerToHyperService::new(router);
    let service = service_fn(|request| {
        let answer = inner.call(request);
        async {
            let mut answer = answer.await?;
            // By word, and not by closing it: the next request may be on its way, and who sent it could not know
            // whether it was carried out.
            // What is streamed may take longer than a connection is open, so no request is to wait behind it.
            let streamed = answer.body().size_hint().exact().is_none();
            if streamed || last <= clock.elapsed() {
                let close = HeaderValue::from_static("close");
                answer.headers_mut().insert(CONNECTION, close);
            }
            Ok::<_, Infallible>(answer)
        }
    });
    let mut connection = pin!(http.serve_connection(TokioIo::new(stream), service));
    let too_long = pin!(clock.sleep(OPEN_FOR + HEAD_WITHIN + LAST_ANSWER_WITHIN));
    let conversing = async {
        // In this order: an answer that is ready when it was told to stop says that it is the last.
        tokio::select! {
            biased;
            () = stop.cancelled() => {}
            ended = connection.as_mut() => return ended,
        }
        connection.as_mut().graceful_shutdown();
        connection.await
    };
    tokio::select! {
        ended = conversing => if let Err(error) = ended {
            tracing::debug!(%error, "a connection ended early");
        },
        () = too_long => tracing::debug!("a connection took too long to take its answer"),
    }
}
