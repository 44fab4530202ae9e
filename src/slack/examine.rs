//! What Slack says of a token, for `healthbot doctor`: its owner, its scopes, and Slack's own time.

use std::collections::BTreeSet;

use chrono::DateTime;
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
    let builder = reqwest::Client::builder()
        .use_preconfigured_tls(tls)
        .timeout(DEADLINE)
        .no_proxy();
    let builder = match https_proxy.map(reqwest::Proxy::https) {
        Some(Ok(proxy)) => {
            builder.proxy(proxy.no_proxy(no_proxy.and_then(reqwest::NoProxy::from_string)))
        }
        Some(Err(_)) => return Err("the proxy cannot be used".to_owned()),
        None => builder,
    };
    let client = builder
        .build()
        .map_err(|_| "the client cannot be made".to_owned())?;
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
    let header = |name: &str| {
        answer
            .headers()
            .get(name)
            .and_then(|value| value.to_str().ok())
            .map(str::to_owned)
    };
    let scopes = header("x-oauth-scopes").map(|list| {
        list.split(',')
            .map(|scope| scope.trim().to_owned())
            .collect()
    });
    let time = header("date")
        .and_then(|date| DateTime::parse_from_rfc2822(&date).ok())
        .map(|date| date.to_utc());
    let status = answer.status();
    let body: Answer = answer
        .json()
        .await
        .map_err(|_| format!("HTTP {}", status.as_u16()))?;
    let identity = if body.ok {
        Ok((body.team.unwrap_or_default(), body.user.unwrap_or_default()))
    } else {
        Err(body
            .error
            .unwrap_or_else(|| format!("HTTP {}", status.as_u16())))
    };
    Ok(Examined {
        identity,
        scopes,
        time,
    })
}
