//! What a person does in the workspace: commands, presses, forms, invitations.

use serde_json::{Value, json};

use super::controls::{self, Control, Wanted};
use super::directory::{Channel, Delivery, User};
use super::error::Error;
use super::message::{Content, Message};
use super::outgoing::{Answer, Outgoing};
use super::payload::{TOKEN, base, in_message, shown_name};
use super::views::View;
use super::workspace::Workspace;
use super::{api, arguments::Arguments, mentions};

/// Where a control was used.
enum Place<'a> {
    Message {
        channel: &'a Channel,
        message: &'a Message,
        ephemeral: bool,
    },
    View {
        view: &'a View,
        values: &'a Value,
    },
}

impl Workspace {
    /// Types a slash command, such as `/health list`, into a channel. What the bot answers at once
    /// is shown as Slack shows it.
    ///
    /// # Errors
    ///
    /// Where there is no such channel or person, or the bot does not answer.
    pub async fn command(&self, user: &str, channel: &str, text: &str) -> Result<Answer, Error> {
        let typed = self.read(|state| mentions::escaped(state, text));
        self.command_as_sent(user, channel, &typed).await
    }

    /// The same with the text exactly as the bot is to receive it, mentions not replaced.
    ///
    /// # Errors
    ///
    /// As for [`Workspace::command`].
    pub async fn command_as_sent(
        &self,
        user: &str,
        channel: &str,
        text: &str,
    ) -> Result<Answer, Error> {
        let (user, channel) = self.meet(user, channel)?;
        let (command, text) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
        let fields = self.core.act(|state| {
            let response = state.new_response(&user.id, &channel.id, None);
            vec![
                ("token", TOKEN.to_owned()),
                ("team_id", user.team_id.clone()),
                ("team_domain", state.team.domain.clone()),
                ("channel_id", channel.id.clone()),
                ("channel_name", shown_name(&channel).to_owned()),
                ("user_id", user.id.clone()),
                ("user_name", user.name.clone()),
                ("command", command.to_owned()),
                ("text", text.trim().to_owned()),
                ("api_app_id", state.team.app_id.clone()),
                ("is_enterprise_install", "false".to_owned()),
                ("response_url", self.core.url(&response)),
                ("trigger_id", state.new_trigger(&user.id)),
            ]
        });
        let answer = self.core.deliver(&Outgoing::Command(fields.0)).await?;
        self.show_answer(&user, &channel, &answer)?;
        Ok(answer)
    }

    /// Shows the body of an answer to a command.
    fn show_answer(&self, user: &User, channel: &Channel, answer: &Answer) -> Result<(), Error> {
        if !answer.is_success() {
            return Ok(());
        }
        let (content, in_channel) = match &answer.json {
            Some(body @ Value::Object(_)) => {
                let content = api::content(&Arguments::of(body.clone()));
                let content = content.map_err(|error| Error::Refused(error.body().to_string()))?;
                (content, body["response_type"] == "in_channel")
            }
            _ if answer.body.trim().is_empty() => return Ok(()),
            _ => (
                Content {
                    text: answer.body.clone(),
                    ..Content::default()
                },
                false,
            ),
        };
        self.core
            .change(|state| state.answer_in(&user.id, &channel.id, content, in_channel, None))
            .map_err(|error| Error::Refused(error.code().to_owned()))
    }

    /// Presses the button, or chooses the option, of a message that says `label` (or has that
    /// `action_id`).
    ///
    /// # Errors
    ///
    /// Where the person sees no such message or control, or the bot does not answer.
    pub async fn press(
        &self,
        user: &str,
        channel: &str,
        ts: &str,
        label: &str,
    ) -> Result<Answer, Error> {
        self.press_near(user, channel, ts, None, label).await
    }

    /// The same where several controls say so: the one beside the text `near`.
    ///
    /// # Errors
    ///
    /// As for [`Workspace::press`].
    pub async fn press_near(
        &self,
        user: &str,
        channel: &str,
        ts: &str,
        near: Option<&str>,
        label: &str,
    ) -> Result<Answer, Error> {
        self.press_message(user, channel, ts, &Wanted::Label { label, near })
            .await
    }

