//! Uptime Kuma: its JSON backup (1.x, Settings, Backup), which holds `monitorList`, or its table `monitor` as
//! `sqlite3 -json kuma.db 'select * from monitor'` prints it (2.x has no backup any more). The two name some columns
//! otherwise: `ignoreTls` is `ignore_tls` in the table, and lists are texts that hold JSON.
//!
//! Shapes: <https://github.com/louislam/uptime-kuma>, `server/model/monitor.js` and `db/kuma.js`.

use std::time::Duration;

use serde_json::{Map, Value};

use crate::switch::draft::{Draft, is_healthy_here};
use crate::switch::{Entry, Found, Unreadable};

/// What of the texts that two versions of one thing stand under is looked for.
type Names = &'static [&'static str];

pub(super) fn read(text: &str) -> Result<Vec<Entry>, Unreadable> {
    let unreadable = || {
        Unreadable(
            "the file is neither a backup of Uptime Kuma nor its table of monitors as JSON: make one with \
             sqlite3 -json kuma.db 'select * from monitor' > monitors.json"
                .to_owned(),
        )
    };
    let value: Value = serde_json::from_str(text).map_err(|_| unreadable())?;
    let list = value.get("monitorList").unwrap_or(&value);
    let monitors: Vec<_> = match list {
        Value::Array(list) => list.iter().filter_map(Value::as_object).collect(),
        // As the server sends it to its page: by id.
        Value::Object(by_id) => by_id.values().filter_map(Value::as_object).collect(),
        _ => Vec::new(),
    };
    if monitors.is_empty() || !monitors.iter().all(|one| one.contains_key("type")) {
        return Err(unreadable());
    }
    let groups = Groups(&monitors);
    Ok(monitors
        .iter()
        .map(|one| entry(&Monitor(one), &groups))
        .collect())
}

/// One monitor, whichever way its columns are named.
struct Monitor<'a>(&'a Map<String, Value>);

impl Monitor<'_> {
    fn get(&self, names: Names) -> Option<&Value> {
        let mut found = names.iter().filter_map(|name| self.0.get(*name));
        found.find(|value| !value.is_null())
    }

    fn text(&self, names: Names) -> &str {
        self.get(names).and_then(Value::as_str).unwrap_or_default()
    }

    /// A switch, which is a number in the table.
    fn is_on(&self, names: Names) -> bool {
        match self.get(names) {
            Some(Value::Bool(switch)) => *switch,
            Some(Value::Number(number)) => number.as_f64() != Some(0.0),
            _ => false,
        }
    }

    fn number(&self, names: Names) -> Option<f64> {
        let value = self.get(names)?;
        value.as_f64().or_else(|| value.as_str()?.parse().ok())
    }

    fn list(&self, names: Names) -> Vec<String> {
        let parsed = match self.get(names) {
            Some(Value::String(json)) => serde_json::from_str(json).unwrap_or_default(),
            Some(value) => value.clone(),
            None => Value::Null,
        };
        let items = parsed.as_array().into_iter().flatten();
        items.filter_map(Value::as_str).map(str::to_owned).collect()
    }
}

/// The groups that monitors may lie in: one may be called as an environment.
struct Groups<'a>(&'a [&'a Map<String, Value>]);

impl Groups<'_> {
    fn name_of(&self, monitor: &Monitor<'_>) -> Option<&str> {
        let parent = monitor.get(&["parent"])?;
        let group = self.0.iter().find(|one| one.get("id") == Some(parent))?;
        group.get("name")?.as_str()
    }
}

fn entry(monitor: &Monitor<'_>, groups: &Groups<'_>) -> Entry {
    Entry {
        name: monitor.text(&["name"]).to_owned(),
        found: found(monitor, groups),
    }
}

