//! A Slack that does what it is told: it is limited, away, breaks off, refuses, or holds a call in flight, and it keeps
//! what every room holds.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use futures_util::future::BoxFuture;
use healthbot::clock::{Clock, ManualClock, Timestamp};
use healthbot::config::Secret;
use healthbot::domain::channel::HookUrl;
use healthbot::domain::ids::{
    ConversationId, MessageTs, NoticeId, TeamId, TriggerId, UserId, ViewId,
};
use healthbot::slack::client::{Conversation, Identity, Post, Slack};
use healthbot::slack::error::SendError;
use healthbot::slack::hosts::ResponseUrl;
use healthbot::slack::render::{Message, View};
use tokio::sync::Notify;

/// What befalls one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effect {
    /// 429 with this `Retry-After`, in seconds.
    Limited(u64),
    /// A 5xx, and nothing was done.
    Broken,
    /// It is done, and the connection breaks off.
    Reset,
    /// No connection.
    Away,
}

/// A message as a room holds it.
#[derive(Debug, Clone)]
pub(crate) struct Held {
    pub(crate) ts: MessageTs,
    pub(crate) at: Timestamp,
    pub(crate) thread: Option<MessageTs>,
    /// None in a webhook's room.
    pub(crate) notice: Option<NoticeId>,
    /// As it was posted.
    pub(crate) first: Message,
    /// As it reads now.
    pub(crate) now: Message,
    pub(crate) deleted: bool,
    /// The room was unsubscribed since: nobody keeps the message up to date.
    pub(crate) left: bool,
}

/// What one room has seen.
#[derive(Debug, Clone, Default)]
pub(crate) struct Room {
    pub(crate) messages: Vec<Held>,
    /// Every call, and when.
    pub(crate) calls: Vec<Timestamp>,
    /// How many messages may be there once more than they should, because a call broke off.
    pub(crate) repeats: usize,
    barred_until: Option<Timestamp>,
    closed: bool,
}

/// Decides what befalls a call, by how many there were before.
type Fate = Box<dyn Fn(u64) -> Option<Effect> + Send>;

#[derive(Default)]
struct State {
    /// What befalls each call.
    calls: Option<Fate>,
    /// What befalls each post, where nothing else did.
    posts: Option<Fate>,
    called: u64,
    posted: u64,
    rooms: BTreeMap<String, Room>,
    effects: VecDeque<Effect>,
    away: bool,
    revoked: bool,
    /// Rooms whose next call is held in flight; whether it is done before.
    to_hold: BTreeMap<String, bool>,
    /// Calls in flight; whether what they ask for is done.
    in_flight: BTreeMap<String, bool>,
    last_ts: u64,
    /// Rules that the bot broke.
    broken: Vec<String>,
}

/// The scripted Slack.
pub(crate) struct Script {
    clock: Mutex<ManualClock>,
    state: Mutex<State>,
    history: bool,
    held: Notify,
    released: Notify,
}

