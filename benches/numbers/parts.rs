//! The pure parts, each by itself.

use std::collections::BTreeSet;
use std::hint::black_box;
use std::process::Command;
use std::time::Duration;

use healthbot::clock::Timestamp;
use healthbot::domain::command;
use healthbot::domain::health::{Health, State, step};
use healthbot::domain::ids::{IncidentId, ServerId};
use healthbot::domain::incident::Incident;
use healthbot::domain::language::Language;
use healthbot::domain::outcome::{Failure, FailureKind, Outcome, Verdict};
use healthbot::domain::schedule::{Agenda, next_due};
use healthbot::domain::server::{Environment, HostName, Server, Source};
use healthbot::domain::settings::Settings;
use healthbot::domain::target::{Address, ServerType};
use healthbot::slack::render::{self, IncidentView, Words};
use healthbot::store::Batch;

use super::machine::{self, either};
use super::report::{row, table};

/// Entries that the agenda holds.
const DUE: u64 = 100_000;

/// Calls of a part in the shorter of two counted runs.
const COUNTED: u64 = 2_000;

type Call = Box<dyn FnMut()>;
type Make = fn() -> Call;

/// The parts, and what makes each ready to be called.
const PARTS: [(&str, Make); 8] = [
    ("the decision upon a healthy outcome", || {
        let latency = Duration::from_millis(3);
        decide(Verdict::Healthy { latency })
    }),
    ("the decision upon a failed one", || {
        decide(Verdict::Failed(failure()))
    }),
    ("reading a command", command),
    ("a failure's message, with its JSON", message),
    ("a welcome, with its JSON", welcome),
    ("a server's record, written", written),
    ("a server's record, read", read),
    ("the schedule of 100,000 servers, a turn", schedule),
];

pub(crate) fn measure() {
    table(
        "The pure parts",
        &["part", "a call", "instructions of a call"],
    );
    for (number, (part, make)) in PARTS.into_iter().enumerate() {
        let time = nanoseconds(&mut make());
        let counted = instructions(number).unwrap_or_else(|| "valgrind is missing".to_owned());
        row(&[part, &format!("{time:.0} ns"), &counted]);
    }
}

/// What is counted from outside: a part, called so many times.
pub(crate) fn call(arguments: &[String]) {
    let part: usize = arguments[0].parse().unwrap();
    let times: u64 = arguments[1].parse().unwrap();
    let mut call = PARTS[part].1();
    (0..times).for_each(|_| call());
}

fn decide(verdict: Verdict) -> Call {
    let policy = server().policy(&Settings::default());
    let at = Timestamp::UNIX_EPOCH;
    let up = Health {
        believed: State::Up,
        ..Health::pending(at)
    };
    let outcome = Outcome { at, verdict };
    Box::new(move || drop(black_box(step(&up, &outcome, Duration::ZERO, &policy))))
}

fn command() -> Call {
    let line = "add shop-api https://shop.example.com/health env=LIVE interval=15s";
    Box::new(move || drop(black_box(command::parse(line))))
}

fn message() -> Call {
    let (server, incident) = (server(), incident(&server(), failure()));
    let words = Words::from(Language::English);
    Box::new(move || {
        let view = IncidentView {
            incident: &incident,
            server: Some(&server),
            now: Timestamp::UNIX_EPOCH,
        };
        black_box(serde_json::to_string(&render::failure(words, view)).unwrap());
    })
}

fn welcome() -> Call {
    let environments = BTreeSet::from([Environment::Live]);
    let words = Words::from(Language::English);
    Box::new(move || {
        black_box(serde_json::to_string(&render::welcome(words, &environments, 3)).unwrap());
    })
}

fn written() -> Call {
    let server = server();
    Box::new(move || drop(black_box(Batch::new().put(&server.id, &server).unwrap())))
}

fn read() -> Call {
    let json = serde_json::to_vec(&server()).unwrap();
    Box::new(move || drop(black_box(serde_json::from_slice::<Server>(&json).unwrap())))
}

/// What the schedule costs a probe: the next entry out, the one after it in.
fn schedule() -> Call {
    let interval = Duration::from_secs(30);
    let mut agenda = Agenda::default();
    for n in 0..DUE {
        let id = ServerId::from_raw(n);
        agenda.insert(next_due(id, interval, Duration::ZERO), id, n);
    }
    let mut ticket = DUE;
    Box::new(move || {
        let (id, _, due) = agenda.pop_due(Duration::MAX).unwrap();
        agenda.insert(next_due(id, interval, due), id, ticket);
        ticket += 1;
    })
}

/// Instructions of a call: by how many a run of twice the calls is longer, so that what surrounds them does not count. What
/// other work there is on the machine changes nothing about it. None where valgrind is not installed.
fn instructions(part: usize) -> Option<String> {
    let times = either(COUNTED, 10);
    let (once, twice) = (counted(part, times)?, counted(part, 2 * times)?);
    Some((twice.saturating_sub(once) / times).to_string())
}

/// Instructions of a whole process of this program, as callgrind counts them.
fn counted(part: usize, times: u64) -> Option<u64> {
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(std::env::current_exe().unwrap())
        .args(["--call", &part.to_string(), &times.to_string()])
        .output()
        .ok()?;
    let report = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{report}");
    let (_, count) = report
        .split_once("Collected : ")
        .unwrap_or_else(|| panic!("valgrind failed: {report}"));
    count.split_whitespace().next()?.parse().ok()
}

fn failure() -> Failure {
    Failure::new(FailureKind::HttpStatus, "503 Service Unavailable")
}

fn server() -> Server {
    let parsed = Address::parse("https://shop.example.com/health").unwrap();
    let at = Timestamp::UNIX_EPOCH;
    Server {
        id: ServerId::from_raw(42),
        host_name: HostName::parse("shop-api").unwrap(),
        target: parsed.target,
        server_type: ServerType::Http1,
        environment: Environment::Live,
        notification: true,
        interval: None,
        timeout: None,
        failures: None,
        recoveries: None,
        source: Source::Manual,
        muted_until: None,
        created_at: at,
        updated_at: at,
    }
}

fn incident(server: &Server, failure: Failure) -> Incident {
    Incident {
        id: IncidentId::from_raw(7),
        server: server.id,
        host_name: server.host_name.clone(),
        environment: server.environment,
        address: server.url(),
        check: server.check().to_string(),
        failure,
        began: Timestamp::UNIX_EPOCH,
        last_healthy: Some(Timestamp::UNIX_EPOCH),
        acknowledged: None,
        reminders: 0,
        reminded_at: None,
        end: None,
    }
}

/// Time of a call in the fastest of many rounds, in nanoseconds: what other work on the machine touches least. The
/// kernel's account of CPU time is too coarse for a microsecond.
fn nanoseconds(call: &mut dyn FnMut()) -> f64 {
    let calls = 1_000;
    let rounds = (0..either(201, 3)).map(|_| {
        let before = machine::elapsed();
        (0..calls).for_each(|_| call());
        (machine::elapsed() - before).as_secs_f64() * 1e9 / f64::from(calls)
    });
    rounds.fold(f64::INFINITY, f64::min)
}
