//! Calls to Slack's Web API. Every call has a deadline, no call is retried here, and answers are read leniently: a
//! field that Slack leaves out must not turn a message that was posted into an error that posts it again.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use futures_util::future::BoxFuture;
use hyper_util::client::proxy::matcher::Matcher;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use slack_morphism::prelude::{
    SlackApiChatPostMessageRequest, SlackApiChatUpdateRequest, SlackApiToken, SlackApiTokenValue,
    SlackApiViewsOpenRequest, SlackApiViewsPublishRequest, SlackApiViewsUpdateRequest, SlackClient,
    SlackClientHyperConnector, SlackMessageContent, SlackMessageMetadata, SlackTs,
};

use crate::clock::Timestamp;
use crate::config::Secret;
use crate::domain::channel::HookUrl;
use crate::domain::ids::{ConversationId, MessageTs, NoticeId, TeamId, TriggerId, UserId, ViewId};
use crate::slack::client::{Conversation, DEADLINE, Identity, Post, Slack};
use crate::slack::error::SendError;
use crate::slack::hosts::ResponseUrl;
use crate::slack::render::{Message, View};
use crate::slack::tunnel::{Connector, connector};
use crate::slack::webhook::WebhookClient;
use crate::telemetry::metrics::Metrics;

/// The real Slack.
pub struct SlackApi {
    client: SlackClient<SlackClientHyperConnector<Connector>>,
    token: RwLock<SlackApiToken>,
    webhooks: WebhookClient,
    metrics: Arc<Metrics>,
}

impl fmt::Debug for SlackApi {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SlackApi")
    }
}

impl SlackApi {
    /// A client for the API at `base` (no trailing slash), with the bot's token.
    #[must_use]
    pub fn new(
        base: &str,
        bot_token: &str,
        tls: rustls::ClientConfig,
        proxy: Matcher,
        webhooks: WebhookClient,
        metrics: Arc<Metrics>,
    ) -> Self {
        let connector = SlackClientHyperConnector::with_connector(connector(tls, proxy))
            .with_slack_api_url(base.trim_end_matches('/'));
        Self {
            client: SlackClient::new(connector),
            token: RwLock::new(api_token(bot_token)),
            webhooks,
            metrics,
        }
    }

    /// The token as it is now; a call that is under way keeps the one that it began with.
    fn token(&self) -> SlackApiToken {
        let token = self.token.read().unwrap_or_else(PoisonError::into_inner);
        token.clone()
    }

    /// Makes a call and counts it.
    async fn counted<A>(
        &self,
        method: &'static str,
        call: impl Future<Output = Result<A, SendError>>,
    ) -> Result<A, SendError> {
        let answer = call.await;
        let outcome = answer.as_ref().err().map_or("ok", SendError::kind);
        self.metrics.called_slack(method, outcome);
        answer
    }

    pub(super) async fn call<Q, A>(&self, method: &'static str, request: &Q) -> Result<A, SendError>
    where
        Q: Serialize + Send + Sync,
        A: DeserializeOwned + Send,
    {
        let token = self.token();
        let session = self.client.open_session(&token);
        let call = session.http_session_api.http_post(method, request, None);
        self.counted(method, within_deadline(call)).await
    }

    async fn read<A>(
        &self,
        method: &'static str,
        query: &[(&str, Option<&str>)],
    ) -> Result<A, SendError>
    where
        A: DeserializeOwned + Send,
    {
        let token = self.token();
        let session = self.client.open_session(&token);
        let query = query.to_vec();
        let call = session.http_session_api.http_get(method, &query, None);
        self.counted(method, within_deadline(call)).await
    }
}

fn api_token(text: &str) -> SlackApiToken {
    SlackApiToken::new(SlackApiTokenValue::from(text.to_owned()))
}

async fn within_deadline<A>(
    call: impl Future<Output = Result<A, slack_morphism::errors::SlackClientError>>,
) -> Result<A, SendError> {
    match tokio::time::timeout(DEADLINE, call).await {
        Ok(answer) => answer.map_err(SendError::from),
        Err(_elapsed) => Err(SendError::no_answer()),
    }
}

#[derive(Deserialize)]
struct AuthAnswer {
    team_id: Option<String>,
    team: Option<String>,
    user_id: Option<String>,
}

#[derive(Deserialize)]
struct PostAnswer {
    ts: Option<String>,
}

/// An answer of which only the success matters.
#[derive(Deserialize)]
pub(super) struct NoAnswer {}

#[derive(Deserialize)]
struct ViewAnswer {
    #[serde(default)]
    view: ViewFields,
}

#[derive(Deserialize, Default)]
struct ViewFields {
    id: Option<String>,
}

#[derive(Deserialize)]
struct HistoryAnswer {
    #[serde(default)]
    messages: Vec<serde_json::Value>,
}

#[derive(Deserialize)]
struct ConversationAnswer {
    #[serde(default)]
    channel: ConversationFields,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct ConversationFields {
    name: Option<String>,
    is_archived: Option<bool>,
    is_member: Option<bool>,
    is_private: Option<bool>,
    is_im: Option<bool>,
    is_mpim: Option<bool>,
}

impl Slack for SlackApi {
    fn renew_token(&self, token: &Secret) {
        let token = api_token(token.expose());
        *self.token.write().unwrap_or_else(PoisonError::into_inner) = token;
    }

