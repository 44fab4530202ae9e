//! Commands that make, rename and archive conversations in Slack.

use crate::domain::audit::{Deed, Subject};
use crate::domain::command::ConversationCommand;
use crate::domain::command::words::ChannelRef;
use crate::domain::ids::ConversationId;
use crate::domain::reply::{ConversationAct, ConversationReply, Reply};
use crate::service::channels::Subscription;
use crate::service::commands::{Asker, Commands};
use crate::slack::error::SendError;

impl Commands {
    pub(super) async fn conversation(&self, command: ConversationCommand, asker: &Asker) -> Reply {
        match command {
            ConversationCommand::Create { name } => self.create(&name, asker).await,
            ConversationCommand::Rename { channel, name } => {
                self.rename(channel, &name, asker).await
            }
            ConversationCommand::Archive { channel } => {
                Reply::Conversation(ConversationReply::AskArchive {
                    conversation: channel.id,
                })
            }
        }
    }

    /// Makes a channel that is told of failures, and brings whoever asked into it.
    async fn create(&self, name: &str, asker: &Asker) -> Reply {
        let (conversation, name) = match self.slack.create_conversation(name).await {
            Ok(created) => created,
            Err(error) => return refused(ConversationAct::Create, None, Some(name), &error),
        };
        let subscription = Subscription {
            conversation: conversation.clone(),
            name: name.clone(),
            environments: None,
            by: asker.actor(),
            // Slack tells that the bot has joined, too; whoever is first welcomes the channel.
            welcome: true,
        };
        if let Err(error) = self.channels.subscribe(&subscription, None).await {
            return error.into();
        }
        let invited = self.slack.invite(&conversation, &asker.user).await;
        if let Err(error) = &invited {
            tracing::info!(%conversation, %error, "whoever made a channel could not be invited to it");
        }
        let subject = Subject::Channel {
            name,
            conversation: Some(conversation.clone()),
        };
        self.logged(subject, Deed::Created, asker).await;
        Reply::Conversation(ConversationReply::Created {
            conversation,
            invited: invited.is_ok(),
        })
    }

    async fn rename(&self, channel: ChannelRef, name: &str, asker: &Asker) -> Reply {
        let conversation = channel.id.clone();
        let name = match self.slack.rename_conversation(&conversation, name).await {
            Ok(name) => name,
            Err(error) => {
                return refused(ConversationAct::Rename, Some(channel), Some(name), &error);
            }
        };
        let by = asker.actor();
        match self.channels.renamed(&conversation, &name, None, &by).await {
            Ok(()) => Reply::Conversation(ConversationReply::Renamed { conversation, name }),
            Err(error) => error.into(),
        }
    }

    /// Archives a conversation after all; it is told no more.
    pub async fn archive(&self, conversation: ConversationId, asker: &Asker) -> Reply {
        let already = match self.slack.archive_conversation(&conversation).await {
            Ok(()) => false,
            Err(error) if error.reason() == "already_archived" => true,
            Err(error) => {
                let channel = ChannelRef {
                    id: conversation,
                    name: None,
                };
                return refused(ConversationAct::Archive, Some(channel), None, &error);
            }
        };
        let by = asker.actor();
        if let Err(error) = self.channels.unsubscribe(&conversation, None, &by).await {
            return error.into();
        }
        if !already {
            let subject = Subject::Channel {
                name: conversation.to_string(),
                conversation: Some(conversation.clone()),
            };
            self.logged(subject, Deed::Archived, asker).await;
        }
        Reply::Conversation(ConversationReply::Archived {
            conversation,
            already,
        })
    }

    /// Logs what was done in Slack. It is done, so a store that refuses the entry does not undo it.
    async fn logged(&self, subject: Subject, deed: Deed, asker: &Asker) {
        let now = self.clock.now();
        let entry = self.audit.entry(&asker.actor(), subject, deed, now);
        if let Err(error) = self.audit.keep(&entry).await {
            tracing::error!(%error, "a change in Slack could not be logged");
        }
    }
}

fn refused(
    act: ConversationAct,
    channel: Option<ChannelRef>,
    wanted: Option<&str>,
    error: &SendError,
) -> Reply {
    let (conversation, name) = channel.map_or((None, None), |it| (Some(it.id), it.name));
    Reply::Conversation(ConversationReply::Refused {
        act,
        conversation,
        name,
        wanted: wanted.map(str::to_owned),
        reason: error.reason().to_owned(),
        later: matches!(error, SendError::Retry { .. }),
    })
}
