//! What is pressed on a Home or in a form, where there is no message to answer in.

use std::sync::Arc;

use crate::domain::form::Form;
use crate::domain::home::HomeState;
use crate::domain::ids::UserId;
use crate::domain::ids::ViewId;
use crate::domain::press::Press;
use crate::domain::reply::Reply;
use crate::service::commands::{Asker, Commands};
use crate::service::forms::{Forms, Screen, Submitted};
use crate::service::home::Home;
use crate::service::presses::Presses;
use crate::slack::render::{self, FormAnswer, View, Words};

/// Carries out what is pressed and filled in outside of messages.
#[derive(Debug)]
pub struct Screens {
    commands: Arc<Commands>,
    presses: Arc<Presses>,
    forms: Arc<Forms>,
    home: Arc<Home>,
}

impl Screens {
    /// Presses end in the same acts as those in messages.
    #[must_use]
    pub fn new(
        commands: Arc<Commands>,
        presses: Arc<Presses>,
        forms: Arc<Forms>,
        home: Arc<Home>,
    ) -> Self {
        Self {
            commands,
            presses,
            forms,
            home,
        }
    }

    /// What the bot says, in its language.
    #[must_use]
    pub fn words(&self) -> Words {
        self.forms.words()
    }

    /// Somebody opened their Home, which showed `state` before.
    pub async fn opened(&self, user: &UserId, state: HomeState) {
        self.home.show(user, state).await;
    }

    /// Carries out a press on a Home that shows `state`. What Home itself shows of it is shown there, anything else in
    /// a note above it.
    pub async fn pressed_on_home(&self, press: Press, asker: &Asker, state: HomeState) {
        if let Press::Home(state) = press {
            return self.home.show(&asker.user, state).await;
        }
        let opens = matches!(
            press,
            Press::AddServer | Press::AddMany | Press::Edit { .. } | Press::Find(_)
        );
        let note = match &press {
            // The note is opened first: once a slow server has answered, Slack would open none any more.
            Press::Check { .. } => match &asker.screen {
                Some(screen) => self.put(screen, &render::waiting(self.words())).await,
                None => None,
            },
            _ => None,
        };
        let answer = self.presses.handle(press, asker).await.reply;
        let shown_by_home = matches!(
            answer,
            Reply::Elsewhere
                | Reply::AlertsSwitched { .. }
                | Reply::Muted { .. }
                | Reply::Unmuted { .. }
                | Reply::Acknowledged { .. }
                | Reply::Channels { .. }
        );
        match (note, &asker.screen) {
            (Some(view), _) => self.tell(&Screen::InPlace(view), &answer).await,
            (None, Some(screen)) if !shown_by_home => self.tell(screen, &answer).await,
            _ => {}
        }
        if !opens {
            self.home.show(&asker.user, state).await;
        }
    }

    /// Carries out a press in a form or a note; the answer takes its place.
    pub async fn pressed_in_view(&self, press: Press, asker: &Asker, view: ViewId) {
        if matches!(press, Press::Check { .. }) {
            let waiting = Screen::InPlace(view.clone());
            self.put(&waiting, &render::waiting(self.words())).await;
        }
        let answer = self.presses.handle(press, asker).await.reply;
        if !matches!(answer, Reply::Elsewhere) {
            self.tell(&Screen::InPlace(view), &answer).await;
        }
    }

    /// Carries out a form.
    pub async fn submitted(&self, form: Form, asker: &Asker) -> FormAnswer {
        let looks = matches!(form, Form::Find { .. });
        if !looks && !self.commands.may_change(&asker.user) {
            return self.noted(&Reply::NotAllowed);
        }
        match self.forms.submit(form, &asker.actor()).await {
            Submitted::Answer(answer) => *answer,
            Submitted::Home(state) => {
                self.home.show(&asker.user, state).await;
                FormAnswer::Clear
            }
        }
    }

    /// An answer that takes the place of a form.
    #[must_use]
    pub fn noted(&self, answer: &Reply) -> FormAnswer {
        let view = self.forms.note(answer);
        FormAnswer::Update { view }
    }

    /// Puts the late answer of a form into the place that was kept for it.
    pub async fn settle(&self, screen: &Screen, answer: FormAnswer) {
        let shown = match answer {
            FormAnswer::Update { view } => view,
            FormAnswer::Errors { errors } => render::late_errors(self.words(), &errors),
            FormAnswer::Clear => return,
        };
        self.put(screen, &shown).await;
    }

    async fn put(&self, screen: &Screen, view: &View) -> Option<ViewId> {
        let put = self.forms.put(screen, view).await;
        put.inspect_err(|error| tracing::warn!(%error, "a note could not be shown"))
            .ok()
    }

    /// Shows an answer as a note.
    pub async fn tell(&self, screen: &Screen, answer: &Reply) {
        self.put(screen, &self.forms.note(answer)).await;
    }
}
