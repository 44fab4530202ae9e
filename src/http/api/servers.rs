//! `/servers`: the list, and what can be done with one server.

use std::ops::ControlFlow;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::LOCATION;
use axum::response::{IntoResponse, Response};

use crate::domain::health::State as Belief;
use crate::domain::ids::ServerId;
use crate::domain::server::Environment;
use crate::domain::target::ServerType;
use crate::http::api::fields::Fields;
use crate::http::api::problem::{Problem, refused};
use crate::http::api::query::{List, Named, NoParameters, PageOf, PageParameters, Query};
use crate::http::api::server_shapes::{ServerBody, ServerPatch, ServerToAdd};
use crate::http::api::shapes::{EnvironmentName, StateName, TypeCode};
use crate::http::api::{API, BASE, Parts};
use crate::service::fleet::Known;

/// Which servers are wanted.
#[derive(Debug, Clone, Copy)]
struct Filter {
    environment: Option<Environment>,
    state: Option<Belief>,
    server_type: Option<ServerType>,
}

impl Filter {
    fn read(query: &mut Query) -> Self {
        Self {
            environment: query.optional("environment", str::parse),
            state: query.optional("state", |text| {
                Belief::ALL
                    .into_iter()
                    .find(|state| state.as_str() == text)
                    .ok_or("it is pending, up, down or unknown")
            }),
            server_type: query.optional("type", |text| {
                let code = text
                    .parse::<i64>()
                    .map_err(|_| "it is a type code: 1, 2, 3, 4 or 6")?;
                ServerType::try_from(code).map_err(|_| "it is a type code: 1, 2, 3, 4 or 6")
            }),
        }
    }

    fn takes(&self, known: &Known) -> bool {
        let server = &known.server;
        self.environment
            .is_none_or(|wanted| wanted == server.environment)
            && self
                .state
                .is_none_or(|wanted| wanted == known.health.state())
            && self
                .server_type
                .is_none_or(|wanted| wanted == server.server_type)
    }
}

#[derive(Debug, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it describes what `Filter::read` reads")]
struct FilterParameters {
    /// Only those of this environment, without regard to case.
    #[param(value_type = EnvironmentName, required = false)]
    environment: String,
    /// Only those in this state.
    #[param(value_type = StateName, required = false)]
    state: String,
    /// Only those of this type.
    #[param(value_type = TypeCode, required = false)]
    r#type: u8,
}

/// The servers, in the order in which they were added.
#[utoipa::path(get, path = "/servers", tag = "servers", operation_id = "listServers",
    params(FilterParameters, PageParameters),
    responses((status = 200, description = "A part of the list", body = List<ServerBody>)))]
pub(super) async fn list(
    State(parts): State<Arc<Parts>>,
    mut query: Query,
) -> Result<Json<List<ServerBody>>, Problem> {
    let (filter, page) = (Filter::read(&mut query), query.page());
    let (filter, page) = query.finish((filter, page))?;
    Ok(Json(cut(&parts, &filter, page)))
}

fn cut(parts: &Parts, filter: &Filter, page: PageOf<ServerId>) -> List<ServerBody> {
    let now = parts.clock.now();
    let mut items = Vec::new();
    let mut last = None;
    let mut more = false;
    parts.fleet.servers_after(page.after, |known, settings| {
        if !filter.takes(known) {
            return ControlFlow::Continue(());
        }
        more = items.len() == page.limit;
        if more {
            return ControlFlow::Break(());
        }
        items.push(ServerBody::new(&known.view(settings), now));
        last = Some(known.server.id);
        ControlFlow::Continue(())
    });
    List::new(items, last.filter(|_| more))
}

/// Adds a server. It is probed from now on; the answer does not wait for that.
#[utoipa::path(post, path = "/servers", tag = "servers", operation_id = "addServer",
    request_body = ServerToAdd,
    responses(
        (status = 201, description = "It is watched from now on", body = ServerBody,
            headers(("Location" = String, description = "Where it is found"))),
        (status = 409, description = "Another server has the name", body = Problem,
            content_type = "application/problem+json")))]
pub(super) async fn add(
    State(parts): State<Arc<Parts>>,
    _: NoParameters,
    fields: Fields,
) -> Result<Response, Problem> {
    let view = parts
        .servers
        .add(ServerToAdd::read(fields)?.into(), &API)
        .await?;
    let location = format!("{BASE}/servers/{}", view.server.id);
    let body = ServerBody::new(&view, parts.clock.now());
    Ok((StatusCode::CREATED, [(LOCATION, location)], Json(body)).into_response())
}

/// One server.
#[utoipa::path(get, path = "/servers/{id}", tag = "servers", operation_id = "getServer",
    params(("id" = String, Path, description = "Its id")),
    responses((status = 200, description = "The server", body = ServerBody)))]
pub(super) async fn get(
    State(parts): State<Arc<Parts>>,
    Named(id): Named<ServerId>,
    _: NoParameters,
) -> Result<Json<ServerBody>, Problem> {
    let view = parts.fleet.view(id).ok_or_else(missing)?;
    Ok(Json(ServerBody::new(&view, parts.clock.now())))
}

/// Changes a server. It holds at once, without a restart.
#[utoipa::path(patch, path = "/servers/{id}", tag = "servers", operation_id = "changeServer",
    params(("id" = String, Path, description = "Its id")),
    request_body = ServerPatch,
    responses(
        (status = 200, description = "The server as it is now", body = ServerBody),
        (status = 409, description = "Another server has the name", body = Problem,
            content_type = "application/problem+json")))]
pub(super) async fn change(
    State(parts): State<Arc<Parts>>,
    Named(id): Named<ServerId>,
    _: NoParameters,
    fields: Fields,
) -> Result<Json<ServerBody>, Problem> {
    let patch = ServerPatch::read(fields, parts.clock.now())?;
    let change = |server: &_| patch.change_of(server);
    let view = parts.servers.edit_as(id, change, &API).await?;
    Ok(Json(ServerBody::new(&view, parts.clock.now())))
}

/// Removes a server. An incident that is open ends with it.
#[utoipa::path(delete, path = "/servers/{id}", tag = "servers", operation_id = "removeServer",
    params(("id" = String, Path, description = "Its id")),
    responses((status = 204, description = "It is watched no more")))]
pub(super) async fn remove(
    State(parts): State<Arc<Parts>>,
    Named(id): Named<ServerId>,
    _: NoParameters,
) -> Result<StatusCode, Problem> {
    let removed = parts.servers.remove(id, &API).await;
    removed
        .map(|_| StatusCode::NO_CONTENT)
        .map_err(|error| refused("server", "id", error))
}

pub(super) fn missing() -> Problem {
    Problem::not_found("server")
}
