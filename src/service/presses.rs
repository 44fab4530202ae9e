//! A button to what it does.

use std::sync::Arc;

use crate::domain::inventory::{Consent, Mark, Standing, Verdict};
use crate::domain::press::Press;
use crate::domain::reply::{ConversationReply, Reply};
use crate::domain::settings::MuteSpan;
use crate::service::commands::{Asker, Commands};
use crate::service::fleet::Fleet;
use crate::service::forms::Forms;
use crate::service::inventory::{Inventory, Kept};

/// Carries out what buttons mean.
#[derive(Debug)]
pub struct Presses {
    fleet: Arc<Fleet>,
    commands: Arc<Commands>,
    forms: Arc<Forms>,
    inventory: Arc<Inventory>,
}

/// An answer to a press, and where it belongs.
#[derive(Debug)]
pub struct Pressed {
    /// The answer.
    pub reply: Reply,
    /// Where it is shown.
    pub place: Place,
}

/// Where the answer to a press is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// To that person, below.
    Below,
    /// In the place of the private message that the button stood in; below a message that others see too.
    InPrivatePlace,
    /// In the place of the message that the button stood in, whoever sees it.
    InPlace,
}

impl Presses {
    /// Presses end in the same acts as commands.
    #[must_use]
    pub const fn new(
        fleet: Arc<Fleet>,
        commands: Arc<Commands>,
        forms: Arc<Forms>,
        inventory: Arc<Inventory>,
    ) -> Self {
        Self {
            fleet,
            commands,
            forms,
            inventory,
        }
    }

    /// Carries a press out.
    pub async fn handle(&self, press: Press, asker: &Asker) -> Pressed {
        if changes_something(&press) && !self.commands.may_change(&asker.user) {
            return Pressed {
                reply: Reply::NotAllowed,
                place: Place::Below,
            };
        }
        let place = place(&press);
        let reply = self.act(press, asker).await;
        // A second click finds that the first one has done it: what that one showed stays.
        let late = matches!(
            reply,
            Reply::Gone | Reply::NotSubscribed { .. } | Reply::InventoryNotHeld
        );
        // What could not be done can be tried again, with the same buttons.
        let late = late
            || matches!(
                reply,
                Reply::InventoryTrouble { .. } | Reply::StoreTrouble { .. }
            );
        let place = if late { Place::Below } else { place };
        Pressed { reply, place }
    }

    async fn act(&self, press: Press, asker: &Asker) -> Reply {
        match press {
            Press::Alerts { server, on } => self.commands.switch(server, on, asker).await,
            Press::Acknowledge { server } => self.commands.acknowledge(server, asker).await,
            Press::Mute { server } => self.commands.mute(server, MuteSpan::default(), asker).await,
            Press::Unmute { server } => self.commands.unmute(server, asker).await,
            Press::Check { server } => self.commands.check(server).await,
            Press::Remove { server } => self.commands.remove(server, asker).await,
            Press::Keep { server } => {
                let known = self.fleet.server(server);
                kept(known.map(|known| known.server.host_name.to_string()))
            }
            Press::AllOff => self.commands.switch_all(false, asker).await,
            Press::KeepAll => Reply::KeptAll,
            Press::Archive { conversation } => self.commands.archive(conversation, asker).await,
            Press::KeepConversation { conversation } => {
                Reply::Conversation(ConversationReply::Kept { conversation })
            }
            Press::RemoveWebhook { channel } => self.commands.remove_webhook(channel, asker).await,
            Press::KeepWebhook { channel } => {
                let known = self.fleet.channel(channel);
                kept(known.map(|known| known.channel.name.clone()))
            }
            Press::Unsubscribe => self.unsubscribe(asker).await,
            Press::InventoryRemove { asked } => self.remove_vanished(asked, asker).await,
            Press::InventoryKeep { asked } => self.keep_vanished(asked, asker).await,
            Press::Channels { page } => self.commands.told(page),
            Press::ChannelAlerts { channel, on, page } => {
                self.commands.switch_channel(channel, on, page, asker).await
            }
            Press::Help(topic) => Reply::Help(Some(topic)),
            Press::List { page, filter } => self.commands.list(filter, page),
            Press::Summary => self.commands.summary(),
            Press::AddServer => self.commands.open_add(asker).await,
            Press::Edit { server } => self.commands.open_edit(server, asker).await,
            Press::AskRemove { server } => {
                let view = self.fleet.view(server);
                view.map_or(Reply::Gone, Reply::AskRemove)
            }
            Press::AddMany => match &asker.screen {
                Some(screen) => self.forms.open_many(screen).await,
                None => Reply::Elsewhere,
            },
            Press::Find(state) => match &asker.screen {
                Some(screen) => self.forms.open_find(screen, &state).await,
                None => Reply::Elsewhere,
            },
            // Only a Home has such buttons, and it is drawn anew.
            Press::Home(_) => Reply::Elsewhere,
        }
    }

