//! What is owed is sent: a lane a channel, in order, one call in flight, at least once.
//!
//! A lane's step takes the oldest entry, renders it as things stand now, sends it, and removes it in the commit that
//! notes what the channel holds. A process that dies in between sends again; nothing is lost.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Notify, mpsc};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::clock::SharedClock;
use crate::domain::backoff;
use crate::domain::channel::{Channel, Destination};
use crate::domain::ids::{ChannelId, MessageTs};
use crate::domain::incident::{Incident, Notice, Posting, Progress};
use crate::service::ChangeError;
use crate::service::channels::Channels;
use crate::service::fleet::Fleet;
use crate::slack::client::{Post, SharedSlack};
use crate::slack::error::SendError;
use crate::slack::render::{self, IncidentView, Message};
use crate::store::collections::{OutboxEntry, OutboxKey, PostingKey};
use crate::store::{Batch, CommitError, Key, Store, Stored};

/// Between two posts in one channel: Slack takes about one a second.
pub const POST_EVERY: Duration = Duration::from_secs(1);

/// What a lane's step came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LaneStep {
    /// Nothing is owed.
    Idle,
    /// An entry is done; there may be another.
    Done,
    /// Not before then, on the monotonic clock.
    Wait(Duration),
    /// Slack refuses the channel: nothing is sent until something about it changes.
    Stopped,
}

/// What a lane remembers between its steps; none of it matters after a restart.
#[derive(Debug)]
pub struct Lane {
    channel: ChannelId,
    failed_attempts: u32,
    not_before: Duration,
}

impl Lane {
    /// A lane that has sent nothing yet.
    #[must_use]
    pub const fn new(channel: ChannelId) -> Self {
        Self {
            channel,
            failed_attempts: 0,
            not_before: Duration::ZERO,
        }
    }
}

/// What sending an entry takes.
#[derive(Debug)]
enum Plan {
    /// Nothing: it was made pointless.
    Drop,
    /// A new message.
    Post {
        message: Message,
        thread: Option<MessageTs>,
    },
    /// The posted message changes.
    Update { message: Message, ts: MessageTs },
}

/// Sends what is owed.
pub struct Delivery {
    store: Store,
    fleet: Arc<Fleet>,
    channels: Arc<Channels>,
    slack: SharedSlack,
    clock: SharedClock,
}

impl std::fmt::Debug for Delivery {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Delivery")
    }
}

