//! How much of it there may be: limits, breaks, storms and long absences, in simulated time. Each prints its figures.

use std::time::Duration;

use chrono::TimeDelta;
use healthbot::clock::{Clock, SystemClock, Timestamp};
use healthbot::domain::outcome::FailureKind::Refused;
use healthbot::slack::render::Message;

use super::oracle;
use super::said::{Said, read};
use super::servers::Mode::{Fails, Hangs, Healthy};
use super::slack::{Effect, Room};
use super::world::World;
use crate::harness::knob;

const OPS: &str = "COPS";
const MINUTE: Duration = Duration::from_secs(60);

fn run<T>(what: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(what)
}

/// A world with one room and so many servers, `s1.test` and on, confirmed by one probe and looked at every half
/// minute.
async fn world(history: bool, servers: usize) -> World {
    let mut world = World::new(history).await;
    world.subscribe(OPS).await;
    world.add_many(servers, "interval=30s", 1, 1).await;
    world.advance(MINUTE).await;
    world
}

/// Everything is as it must be, and nothing is owed any more.
fn assert_right(world: &World) -> Room {
    let room = world.slack.room(OPS);
    let mut wrong = world.slack.broken_rules();
    wrong.extend(oracle::wrong(&world.model, OPS, &room));
    wrong.extend(world.owed());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    room
}

/// Servers that take turns: few are enough, and none of them flaps.
const TAKING_TURNS: usize = 20;

/// So often one server after the other fails and is back.
async fn one_by_one(world: &mut World, times: usize, apart: Duration) {
    for n in 0..times {
        let name = format!("s{}.test", 1 + n % TAKING_TURNS);
        world.servers.set(&name, Fails(Refused));
        world.advance(apart / 2).await;
        world.servers.set(&name, Healthy);
        world.advance(apart / 2).await;
    }
    world.slack.heal();
    world.advance(10 * MINUTE).await;
}

