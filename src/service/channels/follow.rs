//! What happens to a channel in Slack, followed: a new name, a new id, and whether anything arrives there.

use crate::domain::audit::Actor;
use crate::domain::channel::{Channel, Destination, Failing};
use crate::domain::ids::{ChannelId, ConversationId};
use crate::service::ChangeError;
use crate::service::channels::{Channels, clipped};
use crate::store::collections::{DestinationKey, DestinationOwner};

impl Channels {
    /// Takes over a conversation's new name.
    ///
    /// # Errors
    /// The store's refusal.
    pub async fn renamed(
        &self,
        conversation: &ConversationId,
        name: &str,
        event: Option<&str>,
        by: &Actor,
    ) -> Result<(), ChangeError> {
        let found = || self.fleet.channel_of(conversation);
        self.edit(found, event, Some(by), |channel| {
            channel.name = clipped(name);
        })
        .await
    }

    /// Follows a conversation to its new id.
    ///
    /// # Errors
    /// The store's refusal.
    pub async fn moved(
        &self,
        old: &ConversationId,
        new: &ConversationId,
        event: Option<&str>,
    ) -> Result<(), ChangeError> {
        self.retrying(|| {
            let Some(known) = self.fleet.channel_of(old) else {
                return Ok((None, ()));
            };
            if self.fleet.channel_of(new).is_some() {
                return Ok((None, ()));
            }
            let id = known.channel.id;
            let mut channel = (*known.channel).clone();
            channel.destination = Destination::Conversation(new.clone());
            channel.updated_at = self.clock.now();
            let owner = DestinationKey::of(&channel.destination);
            let batch = self
                .once(event)?
                .require_revision::<Channel>(&id, known.revision)
                .require_absent::<DestinationOwner>(&owner)
                .put(&id, &channel)?
                .put(&owner, &DestinationOwner { channel: id })?
                .delete::<DestinationOwner>(&DestinationKey::of(&known.channel.destination));
            Ok((Some(batch), ()))
        })
        .await
    }

    /// Notes why nothing reaches a channel, or that something does again.
    ///
    /// # Errors
    /// The store's refusal.
    pub async fn set_failing(
        &self,
        id: ChannelId,
        reason: Option<&str>,
    ) -> Result<(), ChangeError> {
        let since = self.clock.now();
        let failing = reason.map(|reason| Failing {
            reason: reason.chars().take(100).collect(),
            since,
        });
        self.edit(
            || self.fleet.channel(id),
            None,
            None,
            |channel| channel.failing = failing.clone(),
        )
        .await
    }
}
