//! `/incidents`: what happened, the newest first.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::incident::{EndReason, Incident};
use crate::http::api::Parts;
use crate::http::api::problem::Problem;
use crate::http::api::query::{List, PageParameters, Query};
use crate::http::api::shapes::{EnvironmentName, Moment};
use crate::service::incidents::IncidentFilter;

/// Who took an incident on.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Acknowledgement)]
pub(super) struct AcknowledgementBody {
    /// Their Slack user id.
    #[schema(example = "U012AB3CD")]
    by: String,
    /// When.
    at: Moment,
}

/// Why an incident is over.
#[derive(Debug, ToSchema)]
#[schema(rename_all = "snake_case")]
#[expect(dead_code, reason = "it describes `EndReason`")]
pub(super) enum EndReasonName {
    Recovered,
    Removed,
}

/// From the failure that was confirmed to the recovery that was confirmed.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Incident)]
pub(super) struct IncidentBody {
    /// Its identifier.
    #[schema(example = "inc_0192aabbccdd0007")]
    id: String,
    /// The id of the server that failed; it may have been removed since.
    #[schema(example = "srv_0192aabbccdd0001")]
    server: String,
    /// What people called the server then.
    host_name: String,
    /// Its environment then.
    #[schema(value_type = EnvironmentName)]
    environment: &'static str,
    /// Its address then.
    #[schema(example = "http://10.0.0.5:8080/healthz")]
    address: String,
    /// What to know first of the failure.
    #[schema(example = "refused")]
    kind: &'static str,
    /// The rest, in words.
    detail: String,
    /// The first failed probe.
    began: Moment,
    /// The first healthy probe, or when the server was removed; null while it goes on.
    #[schema(required = true)]
    ended: Option<Moment>,
    /// Why it is over; null while it goes on.
    #[schema(required = true, value_type = Option<EndReasonName>)]
    end_reason: Option<EndReason>,
    /// Who took it on first; null where nobody did.
    #[schema(required = true)]
    acknowledged: Option<AcknowledgementBody>,
    /// When the server was last healthy before it; null where it never was.
    #[schema(required = true)]
    last_healthy: Option<Moment>,
}

impl From<&Incident> for IncidentBody {
    fn from(incident: &Incident) -> Self {
        let acknowledged = incident.acknowledged.as_ref();
        Self {
            id: incident.id.to_string(),
            server: incident.server.to_string(),
            host_name: incident.host_name.to_string(),
            environment: incident.environment.as_str(),
            address: incident.address.clone(),
            kind: incident.failure.kind.as_str(),
            detail: incident.failure.detail.to_string(),
            began: incident.began.into(),
            ended: incident.end.as_ref().map(|end| end.at.into()),
            end_reason: incident.end.as_ref().map(|end| end.reason),
            acknowledged: acknowledged.map(|first| AcknowledgementBody {
                by: first.by.to_string(),
                at: first.at.into(),
            }),
            last_healthy: incident.last_healthy.map(Into::into),
        }
    }
}

#[derive(Debug, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it describes what `filter` reads")]
struct FilterParameters {
    /// Only those of the server with this id.
    #[param(required = false)]
    server: String,
    /// Only those that go on, or only those that are over.
    #[param(required = false)]
    open: bool,
}

fn filter(query: &mut Query) -> IncidentFilter {
    IncidentFilter {
        server: query.optional("server", str::parse),
        open: query.optional("open", |text| match text {
            "true" => Ok(true),
            "false" => Ok(false),
            _ => Err("it is true or false"),
        }),
    }
}

/// What happened, the newest first. A search in a long history may come to a page with few items or none: as long as
/// `next_cursor` is not null, there is more to look through.
#[utoipa::path(get, path = "/incidents", tag = "incidents", operation_id = "listIncidents",
    params(FilterParameters, PageParameters),
    responses((status = 200, description = "A part of the list", body = List<IncidentBody>)))]
pub(super) async fn list(
    State(parts): State<Arc<Parts>>,
    mut query: Query,
) -> Result<Json<List<IncidentBody>>, Problem> {
    let (filter, page) = (filter(&mut query), query.page());
    let (filter, page) = query.finish((filter, page))?;
    let incidents = parts.incidents.clone();
    let search = move || incidents.page(filter, page.after, page.limit);
    let found = tokio::task::spawn_blocking(search)
        .await
        .map_err(|_| Problem::unavailable("the search broke off"))??;
    let items = found.incidents.iter().map(Into::into).collect();
    Ok(Json(List::new(items, found.next)))
}
