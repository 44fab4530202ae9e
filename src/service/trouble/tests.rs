use super::*;
use crate::clock::{Clock, ManualClock};
use crate::domain::outcome::Failure;

struct Answer(bool);

impl Controls for Answer {
    fn any_answers(&self) -> BoxFuture<'_, Option<bool>> {
        Box::pin(async { Some(self.0) })
    }
}

fn trouble(controls_answer: bool) -> (OwnTrouble, ManualClock) {
    let clock = ManualClock::new(Timestamp::UNIX_EPOCH);
    let controls = Arc::new(Answer(controls_answer));
    (OwnTrouble::new(controls, Arc::new(clock.clone())), clock)
}

fn seen(clock: &ManualClock, verdict: Verdict) -> Outcome {
    Outcome {
        at: clock.now(),
        verdict,
    }
}

fn failed(kind: FailureKind) -> Verdict {
    Verdict::Failed(Failure::new(kind, ""))
}

#[test]
fn what_every_server_looks_like_without_a_network_is_no_sign_of_its_return() {
    let (trouble, clock) = trouble(false);
    for _ in 0..3 {
        trouble.note(&seen(&clock, Verdict::Unknown(Trouble::Offline)));
        clock.advance(Duration::from_secs(30));
        trouble.note(&seen(&clock, failed(FailureKind::ConnectTimeout)));
        assert_eq!(trouble.over(), None, "it still is offline");
    }
    trouble.note(&seen(&clock, failed(FailureKind::HttpStatus)));
    let period = trouble.over().expect("an answer, though a bad one");
    assert_eq!(period.to - period.from, chrono::TimeDelta::seconds(60));
    assert_eq!(trouble.over(), Some(period), "until it is told");
    trouble.told(period);
    assert_eq!(trouble.over(), None);
}

#[tokio::test]
async fn a_failure_while_a_control_address_answers_is_the_servers_own() {
    let (trouble, clock) = trouble(true);
    let outcome = seen(&clock, failed(FailureKind::Refused));
    let judged = trouble.judge(outcome.clone(), Some(clock.elapsed())).await;
    assert_eq!(judged, outcome);
}

/// What becomes of a failure so long after a sleep, with or without something that has answered since.
async fn judged_after_sleep(sleep: u64, later: u64, answered: bool) -> Verdict {
    let (trouble, clock) = trouble(true);
    trouble.beat();
    clock.advance(Duration::from_secs(sleep));
    trouble.beat();
    if answered {
        let latency = Duration::from_millis(1);
        clock.advance(latency);
        trouble.note(&seen(&clock, Verdict::Healthy { latency }));
    }
    clock.advance(Duration::from_secs(later));
    let outcome = seen(&clock, failed(FailureKind::Timeout));
    trouble.judge(outcome, Some(clock.elapsed())).await.verdict
}

#[tokio::test]
async fn a_failure_right_after_a_sleep_is_the_probers_own_until_something_answers() {
    let asleep = Verdict::Unknown(Trouble::Asleep);
    let own = failed(FailureKind::Timeout);
    assert_eq!(judged_after_sleep(3_600, 2, false).await, asleep);
    assert_eq!(judged_after_sleep(3_600, 2, true).await, own);
    assert_eq!(judged_after_sleep(3_600, 16, false).await, own);
    assert_eq!(judged_after_sleep(19, 0, false).await, own, "no sleep");
}

#[test]
fn a_sleep_is_told_from_its_beginning() {
    let (trouble, clock) = trouble(true);
    trouble.beat();
    let fell_asleep = clock.now();
    clock.advance(Duration::from_secs(3_600));
    trouble.beat();
    for _ in 0..2 {
        trouble.note(&seen(&clock, Verdict::Unknown(Trouble::Asleep)));
    }
    let latency = Duration::from_millis(1);
    trouble.note(&seen(&clock, Verdict::Healthy { latency }));
    clock.advance(QUIET);
    assert_eq!(trouble.over().expect("it is over").from, fell_asleep);
}

#[tokio::test]
async fn a_failure_is_the_probers_own_where_nothing_answers_and_no_control_does() {
    let (trouble, clock) = self::trouble(false);
    let outcome = seen(&clock, failed(FailureKind::Refused));
    clock.advance(Duration::from_secs(5));
    let first_seen = clock.elapsed();
    let verdict = async || {
        trouble
            .judge(outcome.clone(), Some(first_seen))
            .await
            .verdict
    };
    let offline = Verdict::Unknown(Trouble::Offline);
    assert_eq!(verdict().await, offline);
    clock.advance(Duration::from_millis(10));
    let latency = Duration::from_millis(11);
    trouble.note(&seen(&clock, Verdict::Healthy { latency }));
    assert_eq!(verdict().await, offline, "that probe was under way");
    let latency = Duration::from_millis(10);
    trouble.note(&seen(&clock, Verdict::Healthy { latency }));
    assert_eq!(verdict().await, outcome.verdict, "another server answers");
}

/// Answers no question before it is let.
#[derive(Default)]
struct Slow {
    asked: std::sync::atomic::AtomicUsize,
    may_answer: tokio::sync::Notify,
}

impl Controls for Slow {
    fn any_answers(&self) -> BoxFuture<'_, Option<bool>> {
        Box::pin(async {
            self.asked.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
            self.may_answer.notified().await;
            Some(false)
        })
    }
}

#[tokio::test]
async fn many_failures_at_once_ask_the_controls_once() {
    let clock = ManualClock::new(Timestamp::UNIX_EPOCH);
    let controls = Arc::new(Slow::default());
    let trouble = OwnTrouble::new(
        Arc::clone(&controls) as Arc<dyn Controls>,
        Arc::new(clock.clone()),
    );
    let outcome = seen(&clock, failed(FailureKind::Refused));
    let judged = (0..100).map(|_| trouble.judge(outcome.clone(), Some(clock.elapsed())));
    let judged = futures_util::future::join_all(judged);
    let (judged, ()) = tokio::join!(judged, async { controls.may_answer.notify_one() });
    let offline = |judged: &Outcome| judged.verdict == Verdict::Unknown(Trouble::Offline);
    assert!(judged.iter().all(offline));
    assert_eq!(controls.asked.load(std::sync::atomic::Ordering::SeqCst), 1);
}
