//! What the bot asks of Slack.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;

use crate::clock::Timestamp;
use crate::config::Secret;
use crate::domain::channel::HookUrl;
use crate::domain::ids::{ConversationId, MessageTs, NoticeId, TeamId, TriggerId, UserId, ViewId};
use crate::slack::error::SendError;
use crate::slack::hosts::ResponseUrl;
use crate::slack::render::{Message, View};

/// No call to Slack takes longer.
pub const DEADLINE: Duration = Duration::from_secs(10);

/// Who the bot is, by `auth.test`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The workspace.
    pub team: TeamId,
    /// The workspace's name.
    pub team_name: String,
    /// The bot's own user.
    pub bot: UserId,
}

/// What is known of a conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conversation {
    /// Its name without the `#`; none for a direct message.
    pub name: Option<String>,
    /// Whether it is archived.
    pub archived: bool,
    /// Whether the bot can post there: it is a member, or the conversation is public.
    pub open_to_bot: bool,
}

/// A message to be posted.
#[derive(Debug, Clone, Copy)]
pub struct Post<'a> {
    /// Where.
    pub conversation: &'a ConversationId,
    /// What.
    pub message: &'a Message,
    /// In whose thread, if in any.
    pub thread: Option<Thread<'a>>,
    /// The notice that owes it; it travels in the metadata, so that it can be recognised.
    pub notice: NoticeId,
}

/// The thread that a message goes into.
#[derive(Debug, Clone, Copy)]
pub struct Thread<'a> {
    /// The message that it hangs on.
    pub parent: &'a MessageTs,
    /// Whether it is shown in the conversation too.
    pub broadcast: bool,
}

/// Everything that the bot asks of Slack. The simulation stands another Slack behind it.
pub trait Slack: Send + Sync + 'static {
    /// The token for the next call and all after it.
    fn renew_token(&self, token: &Secret);
    /// Who the bot is.
    fn identity(&self) -> BoxFuture<'_, Result<Identity, SendError>>;
    /// Posts a message; the answer names it.
    fn post<'a>(&'a self, post: Post<'a>) -> BoxFuture<'a, Result<MessageTs, SendError>>;
    /// Makes a posted message say something else.
    fn update<'a>(
        &'a self,
        conversation: &'a ConversationId,
        ts: &'a MessageTs,
        message: &'a Message,
    ) -> BoxFuture<'a, Result<(), SendError>>;
    /// Looks for a message that carries this notice, among those since `since` in the conversation or the thread.
    fn find<'a>(
        &'a self,
        conversation: &'a ConversationId,
        thread: Option<&'a MessageTs>,
        notice: NoticeId,
        since: Timestamp,
    ) -> BoxFuture<'a, Result<Option<MessageTs>, SendError>>;
    /// Looks a conversation up.
    fn conversation<'a>(
        &'a self,
        id: &'a ConversationId,
    ) -> BoxFuture<'a, Result<Conversation, SendError>>;
    /// Makes a public conversation, of which the bot is a member; the answer names it as Slack wrote it.
    fn create_conversation<'a>(
        &'a self,
        name: &'a str,
    ) -> BoxFuture<'a, Result<(ConversationId, String), SendError>>;
    /// Renames a conversation; the answer is the name as Slack wrote it.
    fn rename_conversation<'a>(
        &'a self,
        id: &'a ConversationId,
        name: &'a str,
    ) -> BoxFuture<'a, Result<String, SendError>>;
    /// Archives a conversation.
    fn archive_conversation<'a>(
        &'a self,
        id: &'a ConversationId,
    ) -> BoxFuture<'a, Result<(), SendError>>;
    /// Brings a person into a conversation.
    fn invite<'a>(
        &'a self,
        id: &'a ConversationId,
        user: &'a UserId,
    ) -> BoxFuture<'a, Result<(), SendError>>;
    /// Posts through an incoming webhook, which names no message.
    fn hook<'a>(
        &'a self,
        url: &'a HookUrl,
        message: &'a Message,
    ) -> BoxFuture<'a, Result<(), SendError>>;
    /// Answers a command or button late, for the person alone; `replace` puts it in the place of the message that the
    /// button stood in.
    fn respond<'a>(
        &'a self,
        url: &'a ResponseUrl,
        message: &'a Message,
        replace: bool,
    ) -> BoxFuture<'a, Result<(), SendError>>;
    /// Opens a form for the person whose act gave the trigger.
    fn open_view<'a>(
        &'a self,
        trigger: &'a TriggerId,
        view: &'a View,
    ) -> BoxFuture<'a, Result<ViewId, SendError>>;
    /// Puts something else in the place of an open form.
    fn update_view<'a>(
        &'a self,
        id: &'a ViewId,
        view: &'a View,
    ) -> BoxFuture<'a, Result<(), SendError>>;
    /// Puts this on a person's Home.
    fn publish_home<'a>(
        &'a self,
        user: &'a UserId,
        view: &'a View,
    ) -> BoxFuture<'a, Result<(), SendError>>;
}

/// A Slack that is handed around.
pub type SharedSlack = Arc<dyn Slack>;
