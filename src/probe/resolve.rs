//! Names to addresses.

use std::collections::{HashMap, HashSet};
use std::io;
use std::net::{IpAddr, ToSocketAddrs};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::future::BoxFuture;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

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

/// Lookups of names that answer in time which may be in flight at once. The system's resolver blocks a thread each and
/// cannot be called off.
const PROMPT: usize = 128;

/// Lookups in flight beside those of names that somebody gave up on: each may last for as long as half a minute, where
/// a name server is silent. With [`PROMPT`] it is three quarters of the threads that Tokio has for what blocks.
const SLOW: usize = 256;

/// The system's resolver: hosts file, search domains and all. It keeps no answer, so none is stale; whether the system
/// keeps some is the system's affair.
///
/// At most one lookup of a name is in flight, and it outlives the probe that asked. Names behind a silent name server
/// have to share permits of their own, so however many they are, they leave the others free.
pub struct SystemResolver {
    prompt: Arc<Semaphore>,
    slow: Arc<Semaphore>,
    names: Arc<Mutex<Names>>,
    ask: Arc<Ask>,
}

/// What blocks until there is an answer.
type Ask = dyn Fn(&str) -> Resolved + Send + Sync;

type Answer = watch::Receiver<Option<Resolved>>;

#[derive(Default)]
struct Names {
    flights: HashMap<Box<str>, Flight>,
    /// Whose last lookup somebody gave up on. It holds a name for each server that hangs, and for the few that were
    /// removed while they did.
    slow: HashSet<Box<str>>,
}

struct Flight {
    answer: Answer,
    /// None would only make the bound softer.
    permit: Option<OwnedSemaphorePermit>,
    given_up: bool,
}

impl SystemResolver {
    /// A resolver with no lookup in flight.
    #[must_use]
    pub fn new() -> Self {
        Self::asking(ask_system)
    }

    fn asking(ask: impl Fn(&str) -> Resolved + Send + Sync + 'static) -> Self {
        Self {
            prompt: Arc::new(Semaphore::new(PROMPT)),
            slow: Arc::new(Semaphore::new(SLOW)),
            names: Arc::default(),
            ask: Arc::new(ask),
        }
    }

    async fn lookup(&self, name: &str) -> Resolved {
        let in_flight = lock(&self.names).answer(name);
        let mut answer = match in_flight {
            Some(answer) => answer,
            None => self.start(name).await,
        };
        let mut waiting = Waiting {
            resolver: self,
            name,
            answered: false,
        };
        let answered = answer.wait_for(Option::is_some).await;
        waiting.answered = true;
        match answered.as_deref() {
            Ok(Some(resolved)) => resolved.clone(),
            _ => Err(ResolveError::Unresolved(
                "the lookup was given up".to_owned(),
            )),
        }
    }

    async fn start(&self, name: &str) -> Answer {
        let is_slow = lock(&self.names).slow.contains(name);
        let lane = if is_slow { &self.slow } else { &self.prompt };
        // The semaphores are never closed.
        let permit = Arc::clone(lane).acquire_owned().await.ok();
        let (sender, answer) = watch::channel(None);
        let name = Box::<str>::from(name);
        {
            let mut names = lock(&self.names);
            if let Some(answer) = names.answer(&name) {
                return answer;
            }
            let flight = Flight {
                answer: answer.clone(),
                permit,
                given_up: false,
            };
            names.flights.insert(name.clone(), flight);
        }
        let (names, ask) = (self.names.clone(), self.ask.clone());
        tokio::task::spawn_blocking(move || {
            let flight = Landing { names, name };
            let resolved = ask(&flight.name);
            drop(flight);
            sender.send_replace(Some(resolved));
        });
        answer
    }

    /// Notes that somebody waits no longer, and leaves the permit to the prompt while there is room beside them.
    fn give_up(&self, name: &str) {
        let mut names = lock(&self.names);
        let Some(flight) = names.flights.get_mut(name) else {
            return;
        };
        if !flight.given_up {
            flight.given_up = true;
            if let Ok(permit) = Arc::clone(&self.slow).try_acquire_owned() {
                flight.permit = Some(permit);
            }
            names.slow.insert(name.into());
        }
    }
}

