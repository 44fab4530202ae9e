//! The behaviour of the whole, a file each.
#![expect(
    clippy::unwrap_used,
    reason = "in a test a panic is the report; only #[test] functions are exempt by themselves"
)]

mod store;
mod store_crash;
mod store_damage;
mod store_dump;
mod store_full;
mod store_model;
mod store_support;
