//! Whose bot this is: the workspace that the token belongs to, asked of Slack at every start and remembered, so that no
//! other one is served meanwhile; and whether the bot still has access to it.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Notify, watch};
use tokio_util::sync::CancellationToken;

use crate::clock::SharedClock;
use crate::domain::backoff;
use crate::domain::ids::{TeamId, UserId};
use crate::service::ChangeError;
use crate::service::readiness::Trouble;
use crate::slack::client::{Identity, SharedSlack};
use crate::store::collections::OwnWorkspace;
use crate::store::{Batch, Store, StoreError};

/// At the very first start a request may overtake Slack's word on who the bot is: it is waited for so long.
const KNOWN_WITHIN: Duration = Duration::from_secs(1);

/// Whose a request is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    /// The bot's own workspace's.
    Ours,
    /// Another one's.
    Others,
    /// Slack has never said which workspace is the bot's.
    NotKnown,
}

/// The bot's own workspace.
pub struct Workspace {
    slack: SharedSlack,
    store: Store,
    clock: SharedClock,
    known: watch::Sender<Option<Identity>>,
    trouble: watch::Sender<Trouble>,
    ask_again: Notify,
}

impl std::fmt::Debug for Workspace {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Workspace")
    }
}

impl Workspace {
    /// The workspace as the store remembers it.
    ///
    /// # Errors
    /// The store's, where the record cannot be read.
    pub fn load(store: Store, slack: SharedSlack, clock: SharedClock) -> Result<Self, StoreError> {
        let stored = store.get::<OwnWorkspace>(&())?;
        let known = stored.map(|stored| Identity {
            team: stored.value.team,
            team_name: stored.value.team_name,
            bot: stored.value.bot,
        });
        Ok(Self {
            slack,
            store,
            clock,
            known: watch::Sender::new(known),
            trouble: watch::Sender::new(Some("Slack has not been asked yet".to_owned())),
            ask_again: Notify::new(),
        })
    }

    /// The bot's own user, where it is known.
    #[must_use]
    pub fn bot(&self) -> Option<UserId> {
        let known = self.known.borrow();
        known.as_ref().map(|identity| identity.bot.clone())
    }

    /// What keeps the bot from its workspace; nothing once Slack has said, since this start, who it is.
    #[must_use]
    pub fn trouble(&self) -> Trouble {
        self.trouble.borrow().clone()
    }

    /// Whose a request from this team is. A signature proves the app, not the workspace.
    pub async fn whose(&self, team: Option<&TeamId>) -> Whose {
        let mut known = self.known.subscribe();
        let own = tokio::select! {
            biased;
            own = known.wait_for(Option::is_some) => own.ok().and_then(|own| own.as_ref().map(|own| own.team.clone())),
            () = self.clock.sleep(KNOWN_WITHIN) => None,
        };
        match (own, team) {
            (Some(own), Some(team)) if own != *team => Whose::Others,
            (Some(_), _) => Whose::Ours,
            (None, _) => Whose::NotKnown,
        }
    }

    /// The workspace has taken the bot's access away, by Slack's word for how; it is looked whether it has come back.
    pub fn lost(&self, word: &str) {
        tracing::error!(
            word,
            "the workspace has taken the bot's access away: install the app again, and hand its new SLACK_BOT_TOKEN over"
        );
        self.trouble.send_replace(Some(format!(
            "the workspace has taken the bot's access away ({word}): install the app again, and hand its new \
             SLACK_BOT_TOKEN over"
        )));
        self.ask_again.notify_one();
    }

    /// Slack is asked anew who the bot is: its token is another, or may be.
    pub fn ask_again(&self) {
        self.ask_again.notify_one();
    }

    /// Asks Slack who the bot is until it says so, and again whenever access was lost.
    pub async fn run(self: Arc<Self>, stop: CancellationToken) {
        loop {
            let met = async {
                self.introduce().await;
                self.ask_again.notified().await;
            };
            if stop.run_until_cancelled(met).await.is_none() {
                return;
            }
        }
    }

    async fn introduce(&self) {
        let mut attempts = 0;
        loop {
            match self.slack.identity().await {
                Ok(identity) => return self.met(identity).await,
                Err(error) => {
                    let why = format!("Slack does not say who the bot is: {error}");
                    self.trouble.send_replace(Some(why));
                    tracing::error!(%error, "Slack does not say who the bot is");
                }
            }
            attempts += 1;
            let dice = self.clock.now().timestamp_subsec_nanos().into();
            tokio::select! {
                () = self.clock.sleep(backoff::wait(attempts, dice)) => {}
                () = self.ask_again.notified() => attempts = 0,
            }
        }
    }

    async fn met(&self, identity: Identity) {
        let before = self.known.send_replace(Some(identity.clone()));
        self.trouble.send_replace(None);
        tracing::info!(team = %identity.team, name = identity.team_name, "connected to Slack");
        if before.as_ref() == Some(&identity) {
            return;
        }
        if before.is_some_and(|before| before.team != identity.team) {
            tracing::warn!(
                "the token is of another workspace than before: its channels are unknown there"
            );
        }
        if let Err(error) = self.remember(identity).await {
            tracing::warn!(%error, "whose bot this is could not be kept; Slack is asked again at the next start");
        }
    }

    async fn remember(&self, identity: Identity) -> Result<(), ChangeError> {
        let own = OwnWorkspace {
            team: identity.team,
            team_name: identity.team_name,
            bot: identity.bot,
        };
        self.store.commit(Batch::new().put(&(), &own)?).await?;
        Ok(())
    }
}
