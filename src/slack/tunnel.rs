//! The way to Slack, through a proxy where one applies.

use std::task::{Context, Poll};

use futures_util::future::BoxFuture;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::proxy::Tunnel;
use hyper_util::client::proxy::matcher::Matcher;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tower_service::Service;

use crate::slack::client::DEADLINE;

/// Connects to where a call goes: by TLS where that is https, through the proxy where one applies.
pub(super) type Connector = hyper_rustls::HttpsConnector<TunnelConnector>;

/// What connects to Slack.
pub(super) fn connector(tls: rustls::ClientConfig, proxy: Matcher) -> Connector {
    let mut http = HttpConnector::new();
    http.enforce_http(false);
    http.set_connect_timeout(Some(DEADLINE));
    http.set_nodelay(true);
    hyper_rustls::HttpsConnectorBuilder::new()
        .with_tls_config(tls)
        .https_or_http()
        .enable_http1()
        .wrap_connector(TunnelConnector::new(http, proxy))
}

/// Connects to where a request goes, through the proxy where one is configured for it.
#[derive(Clone)]
pub(super) struct TunnelConnector {
    http: HttpConnector,
    proxy: std::sync::Arc<Matcher>,
}

impl TunnelConnector {
    /// A connector that asks `proxy` for each destination.
    #[must_use]
    pub(super) fn new(http: HttpConnector, proxy: Matcher) -> Self {
        Self {
            http,
            proxy: proxy.into(),
        }
    }
}

impl Service<http::Uri> for TunnelConnector {
    type Response = TokioIo<TcpStream>;
    type Error = Box<dyn std::error::Error + Send + Sync>;
    type Future = BoxFuture<'static, Result<Self::Response, Self::Error>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.http.poll_ready(context).map_err(Into::into)
    }

    fn call(&mut self, destination: http::Uri) -> Self::Future {
        let https = destination.scheme_str() == Some("https");
        let intercept = self.proxy.intercept(&destination).filter(|_| https);
        match intercept {
            Some(proxy) => {
                let mut tunnel = Tunnel::new(proxy.uri().clone(), self.http.clone());
                if let Some(auth) = proxy.basic_auth() {
                    tunnel = tunnel.with_auth(auth.clone());
                }
                let connecting = tunnel.call(destination);
                Box::pin(async move { connecting.await.map_err(Into::into) })
            }
            None => {
                let connecting = self.http.call(destination);
                Box::pin(async move { connecting.await.map_err(Into::into) })
            }
        }
    }
}
