//! The admin API: `/api/v1`, JSON, behind a bearer token. Handlers read, forward to the services that commands and
//! buttons use too, and show what came of it; each carries its own description, of which the OpenAPI document is made.

mod auth;
mod channels;
mod docs;
mod export;
mod fields;
mod incidents;
mod inventory;
mod problem;
mod query;
mod server_shapes;
mod servers;
mod settings;
mod shapes;
mod status;

use std::sync::Arc;

use axum::Router;
use axum::http::header::{CACHE_CONTROL, HeaderValue, X_CONTENT_TYPE_OPTIONS};
use axum::middleware::{from_fn_with_state, map_response};
use axum::response::Response;
use axum::routing::any;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::clock::SharedClock;
use crate::domain::audit::{Actor, Via};
use crate::service::backup::Backup;
use crate::service::channels::Channels;
use crate::service::fleet::Fleet;
use crate::service::incidents::Incidents;
use crate::service::inventory::Inventory;
use crate::service::monitor::Checks;
use crate::service::servers::Servers;
use crate::service::settings::Defaults;
use crate::service::silence::Silence;
use crate::slack::client::SharedSlack;
use crate::slack::hosts::HostRule;

pub use auth::AdminToken;
use auth::Gate;
use problem::Problem;

/// Where the API lies.
const BASE: &str = "/api/v1";

/// Who changes something through the API: its token names nobody.
const API: Actor = Actor::nobody(Via::Api);

/// What the API needs.
pub struct Parts {
    /// Who may use it; without one it is off.
    pub token: Option<AdminToken>,
    /// What is known.
    pub fleet: Arc<Fleet>,
    /// Changes servers.
    pub servers: Arc<Servers>,
    /// Switches and mutes.
    pub silence: Arc<Silence>,
    /// Changes channels.
    pub channels: Arc<Channels>,
    /// Changes the defaults.
    pub defaults: Defaults,
    /// Probes out of turn.
    pub checks: Checks,
    /// What happened.
    pub incidents: Incidents,
    /// The company's list.
    pub inventory: Arc<Inventory>,
    /// Hands out the whole state.
    pub backup: Backup,
    /// Whether a conversation can be told.
    pub slack: SharedSlack,
    /// Which hosts a webhook may have.
    pub hosts: HostRule,
    /// The time.
    pub clock: SharedClock,
}

/// Everything under `/api`.
pub fn router(parts: Parts) -> Router {
    let gate = Gate::new(parts.token.clone());
    let (api, document) = described().with_state(Arc::new(parts)).split_for_parts();
    let api = api
        .route("/", any(async || Problem::no_route()))
        .route("/{*rest}", any(async || Problem::no_route()))
        .method_not_allowed_fallback(async || Problem::wrong_method())
        .layer(from_fn_with_state(gate, auth::check));
    Router::new()
        .nest(BASE, api)
        .merge(docs::router(document))
        .route("/api", any(async || Problem::no_route()))
        .route("/api/", any(async || Problem::no_route()))
        .route("/api/{*rest}", any(async || Problem::no_route()))
        .method_not_allowed_fallback(async || Problem::wrong_method())
        .layer(map_response(unkept))
}

/// The routes with their descriptions, as they lie under [`BASE`].
fn described() -> OpenApiRouter<Arc<Parts>> {
    OpenApiRouter::with_openapi(docs::head())
        .routes(routes!(servers::list, servers::add))
        .routes(routes!(servers::get, servers::change, servers::remove))
        .routes(routes!(status::status))
        .routes(routes!(status::check))
        .routes(routes!(status::notification))
        .routes(routes!(channels::list, channels::add))
        .routes(routes!(channels::get, channels::change, channels::remove))
        .routes(routes!(incidents::list))
        .routes(routes!(settings::get, settings::change))
        .routes(routes!(inventory::sync))
        .routes(routes!(export::export))
}

/// What the API says holds now, for whoever asked.
async fn unkept(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers
        .entry(CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}
