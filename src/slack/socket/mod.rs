//! Socket Mode: a WebSocket that the bot opens, over which Slack sends what it would else post to the three routes.
//! Rules: <https://docs.slack.dev/apis/events-api/using-socket-mode>.

mod connection;
mod envelope;

pub use connection::{Connection, Gone, Heard};
pub use envelope::{Content, Envelope, Frame, Parting};

use std::fmt;
use std::sync::Arc;

use hyper_util::client::proxy::matcher::Matcher;
use serde::Deserialize;
use tokio::sync::watch;
use url::Url;

use crate::config::Secret;
use crate::slack::error::SendError;
use crate::slack::hosts::{HostRule, SocketUrl};
use crate::slack::tunnel::{Connector, connector};
use crate::slack::webhook::WebhookClient;
use crate::telemetry::metrics::Metrics;

/// The method that hands out connections, as it is counted too.
const OPEN: &str = "apps.connections.open";

/// Opens connections with the app-level token.
pub struct SocketClient {
    client: WebhookClient,
    connector: Connector,
    url: String,
    token: watch::Sender<Secret>,
    hosts: HostRule,
    metrics: Arc<Metrics>,
}

impl fmt::Debug for SocketClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SocketClient")
    }
}

#[derive(Deserialize)]
struct Answer {
    #[serde(default)]
    ok: bool,
    url: Option<String>,
    error: Option<String>,
}

impl SocketClient {
    /// A client for the API at `base`; `client` asks for connections, which then go through `proxy` as well.
    #[must_use]
    pub fn new(
        base: &Url,
        token: Secret,
        tls: rustls::ClientConfig,
        proxy: Matcher,
        client: WebhookClient,
        metrics: Arc<Metrics>,
    ) -> Self {
        Self {
            client,
            connector: connector(tls, proxy),
            url: format!("{}/{OPEN}", base.as_str().trim_end_matches('/')),
            token: watch::Sender::new(token),
            hosts: HostRule::new(base),
            metrics,
        }
    }

    /// The token for the next connection and all after it.
    pub fn renew_token(&self, token: Secret) {
        self.token.send_replace(token);
    }

    /// Tells of each new token from now on.
    #[must_use]
    pub fn renewals(&self) -> watch::Receiver<Secret> {
        self.token.subscribe()
    }

    /// Which hosts may be answered.
    #[must_use]
    pub const fn hosts(&self) -> &HostRule {
        &self.hosts
    }

    /// Asks Slack for the address of one new connection. Nothing is connected yet; the address expires by itself.
    ///
    /// # Errors
    /// A [`SendError`]: [`SendError::Retry`] where Slack may say yes later, else a person has to mend something, as
    /// [`mend`] says.
    pub async fn open(&self) -> Result<SocketUrl, SendError> {
        let asked = self.ask().await;
        let outcome = asked.as_ref().err().map_or("ok", SendError::kind);
        self.metrics.called_slack(OPEN, outcome);
        asked
    }

    async fn ask(&self) -> Result<SocketUrl, SendError> {
        let token = self.token.borrow().clone();
        let answer: Answer = self.client.ask(&self.url, &token).await?;
        if !answer.ok {
            return Err(SendError::of_name(&answer.error.unwrap_or_default()));
        }
        let url = answer.url.and_then(|url| self.hosts.socket_url(&url));
        url.ok_or_else(|| SendError::Ours {
            reason: "the connection's address is not one of Slack's".to_owned(),
        })
    }

    /// Opens the connection, through the proxy where one applies. An address is good once.
    ///
    /// # Errors
    /// [`SendError::Retry`], in words without the address.
    pub async fn connect(&self, url: &SocketUrl) -> Result<Connection, SendError> {
        Connection::open(self.connector.clone(), url).await
    }
}

/// What to do about Slack's word for why there is no connection.
#[must_use]
pub fn mend(word: &str) -> &'static str {
    match word {
        "link_disabled" => {
            "Socket Mode is switched off: switch it on on the app's page, Settings, Socket Mode"
        }
        "missing_scope" | "no_permission" => {
            "SLACK_APP_TOKEN lacks the scope connections:write: make another on the app's page, Basic Information, App-Level \
             Tokens"
        }
        "not_allowed_token_type" => {
            "SLACK_APP_TOKEN is not an app-level token: make one on the app's page, Basic Information, App-Level Tokens; it \
             begins with xapp-"
        }
        "invalid_auth" | "not_authed" | "token_revoked" | "token_expired" | "account_inactive" => {
            "SLACK_APP_TOKEN is not good, or no longer: copy it anew from the app's page, Basic Information, App-Level Tokens"
        }
        _ => {
            "look at the app's page: is Socket Mode on (Settings, Socket Mode), and is the token still there (Basic \
             Information, App-Level Tokens)?"
        }
    }
}
