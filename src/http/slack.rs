//! Slack's three routes. A request is capped, then verified, and only then read; whatever it asks for, Slack is answered
//! well within its three seconds.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{FromRequest, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde::Serialize;
use tokio::sync::watch;
use tokio_util::task::TaskTracker;

use crate::clock::SharedClock;
use crate::domain::command;
use crate::domain::event::Event;
use crate::domain::form::Form;
use crate::domain::ids::{TeamId, ViewId};
use crate::domain::press::Press;
use crate::domain::reply::Reply;
use crate::service::commands::{Asker, Commands};
use crate::service::events::Events;
use crate::service::forms::Screen;
use crate::service::presses::{Place, Presses};
use crate::service::screens::Screens;
use crate::slack::client::{Identity, SharedSlack};
use crate::slack::form;
use crate::slack::inbound::{self, Caller, Envelope, Interaction, Surface};
use crate::slack::render::{self, FormAnswer, Message};
use crate::slack::verify::Verifier;
use crate::slack::webhook::{HostRule, ResponseUrl};

/// The largest body that is read, in bytes.
pub const BODY_BYTES: usize = 256 * 1024;

/// A body must have arrived within this.
const BODY_WITHIN: Duration = Duration::from_secs(5);

/// A command that takes longer is acknowledged, and answered through its `response_url`.
const ANSWER_WITHIN: Duration = Duration::from_millis(1_500);

/// The same where there is no `response_url`: Slack waits three seconds.
const ANSWER_AT_LAST: Duration = Duration::from_millis(2_500);

/// Between the answer to a form and what replaces it.
const SETTLE: Duration = Duration::from_millis(500);

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
        .route("/slack/interactions", post(interaction))
        .route("/slack/events", post(event))
        .with_state(Arc::new(routes))
}

/// A body that Slack signed.
struct Signed(Bytes);

impl FromRequest<Arc<SlackRoutes>> for Signed {
    type Rejection = StatusCode;

    async fn from_request(request: Request, routes: &Arc<SlackRoutes>) -> Result<Self, StatusCode> {
        let (parts, body) = request.into_parts();
        let body = capped(body, &routes.clock).await?;
        let verified = routes
            .verifier
            .verify(&parts.headers, &body, routes.clock.now());
        match verified {
            Ok(()) => Ok(Self(body)),
            // Slack's test of the certificate comes unsigned and wants an empty 200.
            Err(_) if inbound::is_ssl_check(&body) => Err(StatusCode::OK),
            Err(_) => Err(StatusCode::UNAUTHORIZED),
        }
    }
}

async fn capped(body: Body, clock: &SharedClock) -> Result<Bytes, StatusCode> {
    let read = Limited::new(body, BODY_BYTES).collect();
    tokio::select! {
        read = read => match read {
            Ok(body) => Ok(body.to_bytes()),
            Err(error) if error.is::<LengthLimitError>() => Err(StatusCode::PAYLOAD_TOO_LARGE),
            Err(_) => Err(StatusCode::BAD_REQUEST),
        },
        () = clock.sleep(BODY_WITHIN) => Err(StatusCode::REQUEST_TIMEOUT),
    }
}

async fn command(State(routes): State<Arc<SlackRoutes>>, Signed(body): Signed) -> Response {
    // A person must be told, so what cannot be read is answered too; Slack would show an error of its own otherwise.
    let Ok(command) = inbound::slash_command(&body, &routes.hosts) else {
        return StatusCode::OK.into_response();
    };
    if inbound::is_ssl_check(&body) {
        return StatusCode::OK.into_response();
    }
    if !routes.is_ours(command.caller.team.as_ref()) {
        return routes.private(&Reply::NotAllowed).into_response();
    }
    let asker = asker(&command.caller);
    let commands = Arc::clone(&routes.commands);
    let work = async move {
        match command::parse(&command.text) {
            Ok(command) => commands.handle(command, &asker).await,
            Err(error) => Reply::Mistake(error),
        }
    };
    routes.answer(work, command.caller.response_url).await
}

