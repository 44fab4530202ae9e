//! What the bot answers a person: the facts. How they look and read is `slack::render`'s.

mod channels;

pub use channels::{ConversationAct, ConversationReply, WebhookAct, WebhookReply};

use std::sync::Arc;

use crate::domain::audit::{Edit, Logged};
use crate::domain::channel::Channel;
use crate::domain::command::{CommandError, ListFilter, Topic};
use crate::domain::forbidden::Forbidden;
use crate::domain::health::{Health, State};
use crate::domain::history::PastIncident;
use crate::domain::ids::ConversationId;
use crate::domain::incident::{Acknowledgement, Incident};
use crate::domain::inventory::{Held, Verdict};
use crate::domain::outcome::Outcome;
use crate::domain::server::{Environment, Server};
use crate::domain::settings::{Policy, Settings};

/// A server and what is believed of it.
#[derive(Debug, Clone)]
pub struct ServerView {
    /// The server.
    pub server: Arc<Server>,
    /// What is believed.
    pub health: Health,
    /// What holds for it.
    pub policy: Policy,
}

/// A page of a list.
#[derive(Debug, Clone)]
pub struct Page<T> {
    /// What is on it.
    pub items: Vec<T>,
    /// Which page, from 0.
    pub number: usize,
    /// How many items there are on all pages.
    pub total: usize,
    /// How many items a page holds.
    pub size: usize,
}

impl<T> Page<T> {
    /// Cuts one page out of all items; a page past the last becomes the last.
    #[must_use]
    pub fn cut(items: Vec<T>, number: usize, size: usize) -> Self {
        let total = items.len();
        let last = total.saturating_sub(1) / size.max(1);
        let number = number.min(last);
        let items = items.into_iter().skip(number * size).take(size).collect();
        Self {
            items,
            number,
            total,
            size,
        }
    }

    /// How many pages there are.
    #[must_use]
    pub fn pages(&self) -> usize {
        self.total.div_ceil(self.size.max(1)).max(1)
    }
}

/// How many servers there are of an environment, and in which state.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Up.
    pub up: usize,
    /// Down.
    pub down: usize,
    /// Not probed yet.
    pub pending: usize,
    /// Hidden by the prober's own trouble.
    pub unknown: usize,
}

impl Counts {
    /// Counts one server in.
    pub const fn add(&mut self, state: State) {
        match state {
            State::Up => self.up += 1,
            State::Down => self.down += 1,
            State::Pending => self.pending += 1,
            State::Unknown => self.unknown += 1,
        }
    }

    /// All of them.
    #[must_use]
    pub const fn total(&self) -> usize {
        self.up + self.down + self.pending + self.unknown
    }
}

/// How many servers there are of each environment, counted one by one.
#[derive(Debug, Clone, Default)]
pub struct Census {
    counts: [Counts; Environment::ALL.len()],
    /// How many are believed to be down, the prober's own trouble or not.
    pub down: usize,
}

impl Census {
    /// Counts one server in.
    pub fn add(&mut self, environment: Environment, health: &Health) {
        let at = Environment::ALL.iter().position(|e| *e == environment);
        if let Some(counts) = at.and_then(|at| self.counts.get_mut(at)) {
            counts.add(health.state());
        }
        self.down += usize::from(health.believed == State::Down);
    }

    /// The counts, the most important environment first; environments without servers are left out.
    #[must_use]
    pub fn environments(&self) -> Vec<(Environment, Counts)> {
        let all = Environment::ALL.into_iter().zip(self.counts);
        all.filter(|(_, counts)| counts.total() > 0).collect()
    }
}

/// The whole at a glance.
#[derive(Debug, Clone, Default)]
pub struct Summary {
    /// Counts by environment, the most important first; environments without servers are left out.
    pub environments: Vec<(Environment, Counts)>,
    /// The first of those that are down, the longest-lasting first.
    pub down: Vec<ServerView>,
    /// How many are down in all.
    pub down_total: usize,
    /// How many have their alerts off.
    pub alerts_off: usize,
    /// How many are muted.
    pub muted: usize,
    /// How many channels are told.
    pub channels: usize,
}

/// Why something is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    /// Somebody looked.
    Shown,
    /// It was just changed.
    Changed,
    /// It was to be changed, and stood so already.
    AsBefore,
}

/// Why a channel cannot be subscribed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SubscribeProblem {
    /// The bot cannot post there until it is invited.
    InviteFirst,
    /// It is archived.
    Archived,
    /// Slack did not answer; perhaps later.
    SlackAway(String),
}

/// What happened to a server, and what people did to it; the newest first.
#[derive(Debug, Clone)]
pub struct History {
    /// What people call it.
    pub name: String,
    /// The incident that is going on.
    pub open: Option<Incident>,
    /// Those that are over.
    pub past: Vec<PastIncident>,
    /// What people did.
    pub changes: Vec<Logged>,
}

