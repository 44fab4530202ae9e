//! What the view holds, and how it follows the records.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use crate::clock::Timestamp;
use crate::domain::channel::Channel;
use crate::domain::health::Health;
use crate::domain::ids::{ChannelId, ConversationId, IncidentId, ServerId};
use crate::domain::reply::ServerView;
use crate::domain::server::Server;
use crate::domain::settings::Settings;
use crate::store::Revision;

/// A server with what is believed of it, and the revisions that a commit about them must insist on.
#[derive(Debug, Clone)]
pub struct Known {
    /// The server.
    pub server: Arc<Server>,
    /// The commit that wrote it.
    pub server_revision: Revision,
    /// What is believed of it.
    pub health: Health,
    /// The commit that wrote that, if any did yet.
    pub health_revision: Option<Revision>,
}

/// A channel with its revision.
#[derive(Debug, Clone)]
pub struct KnownChannel {
    /// The channel.
    pub channel: Arc<Channel>,
    /// The commit that wrote it.
    pub revision: Revision,
}

/// The servers and channels, and the indexes over them.
#[derive(Debug, Default)]
pub(super) struct Inner {
    /// Boxed, because ids only grow and leave a tree's nodes half full: what is empty in them should be small.
    pub(super) servers: BTreeMap<ServerId, Box<Known>>,
    pub(super) names: BTreeMap<Arc<str>, ServerId>,
    /// Muted servers by when their mute ends.
    pub(super) mutes: BTreeSet<(Timestamp, ServerId)>,
    /// Servers with an open incident.
    pub(super) open: BTreeMap<ServerId, IncidentId>,
    pub(super) channels: BTreeMap<ChannelId, KnownChannel>,
    pub(super) conversations: HashMap<ConversationId, ChannelId>,
    pub(super) settings: Settings,
    pub(super) settings_revision: Option<Revision>,
}

impl Known {
    /// As answers show it.
    #[must_use]
    pub fn view(&self, defaults: &Settings) -> ServerView {
        ServerView {
            server: Arc::clone(&self.server),
            health: self.health.clone(),
            policy: self.server.policy(defaults),
        }
    }
}

impl Inner {
    pub(super) fn put_server(&mut self, id: ServerId, server: Server, revision: Revision) {
        let (health, health_revision) = match self.take_server(id) {
            Some(before) => {
                let same = before.server.target == server.target
                    && before.server.check() == server.check();
                let mut health = before.health;
                // What failed at the old address confirms nothing about the new one.
                health.streak = health.streak.filter(|_| same);
                (health, before.health_revision)
            }
            None => (Health::pending(server.created_at), None),
        };
        self.names.insert(server.host_name.folded(), id);
        self.mutes
            .extend(server.muted_until.map(|until| (until, id)));
        let server = Arc::new(server);
        let known = Known {
            server,
            server_revision: revision,
            health,
            health_revision,
        };
        self.servers.insert(id, Box::new(known));
    }

    pub(super) fn remove_server(&mut self, id: ServerId) {
        self.take_server(id);
        self.open.remove(&id);
    }

    /// Takes a server out of everything that its own record put it into.
    fn take_server(&mut self, id: ServerId) -> Option<Known> {
        let known = *self.servers.remove(&id)?;
        self.names.remove(&known.server.host_name.folded());
        if let Some(until) = known.server.muted_until {
            self.mutes.remove(&(until, id));
        }
        Some(known)
    }

    pub(super) fn put_health(&mut self, id: ServerId, health: Health, revision: Revision) {
        if let Some(known) = self.servers.get_mut(&id) {
            match health.incident {
                Some(incident) => self.open.insert(id, incident),
                None => self.open.remove(&id),
            };
            known.health = health;
            known.health_revision = Some(revision);
        }
    }

    pub(super) fn put_channel(&mut self, id: ChannelId, channel: Channel, revision: Revision) {
        self.remove_channel(id);
        if let Some(conversation) = channel.conversation() {
            self.conversations.insert(conversation.clone(), id);
        }
        self.channels.insert(
            id,
            KnownChannel {
                channel: Arc::new(channel),
                revision,
            },
        );
    }

    pub(super) fn remove_channel(&mut self, id: ChannelId) {
        if let Some(known) = self.channels.remove(&id)
            && let Some(conversation) = known.channel.conversation()
        {
            self.conversations.remove(conversation);
        }
    }
}
