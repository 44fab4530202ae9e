//! What the process is told when it starts: flags and environment variables, read once, every mistake reported at once.

use std::collections::BTreeSet;
use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use clap::{Args, Parser, Subcommand, ValueEnum};
use ipnet::IpNet;
use tracing_subscriber::EnvFilter;
use url::Url;

use crate::domain::ids::UserId;
use crate::domain::settings::Interval;
use crate::domain::target::{Address, Target};

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

/// A Slack-native server monitor: it probes your servers and tells the channel, once and fast.
#[derive(Debug, Parser)]
#[command(name = "healthbot", version, about, max_term_width = 100)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub action: Action,
}

/// What the process is to do.
#[derive(Debug, Subcommand)]
pub enum Action {
    /// Run the bot.
    Serve(Box<ServeOptions>),
    /// Run the whole system on this machine without a Slack workspace: a tour in the terminal, and a page that looks
    /// and works like a Slack channel.
    Demo(DemoOptions),
    /// Check the configuration, the token, its scopes and the store, and say what to do. Exits 0 only when all is well.
    Doctor(Box<ServeOptions>),
    /// Write the whole state as JSON lines with a checksum.
    Export(ExportOptions),
    /// Read such lines into an empty store, or add the servers of another monitor's configuration to any.
    Import(ImportOptions),
}

/// How logs are written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// A JSON object a line, for machines.
    Json,
}

/// What is logged, and how.
#[derive(Debug, Clone, Args)]
pub struct LogOptions {
    /// What is logged: error, warn, info, debug, trace, or a filter of `tracing`.
    #[arg(
        long = "log",
        env = "HEALTHBOT_LOG",
        default_value = "info",
        value_name = "FILTER"
    )]
    pub filter: String,
    /// How it is written.
    #[arg(
        long = "log-format",
        env = "HEALTHBOT_LOG_FORMAT",
        default_value = "text",
        value_enum
    )]
    pub format: LogFormat,
}

/// The options of `serve`, as they were given.
#[derive(Debug, Args)]
pub struct ServeOptions {
    /// The app's signing secret; two, separated by a comma, while one is being rotated.
    #[arg(
        long,
        env = "SLACK_SIGNING_SECRET",
        hide_env_values = true,
        value_name = "SECRET"
    )]
    slack_signing_secret: Option<String>,
    /// The bot's token, xoxb-...
    #[arg(
        long,
        env = "SLACK_BOT_TOKEN",
        hide_env_values = true,
        value_name = "TOKEN"
    )]
    slack_bot_token: Option<String>,
    /// The base of Slack's Web API, for tests and GovSlack.
    #[arg(
        long,
        env = "SLACK_API_URL",
        default_value = "https://slack.com/api",
        value_name = "URL"
    )]
    slack_api_url: String,
    /// Where Slack's requests are taken.
    #[arg(
        long,
        env = "HEALTHBOT_LISTEN",
        default_value = "127.0.0.1:3000",
        value_name = "ADDRESS"
    )]
    listen: String,
    /// Where the admin API, the metrics and readiness are served instead of there.
    #[arg(long, env = "HEALTHBOT_ADMIN_LISTEN", value_name = "ADDRESS")]
    admin_listen: Option<String>,
    /// What opens the admin API; without it there is none.
    #[arg(
        long,
        env = "HEALTHBOT_ADMIN_TOKEN",
        hide_env_values = true,
        value_name = "TOKEN"
    )]
    admin_token: Option<String>,
    /// Where everything is kept; made with mode 0700.
    #[arg(
        long,
        env = "HEALTHBOT_DATA_DIR",
        default_value = "./healthbot-data",
        value_name = "DIR"
    )]
    data_dir: PathBuf,
    /// Who may change things, by Slack user id, separated by commas; without it everyone in the workspace.
    #[arg(long, env = "HEALTHBOT_OPERATORS", value_name = "USERS")]
    operators: Option<String>,
    /// PEM file of the company's own certificate authorities, trusted beside the system's.
    #[arg(long, env = "HEALTHBOT_CA_FILE", value_name = "FILE")]
    ca_file: Option<PathBuf>,
    /// The proxy for calls to Slack over https; never used for probes.
    #[arg(long, env = "HTTPS_PROXY", hide_env_values = true, value_name = "URL")]
    https_proxy: Option<String>,
    /// Hosts that are called without the proxy, separated by commas.
    #[arg(long, env = "NO_PROXY", value_name = "HOSTS")]
    no_proxy: Option<String>,
    /// Probe 127.0.0.0/8 and ::1 too: true or false.
    #[arg(long, env = "HEALTHBOT_ALLOW_LOOPBACK", default_value = "false", num_args = 0..=1,
          default_missing_value = "true", value_name = "BOOL")]
    allow_loopback: String,
    /// The status page at /, which needs no token: true or false.
    #[arg(long, env = "HEALTHBOT_STATUS_PAGE", default_value = "true", num_args = 0..=1,
          default_missing_value = "true", value_name = "BOOL")]
    status_page: String,
    /// Addresses host:port, separated by commas, that tell "we are offline" from "they are down": when nothing answers
    /// and they do not either, no server is blamed.
    #[arg(long, env = "HEALTHBOT_CONTROL", value_name = "ADDRESSES")]
    control: Option<String>,
    /// The company's own list of servers, from which servers are added by themselves.
    #[arg(
        long,
        env = "HEALTHBOT_INVENTORY_URL",
        hide_env_values = true,
        value_name = "URL"
    )]
    inventory_url: Option<String>,
    /// Sent to it as a bearer token.
    #[arg(
        long,
        env = "HEALTHBOT_INVENTORY_TOKEN",
        hide_env_values = true,
        value_name = "TOKEN"
    )]
    inventory_token: Option<String>,
    /// How often it is fetched, 1s to 1d.
    #[arg(
        long,
        env = "HEALTHBOT_INVENTORY_INTERVAL",
        default_value = "60s",
        value_name = "SPAN"
    )]
    inventory_interval: String,
    /// The networks that may be probed at all, such as 10.0.0.0/8, separated by commas; without it every network.
    #[arg(long, env = "HEALTHBOT_TARGET_NETWORKS", value_name = "NETWORKS")]
    target_networks: Option<String>,
    /// What is logged.
    #[command(flatten)]
    pub log: LogOptions,
}