    /// The conversation that the button stands in is told no more.
    async fn unsubscribe(&self, asker: &Asker) -> Reply {
        let Some(here) = asker.conversation.clone() else {
            return Reply::Gone;
        };
        self.commands.unsubscribe_conversation(here, asker).await
    }

    /// What was asked about and is held still is removed after all; nothing else is.
    async fn remove_vanished(&self, asked: Option<Mark>, asker: &Asker) -> Reply {
        let by = asker.actor();
        let report = match self.inventory.sync(Consent::Asked(asked), &by).await {
            Ok(report) => report,
            Err(error) => {
                return Reply::InventoryTrouble {
                    reason: error.to_string(),
                };
            }
        };
        match report.standing {
            Standing::Released => {
                let count = report.removed;
                Reply::InventorySettled(Verdict::Removed { count, by })
            }
            Standing::Held { ask: true, .. } => Reply::InventoryAskedAnew,
            Standing::Held { held, .. } => Reply::InventoryChanged(held),
            Standing::Ended { missing } => Reply::InventorySettled(Verdict::Over { missing }),
            Standing::Usual => Reply::InventoryNotHeld,
        }
    }

    /// What was asked about stays, and nobody is asked again while it is held.
    async fn keep_vanished(&self, asked: Option<Mark>, asker: &Asker) -> Reply {
        match self.inventory.keep(asked, &asker.actor()).await {
            Ok(Kept::Settled(verdict)) => Reply::InventorySettled(verdict),
            Ok(Kept::Changed(held)) => Reply::InventoryChanged(held),
            Ok(Kept::NotHeld) => Reply::InventoryNotHeld,
            Err(error) => error.into(),
        }
    }
}

/// Where the answer to a press belongs, if it does what it is meant to.
const fn place(press: &Press) -> Place {
    match press {
        Press::Check { .. } | Press::AddServer | Press::Edit { .. } => Place::Below,
        Press::Unsubscribe | Press::InventoryRemove { .. } | Press::InventoryKeep { .. } => {
            Place::InPlace
        }
        _ => Place::InPrivatePlace,
    }
}

/// Somebody was asked and keeps it, if it is there still.
fn kept(name: Option<String>) -> Reply {
    name.map_or(Reply::Gone, |name| Reply::Kept { name })
}

/// Whether only those may press it who may change things.
#[must_use]
pub const fn changes_something(press: &Press) -> bool {
    match press {
        Press::Alerts { .. }
        | Press::Acknowledge { .. }
        | Press::Mute { .. }
        | Press::Unmute { .. }
        | Press::Remove { .. }
        | Press::AllOff
        | Press::InventoryRemove { .. }
        | Press::InventoryKeep { .. }
        | Press::Archive { .. }
        | Press::RemoveWebhook { .. }
        | Press::Unsubscribe
        | Press::ChannelAlerts { .. }
        | Press::AddServer
        | Press::AddMany
        | Press::Edit { .. }
        | Press::AskRemove { .. } => true,
        Press::Check { .. }
        | Press::Keep { .. }
        | Press::KeepAll
        | Press::KeepConversation { .. }
        | Press::KeepWebhook { .. }
        | Press::Channels { .. }
        | Press::Help(_)
        | Press::List { .. }
        | Press::Summary
        | Press::Home(_)
        | Press::Find(_) => false,
    }
}