/// What a call asks for.
enum Ask<'a> {
    Post(Post<'a>),
    Update(&'a MessageTs, &'a Message),
    Hook(&'a Message),
    Find,
}

fn away() -> SendError {
    SendError::Retry {
        after: None,
        ambiguous: false,
        reason: "no connection".to_owned(),
    }
}

fn broke_off() -> SendError {
    SendError::Retry {
        after: None,
        ambiguous: true,
        reason: "the connection broke off".to_owned(),
    }
}

impl Script {
    /// A Slack whose tokens may read histories or not.
    pub(crate) fn new(clock: ManualClock, history: bool) -> Arc<Self> {
        Arc::new(Self {
            clock: Mutex::new(clock),
            state: Mutex::default(),
            history,
            held: Notify::new(),
            released: Notify::new(),
        })
    }

    /// A bot that starts again has forgotten how long it was told to wait.
    pub(crate) fn restarted(&self, clock: ManualClock) {
        *self.clock.lock().unwrap() = clock;
        let mut state = self.state();
        for room in state.rooms.values_mut() {
            room.barred_until = None;
        }
    }

    pub(crate) fn room(&self, name: &str) -> Room {
        self.state().rooms.get(name).cloned().unwrap_or_default()
    }

    pub(crate) fn broken_rules(&self) -> Vec<String> {
        self.state().broken.clone()
    }

    pub(crate) fn next_calls(&self, effects: impl IntoIterator<Item = Effect>) {
        self.state().effects.extend(effects);
    }

    /// What befalls each call from now on, by how many there were before.
    pub(crate) fn each_call(&self, fate: impl Fn(u64) -> Option<Effect> + Send + 'static) {
        self.state().calls = Some(Box::new(fate));
    }

    /// The same for posts alone.
    pub(crate) fn each_post(&self, fate: impl Fn(u64) -> Option<Effect> + Send + 'static) {
        self.state().posts = Some(Box::new(fate));
    }

    pub(crate) fn set_away(&self, away: bool) {
        self.state().away = away;
    }

    pub(crate) fn set_revoked(&self, revoked: bool) {
        self.state().revoked = revoked;
    }

    pub(crate) fn set_closed(&self, room: &str, closed: bool) {
        let mut state = self.state();
        state.rooms.entry(room.to_owned()).or_default().closed = closed;
    }

    /// Ends every fault.
    pub(crate) fn heal(&self) {
        let mut state = self.state();
        state.effects.clear();
        (state.calls, state.posts) = (None, None);
        (state.away, state.revoked) = (false, false);
        state.to_hold.clear();
        for room in state.rooms.values_mut() {
            room.closed = false;
        }
    }

    /// Somebody deletes the newest message of a room that is in no thread.
    pub(crate) fn delete_newest(&self, room: &str) {
        let mut state = self.state();
        let room = state.rooms.entry(room.to_owned()).or_default();
        let newest = room.messages.iter_mut().rev();
        if let Some(message) = newest
            .into_iter()
            .find(|m| m.thread.is_none() && !m.deleted)
        {
            message.deleted = true;
            room.repeats += 1;
        }
    }

    /// A room is unsubscribed: what it holds stays as it is.
    pub(crate) fn leave(&self, room: &str) {
        let mut state = self.state();
        let room = state.rooms.entry(room.to_owned()).or_default();
        room.messages.iter_mut().for_each(|held| held.left = true);
    }

    /// The room's next call stays in flight.
    pub(crate) fn hold(&self, room: &str, done_before: bool) {
        self.state().to_hold.insert(room.to_owned(), done_before);
    }

    pub(crate) fn is_holding(&self, room: &str) -> bool {
        self.state().in_flight.contains_key(room)
    }

    /// Completes when a call begins to be held.
    pub(crate) async fn begins_to_hold(&self) {
        self.held.notified().await;
    }

    /// Lets every held call go on.
    pub(crate) fn release(&self) {
        self.state().in_flight.clear();
        self.released.notify_waiters();
    }

    /// The calls in flight are never answered.
    pub(crate) fn cut(&self) {
        let mut state = self.state();
        let cut = std::mem::take(&mut state.in_flight);
        for (room, done) in cut {
            if done && !(self.history && is_conversation(&room)) {
                state.rooms.entry(room).or_default().repeats += 1;
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    fn now(&self) -> Timestamp {
        self.clock.lock().unwrap().now()
    }

    async fn call(&self, room: &str, ask: Ask<'_>) -> Result<MessageTs, SendError> {
        let now = self.now();
        self.admit(room, now)?;
        let hold = match ask {
            Ask::Find => None,
            _ => self.state().to_hold.remove(room),
        };
        if let Some(done_before) = hold {
            let done = done_before.then(|| self.act(room, &ask, now));
            self.state().in_flight.insert(room.to_owned(), done_before);
            self.held.notify_one();
            while self.is_holding(room) {
                self.released.notified().await;
            }
            return match done {
                Some(done) => done,
                None => self.act(room, &ask, self.now()),
            };
        }
        self.act(room, &ask, now)
    }

    /// Counts a call, and strikes it where that is its fate before it is done.
    fn admit(&self, name: &str, now: Timestamp) -> Result<(), SendError> {
        let mut state = self.state();
        let room = state.rooms.entry(name.to_owned()).or_default();
        room.calls.push(now);
        if let Some(until) = room.barred_until.filter(|until| now < *until) {
            let words = format!("{name}: called at {now}, inside Retry-After until {until}");
            state.broken.push(words);
        }
        Ok(())
    }

    fn act(&self, name: &str, ask: &Ask<'_>, now: Timestamp) -> Result<MessageTs, SendError> {
        let mut state = self.state();
        if state.away {
            return Err(away());
        }
        let effect = state.fate(matches!(ask, Ask::Post(_)));
        match effect {
            Some(Effect::Limited(secs)) => {
                let after = Duration::from_secs(secs);
                let room = state.rooms.entry(name.to_owned()).or_default();
                room.barred_until = Some(now + after);
                return Err(SendError::Retry {
                    after: Some(after),
                    ambiguous: false,
                    reason: "ratelimited".to_owned(),
                });
            }
            Some(Effect::Broken) => return Err(broke_off()),
            Some(Effect::Away) => return Err(away()),
            Some(Effect::Reset) | None => {}
        }
        if state.revoked && is_conversation(name) {
            return Err(SendError::of_name("token_revoked"));
        }
        if state.rooms.entry(name.to_owned()).or_default().closed {
            return Err(SendError::of_name("is_archived"));
        }
        let done = state.done(name, ask, now);
        if effect == Some(Effect::Reset) {
            let repeated =
                matches!(ask, Ask::Post(_)) && !self.history || matches!(ask, Ask::Hook(_));
            if done.is_ok() && repeated {
                state.rooms.entry(name.to_owned()).or_default().repeats += 1;
            }
            return Err(broke_off());
        }
        done
    }
}

fn is_conversation(room: &str) -> bool {
    !room.starts_with("https")
}

impl State {
    fn fate(&mut self, is_post: bool) -> Option<Effect> {
        let mut fate = self.effects.pop_front();
        if let Some(calls) = &self.calls {
            fate = fate.or_else(|| calls(self.called));
            self.called += 1;
        }
        if let Some(posts) = self.posts.as_ref().filter(|_| is_post) {
            fate = fate.or_else(|| posts(self.posted));
            self.posted += 1;
        }
        fate
    }

    fn done(&mut self, name: &str, ask: &Ask<'_>, now: Timestamp) -> Result<MessageTs, SendError> {
        self.last_ts += 1;
        let ts = MessageTs::new(format!("{}.{:06}", now.timestamp(), self.last_ts));
        let room = self.rooms.entry(name.to_owned()).or_default();
        let (message, thread, notice) = match ask {
            Ask::Find => return Ok(ts),
            Ask::Update(ts, message) => {
                let mut held = room.messages.iter_mut();
                return match held.find(|held| held.ts == **ts && !held.deleted) {
                    Some(held) => {
                        held.now = (*message).clone();
                        Ok((*ts).clone())
                    }
                    None => Err(SendError::of_name("message_not_found")),
                };
            }
            Ask::Post(post) => {
                let thread = post.thread.map(|thread| thread.parent.clone());
                (post.message, thread, Some(post.notice))
            }
            Ask::Hook(message) => (*message, None, None),
        };
        room.messages.push(Held {
            ts: ts.clone(),
            at: now,
            thread,
            notice,
            first: message.clone(),
            now: message.clone(),
            deleted: false,
            left: false,
        });
        Ok(ts)
    }
}

impl Slack for Script {
    fn renew_token(&self, _token: &Secret) {}

    fn identity(&self) -> BoxFuture<'_, Result<Identity, SendError>> {
        Box::pin(async {
            Ok(Identity {
                team: TeamId::new("T1"),
                team_name: "simulated".to_owned(),
                bot: UserId::new("UBOT"),
            })
        })
    }

    fn post<'a>(&'a self, post: Post<'a>) -> BoxFuture<'a, Result<MessageTs, SendError>> {
        Box::pin(self.call(post.conversation.as_str(), Ask::Post(post)))
    }

    fn update<'a>(
        &'a self,
        conversation: &'a ConversationId,
        ts: &'a MessageTs,
        message: &'a Message,
    ) -> BoxFuture<'a, Result<(), SendError>> {
        Box::pin(async move {
            let ask = Ask::Update(ts, message);
            self.call(conversation.as_str(), ask).await.map(|_| ())
        })
    }

    fn find<'a>(
        &'a self,
        conversation: &'a ConversationId,
        thread: Option<&'a MessageTs>,
        notice: NoticeId,
        since: Timestamp,
    ) -> BoxFuture<'a, Result<Option<MessageTs>, SendError>> {
        Box::pin(async move {
            if !self.history {
                return Err(SendError::of_name("missing_scope"));
            }
            self.call(conversation.as_str(), Ask::Find).await?;
            let room = self.room(conversation.as_str());
            let found = room.messages.into_iter().find(|held| {
                let readable = held.at >= since && !held.deleted;
                held.notice == Some(notice) && held.thread.as_ref() == thread && readable
            });
            Ok(found.map(|held| held.ts))
        })
    }

    fn conversation<'a>(
        &'a self,
        id: &'a ConversationId,
    ) -> BoxFuture<'a, Result<Conversation, SendError>> {
        Box::pin(async move {
            Ok(Conversation {
                name: Some(id.to_string()),
                archived: false,
                open_to_bot: true,
            })
        })
    }

    fn hook<'a>(
        &'a self,
        url: &'a HookUrl,
        message: &'a Message,
    ) -> BoxFuture<'a, Result<(), SendError>> {
        Box::pin(async move {
            self.call(url.expose(), Ask::Hook(message))
                .await
                .map(|_| ())
        })
    }

    fn respond<'a>(
        &'a self,
        _url: &'a ResponseUrl,
        _message: &'a Message,
        _replace: bool,
    ) -> BoxFuture<'a, Result<(), SendError>> {
        Box::pin(async { Ok(()) })
    }

    fn create_conversation<'a>(
        &'a self,
        _name: &'a str,
    ) -> BoxFuture<'a, Result<(ConversationId, String), SendError>> {
        Box::pin(async { Err(unasked()) })
    }

    fn rename_conversation<'a>(
        &'a self,
        _id: &'a ConversationId,
        _name: &'a str,
    ) -> BoxFuture<'a, Result<String, SendError>> {
        Box::pin(async { Err(unasked()) })
    }

    fn archive_conversation<'a>(
        &'a self,
        _id: &'a ConversationId,
    ) -> BoxFuture<'a, Result<(), SendError>> {
        Box::pin(async { Err(unasked()) })
    }

    fn invite<'a>(
        &'a self,
        _id: &'a ConversationId,
        _user: &'a UserId,
    ) -> BoxFuture<'a, Result<(), SendError>> {
        Box::pin(async { Err(unasked()) })
    }

    fn open_view<'a>(
        &'a self,
        _trigger: &'a TriggerId,
        _view: &'a View,
    ) -> BoxFuture<'a, Result<ViewId, SendError>> {
        Box::pin(async { Err(unasked()) })
    }

    fn update_view<'a>(
        &'a self,
        _id: &'a ViewId,
        _view: &'a View,
    ) -> BoxFuture<'a, Result<(), SendError>> {
        Box::pin(async { Err(unasked()) })
    }

    fn publish_home<'a>(
        &'a self,
        _user: &'a UserId,
        _view: &'a View,
    ) -> BoxFuture<'a, Result<(), SendError>> {
        Box::pin(async { Err(unasked()) })
    }
}

/// What the simulation never asks for is nothing that this Slack knows.
fn unasked() -> SendError {
    SendError::of_name("unknown_method")
}

/// The rooms that are not in this set hold nothing, however often they were called.
pub(crate) fn rooms_with_messages(script: &Script) -> BTreeSet<String> {
    let state = script.state();
    let rooms = state
        .rooms
        .iter()
        .filter(|(_, room)| !room.messages.is_empty());
    rooms.map(|(name, _)| name.clone()).collect()
}
