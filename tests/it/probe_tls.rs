//! What a probe finds of a server's TLS.

use std::io::Write;

use healthbot::config::Authorities;
use healthbot::probe::Trust;

use crate::harness::certificates::{
    Authority, CALLS_ITSELF_AUTHORITY, Change, EXPIRED, FOR_CLIENTS, FUTURE, GOOD, Identity,
};
use crate::harness::probing::{Names, Probing, loopback};
use crate::harness::targets::{Script, Target, WebSocket};

const NAME: &str = "api.corp.example";

fn ok() -> Script {
    Script::status("200 OK", "fine")
}

fn trusting(authority: &Authority) -> Probing {
    let trust = Trust::nobody().and(authority.certificate()).unwrap();
    with(trust)
}

fn with(trust: Trust) -> Probing {
    let names = Names::of(NAME, &["127.0.0.1"]).and("other.example", &["127.0.0.1"]);
    Probing::with(loopback(), trust, names)
}

async fn found(names: &[&str], change: Change) -> String {
    let authority = Authority::new();
    let target = Target::start_tls(ok(), authority.issue(names, change).server()).await;
    trusting(&authority)
        .probe(&format!("https://{NAME}:{}/", target.port()))
        .await
}

#[tokio::test]
async fn a_trusted_certificate_is_healthy() {
    assert_eq!(found(&[NAME], GOOD).await, "healthy");
    assert_eq!(found(&["*.corp.example"], GOOD).await, "healthy");
}

#[tokio::test]
async fn what_is_wrong_with_a_certificate_is_said() {
    assert_eq!(
        found(&[NAME], EXPIRED).await,
        "tls: certificate expired on 2025-02-03 00:00 UTC"
    );
    assert_eq!(
        found(&[NAME], FUTURE).await,
        "tls: certificate not valid before 2040-05-06 00:00 UTC"
    );
    assert_eq!(
        found(&["a.example", "b.example", "c.example", "d.example"], GOOD).await,
        "tls: certificate is for a.example, b.example, c.example and 1 more, not for api.corp.example"
    );
    assert_eq!(
        found(&[NAME], FOR_CLIENTS).await,
        "tls: certificate is not meant for servers"
    );
}

#[tokio::test]
async fn an_address_is_looked_for_in_the_certificate_too() {
    let authority = Authority::new();
    for (names, expected) in [
        (&["127.0.0.1"], "healthy"),
        (
            &[NAME],
            "tls: certificate is for api.corp.example, not for 127.0.0.1",
        ),
    ] {
        let target = Target::start_tls(ok(), authority.issue(names, GOOD).server()).await;
        let found = trusting(&authority)
            .probe(&format!("https://{}/", target.address()))
            .await;
        assert_eq!(found, expected);
    }
}

#[tokio::test]
async fn a_stranger_is_not_trusted() {
    let unknown = "tls: certificate by an unknown issuer: name the authority in HEALTHBOT_CA_FILE, or let the server send its intermediates";
    let target = Target::start_tls(ok(), Authority::new().issue(&[NAME], GOOD).server()).await;
    let url = format!("https://{NAME}:{}/", target.port());
    assert_eq!(
        trusting(&Authority::named("Another")).probe(&url).await,
        unknown
    );
    assert_eq!(with(Trust::nobody()).probe(&url).await, unknown);
    assert_eq!(
        trusting(&Authority::new()).probe(&url).await,
        "tls: certificate was not signed by the trusted authority of that name"
    );
}

#[tokio::test]
async fn a_self_signed_certificate_is_named_and_can_be_trusted() {
    for change in [GOOD, CALLS_ITSELF_AUTHORITY] {
        let identity = Identity::self_signed(&[NAME], change);
        let target = Target::start_tls(ok(), identity.server()).await;
        let url = format!("https://{NAME}:{}/", target.port());
        let found = trusting(&Authority::new()).probe(&url).await;
        assert_eq!(
            found,
            "tls: self-signed certificate: trust it with HEALTHBOT_CA_FILE"
        );
        let pinned = with(Trust::nobody().and(identity.certificate.clone()).unwrap());
        assert_eq!(pinned.probe(&url).await, "healthy");
        let other = format!("https://other.example:{}/", target.port());
        assert_eq!(
            pinned.probe(&other).await,
            "tls: certificate is for api.corp.example, not for other.example"
        );
    }
}

