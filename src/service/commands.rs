//! A command to its answer. Whoever asks is told what was done, or why not and what would work.

mod channels;
mod conversations;
mod looks;
mod servers;
mod webhooks;

pub use channels::CHANNELS_PAGE;
pub use looks::PAGE;

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::clock::SharedClock;
use crate::domain::audit::{Actor, Via};
use crate::domain::command::{Command, CommandError, Problem, Scope, Topic};
use crate::domain::ids::{ConversationId, UserId};
use crate::domain::reply::{Reply, ServerView};
use crate::service::audit::Audit;
use crate::service::channels::Channels;
use crate::service::delivery::Delivery;
use crate::service::fleet::Fleet;
use crate::service::forms::{Forms, Screen};
use crate::service::monitor::Checks;
use crate::service::servers::Servers;
use crate::service::settings::Defaults;
use crate::service::silence::Silence;
use crate::slack::client::SharedSlack;
use crate::slack::hosts::HostRule;
use crate::store::Store;

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
    /// Where a form can be put, for a while.
    pub screen: Option<Screen>,
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
    /// Opens forms.
    pub forms: Arc<Forms>,
    /// Looks conversations up, and changes them.
    pub slack: SharedSlack,
    /// Knows whether Slack takes what the bot sends.
    pub delivery: Arc<Delivery>,
    /// Which hosts a webhook's URL may name.
    pub hosts: HostRule,
    /// Reads the log of changes.
    pub audit: Audit,
    /// Reads incidents.
    pub store: Store,
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
    forms: Arc<Forms>,
    slack: SharedSlack,
    delivery: Arc<Delivery>,
    hosts: HostRule,
    audit: Audit,
    store: Store,
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
            forms,
            slack,
            delivery,
            hosts,
            audit,
            store,
            clock,
        } = parts;
        Self {
            fleet,
            servers,
            silence,
            defaults,
            channels,
            checks,
            forms,
            slack,
            delivery,
            hosts,
            audit,
            store,
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
            Command::AddForm => self.open_add(asker).await,
            Command::List { filter } => self.list(filter, 0),
            Command::Status(None) => self.summary(),
            Command::Status(Some(name)) => self.detail(name),
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
            Command::Edit { name, edit } => self.edit(name, *edit, asker).await,
            Command::History(name) => self.history(name),
            Command::Conversation(command) => self.conversation(command, asker).await,
            Command::Webhook(command) => self.webhook(command, asker).await,
            Command::Channels => self.told(0),
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
}

/// Whether only those may ask for it who may change things.
#[must_use]
pub fn changes_something(command: &Command) -> bool {
    match command {
        Command::Help(_)
        | Command::List { .. }
        | Command::Status(_)
        | Command::Check(_)
        | Command::History(_)
        | Command::Channels => false,
        Command::Settings(change) => !change.is_empty(),
        Command::Add { .. }
        | Command::AddForm
        | Command::Edit { .. }
        | Command::Conversation(_)
        | Command::Webhook(_)
        | Command::Remove(_)
        | Command::Alerts { .. }
        | Command::Mute { .. }
        | Command::Unmute(_)
        | Command::Ack(_)
        | Command::Subscribe { .. }
        | Command::Unsubscribe { .. } => true,
    }
}

fn mistake(topic: Topic, problem: Problem) -> Reply {
    Reply::Mistake(CommandError::new(topic, problem))
}
