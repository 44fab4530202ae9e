//! A small Slack workspace on loopback, for `healthbot demo` and the tests.
//!
//! It is a model of Slack made from Slack's documentation, not from the bot: it shares no code with
//! what talks to Slack, so that the two cannot be wrong in the same way. [`Workspace`] is the whole
//! of it; [`Target`]s are servers to be monitored in it.

mod acts;
mod api;
mod arguments;
mod controls;
mod core;
mod directory;
mod error;
mod fault;
mod limits;
mod links;
mod membership;
mod mentions;
mod message;
mod options;
mod outgoing;
mod page;
mod payload;
mod plain;
mod server;
mod socket;
mod state;
mod targets;
mod views;
mod workspace;

pub use directory::{Channel, Delivery, Ephemeral, Kind, User};
pub use error::Error;
pub use fault::{Answered, Call, Effect, Fault, RESPONSE_URL, WEBHOOK};
pub use message::{Author, Message, Revision};
pub use options::{EventRetries, Options, SCOPES, SeedChannel, SeedUser};
pub use outgoing::{Answer, signature};
pub use plain::{blocks as plain_blocks, mrkdwn as plain_mrkdwn};
pub use socket::SocketAct;
pub use state::{Sockets, State};
pub use targets::{Mode, Protocol, Target};
pub use views::View;
pub use workspace::Workspace;
