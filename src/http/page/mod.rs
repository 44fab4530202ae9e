//! The status page at `/`, for a wall screen and for whoever wants a look: it needs no token and changes nothing.
//!
//! What it shows, and what it leaves out because anybody may read it, is decided in `service::page`. The browser is held
//! to what comes from here: no script, style or picture from elsewhere or within the page, and no frame around it.

mod events;
mod graph;
mod html;

use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, HeaderMap, HeaderValue,
    IF_NONE_MATCH, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use axum::middleware::map_response;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use sha2::{Digest, Sha256};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::clock::SharedClock;
use crate::service::page::{Facts, StatusPage};
use events::Events;

const STYLE: &str = include_str!("../../../assets/page/page.css");
const SCRIPT: &str = include_str!("../../../assets/page/page.js");
const ICON: &str = include_str!("../../../assets/icon.svg");

/// Everything comes from here. `connect-src` is for the stream of changes.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
    base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// What the page needs.
pub struct Parts {
    /// What stands on it.
    pub page: Arc<StatusPage>,
    /// Paces the stream of changes.
    pub clock: SharedClock,
    /// Waits for the streams when the process stops.
    pub tasks: TaskTracker,
    /// Ends the streams.
    pub stop: CancellationToken,
}

/// The page, its files, and the stream of what changes on it.
pub fn router(parts: Parts) -> Router {
    let drawn = Drawn {
        page: Arc::clone(&parts.page),
        last: Mutex::default(),
    };
    let whole = Router::new()
        .route("/", get(whole))
        .with_state(Arc::new(drawn));
    let stream = Router::new()
        .route("/page/events", get(events::follow))
        .with_state(Arc::new(Events::new(parts)));
    Router::new()
        .merge(file("/page/page.css", "text/css; charset=utf-8", STYLE))
        .merge(file(
            "/page/page.js",
            "text/javascript; charset=utf-8",
            SCRIPT,
        ))
        .merge(file("/page/icon.svg", "image/svg+xml", ICON))
        .merge(whole)
        .merge(stream)
        .layer(map_response(guarded))
}

/// The page, and what it read like when it was drawn last: it is drawn once, however many load it.
struct Drawn {
    page: Arc<StatusPage>,
    last: Mutex<Option<(u64, Bytes)>>,
}

impl Drawn {
    fn html(&self, facts: &Facts, version: u64) -> Bytes {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        match &*last {
            Some((of, html)) if *of == version => html.clone(),
            _ => {
                let html = html::page(facts, self.page.boot(), version).into_string();
                last.insert((version, html.into())).1.clone()
            }
        }
    }
}

/// The page as it is now. Whoever has it already is told so.
async fn whole(State(drawn): State<Arc<Drawn>>, asked: HeaderMap) -> Response {
    let (facts, version) = drawn.page.picture().await;
    let tag = format!("\"{}-{version}\"", drawn.page.boot());
    answer(&asked, &tag, "text/html; charset=utf-8", || {
        drawn.html(&facts, version)
    })
}

/// A file that is the same until there is another version of this program.
fn file(path: &'static str, media_type: &'static str, content: &'static str) -> Router {
    let digest = Sha256::digest(content.as_bytes());
    let tag = format!("\"{}\"", hex::encode(&digest[..12]));
    let handler = async move |asked: HeaderMap| {
        answer(&asked, &tag, media_type, || {
            Bytes::from_static(content.as_bytes())
        })
    };
    Router::new().route(path, get(handler))
}

/// What is asked for, or that it has not changed: the browser keeps it, and asks each time whether it still holds.
fn answer(
    asked: &HeaderMap,
    tag: &str,
    media_type: &'static str,
    body: impl FnOnce() -> Bytes,
) -> Response {
    let known = asked.get_all(IF_NONE_MATCH).iter();
    let known = known.filter_map(|known| known.to_str().ok());
    let same = known
        .flat_map(|known| known.split(','))
        .any(|known| known.trim() == tag);
    let mut response = if same {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        ([(CONTENT_TYPE, media_type)], body()).into_response()
    };
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    if let Ok(tag) = HeaderValue::from_str(tag) {
        headers.insert(ETAG, tag);
    }
    response
}

/// What holds the browser to this page, on every answer of it.
async fn guarded(mut response: Response) -> Response {
    let guards = [
        (CONTENT_SECURITY_POLICY, POLICY),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (REFERRER_POLICY, "no-referrer"),
    ];
    for (name, value) in guards {
        response
            .headers_mut()
            .insert(name, HeaderValue::from_static(value));
    }
    response
}
