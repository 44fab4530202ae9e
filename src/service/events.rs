//! What happens in the workspace, followed.

use std::sync::Arc;
use std::time::Duration;

use crate::clock::SharedClock;
use crate::domain::audit::{Actor, Via};
use crate::domain::event::Event;
use crate::domain::ids::{ConversationId, UserId};
use crate::service::ChangeError;
use crate::service::channels::{Channels, Subscription};
use crate::service::delivery::Delivery;
use crate::service::door::Door;
use crate::service::workspace::Workspace;
use crate::slack::client::SharedSlack;

/// Slack does not say who archives, renames or removes.
const SLACK: Actor = Actor::nobody(Via::Slack);

/// How long Slack is asked for a channel's name while it waits for the answer to its event.
const NAME_WITHIN: Duration = Duration::from_millis(1_500);

/// Follows what happens in the workspace.
pub struct Events {
    channels: Arc<Channels>,
    workspace: Arc<Workspace>,
    delivery: Arc<Delivery>,
    door: Arc<Door>,
    slack: SharedSlack,
    clock: SharedClock,
}

impl std::fmt::Debug for Events {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Events")
    }
}

impl Events {
    /// Events change channels, of which Slack is asked the names, and may stop all sending.
    #[must_use]
    pub const fn new(
        channels: Arc<Channels>,
        workspace: Arc<Workspace>,
        delivery: Arc<Delivery>,
        door: Arc<Door>,
        slack: SharedSlack,
        clock: SharedClock,
    ) -> Self {
        Self {
            channels,
            workspace,
            delivery,
            door,
            slack,
            clock,
        }
    }

    /// Acts on an event, once for each `id`. `bot` is the bot's own user.
    ///
    /// # Errors
    /// The store's refusal: then Slack is to send the event again.
    pub async fn handle(
        &self,
        id: &str,
        event: Event,
        bot: Option<&UserId>,
    ) -> Result<(), ChangeError> {
        match event {
            Event::Joined {
                conversation,
                user,
                inviter,
            } if bot == Some(&user) => self.invited(id, conversation, inviter).await,
            Event::Left { conversation, user } if user.is_none() || user.as_ref() == bot => self
                .channels
                .unsubscribe(&conversation, Some(id), &SLACK)
                .await
                .map(drop),
            Event::Archived(conversation) | Event::Deleted(conversation) => self
                .channels
                .unsubscribe(&conversation, Some(id), &SLACK)
                .await
                .map(drop),
            Event::Renamed { conversation, name } => {
                self.channels
                    .renamed(&conversation, &name, Some(id), &SLACK)
                    .await
            }
            Event::IdChanged { old, new } => self.channels.moved(&old, &new, Some(id)).await,
            Event::AccessLost(word) => self.access_lost(id, &word).await,
            // A Home is drawn by whoever has read the event, without making Slack wait.
            Event::HomeOpened { .. } | Event::Joined { .. } | Event::Left { .. } => Ok(()),
            Event::Other(kind) => {
                tracing::debug!(kind, "an event that nothing is done about");
                Ok(())
            }
        }
    }

    /// Nothing is sent to a workspace that has taken its access away, until it is back. Told again after the app was
    /// installed anew, it must not stop that.
    async fn access_lost(&self, id: &str, word: &str) -> Result<(), ChangeError> {
        if self.door.first_event(id).await? {
            self.delivery.refused(word);
            self.workspace.lost(word);
        }
        Ok(())
    }

    async fn invited(
        &self,
        id: &str,
        conversation: ConversationId,
        by: Option<UserId>,
    ) -> Result<(), ChangeError> {
        // The name is for people only; without it the id will do until the channel is renamed.
        let name = tokio::select! {
            found = self.slack.conversation(&conversation) => match found {
                Ok(found) => found.name,
                Err(error) => {
                    tracing::info!(%conversation, %error, "the name of a channel is not known");
                    None
                }
            },
            // Slack waits for an answer itself.
            () = self.clock.sleep(NAME_WITHIN) => None,
        };
        let subscription = Subscription {
            name: name.unwrap_or_else(|| conversation.to_string()),
            conversation,
            environments: None,
            by: Actor {
                user: by,
                via: Via::Slack,
            },
            welcome: true,
        };
        self.channels
            .subscribe(&subscription, Some(id))
            .await
            .map(drop)
    }
}
