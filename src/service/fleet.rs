//! Everything that is decided upon, in memory: a view of the store that is never behind it.
//!
//! The store tells each commit to [`Fleet::apply`] before the one who committed is answered, so whoever wrote a change
//! reads it here. Only what no commit carries is written here directly: the counts and the last outcome of a probe
//! that changed nothing.

mod inner;
mod load;

use std::ops::{Bound, ControlFlow};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use tokio::sync::{mpsc, watch};

use crate::clock::Timestamp;
use crate::domain::channel::Channel;
use crate::domain::health::Health;
use crate::domain::ids::{ChannelId, ConversationId, IncidentId, ServerId};
use crate::domain::reply::ServerView;
use crate::domain::server::{Server, fold};
use crate::domain::settings::Settings;
use crate::store::collections::OutboxEntry;
use crate::store::{Change, Revision, StoreError};
use inner::Inner;

pub use inner::{Known, KnownChannel};

/// What changed, for those who act on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Touched {
    /// A server was added, changed or removed.
    Server(ServerId),
    /// The defaults changed.
    Settings,
    /// Something new is owed to this channel, or the channel itself changed.
    Lane(ChannelId),
}

/// The view. It is shared by reference, read by everyone and written by the store's observer.
#[derive(Debug)]
pub struct Fleet {
    inner: RwLock<Inner>,
    servers_touched: mpsc::UnboundedSender<Touched>,
    lanes_touched: mpsc::UnboundedSender<ChannelId>,
    /// Counts whatever may change what people are shown.
    changes: watch::Sender<u64>,
}

/// What the monitor and the delivery listen to; each is taken once.
#[derive(Debug)]
pub struct Signals {
    /// Servers and settings that changed.
    pub servers: mpsc::UnboundedReceiver<Touched>,
    /// Channels that are owed something, or that changed.
    pub lanes: mpsc::UnboundedReceiver<ChannelId>,
}

impl Fleet {
    /// An empty view and what it signals.
    #[must_use]
    pub fn new() -> (Arc<Self>, Signals) {
        let (servers_touched, servers) = mpsc::unbounded_channel();
        let (lanes_touched, lanes) = mpsc::unbounded_channel();
        let fleet = Self {
            inner: RwLock::default(),
            servers_touched,
            lanes_touched,
            changes: watch::Sender::new(0),
        };
        (Arc::new(fleet), Signals { servers, lanes })
    }

    /// Takes over what a commit changed. The store's observer calls it, in the order of the commits.
    pub fn apply(&self, changes: &[Change]) {
        for change in changes {
            match self.apply_one(change) {
                Ok(Some(touched)) => self.signal(touched),
                Ok(None) => {}
                Err(error) => {
                    tracing::error!(%error, "a record that was just written cannot be read")
                }
            }
        }
        self.count_change();
    }

    /// The count of what may have changed what people are shown, to be waited on.
    #[must_use]
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    fn count_change(&self) {
        self.changes
            .send_modify(|count| *count = count.wrapping_add(1));
    }

    fn apply_one(&self, change: &Change) -> Result<Option<Touched>, StoreError> {
        if let Some((id, stored)) = change.of::<Server>()? {
            let mut inner = self.write();
            match stored {
                Some(stored) => inner.put_server(id, stored.value, stored.revision),
                None => inner.remove_server(id),
            }
            return Ok(Some(Touched::Server(id)));
        }
        if let Some((id, stored)) = change.of::<Health>()? {
            if let Some(stored) = stored {
                self.write().put_health(id, stored.value, stored.revision);
            }
            return Ok(None);
        }
        if let Some((key, stored)) = change.of::<OutboxEntry>()? {
            return Ok(stored.map(|_| Touched::Lane(key.channel)));
        }
        if let Some((id, stored)) = change.of::<Channel>()? {
            let mut inner = self.write();
            match stored {
                Some(stored) => inner.put_channel(id, stored.value, stored.revision),
                None => inner.remove_channel(id),
            }
            return Ok(Some(Touched::Lane(id)));
        }
        if let Some(((), stored)) = change.of::<Settings>()? {
            let mut inner = self.write();
            inner.settings_revision = stored.as_ref().map(|stored| stored.revision);
            inner.settings = stored.map(|stored| stored.value).unwrap_or_default();
            return Ok(Some(Touched::Settings));
        }
        Ok(None)
    }

    fn signal(&self, touched: Touched) {
        // Nobody listens any more once the process is stopping.
        let _ = match touched {
            Touched::Lane(channel) => self.lanes_touched.send(channel).is_ok(),
            touched => self.servers_touched.send(touched).is_ok(),
        };
    }

    /// A server by its id.
    #[must_use]
    pub fn server(&self, id: ServerId) -> Option<Known> {
        self.read().servers.get(&id).map(|known| (**known).clone())
    }

    /// A server by what people call it.
    #[must_use]
    pub fn named(&self, name: &str) -> Option<Known> {
        let inner = self.read();
        inner
            .names
            .get(&*fold(name))
            .and_then(|id| inner.servers.get(id))
            .map(|known| (**known).clone())
    }

