//! The page: a client of the workspace in the browser. Its files, the state it shows (asked for
//! again after each change), and what is done on it.

mod acts;
mod snapshot;

use std::sync::Arc;
use std::time::Duration;

use http::{HeaderMap, HeaderValue, Method, Request, header};
use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;
use serde_json::json;

use super::core::Core;
use super::server::{Reply, json_reply, reply, text};

/// The page asks again by itself before anything in between loses patience.
const LONGEST_WAIT: Duration = Duration::from_secs(25);
const LARGEST_ACT: usize = 64 * 1024;

/// Nothing from elsewhere, nothing inline, shown in no frame.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' \
                      data:; connect-src 'self'; base-uri 'none'; form-action 'none'; \
                      frame-ancestors 'none'";

const HTML: &str = "text/html; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";
const IMAGE: &str = "image/svg+xml";
const STYLE: &str = "text/css; charset=utf-8";

/// Every file of the page: its path, its type, its content.
const FILES: &[(&str, &str, &str)] = &[
    ("/", HTML, include_str!("../../../assets/demo/index.html")),
    (
        "/page/bot.svg",
        IMAGE,
        include_str!("../../../assets/demo/bot.svg"),
    ),
    (
        "/page/style.css",
        STYLE,
        include_str!("../../../assets/demo/style.css"),
    ),
    (
        "/page/blocks.css",
        STYLE,
        include_str!("../../../assets/demo/blocks.css"),
    ),
    (
        "/page/main.js",
        SCRIPT,
        include_str!("../../../assets/demo/main.js"),
    ),
    (
        "/page/dom.js",
        SCRIPT,
        include_str!("../../../assets/demo/dom.js"),
    ),
    (
        "/page/mrkdwn.js",
        SCRIPT,
        include_str!("../../../assets/demo/mrkdwn.js"),
    ),
    (
        "/page/emoji.js",
        SCRIPT,
        include_str!("../../../assets/demo/emoji.js"),
    ),
    (
        "/page/blocks.js",
        SCRIPT,
        include_str!("../../../assets/demo/blocks.js"),
    ),
    (
        "/page/elements.js",
        SCRIPT,
        include_str!("../../../assets/demo/elements.js"),
    ),
    (
        "/page/messages.js",
        SCRIPT,
        include_str!("../../../assets/demo/messages.js"),
    ),
    (
        "/page/sidebar.js",
        SCRIPT,
        include_str!("../../../assets/demo/sidebar.js"),
    ),
    (
        "/page/modal.js",
        SCRIPT,
        include_str!("../../../assets/demo/modal.js"),
    ),
    (
        "/page/server.js",
        SCRIPT,
        include_str!("../../../assets/demo/server.js"),
    ),
];

/// Whether a path is the page's own; the faults of the Web API do not touch it.
pub(super) fn is_ours(path: &str) -> bool {
    path == "/" || path.starts_with("/page/")
}

pub(super) async fn respond(core: &Arc<Core>, request: Request<Incoming>) -> Reply {
    let mut reply = route(core, request).await;
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, "no-store"),
    ] {
        reply
            .headers_mut()
            .insert(name, HeaderValue::from_static(value));
    }
    reply
}

async fn route(core: &Arc<Core>, request: Request<Incoming>) -> Reply {
    if !is_local(request.headers()) {
        return text(403, "open this page by its own address".to_owned());
    }
    let path = request.uri().path().to_owned();
    match (request.method(), path.as_str()) {
        (&Method::GET, "/page/state") => state(core, request.uri().query()).await,
        (&Method::POST, "/page/act") => act(core, request).await,
        (&Method::GET, _) => match FILES.iter().find(|(known, _, _)| *known == path) {
            Some((_, kind, content)) => reply(200, kind, *content),
            None => text(404, "not found".to_owned()),
        },
        _ => text(405, "not allowed".to_owned()),
    }
}

/// Whether the request was made for a name of this machine, and by the page itself: another site
/// that is open in the same browser may neither read the page nor act on it.
fn is_local(headers: &HeaderMap) -> bool {
    let value = |name| {
        headers
            .get(name)
            .and_then(|value: &HeaderValue| value.to_str().ok())
    };
    let Some(host) = value(header::HOST) else {
        return false;
    };
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    let ours = name == "localhost"
        || name
            .trim_matches(['[', ']'])
            .parse::<std::net::IpAddr>()
            .is_ok();
    let from_page = value(header::ORIGIN).is_none_or(|origin| origin == format!("http://{host}"));
    ours && from_page
}

/// The state as one person sees it, as soon as it is another than the page knows.
async fn state(core: &Arc<Core>, query: Option<&str>) -> Reply {
    let query = query.unwrap_or_default();
    let argument = |wanted: &str| {
        let mut pairs = url::form_urlencoded::parse(query.as_bytes());
        pairs
            .find(|(name, _)| name == wanted)
            .map(|(_, value)| value.into_owned())
    };
    let known: Option<u64> = argument("after").and_then(|version| version.parse().ok());
    let mut changes = core.changes();
    tokio::select! {
        // The sender is the core's own and outlives this call.
        _ = changes.wait_for(|version| Some(*version) != known) => {}
        () = core.clock.sleep(LONGEST_WAIT) => {}
        () = core.stop.cancelled() => {}
    }
    let version = *changes.borrow_and_update();
    let targets = core.targets();
    let user = argument("user").unwrap_or_default();
    json_reply(
        200,
        &core.read(|state| snapshot::of(state, &user, version, &targets)),
    )
}

async fn act(core: &Arc<Core>, request: Request<Incoming>) -> Reply {
    let kind = request.headers().get(header::CONTENT_TYPE);
    if kind.is_none_or(|kind| kind != "application/json") {
        return text(415, "an act is JSON".to_owned());
    }
    let Ok(body) = Limited::new(request.into_body(), LARGEST_ACT)
        .collect()
        .await
    else {
        return text(413, "too large".to_owned());
    };
    match serde_json::from_slice(&body.to_bytes()) {
        Ok(act) => match acts::run(core, act).await {
            Ok(()) => json_reply(200, &json!({ "ok": true })),
            Err(error) => json_reply(200, &json!({ "ok": false, "error": error.to_string() })),
        },
        Err(error) => json_reply(400, &json!({ "ok": false, "error": error.to_string() })),
    }
}
