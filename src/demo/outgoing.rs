//! What Slack sends to the bot, signed over HTTP. Socket Mode carries the same in `socket`.

use std::time::Duration;

use bytes::Bytes;
use hmac::{Hmac, KeyInit, Mac};
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::Value;
use sha2::Sha256;

use super::error::Error;

/// As long as Slack waits for an answer.
pub(super) const PATIENCE: Duration = Duration::from_secs(3);

/// What the bot answered.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The HTTP status; over Socket Mode, 200 for an acknowledgement.
    pub status: u16,
    /// The body as it came.
    pub body: String,
    /// The body, where it is JSON.
    pub json: Option<Value>,
}

impl Answer {
    pub(super) fn new(status: u16, body: String) -> Self {
        let json = serde_json::from_str(&body).ok();
        Self { status, body, json }
    }

    /// Whether Slack takes it for an answer.
    #[must_use]
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The text of the answer as a person reads it.
    #[must_use]
    pub fn plain(&self) -> String {
        let Some(json) = &self.json else {
            return self.body.clone();
        };
        let list = |name: &str| json[name].as_array().cloned().unwrap_or_default();
        let text = json["text"].as_str().unwrap_or_default();
        super::plain::message(text, &list("blocks"), &list("attachments"))
    }
}

/// Something for the bot.
#[derive(Debug, Clone)]
pub(super) enum Outgoing {
    /// A slash command's form fields.
    Command(Vec<(&'static str, String)>),
    /// A button press, a form, a shortcut.
    Interaction(Value),
    /// An event's envelope, and how often it was told before.
    Event { envelope: Value, retry: u32 },
}

impl Outgoing {
    fn path(&self) -> &'static str {
        match self {
            Self::Command(_) => "/slack/commands",
            Self::Interaction(_) => "/slack/interactions",
            Self::Event { .. } => "/slack/events",
        }
    }

    fn encoded(&self) -> (&'static str, String) {
        let form = |fields: &[(&'static str, String)]| {
            let mut encoded = url::form_urlencoded::Serializer::new(String::new());
            encoded.extend_pairs(fields);
            ("application/x-www-form-urlencoded", encoded.finish())
        };
        match self {
            Self::Command(fields) => form(fields),
            Self::Interaction(payload) => form(&[("payload", payload.to_string())]),
            Self::Event { envelope, .. } => ("application/json", envelope.to_string()),
        }
    }
}

/// Slack's v0 signature, from
/// <https://docs.slack.dev/authentication/verifying-requests-from-slack>.
#[must_use]
pub fn signature(secret: &str, timestamp: i64, body: &str) -> String {
    let mut mac =
        Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("HMAC takes a key of any length");
    mac.update(format!("v0:{timestamp}:{body}").as_bytes());
    format!("v0={}", hex::encode(mac.finalize().into_bytes()))
}

/// The client of the bot's routes. Every request has a connection of its own, so that a bot that
/// was started anew is never met through a dead one.
pub(super) struct Sender {
    client: Client<HttpConnector, Full<Bytes>>,
    secret: String,
}

impl Sender {
    pub(super) fn new(secret: String) -> Self {
        let client = Client::builder(TokioExecutor::new())
            .pool_max_idle_per_host(0)
            .build_http();
        Self { client, secret }
    }

    /// Sends, and waits for the answer as long as it takes.
    pub(super) async fn send(
        &self,
        bot_url: &str,
        timestamp: i64,
        outgoing: &Outgoing,
    ) -> Result<Answer, Error> {
        let (content_type, body) = outgoing.encoded();
        let mut request = http::Request::post(format!("{bot_url}{}", outgoing.path()))
            .header("content-type", content_type)
            .header("user-agent", "Slackbot 1.0 (+https://api.slack.com/robots)")
            .header("x-slack-request-timestamp", timestamp)
            .header(
                "x-slack-signature",
                signature(&self.secret, timestamp, &body),
            );
        if let Outgoing::Event {
            retry: retry @ 1.., ..
        } = outgoing
        {
            request = request
                .header("x-slack-retry-num", *retry)
                .header("x-slack-retry-reason", "http_error");
        }
        let unreachable = |error: &dyn std::error::Error| Error::Unreachable(error.to_string());
        let request = request
            .body(Full::from(body))
            .map_err(|error| unreachable(&error))?;
        let response = self
            .client
            .request(request)
            .await
            .map_err(|error| unreachable(&error))?;
        let status = response.status().as_u16();
        let body = response
            .into_body()
            .collect()
            .await
            .map_err(|error| unreachable(&error))?;
        Ok(Answer::new(
            status,
            String::from_utf8_lossy(&body.to_bytes()).into_owned(),
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of Slack's own page on verifying requests.
    #[test]
    fn the_signature_is_that_of_slacks_example() {
        let body = "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow\
                    &channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA\
                    &user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=\
                    https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554\
                    %2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.\
                    803a0bc887a14d10d2c447fce8b6703c";
        assert_eq!(
            signature("8f742231b10e8888abcd99yyyzzz85a5", 1_531_420_618, body),
            "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"
        );
    }
}