    /// A server as answers show it.
    #[must_use]
    pub fn view(&self, id: ServerId) -> Option<ServerView> {
        let inner = self.read();
        inner
            .servers
            .get(&id)
            .map(|known| known.view(&inner.settings))
    }

    /// Calls `visit` with every server in the order of their names, while nothing can change.
    pub fn each_server(&self, mut visit: impl FnMut(&Known, &Settings)) {
        let inner = self.read();
        for id in inner.names.values() {
            if let Some(known) = inner.servers.get(id) {
                visit(known, &inner.settings);
            }
        }
    }

    /// Calls `visit` with the servers in the order of their ids, from the first one after `after`, until it has seen
    /// enough; nothing can change meanwhile.
    pub fn servers_after(
        &self,
        after: Option<ServerId>,
        mut visit: impl FnMut(&Known, &Settings) -> ControlFlow<()>,
    ) {
        let inner = self.read();
        let start = after.map_or(Bound::Unbounded, Bound::Excluded);
        for known in inner.servers.range((start, Bound::Unbounded)) {
            if visit(known.1, &inner.settings).is_break() {
                return;
            }
        }
    }

    /// The names nearest to one that nobody has, at most `limit`.
    #[must_use]
    pub fn nearest_names(&self, name: &str, limit: usize) -> Vec<String> {
        let wanted = fold(name);
        let inner = self.read();
        let mut near: Vec<_> = inner
            .names
            .iter()
            .filter_map(|(folded, id)| distance(&wanted, folded).map(|distance| (distance, id)))
            .collect();
        near.sort_by_key(|(distance, id)| (*distance, id.raw()));
        let near = near.into_iter().take(limit);
        near.filter_map(|(_, id)| inner.servers.get(id))
            .map(|known| known.server.host_name.to_string())
            .collect()
    }

    /// The servers whose mute has ended at `now` and is still noted.
    #[must_use]
    pub fn mutes_over(&self, now: Timestamp) -> Vec<ServerId> {
        let inner = self.read();
        let over = inner.mutes.iter().take_while(|(until, _)| *until <= now);
        over.map(|(_, server)| *server).collect()
    }

    /// The incidents that are open.
    #[must_use]
    pub fn open_incidents(&self) -> Vec<(ServerId, IncidentId)> {
        let inner = self.read();
        inner
            .open
            .iter()
            .map(|(server, incident)| (*server, *incident))
            .collect()
    }

    /// How many servers there are.
    #[must_use]
    pub fn servers(&self) -> usize {
        self.read().servers.len()
    }

    /// A channel by its id.
    #[must_use]
    pub fn channel(&self, id: ChannelId) -> Option<KnownChannel> {
        self.read().channels.get(&id).cloned()
    }

    /// The channel whose destination is this conversation.
    #[must_use]
    pub fn channel_of(&self, conversation: &ConversationId) -> Option<KnownChannel> {
        let inner = self.read();
        inner
            .conversations
            .get(conversation)
            .and_then(|id| inner.channels.get(id))
            .cloned()
    }

    /// The webhook that people call so, without regard to case.
    #[must_use]
    pub fn webhook_named(&self, name: &str) -> Option<KnownChannel> {
        let inner = self.read();
        let mut webhooks = inner
            .channels
            .values()
            .filter(|known| known.channel.conversation().is_none());
        webhooks
            .find(|known| fold(&known.channel.name) == fold(name))
            .cloned()
    }

    /// All channels, in the order in which they were subscribed.
    #[must_use]
    pub fn channels(&self) -> Vec<Arc<Channel>> {
        self.read()
            .channels
            .values()
            .map(|known| Arc::clone(&known.channel))
            .collect()
    }

    /// The defaults.
    #[must_use]
    pub fn settings(&self) -> Settings {
        self.read().settings.clone()
    }

    /// The defaults, and the revision that a change of them must insist on.
    #[must_use]
    pub fn settings_with_revision(&self) -> (Settings, Option<Revision>) {
        let inner = self.read();
        (inner.settings.clone(), inner.settings_revision)
    }

    /// Notes what a probe found where nothing has to be written down. False where the belief was changed meanwhile, so
    /// that the outcome must be judged again.
    #[must_use]
    pub fn note_health(&self, id: ServerId, judged: Option<Revision>, next: Health) -> bool {
        let seen = match self.write().servers.get_mut(&id) {
            Some(known) if known.health_revision == judged => {
                let seen = known.health.state() != next.state();
                known.health = next;
                seen
            }
            _ => return false,
        };
        if seen {
            self.count_change();
        }
        true
    }

    fn read(&self) -> RwLockReadGuard<'_, Inner> {
        self.inner.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Inner> {
        self.inner.write().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How far a name is from the wanted one, where it is near enough to be meant.
fn distance(wanted: &str, name: &str) -> Option<usize> {
    if !wanted.is_empty() && name.contains(wanted) {
        return Some(1);
    }
    let allowed = (wanted.chars().count() / 3).clamp(1, 4);
    if name.len().abs_diff(wanted.len()) > allowed * 4 {
        return None;
    }
    Some(strsim::damerau_levenshtein(wanted, name)).filter(|distance| *distance <= allowed)
}