impl Delivery {
    /// Sends what the store's outbox holds to `slack`.
    #[must_use]
    pub fn new(
        store: Store,
        fleet: Arc<Fleet>,
        channels: Arc<Channels>,
        slack: SharedSlack,
        clock: SharedClock,
    ) -> Self {
        Self {
            store,
            fleet,
            channels,
            slack,
            clock,
        }
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
                tasks.spawn(Arc::clone(&self).run_lane(channel, Arc::clone(&wake), stop.clone()));
                wake
            });
            wake.notify_one();
        }
        tasks.close();
        tasks.wait().await;
    }

    async fn run_lane(
        self: Arc<Self>,
        channel: ChannelId,
        wake: Arc<Notify>,
        stop: CancellationToken,
    ) {
        let mut lane = Lane::new(channel);
        while !stop.is_cancelled() {
            let until = match self.step(&mut lane).await {
                LaneStep::Done => continue,
                LaneStep::Wait(until) => until,
                LaneStep::Idle | LaneStep::Stopped => {
                    if stop.run_until_cancelled(wake.notified()).await.is_none() {
                        return;
                    }
                    continue;
                }
            };
            stop.run_until_cancelled(self.clock.sleep_until(until))
                .await;
        }
    }

    /// Deals with the oldest entry of the lane.
    pub async fn step(&self, lane: &mut Lane) -> LaneStep {
        let now = self.clock.elapsed();
        if now < lane.not_before {
            return LaneStep::Wait(lane.not_before);
        }
        match self.try_step(lane).await {
            Ok(step) => step,
            Err(error) => {
                tracing::error!(channel = %lane.channel, %error, "the outbox cannot be used");
                self.back_off(lane, None)
            }
        }
    }

    async fn try_step(&self, lane: &mut Lane) -> Result<LaneStep, ChangeError> {
        let oldest = self
            .store
            .scan::<OutboxEntry>(&lane.channel.encode(), None, 1)?
            .pop();
        let Some((key, entry)) = oldest else {
            return Ok(LaneStep::Idle);
        };
        let Some(known) = self.fleet.channel(lane.channel) else {
            self.store
                .commit(Batch::new().delete::<OutboxEntry>(&key))
                .await?;
            return Ok(LaneStep::Done);
        };
        if known.channel.failing.is_some() {
            return Ok(LaneStep::Stopped);
        }
        let about = self.about(&key, &entry.value.notice)?;
        let plan = self.plan(&entry.value.notice, about.as_ref(), &known.channel);
        let posts = matches!(plan, Plan::Post { .. });
        match self.send(&known.channel, &key, plan).await {
            Ok(ts) => {
                self.settle(&key, &entry.value.notice, about, ts).await?;
                lane.failed_attempts = 0;
                if posts {
                    lane.not_before = self.clock.elapsed() + POST_EVERY;
                }
                Ok(LaneStep::Done)
            }
            Err(error) => self.failed(lane, &key, error).await,
        }
    }

    /// The incident that a notice is of, and what the channel holds of it.
    fn about(
        &self,
        key: &OutboxKey,
        notice: &Notice,
    ) -> Result<Option<(Incident, Option<Stored<Posting>>)>, ChangeError> {
        let Some(id) = notice.incident() else {
            return Ok(None);
        };
        let Some(incident) = self.store.get::<Incident>(&id)? else {
            return Ok(None);
        };
        let posting = PostingKey {
            incident: id,
            channel: key.channel,
        };
        Ok(Some((incident.value, self.store.get::<Posting>(&posting)?)))
    }

    fn plan(
        &self,
        notice: &Notice,
        about: Option<&(Incident, Option<Stored<Posting>>)>,
        channel: &Channel,
    ) -> Plan {
        if let Notice::Welcome { .. } = notice {
            let message = render::welcome(&channel.environments, self.fleet.servers());
            return Plan::Post {
                message,
                thread: None,
            };
        }
        let Some((incident, posting)) = about else {
            return Plan::Drop;
        };
        let progress = posting.as_ref().map(|stored| &stored.value.progress);
        let server = self.fleet.server(incident.server);
        let server = server.as_ref().map(|known| &*known.server);
        let view = IncidentView {
            incident,
            server,
            now: self.clock.now(),
        };
        match (notice, progress, &incident.end) {
            (Notice::Failure { .. }, Some(Progress::Queued), _) => Plan::Post {
                message: render::failure(view),
                thread: None,
            },
            (Notice::Edit { .. }, Some(Progress::Posted { ts: Some(ts) }), _) => Plan::Update {
                message: render::failure(view),
                ts: ts.clone(),
            },
            (Notice::Recovery { .. }, Some(Progress::Posted { ts }), Some(end)) => Plan::Post {
                message: render::recovery(incident, end),
                thread: ts.clone(),
            },
            _ => Plan::Drop,
        }
    }

    async fn send(
        &self,
        channel: &Channel,
        key: &OutboxKey,
        plan: Plan,
    ) -> Result<Option<MessageTs>, SendError> {
        let (message, thread, ts) = match plan {
            Plan::Drop => return Ok(None),
            Plan::Post { message, thread } => (message, thread, None),
            Plan::Update { message, ts } => (message, None, Some(ts)),
        };
        match self
            .send_once(channel, key, &message, thread.as_ref(), ts.as_ref())
            .await
        {
            Err(SendError::Ours { reason }) => {
                tracing::error!(channel = %channel.id, %reason, "Slack refused a message; its plain text is sent instead");
                let plain = message.plain();
                self.send_once(channel, key, &plain, thread.as_ref(), ts.as_ref())
                    .await
            }
            sent => sent,
        }
    }

    async fn send_once(
        &self,
        channel: &Channel,
        key: &OutboxKey,
        message: &Message,
        thread: Option<&MessageTs>,
        ts: Option<&MessageTs>,
    ) -> Result<Option<MessageTs>, SendError> {
        let conversation = match &channel.destination {
            Destination::Conversation(conversation) => conversation,
            Destination::Webhook(url) => return self.slack.hook(url, message).await.map(|()| None),
        };
        let post = Post {
            conversation,
            message,
            thread,
            notice: key.notice,
        };
        match ts {
            None => self.slack.post(post).await.map(Some),
            Some(ts) => match self.slack.update(conversation, ts, message).await {
                Ok(()) => Ok(Some(ts.clone())),
                // Somebody deleted it, or it is too old to be edited: it is said anew.
                Err(SendError::MessageGone { .. }) => self.slack.post(post).await.map(Some),
                Err(error) => Err(error),
            },
        }
    }

    /// Removes an entry and notes what the channel holds now, in one commit.
    async fn settle(
        &self,
        key: &OutboxKey,
        notice: &Notice,
        about: Option<(Incident, Option<Stored<Posting>>)>,
        ts: Option<MessageTs>,
    ) -> Result<(), ChangeError> {
        let mut batch = Batch::new().delete::<OutboxEntry>(key);
        if let Some((incident, Some(posting))) = about {
            let over = incident.end.is_some();
            let progress = match notice {
                // What was posted already tells the end.
                Notice::Failure { .. } if over => Progress::Told,
                Notice::Failure { .. } | Notice::Edit { .. } => {
                    let ts = ts.filter(|ts| !ts.as_str().is_empty());
                    if ts.is_some() || matches!(notice, Notice::Failure { .. }) {
                        Progress::Posted { ts }
                    } else {
                        posting.value.progress.clone()
                    }
                }
                Notice::Recovery { .. } => Progress::Told,
                Notice::Welcome { .. } => posting.value.progress.clone(),
            };
            let at = PostingKey {
                incident: incident.id,
                channel: key.channel,
            };
            if progress != posting.value.progress {
                batch = batch.put(
                    &at,
                    &Posting {
                        progress,
                        ..posting.value
                    },
                )?;
            }
        }
        match self.store.commit(batch).await {
            Ok(_) | Err(CommitError::Closed) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    async fn failed(
        &self,
        lane: &mut Lane,
        key: &OutboxKey,
        error: SendError,
    ) -> Result<LaneStep, ChangeError> {
        match error {
            SendError::Retry { after, reason, .. } => {
                tracing::warn!(channel = %lane.channel, %reason, "Slack is away for the moment");
                Ok(self.back_off(lane, after))
            }
            SendError::Workspace { reason } => {
                tracing::error!(%reason, "Slack refuses the bot's token: nothing can be told until that is mended");
                Ok(self.back_off(lane, Some(backoff::LONGEST)))
            }
            SendError::Channel { reason } => {
                tracing::error!(channel = %lane.channel, %reason, "Slack refuses this channel");
                self.channels
                    .set_failing(lane.channel, Some(&reason))
                    .await?;
                Ok(LaneStep::Stopped)
            }
            SendError::Ours { reason } | SendError::MessageGone { reason } => {
                tracing::error!(channel = %lane.channel, notice = %key.notice, %reason, "a message cannot be sent at all");
                self.channels
                    .set_failing(lane.channel, Some(&reason))
                    .await?;
                Ok(LaneStep::Stopped)
            }
        }
    }

    fn back_off(&self, lane: &mut Lane, after: Option<Duration>) -> LaneStep {
        lane.failed_attempts = lane.failed_attempts.saturating_add(1);
        let dice = self.clock.now().timestamp_subsec_nanos().into();
        let wait = after.unwrap_or_else(|| backoff::wait(lane.failed_attempts, dice));
        lane.not_before = self.clock.elapsed() + wait;
        LaneStep::Wait(lane.not_before)
    }
}
