//! `/export`: the whole state, as `healthbot export` writes it, from the bot that is running.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use futures_util::stream;

use crate::http::api::Parts;
use crate::http::api::problem::Problem;
use crate::http::api::query::NoParameters;

/// JSON, a line each.
const MEDIA_TYPE: &str = "application/x-ndjson";

/// The whole state as lines of JSON, of one moment, for `healthbot import`. A backup must hold everything: the addresses
/// of webhooks stand in it in the clear, as nowhere else. Its last line is a checksum; without that line it broke off.
#[utoipa::path(get, path = "/export", tag = "store", operation_id = "export",
    responses((status = 200, description = "The whole state", body = String, content_type = "application/x-ndjson"),
        (status = 503, description = "Somebody else is being given it; or it cannot be done now", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn export(
    State(parts): State<Arc<Parts>>,
    _: NoParameters,
) -> Result<Response, Problem> {
    let Some(pieces) = parts.backup.begin() else {
        return Err(Problem::unavailable("another export is under way"));
    };
    let name = pieces.made_at.format("healthbot-%Y%m%dT%H%M%SZ.jsonl");
    let headers = [
        (CONTENT_TYPE, MEDIA_TYPE.to_owned()),
        (
            CONTENT_DISPOSITION,
            format!("attachment; filename=\"{name}\""),
        ),
    ];
    let lines = stream::unfold(pieces.lines, |mut lines| async move {
        let piece = lines.recv().await?;
        Some((piece, lines))
    });
    Ok((headers, Body::from_stream(lines)).into_response())
}
