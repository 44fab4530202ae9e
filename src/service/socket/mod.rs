//! Socket Mode, kept up: a connection is opened, and the next one before it goes. What comes over it goes where
//! requests over HTTP go.

mod life;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{oneshot, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::clock::SharedClock;
use crate::domain::backoff;
use crate::service::intake::Intake;
use crate::service::readiness::Trouble;
use crate::slack::client::DEADLINE;
use crate::slack::error::SendError;
use crate::slack::socket::{Connection, Frame, Heard, Parting, SocketClient, mend};

use life::{End, Life};

/// A connection that lived this long was a good one: whatever went wrong before it is over.
const STEADY: Duration = Duration::from_secs(60);

/// How the connections stand.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Standing {
    /// How many are open.
    open: usize,
    /// Why there is none.
    why: String,
}

impl Standing {
    /// Whether Slack can reach the bot.
    #[must_use]
    pub const fn is_connected(&self) -> bool {
        self.open > 0
    }

    /// What keeps Slack from reaching the bot.
    #[must_use]
    pub fn trouble(&self) -> Trouble {
        (!self.is_connected()).then(|| self.why.clone())
    }
}

/// Keeps a connection open.
pub struct SocketMode {
    client: Arc<SocketClient>,
    intake: Arc<Intake>,
    clock: SharedClock,
    standing: watch::Sender<Standing>,
}

impl std::fmt::Debug for SocketMode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SocketMode")
    }
}

impl SocketMode {
    /// Connections of `client`, whose envelopes go to `intake`.
    #[must_use]
    pub fn new(client: SocketClient, intake: Arc<Intake>, clock: SharedClock) -> Self {
        let standing = Standing {
            open: 0,
            why: "the Socket Mode connection has not been opened yet".to_owned(),
        };
        Self {
            client: Arc::new(client),
            intake,
            clock,
            standing: watch::Sender::new(standing),
        }
    }

    /// Who opens the connections.
    #[must_use]
    pub fn client(&self) -> Arc<SocketClient> {
        Arc::clone(&self.client)
    }

    /// How the connections stand, from now on.
    #[must_use]
    pub fn standing(&self) -> watch::Receiver<Standing> {
        self.standing.subscribe()
    }

    /// Keeps a connection open until told to stop; then what is in hand is finished and acknowledged first.
    pub async fn run(self, stop: CancellationToken) {
        let lives = TaskTracker::new();
        let mut renewals = self.client.renewals();
        let mut failures = 0;
        while let Some(opened) = stop.run_until_cancelled(self.open()).await {
            let end = match opened {
                Ok(connection) => {
                    let since = self.clock.elapsed();
                    let (next, ended) = oneshot::channel();
                    let life = Life::new(
                        Arc::clone(&self.client),
                        Arc::clone(&self.intake),
                        Arc::clone(&self.clock),
                        self.standing.clone(),
                        next,
                    );
                    lives.spawn(life.run(connection, stop.clone()));
                    let Some(end) = stop.run_until_cancelled(ended).await else {
                        break;
                    };
                    if self.clock.elapsed().saturating_sub(since) >= STEADY {
                        failures = 0;
                    }
                    end.unwrap_or(End::Broken("its task has ended"))
                }
                Err(end) => end,
            };
            failures += 1;
            self.tell(&end);
            let dice = self.clock.now().timestamp_subsec_nanos().into();
            let pause = pause(&end, failures, dice);
            let waited = async {
                tokio::select! {
                    () = self.clock.sleep(pause) => {}
                    _ = renewals.changed() => {}
                }
            };
            stop.run_until_cancelled(waited).await;
        }
        lives.close();
        lives.wait().await;
    }

