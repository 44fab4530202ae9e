//! HTTP in front of the state: connections, routes, tokens, and the faults that strike.

use std::os::fd::{AsFd, OwnedFd};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::request::Parts;
use http::{Request, Response};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use thiserror::Error;
use tokio::net::{TcpListener, TcpStream};

use super::api::{self, ApiError};
use super::arguments::Arguments;
use super::core::Core;
use super::fault::{Answered, Effect, RESPONSE_URL, WEBHOOK};
use super::state::State;
use super::{page, socket};

pub(super) type Reply = Response<Full<Bytes>>;

const LARGEST_BODY: usize = 1024 * 1024;

/// The connection is to be cut instead of an answer.
#[derive(Debug, Error)]
#[error("the connection is cut")]
pub(super) struct Cut;

/// Accepts connections until the workspace is stopped.
pub(super) async fn serve(core: Arc<Core>, listener: TcpListener) {
    loop {
        let accepted = tokio::select! {
            () = core.stop.cancelled() => return,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, _)) => {
                core.tasks.spawn(connection(Arc::clone(&core), stream));
            }
            // Out of descriptors: others must give some back first.
            Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
        }
    }
}

async fn connection(core: Arc<Core>, stream: TcpStream) {
    let Ok(handle) = stream.as_fd().try_clone_to_owned() else {
        return;
    };
    let handle = Arc::new(handle);
    let stop = core.stop.clone();
    let service = service_fn(move |request| {
        let (core, handle) = (Arc::clone(&core), Arc::clone(&handle));
        async move {
            respond(&core, request)
                .await
                .inspect_err(|_| reset(&handle))
        }
    });
    let connection = http1::Builder::new()
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    tokio::select! {
        () = stop.cancelled() => {}
        // What went wrong with a connection is the client's to notice.
        _ = connection => {}
    }
}

/// Makes the connection end with a reset when it is dropped.
fn reset(handle: &OwnedFd) {
    // Where the option is refused, the connection still ends, only politely.
    let _ = socket2::SockRef::from(handle).set_linger(Some(Duration::ZERO));
}

async fn respond(core: &Arc<Core>, request: Request<Incoming>) -> Result<Reply, Cut> {
    let path = request.uri().path().to_owned();
    if page::is_ours(&path) {
        return Ok(page::respond(core, request).await);
    }
    let down = core.read(|state| state.down);
    if let (Some(ticket), false) = (path.strip_prefix("/socket/"), down) {
        return Ok(socket::upgrade(core, ticket, request));
    }
    let (parts, body) = request.into_parts();
    let Ok(body) = Limited::new(body, LARGEST_BODY).collect().await else {
        return Ok(text(413, "too large".to_owned()));
    };
    let body = body.to_bytes();
    if let Some(method) = path.strip_prefix("/api/") {
        web_api(core, method, &parts, &body).await
    } else if path.starts_with("/services/") {
        webhook(core, &path, &parts, &body).await
    } else if let Some(id) = path.strip_prefix("/response/") {
        response_url(core, id, &parts, &body).await
    } else {
        Ok(text(404, "not found".to_owned()))
    }
}

/// A journaled call of which the answer is still open.
struct Open {
    number: u64,
    effect: Option<Effect>,
}

/// Journals a call and finds the fault that strikes it.
fn opened(core: &Arc<Core>, method: &str, args: &Arguments) -> Open {
    core.change(|state| {
        let number = state.note(method, args);
        let named = args.text("channel").unwrap_or_default();
        let effect = if state.down {
            Some(Effect::ResetBefore)
        } else {
            state.strike(method, &named)
        };
        Open { number, effect }
    })
}

/// What is answered, as the journal and as the wire have it.
struct Outcome {
    answered: Answered,
    reply: Reply,
}

