//! Names to addresses.

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, ToSocketAddrs};
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::future::BoxFuture;
use tokio::sync::{Semaphore, watch};

use crate::domain::outcome::Trouble;
use crate::probe::fault;

/// Why a name has no addresses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ResolveError {
    /// The name does not resolve; the text says what the resolver said.
    Unresolved(String),
    /// This machine could not ask.
    Trouble(Trouble),
}

/// What a lookup yields: addresses in the order in which they are to be tried.
pub type Resolved = Result<Arc<[IpAddr]>, ResolveError>;

/// Looks names up.
pub trait Resolve: Send + Sync + 'static {
    /// The addresses of a name, now.
    fn resolve<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Resolved>;
}

/// Lookups that may be in flight at once. The system's resolver blocks a thread each, for as long as half a minute where
/// a name server is silent.
const LOOKUPS: usize = 128;

/// The system's resolver: hosts file, search domains and all.
///
/// At most one lookup of a name is in flight, and it outlives the probe that asked: names behind a silent name server
/// hold one thread each and leave the others free.
pub struct SystemResolver {
    permits: Arc<Semaphore>,
    flights: Arc<Flights>,
    ask: Arc<Ask>,
}

/// What blocks until there is an answer.
type Ask = dyn Fn(&str) -> Resolved + Send + Sync;

type Flights = Mutex<HashMap<Box<str>, watch::Receiver<Option<Resolved>>>>;

impl SystemResolver {
    /// A resolver with no lookup in flight.
    #[must_use]
    pub fn new() -> Self {
        Self::asking(ask_system)
    }

    fn asking(ask: impl Fn(&str) -> Resolved + Send + Sync + 'static) -> Self {
        Self {
            permits: Arc::new(Semaphore::new(LOOKUPS)),
            flights: Arc::default(),
            ask: Arc::new(ask),
        }
    }

    async fn lookup(&self, name: &str) -> Resolved {
        let mut answer = match self.flight(name) {
            Some(flight) => flight,
            None => self.start(name).await,
        };
        match answer.wait_for(Option::is_some).await.as_deref() {
            Ok(Some(resolved)) => resolved.clone(),
            _ => Err(ResolveError::Unresolved(
                "the lookup was given up".to_owned(),
            )),
        }
    }

    fn flight(&self, name: &str) -> Option<watch::Receiver<Option<Resolved>>> {
        lock(&self.flights).get(name).cloned()
    }

    async fn start(&self, name: &str) -> watch::Receiver<Option<Resolved>> {
        // The semaphore is never closed; without a permit the bound would only be softer.
        let permit = self.permits.clone().acquire_owned().await.ok();
        let (sender, receiver) = watch::channel(None);
        let name = Box::<str>::from(name);
        {
            let mut flights = lock(&self.flights);
            if let Some(flight) = flights.get(&name) {
                return flight.clone();
            }
            flights.insert(name.clone(), receiver.clone());
        }
        let (flights, ask) = (self.flights.clone(), self.ask.clone());
        tokio::task::spawn_blocking(move || {
            let _held = permit;
            let flight = Landing { flights, name };
            let resolved = ask(&flight.name);
            drop(flight);
            sender.send_replace(Some(resolved));
        });
        receiver
    }
}

/// Takes a flight off the list when it ends, however it does.
struct Landing {
    flights: Arc<Flights>,
    name: Box<str>,
}

impl Drop for Landing {
    fn drop(&mut self) {
        lock(&self.flights).remove(&self.name);
    }
}

fn lock(
    flights: &Flights,
) -> std::sync::MutexGuard<'_, HashMap<Box<str>, watch::Receiver<Option<Resolved>>>> {
    flights.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Default for SystemResolver {
    fn default() -> Self {
        Self::new()
    }
}

impl Resolve for SystemResolver {
    fn resolve<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Resolved> {
        Box::pin(self.lookup(name))
    }
}

