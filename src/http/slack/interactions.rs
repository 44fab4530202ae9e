//! Buttons, forms and the shortcut.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::{ANSWER_WITHIN, Refusal, Signed, SlackRoutes, asker};
use crate::domain::audit::Via;
use crate::domain::form::Form;
use crate::domain::home::HomeState;
use crate::domain::ids::{RequestId, ViewId};
use crate::domain::press::Press;
use crate::service::commands::Asker;
use crate::service::forms::Screen;
use crate::service::presses::{self, Place, Pressed};
use crate::slack::form;
use crate::slack::inbound::{self, Caller, Interaction, Surface};
use crate::slack::render::{self, FormAnswer};

/// Between the answer to a form and what replaces it.
const SETTLE: Duration = Duration::from_millis(500);

pub(super) async fn interaction(
    State(routes): State<Arc<SlackRoutes>>,
    Signed(body, request): Signed,
) -> Response {
    match inbound::interaction(&body, &routes.hosts) {
        Ok(Interaction::Press {
            caller,
            press: Some(press),
            surface,
        }) => routes.spawn_press(press, caller, surface, request),
        Ok(Interaction::Press { press: None, .. }) => {
            tracing::debug!("a button that means nothing here");
        }
        Ok(Interaction::Submission {
            caller,
            view,
            form: Some(form),
        }) => return routes.submit(form, caller, view, request).await,
        Ok(Interaction::Submission { form: None, .. }) => {
            tracing::debug!("a form that means nothing here");
        }
        Ok(Interaction::Shortcut { caller, name }) if name == form::ADD_SERVER => {
            let surface = Surface::Message { ephemeral: false };
            routes.spawn_press(Press::AddServer, caller, surface, request);
        }
        Ok(Interaction::Shortcut { name, .. } | Interaction::Other(name)) => {
            tracing::debug!(name, "an interaction that nothing is done about");
        }
        Err(error) => tracing::debug!(%error, "an interaction that cannot be read"),
    }
    StatusCode::OK.into_response()
}

impl SlackRoutes {
    fn spawn_press(
        self: &Arc<Self>,
        press: Press,
        caller: Caller,
        surface: Surface,
        request: RequestId,
    ) {
        let routes = Arc::clone(self);
        self.tasks.spawn(async move {
            let changes = presses::changes_something(&press);
            let refused = routes.admit(&caller, &request, changes).await.err();
            if matches!(refused, Some(Refusal::Again)) {
                return tracing::debug!("a press that came again");
            }
            match surface {
                Surface::Message { ephemeral } => {
                    routes
                        .press_in_message(press, caller, refused, ephemeral)
                        .await;
                }
                Surface::Home(state) => routes.press_on_home(press, &caller, refused, state).await,
                Surface::Modal(view) => routes.press_in_view(press, &caller, refused, view).await,
            }
        });
    }

    async fn press_in_message(
        &self,
        press: Press,
        caller: Caller,
        refused: Option<Refusal>,
        ephemeral: bool,
    ) {
        let pressed = match refused {
            Some(refusal) => Pressed {
                reply: refusal.told(),
                place: Place::Below,
            },
            None => {
                self.presses
                    .handle(press, &asker(&caller, Via::Button))
                    .await
            }
        };
        let replace = match pressed.place {
            Place::Below => false,
            Place::InPrivatePlace => ephemeral,
            Place::InPlace => true,
        };
        self.answer_late(caller.response_url, &pressed.reply, replace)
            .await;
    }

    async fn press_on_home(
        &self,
        press: Press,
        caller: &Caller,
        refused: Option<Refusal>,
        state: HomeState,
    ) {
        let asker = asker(caller, Via::Home);
        match (refused, &asker.screen) {
            (None, _) => self.screens.pressed_on_home(press, &asker, state).await,
            (Some(Refusal::Told(reply)), Some(screen)) => self.screens.tell(screen, &reply).await,
            _ => tracing::debug!("a press on a Home that is not answered"),
        }
    }

    async fn press_in_view(
        &self,
        press: Press,
        caller: &Caller,
        refused: Option<Refusal>,
        view: ViewId,
    ) {
        let screen = Screen::InPlace(view.clone());
        match refused {
            None => {
                let asker = Asker {
                    screen: Some(screen),
                    ..asker(caller, Via::Button)
                };
                self.screens.pressed_in_view(press, &asker, view).await;
            }
            Some(Refusal::Told(reply)) => self.screens.tell(&screen, &reply).await,
            Some(_) => tracing::debug!("a press in a form that is not answered"),
        }
    }

    /// Answers a form at once where saving and probing is quick; else something stands in its place until it is done.
    async fn submit(
        self: &Arc<Self>,
        form: Form,
        caller: Caller,
        view: ViewId,
        request: RequestId,
    ) -> Response {
        let routes = Arc::clone(self);
        let mut work = self.tasks.spawn(async move {
            let changes = !matches!(form, Form::Find { .. });
            match routes.admit(&caller, &request, changes).await {
                Ok(()) => {
                    let asker = asker(&caller, Via::Form);
                    routes.screens.submitted(form, &asker).await
                }
                Err(refusal) => routes.screens.noted(&refusal.told()),
            }
        });
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
                Json(FormAnswer::Update { view: render::waiting(self.screens.words()) }).into_response()
            }
        }
    }
}
