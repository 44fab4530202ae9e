//! For whoever watches the watcher: `/metrics` for Prometheus, `/readyz` for whatever starts and restarts processes.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde::Serialize;

use crate::service::gauges::Gauges;
use crate::service::readiness::{Readiness, Trouble, Watchman};
use crate::telemetry::exposition::MEDIA_TYPE;

/// Both routes.
pub fn router(gauges: Gauges, watchman: Watchman) -> Router {
    let metrics = Router::new()
        .route("/metrics", get(metrics))
        .with_state(gauges);
    let readiness = Router::new()
        .route("/readyz", get(readiness))
        .with_state(Arc::new(watchman));
    metrics.merge(readiness)
}

/// A hundred thousand servers are some megabytes of text, which the runtime's threads need not wait for.
async fn metrics(State(gauges): State<Gauges>) -> Response {
    match tokio::task::spawn_blocking(move || gauges.exposition()).await {
        Ok(text) => ([(CONTENT_TYPE, MEDIA_TYPE)], text).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
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
