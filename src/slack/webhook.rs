//! Posts to URLs that Slack hands out (incoming webhooks and `response_url`s), and the rule for which hosts these and
//! Socket Mode connections may name.

use std::fmt;
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;
use slack_morphism::prelude::SlackBlock;
use url::Url;

use crate::config::Secret;
use crate::domain::channel::HookUrl;
use crate::slack::client::DEADLINE;
use crate::slack::error::SendError;
use crate::slack::render::Message;

/// Slack's hosts for webhooks and `response_url`s.
const SLACK_HOSTS: [&str; 2] = ["hooks.slack.com", "hooks.slack-gov.com"];

/// The domains under which Slack takes Socket Mode connections.
const SOCKET_DOMAINS: [&str; 3] = [".slack.com", ".slack-gov.com", ".slack-msgs.com"];

/// Which hosts a URL from Slack may name: Slack's own over https, and the host of the configured API, any port.
#[derive(Debug, Clone)]
pub struct HostRule {
    api_host: Option<String>,
    api_in_the_clear: bool,
}

impl HostRule {
    /// The rule for a bot whose API lies at `api_base`.
    #[must_use]
    pub fn new(api_base: &Url) -> Self {
        Self {
            api_host: api_base.host_str().map(str::to_owned),
            api_in_the_clear: api_base.scheme() == "http",
        }
    }

    fn allows(&self, url: &Url) -> bool {
        let host = url.host_str().unwrap_or_default();
        let slacks = url.scheme() == "https" && url.port().is_none() && SLACK_HOSTS.contains(&host);
        let ours = matches!(url.scheme(), "http" | "https")
            && self.api_host.as_deref().is_some_and(|api| api == host);
        (slacks || ours) && url.username().is_empty() && url.password().is_none()
    }

    /// Takes a `response_url` that names an allowed host.
    #[must_use]
    pub fn response_url(&self, text: &str) -> Option<ResponseUrl> {
        Url::parse(text)
            .ok()
            .filter(|url| self.allows(url))
            .map(ResponseUrl)
    }

    /// Takes the address of a Socket Mode connection: at Slack's own hosts and always encrypted, or at the API's own host,
    /// and in the clear only where the API itself is.
    #[must_use]
    pub fn socket_url(&self, text: &str) -> Option<SocketUrl> {
        let url = Url::parse(text).ok()?;
        let host = url.host_str().unwrap_or_default();
        let encrypted = url.scheme() == "wss";
        let slacks = encrypted
            && url.port().is_none()
            && SOCKET_DOMAINS.iter().any(|domain| host.ends_with(domain));
        let ours = (encrypted || url.scheme() == "ws" && self.api_in_the_clear)
            && self.api_host.as_deref().is_some_and(|api| api == host);
        let allowed = (slacks || ours) && url.username().is_empty() && url.password().is_none();
        allowed.then_some(SocketUrl(url))
    }

    /// Takes an incoming webhook's URL that names an allowed host; a masked one is none.
    #[must_use]
    pub fn hook_url(&self, text: &str) -> Option<HookUrl> {
        let url = Url::parse(text.trim())
            .ok()
            .filter(|url| self.allows(url))?;
        let sound = url.path().starts_with("/services/") && !HookUrl::is_masked(url.path());
        sound.then(|| HookUrl::trusted(url))
    }
}

/// Where an answer may be sent late: five times within thirty minutes. Whoever knows it can answer, so it is not shown.
#[derive(Clone, PartialEq, Eq)]
pub struct ResponseUrl(Url);

impl fmt::Debug for ResponseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ResponseUrl(…)")
    }
}

/// Where one Socket Mode connection is opened. The ticket in it is all that it takes, so it is not shown.
#[derive(Clone, PartialEq, Eq)]
pub struct SocketUrl(Url);

impl fmt::Debug for SocketUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SocketUrl(…)")
    }
}

impl SocketUrl {
    /// The address, for the one place that needs it.
    pub(super) fn expose(&self) -> &str {
        self.0.as_str()
    }

