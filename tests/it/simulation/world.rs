//! The whole bot over a real store, turned by hand: time passes only when everything is idle.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use healthbot::app::{App, ByHand, Outside};
use healthbot::clock::{Clock, ManualClock, Timestamp};
use healthbot::config::{Config, Secret};
use healthbot::domain::audit::Via;
use healthbot::domain::channel::{Destination, HookUrl};
use healthbot::domain::command;
use healthbot::domain::ids::{ChannelId, ConversationId, UserId};
use healthbot::domain::outcome::{Outcome, Trouble, Verdict};
use healthbot::domain::reply::Reply;
use healthbot::service::commands::Asker;
use healthbot::service::delivery::{Lane, LaneStep};
use healthbot::store::Batch;
use healthbot::store::collections::OutboxEntry;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::model::Model;
use super::servers::Servers;
use super::slack::Script;

/// Where histories begin, in seconds of the calendar.
const BEGIN: i64 = 1_800_000_000;

/// Between two rounds of the alarms: longer than in earnest, which is quicker and changes nothing but when.
const ALARMS_EVERY: Duration = Duration::from_secs(5);

/// A lane between its steps, or in the middle of one.
enum Turn {
    /// It may have something to do.
    Awake(Lane),
    /// It has nothing to do before then, or before somebody wakes it.
    Asleep {
        lane: Lane,
        until: Option<Duration>,
        wakes: bool,
    },
    /// Slack holds its call.
    InFlight {
        step: JoinHandle<(LaneStep, Lane)>,
        room: Option<String>,
        /// Somebody woke it meanwhile.
        woken: bool,
    },
}

struct Bot {
    parts: ByHand,
    lanes: BTreeMap<ChannelId, Turn>,
    alarms_at: Duration,
    probes_at: Option<Duration>,
    errands: Vec<JoinHandle<Reply>>,
    stop: CancellationToken,
}

/// The bot, its outside, and what must come of it.
pub(crate) struct World {
    pub(crate) slack: Arc<Script>,
    pub(crate) servers: Arc<Servers>,
    pub(crate) model: Model,
    clock: ManualClock,
    bot: Option<Bot>,
    config: Config,
    offline: Offline,
    /// Where each channel is told, also once it is told no more.
    rooms: BTreeMap<ChannelId, String>,
    _dir: TempDir,
}

/// What is to be known of the prober's own network, for the model.
#[derive(Debug, Default)]
struct Offline {
    now: bool,
    asked: Option<(Timestamp, bool)>,
    last_healthy: Option<Timestamp>,
}

impl World {
    /// An empty bot in a Slack whose tokens may read histories or not.
    pub(crate) async fn new(history: bool) -> Self {
        let origin = Timestamp::from_timestamp(BEGIN, 0).unwrap();
        let clock = ManualClock::new(origin);
        let shm = std::path::Path::new("/dev/shm");
        let dir = if shm.is_dir() {
            tempfile::tempdir_in(shm)
        } else {
            tempfile::tempdir()
        };
        let dir = dir.unwrap();
        let config = Config::for_demo(
            "http://127.0.0.1:9/api",
            Secret::new("s"),
            Secret::new("t"),
            dir.path().join("data"),
        );
        let mut world = Self {
            slack: Script::new(clock.clone(), history),
            servers: Servers::new(clock.clone()),
            model: Model::default(),
            clock,
            bot: None,
            config,
            offline: Offline::default(),
            rooms: BTreeMap::new(),
            _dir: dir,
        };
        world.start().await;
        world
    }

