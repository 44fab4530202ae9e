//! Healthbot: a Slack-native server monitor.
//!
//! The layers, in import order. A layer may use those above it, siblings (those of one line) do not import each other,
//! the clock's types may be used everywhere, and `tests/it/architecture.rs` holds the code to it.
//!
//! | layer | what it is |
//! | --- | --- |
//! | [`clock`] | the time, passed in; nothing else reads the system's clocks |
//! | [`domain`] | pure and synchronous, without tokio, files or Slack: servers, outcomes, incidents, commands, and every decision |
//! | [`config`] | the settings of the process |
//! | [`telemetry`], [`deathpoint`], [`memory`] | logs, and what is counted; where a debug build dies when a test says so; what the C library's allocator is told |
//! | [`store`], [`probe`], [`slack`], [`inventory`], [`switch`] | the outsides, each named in one place: sled; a target to an outcome, and which addresses may be connected to; slack_morphism, with verify, inbound, api and render; the company's list of servers; what other monitors' configurations say |
//! | [`service`] | what the bot does: commands, monitor, delivery, channels |
//! | [`http`], [`lifecycle`], [`demo`] | routers whose handlers only forward; signals and stopping; a small Slack workspace on loopback, for `healthbot demo` and the tests, which knows nothing of the bot |
//! | [`app`] | the one place that sees everything |

pub mod app;
pub mod clock;
pub mod config;
pub mod deathpoint;
pub mod demo;
pub mod domain;
pub mod http;
pub mod inventory;
pub mod lifecycle;
pub mod memory;
pub mod probe;
pub mod service;
pub mod slack;
pub mod store;
pub mod switch;
pub mod telemetry;