/// Runs a call under its fault.
async fn run(
    core: &Arc<Core>,
    open: Open,
    refuse: impl FnOnce(&str) -> Reply,
    act: impl FnOnce(&mut State) -> Outcome,
) -> Result<Reply, Cut> {
    if let Some(refused) = instead(core, &open, refuse).await {
        return refused;
    }
    let outcome = core.change(|state| {
        let outcome = act(state);
        if matches!(open.effect, None | Some(Effect::Slow(_))) {
            state.answered(open.number, outcome.answered.clone());
        }
        outcome
    });
    match open.effect {
        Some(Effect::CommitThenStatus(code)) => Ok(open.status(core, code)),
        Some(Effect::CommitThenReset) => Err(open.cut(core)),
        Some(Effect::CommitThenHang) => {
            core.released().await;
            Err(open.cut(core))
        }
        _ => Ok(outcome.reply),
    }
}

impl Open {
    fn note(&self, core: &Arc<Core>, answered: Answered) {
        core.change(|state| state.answered(self.number, answered));
    }

    fn status(&self, core: &Arc<Core>, status: u16) -> Reply {
        self.note(core, Answered::Status(status));
        text(
            status,
            "<html><body>upstream trouble</body></html>".to_owned(),
        )
    }

    fn cut(&self, core: &Arc<Core>) -> Cut {
        self.note(core, Answered::Cut);
        Cut
    }
}

/// What happens in the place of the call, where its fault strikes before anything is done.
async fn instead(
    core: &Arc<Core>,
    open: &Open,
    refuse: impl FnOnce(&str) -> Reply,
) -> Option<Result<Reply, Cut>> {
    Some(match open.effect.as_ref()? {
        Effect::RateLimited { retry_after } => {
            let retry_after = *retry_after;
            open.note(core, Answered::RateLimited { retry_after });
            let mut reply = refuse("ratelimited");
            *reply.status_mut() = http::StatusCode::TOO_MANY_REQUESTS;
            reply
                .headers_mut()
                .insert("retry-after", retry_after.into());
            Ok(reply)
        }
        Effect::Status(code) => Ok(open.status(core, *code)),
        Effect::Error(code) => {
            open.note(core, Answered::Error(code.clone()));
            Ok(refuse(code))
        }
        Effect::ResetBefore => Err(open.cut(core)),
        Effect::Hang => {
            core.released().await;
            Err(open.cut(core))
        }
        Effect::Slow(delay) => {
            core.clock.sleep(*delay).await;
            return None;
        }
        Effect::CommitThenReset | Effect::CommitThenStatus(_) | Effect::CommitThenHang => {
            return None;
        }
    })
}

async fn web_api(core: &Arc<Core>, method: &str, parts: &Parts, body: &[u8]) -> Result<Reply, Cut> {
    let query = parts.uri.query().unwrap_or_default();
    let (mut args, malformed) = match Arguments::read(query, header(parts, "content-type"), body) {
        Ok(args) => (args, None),
        Err(error) => (Arguments::of(json!({})), Some(error)),
    };
    let token = args.take_token();
    let bearer = header(parts, "authorization")
        .strip_prefix("Bearer ")
        .map(str::to_owned);
    let allowed = authorized(core, method, bearer.or(token).as_deref());
    let open = opened(core, method, &args);
    let refuse = |code: &str| api_reply(&ApiError::new(code.to_owned()).body(), "");
    run(core, open, refuse, |state| {
        let answer = match (allowed, malformed) {
            (Err(error), _) | (_, Some(error)) => Err(error),
            _ if method == "apps.connections.open" => {
                Ok(json!({ "ok": true, "url": core.sockets.ticket(core.address) }))
            }
            _ => api::call(state, method, &args),
        };
        let answered = match &answer {
            Ok(_) => Answered::Ok,
            Err(error) => Answered::Error(error.code().to_owned()),
        };
        let body = answer.unwrap_or_else(|error| error.body());
        Outcome {
            answered,
            reply: api_reply(&body, &state.scopes.join(",")),
        }
    })
    .await
}

