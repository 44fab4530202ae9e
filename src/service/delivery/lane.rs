//! A lane's step: which entry is next, and what became of it.

use std::sync::Arc;
use std::time::Duration;

use crate::domain::backoff;
use crate::domain::bucket::Bucket;
use crate::domain::channel::{Channel, Destination};
use crate::domain::ids::{ChannelId, NoticeId};
use crate::domain::notice::Notice;
use crate::domain::storm::{Ruling, Storm};
use crate::service::ChangeError;
use crate::service::delivery::plan::{About, Plan};
use crate::service::delivery::sending::{Sent, is_too_long};
use crate::service::delivery::{Delivery, LANE, lock};
use crate::slack::error::SendError;
use crate::store::collections::{OutboxEntry, OutboxKey};
use crate::store::{Batch, Key};

/// How many entries of a lane are looked at at a time.
const PAGE: usize = 200;

/// What a lane's step came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LaneStep {
    /// Nothing is owed.
    Idle,
    /// An entry is done; there may be another.
    Done,
    /// Nothing may be sent before then, on the monotonic clock.
    Wait(Duration),
    /// What is owed has time until then, but something more urgent may come.
    Later(Duration),
    /// Slack refuses the channel: nothing is sent until something about it changes.
    Stopped,
}

/// What a lane remembers between its steps; none of it matters after a restart.
#[derive(Debug)]
pub struct Lane {
    pub(super) channel: ChannelId,
    /// The conversation as it was last told, until nothing is left to be said there after it was unsubscribed.
    pub(super) told: Option<Arc<Channel>>,
    pub(super) storm: Storm,
    /// The entry of which Slack surely holds nothing, although it was attempted.
    pub(super) refused: Option<NoticeId>,
    bucket: Bucket,
    /// Whether an entry that was looked at waits for nothing but a bucket. Many lanes share the workspace's, and of all
    /// that wake for a turn of it one sends: the others need not look at their entries again.
    awaits_turn: bool,
    failed_attempts: u32,
    not_before: Duration,
}

/// An entry of the outbox and what it is about.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) key: OutboxKey,
    pub(super) entry: OutboxEntry,
    pub(super) about: About,
}

impl Job {
    /// Whether it is about an incident that is over.
    pub(super) const fn is_over(&self) -> bool {
        matches!(&self.about, About::Incident(incident, _) if !incident.is_open())
    }

    /// Whether it is a message of many servers that is not there yet.
    pub(super) fn can_be_split(&self) -> bool {
        matches!(&self.about, About::Digest(digest, _) if digest.size > 1 && digest.shown_at.is_none())
    }
}

/// What is to be done about the lane's oldest entries.
enum Next {
    Nothing,
    Act(Box<Job>, Plan),
    Digests,
    Fold,
    Wait(Duration),
    Later(Duration),
}

impl Lane {
    /// A lane that has sent nothing yet.
    #[must_use]
    pub fn new(channel: ChannelId) -> Self {
        Self {
            channel,
            told: None,
            storm: Storm::default(),
            refused: None,
            bucket: LANE,
            awaits_turn: false,
            failed_attempts: 0,
            not_before: Duration::ZERO,
        }
    }

    /// Whether this would be the first that the channel sees of something other than its welcome: alerts that were
    /// switched off stay off for what waited then. What may have arrived is dealt with all the same, or it would be left
    /// looking open.
    fn is_new_alert(&self, job: &Job, plan: &Plan) -> bool {
        let surely_new = job.entry.attempted_at.is_none() || self.refused == Some(job.key.notice);
        let alert = !matches!(job.entry.notice, Notice::Welcome { .. });
        alert && surely_new && matches!(plan, Plan::Post { .. })
    }
}

impl Delivery {
    /// Deals with the oldest entry of the lane that can be dealt with.
    pub async fn step(&self, lane: &mut Lane) -> LaneStep {
        let now = self.clock.elapsed();
        if now < lane.not_before {
            return LaneStep::Wait(lane.not_before);
        }
        match self.try_step(lane, now).await {
            Ok(step) => step,
            Err(error) => {
                tracing::error!(channel = %lane.channel, %error, "the outbox cannot be used");
                self.back_off(lane, None)
            }
        }
    }

