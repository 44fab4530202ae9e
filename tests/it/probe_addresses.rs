//! Addresses that are never connected to: a decoy listens behind those that could reach it, and must see nothing.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use healthbot::domain::outcome::FailureKind;
use healthbot::domain::target::Address;
use healthbot::probe::{AddressPolicy, Trust};

use crate::harness::probing::{Names, Probing, loopback};
use crate::harness::spellings::{LOOPBACK, NEVER};
use crate::harness::targets::{Script, Target};

fn probing(policy: AddressPolicy, names: Names) -> Probing {
    Probing::with(policy, Trust::nobody(), names)
}

fn ok() -> Script {
    Script::status("200 OK", "")
}

/// Decoys on one port of both loopback addresses.
async fn decoys() -> [Target; 2] {
    let hosts = [Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()];
    Target::twins(hosts, ok()).await
}

/// A decoy on 127.0.0.1, and a target on the same port of 127.0.0.2.
async fn decoy_and_target() -> [Target; 2] {
    let hosts = [Ipv4Addr::LOCALHOST, Ipv4Addr::new(127, 0, 0, 2)];
    Target::twins(hosts.map(IpAddr::from), ok()).await
}

#[tokio::test]
async fn no_spelling_gets_round_the_rule() {
    let decoys = decoys().await;
    let closed = probing(AddressPolicy::default(), Names::default());
    let open = probing(
        AddressPolicy {
            target_networks: vec!["0.0.0.0/0".parse().unwrap(), "::/0".parse().unwrap()],
            ..loopback()
        },
        Names::default(),
    );
    for scheme in ["http", "https", "ws", "wss"] {
        for host in LOOPBACK.iter().chain(&NEVER) {
            let url = format!("{scheme}://{host}:{}/", decoys[0].port());
            let target = Address::parse(&url).unwrap().target;
            assert!(closed.prober.refuses(&target).is_some(), "{url}");
            assert_eq!(
                closed.kind(&url).await,
                Some(FailureKind::ForbiddenAddress),
                "{url}"
            );
        }
        for host in NEVER {
            let url = format!("{scheme}://{host}:{}/", decoys[0].port());
            assert_eq!(
                open.kind(&url).await,
                Some(FailureKind::ForbiddenAddress),
                "{url}"
            );
        }
    }
    assert_eq!(decoys.map(|decoy| decoy.connections()), [0, 0]);
}

#[tokio::test]
async fn a_name_that_resolves_to_a_forbidden_address_is_not_followed() {
    let decoys = decoys().await;
    let names = Names::of("a.example", &["127.0.0.1"])
        .and("b.example", &["::1", "127.0.0.1", "169.254.169.254"])
        .and("c.example", &["::ffff:127.0.0.1"])
        .and("d.example", &["64:ff9b::7f00:1", "fe80::1"]);
    let closed = probing(AddressPolicy::default(), names);
    for name in ["a.example", "b.example", "c.example", "d.example"] {
        let url = format!("http://{name}:{}/", decoys[0].port());
        let target = Address::parse(&url).unwrap().target;
        assert_eq!(
            closed.prober.refuses(&target),
            None,
            "a name is judged when it resolves"
        );
        assert_eq!(
            closed.kind(&url).await,
            Some(FailureKind::ForbiddenAddress),
            "{name}"
        );
    }
    assert_eq!(
        closed
            .probe(&format!("http://a.example:{}/", decoys[0].port()))
            .await,
        "forbidden address: a.example: 127.0.0.1 is loopback: allow it with HEALTHBOT_ALLOW_LOOPBACK=true"
    );
    assert_eq!(decoys.map(|decoy| decoy.connections()), [0, 0]);
}

/// A policy that allows 127.0.0.2 and nothing else.
fn only_the_second() -> AddressPolicy {
    AddressPolicy {
        target_networks: vec!["127.0.0.2/32".parse().unwrap()],
        ..loopback()
    }
}

#[tokio::test]
async fn a_name_that_changes_its_answer_is_judged_each_time() {
    let [decoy, allowed] = decoy_and_target().await;
    let names = Names::of("a.example", &["127.0.0.2"]).and("a.example", &["127.0.0.1"]);
    let probing = probing(only_the_second(), names);
    let url = format!("http://a.example:{}/", decoy.port());
    assert_eq!(probing.probe(&url).await, "healthy");
    assert_eq!(
        probing.kind(&url).await,
        Some(FailureKind::ForbiddenAddress)
    );
    assert_eq!((allowed.connections(), decoy.connections()), (1, 0));
}

#[tokio::test]
async fn forbidden_addresses_among_allowed_ones_are_passed_over() {
    let [decoy, allowed] = decoy_and_target().await;
    let names = Names::of("a.example", &["127.0.0.1", "169.254.169.254", "127.0.0.2"]);
    let probing = probing(only_the_second(), names);
    assert_eq!(
        probing
            .probe(&format!("http://a.example:{}/", decoy.port()))
            .await,
        "healthy"
    );
    assert_eq!((allowed.connections(), decoy.connections()), (1, 0));
}

#[tokio::test]
async fn the_own_listener_is_never_probed() {
    let own = Target::on("127.0.0.1:0", ok(), None).await;
    for listening in [own.address(), ([0, 0, 0, 0], own.port()).into()] {
        let policy = AddressPolicy {
            own_listeners: vec![listening],
            ..loopback()
        };
        let probing = probing(policy, Names::of("me.example", &["127.0.0.1"]));
        for host in ["127.0.0.1", "[::ffff:127.0.0.1]", "me.example"] {
            let url = format!("http://{host}:{}/", own.port());
            assert_eq!(
                probing.kind(&url).await,
                Some(FailureKind::ForbiddenAddress),
                "{url}"
            );
        }
    }
    assert_eq!(own.connections(), 0);
}

#[tokio::test]
async fn a_redirect_to_a_forbidden_address_is_not_followed() {
    let decoy = Target::start(ok()).await;
    let location = format!(
        "HTTP/1.1 302 Found\r\nLocation: http://{}/\r\nContent-Length: 0\r\n\r\n",
        decoy.address()
    );
    let target = Target::on("127.0.0.2:0", Script::answer(&location), None).await;
    let probing = probing(only_the_second(), Names::default());
    assert_eq!(
        probing
            .probe(&format!("http://{}/", target.address()))
            .await,
        "healthy"
    );
    assert_eq!(decoy.connections(), 0);
}
