//! How long servers took to answer, for the small graphs of the status page. It lives in memory and begins anew with
//! each start: writing it down would cost a write to the disk per probe.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::domain::ids::ServerId;
use crate::domain::latency::Trace;
use crate::domain::outcome::Verdict;

/// So many servers have a graph: those that were probed first. A trace takes about 80 bytes, so that all of them take
/// less than 2 MiB; a page of more servers is no place for graphs.
pub const TRACED: usize = 20_000;

/// The traces of all servers that have one.
#[derive(Debug, Default)]
pub struct Latencies(Mutex<HashMap<ServerId, Trace>>);

impl Latencies {
    /// Notes what a probe found at `elapsed`. It is called after every probe: a look-up, and a byte that changes.
    pub fn note(&self, server: ServerId, elapsed: Duration, verdict: &Verdict) {
        let mut traces = self.traces();
        if let Some(trace) = traces.get_mut(&server) {
            trace.note(elapsed, verdict);
        } else if traces.len() < TRACED {
            traces.entry(server).or_default().note(elapsed, verdict);
        }
    }

    /// Forgets a server that is watched no more.
    pub fn forget(&self, server: ServerId) {
        self.traces().remove(&server);
    }

    /// The trace of each of these servers, in their order.
    #[must_use]
    pub fn of(&self, servers: impl Iterator<Item = ServerId>) -> Vec<Option<Trace>> {
        let traces = self.traces();
        servers.map(|server| traces.get(&server).copied()).collect()
    }

    fn traces(&self) -> MutexGuard<'_, HashMap<ServerId, Trace>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_so_many_servers_are_traced_and_a_forgotten_one_makes_room() {
        let latencies = Latencies::default();
        let verdict = Verdict::Healthy {
            latency: Duration::from_millis(3),
        };
        let note = |id: u64| latencies.note(ServerId::from_raw(id), Duration::ZERO, &verdict);
        let known = |id: u64| latencies.of([ServerId::from_raw(id)].into_iter())[0].is_some();
        (0..TRACED as u64).for_each(note);
        note(TRACED as u64);
        assert!(known(0) && !known(TRACED as u64));
        latencies.forget(ServerId::from_raw(7));
        note(TRACED as u64);
        assert!(!known(7) && known(TRACED as u64));
    }
}
