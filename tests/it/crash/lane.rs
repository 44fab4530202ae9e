//! A bot, its workspace and its servers, through one round after the other.
//!
//! In each round a server is added, fails and comes back while people change other things, and the process is killed
//! somewhere in between, sometimes again while it starts. What was acknowledged must be there afterwards, and what was
//! found out about the server must be told.

mod story;

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use healthbot::clock::{SharedClock, SystemClock};
use healthbot::demo::{Options, State, Target, Workspace};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::Totals;
use super::facts::Facts;
use super::ledger::{self, Ledger};
use super::moment::{Fate, Moment, Progress};
use super::person::Person;
use crate::harness::dice::Dice;
use crate::harness::launch::{Launch, Process, get};

/// Always told.
const OPS: &str = "ops";

/// Told now and then.
const RANDOM: &str = "random";

/// What has not come within this is lost.
const LOST_AFTER: Duration = Duration::from_secs(45);

/// A round that takes longer hangs.
const ROUND_WITHIN: Duration = Duration::from_secs(120);

/// More failures within ten seconds are a storm, which is told in another way. They are noticed late after a kill.
const FAILURES: usize = 3;
const FAILURES_WITHIN: Duration = Duration::from_secs(14);

/// The server of a round.
struct Witness {
    name: String,
    target: Target,
    /// Its alerts are switched off before it fails: nobody must hear of it.
    silent: bool,
    failed: bool,
    /// The bot said that it is down, to a person or in the channel.
    known_down: bool,
    recovered: bool,
}

pub(super) struct Lane {
    dice: Dice,
    clock: SharedClock,
    person: Person,
    launch: Launch,
    ledger: Ledger,
    /// Answers for all servers that never fail.
    steady: Target,
    /// The servers of earlier rounds that may still be watched: they stay up.
    earlier: Vec<Witness>,
    failures: VecDeque<Duration>,
    serial: u64,
    silent: Vec<String>,
    /// The round learns of changes by asking only.
    ask: bool,
    /// How long the last start took.
    starting: Duration,
    totals: Totals,
    _dir: TempDir,
}

impl Lane {
    async fn start(seed: u64) -> (Self, Process) {
        let clock: SharedClock = Arc::new(SystemClock::new());
        let options = Options::new(Arc::clone(&clock));
        let dir = tempfile::tempdir().unwrap();
        let (signing_secret, bot_token) =
            (options.signing_secret.clone(), options.bot_token.clone());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let workspace = Workspace::start(listener, options).unwrap();
        let launch = Launch {
            data_dir: dir.path().join("data"),
            api_url: workspace.api_url(),
            signing_secret,
            bot_token,
            log: dir.path().join("log"),
            order: dir.path().join("order"),
            clock: Arc::clone(&clock),
        };
        let process = launch.start().await;
        workspace.set_bot_url(&process.url());
        let mut person = Person {
            workspace,
            facts: Facts::default(),
            progress: watch::Sender::default(),
            acknowledged: 0,
        };
        let starting = clock.elapsed();
        person.tell(&Fate::default(), OPS, true).await.unwrap();
        let lane = Self {
            dice: Dice::new(seed),
            ask: false,
            starting,
            clock,
            person,
            launch,
            ledger: Ledger::default(),
            steady: Target::http().await.unwrap(),
            earlier: Vec::new(),
            failures: VecDeque::new(),
            serial: 0,
            silent: Vec::new(),
            totals: Totals::default(),
            _dir: dir,
        };
        (lane, process)
    }

    /// Runs so many rounds and tells what there was.
    pub(super) async fn run(seed: u64, rounds: usize) -> Totals {
        let (mut lane, mut process) = Self::start(seed).await;
        for round in 1..=rounds {
            let done = lane.round(&mut process, round == rounds);
            let done = tokio::time::timeout(ROUND_WITHIN, done).await;
            assert!(
                done.is_ok(),
                "seed {seed}, round {round} hangs; the end of the log:\n{}",
                lane.launch.log_end()
            );
        }
        assert!(process.kill().await, "the process ended by itself");
        lane.close()
    }

    /// One round. The `last` one ends with a message, before which everything that was owed earlier has come.
    async fn round(&mut self, process: &mut Process, last: bool) {
        let mut witness = self.new_witness(last).await;
        self.room_for_a_failure().await;
        self.live_and_die(&mut witness, process).await;
        self.while_dead(&mut witness).await;
        while self.dice.below(5) < 2 {
            self.die_while_starting().await;
        }
        let began = self.clock.elapsed();
        *process = self.launch.start().await;
        self.starting = self.clock.elapsed() - began;
        self.person.workspace.set_bot_url(&process.url());
        let undisturbed = Fate::default();
        let unanswered = self.person.verify(&undisturbed).await;
        self.totals.unanswered += unanswered.unwrap();
        let settling = self.settle(&mut witness, &undisturbed);
        let settled = tokio::time::timeout(LOST_AFTER, settling).await;
        assert!(
            settled.is_ok(),
            "{} (known to be down: {}) is not told to its end, but: {:#?}\nthe end of the log:\n{}",
            witness.name,
            witness.known_down,
            ledger::all_about(&self.person.workspace, OPS, &witness.name),
            self.launch.log_end()
        );
        self.check(&witness);
        self.earlier.push(witness);
        let watched = self.person.facts.servers();
        self.earlier
            .retain(|earlier| watched.contains(&earlier.name));
        self.totals.rounds += 1;
    }

