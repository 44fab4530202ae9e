//! What Slack asks, taken in: the same whether it came signed over HTTP or over Socket Mode. Whatever is asked for is
//! answered well within Slack's three seconds; slow work goes on, and is told through the `response_url`.

mod interactions;

use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use tokio_util::task::TaskTracker;

use crate::clock::SharedClock;
use crate::domain::audit::Via;
use crate::domain::command;
use crate::domain::event::Event;
use crate::domain::ids::{RequestId, UserId};
use crate::domain::reply::Reply;
use crate::service::commands::{self, Asker, Commands};
use crate::service::door::Door;
use crate::service::events::Events;
use crate::service::forms::Screen;
use crate::service::presses::Presses;
use crate::service::screens::Screens;
use crate::service::workspace::{Whose, Workspace};
use crate::slack::client::SharedSlack;
use crate::slack::hosts::ResponseUrl;
use crate::slack::inbound::{Caller, Envelope, SlashCommand};
use crate::slack::render::{self, FormAnswer, Message};

/// A command that takes longer is acknowledged, and answered through its `response_url`.
const ANSWER_WITHIN: Duration = Duration::from_millis(1_500);

/// The same where there is no `response_url`: Slack waits three seconds.
const ANSWER_AT_LAST: Duration = Duration::from_millis(2_500);

/// How often a late answer is tried.
const LATE_TRIES: u32 = 3;

/// How a request came.
#[derive(Debug, Clone)]
pub struct Arrival {
    /// What it is known by: the same when it comes again.
    pub request: RequestId,
    /// Whether its answer may say something, or only that it was taken.
    pub takes_words: bool,
}

/// What is answered to a request.
#[derive(Debug)]
pub enum Answer {
    /// It is taken.
    Taken,
    /// It is taken, and this is said.
    Says(Box<Words>),
    /// It is not taken: Slack is to send it again, or to tell the person that it failed.
    NotTaken,
}

/// What an answer says, as Slack takes it.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum Words {
    /// A message for the person alone.
    Private(Private),
    /// What becomes of a form.
    Form(FormAnswer),
}

/// A message for the person alone.
#[derive(Debug, Serialize)]
pub struct Private {
    response_type: &'static str,
    #[serde(flatten)]
    message: Message,
}

impl Answer {
    fn private(message: Message) -> Self {
        Self::Says(Box::new(Words::Private(Private {
            response_type: "ephemeral",
            message,
        })))
    }

    fn form(answer: FormAnswer) -> Self {
        Self::Says(Box::new(Words::Form(answer)))
    }
}

/// Takes in what Slack asks.
#[derive(Clone)]
pub struct Intake {
    /// The time.
    pub clock: SharedClock,
    /// Whose bot this is.
    pub workspace: Arc<Workspace>,
    /// Who is let in.
    pub door: Arc<Door>,
    /// Commands.
    pub commands: Arc<Commands>,
    /// Buttons.
    pub presses: Arc<Presses>,
    /// Home and forms.
    pub screens: Arc<Screens>,
    /// Events.
    pub events: Arc<Events>,
    /// For late answers.
    pub slack: SharedSlack,
    /// Work that outlives its request.
    pub tasks: TaskTracker,
}

impl std::fmt::Debug for Intake {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Intake")
    }
}

/// Why what somebody asks for is not done.
enum Refusal {
    /// They are of another workspace.
    Stranger,
    /// Slack has not yet said whose bot this is.
    NotReady,
    /// It was done before.
    Again,
    /// For this reason.
    Told(Box<Reply>),
}

impl Refusal {
    /// What a person is told who is owed an answer.
    fn told(self) -> Reply {
        match self {
            Self::Stranger => Reply::Stranger,
            Self::NotReady => Reply::NotReady,
            Self::Again => Reply::DoneAlready,
            Self::Told(reply) => *reply,
        }
    }
}

impl Intake {
    /// Carries out a command.
    pub async fn command(self: &Arc<Self>, command: SlashCommand, arrival: Arrival) -> Answer {
        let SlashCommand { caller, text } = command;
        let url = caller.response_url.clone();
        let takes_words = arrival.takes_words;
        let worker = Arc::clone(self);
        let work = async move {
            let parsed = command::parse(&text);
            // What only looks may be asked again.
            let changes = parsed.as_ref().is_ok_and(commands::changes_something);
            match (
                worker.admit(&caller, &arrival.request, changes).await,
                parsed,
            ) {
                (Err(refusal), _) => refusal.told(),
                (Ok(()), Err(error)) => Reply::Mistake(error),
                (Ok(()), Ok(command)) => {
                    let asker = asker(&caller, Via::Command);
                    worker.commands.handle(command, &asker).await
                }
            }
        };
        self.answer(work, url, takes_words).await
    }

