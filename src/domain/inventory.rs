//! The company's own list of servers: how it is read, and what it changes.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::clock::Timestamp;
use crate::domain::ids::ServerId;
use crate::domain::server::{Environment, HostName, Server, ServerChange, Source, fold};
use crate::domain::target::{Address, Check, Host, Path, ServerType, Target};

/// A server that is missing from so many fetches in a row is removed.
pub const ABSENT_FETCHES: u8 = 3;

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

/// Reads a list in either form.
///
/// # Errors
/// [`NoList`] where the body is not JSON or has neither form. An entry that is wrong is no error of the list.
pub fn parse(body: &[u8]) -> Result<List, NoList> {
    let value: Value = serde_json::from_slice(body).map_err(|_| NoList)?;
    let Some(items) = value.get("servers").unwrap_or(&value).as_array() else {
        return Err(NoList);
    };
    if items.iter().any(|item| !item.is_object()) {
        return Err(NoList);
    }
    let mut list = List::default();
    let mut first: HashMap<Arc<str>, Entry> = HashMap::new();
    for (index, item) in items.iter().enumerate() {
        let read = match item.get("targets") {
            Some(targets) => prometheus(targets, item.get("labels"), index),
            None => vec![plain(item, index)],
        };
        for (name, entry) in read {
            list.take(&mut first, name, entry);
        }
    }
    Ok(list)
}

impl List {
    fn take(
        &mut self,
        first: &mut HashMap<Arc<str>, Entry>,
        name: String,
        entry: Result<Entry, String>,
    ) {
        self.listed.insert(fold(&name));
        match entry {
            Ok(entry) => match first.get(&entry.host_name.folded()) {
                Some(same) if *same == entry => {}
                Some(_) => {
                    let reason = "it is listed twice; the first counts".to_owned();
                    self.skipped.push(Skipped {
                        entry: name,
                        reason,
                    });
                }
                None => {
                    first.insert(entry.host_name.folded(), entry.clone());
                    self.entries.push(entry);
                }
            },
            Err(reason) => {
                let entry = name.chars().take(HostName::MAX_CHARS).collect();
                self.skipped.push(Skipped { entry, reason });
            }
        }
    }
}

/// An object of the first form: its name, and the entry or what is wrong with it.
fn plain(item: &Value, index: usize) -> (String, Result<Entry, String>) {
    let text = |key: &str| item.get(key).and_then(Value::as_str).unwrap_or_default();
    let name = match text("host_name") {
        "" => format!("entry {}", index + 1),
        name => name.to_owned(),
    };
    let entry = || {
        let server_type = match item.get("type") {
            None | Some(Value::Null) => ServerType::Http1,
            Some(code) => type_of(code)?,
        };
        let path = match text("path") {
            "" => Path::default(),
            path => Path::parse(path).map_err(|e| e.to_string())?,
        };
        let target = Target {
            host: Host::parse(text("host")).map_err(|e| e.to_string())?,
            port: item
                .get("port")
                .and_then(port_of)
                .ok_or("the port is a number from 1 to 65535")?,
            path,
            tls: item.get("tls").and_then(Value::as_bool).unwrap_or(false),
        };
        Ok(Entry {
            host_name: HostName::parse(text("host_name")).map_err(|e| e.to_string())?,
            target,
            server_type,
            environment: environment_of(text("environment")),
        })
    };
    (name, entry())
}

/// The targets of one group of Prometheus' HTTP service discovery.
fn prometheus(
    targets: &Value,
    labels: Option<&Value>,
    index: usize,
) -> Vec<(String, Result<Entry, String>)> {
    let Some(targets) = targets.as_array() else {
        return vec![(
            format!("group {}", index + 1),
            Err("its targets are no array".to_owned()),
        )];
    };
    let label = |key: &str| {
        labels
            .and_then(|labels| labels.get(key))
            .and_then(Value::as_str)
            .unwrap_or_default()
    };
    let mut read = Vec::new();
    for target in targets {
        let address = target.as_str().unwrap_or_default();
        let name = match label("host_name") {
            "" => address,
            name => name,
        };
        read.push((name.to_owned(), discovered(name, address, &label)));
    }
    read
}

