//! Gatus: the list `endpoints` of its YAML (`services` in old versions).
//!
//! Shapes: <https://github.com/TwiN/gatus>, README, "Endpoints" and "Conditions".

use std::collections::HashMap;
use std::time::Duration;

use serde_json::Value;

use crate::switch::draft::{Draft, is_healthy_here};
use crate::switch::{Entry, Found, Unreadable, duration, yaml};

/// Gatus' own defaults, which hold where an endpoint is silent.
const INTERVAL: Duration = Duration::from_secs(60);
const FAILURES: u64 = 3;
const RECOVERIES: u64 = 2;

pub(super) fn read(text: &str) -> Result<Vec<Entry>, Unreadable> {
    let file = yaml::read(text)?;
    let endpoints = file.get("endpoints").or_else(|| file.get("services"));
    let Some(endpoints) = endpoints.and_then(Value::as_array) else {
        let what = "the file has no list of endpoints: give the YAML that Gatus is started with (its parts one by one)";
        return Err(Unreadable(what.to_owned()));
    };
    let mut names = HashMap::new();
    for endpoint in endpoints {
        *names.entry(text_of(endpoint, "name")).or_insert(0) += 1;
    }
    let entry = |endpoint| {
        let (name, group) = (text_of(endpoint, "name"), text_of(endpoint, "group"));
        // A name stands for one endpoint of its group; the group tells two of a name apart.
        let shared = names.get(name).is_some_and(|count| *count > 1);
        let name = if shared && !group.is_empty() {
            format!("{group}/{name}")
        } else {
            name.to_owned()
        };
        let found = found(endpoint, &name, group);
        Entry { name, found }
    };
    Ok(endpoints.iter().map(entry).collect())
}

fn text_of<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

fn found(endpoint: &Value, name: &str, group: &str) -> Result<Found, String> {
    let url = text_of(endpoint, "url");
    refuse_other_checks(endpoint, url)?;
    let mut draft = Draft::new(name, url)?;
    draft.interval(span(endpoint, "interval")?.unwrap_or(INTERVAL));
    let client = endpoint.get("client").unwrap_or(&Value::Null);
    if let Some(timeout) = span(client, "timeout")? {
        draft.timeout(timeout);
    }
    if draft.is_tls() && client.get("insecure") == Some(&Value::Bool(true)) {
        draft.note("its certificate is checked, which it was not");
    }
    for condition in endpoint
        .get("conditions")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
    {
        take_condition(&mut draft, condition.as_str().unwrap_or_default())?;
    }
    take_alerts(&mut draft, endpoint);
    if endpoint.get("enabled") == Some(&Value::Bool(false)) {
        draft.alerts = false;
        draft.note("it was switched off: it is checked, with its alerts off");
    }
    draft.environment_of(group);
    Ok(draft.done())
}

/// What an endpoint does that is not a plain GET or a WebSocket.
fn refuse_other_checks(endpoint: &Value, url: &str) -> Result<(), String> {
    let scheme = url
        .split_once("://")
        .map(|(scheme, _)| scheme.to_ascii_lowercase());
    let given = |key: &str| endpoint.get(key).is_some_and(|value| !value.is_null());
    let what = match scheme.as_deref() {
        _ if url.contains("${") => "its address holds a variable: put in what it stands for",
        _ if given("dns") => "it asks a name server, which is not done here",
        Some("tcp" | "udp" | "sctp" | "tls" | "starttls") => {
            "it only connects to a port: here a server must answer HTTP or WebSocket"
        }
        Some("icmp") => "it is a ping: here a server must answer HTTP or WebSocket",
        Some("ssh" | "domain" | "grpc" | "grpcs") => {
            "it speaks something else than HTTP or WebSocket"
        }
        _ if given("headers") => "it sends headers, which probes here do not",
        _ if given("body") => "it sends a body, which probes here do not",
        _ => {
            return match text_of(endpoint, "method").to_ascii_uppercase().as_str() {
                "" | "GET" => Ok(()),
                method => Err(format!(
                    "it is asked with {method}: here everything is asked with GET"
                )),
            };
        }
    };
    Err(what.to_owned())
}

fn span(value: &Value, key: &str) -> Result<Option<Duration>, String> {
    let text = text_of(value, key);
    if text.is_empty() {
        return Ok(None);
    }
    let read = duration::read(text);
    read.map(Some)
        .ok_or_else(|| format!("its {key} “{text}” is no length of time"))
}

/// A condition must hold here too, or be let go of with a word.
fn take_condition(draft: &mut Draft, condition: &str) -> Result<(), String> {
    let cannot = || Err(format!("its condition “{condition}” has no equal here"));
    let mut words = condition.splitn(3, char::is_whitespace);
    let (Some(what), Some(how), Some(value)) = (words.next(), words.next(), words.next()) else {
        return cannot();
    };
    let value = value.trim();
    match (what, how) {
        ("[STATUS]", "==") => match statuses(value) {
            Some(all) if all.iter().all(|status| is_healthy_here(*status, *status)) => Ok(()),
            Some(_) => Err(format!(
                "its condition “{condition}” asks for what is not healthy here: 200 to 399 is"
            )),
            None => cannot(),
        },
        ("[STATUS]", "<") if matches!(value, "300" | "400") => Ok(()),
        ("[STATUS]", "<=") if matches!(value, "299" | "399") => Ok(()),
        ("[CONNECTED]", "==") if value == "true" => Ok(()),
        ("[RESPONSE_TIME]", "<" | "<=") => {
            let Ok(millis) = value.parse() else {
                return cannot();
            };
            draft.note(format!("“{condition}” becomes its timeout"));
            draft.timeout_within(Duration::from_millis(millis));
            Ok(())
        }
        ("[CERTIFICATE_EXPIRATION]", _) if draft.is_tls() => {
            draft.note(format!(
                "“{condition}” is left out: a certificate fails here when it has expired"
            ));
            Ok(())
        }
        _ => cannot(),
    }
}

/// `200`, or `any(200, 301)`.
fn statuses(value: &str) -> Option<Vec<u16>> {
    let list = value
        .strip_prefix("any(")
        .and_then(|rest| rest.strip_suffix(')'));
    let items = list.unwrap_or(value).split(',');
    items.map(|status| status.trim().parse().ok()).collect()
}

/// The first alert that is on says how patient it is.
fn take_alerts(draft: &mut Draft, endpoint: &Value) {
    let Some(alerts) = endpoint.get("alerts").and_then(Value::as_array) else {
        return;
    };
    let mut on = alerts
        .iter()
        .filter(|alert| alert.get("enabled") != Some(&Value::Bool(false)));
    let Some(first) = on.next() else {
        if !alerts.is_empty() {
            draft.alerts = false;
            draft.note("all its alerts were off, and are");
        }
        return;
    };
    let number = |key: &str| first.get(key).and_then(Value::as_u64);
    draft.failures(number("failure-threshold").unwrap_or(FAILURES));
    draft.recoveries(number("success-threshold").unwrap_or(RECOVERIES));
}