    /// The host and port in HTTP's terms, by which a connector tells TLS and proxies.
    pub(super) fn for_connector(&self) -> Option<http::Uri> {
        let scheme = if self.0.scheme() == "wss" {
            "https"
        } else {
            "http"
        };
        let authority = &self.0[url::Position::BeforeHost..url::Position::AfterPort];
        format!("{scheme}://{authority}/").parse().ok()
    }
}

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
    /// A client that follows no redirect (the rule above is for the host that is really asked) and uses the proxy for
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
        self.send(url.0.as_str(), &body).await
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
        let reason = format!("HTTP {}", status.as_u16());
        let word = answer.chunk().await.ok().flatten().unwrap_or_default();
        let word = String::from_utf8_lossy(&word[..word.len().min(100)])
            .trim()
            .to_owned();
        let gone = matches!(status.as_u16(), 403 | 404 | 410);
        Err(match SendError::of_name(&word) {
            SendError::Ours { .. } if gone => SendError::Channel {
                reason: if word.is_empty() { reason } else { word },
            },
            sorted => sorted,
        })
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
            after: Some(after.unwrap_or(Duration::from_secs(1))),
            ambiguous: false,
            reason: "ratelimited".into(),
        });
    }
    let trouble = status.is_server_error() || status.as_u16() == 408;
    trouble.then(|| SendError::Retry {
        after,
        ambiguous: true,
        reason: format!("HTTP {}", status.as_u16()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_slacks_hosts_and_the_apis_own_may_be_answered() {
        let slack = HostRule::new(&Url::parse("https://slack.com/api").expect("a URL"));
        let local = HostRule::new(&Url::parse("http://127.0.0.1:9/api").expect("a URL"));
        for (url, by_slack, by_local) in [
            ("https://hooks.slack.com/commands/T/1/x", true, true),
            ("https://hooks.slack-gov.com/commands/T/1/x", true, true),
            ("https://slack.com/x", true, false),
            ("http://hooks.slack.com/commands/T/1/x", false, false),
            ("https://hooks.slack.com:8443/x", false, false),
            ("https://hooks.slack.com.evil.example/x", false, false),
            ("https://hooks.slack.com@evil.example/x", false, false),
            ("http://127.0.0.1:1234/response/1", false, true),
            ("file:///etc/passwd", false, false),
            ("nonsense", false, false),
        ] {
            assert_eq!(slack.response_url(url).is_some(), by_slack, "{url}");
            assert_eq!(local.response_url(url).is_some(), by_local, "{url}");
        }
        assert!(
            slack
                .hook_url("https://hooks.slack.com/services/T/B/x")
                .is_some()
        );
        assert!(
            slack
                .hook_url("https://hooks.slack.com/commands/T/B/x")
                .is_none()
        );
        assert!(
            slack
                .hook_url("https://hooks.slack.com/services/T…/…")
                .is_none()
        );
    }

    #[test]
    fn a_connection_goes_to_slacks_hosts_encrypted_or_to_the_apis_own() {
        let slack = HostRule::new(&Url::parse("https://slack.com/api").expect("a URL"));
        let local = HostRule::new(&Url::parse("http://127.0.0.1:9/api").expect("a URL"));
        let inner = HostRule::new(&Url::parse("https://slack.test/api").expect("a URL"));
        for (url, by_slack, by_local, by_inner) in [
            (
                "wss://wss-primary.slack.com/link/?ticket=1",
                true,
                true,
                true,
            ),
            (
                "wss://wss-primary.slack-gov.com/link/?ticket=1",
                true,
                true,
                true,
            ),
            (
                "ws://wss-primary.slack.com/link/?ticket=1",
                false,
                false,
                false,
            ),
            (
                "https://wss-primary.slack.com/link/?ticket=1",
                false,
                false,
                false,
            ),
            ("wss://wss-primary.slack.com:8443/", false, false, false),
            ("wss://x@wss-primary.slack.com/", false, false, false),
            ("wss://wss.slack.com.evil.example/", false, false, false),
            ("wss://evilslack.com/", false, false, false),
            ("ws://127.0.0.1:77/socket/1", false, true, false),
            ("wss://127.0.0.1:77/socket/1", false, true, false),
            ("ws://slack.test/socket", false, false, false),
            ("wss://slack.test:8443/socket", false, false, true),
            ("nonsense", false, false, false),
        ] {
            for (rule, allowed) in [(&slack, by_slack), (&local, by_local), (&inner, by_inner)] {
                assert_eq!(rule.socket_url(url).is_some(), allowed, "{url}");
            }
        }
        let url = local
            .socket_url("ws://127.0.0.1:77/socket/1?ticket=hush")
            .expect("allowed");
        assert!(!format!("{url:?}").contains("hush"));
        assert_eq!(
            url.for_connector().map(|uri| uri.to_string()).as_deref(),
            Some("http://127.0.0.1:77/")
        );
        let url = slack
            .socket_url("wss://wss.slack.com/link/?ticket=hush")
            .expect("allowed");
        assert_eq!(
            url.for_connector().map(|uri| uri.to_string()).as_deref(),
            Some("https://wss.slack.com/")
        );
    }
}