/// The options of `export`.
#[derive(Debug, Args)]
pub struct ExportOptions {
    /// Where everything is kept.
    #[arg(
        long,
        env = "HEALTHBOT_DATA_DIR",
        default_value = "./healthbot-data",
        value_name = "DIR"
    )]
    pub data_dir: PathBuf,
    /// The file to write; without it standard output.
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// The options of `import`.
#[derive(Debug, Args)]
pub struct ImportOptions {
    /// Where everything is kept; it must hold nothing yet, unless it is another monitor's file that is read.
    #[arg(
        long,
        env = "HEALTHBOT_DATA_DIR",
        default_value = "./healthbot-data",
        value_name = "DIR"
    )]
    pub data_dir: PathBuf,
    /// Whose configuration the file is, where it is another monitor's: its servers are added to those that there are.
    #[arg(long, value_enum, value_name = "MONITOR")]
    pub from: Option<ImportOrigin>,
    /// Only say what would be added.
    #[arg(long, requires = "from")]
    pub dry_run: bool,
    /// The file to read; without it, or with -, standard input.
    #[arg(value_name = "FILE")]
    pub file: Option<PathBuf>,
}

/// The other monitors whose configuration can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ImportOrigin {
    /// Its JSON backup, or what sqlite3 -json kuma.db 'select * from monitor' prints.
    UptimeKuma,
    /// Its YAML.
    Gatus,
    /// A scrape configuration for the blackbox exporter, or a file of targets (file_sd).
    Prometheus,
}

