//! How the company's list is read: in either form, entry by entry.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use serde::Serialize;
use serde_json::Value;

use crate::domain::forbidden::Forbidden;
use crate::domain::server::{Environment, HostName, fold};
use crate::domain::target::{Address, AddressError, Check, Host, Path, ServerType, Target};

/// One sound entry of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// What people call it.
    pub host_name: HostName,
    /// Where it is.
    pub target: Target,
    /// The company's type code.
    pub server_type: ServerType,
    /// Its environment.
    pub environment: Environment,
}

/// An entry that was not taken, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Skipped {
    /// What it is called, or where it stands in the list.
    pub entry: String,
    /// Why it was not taken.
    pub reason: String,
}

/// A list as it was read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct List {
    /// The sound entries, each name once.
    pub entries: Vec<Entry>,
    /// The others.
    pub skipped: Vec<Skipped>,
    /// The folded names of all that were listed, sound or not: what is listed has not vanished.
    pub listed: HashSet<String>,
}

/// The body is no list of servers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "it is no list of servers: neither an array of objects with host_name, host and port (perhaps under \"servers\"), nor \
     Prometheus' [{{\"targets\": […], \"labels\": {{…}}}}]"
)]
pub struct NoList;

/// Reads a list in either form. What `refuses` says must never be probed is a bad entry like any other: of two entries of
/// a name the good one counts.
///
/// # Errors
/// [`NoList`] where the body is not JSON or no array. An entry that is wrong is no error of the list.
pub fn parse(body: &[u8], refuses: impl Fn(&Target) -> Option<Forbidden>) -> Result<List, NoList> {
    let value: Value = serde_json::from_slice(body).map_err(|_| NoList)?;
    let Some(items) = value.get("servers").unwrap_or(&value).as_array() else {
        return Err(NoList);
    };
    let mut list = List::default();
    let mut first: HashMap<Arc<str>, Entry> = HashMap::new();
    for (index, item) in items.iter().enumerate() {
        let read = match item.get("targets") {
            Some(targets) => prometheus(targets, item.get("labels"), index),
            None => vec![plain(item, index)],
        };
        for mut one in read {
            if let Ok(entry) = &one.entry
                && let Some(forbidden) = refuses(&entry.target)
            {
                one.entry = Err(forbidden.to_string());
            }
            list.take(&mut first, one);
        }
    }
    Ok(list)
}

/// Something that stood in the list.
struct Read {
    /// Its name, where it has one.
    name: Option<String>,
    /// What it is called where it cannot be taken: its name, or where it stands.
    called: String,
    /// The entry, or what is wrong with it.
    entry: Result<Entry, String>,
}

impl List {
    fn take(&mut self, first: &mut HashMap<Arc<str>, Entry>, read: Read) {
        let Read {
            name,
            called,
            entry,
        } = read;
        self.listed.extend(name.as_deref().map(fold));
        let reason = match entry {
            Ok(entry) => match first.get(&entry.host_name.folded()) {
                Some(same) if *same == entry => return,
                Some(_) => "it is listed twice; the first counts".to_owned(),
                None => {
                    first.insert(entry.host_name.folded(), entry.clone());
                    self.entries.push(entry);
                    return;
                }
            },
            Err(reason) => reason,
        };
        let entry = called.chars().take(HostName::MAX_CHARS).collect();
        self.skipped.push(Skipped { entry, reason });
    }
}

/// An element of the first form.
fn plain(item: &Value, index: usize) -> Read {
    let name = item.get("host_name").and_then(Value::as_str);
    let name = name.filter(|name| !name.is_empty());
    Read {
        name: name.map(str::to_owned),
        called: name.map_or_else(|| format!("entry {}", index + 1), str::to_owned),
        entry: described(item),
    }
}

fn described(item: &Value) -> Result<Entry, String> {
    if !item.is_object() {
        return Err("it is no object with host_name, host and port".to_owned());
    }
    let text = |key: &str| item.get(key).and_then(Value::as_str).unwrap_or_default();
    let server_type = match item.get("type") {
        None | Some(Value::Null) => ServerType::Http1,
        Some(code) => type_of(code)?,
    };
    let path = match text("path") {
        "" => Path::default(),
        path => Path::parse(path).map_err(|e| e.to_string())?,
    };
    let target = Target {
        host: Host::parse(required(item, "host")?).map_err(|e| e.to_string())?,
        port: item
            .get("port")
            .and_then(port_of)
            .ok_or("the port is a number from 1 to 65535")?,
        path,
        tls: item.get("tls").and_then(Value::as_bool).unwrap_or(false),
    };
    Ok(Entry {
        host_name: HostName::parse(required(item, "host_name")?).map_err(|e| e.to_string())?,
        target,
        server_type,
        environment: environment_of(text("environment")),
    })
}

