//! Who is let in, how often, and each request only once.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::clock::SharedClock;
use crate::domain::bucket::Bucket;
use crate::domain::ids::{RequestId, UserId};
use crate::service::ChangeError;
use crate::store::collections::{SeenEvent, SeenRequest};
use crate::store::{Batch, CommitError, Store};

/// What one person may ask for: more than anybody types or presses, and less than a script that runs wild.
const PERSON: Bucket = Bucket::new(Duration::from_millis(200), 120);

/// How many people are counted at a time.
const PEOPLE: usize = 10_000;

/// Lets people and requests in.
#[derive(Debug)]
pub struct Door {
    store: Store,
    clock: SharedClock,
    people: Mutex<HashMap<UserId, Bucket>>,
}

impl Door {
    /// A door to this store.
    #[must_use]
    pub fn new(store: Store, clock: SharedClock) -> Self {
        Self {
            store,
            clock,
            people: Mutex::default(),
        }
    }

    /// Whether this person may ask for one thing more now.
    #[must_use]
    pub fn admits(&self, user: &UserId) -> bool {
        let now = self.clock.elapsed();
        let mut people = self.people.lock().unwrap_or_else(PoisonError::into_inner);
        if people.len() >= PEOPLE && !people.contains_key(user) {
            people.retain(|_, bucket| !bucket.is_full(now));
            if people.len() >= PEOPLE {
                // So many at once are no flood of one person's.
                return true;
            }
        }
        let bucket = people.entry(user.clone()).or_insert(PERSON);
        let admitted = bucket.ready_at(now) <= now;
        if admitted {
            bucket.take(now);
        }
        admitted
    }

    /// Whether this request comes for the first time. That is on disk before it is acted on: of a request that comes
    /// again, even after a crash, nothing is done twice.
    ///
    /// # Errors
    /// The store's refusal: then the request is not to be acted on.
    pub async fn first_time(&self, request: &RequestId) -> Result<bool, ChangeError> {
        let key = request.as_str().to_owned();
        let seen = SeenRequest {
            at: self.clock.now(),
        };
        let batch = Batch::new()
            .require_absent::<SeenRequest>(&key)
            .put(&key, &seen)?;
        self.is_new(batch).await
    }

    /// The same of an event, by its `event_id`.
    ///
    /// # Errors
    /// The store's refusal: then Slack is to send the event again.
    pub async fn first_event(&self, id: &str) -> Result<bool, ChangeError> {
        self.is_new(SeenEvent::once(id, self.clock.now())?).await
    }

    async fn is_new(&self, batch: Batch) -> Result<bool, ChangeError> {
        match self.store.commit(batch).await {
            Ok(_) => Ok(true),
            Err(CommitError::Conflict { .. }) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::{ManualClock, Timestamp};
    use crate::store::Options;
    use crate::store::collections::TABLES;
    use std::path::Path;
    use std::sync::Arc;

    fn door(dir: &Path) -> (Door, ManualClock) {
        let clock = ManualClock::new(Timestamp::UNIX_EPOCH);
        let options = Options {
            dir: dir.to_owned(),
            cache_bytes: 1024 * 1024,
            tables: TABLES,
        };
        let store = Store::open(options, |_| {}).expect("a new store");
        (Door::new(store, Arc::new(clock.clone())), clock)
    }

    #[test]
    fn a_flood_of_one_person_is_stopped_and_another_is_let_in() {
        let dir = tempfile::tempdir().expect("a directory");
        let (door, clock) = door(dir.path());
        let (one, other) = (UserId::new("U1"), UserId::new("U2"));
        let admitted = (0..500).filter(|_| door.admits(&one)).count();
        assert_eq!(admitted, 120);
        assert!(door.admits(&other));
        clock.advance(Duration::from_secs(1));
        assert_eq!((0..500).filter(|_| door.admits(&one)).count(), 5);
        clock.advance(Duration::from_secs(60));
        assert_eq!((0..500).filter(|_| door.admits(&one)).count(), 120);
    }

    #[test]
    fn the_people_who_are_counted_are_bounded() {
        let dir = tempfile::tempdir().expect("a directory");
        let (door, clock) = door(dir.path());
        let people = || door.people.lock().expect("not poisoned").len();
        for n in 0..PEOPLE + 50 {
            assert!(door.admits(&UserId::new(format!("U{n}"))));
        }
        assert_eq!(people(), PEOPLE);
        clock.advance(Duration::from_secs(60));
        assert!(door.admits(&UserId::new("U-new")));
        assert_eq!(people(), 1, "whoever has been quiet is forgotten");
    }
}