    /// Follows what happened in the workspace.
    pub async fn event(&self, envelope: Envelope) -> Answer {
        match envelope {
            Envelope::Event {
                id,
                team,
                bot,
                event,
            } => match self.workspace.whose(team.as_ref()).await {
                Whose::Ours => {
                    let bot = self.workspace.bot().or(bot);
                    self.happened(&id, event, bot.as_ref()).await
                }
                Whose::Others => {
                    tracing::debug!("an event of another workspace");
                    Answer::Taken
                }
                Whose::NotKnown => Answer::NotTaken,
            },
            Envelope::Other(kind) => {
                tracing::debug!(kind, "an envelope that nothing is done about");
                Answer::Taken
            }
            Envelope::Challenge(_) => Answer::Taken,
        }
    }

    async fn happened(&self, id: &str, event: Event, bot: Option<&UserId>) -> Answer {
        if let Event::HomeOpened { user, state } = event {
            let screens = Arc::clone(&self.screens);
            self.tasks
                .spawn(async move { screens.opened(&user, state).await });
            return Answer::Taken;
        }
        match self.events.handle(id, event, bot).await {
            Ok(()) => Answer::Taken,
            Err(error) => {
                tracing::error!(event = id, %error, "an event was not taken; Slack will send it again");
                Answer::NotTaken
            }
        }
    }

    /// Says through the `response_url` what an answer that could not be given was to say.
    pub async fn say_elsewhere(&self, url: Option<ResponseUrl>, answer: &Answer) {
        if let (Some(url), Answer::Says(words)) = (url, answer)
            && let Words::Private(Private { message, .. }) = &**words
        {
            self.say_late(&url, message, false).await;
        }
    }

    /// Whether what somebody asks for is to be done: they are of this workspace, do not ask for too much at once, and
    /// where it `changes` something, did not ask for the very same before.
    async fn admit(
        &self,
        caller: &Caller,
        request: &RequestId,
        changes: bool,
    ) -> Result<(), Refusal> {
        match self.workspace.whose(caller.team.as_ref()).await {
            Whose::Ours => {}
            Whose::Others => return Err(Refusal::Stranger),
            Whose::NotKnown => return Err(Refusal::NotReady),
        }
        if !self.door.admits(&caller.user) {
            return Err(Refusal::Told(Box::new(Reply::TooFast)));
        }
        if !changes {
            return Ok(());
        }
        match self.door.first_time(request).await {
            Ok(true) => Ok(()),
            Ok(false) => Err(Refusal::Again),
            Err(error) => Err(Refusal::Told(Box::new(error.into()))),
        }
    }

    /// Answers at once where the work is quick and words are taken, else acknowledges and answers late.
    async fn answer(
        self: &Arc<Self>,
        work: impl Future<Output = Reply> + Send + 'static,
        url: Option<ResponseUrl>,
        takes_words: bool,
    ) -> Answer {
        let mut work = self.tasks.spawn(work);
        let late = async {
            match (takes_words, &url) {
                (false, _) => {}
                (true, Some(_)) => self.clock.sleep(ANSWER_WITHIN).await,
                (true, None) => self.clock.sleep(ANSWER_AT_LAST).await,
            }
        };
        tokio::select! {
            said = &mut work, if takes_words => match said {
                Ok(said) => self.message(&said).map_or(Answer::Taken, Answer::private),
                Err(_) => Answer::NotTaken,
            },
            () = late => {
                let intake = Arc::clone(self);
                self.tasks.spawn(async move {
                    if let Ok(said) = work.await {
                        intake.answer_late(url, &said, false).await;
                    }
                });
                Answer::Taken
            }
        }
    }

    async fn answer_late(&self, url: Option<ResponseUrl>, said: &Reply, replace: bool) {
        if let (Some(url), Some(message)) = (url, self.message(said)) {
            self.say_late(&url, &message, replace).await;
        }
    }

    async fn say_late(&self, url: &ResponseUrl, message: &Message, replace: bool) {
        for attempt in 1..=LATE_TRIES {
            match self.slack.respond(url, message, replace).await {
                Ok(()) => return,
                Err(error) => tracing::warn!(%error, attempt, "an answer did not arrive"),
            }
            self.clock.sleep(Duration::from_secs(attempt.into())).await;
        }
    }

    /// What is said, as a message; nothing where it is shown elsewhere.
    fn message(&self, said: &Reply) -> Option<Message> {
        match said {
            Reply::Elsewhere => None,
            reply => Some(render::reply(self.screens.words(), reply, self.clock.now())),
        }
    }
}

fn asker(caller: &Caller, via: Via) -> Asker {
    Asker {
        user: caller.user.clone(),
        conversation: caller.conversation.clone(),
        conversation_name: caller.conversation_name.clone(),
        via,
        screen: caller.trigger.clone().map(Screen::Above),
    }
}