/// The options of `demo`.
#[derive(Debug, Args)]
pub struct DemoOptions {
    /// Where the demo's page is served; without it on a free port of this machine.
    #[arg(
        long,
        env = "HEALTHBOT_LISTEN",
        default_value = "127.0.0.1:0",
        value_name = "ADDRESS"
    )]
    pub listen: SocketAddr,
    /// Where everything is kept; without it in a new directory that is removed at the end.
    #[arg(long, env = "HEALTHBOT_DATA_DIR", value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
    /// What is logged beside the tour.
    #[arg(
        long = "log",
        env = "HEALTHBOT_LOG",
        default_value = "error",
        value_name = "FILTER"
    )]
    pub log: String,
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
    /// What Slack signs with.
    pub signing_secrets: Vec<Secret>,
    /// What the bot calls Slack with.
    pub bot_token: Secret,
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
    /// Who may change things; empty for everyone.
    pub operators: BTreeSet<UserId>,
    /// The company's own certificate authorities.
    pub ca_file: Option<PathBuf>,
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
        let config = Self {
            signing_secrets: signing_secrets(options.slack_signing_secret.as_deref(), &mut wrong),
            bot_token: bot_token(options.slack_bot_token.as_deref(), &mut wrong),
            api_url: api_url_of(&options.slack_api_url, &mut wrong),
            listen: listen(&options.listen, "HEALTHBOT_LISTEN", &mut wrong),
            admin_listen: options
                .admin_listen
                .as_deref()
                .map(|text| listen(text, "HEALTHBOT_ADMIN_LISTEN", &mut wrong)),
            admin_token: admin_token(options.admin_token.as_deref(), &mut wrong),
            data_dir: options.data_dir.clone(),
            operators: operators(options.operators.as_deref(), &mut wrong),
            ca_file: ca_file(options.ca_file.as_deref(), &mut wrong),
            https_proxy: proxy(options.https_proxy.as_deref(), &mut wrong),
            no_proxy: options.no_proxy.clone(),
            allow_loopback: boolean(
                &options.allow_loopback,
                "HEALTHBOT_ALLOW_LOOPBACK",
                &mut wrong,
            ),
            status_page: boolean(&options.status_page, "HEALTHBOT_STATUS_PAGE", &mut wrong),
            control: control(options.control.as_deref(), &mut wrong),
            inventory: inventory(options, &mut wrong),
            target_networks: networks(options.target_networks.as_deref(), &mut wrong),
        };
        config.guard_admin_api(&mut wrong);
        if let Err(error) = EnvFilter::try_new(&options.log.filter) {
            wrong.push(format!(
                "HEALTHBOT_LOG is a filter such as info or healthbot=debug: {error}"
            ));
        }
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
            bot_token: token,
            api_url: api_url_of(api_url, &mut Vec::new()),
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            admin_listen: None,
            admin_token: None,
            data_dir,
            operators: BTreeSet::new(),
            ca_file: None,
            https_proxy: None,
            no_proxy: None,
            allow_loopback: true,
            status_page: true,
            control: Vec::new(),
            inventory: None,
            target_networks: Vec::new(),
        }
    }
}

fn items(text: Option<&str>) -> impl Iterator<Item = &str> {
    text.unwrap_or_default()
        .split(',')
        .map(str::trim)
        .filter(|item| !item.is_empty())
}

fn signing_secrets(text: Option<&str>, wrong: &mut Vec<String>) -> Vec<Secret> {
    let secrets: Vec<_> = items(text).map(Secret::new).collect();
    if secrets.is_empty() {
        wrong.push(
            "SLACK_SIGNING_SECRET is missing: copy it from the app's page, Basic Information, App Credentials".into(),
        );
    }
    secrets
}

fn bot_token(text: Option<&str>, wrong: &mut Vec<String>) -> Secret {
    let token = text.map(str::trim).unwrap_or_default();
    if token.is_empty() {
        wrong.push(
            "SLACK_BOT_TOKEN is missing: copy it from the app's page, OAuth & Permissions; it begins with xoxb-".into(),
        );
    } else if token.starts_with("xapp-") || !token.bytes().all(|b| b.is_ascii_graphic()) {
        wrong.push("SLACK_BOT_TOKEN is no bot token: the right one begins with xoxb-".into());
    }
    Secret::new(token)
}

fn api_url_of(text: &str, wrong: &mut Vec<String>) -> Url {
    let fallback = || {
        Url::parse("https://slack.com/api")
            .unwrap_or_else(|_| unreachable!("a constant that is a URL"))
    };
    match Url::parse(text.trim()) {
        Ok(url) if matches!(url.scheme(), "http" | "https") && url.has_host() => url,
        _ => {
            wrong.push(format!("SLACK_API_URL is no http(s) URL: {text}"));
            fallback()
        }
    }
}

