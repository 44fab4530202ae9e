//! For whoever watches the watcher: `/metrics` for Prometheus, `/readyz` for whatever starts and restarts processes.

use std::convert::Infallible;
use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use futures_util::stream;
use serde::Serialize;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::service::gauges::Gauges;
use crate::service::readiness::{Readiness, Trouble, Watchman};
use crate::telemetry::exposition::MEDIA_TYPE;

/// So many texts of metrics are in memory at a time; who wants another waits.
const SCRAPES: usize = 8;

/// The part of a text that is handed to a connection at a time, in bytes.
const PART_BYTES: usize = 64 * 1024;

/// What `/metrics` needs.
#[derive(Clone)]
struct Scrapes {
    gauges: Gauges,
    places: Arc<Semaphore>,
}

/// Both routes.
pub fn router(gauges: Gauges, watchman: Watchman) -> Router {
    let scrapes = Scrapes {
        gauges,
        places: Arc::new(Semaphore::new(SCRAPES)),
    };
    let metrics = Router::new()
        .route("/metrics", get(metrics))
        .with_state(scrapes);
    let readiness = Router::new()
        .route("/readyz", get(readiness))
        .with_state(Arc::new(watchman));
    metrics.merge(readiness)
}

/// A hundred thousand servers are some megabytes of text, which the runtime's threads need not wait for, and of which
/// there must not be one for each connection that is slow to read it.
async fn metrics(State(Scrapes { gauges, places }): State<Scrapes>) -> Response {
    let Ok(place) = places.acquire_owned().await else {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    };
    match tokio::task::spawn_blocking(move || gauges.exposition()).await {
        Ok(text) => {
            let length = text.len().to_string();
            let head = [(CONTENT_TYPE, MEDIA_TYPE), (CONTENT_LENGTH, &length)];
            (head, held(text.into(), place)).into_response()
        }
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// A text in parts. Its place is taken until the last of them is, or whoever reads has gone.
fn held(text: Bytes, place: OwnedSemaphorePermit) -> Body {
    let parts = (0..text.len()).step_by(PART_BYTES).map(move |from| {
        let to = text.len().min(from + PART_BYTES);
        // The closure is what holds the place.
        let _held = &place;
        Ok::<_, Infallible>(text.slice(from..to))
    });
    Body::from_stream(stream::iter(parts))
}

#[derive(Debug, Serialize)]
struct ReadinessBody {
    ready: bool,
    parts: Parts,
}

#[derive(Debug, Serialize)]
struct Parts {
    store: Part,
    probes: Part,
    slack: Part,
    #[serde(skip_serializing_if = "Option::is_none")]
    socket: Option<Part>,
}

#[derive(Debug, Serialize)]
struct Part {
    ok: bool,
    reason: Trouble,
}

impl From<Trouble> for Part {
    fn from(reason: Trouble) -> Self {
        Self {
            ok: reason.is_none(),
            reason,
        }
    }
}

impl From<Readiness> for ReadinessBody {
    fn from(readiness: Readiness) -> Self {
        Self {
            ready: readiness.is_whole(),
            parts: Parts {
                store: readiness.store.into(),
                probes: readiness.probes.into(),
                slack: readiness.slack.into(),
                socket: readiness.socket.map(Part::from),
            },
        }
    }
}

async fn readiness(State(watchman): State<Arc<Watchman>>) -> Response {
    let body = ReadinessBody::from(watchman.look().await);
    let status = if body.ready {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    (status, [(CACHE_CONTROL, "no-store")], Json(body)).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt;
    use http_body_util::BodyExt;

    #[test]
    fn a_text_keeps_its_place_until_it_has_been_read() {
        let places = Arc::new(Semaphore::new(1));
        let take = || {
            Arc::clone(&places)
                .try_acquire_owned()
                .expect("there is one")
        };
        for length in [0, 1, PART_BYTES, 3 * PART_BYTES + 1] {
            let body = held(vec![b'x'; length].into(), take());
            assert_eq!(places.available_permits(), 0);
            let read = body.collect().now_or_never().expect("it waits for nobody");
            assert_eq!(read.expect("it cannot fail").to_bytes().len(), length);
            assert_eq!(places.available_permits(), 1);
        }
        drop(held(Bytes::from_static(b"unread"), take()));
        assert_eq!(places.available_permits(), 1);
    }
}
