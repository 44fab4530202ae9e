//! A script that uses the admin API, over real HTTP.

use bytes::Bytes;
use healthbot::config::Secret;
use http::{HeaderMap, Method, Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use serde_json::{Value, json};

use super::bot::Bot;

/// What opens the API in the tests; nothing may ever show it.
pub(crate) const TOKEN: &str = "planted5admin5token5of5forty5letters5ab";

/// A bot whose API is on.
pub(crate) async fn bot() -> Bot {
    Bot::start_with(|config| config.admin_token = Some(Secret::new(TOKEN))).await
}

/// A request to the bot that can still be changed.
#[derive(Clone)]
pub(crate) struct Ask {
    url: String,
    method: Method,
    headers: Vec<(&'static str, Vec<u8>)>,
    body: Vec<u8>,
}

/// What was answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Bot {
    /// A request with the right token; `path` is behind `/api/v1`.
    pub(crate) fn api(&self, method: &str, path: &str) -> Ask {
        let ask = self.ask(method, &format!("/api/v1{path}"));
        ask.header("authorization", format!("Bearer {TOKEN}"))
    }

    /// A request without a token to the address where the API is.
    pub(crate) fn ask(&self, method: &str, path: &str) -> Ask {
        self.ask_at(self.admin_url.as_ref().unwrap_or(&self.url), method, path)
    }

    /// The same to another of the bot's addresses.
    pub(crate) fn ask_at(&self, base: &str, method: &str, path: &str) -> Ask {
        Ask::to(base, method, path)
    }

    /// Reads something through the API that must be there.
    pub(crate) async fn read(&self, path: &str) -> Value {
        self.api("GET", path).send().await.expect(200)
    }

    /// Adds a server through the API, and gives its id.
    pub(crate) async fn add_by_api(&self, name: &str, host: &str, port: u16) -> String {
        let server = json!({"host_name": name, "host": host, "port": port});
        let added = self.api("POST", "/servers").json(&server).await.expect(201);
        added["id"].as_str().unwrap().to_owned()
    }
}

impl Ask {
    pub(crate) fn to(base: &str, method: &str, path: &str) -> Self {
        Self {
            url: format!("{base}{path}"),
            method: method.parse().unwrap(),
            headers: Vec::new(),
            body: Vec::new(),
        }
    }

    pub(crate) fn header(mut self, name: &'static str, value: impl Into<Vec<u8>>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// Sends it with this JSON.
    pub(crate) async fn json(self, body: &Value) -> Answer {
        self.header("content-type", "application/json")
            .body(body.to_string())
            .await
    }

    /// Sends it with these bytes.
    pub(crate) async fn body(mut self, body: impl Into<Vec<u8>>) -> Answer {
        self.body = body.into();
        self.send().await
    }

    /// Sends it on a connection of its own, and gives the answer before its body is read.
    pub(crate) async fn open(self) -> Response<Incoming> {
        let mut request = Request::builder().method(self.method).uri(self.url);
        for (name, value) in self.headers {
            request = request.header(name, value);
        }
        let request = request.body(Full::<Bytes>::from(self.body)).unwrap();
        let client = Client::builder(TokioExecutor::new()).build_http();
        client.request(request).await.unwrap()
    }

    /// Sends it on a connection of its own.
    pub(crate) async fn send(self) -> Answer {
        let (head, body) = self.open().await.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        assert!(!text.contains(TOKEN), "the token is shown: {text}");
        Answer {
            status: head.status.as_u16(),
            headers: head.headers,
            text,
        }
    }
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name);
        value.map_or("", |value| value.to_str().unwrap())
    }

    /// The JSON of an answer that went well.
    pub(crate) fn expect(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.text);
        assert_eq!(self.header("content-type"), "application/json");
        serde_json::from_str(&self.text).unwrap()
    }

    /// The problem of an answer that did not, in the form that RFC 9457 gives it.
    pub(crate) fn problem(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.text);
        assert_eq!(self.header("content-type"), "application/problem+json");
        let problem: Value = serde_json::from_str(&self.text).unwrap();
        assert_eq!(problem["status"], status);
        for member in ["type", "title", "detail"] {
            assert!(
                problem[member]
                    .as_str()
                    .is_some_and(|text| !text.is_empty())
            );
        }
        problem
    }

    /// The names of the fields that a problem of status 422 names.
    pub(crate) fn wrong_fields(&self) -> Vec<String> {
        let problem = self.problem(422);
        let errors = problem["errors"].as_array().unwrap();
        errors
            .iter()
            .map(|error| {
                let field = error["field"].as_str().unwrap();
                let told = format!("{field}: {}", error["detail"].as_str().unwrap());
                assert!(problem["detail"].as_str().unwrap().contains(&told));
                field.to_owned()
            })
            .collect()
    }
}
