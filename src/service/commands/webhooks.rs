//! Commands about incoming webhooks. Their URLs are secrets: people know them by their names, and no answer shows one.

use std::sync::Arc;

use crate::domain::channel::{Channel, Destination, HookUrl};
use crate::domain::command::{Problem, Topic, TypedHook, WebhookCommand};
use crate::domain::ids::ChannelId;
use crate::domain::reply::{Reply, WebhookAct, WebhookReply};
use crate::domain::server::{HostName, fold};
use crate::service::ChangeError;
use crate::service::channels::ChannelChange;
use crate::service::commands::{Asker, Commands, mistake};
use crate::slack::error::SendError;
use crate::slack::render;

/// How much of a name is kept in one that is offered instead, in characters: a number has room behind it.
const FREE_CHARS: usize = 240;

impl Commands {
    pub(super) async fn webhook(&self, command: WebhookCommand, asker: &Asker) -> Reply {
        match command {
            WebhookCommand::Add { name, url } => self.add_webhook(name, &url, asker).await,
            WebhookCommand::Rename { name, to } => self.rename_webhook(name, to, asker).await,
            WebhookCommand::Remove { name } => match self.fleet.webhook_named(&name) {
                Some(known) => Reply::Webhook(WebhookReply::AskRemove {
                    channel: known.channel.id,
                    name: known.channel.name.clone(),
                }),
                None => self.no_such_webhook(name, WebhookAct::Remove),
            },
        }
    }

    /// Tells a webhook from now on, once a message has arrived there. One that nothing reaches gets the URL instead, and
    /// what it is owed.
    async fn add_webhook(&self, name: String, typed: &TypedHook, asker: &Asker) -> Reply {
        let Some(url) = self.hosts.hook_url(typed.expose()) else {
            return mistake(Topic::Webhook, Problem::of_hook(typed.expose()));
        };
        let namesake = self.fleet.webhook_named(&name).map(|known| known.channel);
        let failing = namesake.clone().filter(|known| known.failing.is_some());
        let told = self.told_at(&url).filter(|told| {
            // The webhook that fails may work again at the URL that it has.
            failing.as_ref().is_none_or(|failing| failing.id != told.id)
        });
        if let Some(told) = told {
            return Reply::Webhook(WebhookReply::Known {
                name: told.name.clone(),
                wanted: name,
            });
        }
        if let Some(known) = namesake.filter(|_| failing.is_none()) {
            return self.webhook_name_taken(known.name.clone(), None);
        }
        let test = render::webhook_test(self.forms.words(), &name);
        if let Err(error) = self.slack.hook(&url, &test).await {
            return Reply::Webhook(WebhookReply::Refused {
                reason: error.reason().to_owned(),
                later: matches!(error, SendError::Retry { .. }),
            });
        }
        if let Some(failing) = failing {
            return self.mend_webhook(&failing, url, asker).await;
        }
        match self.channels.add_webhook(&name, url, &asker.actor()).await {
            Ok(channel) => Reply::Webhook(WebhookReply::Added { name: channel.name }),
            Err(ChangeError::WebhookNameTaken(name)) => self.webhook_name_taken(name, None),
            Err(error) => error.into(),
        }
    }

    /// Gives a webhook that nothing reaches another URL; what it is owed is sent there.
    async fn mend_webhook(&self, failing: &Channel, url: HookUrl, asker: &Asker) -> Reply {
        let change = ChannelChange {
            hook_url: Some(url),
            ..ChannelChange::default()
        };
        let by = asker.actor();
        match self.channels.change(failing.id, &change, &by).await {
            Ok(channel) => Reply::Webhook(WebhookReply::Mended {
                name: channel.name.clone(),
            }),
            Err(ChangeError::WebhookNameTaken(name)) => self.webhook_name_taken(name, None),
            Err(error) => error.into(),
        }
    }

    /// The webhook at this URL, where there is one.
    fn told_at(&self, url: &HookUrl) -> Option<Arc<Channel>> {
        let same = |channel: &Arc<Channel>| matches!(&channel.destination, Destination::Webhook(known) if known == url);
        self.fleet.channels().into_iter().find(same)
    }

    fn webhook_name_taken(&self, name: String, renames: Option<String>) -> Reply {
        let stem: String = name.chars().take(FREE_CHARS).collect();
        let mut numbered = (2_u32..).map(|n| format!("{stem}-{n}"));
        let free = numbered.find(|free| self.fleet.webhook_named(free).is_none());
        Reply::Webhook(WebhookReply::NameTaken {
            name,
            free: free.unwrap_or_default(),
            renames,
        })
    }

    async fn rename_webhook(&self, name: String, to: String, asker: &Asker) -> Reply {
        let Some(known) = self.fleet.webhook_named(&name) else {
            return self.no_such_webhook(name, WebhookAct::Rename(to));
        };
        let other = self.fleet.webhook_named(&to);
        if let Some(other) = other.filter(|other| other.channel.id != known.channel.id) {
            let renames = known.channel.name.clone();
            return self.webhook_name_taken(other.channel.name.clone(), Some(renames));
        }
        let change = ChannelChange {
            name: Some(to),
            ..ChannelChange::default()
        };
        let id = known.channel.id;
        match self.channels.change(id, &change, &asker.actor()).await {
            Ok(channel) => Reply::Webhook(WebhookReply::Renamed {
                from: known.channel.name.clone(),
                to: channel.name.clone(),
            }),
            Err(error) => error.into(),
        }
    }

    /// Tells a webhook no more.
    pub async fn remove_webhook(&self, id: ChannelId, asker: &Asker) -> Reply {
        match self.channels.remove(id, None, &asker.actor()).await {
            Ok(Some(channel)) => Reply::Webhook(WebhookReply::Removed {
                name: channel.name.clone(),
            }),
            Ok(None) => Reply::Gone,
            Err(error) => error.into(),
        }
    }

    fn no_such_webhook(&self, name: String, act: WebhookAct) -> Reply {
        let channels = self.fleet.channels();
        let mut known: Vec<_> = channels
            .iter()
            .filter(|channel| channel.conversation().is_none())
            .map(|channel| channel.name.clone())
            .collect();
        // What is longer than a name can be is not worth the comparing.
        let wanted: String = fold(&name).chars().take(HostName::MAX_CHARS).collect();
        known.sort_by_cached_key(|other| strsim::damerau_levenshtein(&fold(other), &wanted));
        known.truncate(super::NEAREST);
        Reply::Webhook(WebhookReply::NoSuch { name, known, act })
    }
}
