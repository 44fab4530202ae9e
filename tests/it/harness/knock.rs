//! A request to the bot's routes as anyone on the network can send it: signed as Slack signs, unless it is changed.
//!
//! The signature is made here from Slack's page on it, and by nothing of the bot's.

use bytes::Bytes;
use healthbot::clock::{Clock, SystemClock};
use hmac::{Hmac, KeyInit, Mac};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request};
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use sha2::Sha256;

pub(crate) const SIGNATURE: &str = "x-slack-signature";
pub(crate) const TIMESTAMP: &str = "x-slack-request-timestamp";

/// A request that can still be changed.
#[derive(Clone)]
pub(crate) struct Knock {
    url: String,
    pub(crate) method: Method,
    pub(crate) headers: Vec<(&'static str, Vec<u8>)>,
    pub(crate) body: Vec<u8>,
}

/// What was answered.
pub(crate) struct Answered {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

/// The machine's time in whole seconds.
pub(crate) fn now() -> i64 {
    SystemClock::new().now().timestamp()
}

/// `v0=` and the HMAC-SHA256 of `v0:{timestamp}:{body}` in hexadecimal.
pub(crate) fn sign(secret: &str, timestamp: &[u8], body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    for part in [b"v0:", timestamp, b":", body] {
        mac.update(part);
    }
    format!("v0={}", hex::encode(mac.finalize().into_bytes()))
}

impl Knock {
    pub(crate) fn signed(bot_url: &str, path: &str, secret: &str, body: &[u8]) -> Self {
        let knock = Self {
            url: format!("{bot_url}{path}"),
            method: Method::POST,
            headers: Vec::new(),
            body: body.to_vec(),
        };
        knock.at(secret, now().to_string().as_bytes())
    }

    /// Signed anew for the time that `timestamp` claims.
    pub(crate) fn at(mut self, secret: &str, timestamp: &[u8]) -> Self {
        let signature = sign(secret, timestamp, &self.body).into_bytes();
        self.headers = vec![(TIMESTAMP, timestamp.to_vec()), (SIGNATURE, signature)];
        self
    }

    /// With this value in the place of the header's.
    pub(crate) fn with(mut self, name: &'static str, value: impl AsRef<[u8]>) -> Self {
        self.headers.retain(|(present, _)| *present != name);
        self.and(name, value)
    }

    /// With this value beside the header's.
    pub(crate) fn and(mut self, name: &'static str, value: impl AsRef<[u8]>) -> Self {
        self.headers.push((name, value.as_ref().to_vec()));
        self
    }

    /// Without the header.
    pub(crate) fn without(mut self, name: &'static str) -> Self {
        self.headers.retain(|(present, _)| *present != name);
        self
    }

    /// With another body under the same signature.
    pub(crate) fn but(mut self, body: impl AsRef<[u8]>) -> Self {
        self.body = body.as_ref().to_vec();
        self
    }

    /// The value of a header as it is now.
    pub(crate) fn header(&self, name: &str) -> Vec<u8> {
        let found = self.headers.iter().find(|(present, _)| *present == name);
        found.unwrap().1.clone()
    }

    /// Its headers as HTTP carries them; nothing where it cannot carry one.
    pub(crate) fn header_map(&self) -> Option<HeaderMap> {
        let header = |(name, value): &(&'static str, Vec<u8>)| {
            let value = HeaderValue::from_bytes(value).ok()?;
            Some((HeaderName::from_static(name), value))
        };
        self.headers.iter().map(header).collect()
    }

    /// Sends it on a connection of its own.
    pub(crate) async fn send(&self) -> Answered {
        let mut request = Request::new(Full::<Bytes>::from(self.body.clone()));
        *request.method_mut() = self.method.clone();
        *request.uri_mut() = self.url.parse().unwrap();
        for (name, value) in &self.headers {
            let value = HeaderValue::from_bytes(value).unwrap();
            request
                .headers_mut()
                .append(HeaderName::from_static(name), value);
        }
        let client = Client::builder(TokioExecutor::new()).build_http();
        let response = client.request(request).await.unwrap();
        let (head, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes().to_vec();
        Answered {
            status: head.status.as_u16(),
            headers: head.headers,
            body,
        }
    }
}

impl Answered {
    /// The body as text.
    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }
}
