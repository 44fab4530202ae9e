//! Slack's three routes. A request is capped, then verified, and only then read and handed on.

use std::sync::Arc;

use axum::Json;
use axum::Router;
use axum::body::Bytes;
use axum::extract::{FromRequest, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::post;

use crate::clock::SharedClock;
use crate::domain::ids::RequestId;
use crate::http::body;
use crate::service::intake::{Answer, Arrival, Intake};
use crate::slack::hosts::HostRule;
use crate::slack::inbound::{self, Envelope};
use crate::slack::verify::Verifier;

/// What the routes need.
#[derive(Clone)]
pub struct SlackRoutes {
    /// Checks signatures.
    pub verifier: Arc<Verifier>,
    /// Which hosts may be answered.
    pub hosts: HostRule,
    /// The time.
    pub clock: SharedClock,
    /// Takes in what was verified.
    pub intake: Arc<Intake>,
}

/// The router of Slack's routes.
pub fn router(routes: SlackRoutes) -> Router {
    Router::new()
        .route("/slack/commands", post(command))
        .route("/slack/interactions", post(interaction))
        .route("/slack/events", post(event))
        .with_state(Arc::new(routes))
}

/// A body that Slack signed, and what the request is known by.
struct Signed(Bytes, RequestId);

impl FromRequest<Arc<SlackRoutes>> for Signed {
    type Rejection = StatusCode;

    async fn from_request(request: Request, routes: &Arc<SlackRoutes>) -> Result<Self, StatusCode> {
        let (parts, body) = request.into_parts();
        let body = body::read(&parts.headers, body, &routes.clock).await?;
        let verified = routes
            .verifier
            .verify(&parts.headers, &body, routes.clock.now());
        match verified {
            Ok(request) => Ok(Self(body, request)),
            // Slack's test of the certificate comes unsigned and wants an empty 200.
            Err(_) if inbound::is_ssl_check(&body) => Err(StatusCode::OK),
            Err(_) => Err(StatusCode::UNAUTHORIZED),
        }
    }
}

/// The answer to an HTTP request has a body, which may say something.
const fn arrival(request: RequestId) -> Arrival {
    Arrival {
        request,
        takes_words: true,
    }
}

/// What cannot be read is answered 200 too: an error would make Slack send it again.
async fn command(
    State(routes): State<Arc<SlackRoutes>>,
    Signed(body, request): Signed,
) -> Response {
    if inbound::is_ssl_check(&body) {
        return StatusCode::OK.into_response();
    }
    match inbound::slash_command(&body, &routes.hosts) {
        Ok(command) => respond(routes.intake.command(command, arrival(request)).await),
        Err(error) => unreadable(error),
    }
}

async fn interaction(
    State(routes): State<Arc<SlackRoutes>>,
    Signed(body, request): Signed,
) -> Response {
    match inbound::interaction(&body, &routes.hosts) {
        Ok(interaction) => {
            let answer = routes.intake.interaction(interaction, arrival(request));
            respond(answer.await)
        }
        Err(error) => unreadable(error),
    }
}

async fn event(State(routes): State<Arc<SlackRoutes>>, Signed(body, _): Signed) -> Response {
    match inbound::envelope(&body) {
        Ok(Envelope::Challenge(challenge)) => challenge.into_response(),
        Ok(envelope) => respond(routes.intake.event(envelope).await),
        Err(error) => unreadable(error),
    }
}

fn respond(answer: Answer) -> Response {
    match answer {
        Answer::Taken => StatusCode::OK.into_response(),
        Answer::Says(words) => Json(words).into_response(),
        Answer::NotTaken => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
}

fn unreadable(error: inbound::Unreadable) -> Response {
    tracing::debug!(%error, "a request that cannot be read");
    StatusCode::OK.into_response()
}