    async fn start(&mut self) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let outside = Outside {
            slack: Arc::clone(&self.slack) as _,
            prober: Arc::clone(&self.servers) as _,
            controls: Arc::clone(&self.servers) as _,
            inventory: None,
            socket: None,
            metrics: Arc::default(),
        };
        let clock = Arc::new(self.clock.clone());
        let app = App::build_with(&self.config, listener, clock, outside).unwrap();
        self.bot = Some(Bot {
            parts: app.by_hand(),
            lanes: BTreeMap::new(),
            alarms_at: Duration::ZERO,
            probes_at: None,
            errands: Vec::new(),
            stop: CancellationToken::new(),
        });
    }

    /// Stops in good order and starts again.
    pub(crate) async fn restart(&mut self) {
        self.slack.release();
        self.settle().await;
        self.kill().await;
    }

    /// Whatever is in flight is never answered; then it starts again.
    pub(crate) async fn kill(&mut self) {
        let Bot {
            parts,
            lanes,
            errands,
            stop,
            ..
        } = self.bot.take().unwrap();
        stop.cancel();
        for errand in errands {
            errand.abort();
            let _ = errand.await;
        }
        for turn in lanes.into_values() {
            if let Turn::InFlight { step, .. } = turn {
                step.abort();
                let _ = step.await;
            }
        }
        self.slack.cut();
        let store = parts.store.clone();
        drop(parts);
        store.close().await;
        drop(store);
        // The monotonic clock of the next run begins anew; the calendar goes on.
        self.clock = ManualClock::new(self.clock.now());
        self.slack.restarted(self.clock.clone());
        self.servers.restarted(self.clock.clone());
        self.model.restart();
        self.offline.asked = None;
        self.offline.last_healthy = None;
        self.start().await;
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Lets time pass, event by event.
    pub(crate) async fn advance(&mut self, span: Duration) {
        let end = self.clock.elapsed() + span;
        loop {
            self.settle().await;
            let now = self.clock.elapsed();
            let next = self.next_event().min(end);
            if now >= end {
                return;
            }
            self.clock
                .advance(next.saturating_sub(now).max(Duration::from_nanos(1)));
        }
    }

    /// Time passes, and the process does not run.
    pub(crate) fn sleep(&self, span: Duration) {
        self.clock.advance(span);
    }

    fn next_event(&self) -> Duration {
        let bot = self.bot.as_ref().unwrap();
        let lanes = bot.lanes.values().filter_map(|turn| match turn {
            Turn::Asleep { until, .. } => *until,
            _ => None,
        });
        let hanging = self.servers.next_deadline();
        let others = lanes.chain(bot.probes_at).chain(hanging);
        others.fold(bot.alarms_at, Duration::min)
    }

    /// Does everything that is to be done now.
    pub(crate) async fn settle(&mut self) {
        loop {
            let probed = self.turn_monitor().await;
            let ticked = self.turn_alarms().await;
            let sent = self.turn_lanes().await;
            if !(probed || ticked || sent) {
                return;
            }
        }
    }

    async fn turn_monitor(&mut self) -> bool {
        let bot = self.bot.as_mut().unwrap();
        loop {
            let parts = &mut bot.parts;
            bot.probes_at = parts.monitor.turn(&mut parts.signals.servers, &bot.stop);
            if parts.monitor.in_flight() <= self.servers.hanging() {
                break;
            }
            tokio::task::yield_now().await;
            let parts = &mut bot.parts;
            parts.monitor.turn(&mut parts.signals.servers, &bot.stop);
            if parts.monitor.in_flight() > self.servers.hanging() {
                barrier(bot).await;
            }
        }
        bot.errands.retain(|errand| !errand.is_finished());
        let found = self.servers.take_found();
        let some = !found.is_empty();
        for (server, outcome) in found {
            self.learn(&server, outcome);
        }
        some
    }

    /// Tells the model what a probe found, as far as it may be held against the server.
    fn learn(&mut self, server: &str, outcome: Outcome) {
        let now = self.clock.now();
        let mut outcome = outcome;
        if let Some(seen) = self.model.would_confirm(server, &outcome, now) {
            let blames_network = matches!(&outcome.verdict, Verdict::Failed(f) if
                matches!(f.kind.as_str(), "dns" | "refused" | "unreachable" | "connect timeout" | "timeout" | "reset"));
            let heard = self.offline.last_healthy.is_some_and(|at| at >= seen);
            if blames_network && !heard && self.controls_fail(now) {
                outcome.verdict = Verdict::Unknown(Trouble::Offline);
            }
        }
        if let Verdict::Healthy { latency } = outcome.verdict {
            let began = now - latency;
            self.offline.last_healthy = self.offline.last_healthy.max(Some(began));
        }
        self.model.found(server, &outcome, now);
    }

    /// What the controls say; their word holds for a second.
    fn controls_fail(&mut self, now: Timestamp) -> bool {
        match self.offline.asked {
            Some((at, failed)) if now - at < chrono::TimeDelta::seconds(1) => failed,
            _ => {
                self.offline.asked = Some((now, self.offline.now));
                self.offline.now
            }
        }
    }

    pub(crate) fn set_offline(&mut self, offline: bool) {
        self.offline.now = offline;
        self.servers.set_offline(offline);
    }

    async fn turn_alarms(&mut self) -> bool {
        let bot = self.bot.as_mut().unwrap();
        if bot.alarms_at > self.clock.elapsed() {
            return false;
        }
        bot.alarms_at = self.clock.elapsed() + ALARMS_EVERY;
        bot.parts.alarms.clone().tick().await;
        self.model.tick(self.clock.now());
        true
    }

    async fn turn_lanes(&mut self) -> bool {
        let now = self.clock.elapsed();
        let bot = self.bot.as_mut().unwrap();
        while let Ok(channel) = bot.parts.signals.lanes.try_recv() {
            let turn = bot.lanes.entry(channel);
            turn.and_modify(Turn::wake)
                .or_insert_with(|| Turn::Awake(Lane::new(channel)));
        }
        let mut some = false;
        let channels: Vec<_> = bot.lanes.keys().copied().collect();
        for channel in channels {
            if let Some(room) = self.room_of(channel) {
                self.rooms.insert(channel, room);
            }
            if let Some(turn) = self.lanes().remove(&channel) {
                let (turn, stepped) = self.turn_lane(channel, turn, now).await;
                some |= stepped;
                self.lanes().insert(channel, turn);
            }
        }
        some
    }

    fn lanes(&mut self) -> &mut BTreeMap<ChannelId, Turn> {
        &mut self.bot.as_mut().unwrap().lanes
    }

    async fn turn_lane(&self, channel: ChannelId, turn: Turn, now: Duration) -> (Turn, bool) {
        let room = || self.rooms.get(&channel).cloned();
        let (mut step, room, woken) = match turn {
            Turn::InFlight { step, room, woken } => (step, room, woken),
            Turn::Awake(lane) => (self.step(lane), room(), false),
            Turn::Asleep {
                lane,
                until: Some(until),
                ..
            } if until <= now => (self.step(lane), room(), false),
            asleep => return (asleep, false),
        };
        let (step, lane) = loop {
            if room
                .as_ref()
                .is_some_and(|room| self.slack.is_holding(room))
            {
                return (Turn::InFlight { step, room, woken }, false);
            }
            tokio::select! {
                done = &mut step => break done.unwrap(),
                () = self.slack.begins_to_hold() => {}
            }
        };
        let asleep = |lane, until, wakes| Turn::Asleep { lane, until, wakes };
        let turn = match step {
            LaneStep::Done => Turn::Awake(lane),
            LaneStep::Later(_) | LaneStep::Idle | LaneStep::Stopped if woken => Turn::Awake(lane),
            LaneStep::Wait(until) => asleep(lane, Some(until), false),
            LaneStep::Later(until) => asleep(lane, Some(until), true),
            LaneStep::Idle | LaneStep::Stopped => asleep(lane, None, true),
        };
        (turn, true)
    }

    fn step(&self, mut lane: Lane) -> JoinHandle<(LaneStep, Lane)> {
        let delivery = Arc::clone(&self.bot.as_ref().unwrap().parts.delivery);
        tokio::spawn(async move {
            let step = delivery.step(&mut lane).await;
            (step, lane)
        })
    }

    fn room_of(&self, channel: ChannelId) -> Option<String> {
        let known = self.bot.as_ref()?.parts.fleet.channel(channel)?;
        Some(match &known.channel.destination {
            Destination::Conversation(id) => id.to_string(),
            Destination::Webhook(url) => url.expose().to_owned(),
        })
    }

    /// What is still owed.
    pub(crate) fn owed(&self) -> Vec<String> {
        let store = &self.bot.as_ref().unwrap().parts.store;
        let owed = store.scan::<OutboxEntry>(&[], None, 1_000).unwrap();
        let owed = owed.into_iter();
        owed.map(|(key, entry)| format!("{key:?} {:?}", entry.value.notice))
            .collect()
    }

    /// Types `/health TEXT`.
    pub(crate) async fn health(&mut self, text: &str) -> Reply {
        let command = command::parse(text).unwrap();
        let commands = Arc::clone(&self.bot.as_ref().unwrap().parts.commands);
        commands.handle(command, &asker()).await
    }

    pub(crate) async fn add(&mut self, name: &str, keys: &str, failures: u8, recoveries: u8) {
        let text =
            format!("add {name} http://{name}/ {keys} failures={failures} recoveries={recoveries}");
        let command = command::parse(&text).unwrap();
        let bot = self.bot.as_mut().unwrap();
        let commands = Arc::clone(&bot.parts.commands);
        // It is answered once the first probe is done, which may hang.
        let errand = tokio::spawn(async move { commands.handle(command, &asker()).await });
        bot.errands.push(errand);
        while bot.parts.fleet.named(name).is_none() {
            tokio::task::yield_now().await;
            barrier(bot).await;
        }
        tokio::task::yield_now().await;
        self.model.add(name, failures, recoveries);
    }

    /// Adds `s1.test` and on, and waits until they are probed.
    pub(crate) async fn add_many(
        &mut self,
        count: usize,
        keys: &str,
        failures: u8,
        recoveries: u8,
    ) {
        let commands = Arc::clone(&self.bot.as_ref().unwrap().parts.commands);
        let mut errands = Vec::new();
        for n in 1..=count {
            let name = format!("s{n}.test");
            let text = format!(
                "add {name} http://{name}/ {keys} failures={failures} recoveries={recoveries}"
            );
            let command = command::parse(&text).unwrap();
            let commands = Arc::clone(&commands);
            errands.push(tokio::spawn(async move {
                commands.handle(command, &asker()).await
            }));
            self.model.add(&name, failures, recoveries);
        }
        while !errands.iter().all(JoinHandle::is_finished) {
            tokio::task::yield_now().await;
            self.turn_monitor().await;
        }
    }

    pub(crate) async fn remove(&mut self, name: &str) {
        let parts = &self.bot.as_ref().unwrap().parts;
        let id = parts.fleet.named(name).unwrap().server.id;
        let commands = Arc::clone(&parts.commands);
        assert!(matches!(
            commands.remove(id, &asker()).await,
            Reply::Removed { .. }
        ));
        self.model.remove(name);
    }

    pub(crate) async fn subscribe(&mut self, room: &str) {
        if room.starts_with("https") {
            let channels = Arc::clone(&self.bot.as_ref().unwrap().parts.channels);
            channels
                .add_webhook(room, HookUrl::trusted(room), &asker().actor())
                .await
                .unwrap();
        } else {
            self.health(&format!("subscribe <#{room}|{room}>")).await;
        }
        self.model.subscribe(room);
    }

    pub(crate) async fn unsubscribe(&mut self, room: &str) {
        let parts = &self.bot.as_ref().unwrap().parts;
        let conversation = ConversationId::new(room);
        let known = parts.fleet.channel_of(&conversation);
        let known = known.or_else(|| parts.fleet.webhook_named(room));
        let channels = Arc::clone(&parts.channels);
        if let Some(known) = known {
            channels
                .remove(known.channel.id, None, &asker().actor())
                .await
                .unwrap();
        }
        self.slack.leave(room);
        self.model.unsubscribe(room);
    }

    /// Somebody has mended a channel that Slack refused.
    pub(crate) async fn mend(&mut self, room: &str) {
        let parts = &self.bot.as_ref().unwrap().parts;
        let all = parts.fleet.channels();
        let failing: Vec<_> = all.iter().filter(|c| c.failing.is_some()).collect();
        let channels = Arc::clone(&parts.channels);
        for channel in failing {
            if self.room_of(channel.id).as_deref() == Some(room) {
                channels.set_failing(channel.id, None).await.unwrap();
            }
        }
    }
}

impl Turn {
    fn wake(&mut self) {
        let nothing = Self::Awake(Lane::new(ChannelId::from_raw(0)));
        *self = match std::mem::replace(self, nothing) {
            Self::Asleep {
                lane, wakes: true, ..
            } => Self::Awake(lane),
            Self::InFlight { step, room, .. } => Self::InFlight {
                step,
                room,
                woken: true,
            },
            other => other,
        };
    }
}

fn asker() -> Asker {
    Asker {
        user: UserId::new("UDANA"),
        conversation: None,
        conversation_name: None,
        via: Via::Command,
        screen: None,
    }
}

/// Returns once every commit that was asked for before is answered.
async fn barrier(bot: &Bot) {
    bot.parts.store.commit(Batch::new()).await.unwrap();
}
