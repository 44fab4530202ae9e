//! The behaviour of the whole, a file each.
#![expect(
    clippy::unwrap_used,
    reason = "in a test a panic is the report; only #[test] functions are exempt by themselves"
)]

mod harness;
mod probe_addresses;
mod probe_connect;
mod probe_http;
mod probe_tls;
mod probe_websocket;
