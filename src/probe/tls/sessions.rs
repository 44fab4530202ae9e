//! TLS sessions kept for resumption, and for how long a certificate may go unseen.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use rustls::NamedGroup;
use rustls::client::{ClientSessionStore, Tls12ClientSessionValue, Tls13ClientSessionValue};
use rustls::pki_types::{ServerName, UnixTime};

use crate::clock::SharedClock;

/// A resumed session shows no certificate. So that a monitor notices one that was exchanged or whose authority has expired,
/// a session is resumed for this long after the last full handshake, in seconds, and never beyond its certificate's end.
const UNSEEN_SECONDS: u64 = 300;

/// The last session with each server, one ticket each: a server's probes do not overlap, so it needs no more.
pub(super) struct Sessions {
    clock: SharedClock,
    capacity: usize,
    by_server: Mutex<HashMap<ServerName<'static>, Session>>,
}

struct Session {
    /// Resumed before this moment only, in seconds since 1970.
    until: u64,
    group: Option<NamedGroup>,
    tls12: Option<Tls12ClientSessionValue>,
    tls13: Option<Tls13ClientSessionValue>,
}

impl fmt::Debug for Sessions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The sessions are secrets.
        f.debug_struct("Sessions")
            .field("capacity", &self.capacity)
            .finish_non_exhaustive()
    }
}

impl Sessions {
    /// Room for the sessions with `capacity` servers.
    pub(super) fn new(capacity: usize, clock: SharedClock) -> Self {
        Self {
            clock,
            capacity: capacity.max(1),
            by_server: Mutex::default(),
        }
    }

    /// Notes that a server's certificate was seen and found good; older sessions with it are forgotten.
    pub(super) fn verified(&self, server: &ServerName<'_>, now: UnixTime, not_after: u64) {
        let mut sessions = self.lock();
        if sessions.len() >= self.capacity && !sessions.contains_key(server) {
            // Whichever: all are probed equally often, so none is worth more than another.
            let victim = sessions.keys().next().cloned();
            victim.and_then(|victim| sessions.remove(&victim));
        }
        let group = sessions.get(server).and_then(|session| session.group);
        sessions.insert(
            server.to_owned(),
            Session {
                until: now.as_secs().saturating_add(UNSEEN_SECONDS).min(not_after),
                group,
                tls12: None,
                tls13: None,
            },
        );
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<ServerName<'static>, Session>> {
        self.by_server
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn change<T>(
        &self,
        server: &ServerName<'static>,
        change: impl FnOnce(&mut Session) -> T,
    ) -> Option<T> {
        self.lock().get_mut(server).map(change)
    }

    fn now(&self) -> u64 {
        u64::try_from(self.clock.now().timestamp()).unwrap_or(u64::MAX)
    }
}

impl ClientSessionStore for Sessions {
    fn set_kx_hint(&self, server: ServerName<'static>, group: NamedGroup) {
        self.change(&server, |session| session.group = Some(group));
    }

    fn kx_hint(&self, server: &ServerName<'_>) -> Option<NamedGroup> {
        self.lock().get(server).and_then(|session| session.group)
    }

    fn set_tls12_session(&self, server: ServerName<'static>, value: Tls12ClientSessionValue) {
        self.change(&server, |session| session.tls12 = Some(value));
    }

    fn tls12_session(&self, server: &ServerName<'_>) -> Option<Tls12ClientSessionValue> {
        let now = self.now();
        let sessions = self.lock();
        let session = sessions.get(server).filter(|session| now < session.until)?;
        session.tls12.clone()
    }

    fn remove_tls12_session(&self, server: &ServerName<'static>) {
        self.change(server, |session| session.tls12 = None);
    }

    fn insert_tls13_ticket(&self, server: ServerName<'static>, value: Tls13ClientSessionValue) {
        self.change(&server, |session| session.tls13 = Some(value));
    }

    fn take_tls13_ticket(&self, server: &ServerName<'static>) -> Option<Tls13ClientSessionValue> {
        let now = self.now();
        self.change(server, |session| {
            session.tls13.take().filter(|_| now < session.until)
        })
        .flatten()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use super::*;
    use crate::clock::{ManualClock, Timestamp};

    #[test]
    fn no_more_servers_are_kept_than_there_is_room_for() {
        let sessions = Sessions::new(2, Arc::new(ManualClock::new(Timestamp::UNIX_EPOCH)));
        let now = UnixTime::since_unix_epoch(Duration::ZERO);
        for last in 1..=5 {
            let server = ServerName::from(std::net::IpAddr::from([10, 0, 0, last]));
            sessions.verified(&server, now, u64::MAX);
            sessions.set_kx_hint(server.clone(), NamedGroup::X25519);
            assert_eq!(
                sessions.kx_hint(&server),
                Some(NamedGroup::X25519),
                "the newest is kept"
            );
            assert!(sessions.lock().len() <= 2);
        }
    }
}