/// What the bot answers. Every answer is for the person alone.
#[derive(Debug, Clone)]
pub enum Reply {
    /// What can be asked for.
    Help(Option<Topic>),
    /// The command cannot be carried out as it stands.
    Mistake(CommandError),
    /// No server is called so.
    NoSuchServer {
        /// What was typed.
        name: String,
        /// The nearest names.
        nearest: Vec<String>,
        /// The command that was meant.
        topic: Topic,
    },
    /// Another server has that name.
    NameTaken {
        /// The server that has it.
        name: String,
    },
    /// The address must not be probed.
    Forbidden {
        /// Why.
        reason: Forbidden,
        /// The command that named it.
        topic: Topic,
    },
    /// A server is watched from now on.
    Added {
        /// The server.
        view: ServerView,
        /// What its first probe found; none while it still runs.
        outcome: Option<Outcome>,
        /// Whether any channel would be told of its failures, were its alerts on.
        heard: bool,
    },
    /// A server was changed, or already stood so.
    Edited {
        /// The server as it is now.
        view: ServerView,
        /// What is different.
        edits: Vec<Edit>,
        /// Whether it is probed elsewhere or otherwise now.
        moved: bool,
        /// What a probe found since; none where none was asked for, or while it still runs.
        outcome: Option<Outcome>,
    },
    /// What happened to a server.
    History(History),
    /// A page of servers.
    List {
        /// The page.
        page: Page<ServerView>,
        /// What it was narrowed to.
        filter: ListFilter,
    },
    /// The whole at a glance.
    Summary(Summary),
    /// One server in detail.
    Detail {
        /// The server.
        view: ServerView,
        /// The incident that is going on.
        incident: Option<Incident>,
    },
    /// Whether a server is really to be removed.
    AskRemove(ServerView),
    /// A server is no longer watched.
    Removed {
        /// What people called it.
        name: String,
    },
    /// A server that was to be removed stays.
    Kept {
        /// What people call it.
        name: String,
    },
    /// All alerts were to be switched off and stay as they are.
    KeptAll,
    /// Something that a button meant is no longer there.
    Gone,
    /// One server's alerts were switched, or already stood so.
    AlertsSwitched {
        /// The server as it is now.
        view: ServerView,
        /// Whether anything changed.
        changed: bool,
    },
    /// A server's alerts are silent for a while.
    Muted {
        /// The server as it is now.
        view: ServerView,
    },
    /// A server's mute is over, or it was not muted.
    Unmuted {
        /// The server as it is now.
        view: ServerView,
        /// Whether anything changed.
        changed: bool,
    },
    /// Somebody took a server's incident on.
    Acknowledged {
        /// What people call the server.
        name: String,
        /// Who did before, where somebody was first.
        already: Option<Acknowledgement>,
    },
    /// There is nothing to take on.
    NothingOpen {
        /// What people call the server.
        name: String,
    },
    /// The defaults.
    Settings {
        /// As they are now.
        settings: Settings,
        /// What was done about them.
        told: Told,
    },
    /// All alerts were switched.
    AllAlertsSwitched {
        /// On or off.
        on: bool,
        /// How many servers changed.
        changed: usize,
    },
    /// Whether all alerts are really to be switched off.
    AskAllOff {
        /// How many servers would fall silent.
        servers: usize,
    },
    /// A probe that was asked for has run.
    Checked {
        /// The server as it is now.
        view: ServerView,
        /// What the probe found.
        outcome: Outcome,
    },
    /// A probe that was asked for still runs.
    Checking {
        /// What people call the server.
        name: String,
    },
    /// A channel is told of failures from now on.
    Subscribed {
        /// The channel.
        channel: Channel,
        /// Whether it already was told exactly this.
        already: bool,
    },
    /// A channel cannot be subscribed.
    CannotSubscribe {
        /// Which.
        conversation: ConversationId,
        /// Why.
        problem: SubscribeProblem,
    },
    /// A channel is told no more.
    Unsubscribed {
        /// The channel.
        channel: Channel,
        /// Whether it was said there.
        here: bool,
    },
    /// The channel was not subscribed.
    NotSubscribed {
        /// Which.
        conversation: ConversationId,
    },
    /// What became of the question about servers that the inventory lacks.
    InventorySettled(Verdict),
    /// The list is not as it was when that was asked: nothing was done, and it is asked again.
    InventoryChanged(Held),
    /// The same, but the list was whole meanwhile: every channel is asked anew.
    InventoryAskedAnew,
    /// The question was settled before.
    InventoryNotHeld,
    /// The inventory could not be reconciled.
    InventoryTrouble {
        /// Why.
        reason: String,
    },
    /// Who is told, a page of them.
    Channels {
        /// The page.
        page: Page<Arc<Channel>>,
        /// How many of them all have their alerts off.
        off: usize,
        /// Slack's word, while it refuses the bot as a whole.
        refused: Option<String>,
    },
    /// About a conversation of Slack's.
    Conversation(ConversationReply),
    /// About an incoming webhook.
    Webhook(WebhookReply),
    /// The store refused: nothing was changed.
    StoreTrouble {
        /// Why.
        reason: String,
    },
    /// The person asks for too much at once.
    TooFast,
    /// Slack has not yet said whose bot this is.
    NotReady,
    /// The same request came again; it was acted on the first time.
    DoneAlready,
    /// The person may look but not change.
    NotAllowed,
    /// The person is of another workspace.
    Stranger,
    /// Slack opened no form.
    NoForm {
        /// Slack's word.
        reason: String,
    },
    /// It is shown elsewhere, in a form or on Home: nothing is said here.
    Elsewhere,
}
