//! Commands about incoming webhooks. Their URLs are secrets: people know them by their names, and no answer shows one.

use crate::domain::channel::{Destination, HookUrl};
use crate::domain::command::{Problem, Topic, TypedHook, WebhookCommand};
use crate::domain::ids::ChannelId;
use crate::domain::reply::{Reply, WebhookReply};
use crate::domain::server::{HostName, fold};
use crate::service::channels::ChannelChange;
use crate::service::commands::{Asker, Commands, mistake};
use crate::slack::error::SendError;
use crate::slack::render;

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
                None => self.no_such_webhook(name),
            },
        }
    }

    /// Tells a webhook from now on, once a message has arrived there.
    async fn add_webhook(&self, name: String, typed: &TypedHook, asker: &Asker) -> Reply {
        let Some(url) = self.hosts.hook_url(typed.expose()) else {
            return mistake(Topic::Webhook, Problem::of_hook(typed.expose()));
        };
        if self.fleet.webhook_named(&name).is_some() {
            return Reply::Webhook(WebhookReply::NameTaken { name });
        }
        if let Some(name) = self.name_of(&url) {
            return Reply::Webhook(WebhookReply::Known { name });
        }
        let test = render::webhook_test(self.forms.words(), &name);
        if let Err(error) = self.slack.hook(&url, &test).await {
            return Reply::Webhook(WebhookReply::Refused {
                reason: error.reason().to_owned(),
                later: matches!(error, SendError::Retry { .. }),
            });
        }
        match self.channels.add_webhook(&name, url, &asker.actor()).await {
            Ok(channel) => Reply::Webhook(WebhookReply::Added { name: channel.name }),
            Err(error) => error.into(),
        }
    }

    /// What people call the webhook at this URL, where there is one.
    fn name_of(&self, url: &HookUrl) -> Option<String> {
        let same = |destination: &Destination| matches!(destination, Destination::Webhook(known) if known == url);
        let channels = self.fleet.channels();
        let known = channels.iter().find(|channel| same(&channel.destination))?;
        Some(known.name.clone())
    }

    async fn rename_webhook(&self, name: String, to: String, asker: &Asker) -> Reply {
        let Some(known) = self.fleet.webhook_named(&name) else {
            return self.no_such_webhook(name);
        };
        let other = self.fleet.webhook_named(&to);
        if other.is_some_and(|other| other.channel.id != known.channel.id) {
            return Reply::Webhook(WebhookReply::NameTaken { name: to });
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

    fn no_such_webhook(&self, name: String) -> Reply {
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
        Reply::Webhook(WebhookReply::NoSuch { name, known })
    }
}
