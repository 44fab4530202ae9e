//! The addresses and ids that Slack hands out: triggers, response URLs, incoming webhooks.

use std::time::Duration;

use serde_json::{Value, json};

use super::api::{self, ApiError};
use super::arguments::Arguments;
use super::directory::Ephemeral;
use super::message::{Author, Content};
use super::state::State;

/// How long a `response_url` works.
const RESPONSE_LIFE: Duration = Duration::from_secs(30 * 60);
/// How often a `response_url` works.
const RESPONSE_USES: u32 = 5;
/// How long a `trigger_id` works.
const TRIGGER_LIFE: Duration = Duration::from_secs(3);

/// What was handed out.
#[derive(Default)]
pub(super) struct Links {
    triggers: Vec<Trigger>,
    responses: Vec<Response>,
    pub(super) hooks: Vec<Hook>,
}

struct Trigger {
    id: String,
    user: String,
    made: Duration,
    used: bool,
}

struct Response {
    id: String,
    user: String,
    channel: String,
    /// The `ts` of the message whose control was used.
    origin: Option<String>,
    made: Duration,
    uses: u32,
}

/// An incoming webhook.
pub(super) struct Hook {
    pub(super) id: String,
    pub(super) path: String,
    pub(super) channel: String,
    pub(super) revoked: bool,
}

impl State {
    /// A `trigger_id` for what this person just did.
    pub(super) fn new_trigger(&mut self, user: &str) -> String {
        let id = format!("{}.{}.trigger", self.next_number(), self.team.id);
        let made = self.clock.elapsed();
        self.links.triggers.push(Trigger {
            id: id.clone(),
            user: user.to_owned(),
            made,
            used: false,
        });
        id
    }

    /// Uses a `trigger_id` up and tells whose it is.
    pub(super) fn take_trigger(&mut self, id: &str) -> Result<String, ApiError> {
        let now = self.clock.elapsed();
        let trigger = self
            .links
            .triggers
            .iter_mut()
            .find(|trigger| trigger.id == id);
        let trigger = trigger.ok_or_else(|| ApiError::new("invalid_trigger_id"))?;
        if trigger.used {
            return Err(ApiError::new("exchanged_trigger_id"));
        }
        if now.saturating_sub(trigger.made) > TRIGGER_LIFE {
            return Err(ApiError::new("expired_trigger_id"));
        }
        trigger.used = true;
        Ok(trigger.user.clone())
    }

    /// The path of a fresh `response_url`.
    pub(super) fn new_response(
        &mut self,
        user: &str,
        channel: &str,
        origin: Option<&str>,
    ) -> String {
        let id = format!("R{}", self.next_number());
        let made = self.clock.elapsed();
        let path = format!("/response/{id}");
        self.links.responses.push(Response {
            id,
            user: user.to_owned(),
            channel: channel.to_owned(),
            origin: origin.map(str::to_owned),
            made,
            uses: 0,
        });
        path
    }

    /// What was posted to a `response_url`.
    pub(super) fn respond(&mut self, id: &str, args: &Arguments) -> Result<Value, ApiError> {
        let now = self.clock.elapsed();
        let link = self.links.responses.iter_mut().find(|link| link.id == id);
        let link = link.ok_or_else(|| ApiError::new("invalid_url"))?;
        if now.saturating_sub(link.made) > RESPONSE_LIFE {
            return Err(ApiError::new("expired_url"));
        }
        if link.uses == RESPONSE_USES {
            return Err(ApiError::new("used_url"));
        }
        let (user, channel) = (link.user.clone(), link.channel.clone());
        let origin = link.origin.clone();
        let delete = args.flag("delete_original");
        let content = if delete {
            None
        } else {
            Some(api::content(args)?)
        };
        // What is refused for its form is no use of the address.
        if let Some(link) = self.links.responses.iter_mut().find(|link| link.id == id) {
            link.uses += 1;
        }
        match (content, origin) {
            (None, Some(origin)) => self.drop_message(&user, &channel, &origin),
            (Some(content), Some(origin)) if args.flag("replace_original") => {
                self.replace_message(&user, &channel, &origin, content)
            }
            (Some(content), _) => {
                let in_channel = args.text("response_type").as_deref() == Some("in_channel");
                self.answer_in(&user, &channel, content, in_channel, args.text("thread_ts"))
            }
            (None, None) => Err(ApiError::new("no_original")),
        }
        .map(|()| json!({ "ok": true }))
    }