/// Blocks until the system's resolver has answered.
fn ask_system(name: &str) -> Resolved {
    if is_invalid(name) {
        return Err(ResolveError::Unresolved(
            "names under .invalid never resolve".to_owned(),
        ));
    }
    match (name, 0).to_socket_addrs() {
        Ok(found) => Ok(found.map(|address| address.ip()).collect()),
        Err(error) => Err(unresolved(&error)),
    }
}

/// RFC 6761, 6.4: such names are known not to exist, so no name server is asked.
fn is_invalid(name: &str) -> bool {
    let name = name.strip_suffix('.').unwrap_or(name);
    name.rsplit('.')
        .next()
        .is_some_and(|last| last.eq_ignore_ascii_case("invalid"))
}

/// What glibc, musl and the BSDs say where the answer is that there is no such name or no address to it. Any other
/// failure may be this machine's own.
const NO_SUCH_NAME: [&str; 3] = ["not known", "does not resolve", "No address associated"];

/// The standard library hands the resolver's errors on as text only.
fn unresolved(error: &io::Error) -> ResolveError {
    let said = error.to_string();
    let said = said
        .rsplit_once("address information: ")
        .map_or(&*said, |(_, why)| why);
    let answered = NO_SUCH_NAME.iter().any(|text| said.contains(text));
    let own = || if answered { None } else { fault::no_network() };
    match fault::exhausted(error).or_else(own) {
        Some(trouble) => ResolveError::Trouble(trouble),
        None => ResolveError::Unresolved(said.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::mpsc;

    use futures_util::FutureExt;

    use super::*;

    const ANSWER: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

    #[tokio::test]
    async fn a_name_is_looked_up_once_at_a_time_even_if_nobody_waits() {
        let asked = Arc::new(AtomicUsize::new(0));
        let (go, gate) = mpsc::channel::<()>();
        let gate = Mutex::new(gate);
        let resolver = SystemResolver::asking({
            let asked = asked.clone();
            move |_| {
                asked.fetch_add(1, Ordering::SeqCst);
                let _ = gate.lock().expect("no panic").recv();
                Ok([ANSWER].into())
            }
        });
        // Each asks and gives up at once.
        for _ in 0..1000 {
            assert!(resolver.resolve("slow.example").now_or_never().is_none());
        }
        let (one, two, ()) = futures_util::join!(
            resolver.resolve("slow.example"),
            resolver.resolve("slow.example"),
            // Polled last: both have joined the lookup by then.
            async { go.send(()).expect("the lookup waits") },
        );
        assert_eq!((one, two), (Ok([ANSWER].into()), Ok([ANSWER].into())));
        assert_eq!(asked.load(Ordering::SeqCst), 1);
        go.send(()).expect("the next lookup waits");
        assert!(resolver.resolve("slow.example").await.is_ok());
        assert_eq!(asked.load(Ordering::SeqCst), 2, "an answer is not kept");
    }

    #[tokio::test]
    async fn a_lookup_that_panics_does_not_block_its_name() {
        let resolver = SystemResolver::asking(|_| panic!("on purpose"));
        for _ in 0..2 {
            assert!(matches!(
                resolver.resolve("odd.example").await,
                Err(ResolveError::Unresolved(_))
            ));
        }
    }

    #[test]
    fn names_under_invalid_are_known() {
        for name in ["invalid", "a.invalid", "a.INVALID."] {
            assert!(is_invalid(name), "{name}");
        }
        for name in ["invalid.example", "notinvalid", "a.b"] {
            assert!(!is_invalid(name), "{name}");
        }
    }

    #[test]
    fn the_resolvers_word_is_told_without_the_librarys_preface() {
        let error =
            io::Error::other("failed to lookup address information: Name or service not known");
        let said = ResolveError::Unresolved("Name or service not known".to_owned());
        assert_eq!(unresolved(&error), said);
        let error = io::Error::from_raw_os_error(libc::EMFILE);
        assert_eq!(
            unresolved(&error),
            ResolveError::Trouble(Trouble::Descriptors)
        );
    }
}
