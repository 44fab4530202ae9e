//! A history: a list of what happens, made at random, and shortened by proptest where it went wrong.

use std::time::Duration;

use healthbot::domain::outcome::FailureKind;
use proptest::prelude::*;
use proptest::{collection, prop_oneof};

use super::oracle;
use super::servers::Mode;
use super::slack::{Effect, rooms_with_messages};
use super::world::World;

/// The rooms: two conversations and a webhook.
pub(crate) const ROOMS: [&str; 3] = ["CONE", "CTWO", "https://hooks.slack.com/services/T/B/x"];

/// So long after a history Slack has been well, and everything owed must have arrived.
const AFTERWARDS: Duration = Duration::from_secs(9 * 60);

/// What happens. Servers are counted among those that are there, so a shortened list still means something.
#[derive(Debug, Clone)]
pub(crate) enum Op {
    /// So many seconds pass.
    Pass(u32),
    /// A server behaves so from now on.
    Server(usize, Mode),
    /// All of them do, at once.
    Everyone(Mode),
    /// A server is added, whose failures and recoveries are confirmed by so many probes.
    Add(u8, u8),
    Remove(usize),
    Mute(usize, u32),
    Unmute(usize),
    Alerts(usize, bool),
    Acknowledge(usize),
    Subscribe(usize),
    Unsubscribe(usize),
    /// The next calls to Slack meet these fates.
    Calls(Vec<Effect>),
    /// Slack cannot be reached, or can again.
    Away(bool),
    /// Slack refuses the token, or takes it again.
    Revoked(bool),
    /// Slack refuses a room, or takes it again.
    Closed(usize, bool),
    /// The next call in a room stays in flight; whether Slack does it before.
    Hold(usize, bool),
    Release,
    /// Somebody deletes a room's newest message.
    Delete(usize),
    /// The prober's own network is cut, or mended.
    Offline(bool),
    Restart,
    Kill,
}

/// A whole history.
#[derive(Debug, Clone)]
pub(crate) struct History {
    /// Whether the token may read histories.
    pub(crate) reads: bool,
    pub(crate) remind: bool,
    /// How many servers there are at the beginning.
    pub(crate) servers: usize,
    pub(crate) ops: Vec<Op>,
}

fn mode() -> impl Strategy<Value = Mode> {
    prop_oneof![
        4 => Just(Mode::Healthy),
        3 => Just(Mode::Fails(FailureKind::Refused)),
        2 => Just(Mode::Fails(FailureKind::HttpStatus)),
        1 => Just(Mode::Hangs),
        1 => Just(Mode::Hidden),
    ]
}

fn effect() -> impl Strategy<Value = Effect> {
    prop_oneof![
        (1_u64..40).prop_map(Effect::Limited),
        Just(Effect::Broken),
        Just(Effect::Reset),
        Just(Effect::Reset),
        Just(Effect::Away),
    ]
}

fn op() -> impl Strategy<Value = Op> {
    let index = 0_usize..64;
    prop_oneof![
        10 => (1_u32..40).prop_map(Op::Pass),
        4 => (40_u32..700).prop_map(Op::Pass),
        12 => (index.clone(), mode()).prop_map(|(server, mode)| Op::Server(server, mode)),
        2 => mode().prop_map(Op::Everyone),
        1 => (1_u8..4, 1_u8..3).prop_map(|(failures, recoveries)| Op::Add(failures, recoveries)),
        1 => index.clone().prop_map(Op::Remove),
        2 => (index.clone(), 5_u32..400).prop_map(|(server, secs)| Op::Mute(server, secs)),
        1 => index.clone().prop_map(Op::Unmute),
        2 => (index.clone(), any::<bool>()).prop_map(|(server, on)| Op::Alerts(server, on)),
        1 => index.clone().prop_map(Op::Acknowledge),
        1 => index.clone().prop_map(Op::Subscribe),
        1 => index.clone().prop_map(Op::Unsubscribe),
        4 => collection::vec(effect(), 1..4).prop_map(Op::Calls),
        2 => any::<bool>().prop_map(Op::Away),
        1 => any::<bool>().prop_map(Op::Revoked),
        1 => (index.clone(), any::<bool>()).prop_map(|(room, closed)| Op::Closed(room, closed)),
        3 => (index.clone(), any::<bool>()).prop_map(|(room, done)| Op::Hold(room, done)),
        2 => Just(Op::Release),
        1 => index.prop_map(Op::Delete),
        1 => any::<bool>().prop_map(Op::Offline),
        1 => Just(Op::Restart),
        1 => Just(Op::Kill),
    ]
}

/// Random histories.
pub(crate) fn histories() -> impl Strategy<Value = History> {
    let ops = collection::vec(op(), 1..60);
    (any::<bool>(), any::<bool>(), 1_usize..9, ops).prop_map(|(reads, remind, servers, ops)| {
        History {
            reads,
            remind,
            servers,
            ops,
        }
    })
}

/// The servers that are there, and how many there ever were.
#[derive(Default)]
struct Names {
    there: Vec<String>,
    ever: usize,
}

impl Names {
    fn at(&self, index: usize) -> Option<String> {
        let count = self.there.len();
        (count > 0).then(|| self.there[index % count].clone())
    }
}

