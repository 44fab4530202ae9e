//! Every answer about what people change: edits, histories, channels, webhooks.

use healthbot::domain::audit::{Actor, Deed, Edit, Logged, Subject, Via, server_edits};
use healthbot::domain::channel::{Destination, HookUrl};
use healthbot::domain::health::State;
use healthbot::domain::history::PastIncident;
use healthbot::domain::ids::{ChangeId, ChannelId, ConversationId, UserId};
use healthbot::domain::incident::{Acknowledgement, End, EndReason};
use healthbot::domain::reply::{
    ConversationAct, ConversationReply, History, Reply, WebhookAct, WebhookReply,
};
use healthbot::domain::server::{Environment, Server};

use super::{Foreign, ago, now};

impl Foreign {
    pub(super) fn change_replies(&self) -> Vec<(String, Reply)> {
        let view = |n| self.view(n, State::Up, |_| {});
        let edited = |name: &str, edits, moved, outcome| {
            let reply = Reply::Edited {
                view: view(1),
                edits,
                moved,
                outcome,
            };
            (name.to_owned(), reply)
        };
        let mut all = vec![
            edited("edited", self.edits(), false, None),
            edited("edited_nothing", Vec::new(), false, None),
            edited("edited_moved", self.edits(), true, Some(self.failed())),
            edited("edited_unprobed", self.edits(), true, None),
            ("history".into(), Reply::History(self.history())),
            (
                "history_empty".into(),
                Reply::History(History {
                    name: self.name.clone(),
                    open: None,
                    past: Vec::new(),
                    changes: Vec::new(),
                }),
            ),
            ("too_fast".into(), Reply::TooFast),
            ("done_already".into(), Reply::DoneAlready),
        ];
        let conversations = self.conversations().into_iter();
        all.extend(conversations.map(|(name, it)| (name.into(), Reply::Conversation(it))));
        let webhooks = self.webhooks().into_iter();
        all.extend(webhooks.map(|(name, it)| (name.into(), Reply::Webhook(it))));
        all
    }

    /// As many edits as a server can have at once.
    fn edits(&self) -> Vec<Edit> {
        let before = self.server(1);
        let after = Server {
            environment: Environment::Dev,
            interval: "10s".to_owned().try_into().ok(),
            notification: false,
            ..self.server(1)
        };
        let mut edits = server_edits(&before, &after);
        edits.push(Edit {
            field: "name".into(),
            from: self.typed.clone(),
            to: self.name.clone(),
        });
        edits.rotate_right(1);
        edits
    }

    /// The longest history that there is.
    fn history(&self) -> History {
        let acknowledged = Some(Acknowledgement {
            by: UserId::new("U0DANA"),
            at: ago(600),
        });
        let ended = self.incident(|incident| {
            incident.acknowledged = acknowledged.clone();
            incident.end = Some(End {
                at: ago(60),
                reason: EndReason::Recovered,
            });
        });
        let past = PastIncident::of(&ended).unwrap();
        let open = self.incident(|incident| incident.acknowledged = acknowledged);
        History {
            name: self.name.clone(),
            open: Some(open),
            past: vec![past; 20],
            changes: self.logged(),
        }
    }

    pub(super) fn logged(&self) -> Vec<Logged> {
        let server = || Subject::server(&self.server(1));
        let conversation = Subject::channel(&self.channel(|_| {}));
        let hook = HookUrl::trusted("https://hooks.slack.com/services/T/B/secret");
        let webhook =
            Subject::channel(&self.channel(|it| it.destination = Destination::Webhook(hook)));
        let environments = vec![Environment::Stage, Environment::Live];
        let deeds = [
            (server(), Deed::Edited(self.edits()), Via::Form),
            (server(), Deed::Muted { until: now() }, Via::Button),
            (server(), Deed::Acknowledged, Via::Home),
            (
                Subject::AllServers { count: 3 },
                Deed::AlertsOff,
                Via::Button,
            ),
            (Subject::Settings, Deed::Edited(self.edits()), Via::Command),
            (
                conversation.clone(),
                Deed::Subscribed { environments },
                Via::Command,
            ),
            (conversation, Deed::Archived, Via::Command),
            (webhook, Deed::Added, Via::Command),
        ];
        let by_people = deeds.into_iter().map(|(subject, deed, via)| {
            let actor = Actor::person(UserId::new("U0DANA"), via);
            (actor, subject, deed)
        });
        let by_nobody = [
            (Actor::nobody(Via::Api), server(), Deed::Removed),
            (Actor::nobody(Via::Import), server(), Deed::Added),
            (Actor::nobody(Via::Slack), server(), Deed::Unsubscribed),
        ];
        by_people
            .chain(by_nobody)
            .map(|(actor, subject, deed)| Logged {
                id: ChangeId::from_raw(1),
                at: ago(90),
                actor,
                subject,
                deed,
            })
            .collect()
    }

