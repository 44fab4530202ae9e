//! Sending one entry, and writing down what the channel holds then.

use std::sync::atomic::Ordering;

use chrono::TimeDelta;

use crate::deathpoint::{self, Point};
use crate::domain::channel::{Channel, Destination};
use crate::domain::ids::{ConversationId, MessageTs, NoticeId};
use crate::domain::inventory::Question;
use crate::domain::notice::{Notice, Posting, Progress};
use crate::service::ChangeError;
use crate::service::delivery::Delivery;
use crate::service::delivery::lane::{Job, Lane};
use crate::service::delivery::plan::{About, Plan};
use crate::slack::client::{Post, Thread};
use crate::slack::error::SendError;
use crate::slack::render::{self, Message};
use crate::store::collections::{OutboxEntry, PostingKey, QuestionKey};
use crate::store::{Batch, CommitError, EncodeError};

/// A history is read from this long before the attempt: Slack's clock is not ours.
const CLOCKS_APART: TimeDelta = TimeDelta::minutes(5);

impl Delivery {
    /// Sends an entry as planned.
    pub(super) async fn send(
        &self,
        lane: &mut Lane,
        channel: &Channel,
        job: &Job,
        plan: &Plan,
    ) -> Result<Result<Sent, SendError>, ChangeError> {
        let (message, thread) = match plan {
            Plan::Drop | Plan::Seek => return Ok(Ok(Sent::Now(None))),
            Plan::Update { message, ts } => match self.update(channel, ts, message).await {
                // Somebody deleted it, or it is too old to be edited: it is said anew.
                Err(SendError::MessageGone { .. }) => (message, None),
                updated => return Ok(updated.map(|()| Sent::Now(Some(ts.clone())))),
            },
            Plan::Post { message, thread } => (message, thread.as_ref()),
        };
        let thread = thread.map(|(parent, broadcast)| Thread {
            parent,
            broadcast: *broadcast,
        });
        let surely_new = match self.look(lane, channel, job, thread).await {
            Ok(Earlier::There(ts)) => return Ok(Ok(Sent::Earlier(ts))),
            Ok(Earlier::Nothing) => true,
            Ok(Earlier::MayBeThere) => false,
            Err(error) => return Ok(Err(error)),
        };
        self.note_attempt(job, surely_new).await?;
        deathpoint::reach(Point::BeforeSend);
        let sent = self.post(channel, job, thread, message).await;
        deathpoint::reach(Point::AfterSend);
        let refused = surely_new && matches!(&sent, Err(error) if !error.is_ambiguous());
        lane.refused = refused.then_some(job.key.notice);
        Ok(sent.map(Sent::Now))
    }

    /// The message that an earlier attempt at a pointless entry left, if it is known that there is one.
    pub(super) async fn seek(
        &self,
        lane: &Lane,
        channel: &Channel,
        job: &Job,
    ) -> Result<Option<MessageTs>, SendError> {
        Ok(match self.look(lane, channel, job, None).await? {
            Earlier::There(ts) => Some(ts),
            Earlier::Nothing | Earlier::MayBeThere => None,
        })
    }

    /// What became of an entry's earlier attempts.
    async fn look(
        &self,
        lane: &Lane,
        channel: &Channel,
        job: &Job,
        thread: Option<Thread<'_>>,
    ) -> Result<Earlier, SendError> {
        let notice = job.key.notice;
        let Some(attempted_at) = job.entry.attempted_at else {
            return Ok(Earlier::Nothing);
        };
        if lane.refused == Some(notice) {
            return Ok(Earlier::Nothing);
        }
        let Some(conversation) = channel.conversation() else {
            return Ok(Earlier::MayBeThere);
        };
        if self.history_denied.load(Ordering::Relaxed) {
            return Ok(Earlier::MayBeThere);
        }
        let since = attempted_at - CLOCKS_APART;
        let parent = thread.map(|thread| thread.parent);
        match self.slack.find(conversation, parent, notice, since).await {
            Ok(Some(ts)) => {
                tracing::info!(%notice, "a message had arrived after all");
                Ok(Earlier::There(ts))
            }
            Ok(None) => Ok(Earlier::Nothing),
            Err(SendError::Workspace { reason }) if reason == "missing_scope" => {
                self.history_denied.store(true, Ordering::Relaxed);
                Ok(Earlier::MayBeThere)
            }
            Err(error @ (SendError::Retry { .. } | SendError::Workspace { .. })) => Err(error),
            // Whatever else it is, sending will meet it too, or will succeed.
            Err(_) => Ok(Earlier::MayBeThere),
        }
    }

