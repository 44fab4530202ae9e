//! A command to its answer. Whoever asks is told what was done, or why not and what would work.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::clock::SharedClock;
use crate::domain::audit::{Actor, Via};
use crate::domain::command::words::ChannelRef;
use crate::domain::command::{
    Command, CommandError, Condition, ListFilter, Problem, Scope, ServerFields, SettingsChange,
    Topic,
};
use crate::domain::health::State;
use crate::domain::ids::{ConversationId, ServerId, UserId};

use crate::domain::reply::{Counts, Page, Reply, ServerView, Summary};
use crate::domain::server::{Environment, HostName, Source};
use crate::domain::settings::MuteSpan;
use crate::service::ChangeError;
use crate::service::channels::{Channels, Subscription};
use crate::service::fleet::Fleet;
use crate::service::monitor::Checks;
use crate::service::reach::reachable;
use crate::service::servers::{AddError, NewServer, Servers};
use crate::service::settings::Defaults;
use crate::service::silence::{Acknowledged, Silence};
use crate::slack::client::SharedSlack;

/// How many servers a page of a list shows.
pub const PAGE: usize = 20;

/// How many of the servers that are down a summary names.
const SUMMARY_DOWN: usize = 10;

/// How many nearest names an answer offers.
const NEAREST: usize = 3;

/// Who asks, and from where.
#[derive(Debug, Clone)]
pub struct Asker {
    /// Who.
    pub user: UserId,
    /// In which conversation; none from Home.
    pub conversation: Option<ConversationId>,
    /// What people call that.
    pub conversation_name: Option<String>,
    /// By what they ask.
    pub via: Via,
}

impl Asker {
    /// As the log names them.
    #[must_use]
    pub fn actor(&self) -> Actor {
        Actor::person(self.user.clone(), self.via)
    }
}

/// What commands act on.
pub struct Parts {
    /// What is known.
    pub fleet: Arc<Fleet>,
    /// Changes servers.
    pub servers: Arc<Servers>,
    /// Switches, mutes, acknowledges.
    pub silence: Arc<Silence>,
    /// Changes the defaults.
    pub defaults: Defaults,
    /// Changes channels.
    pub channels: Arc<Channels>,
    /// Probes out of turn.
    pub checks: Checks,
    /// Looks conversations up.
    pub slack: SharedSlack,
    /// The time.
    pub clock: SharedClock,
}

/// Carries commands out.
pub struct Commands {
    fleet: Arc<Fleet>,
    servers: Arc<Servers>,
    silence: Arc<Silence>,
    defaults: Defaults,
    channels: Arc<Channels>,
    checks: Checks,
    slack: SharedSlack,
    clock: SharedClock,
    operators: BTreeSet<UserId>,
}

impl std::fmt::Debug for Commands {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Commands")
    }
}

impl Commands {
    /// Commands over these parts; where `operators` is empty, everyone may change things.
    #[must_use]
    pub fn new(parts: Parts, operators: BTreeSet<UserId>) -> Self {
        let Parts {
            fleet,
            servers,
            silence,
            defaults,
            channels,
            checks,
            slack,
            clock,
        } = parts;
        Self {
            fleet,
            servers,
            silence,
            defaults,
            channels,
            checks,
            slack,
            clock,
            operators,
        }
    }

    /// Carries a command out.
    pub async fn handle(&self, command: Command, asker: &Asker) -> Reply {
        if changes_something(&command) && !self.may_change(&asker.user) {
            return Reply::NotAllowed;
        }
        match command {
            Command::Help(topic) => Reply::Help(topic),
            Command::Add { name, fields } => self.add(name, *fields, asker).await,
            Command::List { filter } => self.list(filter, 0),
            Command::Status(None) => self.summary(),
            Command::Status(Some(name)) => self.with(&name, Topic::Status, Reply::Detail),
            Command::Remove(name) => self.with(&name, Topic::Remove, Reply::AskRemove),
            Command::Check(name) => match self.fleet.named(&name) {
                Some(known) => self.check(known.server.id).await,
                None => self.no_such(name, Topic::Check),
            },
            Command::Alerts {
                scope: Scope::All,
                on: true,
            } => self.switch_all(true, asker).await,
            Command::Alerts {
                scope: Scope::All,
                on: false,
            } => Reply::AskAllOff {
                servers: self.fleet.servers(),
            },
            Command::Alerts {
                scope: Scope::One(name),
                on,
            } => match self.fleet.named(&name) {
                Some(known) => self.switch(known.server.id, on, asker).await,
                None => self.no_such(name, if on { Topic::On } else { Topic::Off }),
            },
            Command::Mute { name, span } => match self.fleet.named(&name) {
                Some(known) => self.mute(known.server.id, span, asker).await,
                None => self.no_such(name, Topic::Mute),
            },
            Command::Unmute(name) => match self.fleet.named(&name) {
                Some(known) => self.unmute(known.server.id, asker).await,
                None => self.no_such(name, Topic::Unmute),
            },
            Command::Ack(name) => match self.fleet.named(&name) {
                Some(known) => self.acknowledge(known.server.id, asker).await,
                None => self.no_such(name, Topic::Ack),
            },
            Command::Settings(change) => self.settings(change, asker).await,
            Command::Subscribe {
                channel,
                environments,
            } => self.subscribe(channel, environments, asker).await,
            Command::Unsubscribe { channel } => self.unsubscribe(channel, asker).await,
            Command::Channels => {
                let channels = self.fleet.channels();
                Reply::Channels(channels.iter().map(|channel| (**channel).clone()).collect())
            }
        }
    }

