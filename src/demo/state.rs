//! What the workspace holds.

use std::collections::HashMap;

use serde_json::{Value, json};

use super::directory::{Channel, Delivery, Ephemeral, Kind, User};
use super::fault::{Call, Fault};
use super::links::Links;
use super::message::{Content, Message, Signature};
use super::options::Options;
use super::views::View;
use crate::clock::SharedClock;

/// The whole workspace at one moment. Tests read it in
/// [`Workspace::wait_for`](super::Workspace::wait_for).
pub struct State {
    pub(super) clock: SharedClock,
    pub(super) team: Team,
    pub(super) scopes: Vec<String>,
    pub(super) users: Vec<User>,
    pub(super) channels: Vec<Channel>,
    pub(super) ephemerals: Vec<Ephemeral>,
    pub(super) homes: HashMap<String, View>,
    pub(super) modals: HashMap<String, Vec<View>>,
    pub(super) links: Links,
    pub(super) journal: Vec<Call>,
    pub(super) faults: Vec<Fault>,
    pub(super) down: bool,
    /// Events that came about and are not yet on their way to the bot.
    pub(super) events: Vec<Value>,
    pub(super) deliveries: Vec<Delivery>,
    pub(super) sockets: Sockets,
    counter: u64,
    last_micros: i64,
}

/// The Socket Mode connections, counted.
#[derive(Debug, Clone, Default)]
pub struct Sockets {
    /// How many are open.
    pub open: usize,
    /// How many were ever opened.
    pub opened: usize,
    /// How often the bot pinged.
    pub pings: usize,
    /// The codes with which the bot closed some.
    pub closed: Vec<u16>,
}

/// The workspace's own ids and names.
pub(super) struct Team {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) domain: String,
    pub(super) bot_user: String,
    pub(super) bot_id: String,
    pub(super) app_id: String,
}

/// The name of the bot's user.
pub(super) const BOT_NAME: &str = "Healthbot";

impl State {
    pub(super) fn new(options: &Options) -> Self {
        let team = Team {
            id: "T0DEMO00001".to_owned(),
            name: "Demo".to_owned(),
            domain: "demo".to_owned(),
            bot_user: "U0HEALTHBOT".to_owned(),
            bot_id: "B0HEALTHBOT".to_owned(),
            app_id: "A0HEALTHBOT".to_owned(),
        };
        let bot = User {
            id: team.bot_user.clone(),
            name: "healthbot".to_owned(),
            real_name: BOT_NAME.to_owned(),
            team_id: team.id.clone(),
            is_bot: true,
        };
        let mut state = Self {
            clock: options.clock.clone(),
            team,
            scopes: options.scopes.clone(),
            users: vec![bot],
            channels: Vec::new(),
            ephemerals: Vec::new(),
            homes: HashMap::new(),
            modals: HashMap::new(),
            links: Links::default(),
            journal: Vec::new(),
            faults: Vec::new(),
            down: false,
            events: Vec::new(),
            deliveries: Vec::new(),
            sockets: Sockets::default(),
            counter: 0,
            last_micros: 0,
        };
        state.seed(options);
        state
    }

    fn seed(&mut self, options: &Options) {
        for user in &options.users {
            let id = self.new_id('U');
            self.users.push(User {
                id,
                name: user.name.clone(),
                real_name: user.real_name.clone(),
                team_id: user.team_id.clone().unwrap_or_else(|| self.team.id.clone()),
                is_bot: false,
            });
        }
        let people = |foreign: bool| {
            let own = &self.team.id;
            let people = self.users.iter().filter(|user| !user.is_bot);
            let allowed = people.filter(|user| foreign || user.team_id == *own);
            allowed.map(|user| user.id.clone()).collect::<Vec<_>>()
        };
        let (locals, everyone) = (people(false), people(true));
        let owner = locals.first().cloned().unwrap_or_default();
        for seed in &options.channels {
            let mut members = if seed.shared {
                everyone.clone()
            } else {
                locals.clone()
            };
            if seed.bot {
                members.push(self.team.bot_user.clone());
            }
            let kind = if seed.private {
                Kind::Private
            } else {
                Kind::Public
            };
            let at = self.add_channel(&seed.name, kind, &owner, members);
            self.channels[at].shared = seed.shared;
        }
    }

    /// Adds a channel and tells where it stands.
    pub(super) fn add_channel(
        &mut self,
        name: &str,
        kind: Kind,
        creator: &str,
        members: Vec<String>,
    ) -> usize {
        let id = self.new_id(if kind == Kind::Direct { 'D' } else { 'C' });
        self.channels.push(Channel {
            id,
            name: name.to_owned(),
            kind,
            archived: false,
            shared: false,
            creator: creator.to_owned(),
            members,
            created: self.clock.now(),
            messages: Vec::new(),
        });
        self.channels.len() - 1
    }

    /// A fresh id of eleven characters, as Slack's have.
    pub(super) fn new_id(&mut self, kind: char) -> String {
        self.counter += 1;
        format!("{kind}0DEMO{:05}", self.counter)
    }

    /// A fresh number.
    pub(super) fn next_number(&mut self) -> u64 {
        self.counter += 1;
        self.counter
    }

    /// A fresh `ts`: the clock's time, always later than the one before.
    pub(super) fn new_ts(&mut self) -> String {
        self.last_micros = self
            .clock
            .now()
            .timestamp_micros()
            .max(self.last_micros + 1);
        format!(
            "{}.{:06}",
            self.last_micros / 1_000_000,
            self.last_micros % 1_000_000
        )
    }