    /// Opens a connection and waits for Slack's hello.
    async fn open(&self) -> Result<Connection, End> {
        let url = self.client.open().await.map_err(End::NotOpened)?;
        let hello = async {
            let connecting = self.client.connect(&url).await;
            let mut connection = connecting.map_err(End::NotOpened)?;
            loop {
                match connection.hear(self.client.hosts()).await {
                    Heard::Said(Ok(Frame::Hello { connections, lasts })) => {
                        tracing::info!(connections, ?lasts, "Slack says hello over Socket Mode");
                        return Ok(connection);
                    }
                    Heard::Said(Ok(Frame::Disconnect(Parting::LinkDisabled))) => {
                        return Err(End::LinkDisabled);
                    }
                    Heard::End(why) => return Err(End::Broken(why)),
                    // Whatever comes before the hello comes again: nobody has acknowledged it.
                    _ => {}
                }
            }
        };
        tokio::select! {
            hello = hello => hello,
            () = self.clock.sleep(DEADLINE) => Err(End::Broken("Slack did not say hello in time")),
        }
    }

    /// Says why a connection is not there, or another one is wanted.
    fn tell(&self, end: &End) {
        let why = match end {
            End::Renewal => {
                tracing::info!("Slack wants the Socket Mode connection to be renewed");
                "Slack wanted the Socket Mode connection to be renewed".to_owned()
            }
            End::Broken(why) => {
                tracing::warn!(why, "a Socket Mode connection has ended");
                format!("the last Socket Mode connection has ended: {why}")
            }
            End::NotOpened(error @ SendError::Retry { .. }) => {
                tracing::warn!(%error, "no Socket Mode connection could be opened");
                format!("no Socket Mode connection can be opened: {error}")
            }
            End::NotOpened(error) => self.refused(error.reason()),
            End::LinkDisabled => self.refused("link_disabled"),
        };
        self.standing.send_modify(|standing| standing.why = why);
    }

    fn refused(&self, word: &str) -> String {
        let mend = mend(word);
        tracing::error!(word, "Slack opens no Socket Mode connection; {mend}");
        format!("Slack opens no Socket Mode connection ({word}); {mend}")
    }
}

/// How long to wait before the next connection is opened, after so many that did not last. The first try is made at
/// once; where a person has to mend something first, Slack is not asked often; where Slack asked for a while, it gets it.
fn pause(end: &End, failures: u32, dice: u64) -> Duration {
    let back_off = match failures {
        0 | 1 => Duration::ZERO,
        _ => backoff::wait(failures - 1, dice),
    };
    match end {
        End::NotOpened(SendError::Retry {
            after: Some(after), ..
        }) => back_off.max(*after),
        End::Renewal | End::Broken(_) | End::NotOpened(SendError::Retry { .. }) => back_off,
        End::NotOpened(_) | End::LinkDisabled => backoff::wait(u32::MAX, dice),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn later(after: Option<u64>) -> End {
        End::NotOpened(SendError::Retry {
            after: after.map(Duration::from_secs),
            ambiguous: false,
            reason: String::new(),
        })
    }

    #[test]
    fn the_first_try_is_at_once_and_the_others_wait_longer_and_longer() {
        for end in [End::Renewal, End::Broken(""), later(None)] {
            assert_eq!(pause(&end, 1, 0), Duration::ZERO);
            let waits: Vec<_> = (2..20).map(|failures| pause(&end, failures, 0)).collect();
            assert!(waits.is_sorted() && waits[0] >= backoff::FIRST / 2);
            assert_eq!(waits.last(), Some(&(backoff::LONGEST / 2)));
        }
    }

    #[test]
    fn slack_gets_the_time_it_asks_for_and_a_person_the_time_it_takes() {
        assert_eq!(pause(&later(Some(90)), 1, 0), Duration::from_secs(90));
        assert_eq!(pause(&later(Some(1)), 9, 0), backoff::LONGEST / 2);
        for end in [
            End::LinkDisabled,
            End::NotOpened(SendError::of_name("invalid_auth")),
            End::NotOpened(SendError::of_name("not_allowed_token_type")),
        ] {
            assert!(pause(&end, 1, 0) >= backoff::LONGEST / 2);
        }
    }
}
