//! Commands and buttons about who is told.

use std::collections::BTreeSet;

use crate::domain::command::words::ChannelRef;
use crate::domain::command::{Problem, Topic};
use crate::domain::ids::{ChannelId, ConversationId};
use crate::domain::reply::{Page, Reply};
use crate::domain::server::Environment;
use crate::service::channels::{ChannelChange, Subscription};
use crate::service::commands::{Asker, Commands, mistake};
use crate::service::reach::reachable;

/// How many channels a page of their list shows, a block each.
pub const CHANNELS_PAGE: usize = 10;

impl Commands {
    pub(super) async fn subscribe(
        &self,
        channel: Option<ChannelRef>,
        environments: BTreeSet<Environment>,
        asker: &Asker,
    ) -> Reply {
        let Some((conversation, name)) = here_or(channel, asker) else {
            return mistake(Topic::Subscribe, Problem::Missing("#channel"));
        };
        let found = match reachable(&self.slack, &conversation).await {
            Ok(found) => found,
            Err(problem) => {
                return Reply::CannotSubscribe {
                    conversation,
                    problem,
                };
            }
        };
        let subscription = Subscription {
            name: found
                .name
                .or(name)
                .unwrap_or_else(|| conversation.to_string()),
            conversation,
            environments: Some(environments),
            by: asker.actor(),
            welcome: false,
        };
        match self.channels.subscribe(&subscription, None).await {
            Ok((channel, already)) => Reply::Subscribed { channel, already },
            Err(error) => error.into(),
        }
    }

    pub(super) async fn unsubscribe(&self, channel: Option<ChannelRef>, asker: &Asker) -> Reply {
        match here_or(channel, asker) {
            Some((conversation, _)) => self.unsubscribe_conversation(conversation, asker).await,
            None => mistake(Topic::Unsubscribe, Problem::Missing("#channel")),
        }
    }

    /// A page of who is told.
    #[must_use]
    pub fn told(&self, page: usize) -> Reply {
        let channels = self.fleet.channels();
        let off = channels.iter().filter(|channel| !channel.notification);
        Reply::Channels {
            refused: self.delivery.pause().map(|pause| pause.reason),
            off: off.count(),
            page: Page::cut(channels, page, CHANNELS_PAGE),
        }
    }

    /// Switches a channel's alerts; the page on which it stands shows that.
    pub async fn switch_channel(
        &self,
        channel: ChannelId,
        on: bool,
        page: usize,
        asker: &Asker,
    ) -> Reply {
        let change = ChannelChange {
            notification: Some(on),
            ..ChannelChange::default()
        };
        match self.channels.change(channel, &change, &asker.actor()).await {
            Ok(_) => self.told(page),
            Err(error) => error.into(),
        }
    }

    /// Tells a conversation no more.
    pub async fn unsubscribe_conversation(
        &self,
        conversation: ConversationId,
        asker: &Asker,
    ) -> Reply {
        let by = asker.actor();
        match self.channels.unsubscribe(&conversation, None, &by).await {
            Ok(Some(channel)) => Reply::Unsubscribed {
                here: asker.conversation.as_ref() == channel.conversation(),
                channel: (*channel).clone(),
            },
            Ok(None) => Reply::NotSubscribed { conversation },
            Err(error) => error.into(),
        }
    }
}

fn here_or(channel: Option<ChannelRef>, asker: &Asker) -> Option<(ConversationId, Option<String>)> {
    match channel {
        Some(channel) => Some((channel.id, channel.name)),
        None => Some((asker.conversation.clone()?, asker.conversation_name.clone())),
    }
}