    async fn new_witness(&mut self, last: bool) -> Witness {
        let target = if self.dice.once_in(3) {
            Target::web_socket().await
        } else {
            Target::http().await
        };
        let silent = self.dice.once_in(5) && !last;
        let name = self.new_name('w');
        if silent {
            self.silent.push(name.clone());
        }
        Witness {
            name,
            target: target.unwrap(),
            silent,
            failed: false,
            known_down: false,
            recovered: false,
        }
    }

    fn new_name(&mut self, kind: char) -> String {
        self.serial += 1;
        format!("{kind}{:05}", self.serial)
    }

    async fn room_for_a_failure(&mut self) {
        while self.failures.len() >= FAILURES {
            if let Some(oldest) = self.failures.pop_front() {
                self.clock.sleep_until(oldest + FAILURES_WITHIN).await;
            }
        }
    }

    /// Lets things happen until the process is killed in the midst of them, or right after.
    async fn live_and_die(&mut self, witness: &mut Witness, process: &mut Process) {
        let moment = Moment::random(&mut self.dice);
        let (workspace, clock) = (self.person.workspace.clone(), Arc::clone(&self.clock));
        moment.prepare(&workspace, OPS, &self.launch.order);
        // Only a server that is asked for is looked at right after it changed.
        self.ask = matches!(moment, Moment::Commit { .. });
        self.person.progress.send_replace(Progress::default());
        let progress = self.person.progress.subscribe();
        let data_dir = self.launch.data_dir.clone();
        let fate = Fate {
            ordered: moment.point().is_some(),
            ..Fate::default()
        };
        let done = CancellationToken::new();
        let acting = async {
            // Broken off by the kill, most of the time.
            let _ = self.story(witness, &fate, true).await;
            done.cancel();
        };
        let killing = async {
            tokio::select! {
                () = moment.come(&workspace, &clock, &data_dir, progress) => {}
                () = done.cancelled() => {}
                () = process.ended() => {}
            }
            fate.coming.cancel();
            let lived = process.kill().await;
            assert!(lived || process.obeyed(), "the process ended by itself");
            fate.sealed.cancel();
        };
        tokio::join!(acting, killing);
        self.end_life(moment.carries_out()).await;
        self.totals.kills += 1;
        if let Some(point) = moment.point().filter(|_| process.obeyed()) {
            *self.totals.at_points.entry(point.name()).or_default() += 1;
        }
    }

    async fn die_while_starting(&mut self) {
        let window = u64::try_from(self.starting.as_millis()).unwrap() + 1;
        let pause = Duration::from_millis(self.dice.below(window));
        let early = self.launch.kill_while_starting(pause).await;
        self.end_life(false).await;
        self.totals.kills += 1;
        self.totals.kills_at_start += usize::from(early);
    }

    async fn end_life(&mut self, carried_out: bool) {
        let workspace = &self.person.workspace;
        // What the dead process had sent is read before this is answered.
        get(workspace.addr(), "/").await.unwrap();
        self.ledger.end_life(workspace, carried_out);
        workspace.clear_faults();
        // There is none, most of the time.
        let _ = std::fs::remove_file(&self.launch.order);
    }

    /// Ends the story without another kill, and waits until the channel knows it.
    async fn settle(&mut self, witness: &mut Witness, fate: &Fate) -> Option<()> {
        self.story(witness, fate, false).await?;
        if !witness.silent {
            let name = &witness.name;
            let known = |state: &State| ledger::knows_end(state, OPS, name).then_some(());
            self.person.workspace.wait_for(known).await;
        }
        Some(())
    }

    fn check(&mut self, witness: &Witness) {
        for channel in [OPS, RANDOM] {
            self.ledger.check(&self.person.workspace, channel);
        }
        if !witness.silent {
            let (incidents, look_open) = self.person.workspace.read(|state| {
                let name = &witness.name;
                (
                    ledger::incidents(state, OPS, name),
                    ledger::look_open(state, OPS, name),
                )
            });
            assert_eq!(
                incidents,
                1,
                "{}: {:#?}",
                witness.name,
                ledger::all_about(&self.person.workspace, OPS, &witness.name)
            );
            self.totals.outages += 1;
            self.totals.look_open += look_open;
        }
    }

    /// What is true after all rounds.
    fn close(mut self) -> Totals {
        for channel in [OPS, RANDOM] {
            let posts = self.ledger.check(&self.person.workspace, channel);
            self.totals.messages += posts.messages;
            self.totals.repeats += posts.repeats;
        }
        for name in &self.silent {
            let told = [OPS, RANDOM]
                .map(|channel| ledger::all_about(&self.person.workspace, channel, name));
            assert_eq!(told.concat(), [""; 0], "{name} has its alerts off");
        }
        let log = self.launch.log();
        assert!(!log.contains("panicked at"), "{log}");
        self.totals.acknowledged = self.person.acknowledged;
        self.totals
    }
}