    /// Shows an answer to a person, or to the whole channel.
    pub(super) fn answer_in(
        &mut self,
        user: &str,
        channel: &str,
        content: Content,
        in_channel: bool,
        thread_ts: Option<String>,
    ) -> Result<(), ApiError> {
        let at = self
            .channel_at(channel)
            .ok_or_else(|| ApiError::new("channel_not_found"))?;
        let mut message = self.new_message(
            Author::Bot {
                name: None,
                icon: None,
            },
            content,
        );
        message.thread_ts = thread_ts;
        if in_channel {
            self.channels[at].messages.push(message);
        } else {
            let (user, channel) = (user.to_owned(), channel.to_owned());
            self.ephemerals.push(Ephemeral {
                user,
                channel,
                message,
            });
        }
        Ok(())
    }

    fn replace_message(
        &mut self,
        user: &str,
        channel: &str,
        ts: &str,
        content: Content,
    ) -> Result<(), ApiError> {
        let content = self.with_ids(content);
        let at = self.new_ts();
        let bot = self.team.bot_user.clone();
        let shown = |shown: &&mut Ephemeral| shown.user == user && shown.message.ts == ts;
        if let Some(shown) = self.ephemerals.iter_mut().find(shown) {
            shown.message.edit(content, &bot, at);
            return Ok(());
        }
        let place = self
            .channel_at(channel)
            .ok_or_else(|| ApiError::new("channel_not_found"))?;
        let message = self.channels[place].message_mut(ts);
        let message = message.ok_or_else(|| ApiError::new("message_not_found"))?;
        message.edit(content, &bot, at);
        Ok(())
    }

    fn drop_message(&mut self, user: &str, channel: &str, ts: &str) -> Result<(), ApiError> {
        self.ephemerals
            .retain(|shown| shown.user != user || shown.message.ts != ts);
        let place = self
            .channel_at(channel)
            .ok_or_else(|| ApiError::new("channel_not_found"))?;
        self.channels[place]
            .messages
            .retain(|message| message.ts != ts);
        Ok(())
    }

    /// Adds an incoming webhook of a channel and tells its path.
    pub(super) fn new_hook(&mut self, channel: &str) -> String {
        let id = self.new_id('B');
        let secret = self.next_number();
        let path = format!("/services/{}/{id}/secret{secret}", self.team.id);
        let channel = channel.to_owned();
        self.links.hooks.push(Hook {
            id,
            path: path.clone(),
            channel,
            revoked: false,
        });
        path
    }

    /// What was posted to an incoming webhook: the status and the text to answer.
    pub(super) fn hook(&mut self, path: &str, args: &Arguments) -> (u16, String) {
        let same_hook = |hook: &&Hook| {
            hook.path.rsplit_once('/').map(|(stem, _)| stem)
                == path.rsplit_once('/').map(|(stem, _)| stem)
        };
        let Some(hook) = self.links.hooks.iter().find(same_hook) else {
            return (404, "no_team".to_owned());
        };
        if hook.revoked {
            return (404, "no_service".to_owned());
        }
        if hook.path != path {
            return (403, "invalid_token".to_owned());
        }
        let author = Author::Webhook(hook.id.clone());
        let Some(place) = self.channel_at(&hook.channel.clone()) else {
            return (404, "channel_not_found".to_owned());
        };
        if self.channels[place].archived {
            return (410, "channel_is_archived".to_owned());
        }
        match api::content(args) {
            Ok(content) => {
                let message = self.new_message(author, content);
                self.channels[place].messages.push(message);
                (200, "ok".to_owned())
            }
            Err(error) => (400, error.code().to_owned()),
        }
    }
}
