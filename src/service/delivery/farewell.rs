//! A channel that was unsubscribed: what it was told of failures that go on says that it is not kept up to date any
//! more, so that nothing is left looking like an open incident that somebody watches.
//!
//! What is still to be edited is what the channel holds on disk; where its messages stand is known to the running lane
//! alone. A bot that is killed in between leaves the rest as it was.

use std::time::Duration;

use crate::domain::channel::Channel;
use crate::domain::ids::{ChannelId, MessageTs};
use crate::domain::notice::{Digest, Posting, Progress};
use crate::service::ChangeError;
use crate::service::delivery::Delivery;
use crate::service::delivery::lane::{Lane, LaneStep};
use crate::slack::error::SendError;
use crate::slack::render::{self, IncidentView, Message};
use crate::store::Batch;
use crate::store::collections::PostingKey;

/// A message that is left as it is from now on.
struct Left {
    message: Message,
    ts: MessageTs,
    /// What the channel holds of incidents through it.
    postings: Vec<PostingKey>,
}

impl Delivery {
    /// Edits the next message of a channel that is told no more; idle once there is none.
    pub(super) async fn leave(
        &self,
        lane: &mut Lane,
        channel: &Channel,
        now: Duration,
    ) -> Result<LaneStep, ChangeError> {
        if let Some(until) = self
            .paused_until(channel, now)
            .max(self.turn(lane, channel, now))
        {
            return Ok(LaneStep::Wait(until));
        }
        let Some(left) = self.next_left(lane.channel)? else {
            lane.told = None;
            return Ok(LaneStep::Idle);
        };
        self.take_turn(lane, channel, now);
        match self.update(channel, &left.ts, &left.message).await {
            Ok(()) | Err(SendError::MessageGone { .. }) => {
                let keys = left.postings.iter();
                let batch = keys.fold(Batch::new(), |batch, key| batch.delete::<Posting>(key));
                self.store.commit(batch).await?;
                Ok(LaneStep::Done)
            }
            Err(SendError::Retry { after, .. }) => Ok(match after {
                Some(after) => self.bar(&channel.destination, after),
                None => self.back_off(lane, None),
            }),
            Err(SendError::Workspace { reason }) => Ok(LaneStep::Wait(self.refused(&reason))),
            // The bot was removed from it, or it is gone: nothing there can be edited.
            Err(SendError::Channel { reason } | SendError::Ours { reason }) => {
                tracing::info!(channel = %lane.channel, %reason, "what was told there stays as it is");
                lane.told = None;
                Ok(LaneStep::Idle)
            }
        }
    }

    /// A message of a failure that goes on, as it is to be left.
    fn next_left(&self, channel: ChannelId) -> Result<Option<Left>, ChangeError> {
        for (_, incident) in self.fleet.open_incidents() {
            let key = PostingKey { incident, channel };
            let Some(posting) = self.store.get::<Posting>(&key)? else {
                continue;
            };
            match posting.value.progress {
                Progress::Posted { ts: Some(ts) } => {
                    let Some(incident) = self.store.get(&incident)? else {
                        continue;
                    };
                    let view = IncidentView {
                        incident: &incident.value,
                        server: None,
                        now: self.clock.now(),
                    };
                    return Ok(Some(Left {
                        message: render::unsubscribed(
                            self.words,
                            render::failure(self.words, view),
                        ),
                        ts,
                        postings: vec![key],
                    }));
                }
                Progress::InDigest { digest } => {
                    let Some(digest) = self.store.get::<Digest>(&digest)? else {
                        continue;
                    };
                    let Some(ts) = digest.value.ts else {
                        continue;
                    };
                    let members = self.members(digest.value.id)?;
                    let message = render::digest(self.words, digest.value.part, members.looks());
                    let held = members.looks().map(|(incident, _)| PostingKey {
                        incident: incident.id,
                        channel,
                    });
                    // Its own in any case: what is not let go of would be edited again and again.
                    let others = held.filter(|other| *other != key);
                    return Ok(Some(Left {
                        message: render::unsubscribed(self.words, message),
                        ts,
                        postings: others.chain([key]).collect(),
                    }));
                }
                Progress::Queued | Progress::Told | Progress::Posted { ts: None } => {}
            }
        }
        Ok(None)
    }
}
