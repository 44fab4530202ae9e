//! Reading a request's body: never more than it may be, and never for longer than it may take.

use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::StatusCode;
use http_body_util::{BodyExt, LengthLimitError, Limited};

use crate::clock::SharedClock;

/// The largest body that is read, in bytes.
pub(super) const BODY_BYTES: usize = 256 * 1024;

/// A body must have arrived within this.
pub(super) const BODY_WITHIN: Duration = Duration::from_secs(5);

/// The whole body.
///
/// # Errors
/// 413 over [`BODY_BYTES`], 408 after [`BODY_WITHIN`], 400 where it breaks off.
pub(super) async fn read(body: Body, clock: &SharedClock) -> Result<Bytes, StatusCode> {
    let read = Limited::new(body, BODY_BYTES).collect();
    tokio::select! {
        read = read => match read {
            Ok(body) => Ok(body.to_bytes()),
            Err(error) if error.is::<LengthLimitError>() => Err(StatusCode::PAYLOAD_TOO_LARGE),
            Err(_) => Err(StatusCode::BAD_REQUEST),
        },
        () = clock.sleep(BODY_WITHIN) => Err(StatusCode::REQUEST_TIMEOUT),
    }
}
