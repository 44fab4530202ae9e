//! What is owed is sent: a lane a channel, in order, one call in flight, at least once.
//!
//! A lane's step takes the oldest entry, renders it as things stand now, sends it, and removes it in the commit that
//! notes what the channel holds. That it is about to be sent is on disk before the request is written, so after a crash
//! or a connection that broke it is known that Slack may have the message already: where the token may read the
//! channel's history the bot looks before it sends again, else it sends again. Nothing is lost, and at most one repeat
//! comes of each such break.

mod digests;
mod farewell;
mod lane;
mod plan;
mod sending;

use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::FutureExt;
use tokio::sync::{Notify, mpsc, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::clock::SharedClock;
use crate::domain::backoff;
use crate::domain::bucket::Bucket;
use crate::domain::channel::Destination;
use crate::domain::ids::ChannelId;
use crate::service::base::Base;
use crate::service::channels::Channels;
use crate::service::fleet::Fleet;
use crate::service::owing::Owing;
use crate::slack::client::SharedSlack;
use crate::slack::render::Words;
use crate::store::Store;

pub use lane::{Lane, LaneStep};

/// Slack takes about a post a second in a channel, and bears a short burst.
const LANE: Bucket = Bucket::new(Duration::from_secs(1), 3);

/// Slack takes some hundred posts a minute in a workspace.
const WORKSPACE: Bucket = Bucket::new(Duration::from_millis(200), 20);

/// The workspace's refusal, while it lasts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pause {
    /// Slack's word for it, such as `token_revoked`.
    pub reason: String,
    until: Duration,
}

/// Sends what is owed.
pub struct Delivery {
    store: Store,
    fleet: Arc<Fleet>,
    channels: Arc<Channels>,
    owing: Owing,
    slack: SharedSlack,
    clock: SharedClock,
    words: Words,
    /// Shared by all lanes: Slack counts the workspace's posts too.
    bucket: Mutex<Bucket>,
    /// Until when Slack wants no more calls, by its own word. It means the destination, not the lane: whoever
    /// unsubscribes a room and subscribes it again has a new lane to the same room.
    barred: Mutex<HashMap<Destination, Duration>>,
    /// Set while Slack refuses the bot as a whole.
    pause: Mutex<Option<Pause>>,
    /// Touched when a pause is ended before its time.
    resumed: watch::Sender<()>,
    /// Set once the token has turned out not to read histories.
    history_denied: AtomicBool,
}

impl std::fmt::Debug for Delivery {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Delivery")
    }
}

impl Delivery {
    /// Sends what the store's outbox holds to `slack`.
    #[must_use]
    pub fn new(base: &Base, channels: Arc<Channels>, slack: SharedSlack, words: Words) -> Self {
        Self {
            store: base.store.clone(),
            fleet: Arc::clone(&base.fleet),
            channels,
            owing: base.owing.clone(),
            slack,
            clock: Arc::clone(&base.clock),
            words,
            bucket: Mutex::new(WORKSPACE),
            barred: Mutex::default(),
            pause: Mutex::default(),
            resumed: watch::Sender::new(()),
            history_denied: AtomicBool::new(false),
        }
    }

    /// Why nothing is sent at all, while Slack refuses the bot as a whole.
    #[must_use]
    pub fn pause(&self) -> Option<Pause> {
        let now = self.clock.elapsed();
        lock(&self.pause).clone().filter(|pause| now < pause.until)
    }

    /// Nothing is sent through the bot's token for a while, because Slack refuses the bot as a whole; by Slack's word. Tells
    /// until when, on the monotonic clock.
    pub fn refused(&self, reason: &str) -> Duration {
        let until = self.clock.elapsed() + backoff::LONGEST;
        *lock(&self.pause) = Some(Pause {
            reason: reason.to_owned(),
            until,
        });
        until
    }

    /// Ends the workspace's pause at once: something has changed about the token, or may have.
    pub fn resume(&self) {
        *lock(&self.pause) = None;
        self.history_denied.store(false, Ordering::Relaxed);
        self.resumed.send_replace(());
    }

    /// Runs a lane for each channel that is owed something, until told to stop.
    pub async fn run(
        self: Arc<Self>,
        mut touched: mpsc::UnboundedReceiver<ChannelId>,
        stop: CancellationToken,
    ) {
        let mut lanes: HashMap<ChannelId, Arc<Notify>> = HashMap::new();
        let tasks = TaskTracker::new();
        while let Some(Some(channel)) = stop.run_until_cancelled(touched.recv()).await {
            let wake = lanes.entry(channel).or_insert_with(|| {
                let wake = Arc::new(Notify::new());
                tasks.spawn(Arc::clone(&self).keep_lane(channel, Arc::clone(&wake), stop.clone()));
                wake
            });
            wake.notify_one();
        }
        tasks.close();
        tasks.wait().await;
    }

    /// Runs a lane, and runs it again after a panic: what it had in hand is still on disk, and a channel whose lane is
    /// gone would never hear of anything again.
    async fn keep_lane(
        self: Arc<Self>,
        channel: ChannelId,
        wake: Arc<Notify>,
        stop: CancellationToken,
    ) {
        let mut panics = 0;
        loop {
            let lane = Arc::clone(&self).run_lane(channel, Arc::clone(&wake), stop.clone());
            if AssertUnwindSafe(lane).catch_unwind().await.is_ok() {
                return;
            }
            panics += 1;
            tracing::error!(%channel, panics, "a lane broke off, and is begun anew");
            let begin = self.clock.elapsed() + backoff::wait(panics, 0);
            stop.run_until_cancelled(self.clock.sleep_until(begin))
                .await;
        }
    }

    async fn run_lane(
        self: Arc<Self>,
        channel: ChannelId,
        wake: Arc<Notify>,
        stop: CancellationToken,
    ) {
        let mut lane = Lane::new(channel);
        let mut resumed = self.resumed.subscribe();
        while !stop.is_cancelled() {
            let wait = match self.step(&mut lane).await {
                LaneStep::Done => continue,
                LaneStep::Wait(until) => Some((until, false)),
                LaneStep::Later(until) => Some((until, true)),
                LaneStep::Idle | LaneStep::Stopped => None,
            };
            let woken = async {
                match wait {
                    None => wake.notified().await,
                    Some((until, false)) => tokio::select! {
                        () = self.clock.sleep_until(until) => {}
                        _ = resumed.changed() => {}
                    },
                    Some((until, true)) => tokio::select! {
                        () = self.clock.sleep_until(until) => {}
                        () = wake.notified() => {}
                    },
                }
            };
            stop.run_until_cancelled(woken).await;
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