async fn interaction(State(routes): State<Arc<SlackRoutes>>, Signed(body): Signed) -> Response {
    match inbound::interaction(&body, &routes.hosts) {
        Ok(Interaction::Press {
            caller,
            press: Some(press),
            surface,
        }) => {
            let worker = Arc::clone(&routes);
            routes
                .tasks
                .spawn(async move { worker.press(press, caller, surface).await });
        }
        Ok(Interaction::Press { press: None, .. }) => {
            tracing::debug!("a button that means nothing here");
        }
        Ok(Interaction::Submission {
            caller,
            view,
            form: Some(form),
        }) if routes.is_ours(caller.team.as_ref()) => {
            return routes.submit(form, &caller, view).await;
        }
        Ok(Interaction::Submission { .. }) => {
            tracing::debug!("a form that means nothing here");
        }
        Ok(Interaction::Shortcut { caller, name }) if name == form::ADD_SERVER => {
            let worker = Arc::clone(&routes);
            let surface = Surface::Message { ephemeral: false };
            routes
                .tasks
                .spawn(async move { worker.press(Press::AddServer, caller, surface).await });
        }
        Ok(Interaction::Shortcut { name, .. } | Interaction::Other(name)) => {
            tracing::debug!(name, "an interaction that nothing is done about");
        }
        Err(error) => tracing::debug!(%error, "an interaction that cannot be read"),
    }
    StatusCode::OK.into_response()
}

async fn event(State(routes): State<Arc<SlackRoutes>>, Signed(body): Signed) -> Response {
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

fn asker(caller: &Caller) -> Asker {
    Asker {
        user: caller.user.clone(),
        conversation: caller.conversation.clone(),
        conversation_name: caller.conversation_name.clone(),
        screen: caller.trigger.clone().map(Screen::Above),
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

    fn private(&self, reply: &Reply) -> Json<Private> {
        let message = render::reply(reply, self.clock.now());
        Json(Private {
            response_type: "ephemeral",
            message,
        })
    }

    /// Carries out a press, and answers it where it was made.
    async fn press(&self, press: Press, caller: Caller, surface: Surface) {
        let ours = self.is_ours(caller.team.as_ref());
        let asker = asker(&caller);
        let ephemeral = match surface {
            Surface::Message { ephemeral } => ephemeral,
            _ if !ours => return tracing::debug!("somebody of another workspace has a view"),
            Surface::Home(state) => {
                return self.screens.pressed_on_home(press, &asker, state).await;
            }
            Surface::Modal(view) => {
                let screen = Some(Screen::InPlace(view.clone()));
                let asker = Asker { screen, ..asker };
                return self.screens.pressed_in_view(press, &asker, view).await;
            }
        };
        if !ours {
            return self
                .answer_late(caller.response_url, &Reply::NotAllowed, false)
                .await;
        }
        let pressed = self.presses.handle(press, &asker).await;
        let replace = match pressed.place {
            Place::Below => false,
            Place::InPrivatePlace => ephemeral,
            Place::InPlace => true,
        };
        self.answer_late(caller.response_url, &pressed.reply, replace)
            .await;
    }

    /// Answers a form at once where saving and probing is quick; else something stands in its place until it is done.
    async fn submit(self: &Arc<Self>, form: Form, caller: &Caller, view: ViewId) -> Response {
        let (screens, asker) = (Arc::clone(&self.screens), asker(caller));
        let mut work = self
            .tasks
            .spawn(async move { screens.submitted(form, &asker).await });
        tokio::select! {
            answer = &mut work => match answer {
                Ok(answer) => Json(answer).into_response(),
                Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
            },
            () = self.clock.sleep(ANSWER_WITHIN) => {
                let routes = Arc::clone(self);
                self.tasks.spawn(async move {
                    // Slack first has to put the waiting view where its successor is to stand.
                    routes.clock.sleep(SETTLE).await;
                    if let Ok(answer) = work.await {
                        routes.screens.settle(view, answer).await;
                    }
                });
                Json(FormAnswer::Update { view: render::waiting() }).into_response()
            }
        }
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
        let message = render::reply(reply, self.clock.now());
        for attempt in 1..=LATE_TRIES {
            match self.slack.respond(&url, &message, replace).await {
                Ok(()) => return,
                Err(error) => tracing::warn!(%error, attempt, "an answer did not arrive"),
            }
            self.clock.sleep(Duration::from_secs(attempt.into())).await;
        }
    }
}
