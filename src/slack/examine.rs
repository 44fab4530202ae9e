//! What Slack says of a token, for `healthbot doctor`: its owner, its scopes, and Slack's own time.

use std::collections::BTreeSet;

use chrono::DateTime;
use http::HeaderMap;
use serde::Deserialize;
use url::Url;

use crate::clock::Timestamp;
use crate::config::Secret;
use crate::slack::client::DEADLINE;

/// What Slack says of a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Examined {
    /// The workspace and the bot's name, or Slack's word for what is wrong.
    pub identity: Result<(String, String), String>,
    /// The scopes that the token has, where Slack says.
    pub scopes: Option<BTreeSet<String>>,
    /// Slack's time, where it says.
    pub time: Option<Timestamp>,
}

#[derive(Deserialize)]
struct Answer {
    #[serde(default)]
    ok: bool,
    team: Option<String>,
    user: Option<String>,
    error: Option<String>,
}

impl Answer {
    /// Whose the token is; where Slack says neither that nor why not, the `status` of its answer has to do.
    fn identity(self, status: String) -> Result<(String, String), String> {
        if self.ok {
            Ok((self.team.unwrap_or_default(), self.user.unwrap_or_default()))
        } else {
            Err(self.error.unwrap_or(status))
        }
    }
}

/// Asks Slack about a token.
///
/// # Errors
/// What kept Slack from answering, in words without the URL.
pub async fn examine(
    base: &Url,
    token: &Secret,
    tls: rustls::ClientConfig,
    https_proxy: Option<&str>,
    no_proxy: Option<&str>,
) -> Result<Examined, String> {
    let client = client(tls, https_proxy, no_proxy)?;
    let url = format!("{}/auth.test", base.as_str().trim_end_matches('/'));
    let sent = client.post(url).bearer_auth(token.expose()).send().await;
    let answer = sent.map_err(|error| {
        let why = if error.is_timeout() {
            "no answer in time"
        } else {
            "no connection"
        };
        why.to_owned()
    })?;
    let (scopes, time) = (scopes(answer.headers()), time(answer.headers()));
    let status = format!("HTTP {}", answer.status().as_u16());
    let body = answer.json::<Answer>().await.map_err(|_| status.clone())?;
    Ok(Examined {
        identity: body.identity(status),
        scopes,
        time,
    })
}

fn client(
    tls: rustls::ClientConfig,
    https_proxy: Option<&str>,
    no_proxy: Option<&str>,
) -> Result<reqwest::Client, String> {
    let mut builder = reqwest::Client::builder()
        .use_preconfigured_tls(tls)
        .timeout(DEADLINE)
        .no_proxy();
    if let Some(url) = https_proxy {
        let proxy = reqwest::Proxy::https(url).map_err(|_| "the proxy cannot be used")?;
        let but = no_proxy.and_then(reqwest::NoProxy::from_string);
        builder = builder.proxy(proxy.no_proxy(but));
    }
    let built = builder.build();
    built.map_err(|_| "the client cannot be made".to_owned())
}

fn scopes(headers: &HeaderMap) -> Option<BTreeSet<String>> {
    let list = headers.get("x-oauth-scopes")?.to_str().ok()?;
    let scopes = list.split(',').map(|scope| scope.trim().to_owned());
    Some(scopes.collect())
}

fn time(headers: &HeaderMap) -> Option<Timestamp> {
    let date = headers.get("date")?.to_str().ok()?;
    Some(DateTime::parse_from_rfc2822(date).ok()?.to_utc())
}
