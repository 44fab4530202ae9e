//! `/inventory/sync`: reconcile with the company's list now.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::inventory::Consent;
use crate::http::api::problem::{Problem, refused};
use crate::http::api::query::Query;
use crate::http::api::{API, Parts};
use crate::service::inventory::{Report, SyncError};

/// What a reconciliation did.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = InventoryReport)]
pub(super) struct ReportBody {
    /// Servers that were added.
    added: usize,
    /// Servers that were changed.
    updated: usize,
    /// Servers that were removed.
    removed: usize,
    /// Servers that stay as they are.
    unchanged: usize,
    /// Servers that would vanish but are held until somebody confirms.
    held: usize,
    /// Entries that were not taken, each with its reason.
    skipped: Vec<SkippedBody>,
}

/// An entry that was not taken.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SkippedEntry)]
pub(super) struct SkippedBody {
    /// What it is called, or where it stands in the list.
    entry: String,
    /// Why it was not taken.
    reason: String,
}

impl From<Report> for ReportBody {
    fn from(report: Report) -> Self {
        let held = report.held();
        let skipped = report.skipped.into_iter();
        Self {
            added: report.added,
            updated: report.updated,
            removed: report.removed,
            unchanged: report.unchanged,
            held,
            skipped: skipped
                .map(|skipped| SkippedBody {
                    entry: skipped.entry,
                    reason: skipped.reason,
                })
                .collect(),
        }
    }
}

/// Fetches the company's list and reconciles with it now. With `confirm=true`, servers that are held because it lacks
/// so many of them are removed at once; what is merely missing goes after three fetches, as ever.
#[utoipa::path(post, path = "/inventory/sync", tag = "inventory", operation_id = "syncInventory",
    params(("confirm" = Option<bool>, Query, description = "Remove what is held: servers that the list lacks, where it is more than half of them or the list is empty")),
    responses((status = 200, description = "What was done", body = ReportBody),
        (status = 409, description = "No inventory is configured", body = Problem, content_type = "application/problem+json"),
        (status = 424, description = "The inventory did not answer with a list; nothing was changed", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn sync(
    State(parts): State<Arc<Parts>>,
    mut query: Query,
) -> Result<Json<ReportBody>, Problem> {
    let confirm = query.optional("confirm", |text| {
        text.parse::<bool>().map_err(|_| "it is true or false")
    });
    let confirm = query.finish(confirm)?;
    let consent = match confirm {
        Some(true) => Consent::Whatever,
        Some(false) | None => Consent::No,
    };
    match parts.inventory.sync(consent, &API).await {
        Ok(report) => Ok(Json(report.into())),
        Err(SyncError::NotConfigured) => Err(Problem::not_configured(SyncError::NotConfigured)),
        Err(SyncError::Change(error)) => Err(refused("server", "host_name", error)),
        Err(error) => Err(Problem::failed_dependency(error)),
    }
}
