//! The one object behind a workspace: the state under its lock, and what leaves for the bot.

use std::mem;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::Value;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::directory::Delivery;
use super::error::Error;
use super::options::{EventRetries, Options};
use super::outgoing::{Answer, Outgoing, PATIENCE, Sender};
use super::socket::Sockets;
use super::state::State;
use super::targets::Target;
use crate::clock::SharedClock;

/// Slack tells an event again three times at most.
const RETRIES: u32 = 3;

pub(super) struct Core {
    state: Mutex<State>,
    changes: watch::Sender<u64>,
    bot_url: Mutex<Option<String>>,
    sender: Sender,
    retries: EventRetries,
    release: watch::Sender<u64>,
    targets: Mutex<Vec<(String, Target)>>,
    pub(super) clock: SharedClock,
    pub(super) address: SocketAddr,
    pub(super) bot_token: String,
    pub(super) app_token: Option<String>,
    pub(super) sockets: Sockets,
    pub(super) stop: CancellationToken,
    pub(super) tasks: TaskTracker,
}

/// The lock of a value that is whole after every step, so that a panic elsewhere does not taint it.
fn hold<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Core {
    pub(super) fn new(options: Options, address: SocketAddr) -> Self {
        Self {
            state: Mutex::new(State::new(&options)),
            changes: watch::Sender::new(0),
            bot_url: Mutex::new(options.bot_url),
            sender: Sender::new(options.signing_secret),
            retries: options.retries,
            release: watch::Sender::new(0),
            targets: Mutex::new(Vec::new()),
            clock: options.clock,
            address,
            bot_token: options.bot_token,
            app_token: options.app_token,
            sockets: Sockets::default(),
            stop: CancellationToken::new(),
            tasks: TaskTracker::new(),
        }
    }

    /// Looks at the state.
    pub(super) fn read<T>(&self, look: impl FnOnce(&State) -> T) -> T {
        look(&hold(&self.state))
    }

    /// Changes the state, wakes whoever waits, and hands back the events that came about.
    pub(super) fn act<T>(&self, change: impl FnOnce(&mut State) -> T) -> (T, Vec<Value>) {
        let mut state = hold(&self.state);
        let made = change(&mut state);
        let events = mem::take(&mut state.events);
        drop(state);
        self.changes.send_modify(|version| *version += 1);
        (made, events)
    }

    /// Changes the state; the events that came about are told to the bot meanwhile.
    pub(super) fn change<T>(self: &Arc<Self>, change: impl FnOnce(&mut State) -> T) -> T {
        let (made, events) = self.act(change);
        if !events.is_empty() {
            let core = Arc::clone(self);
            self.tasks.spawn(async move {
                for event in events {
                    core.tell(event).await;
                }
            });
        }
        made
    }

    /// Wakes whoever waits, after something beside the state has changed.
    pub(super) fn touch(&self) {
        self.changes.send_modify(|version| *version += 1);
    }

    /// Counts up with every change.
    pub(super) fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    pub(super) fn set_bot_url(&self, url: &str) {
        *hold(&self.bot_url) = Some(url.trim_end_matches('/').to_owned());
    }

    pub(super) fn add_target(&self, name: &str, target: Target) {
        hold(&self.targets).push((name.to_owned(), target));
        self.touch();
    }

    pub(super) fn targets(&self) -> Vec<(String, Target)> {
        hold(&self.targets).clone()
    }

    /// Ends every call that hangs.
    pub(super) fn release(&self) {
        self.release.send_modify(|round| *round += 1);
    }

    /// Completes when the calls that hang now are let go.
    pub(super) async fn released(&self) {
        let mut release = self.release.subscribe();
        tokio::select! {
            _ = release.changed() => {}
            () = self.stop.cancelled() => {}
        }
    }

    /// An address of this workspace.
    pub(super) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Sends to the bot and waits as long as Slack does.
    pub(super) async fn deliver(&self, outgoing: &Outgoing) -> Result<Answer, Error> {
        tokio::select! {
            biased;
            () = self.stop.cancelled() => Err(Error::Unreachable("the workspace is closed".into())),
            answer = self.carry(outgoing) => answer,
            () = self.clock.sleep(PATIENCE) => Err(Error::TimedOut),
        }
    }

    async fn carry(&self, outgoing: &Outgoing) -> Result<Answer, Error> {
        if self.app_token.is_some() {
            return self.sockets.send(outgoing).await;
        }
        let bot_url = hold(&self.bot_url).clone();
        let bot_url = bot_url.ok_or_else(|| Error::Unreachable("its address is not set".into()))?;
        self.sender
            .send(&bot_url, self.clock.now().timestamp(), outgoing)
            .await
    }

    /// Tells the bot an event until it takes it, as often as the options say.
    pub(super) async fn tell(&self, envelope: Value) -> Delivery {
        let ((), _) = self.act(|state| {
            let envelope = envelope.clone();
            state.deliveries.push(Delivery {
                envelope,
                attempts: 0,
                accepted: false,
            });
        });
        let mut delivery = self.attempt(&envelope, 0).await;
        while self.retries == EventRetries::Immediately && self.is_due(&delivery) {
            delivery = self.attempt(&envelope, delivery.attempts).await;
        }
        delivery
    }

    /// Tells the events that were not taken once more.
    pub(super) async fn retry_events(&self) -> Vec<Delivery> {
        let due = |state: &State| {
            let due = state
                .deliveries
                .iter()
                .filter(|delivery| self.is_due(delivery));
            due.cloned().collect::<Vec<_>>()
        };
        let mut told = Vec::new();
        for delivery in self.read(due) {
            told.push(self.attempt(&delivery.envelope, delivery.attempts).await);
        }
        told
    }

    fn is_due(&self, delivery: &Delivery) -> bool {
        let stopped = self.stop.is_cancelled();
        !stopped && !delivery.accepted && (1..=RETRIES).contains(&delivery.attempts)
    }

    /// Tells an event once.
    pub(super) async fn attempt(&self, envelope: &Value, retry: u32) -> Delivery {
        let outgoing = Outgoing::Event {
            envelope: envelope.clone(),
            retry,
        };
        let accepted = self
            .deliver(&outgoing)
            .await
            .is_ok_and(|answer| answer.is_success());
        let (known, _) = self.act(|state| {
            let same = |known: &&mut Delivery| known.envelope["event_id"] == envelope["event_id"];
            let known = state.deliveries.iter_mut().find(same)?;
            known.attempts += 1;
            known.accepted |= accepted;
            Some(known.clone())
        });
        known.unwrap_or(Delivery {
            envelope: envelope.clone(),
            attempts: retry + 1,
            accepted,
        })
    }
}
