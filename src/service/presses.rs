//! A button to what it does.

use std::sync::Arc;

use crate::domain::press::Press;
use crate::domain::reply::Reply;
use crate::service::commands::{Asker, Commands};
use crate::service::fleet::Fleet;

/// Carries out what buttons mean.
#[derive(Debug)]
pub struct Presses {
    fleet: Arc<Fleet>,
    commands: Arc<Commands>,
}

/// An answer to a press, and where it belongs.
#[derive(Debug)]
pub struct Pressed {
    /// The answer.
    pub reply: Reply,
    /// Whether it takes the place of the private message that the button stood in.
    pub replaces: bool,
}

impl Presses {
    /// Presses end in the same acts as commands.
    #[must_use]
    pub fn new(fleet: Arc<Fleet>, commands: Arc<Commands>) -> Self {
        Self { fleet, commands }
    }

    /// Carries a press out.
    pub async fn handle(&self, press: Press, asker: &Asker) -> Pressed {
        if changes_something(&press) && !self.commands.may_change(&asker.user) {
            return Pressed {
                reply: Reply::NotAllowed,
                replaces: false,
            };
        }
        let replaces = !matches!(press, Press::Check { .. });
        let reply = match press {
            Press::Alerts { server, on } => self.commands.switch(server, on).await,
            Press::Check { server } => self.commands.check(server).await,
            Press::Remove { server } => self.commands.remove(server).await,
            Press::Keep { server } => match self.fleet.view(server) {
                Some(view) => Reply::Kept {
                    name: view.server.host_name.to_string(),
                },
                None => Reply::Gone,
            },
            Press::AllOff => self.commands.switch_all(false).await,
            Press::KeepAll => Reply::Kept {
                name: "Everything".to_owned(),
            },
            Press::Unsubscribe => match &asker.conversation {
                Some(here) => self.commands.unsubscribe_conversation(here.clone()).await,
                None => Reply::Gone,
            },
            Press::Help(topic) => Reply::Help(Some(topic)),
            Press::List { page, filter } => self.commands.list(filter, page),
            Press::Summary => self.commands.summary(),
        };
        Pressed { reply, replaces }
    }
}

/// Whether only those may press it who may change things.
const fn changes_something(press: &Press) -> bool {
    matches!(
        press,
        Press::Alerts { .. } | Press::Remove { .. } | Press::AllOff | Press::Unsubscribe
    )
}
