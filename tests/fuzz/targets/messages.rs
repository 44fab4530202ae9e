//! The escapers, and the failure's message made of what a server, a person and the network may have named.
#![no_main]

use healthbot::domain::ids::{IncidentId, ServerId, UserId};
use healthbot::domain::incident::{Acknowledgement, Incident};
use healthbot::domain::outcome::{Failure, FailureKind};
use healthbot::domain::server::{Environment, HostName};
use healthbot::slack::render::{self, IncidentView, text as escape};
use healthbot_fuzz::{assert_harmless, languages, now, text};
use libfuzzer_sys::fuzz_target;

const CHARS: usize = 40;

fn assert_escaped(foreign: &str) {
    let plain = escape::plain(foreign, CHARS);
    assert!(plain.chars().count() <= CHARS && !plain.chars().any(char::is_control));
    let mrkdwn = escape::mrkdwn(foreign, CHARS);
    assert!(mrkdwn.chars().count() <= CHARS && !mrkdwn.contains(['<', '>']));
    let code = escape::code(foreign, CHARS);
    // Two backticks around it.
    assert!(code.chars().count() <= CHARS + 2 && !code.contains(['<', '>']));
    assert!(code.is_empty() || code.matches('`').count() == 2);
}

fuzz_target!(|data: &[u8]| {
    let foreign = text(data);
    assert_escaped(&foreign);
    let (name, rest) = foreign.split_once('\n').unwrap_or((&foreign, ""));
    let (address, detail) = rest.split_once('\n').unwrap_or((rest, ""));
    let Ok(host_name) = HostName::parse(name) else {
        return;
    };
    let incident = Incident {
        id: IncidentId::from_raw(1),
        server: ServerId::from_raw(1),
        host_name,
        environment: Environment::Live,
        address: address.chars().take(300).collect(),
        check: "HTTP GET".to_owned(),
        failure: Failure::new(FailureKind::BadResponse, detail),
        began: now(),
        last_healthy: None,
        acknowledged: Some(Acknowledgement {
            by: UserId::new("U0DANA"),
            at: now(),
        }),
        reminders: 0,
        reminded_at: None,
        end: None,
    };
    let view = IncidentView {
        incident: &incident,
        server: None,
        now: now(),
    };
    for words in languages() {
        assert_harmless(&render::failure(words, view));
    }
});
