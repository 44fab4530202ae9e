//! Posts to URLs that Slack hands out: incoming webhooks and `response_url`s.

use std::time::Duration;

use http::StatusCode;
use serde::Serialize;
use serde::de::DeserializeOwned;
use slack_morphism::prelude::SlackBlock;

use crate::config::Secret;
use crate::domain::channel::HookUrl;
use crate::slack::client::DEADLINE;
use crate::slack::error::{SendError, pause};
use crate::slack::hosts::ResponseUrl;
use crate::slack::render::Message;

#[derive(Serialize)]
struct Body<'a> {
    text: &'a str,
    blocks: &'a [SlackBlock],
    #[serde(skip_serializing_if = "Option::is_none")]
    response_type: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    replace_original: Option<bool>,
}

/// Posts to URLs that Slack handed out.
#[derive(Debug, Clone)]
pub struct WebhookClient {
    client: reqwest::Client,
}

impl WebhookClient {
    /// A client that follows no redirect (the rule of [`super::hosts`] is for the host that is really asked) and uses the proxy for
    /// https only.
    ///
    /// # Errors
    /// reqwest's, where the TLS configuration does not fit.
    pub fn new(
        tls: rustls::ClientConfig,
        https_proxy: Option<&str>,
        no_proxy: Option<&str>,
    ) -> Result<Self, reqwest::Error> {
        let builder = reqwest::Client::builder()
            .use_preconfigured_tls(tls)
            .redirect(reqwest::redirect::Policy::none())
            .timeout(DEADLINE)
            .no_proxy();
        let builder = match https_proxy {
            Some(url) => {
                let except = no_proxy.and_then(reqwest::NoProxy::from_string);
                builder.proxy(reqwest::Proxy::https(url)?.no_proxy(except))
            }
            None => builder,
        };
        Ok(Self {
            client: builder.build()?,
        })
    }

    /// Posts through an incoming webhook.
    ///
    /// # Errors
    /// A [`SendError`] sorted by Slack's word in the body.
    pub async fn hook(&self, url: &HookUrl, message: &Message) -> Result<(), SendError> {
        let body = Body {
            text: &message.text,
            blocks: &message.blocks,
            response_type: None,
            replace_original: None,
        };
        self.send(url.expose(), &body).await
    }

    /// Answers a command or a button, for the person alone.
    ///
    /// # Errors
    /// A [`SendError`]; an expired URL is the request's fault.
    pub async fn respond(
        &self,
        url: &ResponseUrl,
        message: &Message,
        replace: bool,
    ) -> Result<(), SendError> {
        let body = Body {
            text: &message.text,
            blocks: &message.blocks,
            response_type: Some("ephemeral"),
            replace_original: Some(replace),
        };
        self.send(url.expose(), &body).await
    }

    /// Asks a method of the Web API with a token in the header and nothing else.
    ///
    /// # Errors
    /// A [`SendError`]; not of what a well-formed answer says.
    pub(super) async fn ask<A: DeserializeOwned>(
        &self,
        url: &str,
        token: &Secret,
    ) -> Result<A, SendError> {
        let sent = self
            .client
            .post(url)
            .bearer_auth(token.expose())
            .send()
            .await;
        let answer = sent.map_err(|error| no_answer(&error))?;
        if let Some(busy) = busy(&answer) {
            return Err(busy);
        }
        answer.json().await.map_err(|_| SendError::Retry {
            after: None,
            ambiguous: true,
            reason: "an answer that cannot be read".to_owned(),
        })
    }

    async fn send(&self, url: &str, body: &Body<'_>) -> Result<(), SendError> {
        let sent = self.client.post(url).json(body).send().await;
        let mut answer = sent.map_err(|error| no_answer(&error))?;
        let status = answer.status();
        if status.is_success() {
            return Ok(());
        }
        if let Some(busy) = busy(&answer) {
            return Err(busy);
        }
        let word = answer.chunk().await.ok().flatten().unwrap_or_default();
        let word = String::from_utf8_lossy(&word[..word.len().min(100)]);
        Err(refusal(status, word.trim()))
    }
}

/// What a webhook's refusal means. Slack answers with one word; a gateway in between answers with a page, which says
/// nothing about the channel and passes. A URL that nobody has is a page, too.
fn refusal(status: StatusCode, word: &str) -> SendError {
    let is_word = word.chars().all(|c| c.is_ascii_lowercase() || c == '_');
    let gone = matches!(status.as_u16(), 404 | 410);
    let reason = format!("HTTP {}", status.as_u16());
    if !is_word && !gone {
        return SendError::Retry {
            after: None,
            ambiguous: true,
            reason,
        };
    }
    match SendError::of_name(word) {
        SendError::Ours { .. } if gone || status == StatusCode::FORBIDDEN => SendError::Channel {
            reason: if is_word && !word.is_empty() {
                word.to_owned()
            } else {
                reason
            },
        },
        SendError::Ours { .. } if word.is_empty() => SendError::Ours { reason },
        sorted => sorted,
    }
}

/// The error's own text would hold the URL, which may be a secret.
fn no_answer(error: &reqwest::Error) -> SendError {
    let reason = if error.is_timeout() {
        "no answer in time"
    } else {
        "no connection"
    };
    SendError::Retry {
        after: None,
        ambiguous: !error.is_connect(),
        reason: reason.into(),
    }
}

/// What an answer's status says of Slack itself: it is overrun, or in trouble.
fn busy(answer: &reqwest::Response) -> Option<SendError> {
    let status = answer.status();
    let after = answer
        .headers()
        .get(http::header::RETRY_AFTER)
        .and_then(|value| value.to_str().ok()?.parse().ok())
        .map(Duration::from_secs);
    if status.as_u16() == 429 {
        return Some(SendError::Retry {
            after: Some(pause(after)),
            ambiguous: false,
            reason: "ratelimited".into(),
        });
    }
    let trouble = status.is_server_error() || status.as_u16() == 408;
    trouble.then(|| SendError::Retry {
        // Without a time to wait each try waits longer than the last.
        after: after
            .filter(|after| !after.is_zero())
            .map(|after| pause(Some(after))),
        ambiguous: true,
        reason: format!("HTTP {}", status.as_u16()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_of_slacks_is_told_from_a_gateways() {
        let said =
            |status: u16, word| refusal(StatusCode::from_u16(status).expect("a status"), word);
        let retried = |error| matches!(error, SendError::Retry { .. });
        let channel = |error: SendError| {
            matches!(&error, SendError::Channel { .. }).then(|| error.reason().to_owned())
        };
        assert!(retried(said(403, "<html>Blocked by policy</html>")));
        assert!(retried(said(400, "Bad Request")));
        assert_eq!(
            channel(said(403, "action_prohibited")).as_deref(),
            Some("action_prohibited")
        );
        assert_eq!(
            channel(said(404, "no_service")).as_deref(),
            Some("no_service")
        );
        assert_eq!(channel(said(404, "<html>")).as_deref(), Some("HTTP 404"));
        assert_eq!(channel(said(410, "")).as_deref(), Some("HTTP 410"));
        assert!(matches!(
            said(400, "invalid_payload"),
            SendError::Ours { .. }
        ));
    }
}
