//! Healthbot: a Slack-native server monitor.
//!
//! The layers, in import order. A layer may use those above it, siblings do not import each other, and
//! `tests/it/architecture.rs` holds the code to it.
//!
//! | layer | what it is |
//! | --- | --- |
//! | [`domain`] | pure and synchronous: servers, outcomes, incidents, commands, and every decision |
//! | [`clock`], `config`, `telemetry` | the time, the settings of the process, logs |
//! | [`store`] | the only place that names sled: records to bytes and durable commits |
//! | [`probe`] | a target to an outcome: HTTP, WebSocket, and which addresses may be connected to |
//! | `slack` | the only place that names slack_morphism: verify, inbound, client, render |
//! | `service` | what the bot does: commands, monitor, delivery, channels |
//! | `http` | routers whose handlers only forward |
//! | [`demo`] | a small Slack workspace on loopback, for `healthbot demo` and the tests |
//! | `app`, `lifecycle` | the one place that sees everything, and how it starts and stops |

pub mod app;
pub mod clock;
pub mod config;
pub mod demo;
pub mod domain;
pub mod http;
pub mod lifecycle;
pub mod probe;
pub mod service;
pub mod slack;
pub mod store;
pub mod telemetry;