    /// Whether this person may change things.
    #[must_use]
    pub fn may_change(&self, user: &UserId) -> bool {
        self.operators.is_empty() || self.operators.contains(user)
    }

    fn no_such(&self, name: String, topic: Topic) -> Reply {
        let nearest = self.fleet.nearest_names(&name, NEAREST);
        Reply::NoSuchServer {
            name,
            nearest,
            topic,
        }
    }

    fn with(&self, name: &str, topic: Topic, reply: impl Fn(ServerView) -> Reply) -> Reply {
        let view = self
            .fleet
            .named(name)
            .and_then(|known| self.fleet.view(known.server.id));
        view.map_or_else(|| self.no_such(name.to_owned(), topic), reply)
    }

    async fn add(&self, name: HostName, fields: ServerFields, asker: &Asker) -> Reply {
        let server_type = match fields.checked_type() {
            Ok(server_type) => server_type,
            Err(problem) => return mistake(Topic::Add, problem),
        };
        let new = NewServer {
            name,
            fields,
            server_type,
            source: Source::Manual,
        };
        match self.servers.add(new, &asker.actor()).await {
            Ok(view) => {
                let id = view.server.id;
                let outcome = self.checks.check(id).await;
                let view = self.fleet.view(id).unwrap_or(view);
                let now = self.clock.now();
                let channels = self.fleet.channels();
                let heard = channels
                    .iter()
                    .any(|channel| channel.wants(&view.server, now));
                Reply::Added {
                    view,
                    outcome,
                    heard,
                }
            }
            Err(AddError::Forbidden(reason)) => Reply::Forbidden { reason },
            Err(AddError::Change(error)) => refusal(error),
        }
    }

    /// Probes a server now.
    pub async fn check(&self, id: ServerId) -> Reply {
        let outcome = self.checks.check(id).await;
        match (outcome, self.fleet.view(id)) {
            (Some(outcome), Some(view)) => Reply::Checked { view, outcome },
            (None, Some(view)) => Reply::Checking {
                name: view.server.host_name.to_string(),
            },
            (_, None) => Reply::Gone,
        }
    }

    /// Switches one server's alerts.
    pub async fn switch(&self, id: ServerId, on: bool, asker: &Asker) -> Reply {
        match self.silence.set_alerts(id, on, &asker.actor()).await {
            Ok((view, changed)) => Reply::AlertsSwitched { view, changed },
            Err(error) => refusal(error),
        }
    }

    /// Silences a server's alerts for a while.
    pub async fn mute(&self, id: ServerId, span: MuteSpan, asker: &Asker) -> Reply {
        match self.silence.mute(id, span.get(), &asker.actor()).await {
            Ok(view) => Reply::Muted { view },
            Err(error) => refusal(error),
        }
    }

    /// Ends a server's mute.
    pub async fn unmute(&self, id: ServerId, asker: &Asker) -> Reply {
        match self.silence.unmute(id, &asker.actor()).await {
            Ok((view, changed)) => Reply::Unmuted { view, changed },
            Err(error) => refusal(error),
        }
    }

    /// Takes a server's open incident on.
    pub async fn acknowledge(&self, id: ServerId, asker: &Asker) -> Reply {
        let Some(view) = self.fleet.view(id) else {
            return Reply::Gone;
        };
        let name = view.server.host_name.to_string();
        match self.silence.acknowledge(id, &asker.user, asker.via).await {
            Ok(Acknowledged::Now) => Reply::Acknowledged {
                name,
                already: None,
            },
            Ok(Acknowledged::Already(first)) => Reply::Acknowledged {
                name,
                already: Some(first),
            },
            Ok(Acknowledged::NothingOpen) => Reply::NothingOpen { name },
            Err(error) => refusal(error),
        }
    }

    async fn settings(&self, change: SettingsChange, asker: &Asker) -> Reply {
        if change.is_empty() {
            return Reply::Settings {
                settings: self.fleet.settings(),
                changed: false,
            };
        }
        match self.defaults.change(&change, &asker.actor()).await {
            Ok(settings) => Reply::Settings {
                settings,
                changed: true,
            },
            Err(error) => refusal(error),
        }
    }

    /// Switches all alerts.
    pub async fn switch_all(&self, on: bool, asker: &Asker) -> Reply {
        match self.silence.set_all_alerts(on, &asker.actor()).await {
            Ok(changed) => Reply::AllAlertsSwitched { on, changed },
            Err(error) => refusal(error),
        }
    }

    /// Watches a server no more.
    pub async fn remove(&self, id: ServerId, asker: &Asker) -> Reply {
        match self.servers.remove(id, &asker.actor()).await {
            Ok(server) => Reply::Removed {
                name: server.host_name.to_string(),
            },
            Err(error) => refusal(error),
        }
    }

