//! Slack, and the only place that names slack_morphism: what comes in is verified and read here, what goes out is
//! rendered and sent here. Slack's limits and error names each stand in one place, where they can be corrected.

pub mod api;
pub mod client;
mod conversations;
pub mod error;
pub mod examine;
pub mod form;
pub mod hosts;
pub mod inbound;
pub mod manifest;
pub mod press;
pub mod render;
pub mod socket;
mod tunnel;
pub mod verify;
pub mod webhook;