    async fn try_step(&self, lane: &mut Lane, now: Duration) -> Result<LaneStep, ChangeError> {
        let Some(known) = self.fleet.channel(lane.channel) else {
            return match (self.drop_orphans(lane.channel).await?, lane.told.clone()) {
                (LaneStep::Idle, Some(channel)) => self.leave(lane, &channel, now).await,
                (dropped, _) => Ok(dropped),
            };
        };
        lane.told =
            Some(Arc::clone(&known.channel)).filter(|channel| channel.conversation().is_some());
        let channel = &*known.channel;
        if channel.failing.is_some() {
            return Ok(LaneStep::Stopped);
        }
        let paused = self.paused_until(channel, now);
        if let Some(until) = paused.max(self.barred_until(&channel.destination, now)) {
            return Ok(LaneStep::Wait(until));
        }
        if std::mem::take(&mut lane.awaits_turn)
            && let Some(turn) = self.turn(lane, channel, now)
        {
            return Ok(LaneStep::Wait(turn));
        }
        match self.next(lane, channel, now)? {
            Next::Nothing => Ok(LaneStep::Idle),
            Next::Wait(until) => Ok(LaneStep::Wait(until)),
            Next::Later(until) => Ok(LaneStep::Later(until)),
            Next::Fold => self.fold(lane.channel).await,
            Next::Digests => self.make_digests(lane, now).await,
            Next::Act(job, plan) => self.act(lane, channel, *job, plan, now).await,
        }
    }

    /// Finds the oldest entry that is not put off.
    fn next(&self, lane: &mut Lane, channel: &Channel, now: Duration) -> Result<Next, ChangeError> {
        let mut later = None::<Duration>;
        let mut after = None;
        loop {
            let page =
                self.store
                    .scan::<OutboxEntry>(&lane.channel.encode(), after.as_ref(), PAGE)?;
            let last_page = page.len() < PAGE;
            for (key, entry) in page {
                after = Some(key);
                let about = self.about(&key, &entry.value.notice)?;
                let job = Job {
                    key,
                    entry: entry.value,
                    about,
                };
                match self.rule(lane, channel, job, now)? {
                    Next::Later(until) => later = Some(later.map_or(until, |l| l.min(until))),
                    next => return Ok(next),
                }
            }
            if last_page {
                return Ok(later.map_or(Next::Nothing, Next::Later));
            }
        }
    }

    fn rule(
        &self,
        lane: &mut Lane,
        channel: &Channel,
        mut job: Job,
        now: Duration,
    ) -> Result<Next, ChangeError> {
        if job.about.is_within_digest(&job.entry.notice) {
            return Ok(Next::Fold);
        }
        if let Some(until) = self.edit_not_before(&job, now) {
            return Ok(Next::Later(until));
        }
        let mut plan = self.plan(&mut job, channel)?;
        if !channel.notification && lane.is_new_alert(&job, &plan) {
            plan = Plan::Drop;
        }
        if matches!(plan, Plan::Drop) {
            return Ok(Next::Act(Box::new(job), plan));
        }
        // What was attempted may be there already, as a message of its own: it goes into no digest.
        if matches!(job.entry.notice, Notice::Failure { .. }) && job.entry.attempted_at.is_none() {
            match lane.storm.rule(now) {
                Ruling::Single => {}
                Ruling::Gather(until) => return Ok(Next::Wait(until)),
                Ruling::Digest if self.failures_waiting(lane.channel)? > 1 => {
                    return Ok(Next::Digests);
                }
                Ruling::Digest => {}
            }
        }
        match self.turn(lane, channel, now) {
            Some(turn) => Ok(Next::Wait(turn)),
            None => Ok(Next::Act(Box::new(job), plan)),
        }
    }

    /// When the lane may try again to send, where the buckets do not let it now.
    pub(super) fn turn(
        &self,
        lane: &mut Lane,
        channel: &Channel,
        now: Duration,
    ) -> Option<Duration> {
        let workspace = match &channel.destination {
            Destination::Conversation(_) => lock(&self.bucket).ready_at(now),
            Destination::Webhook(_) => now,
        };
        let turn = lane.bucket.ready_at(now).max(workspace);
        lane.awaits_turn = turn > now;
        lane.awaits_turn.then_some(turn)
    }

    /// Counts a call against the buckets.
    pub(super) fn take_turn(&self, lane: &mut Lane, channel: &Channel, now: Duration) {
        lane.bucket.take(now);
        if channel.conversation().is_some() {
            lock(&self.bucket).take(now);
        }
    }