    /// A page of the servers that a filter lets through.
    #[must_use]
    pub fn list(&self, filter: ListFilter, page: usize) -> Reply {
        let now = self.clock.now();
        let mut matching = Vec::new();
        self.fleet.each_server(|known, settings| {
            let server = &known.server;
            let condition = match filter.condition {
                None => true,
                Some(Condition::Down) => known.health.believed == State::Down,
                Some(Condition::Muted) => server.is_muted(now),
                Some(Condition::Off) => !server.notification,
            };
            if condition
                && filter
                    .environment
                    .is_none_or(|wanted| wanted == server.environment)
            {
                matching.push(known.view(settings));
            }
        });
        Reply::List {
            page: Page::cut(matching, page, PAGE),
            filter,
        }
    }

    /// The whole at a glance.
    #[must_use]
    pub fn summary(&self) -> Reply {
        let now = self.clock.now();
        let mut counts = [Counts::default(); Environment::ALL.len()];
        let mut summary = Summary {
            channels: self.fleet.channels().len(),
            ..Summary::default()
        };
        self.fleet.each_server(|known, settings| {
            let server = &known.server;
            let at = Environment::ALL
                .iter()
                .position(|e| *e == server.environment);
            if let Some(counts) = at.and_then(|at| counts.get_mut(at)) {
                counts.add(known.health.state());
            }
            summary.alerts_off += usize::from(!server.notification);
            summary.muted += usize::from(server.is_muted(now));
            if known.health.believed == State::Down {
                summary.down.push(known.view(settings));
            }
        });
        summary.down_total = summary.down.len();
        summary.down.sort_by_key(|view| view.health.since);
        summary.down.truncate(SUMMARY_DOWN);
        summary.environments = Environment::ALL
            .into_iter()
            .zip(counts)
            .filter(|(_, counts)| counts.total() > 0)
            .collect();
        Reply::Summary(summary)
    }

    async fn subscribe(
        &self,
        channel: Option<ChannelRef>,
        environments: BTreeSet<Environment>,
        asker: &Asker,
    ) -> Reply {
        let Some((conversation, name)) = here_or(channel, asker) else {
            return mistake(Topic::Subscribe, Problem::Missing("#channel"));
        };
        let found = match reachable(&self.slack, &conversation).await {
            Ok(found) => found,
            Err(problem) => {
                return Reply::CannotSubscribe {
                    conversation,
                    problem,
                };
            }
        };
        let subscription = Subscription {
            name: found
                .name
                .or(name)
                .unwrap_or_else(|| conversation.to_string()),
            conversation,
            environments: Some(environments),
            by: asker.actor(),
            welcome: false,
        };
        match self.channels.subscribe(&subscription, None).await {
            Ok((channel, already)) => Reply::Subscribed { channel, already },
            Err(error) => refusal(error),
        }
    }

    async fn unsubscribe(&self, channel: Option<ChannelRef>, asker: &Asker) -> Reply {
        match here_or(channel, asker) {
            Some((conversation, _)) => self.unsubscribe_conversation(conversation, asker).await,
            None => mistake(Topic::Unsubscribe, Problem::Missing("#channel")),
        }
    }

    /// Tells a conversation no more.
    pub async fn unsubscribe_conversation(
        &self,
        conversation: ConversationId,
        asker: &Asker,
    ) -> Reply {
        let by = asker.actor();
        match self.channels.unsubscribe(&conversation, None, &by).await {
            Ok(Some(channel)) => Reply::Unsubscribed {
                channel: (*channel).clone(),
            },
            Ok(None) => Reply::NotSubscribed { conversation },
            Err(error) => refusal(error),
        }
    }
}

/// Whether only those may ask for it who may change things.
fn changes_something(command: &Command) -> bool {
    match command {
        Command::Help(_)
        | Command::List { .. }
        | Command::Status(_)
        | Command::Check(_)
        | Command::Channels => false,
        Command::Settings(change) => !change.is_empty(),
        Command::Add { .. }
        | Command::Remove(_)
        | Command::Alerts { .. }
        | Command::Mute { .. }
        | Command::Unmute(_)
        | Command::Ack(_)
        | Command::Subscribe { .. }
        | Command::Unsubscribe { .. } => true,
    }
}

fn here_or(channel: Option<ChannelRef>, asker: &Asker) -> Option<(ConversationId, Option<String>)> {
    match channel {
        Some(channel) => Some((channel.id, channel.name)),
        None => Some((asker.conversation.clone()?, asker.conversation_name.clone())),
    }
}

fn mistake(topic: Topic, problem: Problem) -> Reply {
    Reply::Mistake(CommandError { topic, problem })
}

/// A change that was not made, as an answer.
fn refusal(error: ChangeError) -> Reply {
    match error {
        ChangeError::Missing => Reply::Gone,
        ChangeError::NameTaken(name) => Reply::NameTaken { name },
        ChangeError::Store(error) => Reply::StoreTrouble {
            reason: error.to_string(),
        },
    }
}
