//! HTTP: routers whose handlers only forward, and the server that carries them.

pub mod api;
mod body;
pub mod page;
pub mod serve;
pub mod slack;
pub mod watch;

use axum::Router;
use axum::routing::get;

/// The route that says that the process lives.
pub fn liveness() -> Router {
    Router::new().route("/healthz", get(async || "ok\n"))
}
