//! `healthbot demo`: the whole system on one machine, without a Slack workspace.

use tokio_util::sync::CancellationToken;

use crate::config::DemoOptions;

/// Why the demo cannot run.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {}

/// Runs the tour, then serves the page until told to stop.
///
/// # Errors
/// A [`DemoError`].
pub async fn run(_options: DemoOptions, stop: CancellationToken) -> Result<(), DemoError> {
    stop.cancelled().await;
    Ok(())
}
