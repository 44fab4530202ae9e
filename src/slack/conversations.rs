//! Making, renaming and archiving conversations: `conversations.create`, `.rename`, `.archive`, `.invite`.
//! Their errors are for the person who asked: <https://docs.slack.dev/reference/methods/conversations.create>.

use serde::{Deserialize, Serialize};

use crate::domain::ids::{ConversationId, UserId};
use crate::slack::api::{NoAnswer, SlackApi};
use crate::slack::error::SendError;

#[derive(Serialize)]
struct Request<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    channel: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    users: Option<&'a str>,
}

const NOTHING: Request<'static> = Request {
    channel: None,
    name: None,
    users: None,
};

#[derive(Deserialize)]
struct Answer {
    #[serde(default)]
    channel: Fields,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Fields {
    id: Option<String>,
    name: Option<String>,
}

impl SlackApi {
    pub(super) async fn create(&self, name: &str) -> Result<(ConversationId, String), SendError> {
        let request = Request {
            name: Some(name),
            ..NOTHING
        };
        let answer: Answer = self.call("conversations.create", &request).await?;
        match answer.channel {
            Fields { id: Some(id), name } => Ok((
                ConversationId::new(id.as_str()),
                name.filter(|name| !name.is_empty()).unwrap_or(id),
            )),
            Fields { id: None, .. } => Err(SendError::Ours {
                reason: "conversations.create named no channel".to_owned(),
            }),
        }
    }

    pub(super) async fn rename(
        &self,
        conversation: &ConversationId,
        name: &str,
    ) -> Result<String, SendError> {
        let request = Request {
            channel: Some(conversation.as_str()),
            name: Some(name),
            ..NOTHING
        };
        let answer: Answer = self.call("conversations.rename", &request).await?;
        Ok(answer.channel.name.unwrap_or_else(|| name.to_owned()))
    }

    pub(super) async fn archive(&self, conversation: &ConversationId) -> Result<(), SendError> {
        let request = Request {
            channel: Some(conversation.as_str()),
            ..NOTHING
        };
        let _: NoAnswer = self.call("conversations.archive", &request).await?;
        Ok(())
    }

    pub(super) async fn bring(
        &self,
        conversation: &ConversationId,
        user: &UserId,
    ) -> Result<(), SendError> {
        let request = Request {
            channel: Some(conversation.as_str()),
            users: Some(user.as_str()),
            ..NOTHING
        };
        let invited: Result<NoAnswer, _> = self.call("conversations.invite", &request).await;
        match invited {
            Ok(_) => Ok(()),
            Err(error) if error.reason() == "already_in_channel" => Ok(()),
            Err(error) => Err(error),
        }
    }
}