    async fn act(
        &self,
        lane: &mut Lane,
        channel: &Channel,
        job: Job,
        plan: Plan,
        now: Duration,
    ) -> Result<LaneStep, ChangeError> {
        if matches!(plan, Plan::Drop) {
            self.drop_entry(&job).await?;
            return Ok(LaneStep::Done);
        }
        if matches!(plan, Plan::Seek) {
            match self.seek(lane, channel, &job).await {
                Ok(Some(ts)) => self.settle(&job, Sent::Earlier(ts)).await?,
                Ok(None) => self.drop_entry(&job).await?,
                Err(error) => return self.failed(lane, channel, &job, error).await,
            }
            return Ok(LaneStep::Done);
        }
        let through_bot = channel.conversation().is_some();
        self.take_turn(lane, channel, now);
        match self.send(lane, channel, &job, &plan).await? {
            Ok(sent) => {
                if through_bot {
                    *lock(&self.pause) = None;
                }
                lane.failed_attempts = 0;
                if matches!(job.entry.notice, Notice::Failure { .. }) {
                    lane.storm.told_single(now);
                }
                self.settle(&job, sent).await?;
                Ok(LaneStep::Done)
            }
            Err(error) => self.failed(lane, channel, &job, error).await,
        }
    }

    async fn failed(
        &self,
        lane: &mut Lane,
        channel: &Channel,
        job: &Job,
        error: SendError,
    ) -> Result<LaneStep, ChangeError> {
        match error {
            SendError::Retry { after, reason, .. } => {
                tracing::warn!(channel = %lane.channel, %reason, "Slack is away for the moment");
                Ok(match after {
                    Some(after) => self.bar(&channel.destination, after),
                    None => self.back_off(lane, None),
                })
            }
            SendError::Workspace { reason } => {
                let until = self.refused(&reason);
                tracing::error!(%reason, "Slack refuses the bot: nothing can be told until that is mended");
                // The pause holds what goes through the bot's token, so that a new one can end it.
                Ok(match channel.conversation() {
                    Some(_) => LaneStep::Wait(until),
                    None => self.back_off(lane, Some(backoff::LONGEST)),
                })
            }
            SendError::Ours { reason } if is_too_long(&reason) && job.can_be_split() => {
                self.split_digest(job).await?;
                Ok(LaneStep::Done)
            }
            SendError::Channel { reason }
            | SendError::Ours { reason }
            | SendError::MessageGone { reason } => {
                tracing::error!(channel = %lane.channel, notice = %job.key.notice, %reason, "Slack refuses this channel");
                self.channels
                    .set_failing(lane.channel, Some(&reason))
                    .await?;
                self.tell_subscriber(channel, job.key.notice, &reason).await;
                Ok(LaneStep::Stopped)
            }
        }
    }

    /// Nothing is sent through the bot's token while Slack refuses it; webhooks go on.
    pub(super) fn paused_until(&self, channel: &Channel, now: Duration) -> Option<Duration> {
        channel.conversation()?;
        lock(&self.pause)
            .as_ref()
            .map(|pause| pause.until)
            .filter(|until| now < *until)
    }

    /// Calls this destination no more for as long as Slack said.
    pub(super) fn bar(&self, destination: &Destination, after: Duration) -> LaneStep {
        let now = self.clock.elapsed();
        let mut barred = lock(&self.barred);
        barred.retain(|_, until| now < *until);
        barred.insert(destination.clone(), now + after);
        LaneStep::Wait(now + after)
    }

    fn barred_until(&self, destination: &Destination, now: Duration) -> Option<Duration> {
        let barred = lock(&self.barred);
        barred
            .get(destination)
            .copied()
            .filter(|until| now < *until)
    }

    pub(super) fn back_off(&self, lane: &mut Lane, after: Option<Duration>) -> LaneStep {
        lane.failed_attempts = lane.failed_attempts.saturating_add(1);
        let dice = self.clock.now().timestamp_subsec_nanos().into();
        let wait = after.unwrap_or_else(|| backoff::wait(lane.failed_attempts, dice));
        lane.not_before = self.clock.elapsed() + wait;
        LaneStep::Wait(lane.not_before)
    }

    /// Drops what is owed to a channel that is no longer told.
    async fn drop_orphans(&self, channel: ChannelId) -> Result<LaneStep, ChangeError> {
        let page = self
            .store
            .scan::<OutboxEntry>(&channel.encode(), None, PAGE)?;
        if page.is_empty() {
            return Ok(LaneStep::Idle);
        }
        let batch = page.iter().fold(Batch::new(), |batch, (key, _)| {
            batch.delete::<OutboxEntry>(key)
        });
        self.store.commit(batch).await?;
        Ok(LaneStep::Done)
    }
}
