//! One connection's life: what Slack says is taken in, acknowledged once it was answered, and the end noticed early.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot, watch};
use tokio_util::sync::CancellationToken;

use super::Standing;
use crate::clock::SharedClock;
use crate::service::intake::{Answer, Arrival, Intake};
use crate::slack::error::SendError;
use crate::slack::hosts::ResponseUrl;
use crate::slack::socket::{
    Connection, Content, Envelope, Frame, Gone, Heard, Parting, SocketClient,
};

/// How often a connection is asked for a sign of life. Slack itself pings every ten to thirty seconds.
const PING_EVERY: Duration = Duration::from_secs(10);

/// A connection on which nothing at all was heard for so long is dead, whatever TCP believes.
const SILENT: Duration = Duration::from_secs(30);

/// One that answers pings, but over which Slack itself said nothing for so long, is somebody else's.
const FORSAKEN: Duration = Duration::from_secs(120);

/// A connection that Slack wants to end is read to its end, but no longer than this.
const RETIRED: Duration = Duration::from_secs(60);

/// Writing takes no longer on a connection that lives.
const WRITE_WITHIN: Duration = Duration::from_secs(5);

/// The goodbye may take no longer.
const FAREWELL: Duration = Duration::from_secs(1);

/// So many envelopes are in hand at once; more are read when there is room again.
const IN_HAND: usize = 256;

/// Why another connection is to be opened, or why there is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum End {
    /// Slack wants it to be renewed.
    Renewal,
    /// It has ended.
    Broken(&'static str),
    /// It was not opened.
    NotOpened(SendError),
    /// Socket Mode is switched off.
    LinkDisabled,
}

/// What an envelope came to.
struct Done {
    envelope_id: String,
    answer: Answer,
    /// Where it is said when the connection has gone meanwhile.
    url: Option<ResponseUrl>,
}

impl Done {
    fn say_elsewhere(self, intake: &Arc<Intake>) {
        let teller = Arc::clone(intake);
        intake.tasks.spawn(async move {
            teller.say_elsewhere(self.url, &self.answer).await;
        });
    }
}

/// A connection, and what it needs.
pub(super) struct Life {
    client: Arc<SocketClient>,
    intake: Arc<Intake>,
    clock: SharedClock,
    standing: watch::Sender<Standing>,
    /// How many envelopes are neither acknowledged nor given up.
    in_hand: usize,
    /// When anything was heard last.
    heard: Duration,
    /// When Slack itself said something last.
    called: Duration,
    /// When it is closed, though Slack has not done so.
    closes: Option<Duration>,
    /// Who opens the next connection, until it was told to.
    next: Option<oneshot::Sender<End>>,
}

impl Life {
    /// A life that begins now; `next` is told once another connection is wanted.
    pub(super) fn new(
        client: Arc<SocketClient>,
        intake: Arc<Intake>,
        clock: SharedClock,
        standing: watch::Sender<Standing>,
        next: oneshot::Sender<End>,
    ) -> Self {
        let now = clock.elapsed();
        Self {
            client,
            intake,
            clock,
            standing,
            in_hand: 0,
            heard: now,
            called: now,
            closes: None,
            next: Some(next),
        }
    }

    /// Reads until the connection ends, Slack wants it to end, or `stop`.
    pub(super) async fn run(mut self, mut connection: Connection, stop: CancellationToken) {
        self.standing.send_modify(|standing| standing.open += 1);
        let (done, mut finished) = mpsc::channel(IN_HAND);
        let ended = self
            .read(&mut connection, &done, &mut finished, &stop)
            .await;
        self.standing.send_modify(|standing| {
            standing.open = standing.open.saturating_sub(1);
        });
        match ended {
            Ok(()) => tokio::select! {
                () = connection.close() => {}
                () = self.clock.sleep(FAREWELL) => {}
            },
            Err(why) => self.want_next(End::Broken(why)),
        }
        // Whatever is finished later finds this closed, and answers elsewhere by itself.
        finished.close();
        while let Some(done) = finished.recv().await {
            done.say_elsewhere(&self.intake);
        }
    }