#[tokio::test]
async fn a_pinned_certificate_still_expires() {
    for (change, expected) in [
        (EXPIRED, "tls: certificate expired on 2025-02-03 00:00 UTC"),
        (
            FUTURE,
            "tls: certificate not valid before 2040-05-06 00:00 UTC",
        ),
    ] {
        let identity = Identity::self_signed(&[NAME], change);
        let target = Target::start_tls(ok(), identity.server()).await;
        let pinned = with(Trust::nobody().and(identity.certificate.clone()).unwrap());
        assert_eq!(
            pinned
                .probe(&format!("https://{NAME}:{}/", target.port()))
                .await,
            expected
        );
    }
}

#[tokio::test]
async fn a_handshake_that_does_not_come_about_is_told() {
    let authority = Authority::new();
    let probing = trusting(&authority);
    let identity = authority.issue(&[NAME], GOOD);
    let mut h2_only = identity.server();
    h2_only.alpn_protocols = vec![b"h2".to_vec()];
    let target = Target::start_tls(ok(), h2_only).await;
    assert_eq!(
        probing
            .probe(&format!("https://{NAME}:{}/", target.port()))
            .await,
        "tls: the server refuses the connection (alert: NoApplicationProtocol)"
    );
    for (script, expected) in [
        (
            ok(),
            "tls: the server does not speak TLS on this port: try the address without TLS",
        ),
        (
            Script::Greet(b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec()),
            "tls: the server does not speak TLS on this port: try the address without TLS",
        ),
        (
            Script::Greet(Vec::new()),
            "tls: the server closed the connection during the TLS handshake",
        ),
        // The protocol_version alert of a server that knows no TLS 1.2.
        (
            Script::Greet(vec![21, 3, 1, 0, 2, 2, 70]),
            "tls: the server refuses TLS 1.2 and 1.3 (alert: protocol version)",
        ),
    ] {
        // A ClientHello has no end that a plain server would wait for.
        let script = match script {
            Script::Answer(bytes) => Script::Greet(bytes),
            other => other,
        };
        let target = Target::start(script).await;
        assert_eq!(
            probing
                .probe(&format!("https://{NAME}:{}/", target.port()))
                .await,
            expected
        );
    }
}

#[tokio::test]
async fn a_client_certificate_that_is_asked_for_is_told() {
    let authority = Authority::new();
    for versions in [[&rustls::version::TLS13], [&rustls::version::TLS12]] {
        let config = authority
            .issue(&[NAME], GOOD)
            .server_asking(&authority, &versions);
        let target = Target::start_tls(ok(), config).await;
        let found = trusting(&authority)
            .probe(&format!("https://{NAME}:{}/", target.port()))
            .await;
        assert_eq!(found, "tls: the server requires a client certificate");
    }
}

#[tokio::test]
async fn the_deadline_holds_in_the_handshake_and_after_it() {
    let authority = Authority::new();
    let server = || authority.issue(&[NAME], GOOD).server();
    for (script, expected) in [
        (
            Script::Silence,
            "timeout: TLS handshake not complete within 3s",
        ),
        (
            Script::Stall(Vec::new()),
            "timeout: no response head within 3s",
        ),
    ] {
        let target = Target::start_tls(script, server()).await;
        let url = format!("https://{NAME}:{}/", target.port());
        let found = trusting(&authority)
            .probe_past_deadline(&url, target.stuck())
            .await;
        assert_eq!(found, expected);
    }
}