fn listen(text: &str, name: &str, wrong: &mut Vec<String>) -> SocketAddr {
    text.trim().parse().unwrap_or_else(|_| {
        wrong.push(format!(
            "{name} is an address and a port, such as 127.0.0.1:3000, not {text}"
        ));
        SocketAddr::from(([127, 0, 0, 1], 0))
    })
}

fn admin_token(text: Option<&str>, wrong: &mut Vec<String>) -> Option<Secret> {
    let token = text.map(str::trim).filter(|token| !token.is_empty())?;
    if !token.bytes().all(|byte| byte.is_ascii_graphic()) {
        wrong.push(
            "HEALTHBOT_ADMIN_TOKEN holds blanks or letters beyond ASCII, which an Authorization header cannot carry: \
             take another, such as openssl rand -hex 32 prints"
                .into(),
        );
    }
    Some(Secret::new(token))
}

fn ca_file(path: Option<&Path>, wrong: &mut Vec<String>) -> Option<PathBuf> {
    let path = path?;
    if let Err(error) = std::fs::File::open(path) {
        wrong.push(format!(
            "HEALTHBOT_CA_FILE {} cannot be read: {error}",
            path.display()
        ));
    }
    Some(path.to_owned())
}

fn operators(text: Option<&str>, wrong: &mut Vec<String>) -> BTreeSet<UserId> {
    items(text)
        .filter(|id| {
            let sound = id.len() > 1 && id.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
            if !sound {
                wrong.push(format!(
                    "HEALTHBOT_OPERATORS takes Slack user ids such as U012AB3CD, separated by commas, not {id}"
                ));
            }
            sound
        })
        .map(UserId::new)
        .collect()
}

fn proxy(text: Option<&str>, wrong: &mut Vec<String>) -> Option<Secret> {
    let text = text.map(str::trim).filter(|text| !text.is_empty())?;
    let sound = Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https"));
    if !sound {
        // The URL may hold a password.
        wrong.push("HTTPS_PROXY is no http(s) URL".into());
    }
    Some(Secret::new(text))
}

fn boolean(text: &str, name: &str, wrong: &mut Vec<String>) -> bool {
    match text.trim().to_ascii_lowercase().as_str() {
        "true" | "1" | "yes" | "on" => true,
        "false" | "0" | "no" | "off" | "" => false,
        _ => {
            wrong.push(format!("{name} is true or false, not {text}"));
            false
        }
    }
}

fn inventory(options: &ServeOptions, wrong: &mut Vec<String>) -> Option<InventoryConfig> {
    let every = Interval::parse(&options.inventory_interval);
    if every.is_err() {
        wrong.push(
            "HEALTHBOT_INVENTORY_INTERVAL is a length of time from 1s to 1d, such as 60s".into(),
        );
    }
    let text = options
        .inventory_url
        .as_deref()
        .map(str::trim)
        .filter(|text| !text.is_empty())?;
    let url = Url::parse(text)
        .ok()
        .filter(|url| matches!(url.scheme(), "http" | "https"));
    if url.is_none() {
        // The URL may hold a secret.
        wrong.push("HEALTHBOT_INVENTORY_URL is no http(s) URL".into());
    }
    let token = options
        .inventory_token
        .as_deref()
        .map(str::trim)
        .filter(|text| !text.is_empty());
    Some(InventoryConfig {
        url: url?,
        token: token.map(Secret::new),
        every: every.ok()?,
    })
}

fn control(text: Option<&str>, wrong: &mut Vec<String>) -> Vec<Target> {
    items(text)
        .filter_map(|item| match Address::parse(item) {
            Ok(address) if address.check.is_none() => Some(address.target),
            _ => {
                wrong.push(format!(
                    "HEALTHBOT_CONTROL takes addresses such as 10.0.0.1:443, separated by commas, not {item}"
                ));
                None
            }
        })
        .collect()
}

