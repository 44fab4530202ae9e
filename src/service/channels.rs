//! Who is told: subscribing and unsubscribing channels, and following what happens to them in Slack.

mod edit;
mod follow;

pub use edit::ChannelChange;

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::clock::SharedClock;
use crate::domain::audit::{Actor, Deed, Subject};
use crate::domain::channel::{Channel, Destination, HookUrl};
use crate::domain::ids::{ChannelId, ConversationId, IdSource};
use crate::domain::notice::Notice;
use crate::domain::server::Environment;
use crate::service::ChangeError;
use crate::service::audit::Audit;
use crate::service::base::Base;
use crate::service::change::CONFLICTS;
use crate::service::fleet::{Fleet, KnownChannel};
use crate::service::owing::Owing;
use crate::store::collections::{DestinationKey, DestinationOwner, OutboxEntry, SeenEvent};
use crate::store::{Batch, CommitError, EncodeError, Key, Store};

/// How many outbox entries of a lane are dropped at a time.
const PAGE: usize = 1_000;

/// A conversation that is to be told.
#[derive(Debug, Clone)]
pub struct Subscription {
    /// Which.
    pub conversation: ConversationId,
    /// What people call it.
    pub name: String,
    /// Only servers of these environments; none to keep what was chosen before.
    pub environments: Option<BTreeSet<Environment>>,
    /// Who subscribes it.
    pub by: Actor,
    /// Whether the channel is welcomed where it was not subscribed before.
    pub welcome: bool,
}

/// A channel that is to be told.
#[derive(Debug, Clone)]
pub struct NewChannel {
    /// What people call it.
    pub name: String,
    /// How it is reached.
    pub destination: Destination,
    /// Whether anything is told there.
    pub notification: bool,
    /// Only servers of these environments; empty for all.
    pub environments: BTreeSet<Environment>,
}

/// Changes channels.
#[derive(Debug)]
pub struct Channels {
    store: Store,
    fleet: Arc<Fleet>,
    owing: Owing,
    audit: Audit,
    ids: Arc<IdSource>,
    clock: SharedClock,
}

impl Channels {
    /// Changes channels in the given store and its view.
    #[must_use]
    pub fn new(base: &Base) -> Self {
        Self {
            store: base.store.clone(),
            fleet: Arc::clone(&base.fleet),
            owing: base.owing.clone(),
            audit: base.audit.clone(),
            ids: Arc::clone(&base.ids),
            clock: Arc::clone(&base.clock),
        }
    }

    /// Tells a conversation from now on; tells whether it already was told exactly this. `event` is Slack's event that asks for it,
    /// which is acted on once.
    ///
    /// # Errors
    /// The store's refusal.
    pub async fn subscribe(
        &self,
        subscription: &Subscription,
        event: Option<&str>,
    ) -> Result<(Channel, bool), ChangeError> {
        let (channel, already) = self
            .retrying(|| {
                let known = self.fleet.channel_of(&subscription.conversation);
                let before = known.as_ref().map(|known| Arc::clone(&known.channel));
                let (batch, channel) = self.subscribing(subscription, known, event)?;
                let already = before.is_some_and(|before| {
                    let reached = before.notification && before.failing.is_none();
                    reached && before.environments == channel.environments
                });
                Ok((Some(batch), (channel, already)))
            })
            .await?;
        Ok((channel, already))
    }

