//! Reading a request's body: never more than it may be, never for longer than it may take, and never so many large ones
//! at a time that they fill the memory. Nothing is known of whoever sends it until it has been read.

use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::StatusCode;
use axum::http::header::{EXPECT, HeaderMap};
use bytes::BytesMut;
use http_body_util::BodyExt;
use hyper::body::Body as _;
use tokio::sync::Semaphore;

use crate::clock::SharedClock;

/// The largest body that is read, in bytes.
pub(super) const BODY_BYTES: usize = 256 * 1024;

/// A body must have arrived within this.
pub(super) const BODY_WITHIN: Duration = Duration::from_secs(5);

/// A body up to this many bytes, which a command never exceeds, waits for nobody.
const SMALL_BYTES: usize = 16 * 1024;

/// The places of those that are larger. The memory is the process's, and so are they.
static LARGE: Semaphore = Semaphore::const_new(64);

/// Of a body that is too long so many bytes more are taken and dropped.
const DROPPED_BYTES: usize = 1024 * 1024;

/// As long as there is no longer pause between two parts of it.
const DROPPED_WITHIN: Duration = Duration::from_millis(100);

/// The whole body.
///
/// # Errors
/// 413 over [`BODY_BYTES`], at once where it is said to be longer; 408 after [`BODY_WITHIN`], 400 where it breaks off.
pub(super) async fn read(
    head: &HeaderMap,
    body: Body,
    clock: &SharedClock,
) -> Result<Bytes, StatusCode> {
    if usize::try_from(body.size_hint().lower()).is_ok_and(|bytes| bytes <= BODY_BYTES) {
        return read_within(body, clock).await;
    }
    // Who asks first whether to send it has sent nothing, and is not told to.
    if !head.contains_key(EXPECT) {
        tokio::select! {
            () = drop_what_comes(body, clock) => {}
            () = clock.sleep(BODY_WITHIN) => {}
        }
    }
    Err(StatusCode::PAYLOAD_TOO_LARGE)
}

/// Takes what is on its way: a client that is cut off while it sends may never look at its answer.
async fn drop_what_comes(mut body: Body, clock: &SharedClock) {
    let mut dropped = 0;
    while dropped < DROPPED_BYTES {
        let frame = tokio::select! {
            frame = body.frame() => frame,
            () = clock.sleep(DROPPED_WITHIN) => return,
        };
        match frame {
            Some(Ok(frame)) => dropped += frame.data_ref().map_or(0, Bytes::len),
            Some(Err(_)) | None => return,
        }
    }
}

async fn read_within(body: Body, clock: &SharedClock) -> Result<Bytes, StatusCode> {
    tokio::select! {
        read = gather(body, &LARGE) => read,
        () = clock.sleep(BODY_WITHIN) => Err(StatusCode::REQUEST_TIMEOUT),
    }
}

/// The whole body; where it is no small one, once there is a place for it in `large`.
async fn gather(mut body: Body, large: &Semaphore) -> Result<Bytes, StatusCode> {
    let mut read = BytesMut::new();
    let mut place = None;
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| StatusCode::BAD_REQUEST)?;
        let Ok(data) = frame.into_data() else {
            continue;
        };
        let length = read.len() + data.len();
        if length > BODY_BYTES {
            return Err(StatusCode::PAYLOAD_TOO_LARGE);
        }
        if length > SMALL_BYTES && place.is_none() {
            let found = large.acquire().await;
            place = Some(found.map_err(|_| StatusCode::SERVICE_UNAVAILABLE)?);
        }
        read.extend_from_slice(&data);
    }
    Ok(read.freeze())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::convert::Infallible;
    use std::sync::Arc;

    use crate::clock::{ManualClock, Timestamp};
    use futures_util::FutureExt;
    use futures_util::stream;

    fn body(bytes: usize) -> Body {
        Body::from(vec![b'x'; bytes])
    }

    /// The body's length, or why there is none; nothing where it waits.
    fn gathered(bytes: usize, large: &Semaphore) -> Option<Result<usize, StatusCode>> {
        let read = gather(body(bytes), large).now_or_never()?;
        Some(read.map(|body| body.len()))
    }

    #[test]
    fn a_large_body_waits_for_a_place_and_a_small_one_for_nobody() {
        let large = Semaphore::new(1);
        let taken = large.try_acquire().expect("there is one");
        assert_eq!(gathered(SMALL_BYTES, &large), Some(Ok(SMALL_BYTES)));
        assert_eq!(gathered(SMALL_BYTES + 1, &large), None);
        drop(taken);
        assert_eq!(gathered(BODY_BYTES, &large), Some(Ok(BODY_BYTES)));
        let too_large = Some(Err(StatusCode::PAYLOAD_TOO_LARGE));
        assert_eq!(gathered(BODY_BYTES + 1, &large), too_large);
        assert_eq!(large.available_permits(), 1, "the places are left again");
    }

    #[test]
    fn a_body_that_breaks_off_is_refused() {
        let parts = [
            Ok(Bytes::from_static(b"te")),
            Err(std::io::Error::other("cut")),
        ];
        let body = Body::from_stream(stream::iter(parts));
        let read = gather(body, &Semaphore::new(1)).now_or_never();
        assert_eq!(read, Some(Err(StatusCode::BAD_REQUEST)));
    }

    fn clocks() -> (Arc<ManualClock>, SharedClock) {
        let clock = Arc::new(ManualClock::new(Timestamp::UNIX_EPOCH));
        (Arc::clone(&clock), clock)
    }

    #[tokio::test]
    async fn a_body_that_comes_too_slowly_is_not_waited_for() {
        let (clock, shared) = clocks();
        let never = stream::pending::<Result<Bytes, Infallible>>();
        let body = Body::from_stream(never);
        let reading = tokio::spawn(async move { read(&HeaderMap::new(), body, &shared).await });
        while !reading.is_finished() {
            clock.advance(Duration::from_millis(500));
            tokio::task::yield_now().await;
        }
        let read = reading.await.expect("it ended well");
        assert_eq!(read, Err(StatusCode::REQUEST_TIMEOUT));
    }
}
