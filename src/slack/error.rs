//! What a failed call to Slack means for whoever made it. Whether to try again is in the type: no caller guesses.
//!
//! | variant | what the outbox does |
//! | --- | --- |
//! | [`SendError::Retry`] | waits, for as long as Slack said or by back-off, and sends again |
//! | [`SendError::Channel`] | stops this channel's lane and marks it as failing |
//! | [`SendError::Workspace`] | pauses every lane of the bot, drops nothing, says so loudly |
//! | [`SendError::MessageGone`] | posts anew what it wanted to edit |
//! | [`SendError::Ours`] | logs it and sends a plain version |

use std::time::Duration;

use slack_morphism::errors::SlackClientError;

/// Why a call to Slack did not succeed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// It may succeed later.
    #[error("Slack is away for the moment: {reason}")]
    Retry {
        /// How long Slack asked to wait, if it did.
        after: Option<Duration>,
        /// Whether Slack may have acted all the same.
        ambiguous: bool,
        /// Slack's word, or the network's.
        reason: String,
    },
    /// Nothing can be posted in this channel until a person mends it.
    #[error("Slack refuses this channel: {reason}")]
    Channel {
        /// Slack's word.
        reason: String,
    },
    /// Nothing can be posted at all until a person mends it.
    #[error("Slack refuses the token: {reason}")]
    Workspace {
        /// Slack's word.
        reason: String,
    },
    /// The message that was to be edited is not there, or cannot be edited.
    #[error("the message cannot be edited: {reason}")]
    MessageGone {
        /// Slack's word.
        reason: String,
    },
    /// The request was not as Slack wants it.
    #[error("Slack does not understand the request: {reason}")]
    Ours {
        /// Slack's word.
        reason: String,
    },
}

impl SendError {
    /// What it is counted as.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Retry { reason, .. } if reason == "ratelimited" => "ratelimited",
            Self::Retry { .. } => "retry",
            Self::Channel { .. } => "channel",
            Self::Workspace { .. } => "workspace",
            Self::MessageGone { .. } => "message_gone",
            Self::Ours { .. } => "ours",
        }
    }

    /// Sorts one of Slack's error names. An unknown name is the request's fault: trying it again would not help, and
    /// the plain version may.
    #[must_use]
    pub fn of_name(name: &str) -> Self {
        let reason = name.chars().take(100).collect();
        match name {
            "channel_not_found"
            | "is_archived"
            | "is_inactive"
            | "not_in_channel"
            | "restricted_action"
            | "channel_is_archived"
            | "no_service"
            | "no_service_id"
            | "no_team"
            | "action_prohibited"
            | "invalid_token"
            | "user_not_found"
            | "posting_to_general_channel_denied"
            | "restricted_action_read_only_channel"
            | "restricted_action_thread_only_channel" => Self::Channel { reason },
            "invalid_auth"
            | "account_inactive"
            | "token_revoked"
            | "token_expired"
            | "not_authed"
            | "missing_scope"
            | "no_permission"
            | "org_login_required"
            | "ekm_access_denied"
            | "team_access_not_granted"
            | "not_allowed_token_type" => Self::Workspace { reason },
            "message_not_found" | "cant_update_message" | "edit_window_closed" => {
                Self::MessageGone { reason }
            }
            "internal_error" | "fatal_error" => Self::Retry {
                after: None,
                ambiguous: true,
                reason,
            },
            "ratelimited"
            | "rate_limited"
            | "service_unavailable"
            | "request_timeout"
            | "team_added_to_org"
            | "message_limit_exceeded" => Self::Retry {
                after: None,
                ambiguous: false,
                reason,
            },
            _ => Self::Ours { reason },
        }
    }

    /// No answer within the deadline: the request may have arrived.
    #[must_use]
    pub fn no_answer() -> Self {
        Self::Retry {
            after: None,
            ambiguous: true,
            reason: "no answer in time".to_owned(),
        }
    }

    /// Whether Slack may have acted all the same.
    #[must_use]
    pub const fn is_ambiguous(&self) -> bool {
        matches!(
            self,
            Self::Retry {
                ambiguous: true,
                ..
            }
        )
    }

    /// Slack's word or the network's, without what the variant adds.
    #[must_use]
    pub fn reason(&self) -> &str {
        match self {
            Self::Retry { reason, .. }
            | Self::Channel { reason }
            | Self::Workspace { reason }
            | Self::MessageGone { reason }
            | Self::Ours { reason } => reason,
        }
    }
}

impl From<SlackClientError> for SendError {
    /// The error's own text is never kept: it holds the response's whole body.
    fn from(error: SlackClientError) -> Self {
        let retry = |ambiguous, reason: &str| Self::Retry {
            after: None,
            ambiguous,
            reason: reason.to_owned(),
        };
        match error {
            SlackClientError::ApiError(error) => Self::of_name(&error.code),
            SlackClientError::RateLimitError(error) => Self::Retry {
                after: Some(pause(error.retry_after)),
                ambiguous: false,
                reason: "ratelimited".to_owned(),
            },
            // Slack answers everything that it has read with 200 and its word. Another status is the word of whatever
            // stands in between, which says nothing about the channel and passes.
            SlackClientError::HttpError(error) => {
                retry(true, &format!("HTTP {}", error.status_code.as_u16()))
            }
            SlackClientError::HttpProtocolError(error) => {
                let refused = error
                    .cause
                    .as_ref()
                    .is_some_and(|cause| never_sent(cause.as_ref()));
                retry(
                    !refused,
                    if refused {
                        "no connection"
                    } else {
                        "the connection broke"
                    },
                )
            }
            SlackClientError::ProtocolError(_) | SlackClientError::EndOfStream(_) => {
                retry(true, "an answer that cannot be read")
            }
            SlackClientError::SystemError(_) | SlackClientError::SocketModeProtocolError(_) => {
                retry(true, "the connection failed")
            }
        }
    }
}

/// How long to wait after a 429, within what can be meant: without an hour's cap one wrong header would silence a channel
/// for good, and with none at all it would be asked without a pause.
pub(super) fn pause(retry_after: Option<Duration>) -> Duration {
    const SHORTEST: Duration = Duration::from_secs(1);
    const LONGEST: Duration = Duration::from_secs(3_600);
    retry_after.unwrap_or(SHORTEST).clamp(SHORTEST, LONGEST)
}

/// Whether the connection was never made, so that Slack cannot have acted.
fn never_sent(cause: &(dyn std::error::Error + 'static)) -> bool {
    let client = cause.downcast_ref::<hyper_util::client::legacy::Error>();
    client.is_some_and(hyper_util::client::legacy::Error::is_connect)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_sorted_by_what_helps() {
        assert!(matches!(
            SendError::of_name("is_archived"),
            SendError::Channel { .. }
        ));
        assert!(matches!(
            SendError::of_name("token_revoked"),
            SendError::Workspace { .. }
        ));
        assert!(matches!(
            SendError::of_name("message_not_found"),
            SendError::MessageGone { .. }
        ));
        assert!(matches!(
            SendError::of_name("invalid_blocks"),
            SendError::Ours { .. }
        ));
        assert!(matches!(
            SendError::of_name("fatal_error"),
            SendError::Retry {
                ambiguous: true,
                ..
            }
        ));
    }

    #[test]
    fn a_pause_is_as_long_as_slack_asked_within_reason() {
        let asked = |secs| pause(Some(Duration::from_secs(secs))).as_secs();
        assert_eq!(pause(None).as_secs(), 1);
        assert_eq!([asked(0), asked(30), asked(u64::MAX)], [1, 30, 3_600]);
    }
}
