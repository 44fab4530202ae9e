//! What the process is told when it starts: flags and environment variables, read once, every mistake reported at once.

mod authorities;
mod checks;
mod environment;
mod options;
mod secrets;
#[cfg(test)]
mod tests;

pub use authorities::{Authorities, AuthoritiesError};
pub use options::{
    Action, Cli, DemoOptions, ExportOptions, HealthcheckOptions, ImportOptions, ImportOrigin,
    LogFormat, LogOptions, ServeOptions,
};
pub use secrets::{Renewed, SecretFiles};

use std::collections::BTreeSet;
use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;

use ipnet::IpNet;
use url::Url;

use crate::domain::ids::UserId;
use crate::domain::language::Language;
use crate::domain::settings::Interval;
use crate::domain::target::Target;

/// A text that is in no log, error or Debug output.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Hides a text.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text, for the one place that needs it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// The company's inventory, as `serve` is told of it.
#[derive(Clone)]
pub struct InventoryConfig {
    /// Where the list is.
    pub url: Url,
    /// What it is asked with.
    pub token: Option<Secret>,
    /// How often.
    pub every: Interval,
}

impl fmt::Debug for InventoryConfig {
    /// The URL may hold a secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InventoryConfig")
            .field("every", &self.every)
            .finish_non_exhaustive()
    }
}

/// Everything that `serve` is told, sound.
#[derive(Debug, Clone)]
pub struct Config {
    /// What Slack signs with; may be empty where there is an `app_token`.
    pub signing_secrets: Vec<Secret>,
    /// What the bot opens Socket Mode connections with, where Slack is met so.
    pub app_token: Option<Secret>,
    /// What the bot calls Slack with.
    pub bot_token: Secret,
    /// Where these stand, where they stand in files.
    pub secret_files: SecretFiles,
    /// Slack's Web API.
    pub api_url: Url,
    /// Where Slack's requests are taken.
    pub listen: SocketAddr,
    /// Where the rest is served, where that is not the same.
    pub admin_listen: Option<SocketAddr>,
    /// What opens the admin API.
    pub admin_token: Option<Secret>,
    /// Where everything is kept.
    pub data_dir: PathBuf,
    /// What the bot speaks in Slack.
    pub language: Language,
    /// Who may change things; empty for everyone.
    pub operators: BTreeSet<UserId>,
    /// The company's own certificate authorities.
    pub authorities: Option<Authorities>,
    /// The proxy for calls to Slack.
    pub https_proxy: Option<Secret>,
    /// Hosts that are called without it.
    pub no_proxy: Option<String>,
    /// Whether this machine itself may be probed.
    pub allow_loopback: bool,
    /// Whether there is a status page.
    pub status_page: bool,
    /// Addresses that tell "we are offline" from "they are down".
    pub control: Vec<Target>,
    /// The company's inventory.
    pub inventory: Option<InventoryConfig>,
    /// The networks that may be probed at all; empty for every one.
    pub target_networks: Vec<IpNet>,
    /// What is logged: a filter of `tracing`.
    pub log_filter: String,
    /// How it is written.
    pub log_format: LogFormat,
}

/// Everything that is wrong with a configuration.
#[derive(Debug, PartialEq, Eq)]
pub struct Mistakes(Vec<String>);

