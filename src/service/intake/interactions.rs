//! Buttons, forms and the shortcut.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinHandle;

use super::{ANSWER_WITHIN, Answer, Arrival, Intake, Refusal, asker};
use crate::domain::audit::Via;
use crate::domain::form::Form;
use crate::domain::home::HomeState;
use crate::domain::ids::{RequestId, ViewId};
use crate::domain::press::Press;
use crate::service::commands::Asker;
use crate::service::forms::Screen;
use crate::service::presses::{self, Place};
use crate::slack::form;
use crate::slack::inbound::{Caller, Interaction, Surface};
use crate::slack::render::{self, FormAnswer};

/// Between the answer to a form and what replaces it.
const SETTLE: Duration = Duration::from_millis(500);

impl Intake {
    /// Carries out what was pressed or filled in.
    pub async fn interaction(
        self: &Arc<Self>,
        interaction: Interaction,
        arrival: Arrival,
    ) -> Answer {
        match interaction {
            Interaction::Press {
                caller,
                press: Some(press),
                surface,
            } => self.spawn_press(press, caller, surface, arrival.request),
            Interaction::Press { press: None, .. } => {
                tracing::debug!("a button that means nothing here");
            }
            Interaction::Submission {
                caller,
                view,
                form: Some(form),
            } => return self.submit(form, caller, view, arrival).await,
            Interaction::Submission { form: None, .. } => {
                tracing::debug!("a form that means nothing here");
            }
            Interaction::Shortcut { caller, name } if name == form::ADD_SERVER => {
                let surface = Surface::Message { ephemeral: false };
                self.spawn_press(Press::AddServer, caller, surface, arrival.request);
            }
            Interaction::Shortcut { name, .. } | Interaction::Other(name) => {
                tracing::debug!(name, "an interaction that nothing is done about");
            }
        }
        Answer::Taken
    }

    fn spawn_press(
        self: &Arc<Self>,
        press: Press,
        caller: Caller,
        surface: Surface,
        request: RequestId,
    ) {
        let intake = Arc::clone(self);
        self.tasks.spawn(async move {
            let changes = presses::changes_something(&press);
            let refused = intake.admit(&caller, &request, changes).await.err();
            if matches!(refused, Some(Refusal::Again)) {
                return tracing::debug!("a press that came again");
            }
            match surface {
                Surface::Message { ephemeral } => {
                    intake
                        .press_in_message(press, caller, refused, ephemeral)
                        .await;
                }
                Surface::Home(state) => intake.press_on_home(press, &caller, refused, state).await,
                Surface::Modal(view) => intake.press_in_view(press, &caller, refused, view).await,
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
        let (said, place) = match refused {
            Some(refusal) => (refusal.told(), Place::Below),
            None => {
                let asker = asker(&caller, Via::Button);
                let pressed = self.presses.handle(press, &asker).await;
                (pressed.reply, pressed.place)
            }
        };
        let replace = match place {
            Place::Below => false,
            Place::InPrivatePlace => ephemeral,
            Place::InPlace => true,
        };
        self.answer_late(caller.response_url, &said, replace).await;
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
            (Some(refusal), Some(screen)) => self.screens.tell(screen, &refusal.told()).await,
            (Some(_), None) => tracing::debug!("a press on a Home that is not answered"),
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
            Some(refusal) => self.screens.tell(&screen, &refusal.told()).await,
        }
    }

    /// Answers a form at once where saving and probing is quick; else something stands in its place until it is done.
    async fn submit(
        self: &Arc<Self>,
        form: Form,
        caller: Caller,
        view: ViewId,
        arrival: Arrival,
    ) -> Answer {
        let intake = Arc::clone(self);
        let above = caller.trigger.clone().map(Screen::Above);
        let mut work = self.tasks.spawn(async move {
            let changes = !matches!(form, Form::Find { .. });
            match intake.admit(&caller, &arrival.request, changes).await {
                Ok(()) => {
                    let asker = asker(&caller, Via::Form);
                    Some(intake.screens.submitted(form, &asker).await)
                }
                // The form stays, and Slack says that it could not be sent.
                Err(Refusal::NotReady) => None,
                Err(refusal) => Some(intake.screens.noted(&refusal.told())),
            }
        });
        if !arrival.takes_words {
            // Slack closes the form: what comes of it stands where the form was opened from.
            self.settle(work, above, Duration::ZERO);
            return Answer::Taken;
        }
        tokio::select! {
            answer = &mut work => match answer {
                Ok(Some(answer)) => Answer::form(answer),
                Ok(None) | Err(_) => Answer::NotTaken,
            },
            () = self.clock.sleep(ANSWER_WITHIN) => {
                // Slack first has to put the waiting view where its successor is to stand.
                self.settle(work, Some(Screen::InPlace(view)), SETTLE);
                let view = render::waiting(self.screens.words());
                Answer::form(FormAnswer::Update { view })
            }
        }
    }

    /// Shows what a form came to, after `pause`, once its answer was given.
    fn settle(
        self: &Arc<Self>,
        work: JoinHandle<Option<FormAnswer>>,
        screen: Option<Screen>,
        pause: Duration,
    ) {
        let intake = Arc::clone(self);
        self.tasks.spawn(async move {
            intake.clock.sleep(pause).await;
            if let (Ok(Some(answer)), Some(screen)) = (work.await, screen) {
                intake.screens.settle(&screen, answer).await;
            }
        });
    }
}
