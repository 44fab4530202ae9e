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

#[cfg(test)]
mod tests {
    use std::convert::Infallible;
    use std::sync::Arc;

    use futures_util::stream;

    use super::*;
    use crate::clock::{ManualClock, Timestamp};

    fn clocks() -> (Arc<ManualClock>, SharedClock) {
        let clock = Arc::new(ManualClock::new(Timestamp::UNIX_EPOCH));
        (Arc::clone(&clock), clock)
    }

    #[tokio::test]
    async fn a_body_that_comes_too_slowly_is_not_waited_for() {
        let (clock, shared) = clocks();
        let never = stream::pending::<Result<Bytes, Infallible>>();
        let body = Body::from_stream(never);
        let reading = tokio::spawn(async move { read(body, &shared).await });
        while !reading.is_finished() {
            clock.advance(Duration::from_millis(500));
            tokio::task::yield_now().await;
        }
        let read = reading.await.expect("it ended well");
        assert_eq!(read, Err(StatusCode::REQUEST_TIMEOUT));
    }

    #[tokio::test]
    async fn a_body_is_whole_small_enough_or_refused() {
        let (_, shared) = clocks();
        let whole = read(Body::from("whole"), &shared).await;
        assert_eq!(whole, Ok(Bytes::from_static(b"whole")));
        let large = read(Body::from(vec![b' '; BODY_BYTES + 1]), &shared).await;
        assert_eq!(large, Err(StatusCode::PAYLOAD_TOO_LARGE));
        let pieces = [
            Ok(Bytes::from_static(b"{")),
            Err(std::io::Error::other("cut")),
        ];
        let broken = read(Body::from_stream(stream::iter(pieces)), &shared).await;
        assert_eq!(broken, Err(StatusCode::BAD_REQUEST));
    }
}
