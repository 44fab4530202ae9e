//! Slack's request signature, v0: HMAC-SHA256 over `v0:{timestamp}:{raw body}`.
//! Rules: <https://docs.slack.dev/authentication/verifying-requests-from-slack>.

use std::fmt;
use std::sync::{PoisonError, RwLock};

use hmac::{Hmac, KeyInit, Mac};
use http::HeaderMap;
use sha2::Sha256;

use crate::clock::Timestamp;
use crate::domain::ids::RequestId;

/// A request older or newer than this is refused, in seconds.
pub const WINDOW_SECONDS: u64 = 300;

const SIGNATURE: &str = "x-slack-signature";
const TIMESTAMP: &str = "x-slack-request-timestamp";

/// The request was not signed by Slack for this app, or not just now. Nothing more is said, here or to the sender.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refused;

/// Checks signatures against one secret, or several while one is being rotated.
pub struct Verifier {
    keys: RwLock<Vec<Hmac<Sha256>>>,
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Verifier")
    }
}

impl Verifier {
    /// A verifier for these signing secrets.
    #[must_use]
    pub fn new<'a>(secrets: impl IntoIterator<Item = &'a str>) -> Self {
        Self {
            keys: RwLock::new(keys(secrets)),
        }
    }

    /// From now on these secrets hold, and no others.
    pub fn renew<'a>(&self, secrets: impl IntoIterator<Item = &'a str>) {
        let keys = keys(secrets);
        *self.keys.write().unwrap_or_else(PoisonError::into_inner) = keys;
    }

    /// Accepts a request whose signature is right and whose time is within [`WINDOW_SECONDS`] of `now`; tells what it is
    /// known by, which is the same where somebody sends it again and no other.
    ///
    /// # Errors
    /// [`Refused`] for everything else: a header that is missing, doubled or not as Slack writes it included.
    pub fn verify(
        &self,
        headers: &HeaderMap,
        body: &[u8],
        now: Timestamp,
    ) -> Result<RequestId, Refused> {
        let timestamp = single(headers, TIMESTAMP)?;
        let seconds = seconds(timestamp)?;
        if now.timestamp().abs_diff(seconds) > WINDOW_SECONDS {
            return Err(Refused);
        }
        let mut claimed = [0_u8; 32];
        let digits = single(headers, SIGNATURE)?
            .strip_prefix(b"v0=")
            .ok_or(Refused)?;
        if digits.iter().any(u8::is_ascii_uppercase) {
            return Err(Refused);
        }
        hex::decode_to_slice(digits, &mut claimed).map_err(|_| Refused)?;
        let keys = self.keys.read().unwrap_or_else(PoisonError::into_inner);
        let right = keys.iter().fold(false, |right, key| {
            let mut mac = key.clone();
            for part in [b"v0:", timestamp, b":", body] {
                mac.update(part);
            }
            mac.verify_slice(&claimed).is_ok() | right
        });
        if right {
            Ok(RequestId::new(hex::encode(claimed)))
        } else {
            Err(Refused)
        }
    }
}

fn keys<'a>(secrets: impl IntoIterator<Item = &'a str>) -> Vec<Hmac<Sha256>> {
    let key = |secret: &str| {
        Hmac::new_from_slice(secret.as_bytes()).expect("HMAC takes a key of any length")
    };
    secrets.into_iter().map(key).collect()
}

fn single<'a>(headers: &'a HeaderMap, name: &str) -> Result<&'a [u8], Refused> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (Some(value), None) => Ok(value.as_bytes()),
        _ => Err(Refused),
    }
}

/// Digits only: `str::parse` would take a sign.
fn seconds(timestamp: &[u8]) -> Result<i64, Refused> {
    let sound = (1..=12).contains(&timestamp.len()) && timestamp.iter().all(u8::is_ascii_digit);
    let text = std::str::from_utf8(timestamp)
        .ok()
        .filter(|_| sound)
        .ok_or(Refused)?;
    text.parse().map_err(|_| Refused)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    // The example of Slack's own documentation.
    const SECRET: &str = "8f742231b10e8888abcd99yyyzzz85a5";
    const TIME: &str = "1531420618";
    const BODY: &str = "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c";
    const GOOD: &str = "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503";

    fn headers(time: &str, signature: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(TIMESTAMP, time.parse().expect("a header value"));
        headers.insert(SIGNATURE, signature.parse().expect("a header value"));
        headers
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_timestamp(seconds, 0).expect("in range")
    }

    #[test]
    fn slacks_own_example_is_accepted_within_the_window_only() {
        let verifier = Verifier::new(["another", SECRET]);
        for (now, accepted) in [
            (1_531_420_618, true),
            (1_531_420_918, true),
            (1_531_420_318, true),
            (1_531_420_919, false),
            (1_531_420_317, false),
        ] {
            let verdict = verifier.verify(&headers(TIME, GOOD), BODY.as_bytes(), at(now));
            assert_eq!(verdict.is_ok(), accepted, "{now}");
        }
        let other = Verifier::new(["another"]);
        assert_eq!(
            other.verify(&headers(TIME, GOOD), BODY.as_bytes(), at(1_531_420_618)),
            Err(Refused)
        );
    }

    #[test]
    fn headers_must_stand_exactly_once_and_as_slack_writes_them() {
        let verifier = Verifier::new([SECRET]);
        let now = at(1_531_420_618);
        let refused =
            |headers: &HeaderMap| verifier.verify(headers, BODY.as_bytes(), now) == Err(Refused);
        let mut doubled = headers(TIME, GOOD);
        doubled.append(SIGNATURE, GOOD.parse().expect("a header value"));
        assert!(refused(&doubled));
        assert!(refused(&HeaderMap::new()));
        let upper = GOOD.to_uppercase().replace("V0", "v0");
        for (time, signature) in [
            ("+1531420618", GOOD),
            ("1531420618 ", GOOD),
            ("", GOOD),
            (TIME, ""),
            (TIME, &GOOD[3..]),
            (TIME, &upper),
            (TIME, &GOOD[..GOOD.len() - 2]),
            (&"9".repeat(5_000), GOOD),
        ] {
            assert!(refused(&headers(time, signature)), "{time} {signature}");
        }
    }

    #[test]
    fn the_debug_output_holds_no_secret() {
        assert!(!format!("{:?}", Verifier::new([SECRET])).contains("8f7422"));
    }

    proptest! {
        #[test]
        fn no_mutation_of_a_good_request_is_accepted(
            at_byte in 0_usize..BODY.len(), bit in 0_u8..8, in_signature in any::<bool>(),
        ) {
            let verifier = Verifier::new([SECRET]);
            let (mut body, mut signature) = (BODY.as_bytes().to_vec(), GOOD.as_bytes().to_vec());
            if in_signature {
                let at_byte = at_byte % signature.len();
                signature[at_byte] ^= 1 << bit;
            } else {
                body[at_byte] ^= 1 << bit;
            }
            let Ok(value) = http::HeaderValue::from_bytes(&signature) else { return Ok(()) };
            let mut headers = headers(TIME, GOOD);
            headers.insert(SIGNATURE, value);
            prop_assert_eq!(verifier.verify(&headers, &body, at(1_531_420_618)), Err(Refused));
        }
    }
}
