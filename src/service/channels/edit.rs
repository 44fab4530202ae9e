//! What people, and Slack, change about a channel that is told.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{Channels, clipped};
use crate::domain::audit::{self, Actor, Deed};
use crate::domain::channel::{Channel, Destination, HookUrl};
use crate::domain::ids::ChannelId;
use crate::domain::server::Environment;
use crate::service::ChangeError;
use crate::service::fleet::KnownChannel;
use crate::store::Batch;
use crate::store::collections::{DestinationKey, DestinationOwner};

/// What is to change about a channel; what is `None` stays.
#[derive(Debug, Clone, Default)]
pub struct ChannelChange {
    /// What people call it.
    pub name: Option<String>,
    /// Whether anything is told there.
    pub notification: Option<bool>,
    /// Only servers of these environments; empty for all.
    pub environments: Option<BTreeSet<Environment>>,
    /// Another webhook's URL, for a channel that is a webhook.
    pub hook_url: Option<HookUrl>,
}

impl Channels {
    /// Changes a channel.
    ///
    /// # Errors
    /// [`ChangeError::Missing`] where there is no such channel, [`ChangeError::WebhookNameTaken`] where another webhook has
    /// the name, [`ChangeError::DestinationTaken`] where another channel has the URL, or the store's refusal.
    pub async fn change(
        &self,
        id: ChannelId,
        change: &ChannelChange,
        by: &Actor,
    ) -> Result<Arc<Channel>, ChangeError> {
        self.retrying(|| {
            let known = self.fleet.channel(id).ok_or(ChangeError::Missing)?;
            Ok((self.changing(&known, change, by)?, ()))
        })
        .await?;
        self.fleet
            .channel(id)
            .map(|known| known.channel)
            .ok_or(ChangeError::Missing)
    }

    fn changing(
        &self,
        known: &KnownChannel,
        change: &ChannelChange,
        by: &Actor,
    ) -> Result<Option<Batch>, ChangeError> {
        let before = &*known.channel;
        let mut after = before.clone();
        if let Some(name) = &change.name {
            let namesake = self.fleet.webhook_named(name);
            let taken = namesake.is_some_and(|other| other.channel.id != before.id);
            if taken && before.conversation().is_none() {
                return Err(ChangeError::WebhookNameTaken(name.clone()));
            }
            after.name = clipped(name);
        }
        if let Some(environments) = &change.environments {
            after.environments = environments.clone();
        }
        after.notification = change.notification.unwrap_or(before.notification);
        let hook_url = change
            .hook_url
            .clone()
            .filter(|_| before.conversation().is_none());
        if let Some(url) = hook_url {
            after.destination = Destination::Webhook(url);
        }
        let moved = after.destination != before.destination;
        // Whoever switches it on, or gives its URL once more, has mended it, or wants it tried again.
        if moved || change.hook_url.is_some() || change.notification == Some(true) {
            after.failing = None;
        }
        if after == *before {
            return Ok(None);
        }
        after.updated_at = self.clock.now();
        let mut batch = Batch::new().require_revision::<Channel>(&before.id, known.revision);
        if moved {
            let owner = DestinationKey::of(&after.destination);
            if self.store.get::<DestinationOwner>(&owner)?.is_some() {
                return Err(self.destination_taken(&after));
            }
            batch = batch
                .require_absent::<DestinationOwner>(&owner)
                .put(&owner, &DestinationOwner { channel: before.id })?
                .delete::<DestinationOwner>(&DestinationKey::of(&before.destination));
        }
        let batch = batch.put(&before.id, &after)?;
        let edits = audit::channel_edits(before, &after);
        if edits.is_empty() {
            return Ok(Some(batch));
        }
        Ok(Some(self.log(batch, by, before, Deed::Edited(edits))?))
    }

    /// Changes a channel, where it is there and becomes another by it; what a person sets is logged as done `by` them.
    pub(super) async fn edit(
        &self,
        found: impl Fn() -> Option<KnownChannel>,
        event: Option<&str>,
        by: Option<&Actor>,
        change: impl Fn(&mut Channel),
    ) -> Result<(), ChangeError> {
        self.retrying(|| {
            let Some(known) = found() else {
                return Ok((None, ()));
            };
            let id = known.channel.id;
            let mut channel = (*known.channel).clone();
            change(&mut channel);
            if channel == *known.channel {
                return Ok((None, ()));
            }
            channel.updated_at = self.clock.now();
            let mut batch = self
                .once(event)?
                .require_revision::<Channel>(&id, known.revision)
                .put(&id, &channel)?;
            if let Some(by) = by {
                let edits = audit::channel_edits(&known.channel, &channel);
                batch = self.log(batch, by, &known.channel, Deed::Edited(edits))?;
            }
            Ok((Some(batch), ()))
        })
        .await
    }
}
