//! Whether a conversation can be told anything, asked of Slack before it is subscribed.

use crate::domain::ids::ConversationId;
use crate::domain::reply::SubscribeProblem;
use crate::slack::client::{Conversation, SharedSlack};
use crate::slack::error::SendError;

/// What Slack knows of a conversation that the bot can post in.
///
/// # Errors
/// Why the bot cannot post there, as far as that can be known without trying.
pub async fn reachable(
    slack: &SharedSlack,
    id: &ConversationId,
) -> Result<Conversation, SubscribeProblem> {
    let found = match slack.conversation(id).await {
        Ok(found) => found,
        Err(SendError::Channel { .. }) => return Err(SubscribeProblem::InviteFirst),
        Err(error) => return Err(SubscribeProblem::SlackAway(error.reason().to_owned())),
    };
    match (found.archived, found.open_to_bot) {
        (true, _) => Err(SubscribeProblem::Archived),
        (false, false) => Err(SubscribeProblem::InviteFirst),
        (false, true) => Ok(found),
    }
}