    fn subscribing(
        &self,
        subscription: &Subscription,
        known: Option<KnownChannel>,
        event: Option<&str>,
    ) -> Result<(Batch, Channel), ChangeError> {
        let now = self.clock.now();
        let batch = self.once(event)?;
        if let Some(known) = known {
            let id = known.channel.id;
            let mut channel = (*known.channel).clone();
            if let Some(environments) = &subscription.environments {
                channel.environments = environments.clone();
            }
            channel.notification = true;
            channel.failing = None;
            channel.updated_at = now;
            let batch = batch
                .require_revision::<Channel>(&id, known.revision)
                .put(&id, &channel)?;
            let batch = self.log(batch, &subscription.by, &channel, subscribed(&channel))?;
            return Ok((batch, channel));
        }
        let channel = Channel {
            environments: subscription.environments.clone().unwrap_or_default(),
            subscribed_by: subscription.by.user.clone(),
            ..self.fresh(
                &subscription.name,
                Destination::Conversation(subscription.conversation.clone()),
            )
        };
        let mut batch = creating(batch, &channel)?;
        batch = self.log(batch, &subscription.by, &channel, subscribed(&channel))?;
        if subscription.welcome {
            let welcome = Notice::Welcome {
                by: subscription.by.user.clone(),
            };
            batch = self.owing.notice(batch, channel.id, welcome, now)?;
        }
        Ok((batch, channel))
    }

    /// Tells a channel that is not told yet.
    ///
    /// # Errors
    /// [`ChangeError::WebhookNameTaken`] where a webhook has the name already, [`ChangeError::DestinationTaken`] where a
    /// channel has the destination, or the store's refusal.
    pub async fn add(&self, new: NewChannel, by: &Actor) -> Result<Channel, ChangeError> {
        let webhook = matches!(new.destination, Destination::Webhook(_));
        if webhook && self.fleet.webhook_named(&new.name).is_some() {
            return Err(ChangeError::WebhookNameTaken(new.name));
        }
        let channel = Channel {
            notification: new.notification,
            environments: new.environments,
            subscribed_by: by.user.clone(),
            ..self.fresh(&new.name, new.destination)
        };
        let deed = if webhook {
            Deed::Added
        } else {
            subscribed(&channel)
        };
        let batch = creating(Batch::new(), &channel)?;
        let batch = self.log(batch, by, &channel, deed)?;
        match self.store.commit(batch).await {
            Ok(_) => Ok(channel),
            Err(CommitError::Conflict { .. }) => Err(self.destination_taken(&channel)),
            Err(error) => Err(error.into()),
        }
    }

    /// Says who has the destination that this channel was to have.
    fn destination_taken(&self, channel: &Channel) -> ChangeError {
        let channels = self.fleet.channels();
        let same = |other: &&Arc<Channel>| other.destination == channel.destination;
        // Where the other one has just gone, its name is not known any more.
        let name = channels.iter().find(same).map(|other| &other.name);
        ChangeError::DestinationTaken {
            name: name.unwrap_or(&channel.name).clone(),
            webhook: channel.conversation().is_none(),
        }
    }

    /// Tells an incoming webhook from now on.
    ///
    /// # Errors
    /// Those of [`Channels::add`].
    pub async fn add_webhook(
        &self,
        name: &str,
        url: HookUrl,
        by: &Actor,
    ) -> Result<Channel, ChangeError> {
        let new = NewChannel {
            name: name.to_owned(),
            destination: Destination::Webhook(url),
            notification: true,
            environments: BTreeSet::new(),
        };
        self.add(new, by).await
    }

    fn fresh(&self, name: &str, destination: Destination) -> Channel {
        let now = self.clock.now();
        Channel {
            id: ChannelId::from_raw(self.ids.next(now)),
            name: clipped(name),
            destination,
            notification: true,
            environments: BTreeSet::new(),
            failing: None,
            subscribed_by: None,
            created_at: now,
            updated_at: now,
        }
    }

    /// Tells a conversation no more, and drops what it was still owed. None where it was not told.
    ///
    /// # Errors
    /// The store's refusal.
    pub async fn unsubscribe(
        &self,
        conversation: &ConversationId,
        event: Option<&str>,
        by: &Actor,
    ) -> Result<Option<Arc<Channel>>, ChangeError> {
        match self.fleet.channel_of(conversation) {
            Some(known) => self.remove(known.channel.id, event, by).await,
            None => Ok(None),
        }
    }