#[tokio::test]
async fn a_body_may_end_without_a_goodbye() {
    let authority = Authority::new();
    for (answer, expected) in [
        ("HTTP/1.1 200 OK\r\n\r\nuntil the end", "healthy"),
        (
            "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nsome",
            "bad response: the response body broke off after 4 bytes",
        ),
    ] {
        let config = authority.issue(&[NAME], GOOD).server();
        let target = Target::start_tls(Script::Abandon(answer.into()), config).await;
        let found = trusting(&authority)
            .probe(&format!("https://{NAME}:{}/", target.port()))
            .await;
        assert_eq!(found, expected);
    }
}

#[tokio::test]
async fn wss_is_websocket_over_tls() {
    let authority = Authority::new();
    let config = authority.issue(&[NAME], GOOD).server();
    let target = Target::start_tls(Script::WebSocket(WebSocket::Serve), config).await;
    let found = trusting(&authority)
        .probe(&format!("wss://{NAME}:{}/", target.port()))
        .await;
    assert_eq!(found, "healthy");
}

#[tokio::test]
async fn sessions_are_resumed_but_a_certificate_is_looked_at_again() {
    let authority = Authority::new();
    for versions in [[&rustls::version::TLS13], [&rustls::version::TLS12]] {
        let config = authority.issue(&[NAME], GOOD).server_speaking(&versions);
        let target = Target::start_tls(ok(), config).await;
        let probing = trusting(&authority);
        let url = format!("https://{NAME}:{}/", target.port());
        for expected in 0..3 {
            assert_eq!(probing.probe(&url).await, "healthy");
            assert_eq!(target.resumed(), expected);
        }
        probing.advance(299);
        probing.probe(&url).await;
        assert_eq!(target.resumed(), 3, "within five minutes");
        probing.advance(1);
        probing.probe(&url).await;
        assert_eq!(target.resumed(), 3, "after five minutes");
    }
}

#[tokio::test]
async fn a_certificate_that_expires_is_noticed_at_once() {
    let authority = Authority::new();
    // The test's day begins at noon; this is over at midnight.
    let until_midnight: Change = |params| params.not_after = rcgen::date_time_ymd(2026, 11, 25);
    let target = Target::start_tls(ok(), authority.issue(&[NAME], until_midnight).server()).await;
    let probing = trusting(&authority);
    let url = format!("https://{NAME}:{}/", target.port());
    probing.advance(12 * 3600 - 10);
    for resumed in 0..2 {
        assert_eq!(probing.probe(&url).await, "healthy");
        assert_eq!(target.resumed(), resumed);
    }
    probing.advance(11);
    assert_eq!(
        probing.probe(&url).await,
        "tls: certificate expired on 2026-11-25 00:00 UTC"
    );
}

#[test]
fn a_file_of_authorities_is_read_or_refused_with_its_reason() {
    let directory = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = directory.path().join(name);
        std::fs::File::create(&path)
            .unwrap()
            .write_all(text.as_bytes())
            .unwrap();
        path
    };
    let both = Authority::new().pem() + &Authority::new().pem();
    assert!(Authorities::read(&write("good.pem", &both)).is_ok());
    let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    for (name, text, expected) in [
        ("empty.pem", "", "holds no certificate"),
        (
            "key.pem",
            "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
            "holds no certificate",
        ),
        (
            "cut.pem",
            "-----BEGIN CERTIFICATE-----\nAAAA\n",
            "is not a PEM file of certificates",
        ),
        ("second.pem", &(both + broken), "certificate 3 in"),
    ] {
        let path = write(name, text);
        let refused = Authorities::read(&path).unwrap_err().to_string();
        assert!(
            refused.contains(expected) && refused.contains(name),
            "{refused}"
        );
    }
    let missing = directory.path().join("missing.pem");
    let refused = Authorities::read(&missing).unwrap_err().to_string();
    assert!(
        refused.starts_with("cannot read ") && refused.contains("missing.pem"),
        "{refused}"
    );
}