    /// Writes down that a message may be there from now on, or since an earlier attempt of which that is not known. Of
    /// several that may be there, any that shows its server as down has to be brought to its end.
    async fn note_attempt(&self, job: &Job, surely_new: bool) -> Result<(), ChangeError> {
        let earlier = job.entry.attempted_at.filter(|_| !surely_new);
        let entry = OutboxEntry {
            attempted_at: earlier.or_else(|| Some(self.clock.now())),
            attempted_over: job.is_over() && (earlier.is_none() || job.entry.attempted_over),
            ..job.entry.clone()
        };
        self.store
            .commit(Batch::new().put(&job.key, &entry)?)
            .await?;
        Ok(())
    }

    async fn post(
        &self,
        channel: &Channel,
        job: &Job,
        thread: Option<Thread<'_>>,
        message: &Message,
    ) -> Result<Option<MessageTs>, SendError> {
        let notice = job.key.notice;
        match self.post_once(channel, notice, thread, message).await {
            Err(SendError::Ours { reason }) if !(is_too_long(&reason) && job.can_be_split()) => {
                tracing::error!(channel = %channel.id, %reason, "Slack refused a message; its plain text is sent instead");
                // Outside the thread: the refusal may be about that.
                let plain = message.plain();
                self.post_once(channel, notice, None, &plain).await
            }
            sent => sent,
        }
    }

    async fn post_once(
        &self,
        channel: &Channel,
        notice: NoticeId,
        thread: Option<Thread<'_>>,
        message: &Message,
    ) -> Result<Option<MessageTs>, SendError> {
        match &channel.destination {
            Destination::Webhook(url) => self.slack.hook(url, message).await.map(|()| None),
            Destination::Conversation(conversation) => {
                let post = Post {
                    conversation,
                    message,
                    thread,
                    notice,
                };
                self.slack.post(post).await.map(Some)
            }
        }
    }

    pub(super) async fn update(
        &self,
        channel: &Channel,
        ts: &MessageTs,
        message: &Message,
    ) -> Result<(), SendError> {
        let Some(conversation) = channel.conversation() else {
            let reason = "a webhook's message cannot be edited".to_owned();
            return Err(SendError::MessageGone { reason });
        };
        match self.slack.update(conversation, ts, message).await {
            Err(SendError::Ours { reason }) => {
                tracing::error!(channel = %channel.id, %reason, "Slack refused an edit; its plain text is sent instead");
                let plain = message.plain();
                self.slack.update(conversation, ts, &plain).await
            }
            updated => updated,
        }
    }

    /// Removes an entry that was made pointless. Where a failure is never told, the channel holds nothing of it either: so
    /// that it is told anew where there is reason to.
    pub(super) async fn drop_entry(&self, job: &Job) -> Result<(), ChangeError> {
        let mut batch = Batch::new().delete::<OutboxEntry>(&job.key);
        if let (Notice::Failure { .. }, About::Incident(incident, Some(posting))) =
            (&job.entry.notice, &job.about)
            && posting.progress == Progress::Queued
        {
            batch = batch.delete::<Posting>(&PostingKey {
                incident: incident.id,
                channel: job.key.channel,
            });
        }
        if let Notice::InventorySettled { since, .. } = &job.entry.notice {
            batch = batch.delete::<Question>(&QuestionKey::new(*since, job.key.channel));
        }
        self.store.commit(batch).await?;
        Ok(())
    }