impl Names {
    fn answer(&self, name: &str) -> Option<Answer> {
        self.flights.get(name).map(|flight| flight.answer.clone())
    }
}

/// Somebody who waits for a lookup, and may be dropped before its end.
struct Waiting<'a> {
    resolver: &'a SystemResolver,
    name: &'a str,
    answered: bool,
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        if !self.answered {
            self.resolver.give_up(self.name);
        }
    }
}

/// Takes a flight off the list when it ends, however it does.
struct Landing {
    names: Arc<Mutex<Names>>,
    name: Box<str>,
}

impl Drop for Landing {
    fn drop(&mut self) {
        let mut names = lock(&self.names);
        let flight = names.flights.remove(&self.name);
        if flight.is_some_and(|flight| !flight.given_up) {
            names.slow.remove(&self.name);
        }
    }
}

fn lock(names: &Mutex<Names>) -> MutexGuard<'_, Names> {
    names.lock().unwrap_or_else(PoisonError::into_inner)
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

    /// A resolver for which every name but `prompt.example` hangs until the gate opens, for one lookup a word.
    fn hanging() -> (SystemResolver, mpsc::Sender<()>) {
        let (open, gate) = mpsc::channel::<()>();
        let gate = Mutex::new(gate);
        let resolver = SystemResolver::asking(move |name| {
            if name != "prompt.example" {
                let _ = gate.lock().expect("no panic").recv();
            }
            Ok([ANSWER].into())
        });
        (resolver, open)
    }

    /// Asks for so many names that hang, and gives up on each at once.
    async fn ask_for_hung(resolver: &SystemResolver, names: usize) {
        for n in 0..names {
            let name = format!("hung-{n}.example");
            assert!(resolver.resolve(&name).now_or_never().is_none());
            // Tokio lets a task take no more than 128 permits at a stretch.
            tokio::task::yield_now().await;
        }
    }

    /// Whether a prompt name gets its thread at once. Where it does not, it would wait for ever here.
    async fn others_are_free(resolver: &SystemResolver) -> bool {
        let asked = resolver.prompt.available_permits() > 0;
        asked && resolver.resolve("prompt.example").await.is_ok()
    }

    #[tokio::test]
    async fn lookups_that_hang_leave_the_other_names_free() {
        let (resolver, _open) = hanging();
        ask_for_hung(&resolver, PROMPT).await;
        assert!(others_are_free(&resolver).await);
    }

    #[tokio::test]
    async fn names_that_have_hung_never_take_a_prompt_ones_place_again() {
        let (resolver, open) = hanging();
        let hung = PROMPT + SLOW;
        ask_for_hung(&resolver, hung).await;
        assert!(
            !others_are_free(&resolver).await,
            "so many at once are more than can be told from the others"
        );
        for _ in 0..hung {
            open.send(()).expect("a lookup waits");
        }
        // As many have ended as there are permits.
        let all = [(&resolver.prompt, PROMPT), (&resolver.slow, SLOW)];
        for (lane, permits) in all {
            let permits = u32::try_from(permits).expect("a small number");
            drop(
                lane.acquire_many(permits)
                    .await
                    .expect("it is never closed"),
            );
        }
        ask_for_hung(&resolver, hung).await;
        assert!(others_are_free(&resolver).await);
        assert_eq!(resolver.prompt.available_permits(), PROMPT);
    }

    #[tokio::test]
    async fn a_name_that_answers_again_is_prompt_again() {
        let (resolver, open) = hanging();
        ask_for_hung(&resolver, 1).await;
        let name = "hung-0.example";
        assert!(lock(&resolver.names).slow.contains(name));
        for turn in 0..2 {
            open.send(()).expect("a lookup waits");
            assert!(resolver.resolve(name).await.is_ok());
            let is_slow = lock(&resolver.names).slow.contains(name);
            // Whoever joined the first lookup got an answer, but not in the time of whoever began it.
            assert_eq!(is_slow, turn == 0);
        }
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
