//! What almost every part stands on, handed to each at once.

use std::sync::Arc;

use crate::clock::SharedClock;
use crate::domain::ids::IdSource;
use crate::service::audit::Audit;
use crate::service::fleet::{Fleet, Signals};
use crate::service::owing::Owing;
use crate::store::{OpenError, Options, Store, StoreError};

/// The open store, its view in memory, and who writes what into it beside the rest.
#[derive(Debug, Clone)]
pub struct Base {
    /// Where everything is kept.
    pub store: Store,
    /// What is known.
    pub fleet: Arc<Fleet>,
    /// Who is owed a message.
    pub owing: Owing,
    /// Who did what.
    pub audit: Audit,
    /// Where ids come from.
    pub ids: Arc<IdSource>,
    /// The time.
    pub clock: SharedClock,
}

impl Base {
    /// Opens the store and reads what is in it; also gives what tells of changes from then on.
    ///
    /// # Errors
    /// The store's: it cannot be opened, or a record cannot be read.
    pub fn open<E>(options: Options, clock: SharedClock) -> Result<(Self, Signals), E>
    where
        E: From<OpenError> + From<StoreError>,
    {
        let (fleet, signals) = Fleet::new();
        let observer = Arc::clone(&fleet);
        let store = Store::open(options, move |changes| observer.apply(changes))?;
        let ids = Arc::new(IdSource::resuming(clock.now()));
        fleet.load(&store, &ids)?;
        let base = Self {
            owing: Owing::new(store.clone(), Arc::clone(&fleet), Arc::clone(&ids)),
            audit: Audit::new(store.clone(), Arc::clone(&ids)),
            store,
            fleet,
            ids,
            clock,
        };
        Ok((base, signals))
    }
}
