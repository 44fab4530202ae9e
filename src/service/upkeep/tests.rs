use super::*;
use crate::clock::ManualClock;
use crate::domain::audit::{Actor, Deed, Subject, Via};
use crate::domain::ids::{ChangeId, ChannelId, NoticeId, ServerId};
use crate::domain::incident::{End, EndReason};
use crate::domain::notice::Progress;
use crate::domain::outcome::{Failure, FailureKind};
use crate::domain::server::{Environment, HostName};
use crate::store::Options;
use crate::store::collections::{NewestFirst, OutboxKey, PostingKey, TABLES};

const NOW: &str = "2026-11-24T12:00:00Z";

fn now() -> Timestamp {
    NOW.parse().expect("a moment")
}

fn upkeep(dir: &std::path::Path) -> (Upkeep, Store) {
    let options = Options {
        dir: dir.to_owned(),
        cache_bytes: 1024 * 1024,
        tables: TABLES,
    };
    let store = Store::open(options, |_| {}).expect("a new store");
    let clock = Arc::new(ManualClock::new(now()));
    let (fleet, _signals) = Fleet::new();
    (Upkeep::new(store.clone(), fleet, clock), store)
}

fn id_made(at: Timestamp, count: u64) -> u64 {
    (u64::try_from(at.timestamp_millis()).expect("after 1970") << 16) + count
}

/// An incident that began and ended so many days ago.
fn incident(began: i64, ended: Option<i64>, count: u64) -> Incident {
    let ago = |days| now() - TimeDelta::days(days);
    Incident {
        id: IncidentId::from_raw(id_made(ago(began), count)),
        server: ServerId::from_raw(1),
        host_name: HostName::parse("api").expect("a name"),
        environment: Environment::Live,
        address: "http://h/".into(),
        check: "HTTP GET".into(),
        failure: Failure::new(FailureKind::Refused, ""),
        began: ago(began),
        last_healthy: None,
        acknowledged: None,
        reminders: 0,
        reminded_at: None,
        end: ended.map(|days| End {
            at: ago(days),
            reason: EndReason::Recovered,
        }),
    }
}

#[tokio::test]
async fn incidents_are_forgotten_a_month_after_they_are_over_with_all_that_hangs_on_them() {
    let dir = tempfile::tempdir().expect("a directory");
    let (upkeep, store) = upkeep(dir.path());
    let all = [
        incident(90, Some(40), 1),
        incident(90, Some(20), 2),
        incident(90, None, 3),
        incident(31, Some(30), 4),
        incident(1, Some(0), 5),
    ];
    let channel = ChannelId::from_raw(1);
    let mut batch = Batch::new();
    for incident in &all {
        let key = PostingKey {
            incident: incident.id,
            channel,
        };
        let posting = Posting {
            incident: incident.id,
            channel,
            progress: Progress::Told,
        };
        batch = batch
            .put(&incident.id, incident)
            .and_then(|batch| batch.put(&key, &posting))
            .expect("small");
    }
    // A digest of the first alone, and one of the first two.
    for (count, members) in [(1, &all[..1]), (2, &all[..2])] {
        let id = DigestId::from_raw(id_made(now() - TimeDelta::days(90), count));
        let digest = Digest {
            id,
            channel,
            storm: id,
            part: 1,
            ts: None,
            size: members.len(),
            over: members.len(),
            down: 0,
            edits: 0,
            shown_at: None,
        };
        batch = batch.put(&id, &digest).expect("small");
        for member in members {
            let key = MemberKey {
                digest: id,
                incident: member.id,
            };
            batch = batch.put(&key, &DigestMember::default()).expect("small");
        }
    }
    store.commit(batch).await.expect("room");
    upkeep.tick().await;
    let left = store.scan::<Incident>(&[], None, 100).expect("readable");
    let left: Vec<_> = left.into_iter().map(|(id, _)| id).collect();
    let kept: Vec<_> = all[1..].iter().map(|incident| incident.id).collect();
    assert_eq!(left, kept);
    let postings = store.scan::<Posting>(&[], None, 100).expect("readable");
    assert_eq!(postings.len(), 4);
    assert_eq!(
        store
            .scan::<Digest>(&[], None, 100)
            .expect("readable")
            .len(),
        1
    );
    let members = store.scan::<DigestMember>(&[], None, 100);
    assert_eq!(members.expect("readable").len(), 2);
}

