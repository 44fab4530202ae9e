//! The company's inventory, reconciled with the servers that are watched.

mod report;

use std::collections::HashMap;
use std::sync::Arc;

use futures_util::{StreamExt, stream};
use reqwest::header::HeaderValue;
use tokio::sync::Mutex;
use tokio_util::sync::CancellationToken;

use crate::clock::SharedClock;
use crate::domain::audit::{Actor, Via};
use crate::domain::command::ServerFields;
use crate::domain::ids::ServerId;
use crate::domain::inventory::{
    self, Consent, Entry, Held, Hold, List, Mark, NoList, Plan, Standing, Update, Verdict,
};
use crate::domain::server::Source;
use crate::domain::target::{Address, Target};
use crate::inventory::{FetchError, Fetched, InventoryClient};
use crate::service::ChangeError;
use crate::service::base::Base;
use crate::service::fleet::Fleet;
use crate::service::owing::Owing;
use crate::service::servers::{NewServer, Servers};
use crate::store::{Batch, Store};
use crate::telemetry::metrics::{Metrics, Reconciled};

pub use report::Report;

/// How many changes are under way at once; the store commits those that wait together.
const AT_ONCE: usize = 256;

/// What came of somebody's decision that servers stay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kept {
    /// They stay; by whoever decided that first.
    Settled(Verdict),
    /// Others are held than were asked about.
    Changed(Held),
    /// None are held any more.
    NotHeld,
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
    /// Whatever the inventory does, the bot does not wait for it any more.
    #[error("the bot is stopping")]
    Stopping,
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
    absent: HashMap<ServerId, u8>,
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
    /// One decision about what is held at a time. It is not held while a list is fetched: whoever decides that servers
    /// stay does not wait for that.
    deciding: Mutex<()>,
    stopping: CancellationToken,
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
            deciding: Mutex::default(),
            stopping: CancellationToken::new(),
        }
    }

    /// Waits for no list any more, however long the inventory takes for it.
    pub fn stop(&self) {
        self.stopping.cancel();
    }

    /// Whether an inventory is configured.
    #[must_use]
    pub const fn is_configured(&self) -> bool {
        self.client.is_some()
    }

    /// One round of the schedule: what fails is logged and done in the next one.
    pub async fn tick(&self) {
        match self.sync(Consent::No, &ITSELF).await {
            Ok(report) => {
                let Report {
                    added,
                    updated,
                    removed,
                    ..
                } = report;
                let held = report.held();
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
            Err(SyncError::NotConfigured | SyncError::Stopping) => {}
            Err(error) => {
                tracing::warn!(%error, "the inventory was not reconciled; nothing was changed")
            }
        }
    }

    /// Fetches the list and reconciles. Where whoever asks for it consents, what is held is removed in their name.
    ///
    /// # Errors
    /// A [`SyncError`]; what was changed before a store's refusal stays changed.
    pub async fn sync(&self, consent: Consent, by: &Actor) -> Result<Report, SyncError> {
        let client = self.client.as_ref().ok_or(SyncError::NotConfigured)?;
        let report = self.reconcile(client, consent, by).await;
        let done = report.as_ref().ok().map(Reconciled::from);
        self.metrics.reconciled(done, self.clock.now());
        report
    }

    async fn reconcile(
        &self,
        client: &InventoryClient,
        consent: Consent,
        by: &Actor,
    ) -> Result<Report, SyncError> {
        let mut last = self.last.lock().await;
        let fetching = client.fetch(last.tag.as_ref());
        let fetched = self.stopping.run_until_cancelled(fetching).await;
        if let Fetched::List { body, tag } = fetched.ok_or(SyncError::Stopping)?? {
            let refuses = |target: &Target| self.servers.refuses(target);
            last.list = Some(inventory::parse(&body, refuses)?);
            last.tag = tag;
        }
        let Some(list) = &last.list else {
            return Ok(Report::default());
        };
        let _turn = self.deciding.lock().await;
        let remembered = self.remembered()?;
        let before = Hold {
            absent: last.absent.clone(),
            ..remembered.clone()
        };
        let mut plan = self.plan(list, &before, consent);
        last.absent = std::mem::take(&mut plan.hold.absent);
        let (hold, standing) = (plan.hold.clone(), plan.standing.clone());
        let released = standing == Standing::Released;
        // What was let go of is told once it is gone.
        if hold != remembered && !released {
            let verdict = match standing {
                Standing::Ended { missing } => Some(Verdict::Over { missing }),
                _ => None,
            };
            let ask = matches!(standing, Standing::Held { ask: true, .. });
            self.remember(&remembered, &hold, ask, verdict).await?;
        }
        let report = self.carry_out(plan, by).await?;
        if released {
            let (count, by) = (report.removed, by.clone());
            let verdict = Some(Verdict::Removed { count, by });
            self.remember(&remembered, &hold, false, verdict).await?;
        }
        Ok(report)
    }

    /// Notes that somebody decided that the servers that they were asked about stay, and tells all who were asked. The
    /// first to decide stays named.
    ///
    /// # Errors
    /// The store's.
    pub async fn keep(&self, asked: Option<Mark>, by: &Actor) -> Result<Kept, ChangeError> {
        let _turn = self.deciding.lock().await;
        let hold = self.remembered()?;
        let Some(held) = hold.held.clone().filter(|_| hold.since.is_some()) else {
            return Ok(Kept::NotHeld);
        };
        if asked != Some(held.mark) {
            return Ok(Kept::Changed(held));
        }
        let verdict = Verdict::Kept {
            count: held.count,
            by: hold.kept.as_ref().unwrap_or(by).clone(),
        };
        if hold.kept.is_none() {
            let kept = Hold {
                kept: Some(by.clone()),
                ..hold.clone()
            };
            self.remember(&hold, &kept, false, Some(verdict.clone()))
                .await?;
        }
        Ok(Kept::Settled(verdict))
    }

    fn plan(&self, list: &List, before: &Hold, consent: Consent) -> Plan {
        let mut servers = Vec::with_capacity(self.fleet.servers());
        self.fleet
            .each_server(|known, _| servers.push(Arc::clone(&known.server)));
        let servers = servers.iter().map(|server| &**server);
        inventory::reconcile(list, servers, before, consent, self.clock.now())
    }

    fn remembered(&self) -> Result<Hold, ChangeError> {
        let stored = self.store.get::<Hold>(&())?;
        Ok(stored.map(|stored| stored.value).unwrap_or_default())
    }

    /// Writes down how the hold stands, and owes what is to be said of it: the question, or what became of it.
    async fn remember(
        &self,
        before: &Hold,
        hold: &Hold,
        ask: bool,
        verdict: Option<Verdict>,
    ) -> Result<(), ChangeError> {
        let now = self.clock.now();
        let mut batch = Batch::new().put(&(), hold)?;
        if let (Some(verdict), Some(since)) = (verdict, before.since) {
            batch = self.owing.settled(batch, since, &verdict, now)?;
        }
        if let (true, Some(held), Some(since)) = (ask, &hold.held, hold.since) {
            batch = self.owing.question(batch, held.count, since, now)?;
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
            standing,
            skipped,
            ..
        } = plan;
        let mut report = Report {
            unchanged,
            standing,
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
