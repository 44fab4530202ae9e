//! What happens in the workspace, followed.

use std::sync::Arc;

use crate::domain::audit::{Actor, Via};
use crate::domain::event::Event;
use crate::domain::ids::{ConversationId, UserId};
use crate::service::ChangeError;
use crate::service::channels::{Channels, Subscription};
use crate::slack::client::SharedSlack;

/// Slack does not say who archives, renames or removes.
const SLACK: Actor = Actor::nobody(Via::Slack);

/// Follows what happens in the workspace.
pub struct Events {
    channels: Arc<Channels>,
    slack: SharedSlack,
}

impl std::fmt::Debug for Events {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Events")
    }
}

impl Events {
    /// Events change channels; Slack is asked for their names.
    #[must_use]
    pub fn new(channels: Arc<Channels>, slack: SharedSlack) -> Self {
        Self { channels, slack }
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
            // A Home is drawn by whoever has read the event, without making Slack wait.
            Event::HomeOpened { .. } | Event::Joined { .. } | Event::Left { .. } => Ok(()),
            Event::Other(kind) => {
                tracing::debug!(kind, "an event that nothing is done about");
                Ok(())
            }
        }
    }

    async fn invited(
        &self,
        id: &str,
        conversation: ConversationId,
        by: Option<UserId>,
    ) -> Result<(), ChangeError> {
        // The name is for people only; without it the id will do until the channel is renamed.
        let name = match self.slack.conversation(&conversation).await {
            Ok(found) => found.name,
            Err(error) => {
                tracing::info!(%conversation, %error, "the name of a channel is not known");
                None
            }
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
