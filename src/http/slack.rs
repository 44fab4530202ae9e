//! Slack's three routes. A request is capped, then verified, and only then read; whatever it asks for, Slack is answered
//! well within its three seconds.

mod interactions;

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::Router;
use axum::body::Bytes;
use axum::extract::{FromRequest, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use serde::Serialize;
use tokio::sync::watch;
use tokio_util::task::TaskTracker;

use crate::clock::SharedClock;
use crate::domain::audit::Via;
use crate::domain::command;
use crate::domain::event::Event;
use crate::domain::ids::{RequestId, TeamId};
use crate::domain::reply::Reply;
use crate::http::body;
use crate::service::commands::{self, Asker, Commands};
use crate::service::door::Door;
use crate::service::events::Events;
use crate::service::forms::Screen;
use crate::service::presses::Presses;
use crate::service::screens::Screens;
use crate::slack::client::{Identity, SharedSlack};
use crate::slack::inbound::{self, Caller, Envelope, SlashCommand};
use crate::slack::render::{self, Message};
use crate::slack::verify::Verifier;
use crate::slack::webhook::{HostRule, ResponseUrl};

/// A command that takes longer is acknowledged, and answered through its `response_url`.
const ANSWER_WITHIN: Duration = Duration::from_millis(1_500);

/// The same where there is no `response_url`: Slack waits three seconds.
const ANSWER_AT_LAST: Duration = Duration::from_millis(2_500);

/// How often a late answer is tried.
const LATE_TRIES: u32 = 3;

/// What the routes need.
#[derive(Clone)]
pub struct SlackRoutes {
    /// Checks signatures.
    pub verifier: Arc<Verifier>,
    /// Which hosts may be answered.
    pub hosts: HostRule,
    /// The time.
    pub clock: SharedClock,
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
    /// Who the bot is, once Slack has said so.
    pub identity: watch::Receiver<Option<Identity>>,
    /// Work that outlives its request.
    pub tasks: TaskTracker,
}

/// The router of Slack's routes.
pub fn router(routes: SlackRoutes) -> Router {
    Router::new()
        .route("/slack/commands", post(command))
        .route("/slack/interactions", post(interactions::interaction))
        .route("/slack/events", post(event))
        .with_state(Arc::new(routes))
}

/// A body that Slack signed, and what the request is known by.
struct Signed(Bytes, RequestId);

impl FromRequest<Arc<SlackRoutes>> for Signed {
    type Rejection = StatusCode;

    async fn from_request(request: Request, routes: &Arc<SlackRoutes>) -> Result<Self, StatusCode> {
        let (parts, body) = request.into_parts();
        let body = body::read(body, &routes.clock).await?;
        let verified = routes
            .verifier
            .verify(&parts.headers, &body, routes.clock.now());
        match verified {
            Ok(request) => Ok(Self(body, request)),
            // Slack's test of the certificate comes unsigned and wants an empty 200.
            Err(_) if inbound::is_ssl_check(&body) => Err(StatusCode::OK),
            Err(_) => Err(StatusCode::UNAUTHORIZED),
        }
    }
}

async fn command(
    State(routes): State<Arc<SlackRoutes>>,
    Signed(body, request): Signed,
) -> Response {
    // A person must be told, so what cannot be read is answered too; Slack would show an error of its own otherwise.
    let Ok(command) = inbound::slash_command(&body, &routes.hosts) else {
        return StatusCode::OK.into_response();
    };
    if inbound::is_ssl_check(&body) {
        return StatusCode::OK.into_response();
    }
    let SlashCommand { caller, text } = command;
    let url = caller.response_url.clone();
    let worker = Arc::clone(&routes);
    let work = async move {
        let parsed = command::parse(&text);
        // What only looks may be asked again.
        let changes = parsed.as_ref().is_ok_and(commands::changes_something);
        match (worker.admit(&caller, &request, changes).await, parsed) {
            (Err(refusal), _) => refusal.told(),
            (Ok(()), Err(error)) => Reply::Mistake(error),
            (Ok(()), Ok(command)) => {
                let asker = asker(&caller, Via::Command);
                worker.commands.handle(command, &asker).await
            }
        }
    };
    routes.answer(work, url).await
}

async fn event(State(routes): State<Arc<SlackRoutes>>, Signed(body, _): Signed) -> Response {
    match inbound::envelope(&body) {
        Ok(Envelope::Challenge(challenge)) => challenge.into_response(),
        Ok(Envelope::Event {
            team,
            event: Event::HomeOpened { user, state },
            ..
        }) if routes.is_ours(team.as_ref()) => {
            let screens = Arc::clone(&routes.screens);
            routes
                .tasks
                .spawn(async move { screens.opened(&user, state).await });
            StatusCode::OK.into_response()
        }
        Ok(Envelope::Event {
            id,
            team,
            bot,
            event,
        }) if routes.is_ours(team.as_ref()) => {
            let known = routes
                .identity
                .borrow()
                .as_ref()
                .map(|identity| identity.bot.clone());
            let bot = known.or(bot);
            match routes.events.handle(&id, event, bot.as_ref()).await {
                Ok(()) => StatusCode::OK.into_response(),
                Err(error) => {
                    tracing::error!(event = id, %error, "an event was not taken; Slack will send it again");
                    StatusCode::SERVICE_UNAVAILABLE.into_response()
                }
            }
        }
        Ok(Envelope::Event { .. }) => {
            tracing::debug!("an event of another workspace");
            StatusCode::OK.into_response()
        }
        Ok(Envelope::Other(kind)) => {
            tracing::debug!(kind, "an envelope that nothing is done about");
            StatusCode::OK.into_response()
        }
        Err(error) => {
            tracing::debug!(%error, "an event that cannot be read");
            StatusCode::OK.into_response()
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

/// Why what somebody asks for is not done.
enum Refusal {
    /// They are of another workspace.
    Stranger,
    /// It was done before.
    Again,
    /// For this reason.
    Told(Box<Reply>),
}

impl Refusal {
    /// What a person is told who is owed an answer.
    fn told(self) -> Reply {
        match self {
            Self::Stranger => Reply::NotAllowed,
            Self::Again => Reply::DoneAlready,
            Self::Told(reply) => *reply,
        }
    }
}

/// A message for the person alone, as the answer to a command.
#[derive(Serialize)]
struct Private {
    response_type: &'static str,
    #[serde(flatten)]
    message: Message,
}

impl SlackRoutes {
    /// Whether a request comes from the bot's own workspace. A signature proves the app, not the workspace; until Slack
    /// has said which one is the bot's, the signature has to do.
    fn is_ours(&self, team: Option<&TeamId>) -> bool {
        match (&*self.identity.borrow(), team) {
            (Some(identity), Some(team)) => identity.team == *team,
            _ => true,
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
        if !self.is_ours(caller.team.as_ref()) {
            return Err(Refusal::Stranger);
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
            Err(error) => Err(Refusal::Told(Box::new(commands::refusal(error)))),
        }
    }

    fn private(&self, reply: &Reply) -> Json<Private> {
        let message = render::reply(self.screens.words(), reply, self.clock.now());
        Json(Private {
            response_type: "ephemeral",
            message,
        })
    }

    /// Answers at once where the work is quick, else acknowledges and answers late.
    async fn answer(
        self: &Arc<Self>,
        work: impl Future<Output = Reply> + Send + 'static,
        url: Option<ResponseUrl>,
    ) -> Response {
        let mut work = self.tasks.spawn(work);
        let within = if url.is_some() {
            ANSWER_WITHIN
        } else {
            ANSWER_AT_LAST
        };
        tokio::select! {
            reply = &mut work => match reply {
                Ok(Reply::Elsewhere) => StatusCode::OK.into_response(),
                Ok(reply) => self.private(&reply).into_response(),
                Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
            },
            () = self.clock.sleep(within) => {
                let routes = Arc::clone(self);
                self.tasks.spawn(async move {
                    if let Ok(reply) = work.await {
                        routes.answer_late(url, &reply, false).await;
                    }
                });
                StatusCode::OK.into_response()
            }
        }
    }

    async fn answer_late(&self, url: Option<ResponseUrl>, reply: &Reply, replace: bool) {
        let Some(url) = url.filter(|_| !matches!(reply, Reply::Elsewhere)) else {
            return;
        };
        let message = render::reply(self.screens.words(), reply, self.clock.now());
        for attempt in 1..=LATE_TRIES {
            match self.slack.respond(&url, &message, replace).await {
                Ok(()) => return,
                Err(error) => tracing::warn!(%error, attempt, "an answer did not arrive"),
            }
            self.clock.sleep(Duration::from_secs(attempt.into())).await;
        }
    }
}