    fn identity(&self) -> BoxFuture<'_, Result<Identity, SendError>> {
        Box::pin(async move {
            let answer: AuthAnswer = self
                .call("auth.test", &HashMap::<&str, &str>::new())
                .await?;
            match (answer.team_id, answer.user_id) {
                (Some(team), Some(bot)) => Ok(Identity {
                    team: TeamId::new(team),
                    team_name: answer.team.unwrap_or_default(),
                    bot: UserId::new(bot),
                }),
                _ => Err(SendError::Ours {
                    reason: "auth.test named no team and user".to_owned(),
                }),
            }
        })
    }

    fn post<'a>(&'a self, post: Post<'a>) -> BoxFuture<'a, Result<MessageTs, SendError>> {
        Box::pin(async move {
            let metadata =
                SlackMessageMetadata::new("healthbot_notice".to_owned()).with_event_payload(
                    HashMap::from([("notice".to_owned(), post.notice.to_string())]),
                );
            let content = post.message.content().with_metadata(metadata);
            let request =
                SlackApiChatPostMessageRequest::new(post.conversation.as_str().into(), content)
                    .with_unfurl_links(false)
                    .with_unfurl_media(false);
            let request = match post.thread {
                Some(thread) => request
                    .with_thread_ts(SlackTs::new(thread.parent.as_str().to_owned()))
                    .with_reply_broadcast(thread.broadcast),
                None => request,
            };
            let answer: PostAnswer = self.call("chat.postMessage", &request).await?;
            // Slack said ok: the message is there, and posting it again for want of its name would repeat it.
            Ok(MessageTs::new(answer.ts.unwrap_or_default()))
        })
    }

