//! Prometheus with the blackbox exporter: the jobs of a scrape configuration, or a file of targets (`file_sd`).
//!
//! Shapes: <https://github.com/prometheus/blackbox_exporter>, README, and
//! <https://prometheus.io/docs/prometheus/latest/configuration/configuration/>.

use std::time::Duration;

use serde_json::Value;

use crate::switch::draft::Draft;
use crate::switch::{Entry, Found, Unreadable, duration, yaml};

/// How often Prometheus scrapes where nothing else is said.
const INTERVAL: Duration = Duration::from_secs(60);

/// What the exporter does where nobody names a module.
const MODULE: &str = "http_2xx";

pub(super) fn read(text: &str) -> Result<Vec<Entry>, Unreadable> {
    let file = yaml::read(text)?;
    if let Some(groups) = file
        .as_array()
        .filter(|groups| groups.iter().all(|one| one.get("targets").is_some()))
    {
        return Ok(groups
            .iter()
            .flat_map(|group| targets(group, MODULE, None))
            .collect());
    }
    let Some(jobs) = file.get("scrape_configs").and_then(Value::as_array) else {
        let what = "the file has neither scrape_configs nor a list of targets: give prometheus.yml, or a file of file_sd_configs";
        return Err(Unreadable(what.to_owned()));
    };
    let global = file.get("global").unwrap_or(&Value::Null);
    let interval = span(global, "scrape_interval").unwrap_or(INTERVAL);
    Ok(jobs.iter().flat_map(|one| job(one, interval)).collect())
}

fn text_of<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

fn span(value: &Value, key: &str) -> Option<Duration> {
    duration::read(text_of(value, key))
}

fn items<'a>(value: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> {
    value
        .get(key)
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
}

fn job(job: &Value, interval: Duration) -> Vec<Entry> {
    let name = text_of(job, "job_name");
    let refused = |reason: &str| Entry {
        name: format!("job {name}"),
        found: Err(reason.to_owned()),
    };
    let params = job.get("params").unwrap_or(&Value::Null);
    let module = items(params, "module").find_map(Value::as_str);
    let is_blackbox = text_of(job, "metrics_path") == "/probe" || module.is_some();
    if !is_blackbox {
        return vec![refused(
            "it collects metrics, and is no job of the blackbox exporter",
        )];
    }
    let interval = span(job, "scrape_interval").unwrap_or(interval);
    let groups = items(job, "static_configs");
    let mut entries: Vec<_> = groups
        .flat_map(|group| targets(group, module.unwrap_or(MODULE), Some(interval)))
        .collect();
    for sd in items(job, "file_sd_configs") {
        let files: Vec<_> = items(sd, "files").filter_map(Value::as_str).collect();
        let reason = format!(
            "its targets are in files of their own: import each of them ({})",
            files.join(", ")
        );
        entries.push(refused(&reason));
    }
    let others = job
        .as_object()
        .into_iter()
        .flatten()
        .map(|(key, _)| key.as_str());
    for other in others.filter(|key| key.ends_with("_sd_configs") && *key != "file_sd_configs") {
        let reason = format!(
            "its targets come from {other}: HEALTHBOT_INVENTORY_URL can read HTTP service discovery"
        );
        entries.push(refused(&reason));
    }
    entries
}

/// The targets of a group with one set of labels.
fn targets(group: &Value, module: &str, interval: Option<Duration>) -> Vec<Entry> {
    let labels = group.get("labels").unwrap_or(&Value::Null);
    let all: Vec<_> = items(group, "targets")
        .map(|target| target.as_str().unwrap_or_default())
        .collect();
    let label = ["host_name", "instance", "name"].map(|key| text_of(labels, key));
    let named = label.into_iter().find(|name| !name.is_empty());
    // A label that several targets share names none of them.
    let named = named.filter(|_| all.len() == 1);
    let entry = |target: &str| {
        let name = named.unwrap_or(target);
        Entry {
            name: name.to_owned(),
            found: found(name, target, labels, module, interval),
        }
    };
    all.into_iter().map(entry).collect()
}

fn found(
    name: &str,
    target: &str,
    labels: &Value,
    module: &str,
    interval: Option<Duration>,
) -> Result<Found, String> {
    let own = ["__param_module", "module"].map(|key| text_of(labels, key));
    let module = own
        .into_iter()
        .find(|own| !own.is_empty())
        .unwrap_or(module);
    if !module.starts_with("http") || module.contains("post") {
        return Err(format!(
            "its module {module} is no plain GET by its name: here a server must answer one, or a WebSocket"
        ));
    }
    // As the exporter does.
    let url = if target.contains("://") {
        target.to_owned()
    } else {
        format!("http://{target}")
    };
    let mut draft = Draft::new(name, &url)?;
    if module != MODULE {
        draft.note(format!(
            "its module {module} is taken for a GET that must be answered"
        ));
    }
    if let Some(interval) = interval {
        draft.interval(interval);
    }
    for key in ["env", "environment"] {
        draft.environment_of(text_of(labels, key));
    }
    Ok(draft.done())
}
