//! `healthbot doctor`: what is well, what is not, and what to do about it.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use crate::app::outside::{socket_client, trust};
use crate::clock::{Clock, SystemClock};
use crate::config::{Config, Secret, ServeOptions};
use crate::probe::Trust;
use crate::slack::error::SendError;
use crate::slack::examine::{Examined, examine};
use crate::slack::{manifest, socket};
use crate::store::collections::TABLES;
use crate::store::{OpenError, Options, Store};

/// Slack refuses requests that are signed further apart than five minutes; a fifth of that is worth a word.
const CLOCKS_APART_SECONDS: i64 = 60;

/// Below this many file descriptors a few hundred slow servers would use them up.
const FEW_DESCRIPTORS: u64 = 1_024;

/// One line of the report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    what: &'static str,
    result: Result<String, String>,
}

impl Finding {
    fn well(what: &'static str, how: impl Into<String>) -> Self {
        Self {
            what,
            result: Ok(how.into()),
        }
    }

    fn wrong(what: &'static str, mend: impl Into<String>) -> Self {
        Self {
            what,
            result: Err(mend.into()),
        }
    }

    /// Whether it is as it should be.
    #[must_use]
    pub const fn is_well(&self) -> bool {
        self.result.is_ok()
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.result {
            Ok(how) => write!(f, "ok    {}: {how}", self.what),
            Err(mend) => write!(
                f,
                "WRONG {}: {}",
                self.what,
                mend.trim_end().replace('\n', "\n      ")
            ),
        }
    }
}

/// Looks at everything that `serve` with these options would need.
pub async fn examine_all(options: &ServeOptions) -> Vec<Finding> {
    let mut findings = vec![descriptors()];
    let config = match Config::check(options) {
        Ok(config) => config,
        Err(mistakes) => {
            findings.push(Finding::wrong("configuration", mistakes.to_string()));
            return findings;
        }
    };
    findings.push(Finding::well("configuration", "every option is sound"));
    findings.push(store(&config.data_dir));
    let trust = trust(&config);
    findings.extend(slack(&config, &trust).await);
    findings.extend(socket_mode(&config, &trust).await);
    findings
}

fn descriptors() -> Finding {
    let what = "file descriptors";
    match rlimit::increase_nofile_limit(u64::MAX) {
        Ok(limit) if limit >= FEW_DESCRIPTORS => {
            Finding::well(what, format!("{limit} may be open"))
        }
        Ok(limit) => Finding::wrong(
            what,
            format!(
                "only {limit} may be open: raise the limit with ulimit -n 65536, or LimitNOFILE=65536 in systemd"
            ),
        ),
        Err(error) => Finding::wrong(what, format!("the limit cannot be read: {error}")),
    }
}

fn store(dir: &Path) -> Finding {
    let what = "store";
    if !dir.exists() {
        return Finding::well(
            what,
            format!("{} will be made at the first start", dir.display()),
        );
    }
    let options = Options {
        dir: dir.to_owned(),
        cache_bytes: 16 * 1024 * 1024,
        tables: TABLES,
    };
    match Store::open(options, |_| {}).map(|store| store.sizes()) {
        Ok(Ok(sizes)) => Finding::well(what, format!("{} records, each verified", sizes.records)),
        Ok(Err(error)) => Finding::wrong(what, error.to_string()),
        Err(OpenError::Locked { pid, .. }) => {
            let pid = pid
                .map(|pid| format!(" (process {pid})"))
                .unwrap_or_default();
            Finding::well(
                what,
                format!("in use by the healthbot that is running{pid}"),
            )
        }
        Err(error) => Finding::wrong(what, error.to_string()),
    }
}

async fn slack(config: &Config, trust: &Trust) -> Vec<Finding> {
    let proxy = config.https_proxy.as_ref().map(Secret::expose);
    let no_proxy = config.no_proxy.as_deref();
    let tls = trust.client_config();
    match examine(&config.api_url, &config.bot_token, tls, proxy, no_proxy).await {
        Ok(examined) => judge(&examined),
        Err(why) => {
            let mend = format!(
                "{} does not answer ({why}): is the network there, and does it need HTTPS_PROXY?",
                config.api_url
            );
            vec![Finding::wrong("Slack", mend)]
        }
    }
}

/// Asks for a connection and opens none: the address that Slack hands out expires by itself.
async fn socket_mode(config: &Config, trust: &Trust) -> Option<Finding> {
    let what = "Socket Mode";
    let client = match socket_client(config, trust, Arc::default()) {
        Ok(client) => client?,
        Err(error) => return Some(Finding::wrong(what, error.to_string())),
    };
    Some(match client.open().await {
        Ok(_) => Finding::well(what, "Slack opens connections with SLACK_APP_TOKEN"),
        Err(SendError::Retry { reason, .. }) => Finding::wrong(
            what,
            format!("Slack opens no connection for the moment ({reason}): try again in a minute"),
        ),
        Err(error) => {
            let (word, mend) = (error.reason(), socket::mend(error.reason()));
            Finding::wrong(what, format!("Slack says {word}: {mend}"))
        }
    })
}

fn judge(examined: &Examined) -> Vec<Finding> {
    let mut findings = vec![Finding::well("Slack", "it answers")];
    match &examined.identity {
        Ok((team, user)) => findings.push(Finding::well("token", format!("{user} in {team}"))),
        Err(word) => {
            let mend = format!(
                "Slack says {word}: copy SLACK_BOT_TOKEN anew from the app's page, OAuth & Permissions"
            );
            findings.push(Finding::wrong("token", mend));
            return findings;
        }
    }
    findings.push(match &examined.scopes {
        None => Finding::well("scopes", "Slack does not say which ones the token has"),
        Some(scopes) => {
            let missing: Vec<_> = manifest::scopes().filter(|scope| !scopes.contains(*scope)).collect();
            if missing.is_empty() {
                Finding::well("scopes", "the token has all that the manifest asks for")
            } else {
                let mend = format!(
                    "the token lacks {}: paste manifest.yml into the app's page again and reinstall the app",
                    missing.join(", ")
                );
                Finding::wrong("scopes", mend)
            }
        }
    });
    if let Some(time) = examined.time {
        let apart = SystemClock::new()
            .now()
            .signed_duration_since(time)
            .num_seconds();
        findings.push(if apart.abs() <= CLOCKS_APART_SECONDS {
            Finding::well("clock", "within a minute of Slack's")
        } else {
            let mend = format!(
                "{} s away from Slack's, which refuses five minutes: set it by NTP",
                apart.abs()
            );
            Finding::wrong("clock", mend)
        });
    }
    findings
}
