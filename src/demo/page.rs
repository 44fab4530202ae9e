//! The page: its files, the state it shows, and what is done on it.

use std::sync::Arc;

use http::Request;
use hyper::body::Incoming;

use super::core::Core;
use super::server::{Reply, text};

pub(super) fn is_ours(path: &str) -> bool {
    path == "/" || path.starts_with("/page/")
}

pub(super) async fn respond(_core: &Arc<Core>, _request: Request<Incoming>) -> Reply {
    text(404, "not yet".to_owned())
}
