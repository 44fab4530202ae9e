//! The behaviour of the whole, a file each.

mod store;
mod store_support;