    pub(super) async fn press_message(
        &self,
        user: &str,
        channel: &str,
        ts: &str,
        wanted: &Wanted<'_>,
    ) -> Result<Answer, Error> {
        let (user, channel) = self.meet(user, channel)?;
        let shown = self.read(|state| {
            let mine = state
                .ephemerals(&user.id)
                .find(|shown| shown.message.ts == ts);
            mine.map(|shown| (shown.message.clone(), true))
        });
        let shown = shown.or_else(|| channel.message(ts).map(|message| (message.clone(), false)));
        let (message, ephemeral) = shown.ok_or_else(|| Error::NoSuchMessage(ts.to_owned()))?;
        let found = controls::find(message.all_blocks(), wanted);
        let control = found.ok_or_else(|| missing(wanted, message.buttons()))?;
        let place = Place::Message {
            channel: &channel,
            message: &message,
            ephemeral,
        };
        self.use_control(&user, &control, place).await
    }

    /// Presses a control of the person's Home.
    ///
    /// # Errors
    ///
    /// Where there is no Home or no such control, or the bot does not answer.
    pub async fn press_home(&self, user: &str, label: &str) -> Result<Answer, Error> {
        self.press_home_near(user, None, label).await
    }

    /// The same where several controls say so: the one beside the text `near`.
    ///
    /// # Errors
    ///
    /// As for [`Workspace::press_home`].
    pub async fn press_home_near(
        &self,
        user: &str,
        near: Option<&str>,
        label: &str,
    ) -> Result<Answer, Error> {
        self.press_in_home(user, &Wanted::Label { label, near })
            .await
    }

    pub(super) async fn press_in_home(
        &self,
        user: &str,
        wanted: &Wanted<'_>,
    ) -> Result<Answer, Error> {
        let user = self.person(user)?;
        let view = self.home(&user.id).ok_or(Error::NoView)?;
        self.press_view(&user, &view, wanted, &[]).await
    }

    /// Presses a control of the topmost modal, with the other fields as they are filled in.
    ///
    /// # Errors
    ///
    /// Where no modal is open or it has no such control, or the bot does not answer.
    pub async fn press_modal(
        &self,
        user: &str,
        label: &str,
        filled: &[(&str, &str)],
    ) -> Result<Answer, Error> {
        self.press_in_modal(user, &Wanted::Label { label, near: None }, filled)
            .await
    }

    pub(super) async fn press_in_modal(
        &self,
        user: &str,
        wanted: &Wanted<'_>,
        filled: &[(&str, &str)],
    ) -> Result<Answer, Error> {
        let user = self.person(user)?;
        let view = self.modal(&user.id).ok_or(Error::NoView)?;
        self.press_view(&user, &view, wanted, filled).await
    }

    async fn press_view(
        &self,
        user: &User,
        view: &View,
        wanted: &Wanted<'_>,
        filled: &[(&str, &str)],
    ) -> Result<Answer, Error> {
        let values = controls::state(view.blocks().iter(), filled, false);
        let values = values.map_err(|unfit| Error::Form(unfit.0))?;
        let found = controls::find(view.blocks().iter(), wanted);
        let control = found.ok_or_else(|| missing(wanted, view.buttons()))?;
        self.use_control(
            user,
            &control,
            Place::View {
                view,
                values: &values,
            },
        )
        .await
    }

    async fn use_control(
        &self,
        user: &User,
        control: &Control<'_>,
        place: Place<'_>,
    ) -> Result<Answer, Error> {
        let (payload, _) = self.core.act(|state| {
            let mut payload = base(state, "block_actions", user);
            payload["trigger_id"] = json!(state.new_trigger(&user.id));
            payload["actions"] = json!([control.action(&state.new_ts())]);
            match &place {
                Place::Message {
                    channel,
                    message,
                    ephemeral,
                } => {
                    let response = state.new_response(&user.id, &channel.id, Some(&message.ts));
                    payload["response_url"] = json!(self.core.url(&response));
                    in_message(state, &mut payload, channel, message, *ephemeral);
                }
                Place::View { view, values } => {
                    payload["container"] = json!({ "type": "view", "view_id": view.id });
                    payload["view"] = view.wire(state, values);
                }
            }
            payload
        });
        self.core.deliver(&Outgoing::Interaction(payload)).await
    }