    /// Removes an entry and notes what the channel holds now, in one commit.
    pub(super) async fn settle(&self, job: &Job, sent: Sent) -> Result<(), ChangeError> {
        let mut batch = Batch::new().delete::<OutboxEntry>(&job.key);
        match &job.about {
            About::Incident(incident, Some(posting)) => {
                let over = match sent {
                    Sent::Now(_) => job.is_over(),
                    Sent::Earlier(_) => job.entry.attempted_over,
                };
                if let Some(progress) = progress(&job.entry.notice, over, sent.ts()) {
                    let at = PostingKey {
                        incident: incident.id,
                        channel: job.key.channel,
                    };
                    batch = batch.put(
                        &at,
                        &Posting {
                            progress,
                            ..posting.clone()
                        },
                    )?;
                }
            }
            About::Digest(digest, members) => {
                batch = self.settle_digest(batch, job, digest, members, sent)?;
            }
            _ => batch = settle_question(batch, job, sent)?,
        }
        match self.store.commit(batch).await {
            // Closed while stopping: it is done again after the next start.
            Ok(_) | Err(CommitError::Closed) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Tells whoever subscribed a channel that nothing arrives there any more. It is a courtesy: the channel is marked
    /// as failing in any case.
    pub(super) async fn tell_subscriber(&self, channel: &Channel, notice: NoticeId, reason: &str) {
        let Some(user) = &channel.subscribed_by else {
            return;
        };
        let conversation = ConversationId::new(user.as_str());
        let message = render::channel_failing(self.words, channel, reason);
        let post = Post {
            conversation: &conversation,
            message: &message,
            thread: None,
            notice,
        };
        if let Err(error) = self.slack.post(post).await {
            tracing::warn!(%error, "whoever subscribed the channel could not be told");
        }
    }
}

/// A message is there.
#[derive(Debug)]
pub(super) enum Sent {
    /// As it was planned, under this name where it has one.
    Now(Option<MessageTs>),
    /// From an earlier attempt: it says what was so then.
    Earlier(MessageTs),
}

impl Sent {
    /// The message's name, where it has one.
    pub(super) fn ts(&self) -> Option<MessageTs> {
        let ts = match self {
            Self::Now(ts) => ts.clone(),
            Self::Earlier(ts) => Some(ts.clone()),
        };
        ts.filter(|ts| !ts.as_str().is_empty())
    }
}

/// What became of an entry's earlier attempts.
enum Earlier {
    /// Slack surely holds nothing of it.
    Nothing,
    /// Slack may hold it, and cannot be asked.
    MayBeThere,
    /// Slack holds it, under this name.
    There(MessageTs),
}

/// What a channel holds of the question about servers that the inventory lacks, once an entry about it was sent.
fn settle_question(batch: Batch, job: &Job, sent: Sent) -> Result<Batch, EncodeError> {
    let key = |since| QuestionKey::new(since, job.key.channel);
    match &job.entry.notice {
        Notice::InventoryHeld {
            since: Some(since), ..
        } => {
            let question = Question {
                asked: true,
                ts: sent.ts(),
            };
            batch.put(&key(*since), &question)
        }
        Notice::InventorySettled { since, .. } => Ok(batch.delete::<Question>(&key(*since))),
        _ => Ok(batch),
    }
}

/// Whether Slack refused a message for its length.
pub(super) fn is_too_long(reason: &str) -> bool {
    matches!(reason, "msg_blocks_too_long" | "msg_too_long")
}

/// How far a posting is after its entry was sent; none where the entry changes nothing about it.
fn progress(notice: &Notice, over: bool, ts: Option<MessageTs>) -> Option<Progress> {
    match notice {
        // What was posted already tells the end.
        Notice::Failure { .. } if over => Some(Progress::Told),
        Notice::Failure { .. } => Some(Progress::Posted { ts }),
        // It may have been said anew, under another name.
        Notice::Edit { .. } => ts.map(|ts| Progress::Posted { ts: Some(ts) }),
        Notice::Recovery { .. } => Some(Progress::Told),
        _ => None,
    }
}