    /// Reads and acknowledges until the connection is to be closed.
    ///
    /// # Errors
    /// Why it has ended by itself.
    async fn read(
        &mut self,
        connection: &mut Connection,
        done: &mpsc::Sender<Done>,
        finished: &mut mpsc::Receiver<Done>,
        stop: &CancellationToken,
    ) -> Result<(), &'static str> {
        let client = Arc::clone(&self.client);
        let mut look = self.clock.sleep(PING_EVERY);
        loop {
            let closing = stop.is_cancelled() || self.is_over();
            if closing && self.in_hand == 0 {
                return Ok(());
            }
            tokio::select! {
                Some(done) = finished.recv() => self.acknowledge(connection, done).await?,
                heard = connection.hear(client.hosts()), if !closing && self.in_hand < IN_HAND => {
                    self.hear(heard, done)?;
                }
                () = stop.cancelled(), if !closing => {}
                () = &mut look => {
                    look = self.clock.sleep(PING_EVERY);
                    self.look(connection).await?;
                }
            }
        }
    }

    fn hear(&mut self, heard: Heard, done: &mpsc::Sender<Done>) -> Result<(), &'static str> {
        self.heard = self.clock.elapsed();
        if !matches!(heard, Heard::Pong) {
            self.called = self.heard;
        }
        match heard {
            Heard::End(why) => return Err(why),
            Heard::Said(Ok(Frame::Envelope(envelope))) => self.take(*envelope, done),
            Heard::Said(Ok(Frame::Disconnect(parting))) => self.retire(match parting {
                Parting::Renewal => End::Renewal,
                Parting::LinkDisabled => End::LinkDisabled,
                Parting::Other(reason) => {
                    tracing::info!(reason, "Slack ends a connection");
                    End::Renewal
                }
            }),
            Heard::Said(Ok(Frame::Other(kind))) => {
                tracing::debug!(kind, "a message that nothing is done about");
            }
            Heard::Said(Err(error)) => tracing::debug!(%error, "a message that cannot be read"),
            Heard::Said(Ok(Frame::Hello { .. })) | Heard::Ping | Heard::Pong => {}
        }
        Ok(())
    }

    /// Another connection is wanted. This one is read on: what Slack has sent over it is still acknowledged there.
    fn retire(&mut self, end: End) {
        self.closes = self.closes.or(Some(self.clock.elapsed() + RETIRED));
        self.want_next(end);
    }

    fn want_next(&mut self, end: End) {
        if let Some(next) = self.next.take() {
            // At the end of the process nobody opens another one.
            let _ = next.send(end);
        }
    }

    fn is_over(&self) -> bool {
        self.closes.is_some_and(|at| at <= self.clock.elapsed())
    }

    fn take(&mut self, envelope: Envelope, done: &mpsc::Sender<Done>) {
        self.in_hand += 1;
        let (intake, done) = (Arc::clone(&self.intake), done.clone());
        self.intake.tasks.spawn(async move {
            let envelope_id = envelope.id.clone();
            let url = match &envelope.content {
                Content::Command(command) => command.caller.response_url.clone(),
                _ => None,
            };
            // In a task of its own, so that one that panics is no longer in hand either.
            let work = intake.tasks.spawn(take_in(Arc::clone(&intake), envelope));
            let answer = work.await.unwrap_or(Answer::NotTaken);
            let finished = Done {
                envelope_id,
                answer,
                url,
            };
            if let Err(mpsc::error::SendError(finished)) = done.send(finished).await {
                finished.say_elsewhere(&intake);
            }
        });
    }

    async fn acknowledge(
        &mut self,
        connection: &mut Connection,
        done: Done,
    ) -> Result<(), &'static str> {
        self.in_hand -= 1;
        let words = match &done.answer {
            // Slack sends it again, or says that it failed.
            Answer::NotTaken => return Ok(()),
            Answer::Taken => None,
            Answer::Says(words) => Some(&**words),
        };
        let written = self
            .written(connection.acknowledge(&done.envelope_id, words))
            .await;
        if written.is_err() {
            done.say_elsewhere(&self.intake);
        }
        written
    }

    /// Looks whether the connection still lives, and asks it.
    async fn look(&mut self, connection: &mut Connection) -> Result<(), &'static str> {
        let now = self.clock.elapsed();
        if now.saturating_sub(self.heard) >= SILENT {
            return Err("nothing was heard for half a minute");
        }
        if now.saturating_sub(self.called) >= FORSAKEN {
            self.retire(End::Broken("Slack said nothing for two minutes"));
        }
        self.written(connection.ping()).await
    }

    async fn written(
        &self,
        write: impl Future<Output = Result<(), Gone>>,
    ) -> Result<(), &'static str> {
        tokio::select! {
            written = write => written.map_err(|_| "it broke"),
            () = self.clock.sleep(WRITE_WITHIN) => Err("nothing more could be written"),
        }
    }
}

/// What Slack wants, taken in as if it had come over HTTP.
async fn take_in(intake: Arc<Intake>, envelope: Envelope) -> Answer {
    if let Some((attempt, reason)) = envelope.retry {
        tracing::debug!(attempt, reason, "an envelope that comes again");
    }
    let arrival = Arrival {
        request: envelope.request,
        takes_words: envelope.takes_words,
    };
    match envelope.content {
        Content::Command(command) => intake.command(command, arrival).await,
        Content::Interaction(interaction) => intake.interaction(interaction, arrival).await,
        Content::Event(event) => intake.event(event).await,
        Content::Nothing => {
            tracing::debug!("an envelope that nothing is done about");
            Answer::Taken
        }
    }
}
