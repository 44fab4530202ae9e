//! Pure and synchronous: what the bot knows and every decision that it makes.
//!
//! Nothing here does I/O, reads a clock or knows of Slack, sled or HTTP. Values are parsed once at the edge and
//! holding one is the proof that it is sound.

pub mod audit;
pub mod backoff;
pub mod bucket;
pub mod channel;
pub mod command;
pub mod event;
pub mod flapping;
pub mod forbidden;
pub mod form;
pub mod health;
pub mod history;
pub mod home;
pub mod ids;
pub mod incident;
pub mod inventory;
pub mod language;
pub mod latency;
pub mod notice;
pub mod outcome;
pub mod press;
pub mod reply;
pub mod schedule;
pub mod server;
pub mod settings;
pub mod span;
pub mod storm;
pub mod target;
