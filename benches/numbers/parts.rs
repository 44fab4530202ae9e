//! The pure parts, each by itself.

use std::collections::BTreeSet;
use std::hint::black_box;
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

pub(crate) fn measure() {
    table("The pure parts", &["part", "a call"]);
    let server = server();
    let policy = server.policy(&Settings::default());
    let at = Timestamp::UNIX_EPOCH;
    let latency = Duration::from_millis(3);
    let healthy = Outcome {
        at,
        verdict: Verdict::Healthy { latency },
    };
    let failure = Failure::new(FailureKind::HttpStatus, "503 Service Unavailable");
    let failed = Outcome {
        at,
        verdict: Verdict::Failed(failure.clone()),
    };
    let up = Health {
        believed: State::Up,
        ..Health::pending(at)
    };
    let cost = |what: &str, call: &mut dyn FnMut()| {
        let figure = nanoseconds(call);
        row(&[what, &format!("{figure:.0} ns")]);
    };
    cost("the decision upon a healthy outcome", &mut || {
        drop(black_box(step(&up, &healthy, &policy)))
    });
    cost("the decision upon a failed one", &mut || {
        drop(black_box(step(&up, &failed, &policy)))
    });
    let line = "add shop-api https://shop.example.com/health env=LIVE interval=15s";
    cost("reading a command", &mut || {
        drop(black_box(command::parse(line)))
    });
    let incident = incident(&server, failure);
    let words = Words::from(Language::English);
    cost("a failure's message, with its JSON", &mut || {
        let view = IncidentView {
            incident: &incident,
            server: Some(&server),
            now: at,
        };
        black_box(serde_json::to_string(&render::failure(words, view)).unwrap());
    });
    let environments = BTreeSet::from([Environment::Live]);
    cost("a welcome, with its JSON", &mut || {
        black_box(serde_json::to_string(&render::welcome(words, &environments, 3)).unwrap());
    });
    cost("a server's record, written", &mut || {
        drop(black_box(Batch::new().put(&server.id, &server).unwrap()));
    });
    let json = serde_json::to_vec(&server).unwrap();
    cost("a server's record, read", &mut || {
        drop(black_box(serde_json::from_slice::<Server>(&json).unwrap()));
    });
    schedule(&cost);
}

/// What the schedule costs a probe: the next entry out, the one after it in.
fn schedule(cost: &impl Fn(&str, &mut dyn FnMut())) {
    let interval = Duration::from_secs(30);
    let mut agenda = Agenda::default();
    for n in 0..DUE {
        let id = ServerId::from_raw(n);
        agenda.insert(next_due(id, interval, Duration::ZERO), id, n);
    }
    let mut ticket = DUE;
    cost("the schedule of 100,000 servers, a turn", &mut || {
        let (id, _, due) = agenda.pop_due(Duration::MAX).unwrap();
        agenda.insert(next_due(id, interval, due), id, ticket);
        ticket += 1;
    });
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
