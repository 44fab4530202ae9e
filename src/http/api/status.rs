//! `/servers/{id}/…`: how a server is, and what can be done about it at once.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::ids::ServerId;
use crate::domain::outcome::{Outcome, Verdict};
use crate::http::api::fields::{self, Fields};
use crate::http::api::incidents::IncidentBody;
use crate::http::api::problem::{Problem, refused};
use crate::http::api::query::{Named, NoParameters};
use crate::http::api::server_shapes::{ServerBody, muted_until};
use crate::http::api::servers::missing;
use crate::http::api::shapes::{Moment, StateName};
use crate::http::api::{API, Parts};

/// What one probe found.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Outcome)]
pub(super) struct OutcomeBody {
    /// When the probe began.
    at: Moment,
    /// Whether the server answered as it should; null where the prober had trouble of its own, which says nothing about
    /// the server.
    #[schema(required = true)]
    healthy: Option<bool>,
    /// How long a healthy answer took, in milliseconds.
    #[schema(required = true, minimum = 0)]
    latency_ms: Option<u64>,
    /// What to know first of a failure.
    #[schema(required = true, example = "refused")]
    kind: Option<&'static str>,
    /// The rest, in words.
    #[schema(required = true, example = "the port is closed")]
    detail: Option<String>,
}

impl From<&Outcome> for OutcomeBody {
    fn from(outcome: &Outcome) -> Self {
        let mut body = Self {
            at: outcome.at.into(),
            healthy: None,
            latency_ms: None,
            kind: None,
            detail: None,
        };
        match &outcome.verdict {
            Verdict::Healthy { latency } => {
                body.healthy = Some(true);
                body.latency_ms = Some(u64::try_from(latency.as_millis()).unwrap_or(u64::MAX));
            }
            Verdict::Failed(failure) => {
                body.healthy = Some(false);
                body.kind = Some(failure.kind.as_str());
                body.detail = Some(failure.detail.to_string());
            }
            Verdict::Unknown(trouble) => {
                body.detail = Some(format!("Healthbot {}", trouble.as_str()));
            }
        }
        body
    }
}

/// How a server is.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Status)]
pub(super) struct StatusBody {
    /// What is believed of it.
    #[schema(value_type = StateName)]
    state: &'static str,
    /// Since when: the first of the probes that confirmed it.
    since: Moment,
    /// Whether it changes its state so often that it is not told of.
    flapping: bool,
    /// Until when its alerts are silent; null where they are not muted.
    #[schema(required = true)]
    muted_until: Option<Moment>,
    /// What the last probe found; null before the first.
    #[schema(required = true)]
    last_outcome: Option<OutcomeBody>,
    /// The open incident; null where there is none.
    #[schema(required = true)]
    incident: Option<IncidentBody>,
}

/// How a server is.
#[utoipa::path(get, path = "/servers/{id}/status", tag = "servers", operation_id = "getStatus",
    params(("id" = String, Path, description = "The server's id")),
    responses((status = 200, description = "How it is", body = StatusBody)))]
pub(super) async fn status(
    State(parts): State<Arc<Parts>>,
    Named(id): Named<ServerId>,
    _: NoParameters,
) -> Result<Json<StatusBody>, Problem> {
    let view = parts.fleet.view(id).ok_or_else(missing)?;
    let incident = match view.health.incident {
        Some(incident) => parts.incidents.get(incident)?,
        None => None,
    };
    Ok(Json(StatusBody {
        state: view.health.state().as_str(),
        since: view.health.since.into(),
        flapping: view.health.flapping.active,
        muted_until: muted_until(&view.server, parts.clock.now()),
        last_outcome: view.health.last_outcome.as_ref().map(Into::into),
        incident: incident.as_ref().map(Into::into),
    }))
}

/// Probes a server now and waits for what that finds.
#[utoipa::path(post, path = "/servers/{id}/check", tag = "servers", operation_id = "checkServer",
    params(("id" = String, Path, description = "The server's id")),
    responses((status = 200, description = "What the probe found", body = OutcomeBody)))]
pub(super) async fn check(
    State(parts): State<Arc<Parts>>,
    Named(id): Named<ServerId>,
    _: NoParameters,
) -> Result<Json<OutcomeBody>, Problem> {
    parts.fleet.server(id).ok_or_else(missing)?;
    match parts.checks.check(id).await {
        Some(outcome) => Ok(Json((&outcome).into())),
        None if parts.fleet.server(id).is_none() => Err(missing()),
        None => Err(Problem::unavailable(
            "no probes are made while Healthbot stops",
        )),
    }
}

/// Whether a server's failures are to be told.
#[derive(Debug, Clone, Copy, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Notification {
    /// Whether they are.
    enabled: bool,
}

/// Switches a server's alerts. Where they come back on while it is down, that is told now.
#[utoipa::path(put, path = "/servers/{id}/notification", tag = "servers",
    operation_id = "switchNotification",
    params(("id" = String, Path, description = "The server's id")),
    request_body = Notification,
    responses((status = 200, description = "The server as it is now", body = ServerBody)))]
pub(super) async fn notification(
    State(parts): State<Arc<Parts>>,
    Named(id): Named<ServerId>,
    _: NoParameters,
    mut fields: Fields,
) -> Result<Json<ServerBody>, Problem> {
    let enabled = fields.required("enabled", fields::switch);
    let wanted = fields.finish(enabled.map(|enabled| Notification { enabled }))?;
    let switched = parts.silence.set_alerts(id, wanted.enabled, &API).await;
    let (view, _) = switched.map_err(|error| refused("server", "id", error))?;
    Ok(Json(ServerBody::new(&view, parts.clock.now())))
}
