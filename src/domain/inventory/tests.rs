use super::*;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::domain::server::Environment;
use crate::domain::target::{Address, Check, ServerType};

fn read(value: Value) -> List {
    parse(value.to_string().as_bytes(), |_| None).expect("a list")
}

fn server(id: u64, name: &str, source: Source) -> Server {
    let now = Timestamp::UNIX_EPOCH;
    Server {
        id: ServerId::from_raw(id),
        host_name: HostName::parse(name).expect("a name"),
        target: Address::parse("10.0.0.5:80").expect("an address").target,
        server_type: ServerType::Http1,
        environment: Environment::Live,
        notification: false,
        interval: None,
        timeout: None,
        failures: None,
        recoveries: None,
        source,
        muted_until: None,
        created_at: now,
        updated_at: now,
    }
}

fn listing(names: &[&str]) -> List {
    let entries = names.iter().map(
        |name| json!({"host_name": name, "host": "10.0.0.5", "port": 80, "type": 1, "environment": "LIVE"}),
    );
    read(entries.collect())
}

fn fetch(list: &List, servers: &[Server], hold: &Hold, consent: Consent) -> Plan {
    reconcile(list, servers.iter(), hold, consent, Timestamp::UNIX_EPOCH)
}

fn inventory(names: &[&str]) -> Vec<Server> {
    let ids = names.iter().zip(1..);
    ids.map(|(name, id)| server(id, name, Source::Inventory))
        .collect()
}

/// How many servers a plan holds, their mark, and whether people are to be asked.
fn held(plan: &Plan) -> Option<(usize, Mark, bool)> {
    match &plan.standing {
        Standing::Held { held, ask } => Some((held.count, held.mark, *ask)),
        _ => None,
    }
}

#[test]
fn both_forms_are_read() {
    let list = read(json!({"servers": [
        {"host_name": "api", "host": "10.0.0.5", "port": 8080, "type": 6, "environment": "live"},
        {"host_name": "chat", "host": "chat.internal", "port": "9000", "type": "2", "environment": "prod"},
    ]}));
    assert_eq!(list.entries.len(), 2);
    assert_eq!(list.entries[0].environment, Environment::Live);
    assert_eq!(
        list.entries[1].target.url(Check::WebSocket),
        "ws://chat.internal:9000/"
    );
    assert_eq!(list.entries[1].environment, Environment::Unknown);

    let list = read(json!([{
        "targets": ["10.0.0.1:443", "10.0.0.2:443"],
        "labels": {"environment": "STAGE", "scheme": "https", "path": "/up", "type": "6"},
    }, {"targets": ["10.0.0.3:80"], "labels": {"host_name": "ws", "scheme": "ws"}}]));
    let urls: Vec<_> = list
        .entries
        .iter()
        .map(|e| e.target.url(e.server_type.check()))
        .collect();
    assert_eq!(
        urls,
        [
            "https://10.0.0.1/up",
            "https://10.0.0.2/up",
            "ws://10.0.0.3/"
        ]
    );
    assert_eq!(list.entries[0].host_name.as_str(), "10.0.0.1:443");
    assert_eq!(list.entries[2].server_type, ServerType::WebSocket2);
}

#[test]
fn a_bad_entry_is_skipped_with_its_reason_and_the_rest_is_taken() {
    let list = read(json!([
        {"host_name": "a", "host": "10.0.0.5", "port": 80, "type": 5},
        {"host_name": "x".repeat(256), "host": "10.0.0.5", "port": 80},
        {"host_name": "b", "host": "10.0.0.5", "port": 0},
        {"host": "10.0.0.5", "port": 80},
        {"host_name": "c", "host": "10.0.0.5", "port": 80},
        {"host_name": "C", "host": "10.0.0.6", "port": 80},
        {"host_name": "c", "host": "10.0.0.5", "port": 80},
    ]));
    assert_eq!(list.entries.len(), 1);
    let reasons: Vec<_> = list.skipped.iter().map(|s| s.reason.as_str()).collect();
    assert_eq!(reasons.len(), 5, "{reasons:?}");
    assert!(
        reasons[0].contains("type 5") && reasons[2].contains("port"),
        "{reasons:?}"
    );
}

#[test]
fn what_is_no_list_changes_nothing() {
    for body in [
        "",
        "{}",
        "null",
        "1",
        "{\"servers\": 3}",
        "{\"servers\": {}}",
        "<html>",
    ] {
        assert_eq!(parse(body.as_bytes(), |_| None), Err(NoList), "{body}");
    }
    assert_eq!(parse(b"[]", |_| None), Ok(List::default()));
}

#[test]
fn new_changed_and_manual_servers() {
    let mut moved = server(1, "moved", Source::Inventory);
    moved.target.port = 81;
    let servers = [
        moved,
        server(2, "same", Source::Inventory),
        server(3, "mine", Source::Manual),
    ];
    let plan = fetch(
        &listing(&["MOVED", "same", "mine", "new"]),
        &servers,
        &Hold::default(),
        Consent::No,
    );
    assert_eq!(
        (plan.add.len(), plan.update.len(), plan.unchanged),
        (1, 1, 1)
    );
    assert_eq!(plan.skipped[0].entry, "mine");
    assert_eq!(plan.update[0].host_name.as_str(), "MOVED");
    let changed = plan.update[0]
        .change
        .applied_to(&servers[0], Timestamp::UNIX_EPOCH);
    assert_eq!((changed.target.port, changed.notification), (80, false));
}

