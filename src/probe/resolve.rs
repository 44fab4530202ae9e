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
#[derive(Clone)]
pub struct SystemResolver {
    permits: Arc<Semaphore>,
    flights: Arc<Flights>,
}

type Flights = Mutex<HashMap<Box<str>, watch::Receiver<Option<Resolved>>>>;

impl SystemResolver {
    /// A resolver with no lookup in flight.
    #[must_use]
    pub fn new() -> Self {
        Self {
            permits: Arc::new(Semaphore::new(LOOKUPS)),
            flights: Arc::default(),
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
        let flights = self.flights.clone();
        tokio::task::spawn_blocking(move || {
            let _held = permit;
            let resolved = ask_system(&name);
            lock(&flights).remove(&name);
            sender.send_replace(Some(resolved));
        });
        receiver
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
