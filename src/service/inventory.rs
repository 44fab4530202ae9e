//! The company's inventory, reconciled with the servers that are watched.

use std::sync::Arc;

use futures_util::{StreamExt, stream};
use reqwest::header::HeaderValue;
use serde::Serialize;
use tokio::sync::Mutex;

use crate::clock::SharedClock;
use crate::domain::audit::{Actor, Via};
use crate::domain::command::ServerFields;
use crate::domain::inventory::{self, Entry, Hold, List, NoList, Plan, Skipped, Update};
use crate::domain::notice::Notice;
use crate::domain::server::Source;
use crate::domain::target::{Address, Target};
use crate::inventory::{FetchError, Fetched, InventoryClient};
use crate::service::ChangeError;
use crate::service::base::Base;
use crate::service::fleet::Fleet;
use crate::service::owing::Owing;
use crate::service::servers::{AddError, NewServer, Servers};
use crate::store::{Batch, Store};
use crate::telemetry::metrics::{Metrics, Reconciled};

/// How many changes are under way at once; the store commits those that wait together.
const AT_ONCE: usize = 256;

/// What a reconciliation did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Servers that were added.
    pub added: usize,
    /// Servers that were changed.
    pub updated: usize,
    /// Servers that were removed.
    pub removed: usize,
    /// Servers that stay as they are.
    pub unchanged: usize,
    /// Servers that would vanish but are held until somebody confirms.
    pub held: usize,
    /// Entries that were not taken.
    pub skipped: Vec<Skipped>,
}

