//! The view is filled from the store when the process starts.

use std::panic::resume_unwind;
use std::sync::mpsc::sync_channel;
use std::thread;

use super::{Fleet, Touched};
use crate::domain::audit::Logged;
use crate::domain::channel::Channel;
use crate::domain::health::Health;
use crate::domain::ids::{IdSource, ServerId};
use crate::domain::server::Server;
use crate::domain::settings::Settings;
use crate::store::collections::OutboxEntry;
use crate::store::{Record, Store, StoreError, Stored};

/// How many records are read at a time while the view is filled.
const LOAD_PAGE: usize = 1_000;

/// How many pages one table may be read ahead of the other.
const PAGES_AHEAD: usize = 2;

impl Fleet {
    /// Reads the store's present content, and makes `ids` go on after the newest id in it.
    ///
    /// # Errors
    /// The store's.
    pub fn load(&self, store: &Store, ids: &IdSource) -> Result<(), StoreError> {
        self.load_servers(store, ids)?;
        each::<Channel>(store, |id, stored| {
            ids.observe(id.raw());
            self.write().put_channel(*id, stored.value, stored.revision);
            // Its lane learns where it is told, for when it no longer is.
            self.signal(Touched::Lane(*id));
        })?;
        each::<OutboxEntry>(store, |key, _| {
            ids.observe(key.notice.raw());
            self.signal(Touched::Lane(key.channel));
        })?;
        if let Some((key, _)) = store.scan::<Logged>(&[], None, 1)?.first() {
            ids.observe(key.0.raw());
        }
        if let Some(stored) = store.get::<Settings>(&())? {
            let mut inner = self.write();
            inner.settings = stored.value;
            inner.settings_revision = Some(stored.revision);
        }
        self.signal(Touched::Settings);
        Ok(())
    }

    /// Servers and what is believed of them, which lie in two tables in the same order. A start takes as long as reading
    /// them, so each table is read by a thread of its own.
    fn load_servers(&self, store: &Store, ids: &IdSource) -> Result<(), StoreError> {
        let put = |id: &ServerId, stored: Stored<Health>| {
            let incidents = [stored.value.incident, stored.value.heard];
            incidents
                .into_iter()
                .flatten()
                .for_each(|incident| ids.observe(incident.raw()));
            self.write().put_health(*id, stored.value, stored.revision);
        };
        thread::scope(|scope| {
            let (sender, pages) = sync_channel(PAGES_AHEAD);
            // Who no longer listens has met an error, and tells of that one.
            let read = move || {
                each_page::<Health>(store, |page| {
                    let _ = sender.send(page);
                })
            };
            let reading = thread::Builder::new()
                .name("load".to_owned())
                .spawn_scoped(scope, read)
                .map_err(|error| StoreError::Io(error.to_string()))?;
            let mut healths = pages.into_iter().flatten().peekable();
            each::<Server>(store, |id, stored| {
                ids.observe(id.raw());
                self.write().put_server(*id, stored.value, stored.revision);
                while let Some((id, stored)) = healths.next_if(|(other, _)| other <= id) {
                    put(&id, stored);
                }
            })?;
            healths.for_each(|(id, stored)| put(&id, stored));
            reading.join().unwrap_or_else(|panic| resume_unwind(panic))
        })
    }
}

fn each<T: Record<Key: Clone>>(
    store: &Store,
    mut visit: impl FnMut(&T::Key, Stored<T>),
) -> Result<(), StoreError> {
    each_page(store, |page| {
        page.into_iter()
            .for_each(|(key, stored)| visit(&key, stored));
    })
}

fn each_page<T: Record<Key: Clone>>(
    store: &Store,
    mut visit: impl FnMut(Vec<(T::Key, Stored<T>)>),
) -> Result<(), StoreError> {
    let mut after = None;
    loop {
        let page = store.scan::<T>(&[], after.as_ref(), LOAD_PAGE)?;
        let last_page = page.len() < LOAD_PAGE;
        after = page.last().map(|(key, _)| T::Key::clone(key));
        visit(page);
        if last_page {
            return Ok(());
        }
    }
}