impl History {
    /// Lets it happen; gives what was wrong at its end.
    pub(crate) fn run(&self) -> Vec<String> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(self.happen())
    }

    async fn happen(&self) -> Vec<String> {
        let mut world = World::new(self.reads).await;
        let mut names = Names::default();
        if self.remind {
            world.health("settings remind=60s").await;
        }
        for room in &ROOMS[..2] {
            world.subscribe(room).await;
        }
        for index in 0..self.servers {
            let count = |n: usize| u8::try_from(1 + index % n).unwrap();
            add(&mut world, &mut names, count(3), count(2)).await;
        }
        for op in &self.ops {
            apply(&mut world, &mut names, op).await;
            world.settle().await;
        }
        world.slack.heal();
        world.slack.release();
        world.set_offline(false);
        world.settle().await;
        for room in ROOMS {
            world.mend(room).await;
        }
        world.advance(AFTERWARDS).await;
        finish(&mut world).await;
        let mut wrong = judge(&world, "at the end");
        if wrong.is_empty() {
            world.servers.heal();
            world.advance(AFTERWARDS).await;
            finish(&mut world).await;
            wrong = judge(&world, "once every server is up");
        }
        wrong
    }
}

/// Messages that came due in the last moment have a second each.
async fn finish(world: &mut World) {
    for _ in 0..20 {
        if world.owed().is_empty() {
            return;
        }
        world.advance(Duration::from_secs(1)).await;
    }
}

fn judge(world: &World, when: &str) -> Vec<String> {
    let mut wrong = world.slack.broken_rules();
    wrong.extend(
        world
            .owed()
            .into_iter()
            .map(|owed| format!("still owed: {owed}")),
    );
    for name in rooms_with_messages(&world.slack)
        .into_iter()
        .filter(|name| name != "UDANA")
    {
        wrong.extend(oracle::wrong(&world.model, &name, &world.slack.room(&name)));
    }
    for room in world.model.rooms() {
        let nothing = world.slack.room(room);
        if nothing.messages.is_empty() {
            wrong.extend(oracle::wrong(&world.model, room, &nothing));
        }
    }
    wrong
        .into_iter()
        .map(|words| format!("{when}: {words}"))
        .collect()
}

async fn add(world: &mut World, names: &mut Names, failures: u8, recoveries: u8) {
    let interval = [5, 10, 30][names.ever % 3];
    names.ever += 1;
    let name = format!("s{}.test", names.ever);
    let keys = format!("env=LIVE interval={interval}s");
    world.add(&name, &keys, failures, recoveries).await;
    names.there.push(name);
}

async fn apply(world: &mut World, names: &mut Names, op: &Op) {
    let room = |index: usize| ROOMS[index % ROOMS.len()];
    match op {
        Op::Pass(secs) => world.advance(Duration::from_secs(u64::from(*secs))).await,
        Op::Everyone(mode) => names
            .there
            .iter()
            .for_each(|name| world.servers.set(name, *mode)),
        Op::Add(failures, recoveries) => add(world, names, *failures, *recoveries).await,
        Op::Subscribe(index) => {
            if !world.model.rooms().contains(room(*index)) {
                world.subscribe(room(*index)).await;
            }
        }
        Op::Unsubscribe(index) => world.unsubscribe(room(*index)).await,
        Op::Calls(effects) => world.slack.next_calls(effects.iter().copied()),
        Op::Away(away) => world.slack.set_away(*away),
        Op::Revoked(revoked) => world.slack.set_revoked(*revoked),
        Op::Closed(index, closed) => {
            world.slack.set_closed(room(*index), *closed);
            if !closed {
                world.mend(room(*index)).await;
            }
        }
        Op::Hold(index, done) => world.slack.hold(room(*index), *done),
        Op::Release => world.slack.release(),
        Op::Delete(index) => world.slack.delete_newest(room(*index)),
        Op::Offline(offline) => world.set_offline(*offline),
        Op::Restart => world.restart().await,
        Op::Kill => world.kill().await,
        Op::Server(index, _)
        | Op::Remove(index)
        | Op::Mute(index, _)
        | Op::Unmute(index)
        | Op::Alerts(index, _)
        | Op::Acknowledge(index) => {
            if let Some(name) = names.at(*index) {
                apply_to(world, names, &name, op).await;
            }
        }
    }
}

async fn apply_to(world: &mut World, names: &mut Names, name: &str, op: &Op) {
    let now = world.now();
    match op {
        Op::Server(_, mode) => world.servers.set(name, *mode),
        Op::Remove(_) => {
            names.there.retain(|other| other != name);
            world.remove(name).await;
        }
        Op::Mute(_, secs) => {
            world.health(&format!("mute {name} {secs}s")).await;
            let until = now + chrono::TimeDelta::seconds(i64::from(*secs));
            world.model.mute(name, until);
        }
        Op::Unmute(_) => {
            world.health(&format!("unmute {name}")).await;
            world.model.unmute(name, now);
        }
        Op::Alerts(_, on) => {
            let word = if *on { "on" } else { "off" };
            world.health(&format!("{word} {name}")).await;
            world.model.switch(name, *on, now);
        }
        Op::Acknowledge(_) => {
            world.health(&format!("ack {name}")).await;
            world.model.acknowledge(name);
        }
        _ => {}
    }
}