    fn conversations(&self) -> Vec<(&'static str, ConversationReply)> {
        let conversation = || ConversationId::new("C0OPS");
        let refused = |act, reason: &str, later| ConversationReply::Refused {
            act,
            conversation: (act != ConversationAct::Create).then(conversation),
            name: (act != ConversationAct::Create).then(|| "ops".to_owned()),
            wanted: (act != ConversationAct::Archive).then(|| self.typed.clone()),
            reason: reason.to_owned(),
            later,
        };
        vec![
            (
                "channel_created",
                ConversationReply::Created {
                    conversation: conversation(),
                    invited: true,
                },
            ),
            (
                "channel_renamed",
                ConversationReply::Renamed {
                    conversation: conversation(),
                    name: self.typed.clone(),
                },
            ),
            (
                "channel_ask_archive",
                ConversationReply::AskArchive {
                    conversation: conversation(),
                },
            ),
            (
                "channel_archived",
                ConversationReply::Archived {
                    conversation: conversation(),
                    already: false,
                },
            ),
            (
                "channel_kept",
                ConversationReply::Kept {
                    conversation: conversation(),
                },
            ),
            (
                "channel_name_taken",
                refused(ConversationAct::Create, "name_taken", false),
            ),
            (
                "channel_name_bad",
                refused(ConversationAct::Create, "invalid_name_specials", false),
            ),
            (
                "channel_name_bad_renamed",
                refused(ConversationAct::Rename, "invalid_name_specials", false),
            ),
            (
                "channel_not_ours",
                refused(ConversationAct::Rename, "not_authorized", false),
            ),
            (
                "channel_not_in",
                refused(ConversationAct::Archive, "not_in_channel", false),
            ),
            (
                "channel_refused",
                refused(ConversationAct::Archive, &self.detail, false),
            ),
            (
                "channel_away",
                refused(ConversationAct::Archive, &self.detail, true),
            ),
        ]
    }

    fn webhooks(&self) -> Vec<(&'static str, WebhookReply)> {
        let name = || self.name.clone();
        let refused = |later| WebhookReply::Refused {
            reason: self.detail.clone(),
            later,
        };
        vec![
            ("webhook_added", WebhookReply::Added { name: name() }),
            (
                "webhook_renamed",
                WebhookReply::Renamed {
                    from: name(),
                    to: self.typed.clone(),
                },
            ),
            (
                "webhook_ask_remove",
                WebhookReply::AskRemove {
                    channel: ChannelId::from_raw(1),
                    name: name(),
                },
            ),
            ("webhook_removed", WebhookReply::Removed { name: name() }),
            (
                "webhook_unknown",
                WebhookReply::NoSuch {
                    name: self.typed.clone(),
                    known: vec![name(); 3],
                    act: WebhookAct::Rename(self.typed.clone()),
                },
            ),
            ("webhook_mended", WebhookReply::Mended { name: name() }),
            (
                "webhook_renamed_before",
                WebhookReply::Renamed {
                    from: name(),
                    to: name(),
                },
            ),
            (
                "webhook_none",
                WebhookReply::NoSuch {
                    name: self.typed.clone(),
                    known: Vec::new(),
                    act: WebhookAct::Remove,
                },
            ),
            (
                "webhook_name_taken",
                WebhookReply::NameTaken {
                    name: name(),
                    free: format!("{}-2", self.name),
                    renames: None,
                },
            ),
            (
                "webhook_known",
                WebhookReply::Known {
                    name: name(),
                    wanted: self.typed.clone(),
                },
            ),
            ("webhook_refused", refused(false)),
            ("webhook_away", refused(true)),
        ]
    }
}
