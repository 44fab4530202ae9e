//! A prober whose clock and name server belong to the test.

use std::collections::HashMap;
use std::future::Future;
use std::net::IpAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::future::BoxFuture;
use healthbot::clock::{Clock, ManualClock, Timestamp};
use healthbot::domain::outcome::{FailureKind, Outcome, Trouble, Verdict};
use healthbot::domain::settings::Timeout;
use healthbot::domain::target::{Address, Check};
use healthbot::probe::{AddressPolicy, Prober, Resolve, ResolveError, Resolved, Trust};

/// 2026-11-24, 12:00 UTC.
const NOON: i64 = 1_795_521_600;

/// The timeout of every probe here. The clock is the test's: nobody waits for it.
const TIMEOUT: Duration = Duration::from_secs(3);

pub(crate) struct Probing {
    pub(crate) clock: ManualClock,
    pub(crate) prober: Prober,
}

impl Probing {
    /// A prober that may probe loopback and trusts nobody.
    pub(crate) fn new() -> Self {
        Self::trusting(Trust::nobody())
    }

    pub(crate) fn trusting(trust: Trust) -> Self {
        Self::with(loopback(), trust, Names::default())
    }

    pub(crate) fn with(policy: AddressPolicy, trust: Trust, names: Names) -> Self {
        let clock = ManualClock::new(Timestamp::from_timestamp(NOON, 0).unwrap());
        let prober =
            Prober::new(policy, trust, 16, Arc::new(clock.clone())).with_resolver(Arc::new(names));
        Self { clock, prober }
    }

    pub(crate) async fn outcome(&self, url: &str) -> Outcome {
        let address = Address::parse(url).unwrap();
        let check = address.check.unwrap_or(Check::Http);
        let timeout = Timeout::new(TIMEOUT).unwrap();
        self.prober.probe(&address.target, check, timeout).await
    }

    /// What a probe finds, in words.
    pub(crate) async fn probe(&self, url: &str) -> String {
        words(&self.outcome(url).await.verdict)
    }

    /// The kind of failure that a probe finds.
    pub(crate) async fn kind(&self, url: &str) -> Option<FailureKind> {
        match self.outcome(url).await.verdict {
            Verdict::Failed(failure) => Some(failure.kind),
            Verdict::Healthy { .. } | Verdict::Unknown(_) => None,
        }
    }

    /// What a probe finds when its deadline comes once `stuck` has: nothing is timed.
    pub(crate) async fn probe_past_deadline(
        &self,
        url: &str,
        stuck: impl Future<Output = ()>,
    ) -> String {
        let deadline = async {
            stuck.await;
            self.clock.advance(TIMEOUT);
            std::future::pending::<()>().await;
        };
        tokio::select! {
            biased;
            found = self.probe(url) => found,
            () = deadline => unreachable!("it never ends"),
        }
    }

    pub(crate) fn advance(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }
}

pub(crate) fn loopback() -> AddressPolicy {
    AddressPolicy {
        allow_loopback: true,
        ..AddressPolicy::default()
    }
}

pub(crate) fn words(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Healthy { .. } => "healthy".to_owned(),
        Verdict::Failed(failure) => failure.to_string(),
        Verdict::Unknown(trouble) => format!("unknown: Healthbot {}", trouble.as_str()),
    }
}

/// A name server that says what the test tells it. An answer is used once, the last one for ever.
#[derive(Default)]
pub(crate) struct Names(Mutex<HashMap<String, Vec<Answer>>>);

/// What it says.
#[derive(Clone)]
pub(crate) enum Answer {
    Addresses(Vec<IpAddr>),
    Silence,
    Trouble,
}

impl Names {
    pub(crate) fn of(name: &str, addresses: &[&str]) -> Self {
        Self::default().and(name, addresses)
    }

    pub(crate) fn and(self, name: &str, addresses: &[&str]) -> Self {
        let addresses = addresses.iter().map(|text| text.parse().unwrap()).collect();
        self.and_answer(name, Answer::Addresses(addresses))
    }

    pub(crate) fn and_answer(self, name: &str, answer: Answer) -> Self {
        self.0
            .lock()
            .unwrap()
            .entry(name.to_owned())
            .or_default()
            .push(answer);
        self
    }

    fn next(&self, name: &str) -> Option<Answer> {
        let mut names = self.0.lock().unwrap();
        let answers = names.get_mut(name)?;
        if answers.len() > 1 {
            return Some(answers.remove(0));
        }
        answers.first().cloned()
    }
}

impl Resolve for Names {
    fn resolve<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Resolved> {
        let answer = self.next(name);
        Box::pin(async move {
            match answer {
                Some(Answer::Addresses(addresses)) => Ok(addresses.into()),
                Some(Answer::Silence) => std::future::pending().await,
                Some(Answer::Trouble) => Err(ResolveError::Trouble(Trouble::Descriptors)),
                None => Err(ResolveError::Unresolved(
                    "Name or service not known".to_owned(),
                )),
            }
        })
    }
}
