//! The workspace as tests and the demo hold it: started, looked at, and given trouble.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use serde_json::Value;
use tokio::net::TcpListener;
use tokio_util::sync::DropGuard;

use super::core::Core;
use super::directory::{Channel, Delivery, Ephemeral, Kind, User};
use super::error::Error;
use super::fault::{Call, Fault};
use super::mentions;
use super::message::{Author, Content, Message};
use super::options::Options;
use super::server;
use super::state::State;
use super::targets::Target;
use super::views::View;

/// A Slack workspace on a listener of its own. Clones are handles on the same one; it stops when
/// [`Workspace::stop`] is called or the last handle is dropped.
///
/// Channels are meant by id or by name (`ops`, `#ops`), people by id or by short name.
#[derive(Clone)]
pub struct Workspace {
    pub(super) core: Arc<Core>,
    _stop: Option<Arc<DropGuard>>,
}

impl Workspace {
    /// Starts to serve on `listener`. Must be called within a Tokio runtime.
    ///
    /// # Errors
    ///
    /// Where the listener cannot tell its address.
    pub fn start(listener: TcpListener, options: Options) -> io::Result<Self> {
        let core = Arc::new(Core::new(options, listener.local_addr()?));
        core.tasks.spawn(server::serve(Arc::clone(&core), listener));
        let stop = Arc::new(core.stop.clone().drop_guard());
        Ok(Self {
            core,
            _stop: Some(stop),
        })
    }

    /// A handle for what is served within the workspace, which does not keep it running.
    pub(super) fn within(core: Arc<Core>) -> Self {
        Self { core, _stop: None }
    }

    /// Closes every connection and waits until nothing is served or sent any more.
    pub async fn stop(&self) {
        self.core.stop.cancel();
        self.core.tasks.close();
        self.core.tasks.wait().await;
    }

    /// Where it listens.
    #[must_use]
    pub fn addr(&self) -> SocketAddr {
        self.core.address
    }

    /// The base of the Web API, as `SLACK_API_URL` takes it.
    #[must_use]
    pub fn api_url(&self) -> String {
        self.core.url("/api")
    }

    /// The address of the page.
    #[must_use]
    pub fn page_url(&self) -> String {
        self.core.url("/")
    }

    /// Says where the bot listens, such as `http://127.0.0.1:3000`.
    pub fn set_bot_url(&self, url: &str) {
        self.core.set_bot_url(url);
    }

    /// Shows a server on the page, with its switches.
    pub fn add_target(&self, name: &str, target: Target) {
        self.core.add_target(name, target);
    }

    /// Waits until `look` finds what it looks for. It is asked now and after every change.
    pub async fn wait_for<T>(&self, mut look: impl FnMut(&State) -> Option<T>) -> T {
        let mut changes = self.core.changes();
        loop {
            changes.borrow_and_update();
            if let Some(found) = self.core.read(&mut look) {
                return found;
            }
            if changes.changed().await.is_err() {
                // The sender is this handle's own, so this is never reached.
                std::future::pending::<()>().await;
            }
        }
    }

    /// Looks at the state once.
    pub fn read<T>(&self, look: impl FnOnce(&State) -> T) -> T {
        self.core.read(look)
    }

    /// The messages and replies of a channel, oldest first.
    #[must_use]
    pub fn messages(&self, channel: &str) -> Vec<Message> {
        self.read(|state| state.messages(channel).to_vec())
    }

    /// The direct messages of the bot and a person, oldest first.
    #[must_use]
    pub fn direct_messages(&self, user: &str) -> Vec<Message> {
        self.core
            .act(|state| {
                let id = state.user(user).map(|user| user.id.clone())?;
                let at = state.direct(&id);
                Some(state.channels[at].messages.clone())
            })
            .0
            .unwrap_or_default()
    }

    /// What only this person sees, oldest first.
    #[must_use]
    pub fn ephemerals(&self, user: &str) -> Vec<Ephemeral> {
        self.read(|state| state.ephemerals(user).cloned().collect())
    }

    /// The person's Home.
    #[must_use]
    pub fn home(&self, user: &str) -> Option<View> {
        self.read(|state| state.homes.get(&state.user(user)?.id).cloned())
    }

    /// The topmost modal the person has open.
    #[must_use]
    pub fn modal(&self, user: &str) -> Option<View> {
        self.read(|state| state.modal(user).cloned())
    }

    /// A channel as it stands.
    #[must_use]
    pub fn channel(&self, channel: &str) -> Option<Channel> {
        self.read(|state| state.channel(channel).cloned())
    }

    /// A person.
    #[must_use]
    pub fn user(&self, user: &str) -> Option<User> {
        self.read(|state| state.user(user).cloned())
    }

    /// The bot's own user id.
    #[must_use]
    pub fn bot_user(&self) -> String {
        self.read(|state| state.team.bot_user.clone())
    }

    /// Every call so far in order of arrival; the oldest are forgotten after some ten thousand.
    #[must_use]
    pub fn journal(&self) -> Vec<Call> {
        self.read(|state| state.journal.clone())
    }