fn authorized(core: &Core, method: &str, token: Option<&str>) -> Result<(), ApiError> {
    let token = token.ok_or_else(|| ApiError::new("not_authed"))?;
    let is_app = core.app_token.as_deref() == Some(token);
    match (method == "apps.connections.open", is_app) {
        (true, true) => Ok(()),
        (false, true) => Err(ApiError::new("not_allowed_token_type")),
        (true, false) if token == core.bot_token => Err(ApiError::new("not_allowed_token_type")),
        (false, false) if token == core.bot_token => Ok(()),
        _ => Err(ApiError::new("invalid_auth")),
    }
}

async fn webhook(core: &Arc<Core>, path: &str, parts: &Parts, body: &[u8]) -> Result<Reply, Cut> {
    let args = posted(parts, body);
    let channel = core.read(|state| {
        let hook = state.links.hooks.iter().find(|hook| hook.path == path);
        hook.map(|hook| hook.channel.clone())
    });
    let (mut args, malformed) = match args {
        Ok(args) => (args, false),
        Err(_) => (Arguments::of(json!({})), true),
    };
    // A webhook's channel lies in its address; the journal and the faults tell it by this.
    args.set("channel", &channel.unwrap_or_default());
    let open = opened(core, WEBHOOK, &args);
    run(
        core,
        open,
        |code| text(400, code.to_owned()),
        |state| {
            let (status, said) = if malformed {
                (400, "invalid_payload".to_owned())
            } else {
                state.hook(path, &args)
            };
            let answered = if status == 200 {
                Answered::Ok
            } else {
                Answered::Error(said.clone())
            };
            Outcome {
                answered,
                reply: text(status, said),
            }
        },
    )
    .await
}

async fn response_url(
    core: &Arc<Core>,
    id: &str,
    parts: &Parts,
    body: &[u8],
) -> Result<Reply, Cut> {
    let args = posted(parts, body).unwrap_or_else(|_| Arguments::of(json!({})));
    let open = opened(core, RESPONSE_URL, &args);
    let refuse = |code: &str| json_reply(404, &ApiError::new(code.to_owned()).body());
    run(core, open, refuse, |state| match state.respond(id, &args) {
        Ok(body) => Outcome {
            answered: Answered::Ok,
            reply: json_reply(200, &body),
        },
        Err(error) => {
            let gone = matches!(error.code(), "used_url" | "expired_url" | "invalid_url");
            let status = if gone { 404 } else { 400 };
            let answered = Answered::Error(error.code().to_owned());
            Outcome {
                answered,
                reply: json_reply(status, &error.body()),
            }
        }
    })
    .await
}

/// The body of a post to a webhook: JSON, whatever its type says, or a form's `payload`.
fn posted(parts: &Parts, body: &[u8]) -> Result<Arguments, ApiError> {
    let form = header(parts, "content-type").starts_with("application/x-www-form-urlencoded");
    let payload = url::form_urlencoded::parse(body).find(|(name, _)| name == "payload");
    match payload {
        Some((_, payload)) if form => Arguments::read("", "application/json", payload.as_bytes()),
        _ => Arguments::read("", "application/json", body),
    }
}

pub(super) fn header<'a>(parts: &'a Parts, name: &str) -> &'a str {
    parts
        .headers
        .get(name)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
}

fn api_reply(body: &Value, scopes: &str) -> Reply {
    let mut reply = json_reply(200, body);
    if let Ok(scopes) = scopes.parse() {
        reply.headers_mut().insert("x-oauth-scopes", scopes);
    }
    reply
}

pub(super) fn json_reply(status: u16, body: &Value) -> Reply {
    reply(status, "application/json; charset=utf-8", body.to_string())
}

pub(super) fn text(status: u16, body: String) -> Reply {
    reply(status, "text/plain; charset=utf-8", body)
}

pub(super) fn reply(status: u16, content_type: &'static str, body: impl Into<Bytes>) -> Reply {
    let mut reply = Response::new(Full::from(body.into()));
    *reply.status_mut() =
        http::StatusCode::from_u16(status).unwrap_or(http::StatusCode::INTERNAL_SERVER_ERROR);
    let content_type = http::HeaderValue::from_static(content_type);
    reply
        .headers_mut()
        .insert(http::header::CONTENT_TYPE, content_type);
    reply
}