#[test]
fn a_thousand_messages_survive_half_their_calls_being_limited() {
    run(async {
        let times = 500;
        let mut world = world(true, TAKING_TURNS).await;
        world.slack.each_call(|n| {
            // A number that looks random and is the same each time.
            let dice = (n + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40;
            (dice % 2 == 0).then_some(Effect::Limited(1 + dice / 2 % 30))
        });
        one_by_one(&mut world, times, 6 * MINUTE).await;
        let room = assert_right(&world);
        println!(
            "{} messages, {} calls, none inside Retry-After",
            room.messages.len(),
            room.calls.len()
        );
        assert_eq!(room.messages.len(), 2 * times);
        assert!(room.calls.len() > 5 * times, "half of them were limited");
    });
}

/// Sends of which every first attempt arrives and is not answered.
fn broken_off(history: bool) -> (usize, usize) {
    run(async {
        let times = 250;
        let mut world = world(history, TAKING_TURNS).await;
        let every_second = |n: u64| n.is_multiple_of(2).then_some(Effect::Reset);
        world.slack.each_post(every_second);
        one_by_one(&mut world, times, 2 * MINUTE).await;
        let room = assert_right(&world);
        (2 * times, room.messages.len() - 2 * times)
    })
}

#[test]
fn five_hundred_sends_that_break_off_are_not_repeated_where_the_history_can_be_read() {
    let (sends, repeats) = broken_off(true);
    println!("{sends} sends broke off, {repeats} repeats with the history");
    assert_eq!(repeats, 0);
}

#[test]
fn five_hundred_sends_that_break_off_are_repeated_once_at_most() {
    let (sends, repeats) = broken_off(false);
    println!("{sends} sends broke off, {repeats} repeats without the history");
    assert!(repeats <= sends, "{repeats}");
}

#[test]
fn a_storm_is_few_calls_that_name_everyone() {
    run(async {
        let servers = knob::count("HEALTHBOT_SIMULATION_STORM").unwrap_or(1_000);
        let mut world = World::new(true).await;
        world.subscribe(OPS).await;
        world.add_many(servers, "interval=30s", 2, 1).await;
        world.advance(MINUTE).await;
        let began = world.now();
        world.servers.set_everyone(Fails(Refused));
        world.advance(3 * MINUTE).await;
        let room = world.slack.room(OPS);
        let first = room.messages[0].at - began;
        let failing = room.calls.len();
        assert_eq!(
            named(&room.messages, |held| &held.first).0,
            servers,
            "every one is named"
        );
        world.servers.set_everyone(Healthy);
        world.advance(15 * MINUTE).await;
        let room = assert_right(&world);
        let (down, over) = named(&room.messages, |held| &held.now);
        println!(
            "{servers} servers: the first message after {} ms, {failing} calls until all were named, {} calls in all",
            first.num_milliseconds(),
            room.calls.len(),
        );
        assert_eq!((down, over), (0, servers));
        assert!(first < TimeDelta::seconds(2), "{first}");
        assert!(room.calls.len() <= 100, "{}", room.calls.len());
    });
}

/// How many servers messages name as down, and as back.
fn named(
    messages: &[super::slack::Held],
    look: impl Fn(&super::slack::Held) -> &Message,
) -> (usize, usize) {
    let said = messages.iter().map(|held| read(look(held)));
    said.fold((0, 0), |(down, over), said| match said {
        Said::Down { .. } => (down + 1, over),
        Said::Over { .. } => (down, over + 1),
        Said::Digest { down: d, over: o } => (down + d.len(), over + o.len()),
        _ => (down, over),
    })
}

#[test]
fn six_hours_without_slack_end_in_what_still_matters() {
    run(async {
        let mut world = world(true, 20).await;
        world.health("settings remind=10m").await;
        world.slack.set_away(true);
        let began = world.now();
        // One fails and stays so; the others come and go, each on its own.
        world.servers.set("s20.test", Fails(Refused));
        world.advance(MINUTE).await;
        for round in 0..6 {
            for n in 1..=3 {
                let name = format!("s{}.test", 3 * round + n);
                world.servers.set(&name, Fails(Refused));
                world.advance(10 * MINUTE).await;
                world.servers.set(&name, Healthy);
                world.advance(10 * MINUTE).await;
            }
        }
        let away = world.now() - began;
        world.slack.set_away(false);
        world.advance(9 * MINUTE).await;
        let room = assert_right(&world);
        let owed = world.model.incidents.len();
        println!(
            "{} min away: {owed} incidents, {} messages",
            away.num_minutes(),
            room.messages.len()
        );
        assert!(away >= TimeDelta::hours(6));
        assert!(room.messages.len() <= 6, "{:#?}", room.messages);
        let said: Vec<_> = room.messages.iter().map(|held| read(&held.first)).collect();
        assert!(
            matches!(&said[0], Said::Down { name, .. } if name == "s20.test"),
            "the oldest comes first: {said:?}"
        );
    });
}

#[test]
fn a_hundred_hanging_servers_delay_no_healthy_one() {
    let probes_beside = |hanging: usize| {
        run(async move {
            let mut world = world(true, 1 + hanging).await;
            for n in 2..=hanging + 1 {
                world.servers.set(&format!("s{n}.test"), Hangs);
            }
            let before = world.servers.probes("s1.test");
            world.advance(20 * MINUTE).await;
            world.servers.probes("s1.test") - before
        })
    };
    let (alone, beside) = (probes_beside(0), probes_beside(100));
    println!("in twenty minutes {alone} probes alone, {beside} beside a hundred that hang");
    assert_eq!(alone, beside);
}

#[test]
fn a_day_passes_in_less_than_a_minute() {
    run(async {
        let stopwatch = SystemClock::new();
        let mut world = world(true, 10).await;
        let began: Timestamp = world.now();
        for hour in 0..24 {
            let name = format!("s{}.test", 1 + hour % 10);
            world.servers.set(&name, Fails(Refused));
            world.advance(25 * MINUTE).await;
            world.servers.set(&name, Healthy);
            world.advance(35 * MINUTE).await;
        }
        let room = assert_right(&world);
        let passed = world.now() - began;
        println!(
            "{} h of simulated time with 10 servers and {} messages in {:.1} s",
            passed.num_hours(),
            room.messages.len(),
            stopwatch.elapsed().as_secs_f64(),
        );
        assert_eq!(room.messages.len(), 48, "24 failures and their recoveries");
    });
}

#[test]
fn a_lone_failure_is_told_though_the_control_address_is_gone() {
    run(async {
        let mut world = world(true, 4).await;
        world.servers.remove_controls();
        world.advance(2 * MINUTE).await;
        let began = world.now();
        world.servers.set("s2.test", Fails(Refused));
        world.advance(2 * MINUTE).await;
        let room = world.slack.room(OPS);
        let said: Vec<_> = room.messages.iter().map(|held| read(&held.now)).collect();
        assert!(
            matches!(&said[..], [Said::Down { name, .. }] if name == "s2.test"),
            "since {began}: {said:?}"
        );
    });
}

#[test]
fn a_machine_that_slept_blames_no_server_for_the_network_that_comes_back_after_it() {
    run(async {
        let mut world = world(true, 20).await;
        world.sleep(60 * MINUTE);
        world.servers.set_everyone(Fails(Refused));
        world.advance(Duration::from_secs(8)).await;
        world.servers.set_everyone(Healthy);
        world.advance(3 * MINUTE).await;
        let room = world.slack.room(OPS);
        let said: Vec<_> = room.messages.iter().map(|held| read(&held.now)).collect();
        assert_eq!(said, [Said::OwnTrouble], "and that is told once");
    });
}