    /// Adds a fault at the end of the queue; of those that match a call, the first one strikes.
    pub fn fault(&self, fault: Fault) {
        self.core.change(|state| state.faults.push(fault));
    }

    /// The faults that are still to strike.
    #[must_use]
    pub fn faults(&self) -> Vec<Fault> {
        self.read(|state| state.faults.clone())
    }

    /// Takes every fault away, and lets go of the calls that hang.
    pub fn clear_faults(&self) {
        self.core.change(|state| state.faults.clear());
        self.core.release();
    }

    /// Cuts the calls that hang now.
    pub fn release(&self) {
        self.core.release();
    }

    /// While down, every connection but the page's is cut without an answer.
    pub fn set_down(&self, down: bool) {
        self.core.change(|state| state.down = down);
    }

    /// Every event told to the bot so far.
    #[must_use]
    pub fn deliveries(&self) -> Vec<Delivery> {
        self.read(|state| state.deliveries.clone())
    }

    /// Tells the events that the bot did not take once more; see
    /// [`EventRetries::ByHand`](super::EventRetries::ByHand).
    pub async fn retry_events(&self) -> Vec<Delivery> {
        self.core.retry_events().await
    }

    /// Tells an event of any kind, such as `{"type":"app_uninstalled"}`.
    pub async fn event(&self, event: Value) -> Delivery {
        let ((), events) = self.core.act(|state| state.tell(event));
        let mut told = self.tell_all(events).await;
        told.pop().unwrap_or(Delivery {
            envelope: Value::Null,
            attempts: 0,
            accepted: false,
        })
    }

    /// Tells an event that was told before once more, with the same `event_id`.
    pub async fn repeat(&self, delivery: &Delivery) -> Delivery {
        self.core
            .attempt(&delivery.envelope, delivery.attempts)
            .await
    }

    pub(super) async fn tell_all(&self, events: Vec<Value>) -> Vec<Delivery> {
        let mut told = Vec::new();
        for event in events {
            told.push(self.core.tell(event).await);
        }
        told
    }

    /// Asks every Socket Mode connection to go away, with a reason such as `refresh_requested`.
    pub fn disconnect_sockets(&self, reason: &str) {
        self.core.sockets.disconnect(reason);
    }

    /// Adds an incoming webhook of a channel and tells its address.
    ///
    /// # Errors
    ///
    /// Where there is no such channel.
    pub fn add_webhook(&self, channel: &str) -> Result<String, Error> {
        let path = self.core.change(|state| {
            let id = state.channel(channel).map(|channel| channel.id.clone());
            id.map(|id| state.new_hook(&id))
        });
        let path = path.ok_or_else(|| Error::NoSuchChannel(channel.to_owned()))?;
        Ok(self.core.url(&path))
    }

    /// Revokes an incoming webhook: posts to it get `no_service`.
    pub fn revoke_webhook(&self, url: &str) {
        let path = url.strip_prefix(&self.core.url("")).unwrap_or(url);
        self.core.change(|state| {
            for hook in state
                .links
                .hooks
                .iter_mut()
                .filter(|hook| hook.path == path)
            {
                hook.revoked = true;
            }
        });
    }

    /// Adds a public channel of the first person's; the bot is not in it.
    ///
    /// # Errors
    ///
    /// Where the name is taken or is none for a channel.
    pub fn create_channel(&self, name: &str) -> Result<(), Error> {
        self.core.change(|state| {
            state.check_channel_name(name).map_err(Error::Refused)?;
            let people = state.users.iter().filter(|user| !user.is_bot);
            let people: Vec<_> = people.map(|user| user.id.clone()).collect();
            let owner = people.first().cloned().unwrap_or_default();
            state.add_channel(name, Kind::Public, &owner, people);
            Ok(())
        })
    }

    /// Says something in a channel as a person, who types `<` where Slack keeps `&lt;`.
    ///
    /// # Errors
    ///
    /// Where there is no such channel or person.
    pub fn say(&self, user: &str, channel: &str, text: &str) -> Result<(), Error> {
        let (user, channel) = self.meet(user, channel)?;
        self.core.change(|state| {
            let content = Content {
                text: mentions::escaped(state, text),
                ..Content::default()
            };
            let message = state.new_message(Author::User(user.id.clone()), content);
            if let Some(at) = state.channel_at(&channel.id) {
                state.channels[at].messages.push(message);
            }
        });
        Ok(())
    }

    /// The person and the channel that are meant.
    pub(super) fn meet(&self, user: &str, channel: &str) -> Result<(User, Channel), Error> {
        self.read(|state| {
            let found = state.user(user).cloned();
            let user = found.ok_or_else(|| Error::NoSuchUser(user.to_owned()))?;
            let found = state.channel(channel).cloned();
            let channel = found.ok_or_else(|| Error::NoSuchChannel(channel.to_owned()))?;
            Ok((user, channel))
        })
    }
}