#[test]
fn a_vanished_server_goes_after_three_fetches_and_a_return_forgives() {
    let servers = inventory(&["a", "b", "c"]);
    let (whole, without) = (listing(&["a", "b", "c"]), listing(&["a", "b"]));
    let mut hold = Hold::default();
    // Consent is to what is held, and this is not.
    for list in [&without, &without, &whole, &without, &without] {
        let plan = fetch(list, &servers, &hold, Consent::Whatever);
        assert!(plan.remove.is_empty() && plan.standing == Standing::Usual);
        hold = plan.hold;
    }
    assert_eq!(
        fetch(&without, &servers, &hold, Consent::No).remove,
        [ServerId::from_raw(3)]
    );
}

#[test]
fn a_list_without_more_than_half_is_held_and_asked_about_once() {
    let servers = inventory(&["a", "b", "c", "d"]);
    let none = Hold::default();
    let half = fetch(&listing(&["a", "b"]), &servers, &none, Consent::No);
    assert_eq!(half.standing, Standing::Usual);
    for (list, count) in [(listing(&["a"]), 3), (listing(&[]), 4)] {
        let first = fetch(&list, &servers, &none, Consent::No);
        let (_, mark, ask) = held(&first).expect("held");
        assert!(ask && first.remove.is_empty());
        let second = fetch(&list, &servers, &first.hold, Consent::No);
        assert_eq!(held(&second), Some((count, mark, false)));
        for consent in [Consent::Whatever, Consent::Asked(Some(mark))] {
            let released = fetch(&list, &servers, &second.hold, consent);
            assert_eq!(released.remove.len(), count);
            assert_eq!(released.standing, Standing::Released);
            assert_eq!(released.hold, none);
        }
        let whole = listing(&["a", "b", "c", "d"]);
        let ended = fetch(&whole, &servers, &second.hold, Consent::Asked(Some(mark)));
        assert_eq!(ended.hold, none);
        assert_eq!(ended.standing, Standing::Ended { missing: 0 });
        assert!(ended.remove.is_empty());
    }
}

#[test]
fn an_answer_counts_for_what_was_asked() {
    let servers = inventory(&["a", "b", "c", "d"]);
    let asked = fetch(&listing(&["d"]), &servers, &Hold::default(), Consent::No);
    let (_, mark, _) = held(&asked).expect("held");
    assert_eq!(mark.to_string().parse(), Ok(mark));
    // Another one vanished, another one in the place of one that is back, and a question that did not say.
    for (list, asked_about) in [
        (listing(&[]), Some(mark)),
        (listing(&["a"]), Some(mark)),
        (listing(&["d"]), None),
    ] {
        let plan = fetch(&list, &servers, &asked.hold, Consent::Asked(asked_about));
        assert!(plan.remove.is_empty());
        assert!(matches!(held(&plan), Some((3.., _, false))));
    }
    // The same servers, but the list was whole meanwhile: nobody was asked about this.
    let later = Timestamp::UNIX_EPOCH + chrono::TimeDelta::minutes(1);
    let again = reconcile(
        &listing(&["d"]),
        servers.iter(),
        &Hold::default(),
        Consent::Asked(Some(mark)),
        later,
    );
    assert!(matches!(held(&again), Some((3, other, true)) if other != mark));
    // What an older version held said nothing of it in its buttons: it is asked again.
    let old: Hold = serde_json::from_value(json!({"since": Timestamp::UNIX_EPOCH})).expect("reads");
    let plan = fetch(&listing(&["d"]), &servers, &old, Consent::No);
    assert_eq!(held(&plan), Some((3, mark, true)));
}

#[test]
fn what_is_remembered_of_a_hold_fits_into_a_record() {
    let names: Vec<_> = (0..500)
        .map(|n| format!("{n}{}", "\u{1f5d1}".repeat(250)))
        .collect();
    let names: Vec<_> = names.iter().map(String::as_str).collect();
    let servers = inventory(&names);
    let plan = fetch(&listing(&[]), &servers, &Hold::default(), Consent::No);
    let written = serde_json::to_vec(&plan.hold).expect("writes");
    assert!(written.len() < 3_500, "{}", written.len());
    let read: Hold = serde_json::from_slice(&written).expect("reads");
    assert_eq!(read, plan.hold);
}

#[test]
fn a_bad_entry_has_not_vanished() {
    let servers = [server(1, "a", Source::Inventory)];
    let list = read(json!([{"host_name": "a", "host": "10.0.0.5", "port": 80, "type": 5}]));
    let plan = fetch(&list, &servers, &Hold::default(), Consent::No);
    assert_eq!(plan.standing, Standing::Usual);
    assert_eq!((plan.skipped.len(), plan.hold.absent.len()), (1, 0));
}

proptest! {
    #[test]
    fn no_body_panics(body in "\\PC{0,200}") {
        let _ = parse(body.as_bytes(), |_| None);
    }
}