    /// Names the parts of `content` that came without ids, and makes a message of it.
    pub(super) fn new_message(
        &mut self,
        author: super::message::Author,
        content: Content,
    ) -> Message {
        let ts = self.new_ts();
        let content = self.with_ids(content);
        Message::new(ts, author, content)
    }

    pub(super) fn with_ids(&mut self, mut content: Content) -> Content {
        super::controls::name_blocks(&mut content.blocks, || self.block_name());
        for part in &mut content.attachments {
            if let Some(blocks) = part.get_mut("blocks").and_then(Value::as_array_mut) {
                super::controls::name_blocks(blocks, || self.block_name());
            }
        }
        content
    }

    pub(super) fn block_name(&mut self) -> String {
        format!("auto{}", self.next_number())
    }

    /// Where the channel with this id, or this name with or without `#`, stands.
    pub(super) fn channel_at(&self, wanted: &str) -> Option<usize> {
        let name = wanted.trim_start_matches('#');
        let by_id = self
            .channels
            .iter()
            .position(|channel| channel.id == wanted);
        by_id.or_else(|| {
            let named = |channel: &Channel| channel.kind != Kind::Direct && channel.name == name;
            self.channels.iter().position(named)
        })
    }

    /// The channel with this id, or this name with or without `#`.
    #[must_use]
    pub fn channel(&self, wanted: &str) -> Option<&Channel> {
        self.channel_at(wanted).map(|at| &self.channels[at])
    }

    /// The direct conversation of the bot and this person, made where there is none.
    pub(super) fn direct(&mut self, user: &str) -> usize {
        let known = |channel: &Channel| channel.kind == Kind::Direct && channel.has(user);
        if let Some(at) = self.channels.iter().position(known) {
            return at;
        }
        let members = vec![self.team.bot_user.clone(), user.to_owned()];
        let creator = self.team.bot_user.clone();
        self.add_channel("", Kind::Direct, &creator, members)
    }

    /// All channels, the deleted ones not among them.
    #[must_use]
    pub fn channels(&self) -> &[Channel] {
        &self.channels
    }

    /// The person with this id, or this short name with or without `@`.
    #[must_use]
    pub fn user(&self, wanted: &str) -> Option<&User> {
        let name = wanted.trim_start_matches('@');
        let by_id = self.users.iter().find(|user| user.id == wanted);
        by_id.or_else(|| self.users.iter().find(|user| user.name == name))
    }

    /// Everyone, the bot included.
    #[must_use]
    pub fn users(&self) -> &[User] {
        &self.users
    }

    /// The messages and replies of a channel (by id or name), oldest first; none where there is no
    /// such channel.
    #[must_use]
    pub fn messages(&self, channel: &str) -> &[Message] {
        self.channel(channel)
            .map_or(&[], |channel| &channel.messages)
    }

    /// What only this person sees, in all channels, oldest first.
    pub fn ephemerals<'a>(&'a self, user: &str) -> impl Iterator<Item = &'a Ephemeral> {
        let id = self.user(user).map(|user| user.id.clone());
        self.ephemerals
            .iter()
            .filter(move |shown| Some(&shown.user) == id.as_ref())
    }

    /// The person's Home as it was published.
    #[must_use]
    pub fn home(&self, user: &str) -> Option<&Value> {
        self.homes.get(&self.user(user)?.id).map(View::body)
    }

    /// The topmost modal the person has open.
    #[must_use]
    pub fn modal(&self, user: &str) -> Option<&View> {
        self.modals.get(&self.user(user)?.id)?.last()
    }

    /// Every call so far in order of arrival; the oldest are forgotten after some ten thousand.
    #[must_use]
    pub fn journal(&self) -> &[Call] {
        &self.journal
    }

    /// The faults that are still to strike.
    #[must_use]
    pub fn faults(&self) -> &[Fault] {
        &self.faults
    }

    /// Every event told so far.
    #[must_use]
    pub fn deliveries(&self) -> &[Delivery] {
        &self.deliveries
    }

    /// The Socket Mode connections, counted.
    #[must_use]
    pub const fn sockets(&self) -> &Sockets {
        &self.sockets
    }

    pub(super) fn signature(&self) -> Signature<'_> {
        Signature {
            team_id: &self.team.id,
            user_id: &self.team.bot_user,
            bot_id: &self.team.bot_id,
            app_id: &self.team.app_id,
            name: BOT_NAME,
        }
    }

    /// Notes an event for the bot.
    pub(super) fn tell(&mut self, event: Value) {
        let id = format!("Ev0DEMO{:05}", self.next_number());
        let now = self.clock.now().timestamp();
        let mut event = event;
        if event["event_ts"].is_null() {
            event["event_ts"] = json!(self.new_ts());
        }
        self.events.push(json!({
            "token": "demo-verification-token", "team_id": self.team.id,
            "api_app_id": self.team.app_id, "event": event, "type": "event_callback",
            "event_id": id, "event_time": now, "is_ext_shared_channel": false,
            "event_context": format!("ctx-{id}"),
            "authorizations": [{
                "enterprise_id": null, "team_id": self.team.id, "user_id": self.team.bot_user,
                "is_bot": true, "is_enterprise_install": false,
            }],
        }));
    }
}
