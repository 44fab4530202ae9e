//! What the API says when it does not do what was asked: `application/problem+json` (RFC 9457).
//!
//! The policy: `status` and `type` are for programs, `detail` is for the person who reads it and says how to mend it. A
//! request that is wrong in several places hears of all of them at once, in `errors`. Nothing that was sent is repeated
//! beyond a short excerpt, and no secret ever.

use std::fmt::Display;

use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use crate::service::ChangeError;
use crate::service::servers::AddError;
use crate::store::{CommitError, StoreError};

/// The media type of RFC 9457.
pub(super) const PROBLEM_JSON: &str = "application/problem+json";

/// The longest text that a problem carries per field, in characters.
const DETAIL_CHARS: usize = 300;

/// So many fields are named at most.
const MOST_ERRORS: usize = 20;

/// Why the request was not carried out, as RFC 9457 puts it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(super) struct Problem {
    /// What kind of problem it is: stable, for programs.
    #[serde(rename = "type")]
    #[schema(example = "urn:healthbot:problem:invalid")]
    kind: String,
    /// The same in words.
    #[schema(example = "Something in the request is not right")]
    title: &'static str,
    /// The HTTP status.
    #[schema(example = 422, minimum = 400, maximum = 599)]
    status: u16,
    /// What is wrong this time, and how to mend it.
    #[schema(example = "interval: the interval lies between 1s and 1d")]
    detail: String,
    /// Every field or parameter that is not right.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    errors: Vec<FieldError>,
}

/// What is wrong with one field or parameter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(super) struct FieldError {
    /// Its name.
    #[schema(example = "interval")]
    pub(super) field: String,
    /// What is wrong with it, and how to mend it.
    #[schema(example = "the interval lies between 1s and 1d")]
    pub(super) detail: String,
}

impl FieldError {
    pub(super) fn new(field: &str, detail: impl Display) -> Self {
        Self {
            field: clipped(field),
            detail: clipped(&detail.to_string()),
        }
    }
}

fn clipped(text: &str) -> String {
    text.chars().take(DETAIL_CHARS).collect()
}

impl Problem {
    fn new(status: StatusCode, slug: &str, title: &'static str, detail: impl Display) -> Self {
        Self {
            kind: format!("urn:healthbot:problem:{slug}"),
            title,
            status: status.as_u16(),
            detail: detail.to_string(),
            errors: Vec::new(),
        }
    }

    /// 400: the body is no JSON.
    pub(super) fn not_json(error: impl Display) -> Self {
        let detail = format!(
            "the body is not JSON ({error}): send one JSON object, such as {{\"enabled\": true}}"
        );
        Self::new(
            StatusCode::BAD_REQUEST,
            "not-json",
            "The body is not JSON",
            detail,
        )
    }

    /// The body did not arrive whole: 400, 408 or 413.
    pub(super) fn unread(status: StatusCode) -> Self {
        match status {
            StatusCode::PAYLOAD_TOO_LARGE => Self::new(
                status,
                "too-large",
                "The body is too large",
                "a body has at most 256 KiB",
            ),
            StatusCode::REQUEST_TIMEOUT => Self::new(
                status,
                "too-slow",
                "The body came too slowly",
                "the whole body must arrive within 5 s; send it again",
            ),
            status => Self::new(
                status,
                "broken-off",
                "The body broke off",
                "the connection ended before the whole body had arrived; send it again",
            ),
        }
    }

