//! What changes on the page, as server-sent events: <https://html.spec.whatwg.org/multipage/server-sent-events.html>.
//!
//! A stream remembers only which version its reader has seen. It makes a message when the reader has taken the one
//! before, out of everything that changed since: whoever reads slowly gets fewer messages, not a longer queue. Readers
//! who have seen the same share one message.

use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderMap, RETRY_AFTER};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use serde::{Deserialize, Serialize};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::{Parts, html};
use crate::clock::SharedClock;
use crate::service::page::{GRAPHS_EVERY, News, StatusPage, What};

/// So many streams at once; whoever comes later is told to come back.
const STREAMS: usize = 64;

/// When those may come back, in seconds. Until then the script loads the page now and then.
const COME_BACK: &str = "30";

/// A stream ends after this, and its reader opens the next: nobody holds a place who is no longer there. It is less than
/// any connection has left that still took the request.
const LIFE: Duration = Duration::from_secs(60);

/// A reader who has taken nothing for so long is gone.
const PATIENCE: Duration = Duration::from_secs(30);

/// How soon a browser opens a stream again that broke off, in milliseconds.
const RETRY: &str = "retry: 2000\n\n";

/// So that neither a proxy nor the page takes a quiet stream for a dead one. A comment would do for the proxy, but no
/// script sees it.
const KEEP_ALIVE: &str = "event: alive\ndata: {}\n\n";

/// The header in which a browser says what it has seen when it opens a stream again.
const LAST_EVENT_ID: &str = "last-event-id";

/// What the streams share.
pub(super) struct Events {
    page: Arc<StatusPage>,
    clock: SharedClock,
    tasks: TaskTracker,
    stop: CancellationToken,
    room: Arc<Semaphore>,
    /// The message that was made last: what its readers had seen, what they have seen after it, and its text.
    made: Mutex<Option<(u64, u64, Bytes)>>,
}

impl Events {
    pub(super) fn new(parts: Parts) -> Self {
        Self {
            page: parts.page,
            clock: parts.clock,
            tasks: parts.tasks,
            stop: parts.stop,
            room: Arc::new(Semaphore::new(STREAMS)),
            made: Mutex::default(),
        }
    }
}

/// What a reader has seen: `seen=BOOT-VERSION`.
#[derive(Debug, Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    seen: String,
}

/// Opens a stream.
pub(super) async fn follow(
    State(events): State<Arc<Events>>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Response {
    let Ok(place) = Arc::clone(&events.room).try_acquire_owned() else {
        return (StatusCode::SERVICE_UNAVAILABLE, [(RETRY_AFTER, COME_BACK)]).into_response();
    };
    let again = headers.get(LAST_EVENT_ID).and_then(|id| id.to_str().ok());
    let seen = version(again.unwrap_or(&asked.seen), events.page.boot());
    // One message waits while the reader is busy with the one before.
    let (to, from) = mpsc::channel(1);
    let stopped = events.stop.clone();
    let feeding = feed(Arc::clone(&events), seen, to, place);
    events.tasks.spawn(async move {
        stopped.run_until_cancelled(feeding).await;
    });
    let messages = stream::unfold(from, |mut from| async move {
        let message: Bytes = from.recv().await?;
        Some((Ok::<_, Infallible>(message), from))
    });
    let headers = [
        (CONTENT_TYPE, "text/event-stream"),
        (CACHE_CONTROL, "no-store"),
    ];
    (headers, Body::from_stream(messages)).into_response()
}

/// The version that somebody has seen; none where it was another run's, whose versions mean nothing now.
fn version(seen: &str, boot: u64) -> Option<u64> {
    let (of, version) = seen.split_once('-')?;
    (of.parse() == Ok(boot)).then(|| version.parse().ok())?
}

/// Tells one reader what changes, until it is gone or its time is over.
async fn feed(
    events: Arc<Events>,
    seen: Option<u64>,
    to: mpsc::Sender<Bytes>,
    _place: OwnedSemaphorePermit,
) {
    let clock = &events.clock;
    let end = clock.elapsed() + LIFE;
    let mut changes = events.page.changes();
    // A version that nobody can have seen: the page is to be looked at anew.
    let mut seen = seen.unwrap_or(u64::MAX);
    let mut next = Some(Bytes::from_static(RETRY.as_bytes()));
    while clock.elapsed() < end {
        if let Some(message) = next.take() {
            tokio::select! {
                taken = to.send(message) => if taken.is_err() { return },
                () = clock.sleep(PATIENCE) => return,
            }
        }
        let latest = events.page.news(seen).await;
        next = events.message(seen, &latest.news);
        if next.is_some() {
            seen = latest.news.version;
            continue;
        }
        tokio::select! {
            () = to.closed() => return,
            () = clock.sleep(GRAPHS_EVERY) => next = Some(Bytes::from_static(KEEP_ALIVE.as_bytes())),
            changed = changes.wait_for(|count| *count != latest.changes) => if changed.is_err() { return },
        }
    }
}

impl Events {
    /// The message for readers who have seen a version; none where there is nothing to tell them.
    fn message(&self, seen: u64, news: &News) -> Option<Bytes> {
        let parts = match &news.what {
            What::Nothing => return None,
            What::Everything => return Some(event(self.page.boot(), news.version, "anew", "{}")),
            What::Parts(parts) => parts,
        };
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((before, after, message)) = &*made
            && (*before, *after) == (seen, news.version)
        {
            return Some(message.clone());
        }
        let facts = &news.facts;
        let change = Change {
            now: parts.now.then(|| html::now(facts).into_string()),
            heads: (parts
                .now
                .then(|| facts.environments())
                .into_iter()
                .flatten())
            .map(|(environment, group)| {
                (
                    environment.as_str(),
                    html::head(environment, group).into_string(),
                )
            })
            .collect(),
            past: parts.past.then(|| html::past(&facts.past).into_string()),
            gone: parts.gone.iter().map(ToString::to_string).collect(),
            rows: parts
                .rows
                .iter()
                .map(|placed| Placed {
                    id: placed.row.id.to_string(),
                    list: placed.environment.as_str(),
                    before: placed.before.map(|id| id.to_string()),
                    html: html::row(&placed.row, facts.graphs).into_string(),
                })
                .collect(),
        };
        let json = serde_json::to_string(&change).unwrap_or_default();
        let message = event(self.page.boot(), news.version, "change", &json);
        *made = Some((seen, news.version, message.clone()));
        Some(message)
    }
}

/// What changed, as the script reads it: pieces of HTML, made and escaped as those of the page.
#[derive(Debug, Serialize)]
struct Change {
    now: Option<String>,
    heads: Vec<(&'static str, String)>,
    past: Option<String>,
    gone: Vec<String>,
    rows: Vec<Placed>,
}

#[derive(Debug, Serialize)]
struct Placed {
    id: String,
    list: &'static str,
    before: Option<String>,
    html: String,
}

/// JSON has no line breaks, so that one line of data holds it.
fn event(boot: u64, version: u64, name: &str, json: &str) -> Bytes {
    format!("id: {boot}-{version}\nevent: {name}\ndata: {json}\n\n").into()
}

#[cfg(test)]
#[path = "events_tests.rs"]
mod tests;
