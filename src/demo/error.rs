//! Why something a person tried in the workspace did not come about.

use thiserror::Error as ThisError;

/// Why something a person tried did not come about. What Slack would show the person, roughly.
#[derive(Debug, Clone, PartialEq, Eq, ThisError)]
pub enum Error {
    /// No channel has this id or name.
    #[error("there is no channel {0:?}")]
    NoSuchChannel(String),
    /// Nobody has this id or name.
    #[error("there is no user {0:?}")]
    NoSuchUser(String),
    /// The person sees no such message.
    #[error("no message {0:?} is to be seen there")]
    NoSuchMessage(String),
    /// No button or menu says so.
    #[error("nothing is labelled {wanted:?}; there is {present:?}")]
    NoSuchControl {
        /// What was looked for.
        wanted: String,
        /// What there is.
        present: Vec<String>,
    },
    /// The person has no Home or modal open.
    #[error("no such view is open")]
    NoView,
    /// A form is not filled in as its client asks for.
    #[error("{0}")]
    Form(String),
    /// The channel cannot be changed so.
    #[error("{0}")]
    Refused(String),
    /// The bot's address is not known, or nothing answers there.
    #[error("the app did not respond: {0}")]
    Unreachable(String),
    /// The bot did not answer within three seconds of the workspace's clock.
    #[error("the app did not respond in time (operation_timeout)")]
    TimedOut,
}