    /// Tells a channel no more, and drops what it was still owed. None where there is no such channel.
    ///
    /// # Errors
    /// The store's refusal.
    pub async fn remove(
        &self,
        id: ChannelId,
        event: Option<&str>,
        by: &Actor,
    ) -> Result<Option<Arc<Channel>>, ChangeError> {
        let removed = self
            .retrying(|| {
                let Some(known) = self.fleet.channel(id) else {
                    return Ok((None, None));
                };
                let owner = DestinationKey::of(&known.channel.destination);
                let batch = self
                    .once(event)?
                    .require_revision::<Channel>(&id, known.revision)
                    .delete::<Channel>(&id)
                    .delete::<DestinationOwner>(&owner);
                let deed = match known.channel.destination {
                    Destination::Conversation(_) => Deed::Unsubscribed,
                    Destination::Webhook(_) => Deed::Removed,
                };
                let batch = self.log(batch, by, &known.channel, deed)?;
                Ok((Some(batch), Some(known.channel)))
            })
            .await?;
        // An event that Slack sent again removes nothing: the channel may have been subscribed anew meanwhile.
        if self.fleet.channel(id).is_some() {
            return Ok(None);
        }
        self.drop_lane(id).await?;
        Ok(removed)
    }

    async fn drop_lane(&self, channel: ChannelId) -> Result<(), ChangeError> {
        loop {
            let page = self
                .store
                .scan::<OutboxEntry>(&channel.encode(), None, PAGE)?;
            if page.is_empty() {
                return Ok(());
            }
            let batch = page.iter().fold(Batch::new(), |batch, (key, _)| {
                batch.delete::<OutboxEntry>(key)
            });
            self.store.commit(batch).await?;
        }
    }

    fn log(
        &self,
        batch: Batch,
        by: &Actor,
        channel: &Channel,
        deed: Deed,
    ) -> Result<Batch, ChangeError> {
        let now = self.clock.now();
        let entry = self.audit.entry(by, Subject::channel(channel), deed, now);
        self.audit.log(batch, &entry)
    }

    /// A batch that can be committed once for an event of Slack's.
    fn once(&self, event: Option<&str>) -> Result<Batch, ChangeError> {
        let Some(event) = event.filter(|id| !id.is_empty()) else {
            return Ok(Batch::new());
        };
        Ok(SeenEvent::once(event, self.clock.now())?)
    }

    async fn retrying<T>(
        &self,
        decide: impl Fn() -> Result<(Option<Batch>, T), ChangeError>,
    ) -> Result<T, ChangeError> {
        let mut last = ChangeError::Missing;
        for _ in 0..CONFLICTS {
            let (batch, result) = decide()?;
            let Some(batch) = batch else {
                return Ok(result);
            };
            match self.store.commit(batch).await {
                Ok(_) => return Ok(result),
                Err(CommitError::Conflict {
                    table: "seen_events",
                    ..
                }) => {
                    // Slack sent the event again: it was acted on.
                    return Ok(result);
                }
                Err(error @ CommitError::Conflict { .. }) => last = error.into(),
                Err(error) => return Err(error.into()),
            }
        }
        Err(last)
    }
}

/// The longest name of a channel, in characters.
const NAME_CHARS: usize = 255;

fn subscribed(channel: &Channel) -> Deed {
    Deed::Subscribed {
        environments: channel.environments.iter().copied().collect(),
    }
}

fn clipped(name: &str) -> String {
    name.chars().take(NAME_CHARS).collect()
}

/// Puts a channel in, where nothing else has its destination.
fn creating(batch: Batch, channel: &Channel) -> Result<Batch, EncodeError> {
    let owner = DestinationKey::of(&channel.destination);
    batch
        .require_absent::<DestinationOwner>(&owner)
        .put(
            &owner,
            &DestinationOwner {
                channel: channel.id,
            },
        )?
        .put(&channel.id, channel)
}