fn networks(text: Option<&str>, wrong: &mut Vec<String>) -> Vec<IpNet> {
    items(text)
        .filter_map(|item| {
            let network = item.parse().or_else(|_| item.parse::<std::net::IpAddr>().map(IpNet::from));
            if network.is_err() {
                wrong.push(format!(
                    "HEALTHBOT_TARGET_NETWORKS takes networks such as 10.0.0.0/8, separated by commas, not {item}"
                ));
            }
            network.ok()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(arguments: &[&str]) -> ServeOptions {
        let arguments = ["healthbot", "serve"].iter().chain(arguments);
        match Cli::try_parse_from(arguments).expect("parses").action {
            Action::Serve(options) => *options,
            _ => panic!("another action"),
        }
    }

    #[test]
    fn every_mistake_is_named_at_once_and_no_secret_is_shown() {
        let options = options(&[
            "--slack-bot-token=xapp-1-secret",
            "--listen=here",
            "--slack-api-url=slack.com",
            "--operators=ann",
            "--allow-loopback=maybe",
            "--status-page=perhaps",
            "--target-networks=10.0.0.0/99",
            "--https-proxy=user:secret@proxy",
            "--ca-file=/nowhere/ca.pem",
            "--log=healthbot=loudly",
        ]);
        let mistakes = Config::check(&options).expect_err("wrong").to_string();
        for name in [
            "11 mistakes",
            "SLACK_SIGNING_SECRET",
            "SLACK_BOT_TOKEN",
            "SLACK_API_URL",
            "HEALTHBOT_LISTEN",
            "HEALTHBOT_OPERATORS",
            "HEALTHBOT_ALLOW_LOOPBACK",
            "HEALTHBOT_STATUS_PAGE",
            "HEALTHBOT_TARGET_NETWORKS",
            "HTTPS_PROXY",
            "HEALTHBOT_CA_FILE",
            "HEALTHBOT_LOG",
        ] {
            assert!(mistakes.contains(name), "{name} in {mistakes}");
        }
        assert!(!mistakes.contains("secret"));
    }

    #[test]
    fn beyond_this_machine_the_admin_api_has_a_long_token_or_none() {
        let long = "x".repeat(TOKEN_CHARS);
        let check = |listen: &str, admin_listen: &str, token: &str| {
            let mut given = vec![
                "--slack-signing-secret=hush".to_owned(),
                "--slack-bot-token=xoxb-hush".to_owned(),
                format!("--listen={listen}"),
                format!("--admin-token={token}"),
            ];
            if !admin_listen.is_empty() {
                given.push(format!("--admin-listen={admin_listen}"));
            }
            let given: Vec<_> = given.iter().map(String::as_str).collect();
            Config::check(&options(&given)).map_err(|mistakes| mistakes.to_string())
        };
        let (here, everywhere) = ("127.0.0.1:3000", "0.0.0.0:3000");
        for (listen, admin_listen, token) in [
            (here, "", "short"),
            ("[::1]:3000", "", "short"),
            (everywhere, "", ""),
            (everywhere, "", long.as_str()),
            (everywhere, "127.0.0.1:3001", "short"),
        ] {
            assert!(
                check(listen, admin_listen, token).is_ok(),
                "{listen} {admin_listen}"
            );
        }
        for (listen, admin_listen) in [(everywhere, ""), (here, "10.0.0.1:3001"), ("[::]:3000", "")]
        {
            let mistakes = check(listen, admin_listen, &long[1..]).expect_err("too short");
            assert!(mistakes.contains("HEALTHBOT_ADMIN_TOKEN") && !mistakes.contains("xxx"));
        }
        assert!(check(here, "", "two words").is_err() && check(here, "there", "").is_err());
    }

    #[test]
    fn a_sound_configuration_is_taken_and_hides_its_secrets() {
        let options = options(&[
            "--slack-signing-secret=new-hush, old-hush",
            "--slack-bot-token=xoxb-hush",
            "--allow-loopback",
            "--target-networks=10.0.0.0/8, 192.168.1.7",
        ]);
        let config = Config::check(&options).expect("sound");
        assert_eq!(
            (config.signing_secrets.len(), config.target_networks.len()),
            (2, 2)
        );
        assert!(config.allow_loopback);
        assert!(!format!("{config:?}").contains("hush"));
    }
}