fn found(monitor: &Monitor<'_>, groups: &Groups<'_>) -> Result<Found, String> {
    let url = url(monitor)?;
    if monitor.is_on(&["upsideDown", "upside_down"]) {
        return Err(
            "it is upside down, up while nothing answers: there is nothing of the kind here"
                .to_owned(),
        );
    }
    needs_no_credentials(monitor)?;
    if monitor.text(&["type"]) == "http" {
        // A WebSocket's are codes of closing.
        statuses(monitor)?;
    }
    let mut draft = Draft::new(monitor.text(&["name"]), url)?;
    match monitor.text(&["method"]).to_ascii_uppercase().as_str() {
        "" | "GET" => {}
        "HEAD" => draft.note("it is asked with GET, not HEAD"),
        other => {
            return Err(format!(
                "it is asked with {other}: here everything is asked with GET"
            ));
        }
    }
    if draft.is_tls() && monitor.is_on(&["ignoreTls", "ignore_tls"]) {
        draft.note("its certificate is checked, which it was not");
    }
    let seconds = |number: f64| Duration::try_from_secs_f64(number).ok();
    if let Some(interval) = monitor.number(&["interval"]).and_then(seconds) {
        draft.interval(interval);
    }
    // 0 stands for what the monitor's own default is.
    let timeout = monitor
        .number(&["timeout"])
        .filter(|timeout| *timeout > 0.0);
    if let Some(timeout) = timeout.and_then(seconds) {
        draft.timeout(timeout);
    }
    if let Some(retries) = monitor.number(&["maxretries"]) {
        // Between 0 and what a u64 holds: a cast of a float does not wrap.
        draft.failures((retries as u64).saturating_add(1));
    }
    if monitor.get(&["active"]).is_some() && !monitor.is_on(&["active"]) {
        draft.alerts = false;
        draft.note("it was paused: it is checked, with its alerts off");
    }
    for name in tags(monitor).chain(groups.name_of(monitor).map(str::to_owned)) {
        draft.environment_of(&name);
    }
    Ok(draft.done())
}

/// Where the monitor looks, where it looks as Healthbot does.
fn url<'a>(monitor: &'a Monitor<'_>) -> Result<&'a str, String> {
    let what = match monitor.text(&["type"]) {
        "http" | "websocket-upgrade" => return Ok(monitor.text(&["url"])),
        "keyword" | "json-query" => {
            "it looks for something in the body, which is not looked at here"
        }
        "port" => "it only connects to a port: here a server must answer HTTP or WebSocket",
        "ping" => "it is a ping: here a server must answer HTTP or WebSocket",
        "dns" => "it asks a name server, which is not done here",
        "push" => "it waits to be called: Healthbot calls",
        "group" => "it is a group, and no server",
        "docker" => "it looks at a container: watch what the container serves",
        "real-browser" => "it drives a browser: watch the page's server",
        other => {
            return Err(format!(
                "it is of the type {other}, which there is not here"
            ));
        }
    };
    Err(what.to_owned())
}

fn needs_no_credentials(monitor: &Monitor<'_>) -> Result<(), String> {
    let given = |names: Names| !matches!(monitor.text(names), "" | "{}" | "null");
    let authorized = !matches!(
        monitor.text(&["authMethod", "auth_method"]),
        "" | "null" | "none"
    );
    if authorized || given(&["basic_auth_user", "basicauth-user"]) || given(&["headers"]) {
        return Err("it sends credentials or headers, which probes here do not".to_owned());
    }
    Ok(())
}

/// Statuses that are accepted there must be healthy here, or the server would be down for good.
fn statuses(monitor: &Monitor<'_>) -> Result<(), String> {
    for range in monitor.list(&["accepted_statuscodes", "accepted_statuscodes_json"]) {
        let (from, to) = range.split_once('-').unwrap_or((&range, &range));
        let healthy = match (from.trim().parse(), to.trim().parse()) {
            (Ok(from), Ok(to)) => is_healthy_here(from, to),
            _ => false,
        };
        if !healthy {
            return Err(format!(
                "a status of {range} is accepted there; here 200 to 399 is healthy, and nothing else"
            ));
        }
    }
    Ok(())
}

/// What the tags of a backup say: a value, or a name that stands alone.
fn tags(monitor: &Monitor<'_>) -> impl Iterator<Item = String> {
    let tags = monitor.get(&["tags"]).and_then(Value::as_array).cloned();
    let said = |tag: Value| {
        let text = |key: &str| {
            tag.get(key)
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned()
        };
        match text("value") {
            value if value.is_empty() => text("name"),
            value => value,
        }
    };
    tags.into_iter().flatten().map(said)
}
