//! What must be told: the promises to people once more, written for nothing but to be compared with. It sees what
//! the probes found and what people did, never what the bot made of it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use chrono::TimeDelta;
use healthbot::clock::Timestamp;
use healthbot::domain::outcome::{Outcome, Trouble, Verdict};

/// An incident, by its place in the list of all of them.
pub(crate) type Index = usize;

/// What is believed of a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Belief {
    Pending,
    Up,
    Down,
}

/// Outcomes in a row against the belief.
#[derive(Debug, Clone, Copy)]
struct Streak {
    healthy: bool,
    count: u8,
    /// When the first of them was probed, and when it was seen.
    began: Timestamp,
    seen: Timestamp,
}

#[derive(Debug)]
struct Server {
    live: bool,
    alerts: bool,
    muted_until: Option<Timestamp>,
    failures: u8,
    recoveries: u8,
    belief: Belief,
    streak: Option<Streak>,
    changes: VecDeque<Timestamp>,
    flapping: bool,
    open: Option<Index>,
    heard: Option<Index>,
}

/// An incident and whom it concerns.
#[derive(Debug)]
pub(crate) struct Incident {
    pub(crate) server: String,
    pub(crate) began: i64,
    pub(crate) confirmed: Timestamp,
    pub(crate) end: Option<End>,
    /// The rooms that must learn of it.
    pub(crate) told: BTreeSet<String>,
    /// How often a room learned of it that was unsubscribed since.
    pub(crate) formerly: BTreeMap<String, usize>,
    /// The rooms that must learn of its end, beyond what the message itself shows.
    pub(crate) recovery: BTreeSet<String>,
    /// How often each room may be told that it still is down.
    pub(crate) still: BTreeMap<String, usize>,
    pub(crate) acknowledged: bool,
}

/// How an incident ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    Recovered,
    Removed,
}

/// The reference.
#[derive(Debug, Default)]
pub(crate) struct Model {
    servers: BTreeMap<String, Server>,
    rooms: BTreeSet<String>,
    pub(crate) incidents: Vec<Incident>,
    /// How often each room may be told that a server flaps.
    pub(crate) flapping: BTreeMap<(String, String), usize>,
}

impl Model {
    pub(crate) fn add(&mut self, name: &str, failures: u8, recoveries: u8) {
        let server = Server {
            live: true,
            alerts: true,
            muted_until: None,
            failures,
            recoveries,
            belief: Belief::Pending,
            streak: None,
            changes: VecDeque::new(),
            flapping: false,
            open: None,
            heard: None,
        };
        self.servers.insert(name.to_owned(), server);
    }

    pub(crate) fn remove(&mut self, name: &str) {
        let server = self.servers.get_mut(name).unwrap();
        server.live = false;
        if let Some(open) = server.open.take() {
            self.incidents[open].end = Some(End::Removed);
        }
    }

    /// A room is told from now on.
    pub(crate) fn subscribe(&mut self, room: &str) {
        self.rooms.insert(room.to_owned());
    }

    /// A room is told no more: what it was owed is void.
    pub(crate) fn unsubscribe(&mut self, room: &str) {
        self.rooms.remove(room);
        for incident in &mut self.incidents {
            if incident.told.remove(room) {
                incident.recovery.remove(room);
                *incident.formerly.entry(room.to_owned()).or_default() += 1;
            }
        }
    }

    /// The rooms that are told.
    pub(crate) fn rooms(&self) -> &BTreeSet<String> {
        &self.rooms
    }

    pub(crate) fn mute(&mut self, name: &str, until: Timestamp) {
        self.servers.get_mut(name).unwrap().muted_until = Some(until);
    }

    pub(crate) fn unmute(&mut self, name: &str, now: Timestamp) {
        if self
            .servers
            .get_mut(name)
            .unwrap()
            .muted_until
            .take()
            .is_some()
        {
            self.audible_again(name, now);
        }
    }

    pub(crate) fn switch(&mut self, name: &str, on: bool, now: Timestamp) {
        let server = self.servers.get_mut(name).unwrap();
        let changed = server.alerts != on;
        server.alerts = on;
        if changed && on {
            self.audible_again(name, now);
        }
    }

    pub(crate) fn acknowledge(&mut self, name: &str) {
        if let Some(open) = self.servers[name].open {
            self.incidents[open].acknowledged = true;
        }
    }

    /// Mutes end by themselves.
    pub(crate) fn tick(&mut self, now: Timestamp) {
        let over =
            |server: &Server| server.live && server.muted_until.is_some_and(|until| until <= now);
        let over: Vec<_> = self
            .servers
            .iter()
            .filter(|(_, server)| over(server))
            .collect();
        let over: Vec<_> = over.into_iter().map(|(name, _)| name.clone()).collect();
        for name in over {
            self.unmute(&name, now);
        }
    }

    /// What lives in memory alone is gone.
    pub(crate) fn restart(&mut self) {
        for server in self.servers.values_mut() {
            server.streak = None;
        }
    }

    /// Whether the outcome, seen now, would confirm a failure, and when the server was first seen to fail.
    pub(crate) fn would_confirm(
        &self,
        name: &str,
        outcome: &Outcome,
        now: Timestamp,
    ) -> Option<Timestamp> {
        let server = self.servers.get(name).filter(|server| server.live)?;
        if !matches!(outcome.verdict, Verdict::Failed(_)) || server.belief == Belief::Down {
            return None;
        }
        let streak = server.streak_with(false, outcome.at, now);
        (streak.count >= server.failures).then_some(streak.seen)
    }