impl fmt::Display for Mistakes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.0.len();
        writeln!(
            f,
            "the configuration has {count} mistake{}:",
            if count == 1 { "" } else { "s" }
        )?;
        for mistake in &self.0 {
            writeln!(f, "  - {mistake}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Mistakes {}

impl Config {
    /// Checks every option.
    ///
    /// # Errors
    /// All [`Mistakes`] at once, each with the variable's name and how to mend it.
    pub fn check(options: &ServeOptions) -> Result<Self, Mistakes> {
        let mut wrong = Vec::new();
        checks::texts(options, &mut wrong);
        let files = &options.secret_files;
        let app_token = files.app_token(options.slack_app_token.as_deref());
        let signed = !app_token.is_given();
        let config = Self {
            signing_secrets: files
                .signing_secret(options.slack_signing_secret.as_deref())
                .check(
                    |text, wrong| checks::signing_secrets(text, signed, wrong),
                    &mut wrong,
                ),
            app_token: app_token.check(checks::app_token, &mut wrong),
            bot_token: files
                .bot_token(options.slack_bot_token.as_deref())
                .check(checks::bot_token, &mut wrong),
            secret_files: files.clone(),
            api_url: checks::api_url_of(&options.slack_api_url, &mut wrong),
            listen: checks::listen(&options.listen, "HEALTHBOT_LISTEN", &mut wrong),
            admin_listen: options
                .admin_listen
                .as_deref()
                .map(|text| checks::listen(text, "HEALTHBOT_ADMIN_LISTEN", &mut wrong)),
            admin_token: files
                .admin_token(options.admin_token.as_deref())
                .check(checks::admin_token, &mut wrong),
            data_dir: options.data_dir.clone(),
            language: checks::language(&options.language, &mut wrong),
            operators: checks::operators(options.operators.as_deref(), &mut wrong),
            authorities: checks::authorities(options.ca_file.as_deref(), &mut wrong),
            https_proxy: checks::proxy(options.https_proxy.as_deref(), &mut wrong),
            no_proxy: options.no_proxy.clone(),
            allow_loopback: checks::boolean(
                &options.allow_loopback,
                "HEALTHBOT_ALLOW_LOOPBACK",
                &mut wrong,
            ),
            status_page: checks::boolean(&options.status_page, "HEALTHBOT_STATUS_PAGE", &mut wrong),
            control: checks::control(options.control.as_deref(), &mut wrong),
            inventory: checks::inventory(options, &mut wrong),
            target_networks: checks::networks(options.target_networks.as_deref(), &mut wrong),
            log_filter: checks::log_filter(&options.log.filter, &mut wrong),
            log_format: checks::log_format(&options.log.format, &mut wrong),
        };
        let config = config.at_one_door();
        config.guard_admin_api(&mut wrong);
        if wrong.is_empty() {
            Ok(config)
        } else {
            Err(Mistakes(wrong))
        }
    }
}

/// What a token needs to be long enough to be tried from elsewhere, in characters.
const TOKEN_CHARS: usize = 32;

impl Config {
    /// Without an admin address that is the same as Slack's; of two free ports each is another.
    fn at_one_door(self) -> Self {
        let listen = self.listen;
        let another = |admin: &SocketAddr| *admin != listen || listen.port() == 0;
        Self {
            admin_listen: self.admin_listen.filter(another),
            ..self
        }
    }

    /// Whoever reaches the admin API can try tokens.
    fn guard_admin_api(&self, wrong: &mut Vec<String>) {
        let (at, name) = match self.admin_listen {
            Some(at) => (at, "HEALTHBOT_ADMIN_LISTEN"),
            None => (self.listen, "HEALTHBOT_LISTEN"),
        };
        let short = |token: &Secret| token.expose().chars().count() < TOKEN_CHARS;
        if !at.ip().to_canonical().is_loopback() && self.admin_token.as_ref().is_some_and(short) {
            wrong.push(format!(
                "HEALTHBOT_ADMIN_TOKEN has less than {TOKEN_CHARS} characters, and {name} is {at}, beyond this machine: \
                 take a longer one (openssl rand -hex 32), none at all, or an address such as 127.0.0.1:3001"
            ));
        }
    }

    /// The configuration of a bot that lives in a workspace on this machine.
    #[must_use]
    pub fn for_demo(api_url: &str, secret: Secret, token: Secret, data_dir: PathBuf) -> Self {
        Self {
            signing_secrets: vec![secret],
            app_token: None,
            bot_token: token,
            secret_files: SecretFiles::default(),
            api_url: checks::api_url_of(api_url, &mut Vec::new()),
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            admin_listen: None,
            admin_token: None,
            data_dir,
            language: Language::default(),
            operators: BTreeSet::new(),
            authorities: None,
            https_proxy: None,
            no_proxy: None,
            allow_loopback: true,
            status_page: true,
            control: Vec::new(),
            inventory: None,
            target_networks: Vec::new(),
            log_filter: "error".to_owned(),
            log_format: LogFormat::Text,
        }
    }
}