#[tokio::test]
async fn the_newest_ten_thousand_changes_and_the_requests_of_ten_minutes_are_kept() {
    let dir = tempfile::tempdir().expect("a directory");
    let (upkeep, store) = upkeep(dir.path());
    let mut batch = Batch::new();
    for n in 0..10_007 {
        let entry = Logged {
            id: ChangeId::from_raw(n),
            at: now(),
            actor: Actor::nobody(Via::Api),
            subject: Subject::Settings,
            deed: Deed::Removed,
        };
        batch = batch.put(&NewestFirst(entry.id), &entry).expect("small");
    }
    for (key, minutes) in [("old", 11), ("young", 9)] {
        let at = now() - TimeDelta::minutes(minutes);
        batch = batch
            .put(&key.to_owned(), &SeenRequest { at })
            .expect("small");
    }
    store.commit(batch).await.expect("room");
    upkeep.tick().await;
    let kept = store.scan::<Logged>(&[], None, 20_000).expect("readable");
    assert_eq!(kept.len(), 10_000);
    assert_eq!(kept[9_999].0.0.raw(), 7, "the oldest went");
    let seen = store.scan::<SeenRequest>(&[], None, 9).expect("readable");
    assert_eq!(seen.len(), 1);
    assert_eq!(seen[0].0, "young");
}

#[tokio::test]
async fn what_a_channel_was_owed_for_a_month_is_forgotten_save_a_failure_that_goes_on() {
    let dir = tempfile::tempdir().expect("a directory");
    let (upkeep, store) = upkeep(dir.path());
    let (open, over) = (incident(50, None, 1), incident(50, Some(1), 2));
    let mut batch = Batch::new();
    for incident in [&open, &over] {
        batch = batch.put(&incident.id, incident).expect("it fits");
    }
    let owed = |days, notice: Notice| (days, notice);
    let failure = |of: &Incident| Notice::Failure { incident: of.id };
    let all = [
        owed(40, failure(&open)),
        owed(40, failure(&over)),
        owed(40, Notice::Edit { incident: open.id }),
        owed(20, Notice::Edit { incident: open.id }),
    ];
    for (number, (days, notice)) in (1..).zip(all) {
        let key = OutboxKey {
            channel: ChannelId::from_raw(1),
            notice: NoticeId::from_raw(number),
        };
        let entry = OutboxEntry::new(notice, now() - TimeDelta::days(days));
        batch = batch.put(&key, &entry).expect("it fits");
    }
    store.commit(batch).await.expect("a commit");
    upkeep.tick().await;
    let left = store.scan::<OutboxEntry>(&[], None, 9).expect("a scan");
    let left: Vec<_> = left.iter().map(|(key, _)| key.notice.raw()).collect();
    assert_eq!(left, [1, 4]);
    store.close().await;
}

#[tokio::test]
async fn a_dump_made_while_the_clock_was_ahead_costs_no_other_dump() {
    let dir = tempfile::tempdir().expect("a directory");
    let (upkeep, store) = upkeep(dir.path());
    store
        .dump(now() + TimeDelta::days(3))
        .expect("the clock is ahead");
    let dumps = || {
        std::fs::read_dir(dir.path().join("dumps"))
            .expect("dumps")
            .count()
    };
    assert_eq!(store.newest_dump(now()), None);
    upkeep.clone().tick().await;
    upkeep.tick().await;
    assert_eq!(dumps(), 2, "one a day, once the clock is right");
    for hour in 1..=6 {
        store.dump(now() + TimeDelta::hours(hour)).expect("a dump");
    }
    let ahead = dir.path().join("dumps/healthbot-20261127T120000Z.jsonl");
    assert!(!ahead.exists(), "it is older than it says, and goes first");
    assert_eq!(dumps(), 7);
    store.close().await;
}