    fn update<'a>(
        &'a self,
        conversation: &'a ConversationId,
        ts: &'a MessageTs,
        message: &'a Message,
    ) -> BoxFuture<'a, Result<(), SendError>> {
        Box::pin(async move {
            let request = SlackApiChatUpdateRequest::new(
                conversation.as_str().into(),
                message.content(),
                SlackTs::new(ts.as_str().to_owned()),
            );
            let _: NoAnswer = self.call("chat.update", &request).await?;
            Ok(())
        })
    }

    fn find<'a>(
        &'a self,
        conversation: &'a ConversationId,
        thread: Option<&'a MessageTs>,
        notice: NoticeId,
        since: Timestamp,
    ) -> BoxFuture<'a, Result<Option<MessageTs>, SendError>> {
        Box::pin(async move {
            let method = if thread.is_some() {
                "conversations.replies"
            } else {
                "conversations.history"
            };
            let oldest = since.timestamp().to_string();
            let query = [
                ("channel", Some(conversation.as_str())),
                ("ts", thread.map(MessageTs::as_str)),
                ("oldest", Some(oldest.as_str())),
                ("include_all_metadata", Some("true")),
                ("limit", Some("200")),
            ];
            let answer: HistoryAnswer = self.read(method, &query).await?;
            let wanted = notice.to_string();
            let carries = |message: &&serde_json::Value| {
                message
                    .pointer("/metadata/event_payload/notice")
                    .and_then(|n| n.as_str())
                    == Some(wanted.as_str())
            };
            let found = answer.messages.iter().find(carries);
            Ok(found
                .and_then(|message| message["ts"].as_str())
                .map(MessageTs::new))
        })
    }

    fn conversation<'a>(
        &'a self,
        id: &'a ConversationId,
    ) -> BoxFuture<'a, Result<Conversation, SendError>> {
        Box::pin(async move {
            let query = [("channel", Some(id.as_str()))];
            let answer: ConversationAnswer = self.read("conversations.info", &query).await?;
            let fields = answer.channel;
            let closed = fields.is_private.or(fields.is_mpim).unwrap_or(false);
            Ok(Conversation {
                name: fields.name.filter(|name| !name.is_empty()),
                archived: fields.is_archived.unwrap_or(false),
                open_to_bot: !closed
                    || fields.is_member.unwrap_or(false)
                    || fields.is_im.unwrap_or(false),
            })
        })
    }

    fn create_conversation<'a>(
        &'a self,
        name: &'a str,
    ) -> BoxFuture<'a, Result<(ConversationId, String), SendError>> {
        Box::pin(self.create(name))
    }

    fn rename_conversation<'a>(
        &'a self,
        id: &'a ConversationId,
        name: &'a str,
    ) -> BoxFuture<'a, Result<String, SendError>> {
        Box::pin(self.rename(id, name))
    }

    fn archive_conversation<'a>(
        &'a self,
        id: &'a ConversationId,
    ) -> BoxFuture<'a, Result<(), SendError>> {
        Box::pin(self.archive(id))
    }

    fn invite<'a>(
        &'a self,
        id: &'a ConversationId,
        user: &'a UserId,
    ) -> BoxFuture<'a, Result<(), SendError>> {
        Box::pin(self.bring(id, user))
    }

    fn hook<'a>(
        &'a self,
        url: &'a HookUrl,
        message: &'a Message,
    ) -> BoxFuture<'a, Result<(), SendError>> {
        Box::pin(self.counted("webhook", self.webhooks.hook(url, message)))
    }

    fn respond<'a>(
        &'a self,
        url: &'a ResponseUrl,
        message: &'a Message,
        replace: bool,
    ) -> BoxFuture<'a, Result<(), SendError>> {
        Box::pin(self.counted("response_url", self.webhooks.respond(url, message, replace)))
    }

    fn open_view<'a>(
        &'a self,
        trigger: &'a TriggerId,
        view: &'a View,
    ) -> BoxFuture<'a, Result<ViewId, SendError>> {
        Box::pin(async move {
            let request =
                SlackApiViewsOpenRequest::new(trigger.as_str().into(), view.content().clone());
            let answer: ViewAnswer = self.call("views.open", &request).await?;
            Ok(ViewId::new(answer.view.id.unwrap_or_default()))
        })
    }

    fn update_view<'a>(
        &'a self,
        id: &'a ViewId,
        view: &'a View,
    ) -> BoxFuture<'a, Result<(), SendError>> {
        Box::pin(async move {
            let request = SlackApiViewsUpdateRequest::new(view.content().clone())
                .with_view_id(id.as_str().into());
            let _: NoAnswer = self.call("views.update", &request).await?;
            Ok(())
        })
    }

    fn publish_home<'a>(
        &'a self,
        user: &'a UserId,
        view: &'a View,
    ) -> BoxFuture<'a, Result<(), SendError>> {
        Box::pin(async move {
            let request =
                SlackApiViewsPublishRequest::new(user.as_str().into(), view.content().clone());
            let _: NoAnswer = self.call("views.publish", &request).await?;
            Ok(())
        })
    }
}

impl Message {
    fn content(&self) -> SlackMessageContent {
        SlackMessageContent::new()
            .with_text(self.text.clone())
            .with_blocks(self.blocks.clone())
    }
}
