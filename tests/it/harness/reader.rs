//! Whoever looks at the status page and follows what changes on it.

use bytes::Bytes;
use http::{HeaderMap, Request};
use http_body_util::{BodyExt, Empty};
use hyper::body::Incoming;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use serde_json::Value;

/// What whoever has loaded this page has seen.
pub(crate) fn seen_in(page: &str) -> String {
    let seen = page.split("data-seen=\"").nth(1).unwrap();
    seen.split('"').next().unwrap().to_owned()
}

/// A browser that follows the changes.
pub(crate) struct Reader {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    body: Incoming,
    text: String,
}

/// An event: its id, its name and its data.
pub(crate) type Event = (String, String, Value);

impl Reader {
    pub(crate) async fn open(base: &str, seen: &str, last_event_id: Option<&str>) -> Self {
        let url = format!("{base}/page/events?seen={seen}");
        let mut request = Request::builder().uri(url);
        if let Some(id) = last_event_id {
            request = request.header("last-event-id", id);
        }
        let request = request.body(Empty::<Bytes>::new()).unwrap();
        let client = Client::builder(TokioExecutor::new()).build_http();
        let (head, body) = client.request(request).await.unwrap().into_parts();
        Self {
            status: head.status.as_u16(),
            headers: head.headers,
            body,
            text: String::new(),
        }
    }

    /// What comes next between two blank lines; nothing at the end of the stream.
    pub(crate) async fn block(&mut self) -> Option<String> {
        loop {
            if let Some((block, rest)) = self.text.split_once("\n\n") {
                let block = block.to_owned();
                self.text = rest.to_owned();
                return Some(block);
            }
            let frame = self.body.frame().await?.unwrap();
            let data = frame.into_data().unwrap();
            self.text.push_str(std::str::from_utf8(&data).unwrap());
        }
    }

    /// The next event that says something.
    pub(crate) async fn event(&mut self) -> Event {
        loop {
            let block = self.block().await.unwrap();
            let field = |name: &str| {
                let mut fields = block.lines().filter_map(|line| line.split_once(": "));
                fields
                    .find(|(field, _)| *field == name)
                    .map(|(_, value)| value.to_owned())
            };
            if let (Some(id), Some(data)) = (field("id"), field("data")) {
                return (
                    id,
                    field("event").unwrap(),
                    serde_json::from_str(&data).unwrap(),
                );
            }
        }
    }

    /// Reads on until a change holds `wanted` somewhere.
    pub(crate) async fn change_with(&mut self, wanted: &str) -> Event {
        loop {
            let event = self.event().await;
            assert_eq!(event.1, "change");
            if event.2.to_string().contains(wanted) {
                return event;
            }
        }
    }
}
