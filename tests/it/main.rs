//! The behaviour of the whole, a file each, in one binary: over real sockets, a real store and real signatures.
#![expect(
    clippy::unwrap_used,
    reason = "in a test a panic is the report; only #[test] functions are exempt by themselves"
)]

mod addresses;
mod api_channels;
mod api_docs;
mod api_export;
mod api_incidents;
mod api_refusals;
mod api_servers;
mod api_strangers;
mod architecture;
mod buttons;
mod channel_commands;
mod commands;
mod commands_add;
mod commands_refused;
mod commands_silence;
mod crash;
mod delivery;
mod delivery_silence;
mod demo_workspace;
mod descriptors;
mod disk_full;
mod documents;
mod door;
mod edits;
mod events;
mod forms;
mod harness;
mod home;
mod inventory;
mod inventory_sync;
mod korean;
mod locales;
mod looks;
mod manifest;
mod outage;
mod page;
mod power_loss;
mod probe_addresses;
mod probe_connect;
mod probe_http;
mod probe_tls;
mod probe_websocket;
mod process;
mod renewal;
mod secrets;
mod secrets_page;
mod signatures;
mod simulation;
mod slow_clients;
mod soak;
mod socket;
mod store;
mod store_crash;
mod store_damage;
mod store_dump;
mod store_full;
mod store_model;
mod store_support;
mod switch;
mod tools;
mod watch;
mod workspace;