    /// A probe has found something; `now` is when it did.
    pub(crate) fn found(&mut self, name: &str, outcome: &Outcome, now: Timestamp) {
        let Some(server) = self.servers.get_mut(name).filter(|server| server.live) else {
            return;
        };
        let healthy = match outcome.verdict {
            Verdict::Unknown(trouble) => {
                // Held back, and confirmed anew; but it began when it did.
                let held = server.streak_with(false, outcome.at, now);
                let held = Streak { count: 0, ..held };
                server.streak = (trouble == Trouble::Offline).then_some(held);
                return;
            }
            Verdict::Healthy { .. } => true,
            Verdict::Failed(_) => false,
        };
        let agrees = match server.belief {
            Belief::Pending => false,
            Belief::Up => healthy,
            Belief::Down => !healthy,
        };
        if agrees {
            server.streak = None;
            if server.settle(outcome.at) {
                self.settled(name, now);
            }
            return;
        }
        let streak = server.streak_with(healthy, outcome.at, now);
        let needed = match (healthy, server.belief) {
            (true, Belief::Pending) => 1,
            (true, _) => server.recoveries,
            (false, _) => server.failures,
        };
        if streak.count < needed {
            server.streak = Some(streak);
            return;
        }
        server.streak = None;
        if healthy {
            self.up(name, outcome.at, now);
        } else {
            self.down(name, streak.began, outcome.at, now);
        }
    }

    fn down(&mut self, name: &str, began: Timestamp, at: Timestamp, now: Timestamp) {
        let server = self.servers.get_mut(name).unwrap();
        server.belief = Belief::Down;
        let voice = server.change(at);
        let index = self.incidents.len();
        server.open = Some(index);
        if voice == Voice::Tell {
            server.heard = Some(index);
        }
        self.incidents.push(Incident {
            server: name.to_owned(),
            began: began.timestamp(),
            confirmed: now,
            end: None,
            told: BTreeSet::new(),
            formerly: BTreeMap::new(),
            recovery: BTreeSet::new(),
            still: BTreeMap::new(),
            acknowledged: false,
        });
        match voice {
            Voice::Tell => self.tell(name, index, now),
            Voice::Flaps => self.flaps(name, now),
            Voice::Hush => {}
        }
    }

    fn up(&mut self, name: &str, at: Timestamp, now: Timestamp) {
        let server = self.servers.get_mut(name).unwrap();
        if std::mem::replace(&mut server.belief, Belief::Up) == Belief::Pending {
            return;
        }
        let voice = server.change(at);
        let ended = server.open.take();
        let heard = if voice == Voice::Tell {
            server.heard.take()
        } else {
            None
        };
        if let Some(ended) = ended {
            self.incidents[ended].end = Some(End::Recovered);
        }
        match voice {
            Voice::Tell => {
                for index in BTreeSet::from_iter(ended.into_iter().chain(heard)) {
                    self.recovers(name, index, now);
                }
            }
            Voice::Flaps => self.flaps(name, now),
            Voice::Hush => {}
        }
    }

    /// The server kept still after it flapped.
    fn settled(&mut self, name: &str, now: Timestamp) {
        let server = self.servers.get_mut(name).unwrap();
        match (server.open, server.heard) {
            (Some(open), _) => {
                server.heard = Some(open);
                self.tell(name, open, now);
            }
            (None, Some(heard)) => {
                server.heard = None;
                self.recovers(name, heard, now);
            }
            (None, None) => {}
        }
    }

    fn audible_again(&mut self, name: &str, now: Timestamp) {
        let server = &self.servers[name];
        let Some(open) = server.open.filter(|_| !server.flapping) else {
            return;
        };
        if server.is_audible(now) {
            let incident = &mut self.incidents[open];
            for room in &incident.told {
                *incident.still.entry(room.clone()).or_default() += 1;
            }
            self.tell(name, open, now);
        }
    }

    fn tell(&mut self, name: &str, index: Index, now: Timestamp) {
        if self.servers[name].is_audible(now) {
            self.incidents[index]
                .told
                .extend(self.rooms.iter().cloned());
        }
    }

    fn recovers(&mut self, name: &str, index: Index, now: Timestamp) {
        if self.servers[name].is_audible(now) {
            let incident = &mut self.incidents[index];
            let told = incident.told.intersection(&self.rooms);
            incident.recovery.extend(told.cloned());
        }
    }

    fn flaps(&mut self, name: &str, now: Timestamp) {
        if self.servers[name].is_audible(now) {
            for room in &self.rooms {
                let key = (room.clone(), name.to_owned());
                *self.flapping.entry(key).or_default() += 1;
            }
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Voice {
    Tell,
    Flaps,
    Hush,
}

impl Server {
    fn streak_with(&self, healthy: bool, at: Timestamp, now: Timestamp) -> Streak {
        match self.streak {
            Some(streak) if streak.healthy == healthy => Streak {
                count: streak.count + 1,
                ..streak
            },
            _ => Streak {
                healthy,
                count: 1,
                began: at,
                seen: now,
            },
        }
    }

    fn is_audible(&self, now: Timestamp) -> bool {
        self.alerts && self.muted_until.is_none_or(|until| until <= now)
    }

    /// Six changes within ten minutes are one too many; five quiet minutes end it.
    fn change(&mut self, at: Timestamp) -> Voice {
        self.settle(at);
        self.changes.push_back(at);
        self.changes
            .retain(|change| at - *change < TimeDelta::minutes(10));
        match (self.flapping, self.changes.len() >= 6) {
            (true, _) => Voice::Hush,
            (false, true) => {
                self.flapping = true;
                Voice::Flaps
            }
            (false, false) => Voice::Tell,
        }
    }

    fn settle(&mut self, at: Timestamp) -> bool {
        let last = self.changes.back().copied();
        let settles = self.flapping && last.is_none_or(|last| at - last >= TimeDelta::minutes(5));
        if settles {
            self.flapping = false;
            self.changes.clear();
        }
        settles
    }
}
