//! Sending one entry, and writing down what the channel holds then.

use std::sync::atomic::Ordering;

use chrono::TimeDelta;

use crate::domain::channel::{Channel, Destination};
use crate::domain::ids::{ConversationId, MessageTs, NoticeId};
use crate::domain::notice::{Notice, Posting, Progress};
use crate::service::ChangeError;
use crate::service::delivery::Delivery;
use crate::service::delivery::lane::{Job, Lane};
use crate::service::delivery::plan::{About, Plan};
use crate::slack::client::{Post, Thread};
use crate::slack::error::SendError;
use crate::slack::render::{self, Message};
use crate::store::collections::{OutboxEntry, PostingKey};
use crate::store::{Batch, CommitError};

/// A history is read from this long before the attempt: Slack's clock is not ours.
const CLOCKS_APART: TimeDelta = TimeDelta::minutes(5);

impl Delivery {
    /// Sends an entry as planned; gives the message's name where it has one.
    pub(super) async fn send(
        &self,
        lane: &Lane,
        channel: &Channel,
        job: &Job,
        plan: &Plan,
    ) -> Result<Result<Option<MessageTs>, SendError>, ChangeError> {
        let (message, ts) = match plan {
            Plan::Drop => return Ok(Ok(None)),
            Plan::Post { message, .. } => (message, None),
            Plan::Update { message, ts } => (message, Some(ts)),
        };
        let thread = match plan {
            Plan::Post {
                thread: Some((parent, broadcast)),
                ..
            } => Some(Thread {
                parent,
                broadcast: *broadcast,
            }),
            _ => None,
        };
        let found = match ts {
            Some(_) => None,
            None => match self.already_there(lane, channel, job, thread).await {
                Ok(found) => found,
                Err(error) => return Ok(Err(error)),
            },
        };
        // What had arrived tells how things stood then.
        let ts = ts.or(found.as_ref());
        if ts.is_none() {
            self.note_attempt(job).await?;
        }
        let envelope = Envelope {
            channel,
            thread,
            ts,
            notice: job.key.notice,
        };
        Ok(match self.send_once(envelope, message).await {
            Err(SendError::Ours { reason }) if !is_too_long(&reason) => {
                tracing::error!(channel = %channel.id, %reason, "Slack refused a message; its plain text is sent instead");
                self.send_once(envelope, &message.plain()).await
            }
            sent => sent,
        })
    }

    /// The message of an entry that may have arrived in an earlier attempt.
    async fn already_there(
        &self,
        lane: &Lane,
        channel: &Channel,
        job: &Job,
        thread: Option<Thread<'_>>,
    ) -> Result<Option<MessageTs>, SendError> {
        let Some(attempted_at) = job.entry.attempted_at else {
            return Ok(None);
        };
        let Some(conversation) = channel.conversation() else {
            return Ok(None);
        };
        if lane.refused == Some(job.key.notice) || self.history_denied.load(Ordering::Relaxed) {
            return Ok(None);
        }
        let since = attempted_at - CLOCKS_APART;
        let parent = thread.map(|thread| thread.parent);
        match self
            .slack
            .find(conversation, parent, job.key.notice, since)
            .await
        {
            Ok(Some(ts)) => {
                tracing::info!(notice = %job.key.notice, "a message had arrived after all");
                Ok(Some(ts))
            }
            Ok(None) => Ok(None),
            Err(SendError::Workspace { reason }) if reason == "missing_scope" => {
                self.history_denied.store(true, Ordering::Relaxed);
                Ok(None)
            }
            Err(error @ SendError::Retry { .. }) => Err(error),
            // Whatever else it is, sending will meet it too, or will succeed.
            Err(_) => Ok(None),
        }
    }

    async fn note_attempt(&self, job: &Job) -> Result<(), ChangeError> {
        let entry = OutboxEntry {
            attempted_at: Some(self.clock.now()),
            ..job.entry.clone()
        };
        self.store
            .commit(Batch::new().put(&job.key, &entry)?)
            .await?;
        Ok(())
    }

    async fn send_once(
        &self,
        envelope: Envelope<'_>,
        message: &Message,
    ) -> Result<Option<MessageTs>, SendError> {
        let Envelope {
            channel,
            thread,
            ts,
            notice,
        } = envelope;
        let conversation = match &channel.destination {
            Destination::Conversation(conversation) => conversation,
            Destination::Webhook(url) => return self.slack.hook(url, message).await.map(|()| None),
        };
        let post = Post {
            conversation,
            message,
            thread,
            notice,
        };
        let Some(ts) = ts else {
            return self.slack.post(post).await.map(Some);
        };
        match self.slack.update(conversation, ts, message).await {
            Ok(()) => Ok(Some(ts.clone())),
            // Somebody deleted it, or it is too old to be edited: it is said anew.
            Err(SendError::MessageGone { .. }) => self.slack.post(post).await.map(Some),
            Err(error) => Err(error),
        }
    }

    /// Removes an entry and notes what the channel holds now, in one commit.
    pub(super) async fn settle(
        &self,
        job: &Job,
        plan: &Plan,
        ts: Option<MessageTs>,
    ) -> Result<(), ChangeError> {
        let ts = ts.filter(|ts| !ts.as_str().is_empty());
        let mut batch = Batch::new().delete::<OutboxEntry>(&job.key);
        let sent = !matches!(plan, Plan::Drop);
        match &job.about {
            About::Incident(incident, Some(posting)) if sent => {
                let over = !incident.is_open();
                if let Some(progress) = progress(&job.entry.notice, over, ts) {
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
            About::Digest(digest, members) if sent => {
                batch = self.settle_digest(batch, &job.entry.notice, digest, members, ts)?;
            }
            _ => {}
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
        let message = render::channel_failing(channel, reason);
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

/// Where a message goes.
#[derive(Clone, Copy)]
struct Envelope<'a> {
    channel: &'a Channel,
    thread: Option<Thread<'a>>,
    ts: Option<&'a MessageTs>,
    notice: NoticeId,
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
