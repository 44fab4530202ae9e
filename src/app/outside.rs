//! Slack, the servers and the inventory, as they really are.

use std::net::SocketAddr;
use std::sync::Arc;

use futures_util::future::BoxFuture;
use hyper_util::client::proxy::matcher::Matcher;

use crate::app::StartError;
use crate::clock::SharedClock;
use crate::config::{Config, Secret};
use crate::domain::forbidden::Forbidden;
use crate::domain::outcome::Outcome;
use crate::domain::settings::Timeout;
use crate::domain::target::{Check, Target};
use crate::inventory::InventoryClient;
use crate::probe::{AddressPolicy, Prober, TcpControls, Trust, tls_fault};
use crate::service::monitor::{Probe, SharedProbe};
use crate::service::trouble::Controls;
use crate::slack::api::SlackApi;
use crate::slack::client::SharedSlack;
use crate::slack::socket::SocketClient;
use crate::slack::webhook::WebhookClient;
use crate::telemetry::metrics::Metrics;

/// How many servers TLS sessions are kept for.
const TLS_SERVERS: usize = 10_000;

/// The world as the bot meets it. The simulation stands another one behind the same faces.
pub struct Outside {
    /// Slack.
    pub slack: SharedSlack,
    /// Whoever looks at the servers.
    pub prober: SharedProbe,
    /// Whoever tells "we are offline" from "they are down".
    pub controls: Arc<dyn Controls>,
    /// Who opens Socket Mode connections, where Slack is met so.
    pub socket: Option<SocketClient>,
    /// The company's list of servers, where there is one.
    pub inventory: Option<InventoryClient>,
    /// Where it is counted what was asked of them.
    pub metrics: Arc<Metrics>,
}

impl std::fmt::Debug for Outside {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Outside")
    }
}

impl Outside {
    /// The real one.
    ///
    /// # Errors
    /// A [`StartError`] that says what to do.
    pub(super) fn real(
        config: &Config,
        own_listeners: Vec<SocketAddr>,
        clock: &SharedClock,
    ) -> Result<Self, StartError> {
        let trust = trust(config);
        let metrics = Arc::new(Metrics::default());
        Ok(Self {
            slack: slack(config, &trust, Arc::clone(&metrics))?,
            socket: socket_client(config, &trust, Arc::clone(&metrics))?,
            inventory: inventory_client(config, &trust)?,
            metrics,
            prober: Arc::new(prober(config, own_listeners, trust, clock)),
            controls: Arc::new(TcpControls::new(config.control.clone(), Arc::clone(clock))),
        })
    }
}

/// Whom the bot trusts.
pub(super) fn trust(config: &Config) -> Trust {
    match &config.authorities {
        Some(authorities) => Trust::system().and_all(authorities),
        None => Trust::system(),
    }
}

impl Probe for Prober {
    fn probe<'a>(
        &'a self,
        target: &'a Target,
        check: Check,
        timeout: Timeout,
    ) -> BoxFuture<'a, Outcome> {
        Box::pin(Prober::probe(self, target, check, timeout))
    }

    fn refuses(&self, target: &Target) -> Option<Forbidden> {
        Prober::refuses(self, target)
    }
}

impl Controls for TcpControls {
    fn any_answers(&self) -> BoxFuture<'_, Option<bool>> {
        Box::pin(TcpControls::any_answers(self))
    }
}

fn slack(config: &Config, trust: &Trust, metrics: Arc<Metrics>) -> Result<SharedSlack, StartError> {
    Ok(Arc::new(SlackApi::new(
        config.api_url.as_str(),
        config.bot_token.expose(),
        trust.client_config(),
        proxy(config),
        web_client(config, trust)?,
        metrics,
    )))
}

/// Who opens Socket Mode connections, where an app-level token is configured.
pub(super) fn socket_client(
    config: &Config,
    trust: &Trust,
    metrics: Arc<Metrics>,
) -> Result<Option<SocketClient>, StartError> {
    let Some(token) = config.app_token.clone() else {
        return Ok(None);
    };
    Ok(Some(SocketClient::new(
        &config.api_url,
        token,
        trust.client_config(),
        proxy(config),
        web_client(config, trust)?,
        metrics,
    )))
}

fn web_client(config: &Config, trust: &Trust) -> Result<WebhookClient, StartError> {
    let proxy = config.https_proxy.as_ref().map(Secret::expose);
    WebhookClient::new(trust.client_config(), proxy, config.no_proxy.as_deref())
        .map_err(|_| StartError::Client)
}

/// Which of Slack's addresses are met through a proxy.
fn proxy(config: &Config) -> Matcher {
    let proxy = config.https_proxy.as_ref().map(Secret::expose);
    Matcher::builder()
        .https(proxy.unwrap_or_default())
        .no(config.no_proxy.as_deref().unwrap_or_default())
        .build()
}

fn inventory_client(config: &Config, trust: &Trust) -> Result<Option<InventoryClient>, StartError> {
    let Some(inventory) = &config.inventory else {
        return Ok(None);
    };
    let (url, token) = (inventory.url.clone(), inventory.token.clone());
    let client = InventoryClient::new(url, token, trust.client_config(), tls_fault);
    client.map(Some).map_err(|_| StartError::Client)
}

fn prober(
    config: &Config,
    own_listeners: Vec<SocketAddr>,
    trust: Trust,
    clock: &SharedClock,
) -> Prober {
    let policy = AddressPolicy {
        allow_loopback: config.allow_loopback,
        target_networks: config.target_networks.clone(),
        own_listeners,
    };
    Prober::new(policy, trust, TLS_SERVERS, Arc::clone(clock))
}