/// A text that must be there.
fn required<'a>(item: &'a Value, key: &str) -> Result<&'a str, String> {
    match item.get(key) {
        None | Some(Value::Null) => Err(format!("{key} is missing")),
        Some(value) => match value.as_str() {
            Some("") => Err(format!("{key} is missing")),
            Some(text) => Ok(text),
            None => Err(format!("{key} must be a text")),
        },
    }
}

/// The targets of one group of Prometheus' HTTP service discovery.
fn prometheus(targets: &Value, labels: Option<&Value>, index: usize) -> Vec<Read> {
    let group = format!("group {}", index + 1);
    let Some(targets) = targets.as_array() else {
        return vec![Read {
            name: None,
            called: group,
            entry: Err("its targets are no array".to_owned()),
        }];
    };
    let label = |key: &str| {
        labels
            .and_then(|labels| labels.get(key))
            .and_then(Value::as_str)
            .unwrap_or_default()
    };
    let read = |(at, target): (usize, &Value)| {
        let address = target.as_str().unwrap_or_default();
        let place = || format!("{group}, target {}", at + 1);
        let (name, called) = match label("host_name") {
            // What stands before an @ may be a password.
            "" if address.is_empty() || address.contains('@') => (address, place()),
            "" => (address, address.to_owned()),
            name => (name, name.to_owned()),
        };
        let entry = match target.as_str() {
            Some(address) => discovered(name, address, &label),
            None => Err("a target is a text: host:port, or a URL".to_owned()),
        };
        Read {
            name: (!name.is_empty()).then(|| name.to_owned()),
            called,
            entry,
        }
    };
    targets.iter().enumerate().map(read).collect()
}

fn discovered<'a>(
    name: &str,
    address: &str,
    label: &impl Fn(&str) -> &'a str,
) -> Result<Entry, String> {
    let is_url = address.contains("://");
    let Address { mut target, check } = if is_url {
        whole_url(address, label("scheme"))?
    } else {
        beside_scheme(address, label("scheme")).map_err(|e| e.to_string())?
    };
    target.path = path_of(target.path, label("path"))?;
    let check = check.unwrap_or(Check::Http);
    let server_type = match label("type") {
        "" => ServerType::default_for(check),
        code => type_of(&Value::from(code))?,
    };
    if is_url && server_type.check() != check {
        return Err(format!(
            "type {} is checked by {}, which contradicts its URL",
            server_type.code(),
            server_type.check()
        ));
    }
    Ok(Entry {
        host_name: HostName::parse(name).map_err(|e| e.to_string())?,
        target,
        server_type,
        environment: environment_of(label("environment")),
    })
}

/// A target that is a whole URL, as the blackbox exporter takes it. A scheme beside it must be the same.
fn whole_url(url: &str, scheme: &str) -> Result<Address, String> {
    let address = Address::parse(url).map_err(|e| e.to_string())?;
    let own = url.split("://").next().unwrap_or_default().trim();
    if !scheme.is_empty() && !scheme.eq_ignore_ascii_case(own) {
        return Err(format!(
            "its label scheme contradicts its URL, which begins with {own}://"
        ));
    }
    Ok(address)
}

/// A target as Prometheus scrapes it: `host:port`, and the scheme beside it.
fn beside_scheme(address: &str, scheme: &str) -> Result<Address, AddressError> {
    let scheme = if scheme.is_empty() { "http" } else { scheme };
    Address::parse(address)?;
    Address::parse(&format!("{scheme}://{address}"))
}

/// The path of the address, or the one beside it; two that differ say nothing.
fn path_of(own: Path, label: &str) -> Result<Path, String> {
    if label.is_empty() {
        return Ok(own);
    }
    let beside = Path::parse(label).map_err(|e| e.to_string())?;
    if own != Path::default() && own != beside {
        return Err("its label path contradicts the path in its address".to_owned());
    }
    Ok(beside)
}

/// A type code, as a number or as text.
fn type_of(code: &Value) -> Result<ServerType, String> {
    let number = code.as_i64().or_else(|| code.as_str()?.trim().parse().ok());
    match number {
        Some(number) => ServerType::try_from(number).map_err(|e| e.to_string()),
        None => Err(format!(
            "{code} is no server type: the types are 1 and 6 (HTTP) and 2, 3 and 4 (WebSocket)"
        )),
    }
}

fn port_of(port: &Value) -> Option<u16> {
    let number = port
        .as_u64()
        .or_else(|| port.as_str()?.trim().parse().ok())?;
    u16::try_from(number).ok().filter(|port| *port > 0)
}

/// An environment that the company calls otherwise is not known here; the server is watched all the same.
fn environment_of(name: &str) -> Environment {
    name.parse().unwrap_or_default()
}