    /// Fills in the topmost modal (fields by label, `block_id` or `action_id`; several choices
    /// by repeating the field) and submits it. What the bot answers is done: errors are shown, the
    /// view is replaced or closed.
    ///
    /// # Errors
    ///
    /// Where no modal is open, a needed field is empty or unknown, or the bot does not answer or
    /// answers what Slack cannot show.
    pub async fn submit_view(&self, user: &str, filled: &[(&str, &str)]) -> Result<Answer, Error> {
        let user = self.person(user)?;
        let view = self.modal(&user.id).ok_or(Error::NoView)?;
        let values = controls::state(view.blocks().iter(), filled, true);
        let values = values.map_err(|unfit| Error::Form(unfit.0))?;
        let (payload, _) = self.core.act(|state| {
            let mut payload = base(state, "view_submission", &user);
            payload["trigger_id"] = json!(state.new_trigger(&user.id));
            payload["view"] = view.wire(state, &values);
            payload["response_urls"] = json!([]);
            payload
        });
        let answer = self.core.deliver(&Outgoing::Interaction(payload)).await?;
        if answer.is_success() {
            let body = answer.json.clone().unwrap_or_default();
            self.core
                .change(|state| state.take_submission(&user.id, &view.id, &body))
                .map_err(|error| Error::Refused(error.body().to_string()))?;
        }
        Ok(answer)
    }

    /// Closes the topmost modal; the bot hears of it where the view asks for that.
    ///
    /// # Errors
    ///
    /// Where no modal is open.
    pub async fn close_view(&self, user: &str) -> Result<(), Error> {
        let user = self.person(user)?;
        let closed = self.core.change(|state| state.stack(&user.id).pop());
        let view = closed.ok_or(Error::NoView)?;
        if view.body()["notify_on_close"] == true {
            let (payload, _) = self.core.act(|state| {
                let mut payload = base(state, "view_closed", &user);
                payload["view"] = view.wire(state, &json!({}));
                payload["is_cleared"] = json!(false);
                payload
            });
            self.core.deliver(&Outgoing::Interaction(payload)).await?;
        }
        Ok(())
    }

    /// Uses a global shortcut.
    ///
    /// # Errors
    ///
    /// Where there is no such person, or the bot does not answer.
    pub async fn shortcut(&self, user: &str, callback_id: &str) -> Result<Answer, Error> {
        let user = self.person(user)?;
        let (payload, _) = self.core.act(|state| {
            let mut payload = base(state, "shortcut", &user);
            payload["callback_id"] = json!(callback_id);
            payload["trigger_id"] = json!(state.new_trigger(&user.id));
            payload["action_ts"] = json!(state.new_ts());
            payload
        });
        self.core.deliver(&Outgoing::Interaction(payload)).await
    }

    /// Opens the bot's Home as a person.
    ///
    /// # Errors
    ///
    /// Where there is no such person.
    pub async fn open_home(&self, user: &str) -> Result<Delivery, Error> {
        let user = self.person(user)?;
        let view = self.home(&user.id);
        let (event, _) = self.core.act(|state| {
            let at = state.direct(&user.id);
            let mut event = json!({
                "type": "app_home_opened", "user": user.id, "tab": "home",
                "channel": state.channels[at].id,
            });
            if let Some(view) = &view {
                event["view"] = view.wire(state, &json!({}));
            }
            event
        });
        Ok(self.event(event).await)
    }

    fn person(&self, user: &str) -> Result<User, Error> {
        self.user(user)
            .ok_or_else(|| Error::NoSuchUser(user.to_owned()))
    }
}

fn missing(wanted: &Wanted<'_>, present: Vec<String>) -> Error {
    Error::NoSuchControl {
        wanted: wanted.name().to_owned(),
        present,
    }
}