fn discovered<'a>(
    name: &str,
    address: &str,
    label: &impl Fn(&str) -> &'a str,
) -> Result<Entry, String> {
    let scheme = match label("scheme") {
        "" => "http",
        scheme => scheme,
    };
    let url = format!("{scheme}://{address}");
    let address = Address::parse(address).and_then(|_| Address::parse(&url));
    let Address { mut target, check } = address.map_err(|e| e.to_string())?;
    if !label("path").is_empty() {
        target.path = Path::parse(label("path")).map_err(|e| e.to_string())?;
    }
    let server_type = match label("type") {
        "" => ServerType::default_for(check.unwrap_or(Check::Http)),
        code => type_of(&Value::from(code))?,
    };
    Ok(Entry {
        host_name: HostName::parse(name).map_err(|e| e.to_string())?,
        target,
        server_type,
        environment: environment_of(label("environment")),
    })
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

/// What is remembered of a hold between fetches.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Hold {
    /// Since when; none where nothing is held. People are asked when it begins, and not again until it has ended.
    pub since: Option<Timestamp>,
    /// How many fetches in a row went without each server of the inventory. It lives in memory: after a restart the
    /// count begins anew, which only removes later.
    #[serde(skip)]
    pub absent: HashMap<ServerId, u8>,
}

/// What a list changes.
#[derive(Debug, Default)]
pub struct Plan {
    /// Servers to be added.
    pub add: Vec<Entry>,
    /// Servers to be changed.
    pub update: Vec<(ServerId, ServerChange)>,
    /// Servers to be removed.
    pub remove: Vec<ServerId>,
    /// How many stay as they are.
    pub unchanged: usize,
    /// How many would vanish but are held.
    pub held: usize,
    /// Entries that were not taken.
    pub skipped: Vec<Skipped>,
    /// What to remember.
    pub hold: Hold,
    /// The hold is new: people are to be asked.
    pub ask: bool,
}

/// Decides what a list changes about the servers that there are. A manual server of the same name wins. A list that
/// lacks more than half of the inventory's servers, or all of them, removes nothing until somebody confirms.
#[must_use]
pub fn reconcile<'a>(
    list: &List,
    servers: impl Iterator<Item = &'a Server>,
    before: &Hold,
    confirmed: bool,
    now: Timestamp,
) -> Plan {
    let by_name: HashMap<Arc<str>, &Server> = servers
        .map(|server| (server.host_name.folded(), server))
        .collect();
    let mut plan = Plan {
        skipped: list.skipped.clone(),
        ..Plan::default()
    };
    plan.compare(&list.entries, &by_name);
    let owned = by_name
        .iter()
        .filter(|(_, server)| server.source == Source::Inventory);
    let (total, vanished) = owned.fold((0, Vec::new()), |(total, mut vanished), (name, server)| {
        if !list.listed.contains(&**name) {
            vanished.push(server.id);
        }
        (total + 1, vanished)
    });
    let too_many = !vanished.is_empty() && (vanished.len() * 2 > total || list.listed.is_empty());
    if confirmed {
        plan.remove = vanished;
    } else if too_many {
        plan.held = vanished.len();
        plan.ask = before.since.is_none();
        plan.hold = Hold {
            since: before.since.or(Some(now)),
            ..before.clone()
        };
    } else {
        plan.count_absences(vanished, before);
    }
    plan
}

impl Plan {
    /// What is new, and what is to be otherwise than it is.
    fn compare(&mut self, entries: &[Entry], by_name: &HashMap<Arc<str>, &Server>) {
        for entry in entries {
            match by_name.get(&entry.host_name.folded()) {
                None => self.add.push(entry.clone()),
                Some(server) if server.source == Source::Manual => self.skipped.push(Skipped {
                    entry: entry.host_name.to_string(),
                    reason: "a person added a server of that name, and that one counts".to_owned(),
                }),
                Some(server) => match difference(server, entry) {
                    Some(change) => self.update.push((server.id, change)),
                    None => self.unchanged += 1,
                },
            }
        }
    }

    /// Removes what was absent often enough, and remembers of the others how often they were.
    fn count_absences(&mut self, vanished: Vec<ServerId>, before: &Hold) {
        for id in vanished {
            let known = before.absent.get(&id).copied().unwrap_or(0);
            let absent = known.saturating_add(1);
            if absent >= ABSENT_FETCHES {
                self.remove.push(id);
            } else {
                self.hold.absent.insert(id, absent);
            }
        }
    }
}

/// What an entry says otherwise than the server stands. What a person set stays.
fn difference(server: &Server, entry: &Entry) -> Option<ServerChange> {
    let change = ServerChange {
        target: (server.target != entry.target).then(|| entry.target.clone()),
        server_type: (server.server_type != entry.server_type).then_some(entry.server_type),
        environment: (server.environment != entry.environment).then_some(entry.environment),
        ..ServerChange::default()
    };
    (change != ServerChange::default()).then_some(change)
}

#[cfg(test)]
#[path = "inventory_tests.rs"]
mod tests;