    /// 401: no token, or not the right one.
    pub(super) fn unauthorized() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "unauthorized",
            "The request carries no valid token",
            "send the header Authorization: Bearer TOKEN, where TOKEN is the value of HEALTHBOT_ADMIN_TOKEN",
        )
    }

    /// 404: there is no such thing.
    pub(super) fn not_found(what: &str) -> Self {
        let detail = format!("there is no such {what}; GET the list to see those that there are");
        Self::new(
            StatusCode::NOT_FOUND,
            "not-found",
            "There is no such thing",
            detail,
        )
    }

    /// 404: the path leads nowhere.
    pub(super) fn no_route() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "no-such-path",
            "There is no such path",
            "the API's paths are described at /api/docs and in /api/openapi.json",
        )
    }

    /// 404: the API is off.
    pub(super) fn switched_off() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "switched-off",
            "The admin API is off",
            "to switch it on, start Healthbot with HEALTHBOT_ADMIN_TOKEN set",
        )
    }

    /// 405: the path does not take this method.
    pub(super) fn wrong_method() -> Self {
        Self::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "wrong-method",
            "The path does not take this method",
            "the header Allow names the methods that it takes",
        )
    }

    /// 409: what was asked for needs a setting that is not there.
    pub(super) fn not_configured(detail: impl Display) -> Self {
        Self::new(
            StatusCode::CONFLICT,
            "not-configured",
            "It is not configured",
            detail,
        )
    }

    /// 424: something else that is needed does not do its part.
    pub(super) fn failed_dependency(detail: impl Display) -> Self {
        Self::new(
            StatusCode::FAILED_DEPENDENCY,
            "failed-dependency",
            "Something else does not do its part",
            format!("{detail}; nothing was changed"),
        )
    }

    /// 409: something else has that name or destination.
    pub(super) fn taken(field: &str, detail: impl Display) -> Self {
        let error = FieldError::new(field, detail);
        Self {
            errors: vec![error.clone()],
            ..Self::new(
                StatusCode::CONFLICT,
                "taken",
                "It is taken already",
                format!("{}: {}", error.field, error.detail),
            )
        }
    }

    /// 422: fields or parameters that are not right; there must be one.
    pub(super) fn invalid(mut errors: Vec<FieldError>) -> Self {
        errors.truncate(MOST_ERRORS);
        let told: Vec<_> = errors
            .iter()
            .map(|error| format!("{}: {}", error.field, error.detail))
            .collect();
        Self {
            errors,
            ..Self::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "invalid",
                "Something in the request is not right",
                told.join("; "),
            )
        }
    }

    /// 422: one field that is not right.
    pub(super) fn field(field: &str, detail: impl Display) -> Self {
        Self::invalid(vec![FieldError::new(field, detail)])
    }

    /// 422: the body is JSON, but not an object.
    pub(super) fn not_an_object() -> Self {
        Self::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "invalid",
            "Something in the request is not right",
            "the body is one JSON object, such as {\"enabled\": true}",
        )
    }

    /// 503: it cannot be done now.
    pub(super) fn unavailable(reason: impl Display) -> Self {
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "unavailable",
            "It cannot be done now",
            format!("{reason}; nothing was changed, try again later"),
        )
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let headers = [
            (CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON)),
            (CACHE_CONTROL, HeaderValue::from_static("no-store")),
        ];
        let body = serde_json::to_vec(&self).unwrap_or_default();
        (status, headers, body).into_response()
    }
}

/// What a change of a server or channel called `what` was refused for.
pub(super) fn refused(what: &str, field: &str, error: ChangeError) -> Problem {
    match error {
        ChangeError::Missing => Problem::not_found(what),
        error @ (ChangeError::NameTaken(_)
        | ChangeError::WebhookNameTaken(_)
        | ChangeError::DestinationTaken { .. }) => {
            Problem::taken(field, format!("{error}; choose another"))
        }
        ChangeError::Store(CommitError::Encode(error)) => {
            Problem::field(field, format!("{error}; shorten it"))
        }
        error @ ChangeError::Store(_) => Problem::unavailable(error),
    }
}

impl From<AddError> for Problem {
    fn from(error: AddError) -> Self {
        match error {
            AddError::Forbidden(reason) => Self::field("host", reason),
            AddError::Change(error) => refused("server", "host_name", error),
        }
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        Self::unavailable(error)
    }
}