/// Why nothing was reconciled.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SyncError {
    /// No inventory is configured.
    #[error("no inventory is configured: set HEALTHBOT_INVENTORY_URL")]
    NotConfigured,
    /// The list could not be fetched.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// What was fetched is no list.
    #[error("the inventory's answer cannot be used: {0}")]
    List(#[from] NoList),
    /// The store refused.
    #[error(transparent)]
    Change(#[from] ChangeError),
}

/// Nobody asked: the list has changed.
const ITSELF: Actor = Actor::nobody(Via::Inventory);

/// The last good list.
#[derive(Debug, Default)]
struct Last {
    tag: Option<HeaderValue>,
    list: Option<List>,
    absent: Hold,
}

/// Keeps the servers of the inventory in step with it.
#[derive(Debug)]
pub struct Inventory {
    client: Option<InventoryClient>,
    servers: Arc<Servers>,
    fleet: Arc<Fleet>,
    store: Store,
    owing: Owing,
    clock: SharedClock,
    metrics: Arc<Metrics>,
    /// One reconciliation at a time.
    last: Mutex<Last>,
}

impl Inventory {
    /// Over these parts; without a client every reconciliation says that none is configured.
    #[must_use]
    pub fn new(
        base: &Base,
        client: Option<InventoryClient>,
        servers: Arc<Servers>,
        metrics: Arc<Metrics>,
    ) -> Self {
        Self {
            client,
            servers,
            fleet: Arc::clone(&base.fleet),
            store: base.store.clone(),
            owing: base.owing.clone(),
            clock: Arc::clone(&base.clock),
            metrics,
            last: Mutex::default(),
        }
    }

    /// Whether an inventory is configured.
    #[must_use]
    pub const fn is_configured(&self) -> bool {
        self.client.is_some()
    }

    /// One round of the schedule: what fails is logged and done in the next one.
    pub async fn tick(&self) {
        match self.sync(None).await {
            Ok(report) => {
                let Report {
                    added,
                    updated,
                    removed,
                    held,
                    ..
                } = report;
                let skipped = report.skipped.len();
                if added + updated + removed + held + skipped > 0 {
                    tracing::info!(
                        added,
                        updated,
                        removed,
                        held,
                        skipped,
                        "the inventory was reconciled"
                    );
                }
            }
            Err(SyncError::NotConfigured) => {}
            Err(error) => {
                tracing::warn!(%error, "the inventory was not reconciled; nothing was changed")
            }
        }
    }

    /// Fetches the list and reconciles. Where somebody has `confirmed` it, servers that are not in it
    /// are removed at once, however many.
    ///
    /// # Errors
    /// A [`SyncError`]; what was changed before a store's refusal stays changed.
    pub async fn sync(&self, confirmed: Option<&Actor>) -> Result<Report, SyncError> {
        let client = self.client.as_ref().ok_or(SyncError::NotConfigured)?;
        let report = self.reconcile(client, confirmed).await;
        let done = report.as_ref().ok().map(Reconciled::from);
        self.metrics.reconciled(done, self.clock.now());
        report
    }

    async fn reconcile(
        &self,
        client: &InventoryClient,
        confirmed: Option<&Actor>,
    ) -> Result<Report, SyncError> {
        let mut last = self.last.lock().await;
        if let Fetched::List { body, tag } = client.fetch(last.tag.as_ref()).await? {
            let refuses = |target: &Target| self.servers.refuses(target);
            last.list = Some(inventory::parse(&body, refuses)?);
            last.tag = tag;
        }
        let Some(list) = &last.list else {
            return Ok(Report::default());
        };
        let stored = self.store.get::<Hold>(&()).map_err(ChangeError::from)?;
        let remembered = stored.map(|stored| stored.value).unwrap_or_default();
        let before = Hold {
            absent: last.absent.absent.clone(),
            ..remembered.clone()
        };
        let plan = self.plan(list, &before, confirmed.is_some());
        last.absent = plan.hold.clone();
        let hold = Hold {
            absent: Default::default(),
            ..plan.hold.clone()
        };
        if hold != remembered || plan.ask {
            self.remember(&hold, &plan).await?;
        }
        self.carry_out(plan, confirmed.unwrap_or(&ITSELF)).await
    }

    fn plan(&self, list: &List, before: &Hold, confirmed: bool) -> Plan {
        let mut servers = Vec::with_capacity(self.fleet.servers());
        self.fleet
            .each_server(|known, _| servers.push(Arc::clone(&known.server)));
        let servers = servers.iter().map(|server| &**server);
        inventory::reconcile(list, servers, before, confirmed, self.clock.now())
    }

    async fn remember(&self, hold: &Hold, plan: &Plan) -> Result<(), ChangeError> {
        let now = self.clock.now();
        let mut batch = Batch::new().put(&(), hold)?;
        if plan.ask {
            let notice = Notice::InventoryHeld { servers: plan.held };
            batch = self.owing.everyone(batch, &notice, now)?;
        }
        self.store.commit(batch).await?;
        Ok(())
    }

    async fn carry_out(&self, plan: Plan, remover: &Actor) -> Result<Report, SyncError> {
        let Plan {
            add,
            update,
            remove,
            unchanged,
            held,
            skipped,
            ..
        } = plan;
        let mut report = Report {
            unchanged,
            held,
            skipped,
            ..Report::default()
        };
        let mut adding = stream::iter(add)
            .map(async |entry| {
                (
                    entry.host_name.to_string(),
                    self.servers.add(new(entry), &ITSELF).await.map(drop),
                )
            })
            .buffer_unordered(AT_ONCE);
        while let Some((name, added)) = adding.next().await {
            report.added += report.counted(name, added)?;
        }
        let mut updating = stream::iter(update)
            .map(async |update| {
                let Update {
                    server,
                    host_name,
                    change,
                } = update;
                let updated = self.servers.edit(server, &change, &ITSELF).await;
                (host_name.to_string(), updated.map(drop))
            })
            .buffer_unordered(AT_ONCE);
        while let Some((name, updated)) = updating.next().await {
            report.updated += report.counted(name, updated)?;
        }
        let mut removing = stream::iter(remove)
            .map(|id| self.servers.remove(id, remover))
            .buffer_unordered(AT_ONCE);
        while let Some(removed) = removing.next().await {
            match removed {
                Ok(_) => report.removed += 1,
                // A person was quicker.
                Err(ChangeError::Missing) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(report)
    }
}

impl From<&Report> for Reconciled {
    fn from(report: &Report) -> Self {
        let count = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
        Self {
            added: count(report.added),
            updated: count(report.updated),
            removed: count(report.removed),
            unchanged: count(report.unchanged),
            held: count(report.held),
            skipped: count(report.skipped.len()),
        }
    }
}

impl Report {
    /// Counts a change that was made; one that cannot be is an entry that was not taken.
    fn counted(&mut self, entry: String, made: Result<(), AddError>) -> Result<usize, ChangeError> {
        let reason = match made {
            Ok(()) => return Ok(1),
            Err(AddError::Forbidden(reason)) => reason.to_string(),
            Err(AddError::Change(error @ (ChangeError::NameTaken(_) | ChangeError::Missing))) => {
                error.to_string()
            }
            Err(AddError::Change(error)) => return Err(error),
        };
        self.skipped.push(Skipped { entry, reason });
        Ok(0)
    }
}

fn new(entry: Entry) -> NewServer {
    let address = Address {
        target: entry.target,
        check: Some(entry.server_type.check()),
    };
    let fields = ServerFields {
        address: Some(address),
        environment: Some(entry.environment),
        ..ServerFields::default()
    };
    NewServer {
        name: entry.host_name,
        fields,
        server_type: entry.server_type,
        source: Source::Inventory,
    }
}
