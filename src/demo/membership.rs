//! What happens to channels at people's hands, and the events that tell of it.

use serde_json::json;

use super::directory::{Delivery, Kind};
use super::error::Error;
use super::state::State;
use super::workspace::Workspace;

impl Workspace {
    /// Invites the bot to a channel, as its owner.
    ///
    /// # Errors
    ///
    /// Where there is no such channel, or the bot is in it.
    pub async fn invite_bot(&self, channel: &str) -> Result<Vec<Delivery>, Error> {
        self.with_channel(channel, |state, at| {
            let bot = state.team.bot_user.clone();
            if state.channels[at].has(&bot) {
                return Err(Error::Refused(
                    "the bot is in the channel already".to_owned(),
                ));
            }
            state.channels[at].members.push(bot);
            state.tell_joined(at);
            Ok(())
        })
        .await
    }

    /// Removes the bot from a channel.
    ///
    /// # Errors
    ///
    /// Where there is no such channel, or the bot is not in it.
    pub async fn kick_bot(&self, channel: &str) -> Result<Vec<Delivery>, Error> {
        self.with_channel(channel, |state, at| {
            if !state.channels[at].has(&state.team.bot_user) {
                return Err(Error::Refused("the bot is not in the channel".to_owned()));
            }
            state.remove_bot(at);
            Ok(())
        })
        .await
    }

    /// Archives a channel.
    ///
    /// # Errors
    ///
    /// Where there is no such channel.
    pub async fn archive(&self, channel: &str) -> Result<Vec<Delivery>, Error> {
        self.by_owner(channel, State::archive_channel).await
    }

    /// Takes a channel out of the archive.
    ///
    /// # Errors
    ///
    /// Where there is no such channel.
    pub async fn unarchive(&self, channel: &str) -> Result<Vec<Delivery>, Error> {
        self.by_owner(channel, State::unarchive_channel).await
    }

    /// Deletes a channel.
    ///
    /// # Errors
    ///
    /// Where there is no such channel.
    pub async fn delete(&self, channel: &str) -> Result<Vec<Delivery>, Error> {
        self.by_owner(channel, State::delete_channel).await
    }

    /// Renames a channel.
    ///
    /// # Errors
    ///
    /// Where there is no such channel, or the name is taken or is none for a channel.
    pub async fn rename(&self, channel: &str, name: &str) -> Result<Vec<Delivery>, Error> {
        self.with_channel(channel, |state, at| {
            state.check_channel_name(name).map_err(Error::Refused)?;
            state.rename_channel(at, name);
            Ok(())
        })
        .await
    }

    async fn by_owner(
        &self,
        channel: &str,
        act: fn(&mut State, usize, &str),
    ) -> Result<Vec<Delivery>, Error> {
        self.with_channel(channel, |state, at| {
            let owner = state.channels[at].creator.clone();
            act(state, at, &owner);
            Ok(())
        })
        .await
    }

    async fn with_channel(
        &self,
        channel: &str,
        act: impl FnOnce(&mut State, usize) -> Result<(), Error>,
    ) -> Result<Vec<Delivery>, Error> {
        let (done, events) = self.core.act(|state| {
            let at = state.channel_at(channel);
            let at = at.ok_or_else(|| Error::NoSuchChannel(channel.to_owned()))?;
            act(state, at)
        });
        done?;
        Ok(self.tell_all(events).await)
    }
}

impl State {
    /// Whether a channel may take the name; if not, Slack's word for why.
    pub(super) fn check_channel_name(&self, name: &str) -> Result<(), String> {
        let letter = |it: char| it.is_alphanumeric() && !it.is_uppercase();
        let verdict = if name.is_empty() {
            Err("invalid_name_required")
        } else if name.chars().count() > 80 {
            Err("invalid_name_maxlength")
        } else if !name.chars().all(|it| letter(it) || it == '-' || it == '_') {
            Err("invalid_name_specials")
        } else if !name.chars().any(char::is_alphanumeric) {
            Err("invalid_name_punctuation")
        } else if self.channels.iter().any(|channel| channel.name == name) {
            Err("name_taken")
        } else {
            Ok(())
        };
        verdict.map_err(str::to_owned)
    }

    /// Tells the bot that it is in a channel now.
    pub(super) fn tell_joined(&mut self, at: usize) {
        let channel = &self.channels[at];
        let letter = if channel.kind == Kind::Private {
            "G"
        } else {
            "C"
        };
        let event = json!({
            "type": "member_joined_channel", "user": self.team.bot_user, "channel": channel.id,
            "channel_type": letter, "team": self.team.id, "inviter": channel.creator,
        });
        self.tell(event);
    }

    /// Takes the bot out of a channel and tells it so.
    pub(super) fn remove_bot(&mut self, at: usize) {
        let bot = self.team.bot_user.clone();
        let channel = &mut self.channels[at];
        channel.members.retain(|member| *member != bot);
        let kind = kind_of(channel.kind, "channel_left", "group_left");
        let event = json!({ "type": kind, "channel": channel.id, "actor_id": channel.creator });
        self.tell(event);
    }

    pub(super) fn rename_channel(&mut self, at: usize, name: &str) {
        let created = self.channels[at].created.timestamp();
        let channel = &mut self.channels[at];
        name.clone_into(&mut channel.name);
        let event = json!({
            "type": kind_of(channel.kind, "channel_rename", "group_rename"),
            "channel": {
                "id": channel.id, "name": name, "name_normalized": name, "created": created,
                "is_channel": channel.kind == Kind::Public, "is_mpim": false,
            },
        });
        self.tell(event);
    }

    pub(super) fn archive_channel(&mut self, at: usize, by: &str) {
        self.channels[at].archived = true;
        self.tell_of(at, "channel_archive", "group_archive", by);
    }

    pub(super) fn unarchive_channel(&mut self, at: usize, by: &str) {
        self.channels[at].archived = false;
        self.tell_of(at, "channel_unarchive", "group_unarchive", by);
    }

    /// Deletes a channel with all that was said in it.
    pub(super) fn delete_channel(&mut self, at: usize, by: &str) {
        self.tell_of(at, "channel_deleted", "group_deleted", by);
        let gone = self.channels.remove(at);
        self.ephemerals.retain(|shown| shown.channel != gone.id);
    }

    fn tell_of(&mut self, at: usize, public: &str, private: &str, by: &str) {
        let channel = &self.channels[at];
        let kind = kind_of(channel.kind, public, private);
        let event = json!({ "type": kind, "channel": channel.id, "user": by });
        self.tell(event);
    }
}

fn kind_of<'a>(kind: Kind, public: &'a str, private: &'a str) -> &'a str {
    if kind == Kind::Private {
        private
    } else {
        public
    }
}
