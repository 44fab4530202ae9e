//! Whether the bot does its work, part by part: alive is not enough.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Mutex, watch};

use crate::clock::SharedClock;
use crate::service::delivery::Delivery;
use crate::service::monitor::Checks;
use crate::service::socket::Standing;
use crate::service::workspace::Workspace;
use crate::store::Store;
use crate::store::collections::Pulse;

/// A part that has not answered by then does not do its work.
const WITHIN: Duration = Duration::from_secs(2);

/// The store is asked for a sign at most this often.
const SIGN_EVERY: Duration = Duration::from_secs(1);

/// What holds a part back; nothing where all is well.
pub type Trouble = Option<String>;

/// How each part stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Readiness {
    /// The store commits.
    pub store: Trouble,
    /// The probe loop turns.
    pub probes: Trouble,
    /// Slack has said who the bot is, and takes what it sends.
    pub slack: Trouble,
    /// Slack reaches the bot over Socket Mode; none where it comes over HTTP.
    pub socket: Option<Trouble>,
}

impl Readiness {
    /// Whether every part does its work.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        let parts = [&self.store, &self.probes, &self.slack];
        parts.into_iter().chain(&self.socket).all(Option::is_none)
    }
}

/// Looks at the parts.
#[derive(Debug)]
pub struct Watchman {
    store: Store,
    checks: Checks,
    workspace: Arc<Workspace>,
    delivery: Arc<Delivery>,
    socket: Option<watch::Receiver<Standing>>,
    clock: SharedClock,
    /// When the store last gave a sign, and which.
    last_sign: Mutex<Option<(Duration, Trouble)>>,
}

impl Watchman {
    /// Over these parts; `socket` where Slack is met over Socket Mode.
    #[must_use]
    pub fn new(
        store: Store,
        checks: Checks,
        workspace: Arc<Workspace>,
        delivery: Arc<Delivery>,
        socket: Option<watch::Receiver<Standing>>,
        clock: SharedClock,
    ) -> Self {
        Self {
            store,
            checks,
            workspace,
            delivery,
            socket,
            clock,
            last_sign: Mutex::default(),
        }
    }

    /// Asks each part for a sign.
    pub async fn look(&self) -> Readiness {
        let (store, probes) = tokio::join!(
            self.within("the store does not answer", self.store()),
            self.within("the probe loop does not turn", self.probes()),
        );
        let slack = self.workspace.trouble().or_else(|| {
            let refused = self.delivery.pause()?.reason;
            Some(format!("Slack refuses what the bot sends: {refused}"))
        });
        let socket = self.socket.as_ref();
        Readiness {
            store,
            probes,
            slack,
            socket: socket.map(|standing| standing.borrow().trouble()),
        }
    }

    /// Whoever asks often hears what was found a moment ago: a sign of the store costs a sync of the disk.
    async fn store(&self) -> Trouble {
        let mut last = self.last_sign.lock().await;
        let now = self.clock.elapsed();
        if let Some((at, trouble)) = &*last
            && now.saturating_sub(*at) < SIGN_EVERY
        {
            return trouble.clone();
        }
        let trouble = match Pulse::beat() {
            Ok(beat) => self.store.commit(beat).await.err().map(|e| e.to_string()),
            Err(error) => Some(error.to_string()),
        };
        *last = Some((self.clock.elapsed(), trouble.clone()));
        trouble
    }

    async fn probes(&self) -> Trouble {
        let turned = self.checks.turn().await;
        (!turned).then(|| "the probe loop has ended: Healthbot is stopping".to_owned())
    }

    async fn within(&self, late: &str, sign: impl Future<Output = Trouble>) -> Trouble {
        tokio::select! {
            trouble = sign => trouble,
            () = self.clock.sleep(WITHIN) => Some(format!("{late} within {} s", WITHIN.as_secs())),
        }
    }
}
