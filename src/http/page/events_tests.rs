use super::*;
use crate::clock::{Clock, ManualClock, Timestamp};
use crate::domain::ids::ServerId;
use crate::domain::server::{HostName, Server, Source};
use crate::domain::target::{Address, ServerType};
use crate::service::fleet::Fleet;
use crate::service::incidents::Incidents;
use crate::service::latencies::Latencies;
use crate::store::collections::TABLES;
use crate::store::{Batch, Options, Store};

struct Stage {
    events: Arc<Events>,
    store: Store,
    clock: Arc<ManualClock>,
    _dir: tempfile::TempDir,
}

fn stage() -> Stage {
    let dir = tempfile::tempdir().expect("a directory");
    let options = Options {
        dir: dir.path().to_owned(),
        cache_bytes: 1024 * 1024,
        tables: TABLES,
    };
    let (fleet, _signals) = Fleet::new();
    let observer = Arc::clone(&fleet);
    let store = Store::open(options, move |changes| observer.apply(changes)).expect("a store");
    let clock = Arc::new(ManualClock::new(Timestamp::UNIX_EPOCH));
    let shared: SharedClock = Arc::clone(&clock) as SharedClock;
    let incidents = Incidents::new(store.clone(), Arc::clone(&fleet));
    let page = StatusPage::new(
        fleet,
        incidents,
        Arc::new(Latencies::default()),
        Arc::clone(&shared),
    );
    let parts = Parts {
        page: Arc::new(page),
        clock: shared,
        tasks: TaskTracker::new(),
        stop: CancellationToken::new(),
    };
    Stage {
        events: Arc::new(Events::new(parts)),
        store,
        clock,
        _dir: dir,
    }
}

impl Stage {
    async fn name_it(&self, name: &str) {
        let id = ServerId::from_raw(1);
        let server = Server {
            id,
            host_name: HostName::parse(name).expect("a name"),
            target: Address::parse("10.0.0.1:80").expect("an address").target,
            server_type: ServerType::Http1,
            environment: Default::default(),
            notification: true,
            interval: None,
            timeout: None,
            failures: None,
            recoveries: None,
            source: Source::Manual,
            muted_until: None,
            created_at: self.clock.now(),
            updated_at: self.clock.now(),
        };
        let batch = Batch::new().put(&id, &server).expect("a small record");
        self.store.commit(batch).await.expect("committed");
    }

    /// A reader who has seen the page as it is.
    async fn reader(&self) -> (mpsc::Receiver<Bytes>, tokio::task::JoinHandle<()>) {
        let (_, seen) = self.events.page.picture().await;
        let (to, from) = mpsc::channel(1);
        let place = Arc::clone(&self.events.room)
            .try_acquire_owned()
            .expect("room");
        let feeding = tokio::spawn(feed(Arc::clone(&self.events), Some(seen), to, place));
        (from, feeding)
    }
}

#[tokio::test]
async fn a_slow_reader_is_told_once_what_many_changes_came_to() {
    let stage = stage();
    stage.name_it("name-0").await;
    let (mut from, _feeding) = stage.reader().await;
    for at in 1..=20 {
        stage.name_it(&format!("name-{at}")).await;
        stage.clock.advance(Duration::from_secs(1));
    }
    // What waited to be taken, what waited to be sent, and what all the rest came to.
    let mut taken = 0;
    loop {
        let message = from.recv().await.expect("the stream goes on");
        stage.clock.advance(Duration::from_secs(1));
        taken += 1;
        if message.windows(7).any(|part| part == b"name-20") {
            break;
        }
    }
    assert!(taken <= 3, "{taken} messages");
}

#[tokio::test]
async fn a_reader_who_takes_nothing_is_let_go_and_his_place_is_free() {
    let stage = stage();
    stage.name_it("a").await;
    let (_from, feeding) = stage.reader().await;
    stage.name_it("b").await;
    while !feeding.is_finished() {
        stage.clock.advance(Duration::from_secs(1));
        tokio::task::yield_now().await;
    }
    assert_eq!(stage.events.room.available_permits(), STREAMS);
}

/// The next message, for which time passes; none at the end of the stream.
async fn next(stage: &Stage, from: &mut mpsc::Receiver<Bytes>) -> Option<Bytes> {
    loop {
        tokio::select! {
            biased;
            message = from.recv() => return message,
            () = tokio::task::yield_now() => stage.clock.advance(Duration::from_secs(1)),
        }
    }
}

#[tokio::test]
async fn a_quiet_stream_says_that_it_lives() {
    let stage = stage();
    let (mut from, _feeding) = stage.reader().await;
    assert_eq!(from.recv().await.as_deref(), Some(RETRY.as_bytes()));
    let message = next(&stage, &mut from).await;
    assert_eq!(message.as_deref(), Some(KEEP_ALIVE.as_bytes()));
}

#[tokio::test]
async fn a_stream_ends_after_its_time() {
    let stage = stage();
    let (mut from, feeding) = stage.reader().await;
    while next(&stage, &mut from).await.is_some() {}
    feeding.await.expect("it ended well");
    assert!(stage.clock.elapsed() >= LIFE);
}

#[tokio::test]
async fn readers_who_have_seen_the_same_share_one_message() {
    let stage = stage();
    stage.name_it("a").await;
    let (_, seen) = stage.events.page.picture().await;
    stage.name_it("b").await;
    stage.clock.advance(Duration::from_secs(2));
    let latest = stage.events.page.news(seen).await;
    let one = stage.events.message(seen, &latest.news).expect("a change");
    let other = stage.events.message(seen, &latest.news).expect("a change");
    assert_eq!(one.as_ptr(), other.as_ptr());
}

#[test]
fn only_this_runs_versions_are_known() {
    assert_eq!(version("7-3", 7), Some(3));
    for other in ["", "7", "7-", "-3", "6-3", "7-x", "7-3-1", "7--3"] {
        assert_eq!(version(other, 7), None, "{other}");
    }
}
