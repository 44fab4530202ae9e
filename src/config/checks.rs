//! Each option's own rule: a text to its value, or to a mistake that says how to mend it.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::Path;

use ipnet::IpNet;
use tracing_subscriber::EnvFilter;
use url::Url;

use super::{Authorities, InventoryConfig, LogFormat, Secret, ServeOptions};
use crate::domain::ids::UserId;
use crate::domain::language::Language;
use crate::domain::settings::Interval;
use crate::domain::target::{Address, Target};

fn items(text: Option<&str>) -> impl Iterator<Item = &str> {
    text.unwrap_or_default()
        .split(',')
        .map(str::trim)
        .filter(|item| !item.is_empty())
}

/// What is said where Slack can neither sign its requests nor be met over Socket Mode.
const NO_WAY_IN: &str = "SLACK_SIGNING_SECRET is missing: copy it from the app's page, Basic Information, App Credentials; or set SLACK_APP_TOKEN, which needs neither it nor a public address";

pub(super) fn signing_secrets(
    text: Option<&str>,
    needed: bool,
    wrong: &mut Vec<String>,
) -> Vec<Secret> {
    let secrets: Vec<_> = items(text).map(Secret::new).collect();
    if secrets.is_empty() && needed {
        wrong.push(NO_WAY_IN.to_owned());
    }
    secrets
}

/// The token where one is given, even a wrong one: then nothing is said of a missing signing secret.
pub(super) fn app_token(text: Option<&str>, wrong: &mut Vec<String>) -> Option<Secret> {
    let token = text.map(str::trim).filter(|token| !token.is_empty())?;
    if !token.starts_with("xapp-") || !token.bytes().all(|b| b.is_ascii_graphic()) {
        wrong.push(
            "SLACK_APP_TOKEN is no app-level token: make one with the scope connections:write on the app's page, Basic \
             Information, App-Level Tokens; it begins with xapp-"
                .into(),
        );
    }
    Some(Secret::new(token))
}

pub(super) fn bot_token(text: Option<&str>, wrong: &mut Vec<String>) -> Secret {
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

pub(super) fn api_url_of(text: &str, wrong: &mut Vec<String>) -> Url {
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

pub(super) fn listen(text: &str, name: &str, wrong: &mut Vec<String>) -> SocketAddr {
    text.trim().parse().unwrap_or_else(|_| {
        wrong.push(format!(
            "{name} is an address and a port, such as 127.0.0.1:3000, not {text}"
        ));
        SocketAddr::from(([127, 0, 0, 1], 0))
    })
}

pub(super) fn admin_token(text: Option<&str>, wrong: &mut Vec<String>) -> Option<Secret> {
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

pub(super) fn authorities(path: Option<&Path>, wrong: &mut Vec<String>) -> Option<Authorities> {
    match Authorities::read(path?) {
        Ok(authorities) => Some(authorities),
        Err(error) => {
            wrong.push(format!("HEALTHBOT_CA_FILE: {error}"));
            None
        }
    }
}

pub(super) fn log_filter(text: &str, wrong: &mut Vec<String>) -> String {
    if let Err(error) = EnvFilter::try_new(text) {
        wrong.push(format!(
            "HEALTHBOT_LOG is a filter such as info or healthbot=debug: {error}"
        ));
    }
    text.to_owned()
}

pub(super) fn log_format(text: &str, wrong: &mut Vec<String>) -> LogFormat {
    match text.trim().to_ascii_lowercase().as_str() {
        "text" => LogFormat::Text,
        "json" => LogFormat::Json,
        _ => {
            wrong.push(format!("HEALTHBOT_LOG_FORMAT is text or json, not {text}"));
            LogFormat::default()
        }
    }
}

/// Those of the options whose own rule would take anything.
pub(super) fn texts(options: &ServeOptions, wrong: &mut Vec<String>) {
    for (name, text) in [
        ("SLACK_SIGNING_SECRET", &options.slack_signing_secret),
        ("HTTPS_PROXY", &options.https_proxy),
        ("NO_PROXY", &options.no_proxy),
        ("HEALTHBOT_INVENTORY_URL", &options.inventory_url),
        ("HEALTHBOT_INVENTORY_TOKEN", &options.inventory_token),
        ("HEALTHBOT_LOG", &Some(options.log.filter.clone())),
    ] {
        if text
            .as_deref()
            .is_some_and(|text| text.contains(char::REPLACEMENT_CHARACTER))
        {
            wrong.push(format!("{name} holds bytes that are no text (UTF-8)"));
        }
    }
}

pub(super) fn language(text: &str, wrong: &mut Vec<String>) -> Language {
    text.parse().unwrap_or_else(|error| {
        wrong.push(format!("HEALTHBOT_LANGUAGE: {error}"));
        Language::default()
    })
}

pub(super) fn operators(text: Option<&str>, wrong: &mut Vec<String>) -> BTreeSet<UserId> {
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

pub(super) fn proxy(text: Option<&str>, wrong: &mut Vec<String>) -> Option<Secret> {
    let text = text.map(str::trim).filter(|text| !text.is_empty())?;
    let sound = Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https"));
    if !sound {
        // The URL may hold a password.
        wrong.push("HTTPS_PROXY is no http(s) URL".into());
    }
    Some(Secret::new(text))
}

pub(super) fn boolean(text: &str, name: &str, wrong: &mut Vec<String>) -> bool {
    match text.trim().to_ascii_lowercase().as_str() {
        "true" | "1" | "yes" | "on" => true,
        "false" | "0" | "no" | "off" | "" => false,
        _ => {
            wrong.push(format!("{name} is true or false, not {text}"));
            false
        }
    }
}

pub(super) fn inventory(
    options: &ServeOptions,
    wrong: &mut Vec<String>,
) -> Option<InventoryConfig> {
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

pub(super) fn control(text: Option<&str>, wrong: &mut Vec<String>) -> Vec<Target> {
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

pub(super) fn networks(text: Option<&str>, wrong: &mut Vec<String>) -> Vec<IpNet> {
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
