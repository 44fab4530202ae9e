//! The flags and environment variables, as clap reads them: nothing is checked here.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

use super::SecretFiles;

use crate::domain::language::Language;

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
    /// Ask the healthbot that runs on this machine whether it lives, for containers. Exits 0 only when it does.
    Healthcheck(HealthcheckOptions),
    /// Write the completions for a shell to standard output.
    Completions {
        /// Which shell.
        shell: Shell,
    },
    /// Write a page of the manual to standard output.
    Man {
        /// The command that the page is about; without it healthbot as a whole.
        command: Option<String>,
    },
}

/// How logs are written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
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
    pub(super) filter: String,
    /// How it is written: text or json.
    ///
    /// Text is for people. With json each line is an object, for machines.
    #[arg(
        long = "log-format",
        env = "HEALTHBOT_LOG_FORMAT",
        default_value = "text",
        value_name = "FORMAT"
    )]
    pub(super) format: String,
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
    pub(super) slack_signing_secret: Option<String>,
    /// The bot's token, xoxb-...
    #[arg(
        long,
        env = "SLACK_BOT_TOKEN",
        hide_env_values = true,
        value_name = "TOKEN"
    )]
    pub(super) slack_bot_token: Option<String>,
    /// The same from files.
    #[command(flatten)]
    pub(super) secret_files: SecretFiles,
    /// The app-level token, xapp-...: with it Slack is met over Socket Mode, without a public address and without a
    /// signing secret.
    #[arg(
        long,
        env = "SLACK_APP_TOKEN",
        hide_env_values = true,
        value_name = "TOKEN"
    )]
    pub(super) slack_app_token: Option<String>,
    /// The base of Slack's Web API, for tests and GovSlack.
    #[arg(
        long,
        env = "SLACK_API_URL",
        default_value = "https://slack.com/api",
        value_name = "URL"
    )]
    pub(super) slack_api_url: String,
    /// Where Slack's requests are taken.
    #[arg(
        long,
        env = "HEALTHBOT_LISTEN",
        default_value = "127.0.0.1:3000",
        value_name = "ADDRESS"
    )]
    pub(super) listen: String,
    /// Where the admin API, the metrics and readiness are served instead of there.
    #[arg(long, env = "HEALTHBOT_ADMIN_LISTEN", value_name = "ADDRESS")]
    pub(super) admin_listen: Option<String>,
    /// What opens the admin API; without it there is none.
    #[arg(
        long,
        env = "HEALTHBOT_ADMIN_TOKEN",
        hide_env_values = true,
        value_name = "TOKEN"
    )]
    pub(super) admin_token: Option<String>,
    /// Where everything is kept; made with mode 0700.
    #[arg(
        long,
        env = "HEALTHBOT_DATA_DIR",
        default_value = "./healthbot-data",
        value_name = "DIR"
    )]
    pub(super) data_dir: PathBuf,
    /// What the bot speaks in Slack: en or ko.
    #[arg(
        long,
        env = "HEALTHBOT_LANGUAGE",
        default_value = "en",
        value_name = "LANGUAGE"
    )]
    pub(super) language: String,
    /// Who may change things, by Slack user id, separated by commas; without it everyone in the workspace.
    #[arg(long, env = "HEALTHBOT_OPERATORS", value_name = "USERS")]
    pub(super) operators: Option<String>,
    /// PEM file of the company's own certificate authorities, trusted beside the system's.
    #[arg(long, env = "HEALTHBOT_CA_FILE", value_name = "FILE")]
    pub(super) ca_file: Option<PathBuf>,
    /// The proxy for calls to Slack over https; never used for probes.
    #[arg(long, env = "HTTPS_PROXY", hide_env_values = true, value_name = "URL")]
    pub(super) https_proxy: Option<String>,
    /// Hosts that are called without the proxy, separated by commas.
    #[arg(long, env = "NO_PROXY", value_name = "HOSTS")]
    pub(super) no_proxy: Option<String>,
    /// Probe 127.0.0.0/8 and ::1 too: true or false.
    #[arg(long, env = "HEALTHBOT_ALLOW_LOOPBACK", default_value = "false", num_args = 0..=1,
          default_missing_value = "true", value_name = "BOOL")]
    pub(super) allow_loopback: String,
    /// The status page at /, which needs no token: true or false.
    #[arg(long, env = "HEALTHBOT_STATUS_PAGE", default_value = "true", num_args = 0..=1,
          default_missing_value = "true", value_name = "BOOL")]
    pub(super) status_page: String,
    /// Addresses host:port, separated by commas, that tell "we are offline" from "they are down": when nothing answers
    /// and they do not either, no server is blamed.
    #[arg(long, env = "HEALTHBOT_CONTROL", value_name = "ADDRESSES")]
    pub(super) control: Option<String>,
    /// The company's own list of servers, from which servers are added by themselves.
    #[arg(
        long,
        env = "HEALTHBOT_INVENTORY_URL",
        hide_env_values = true,
        value_name = "URL"
    )]
    pub(super) inventory_url: Option<String>,
    /// Sent to it as a bearer token.
    #[arg(
        long,
        env = "HEALTHBOT_INVENTORY_TOKEN",
        hide_env_values = true,
        value_name = "TOKEN"
    )]
    pub(super) inventory_token: Option<String>,
    /// How often it is fetched, 1s to 1d.
    #[arg(
        long,
        env = "HEALTHBOT_INVENTORY_INTERVAL",
        default_value = "60s",
        value_name = "SPAN"
    )]
    pub(super) inventory_interval: String,
    /// The networks that may be probed at all, such as 10.0.0.0/8, separated by commas; without it every network.
    #[arg(long, env = "HEALTHBOT_TARGET_NETWORKS", value_name = "NETWORKS")]
    pub(super) target_networks: Option<String>,
    /// What is logged.
    #[command(flatten)]
    pub(super) log: LogOptions,
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

/// The options of `healthcheck`.
#[derive(Debug, Args)]
pub struct HealthcheckOptions {
    /// Where the running healthbot takes Slack's requests.
    #[arg(
        long,
        env = "HEALTHBOT_LISTEN",
        default_value = "127.0.0.1:3000",
        value_name = "ADDRESS"
    )]
    pub listen: SocketAddr,
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
    /// What the bot speaks in Slack: en or ko. The tour itself is told in English.
    #[arg(
        long,
        env = "HEALTHBOT_LANGUAGE",
        default_value = "en",
        value_name = "LANGUAGE"
    )]
    pub language: Language,
    /// What is logged beside the tour.
    #[arg(
        long = "log",
        env = "HEALTHBOT_LOG",
        default_value = "error",
        value_name = "FILTER"
    )]
    pub log: String,
}
