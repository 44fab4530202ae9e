//! What is done on the page.

use std::sync::Arc;

use serde::Deserialize;

use crate::demo::controls::Wanted;
use crate::demo::core::Core;
use crate::demo::error::Error;
use crate::demo::targets::Mode;
use crate::demo::workspace::Workspace;

/// Something done by a person.
#[derive(Debug, Deserialize)]
pub(super) struct Act {
    /// Whose page it is.
    user: String,
    #[serde(flatten)]
    deed: Deed,
}

#[derive(Debug, Deserialize)]
#[serde(tag = "act", rename_all = "snake_case")]
enum Deed {
    /// A line typed into a channel: a command, or a message.
    Type {
        channel: String,
        text: String,
    },
    /// A control used: of a message, of Home, or of the modal.
    Press(Press),
    /// The modal sent off, its fields by `block_id`.
    Submit {
        filled: Vec<(String, String)>,
    },
    /// The modal closed.
    Close,
    /// Home shown.
    OpenHome,
    Create {
        name: String,
    },
    Invite {
        channel: String,
    },
    Kick {
        channel: String,
    },
    Rename {
        channel: String,
        name: String,
    },
    Archive {
        channel: String,
    },
    Unarchive {
        channel: String,
    },
    /// A demo server switched.
    Switch {
        target: String,
        mode: String,
    },
}

#[derive(Debug, Deserialize)]
struct Press {
    surface: Surface,
    #[serde(default)]
    channel: String,
    #[serde(default)]
    ts: String,
    block_id: String,
    action_id: String,
    option: Option<String>,
    /// The other fields of the modal, by `block_id`.
    #[serde(default)]
    filled: Vec<(String, String)>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Surface {
    Message,
    Home,
    Modal,
}

pub(super) async fn run(core: &Arc<Core>, act: Act) -> Result<(), Error> {
    let workspace = Workspace::within(Arc::clone(core));
    let user = act.user.as_str();
    match act.deed {
        Deed::Type { channel, text } if text.starts_with('/') => {
            let answer = workspace.command(user, &channel, &text).await?;
            if !answer.is_success() {
                return Err(Error::Refused(format!(
                    "the app answered {}",
                    answer.status
                )));
            }
        }
        Deed::Type { channel, text } => workspace.say(user, &channel, &text)?,
        Deed::Press(deed) => press(&workspace, user, &deed).await?,
        Deed::Submit { filled } => {
            workspace.submit_view(user, &pairs(&filled)).await?;
        }
        Deed::Close => workspace.close_view(user).await?,
        Deed::OpenHome => {
            workspace.open_home(user).await?;
        }
        Deed::Create { name } => workspace.create_channel(&name)?,
        Deed::Invite { channel } => {
            workspace.invite_bot(&channel).await?;
        }
        Deed::Kick { channel } => {
            workspace.kick_bot(&channel).await?;
        }
        Deed::Rename { channel, name } => {
            workspace.rename(&channel, &name).await?;
        }
        Deed::Archive { channel } => {
            workspace.archive(&channel).await?;
        }
        Deed::Unarchive { channel } => {
            workspace.unarchive(&channel).await?;
        }
        Deed::Switch { target, mode } => switch(core, &target, &mode).await?,
    }
    Ok(())
}

async fn press(workspace: &Workspace, user: &str, deed: &Press) -> Result<(), Error> {
    let wanted = Wanted::Ids {
        block_id: &deed.block_id,
        action_id: &deed.action_id,
        option: deed.option.as_deref(),
    };
    let (channel, ts) = (&deed.channel, &deed.ts);
    match deed.surface {
        Surface::Message => workspace.press_message(user, channel, ts, &wanted).await?,
        Surface::Home => workspace.press_in_home(user, &wanted).await?,
        Surface::Modal => {
            workspace
                .press_in_modal(user, &wanted, &pairs(&deed.filled))
                .await?
        }
    };
    Ok(())
}

fn pairs(filled: &[(String, String)]) -> Vec<(&str, &str)> {
    filled
        .iter()
        .map(|(name, text)| (name.as_str(), text.as_str()))
        .collect()
}

async fn switch(core: &Core, target: &str, mode: &str) -> Result<(), Error> {
    let wanted = Mode::ALL.into_iter().find(|(name, _)| *name == mode);
    let found = core.targets().into_iter().find(|(name, _)| name == target);
    let (Some((_, mode)), Some((_, target))) = (wanted, found) else {
        return Err(Error::Refused(format!(
            "{target} cannot be switched to {mode}"
        )));
    };
    target.set(mode).await;
    core.touch();
    Ok(())
}
