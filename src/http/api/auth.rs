//! Who may use the API: whoever knows the one token.

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use axum::extract::{Request, State};
use axum::http::header::{AUTHORIZATION, HeaderMap, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::http::api::problem::Problem;

/// What is told a client without a valid token (RFC 6750, section 3).
const CHALLENGE: &str = "Bearer realm=\"healthbot\"";

/// What a token is known by, for all who share it. The token itself is not kept here.
#[derive(Clone)]
pub struct AdminToken(Arc<RwLock<[u8; 32]>>);

impl fmt::Debug for AdminToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AdminToken(…)")
    }
}

impl AdminToken {
    /// Knows this token from now on.
    #[must_use]
    pub fn new(token: &str) -> Self {
        Self(Arc::new(RwLock::new(known_by(token))))
    }

    /// Knows this token from now on, and the former no more.
    pub fn renew(&self, token: &str) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = known_by(token);
    }

    /// Whether a request carries it. The time it takes does not depend on how much of a wrong token is right: what is
    /// compared are digests, in constant time.
    fn opens(&self, headers: &HeaderMap) -> bool {
        let mut sent = headers.get_all(AUTHORIZATION).iter();
        let (Some(header), None) = (sent.next(), sent.next()) else {
            return false;
        };
        let Some((scheme, token)) = header.as_bytes().split_at_checked(7) else {
            return false;
        };
        let known = *self.0.read().unwrap_or_else(PoisonError::into_inner);
        scheme.eq_ignore_ascii_case(b"Bearer ")
            && fingerprint(token.trim_ascii()).verify_slice(&known).is_ok()
    }
}

fn known_by(token: &str) -> [u8; 32] {
    fingerprint(token.as_bytes()).finalize().into_bytes().into()
}

fn fingerprint(token: &[u8]) -> Hmac<Sha256> {
    let mut mac = Hmac::<Sha256>::new_from_slice(b"healthbot admin token")
        .unwrap_or_else(|_| unreachable!("HMAC takes keys of every length"));
    mac.update(token);
    mac
}

/// The door before the API.
#[derive(Debug, Clone)]
pub(super) struct Gate(Option<AdminToken>);

impl Gate {
    pub(super) const fn new(token: Option<AdminToken>) -> Self {
        Self(token)
    }
}

/// Lets a request through that carries the token, before anything else of it is looked at.
pub(super) async fn check(State(gate): State<Gate>, request: Request, next: Next) -> Response {
    match gate.0 {
        None => Problem::switched_off().into_response(),
        Some(token) if token.opens(request.headers()) => next.run(request).await,
        Some(_) => {
            let mut response = Problem::unauthorized().into_response();
            debug_assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
            let challenge = HeaderValue::from_static(CHALLENGE);
            response.headers_mut().insert(WWW_AUTHENTICATE, challenge);
            response
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn opens(values: &[&str]) -> bool {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(AUTHORIZATION, value.parse().expect("a header"));
        }
        AdminToken::new("s3cret-token").opens(&headers)
    }

    #[test]
    fn only_the_whole_token_opens_and_only_alone() {
        for good in [
            "Bearer s3cret-token",
            "bearer s3cret-token",
            "BEARER   s3cret-token ",
        ] {
            assert!(opens(&[good]), "{good}");
        }
        for bad in [
            "",
            "Bearer",
            "Bearer ",
            "s3cret-token",
            "Basic s3cret-token",
            "Bearer s3cret-toke",
            "Bearer s3cret-token2",
            "Bearer S3cret-token",
            "Bearer s3cret-token s3cret-token",
        ] {
            assert!(!opens(&[bad]), "{bad}");
        }
        assert!(!opens(&[]));
        assert!(!opens(&["Bearer s3cret-token", "Bearer s3cret-token"]));
    }

    #[test]
    fn a_token_is_in_no_debug_output() {
        assert_eq!(format!("{:?}", AdminToken::new("hush")), "AdminToken(…)");
    }
}
