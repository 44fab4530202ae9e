//! SIGHUP: the secrets that stand in files are read anew and take effect without a restart.

use std::sync::Arc;

use tokio::signal::unix::Signal;
use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::config::{Config, Renewed, Secret};
use crate::http::api::AdminToken;
use crate::service::delivery::Delivery;
use crate::service::socket::SocketMode;
use crate::service::workspace::Workspace;
use crate::slack::client::SharedSlack;
use crate::slack::socket::SocketClient;
use crate::slack::verify::Verifier;
use crate::telemetry::panics;

/// Hands new secrets to whoever uses them.
pub(super) struct Renewal {
    config: Config,
    slack: SharedSlack,
    socket: Option<Arc<SocketClient>>,
    verifier: Arc<Verifier>,
    admin: Option<AdminToken>,
    delivery: Arc<Delivery>,
    workspace: Arc<Workspace>,
}

impl App {
    /// The bot, which was built with `config`, with its secrets read anew at each of these signals while it runs; those
    /// that came before are one.
    #[must_use]
    pub fn renewed_at(mut self, hangups: Signal, config: &Config) -> Self {
        self.renewal = Some((self.renewal_of(config), hangups));
        self
    }

    fn renewal_of(&self, config: &Config) -> Renewal {
        Renewal {
            config: config.clone(),
            slack: Arc::clone(&self.api.slack),
            socket: self.socket.as_ref().map(SocketMode::client),
            verifier: Arc::clone(&self.routes.verifier),
            admin: self.api.token.clone(),
            delivery: Arc::clone(&self.delivery),
            workspace: Arc::clone(&self.workspace),
        }
    }
}

impl Renewal {
    /// Reads anew at each of the signals, until told to stop.
    pub(super) async fn run(self, mut hangups: Signal, stop: CancellationToken) {
        while let Some(Some(())) = stop.run_until_cancelled(hangups.recv()).await {
            if self.config.secret_files.is_empty() {
                tracing::warn!(
                    "SIGHUP: no secret stands in a file, so there is nothing to read anew"
                );
                continue;
            }
            let config = self.config.clone();
            let reading = tokio::task::spawn_blocking(move || config.read_anew());
            match stop.run_until_cancelled(reading).await {
                None => return,
                Some(Ok(renewed)) => self.take(renewed),
                Some(Err(error)) => {
                    let why = panics::broken_off(&error);
                    tracing::error!(why, "the secrets could not be read anew");
                }
            }
        }
    }

    /// What is bad is said and changes nothing; the rest takes effect.
    fn take(&self, renewed: Renewed) {
        let mut taken = Vec::new();
        if let Some(secrets) = renewed.signing_secrets {
            self.verifier.renew(secrets.iter().map(Secret::expose));
            taken.push("SLACK_SIGNING_SECRET_FILE");
        }
        if let (Some(token), Some(known)) = (renewed.admin_token, &self.admin) {
            known.renew(token.expose());
            taken.push("HEALTHBOT_ADMIN_TOKEN_FILE");
        }
        if let (Some(token), Some(socket)) = (renewed.app_token, &self.socket) {
            socket.renew_token(token);
            taken.push("SLACK_APP_TOKEN_FILE");
        }
        if let Some(token) = renewed.bot_token {
            self.slack.renew_token(&token);
            self.delivery.resume();
            self.workspace.ask_again();
            taken.push("SLACK_BOT_TOKEN_FILE");
        }
        for mistake in renewed.mistakes {
            tracing::error!(mistake, "SIGHUP: a secret stays as it was");
        }
        tracing::info!(
            files = taken.join(", "),
            "SIGHUP: the secrets are read anew"
        );
    }
}
