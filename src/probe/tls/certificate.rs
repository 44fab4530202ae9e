//! The few facts of a certificate that rustls does not hand out.

use chrono::NaiveDateTime;

/// What is read from a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Facts {
    /// Issuer and subject are the same.
    pub(super) self_issued: bool,
    /// From when it is valid, in seconds since 1970.
    pub(super) not_before: i64,
    /// Until when it is valid, in seconds since 1970.
    pub(super) not_after: i64,
}

/// DER tags (X.690, 8) of the fields on the way.
mod tag {
    pub(super) const INTEGER: u8 = 0x02;
    pub(super) const SEQUENCE: u8 = 0x30;
    pub(super) const UTC_TIME: u8 = 0x17;
    pub(super) const GENERALIZED_TIME: u8 = 0x18;
    pub(super) const VERSION: u8 = 0xa0;
}

impl Facts {
    /// Reads a certificate (RFC 5280, 4.1); nothing where it is malformed.
    pub(super) fn read(der: &[u8]) -> Option<Self> {
        let mut certificate = Fields(Fields(der).take(tag::SEQUENCE)?);
        let mut tbs = Fields(certificate.take(tag::SEQUENCE)?);
        // Absent in version 1.
        let _version = tbs.take(tag::VERSION);
        tbs.take(tag::INTEGER)?;
        tbs.take(tag::SEQUENCE)?;
        let issuer = tbs.take(tag::SEQUENCE)?;
        let mut validity = Fields(tbs.take(tag::SEQUENCE)?);
        let subject = tbs.take(tag::SEQUENCE)?;
        Some(Self {
            self_issued: issuer == subject,
            not_before: validity.take_time()?,
            not_after: validity.take_time()?,
        })
    }
}

/// DER fields that have not been read yet.
struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    /// The contents of the next field, if it has this tag.
    fn take(&mut self, tag: u8) -> Option<&'a [u8]> {
        let (&[found, length], rest) = self.0.split_first_chunk()?;
        if found != tag {
            return None;
        }
        let (length, rest) = match length {
            short @ 0..=0x7f => (usize::from(short), rest),
            0x81 => (usize::from(*rest.first()?), rest.get(1..)?),
            0x82 => {
                let (long, rest) = rest.split_first_chunk()?;
                (usize::from(u16::from_be_bytes(*long)), rest)
            }
            // No certificate is over 64 KiB: TLS would not carry it.
            _ => return None,
        };
        let (contents, rest) = rest.split_at_checked(length)?;
        self.0 = rest;
        Some(contents)
    }

    fn take_time(&mut self) -> Option<i64> {
        let text = match self.take(tag::UTC_TIME) {
            Some(short) => {
                let short = str::from_utf8(short).ok()?;
                // RFC 5280, 4.1.2.5.1: 00-49 are 20xx, 50-99 are 19xx.
                let century = if short.as_bytes().first()? < &b'5' {
                    "20"
                } else {
                    "19"
                };
                format!("{century}{short}")
            }
            None => str::from_utf8(self.take(tag::GENERALIZED_TIME)?)
                .ok()?
                .to_owned(),
        };
        let time = NaiveDateTime::parse_from_str(&text, "%Y%m%d%H%M%SZ").ok()?;
        Some(time.and_utc().timestamp())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn certificate(not_after: i32) -> Vec<u8> {
        let mut params =
            rcgen::CertificateParams::new(vec!["a.example".to_owned()]).expect("a name");
        params.not_before = rcgen::date_time_ymd(1970, 1, 2);
        params.not_after = rcgen::date_time_ymd(not_after, 1, 1);
        let key = rcgen::KeyPair::generate().expect("a key");
        params
            .self_signed(&key)
            .expect("a certificate")
            .der()
            .to_vec()
    }

    #[test]
    fn both_forms_of_time_are_read() {
        for (year, seconds) in [(2030, 1_893_456_000), (2060, 2_840_140_800)] {
            let facts = Facts::read(&certificate(year)).expect("a certificate");
            assert_eq!(
                facts,
                Facts {
                    self_issued: true,
                    not_before: 86_400,
                    not_after: seconds
                }
            );
        }
    }

    proptest! {
        #[test]
        fn damage_neither_panics_nor_misleads_about_where_it_ends(cut in 0_usize..200, at in 0_usize..400, bit in 0_u8..8) {
            let whole = certificate(2030);
            prop_assert_eq!(Facts::read(&whole[..cut]), None);
            let mut bent = whole;
            if let Some(byte) = bent.get_mut(at) {
                *byte ^= 1 << bit;
            }
            let _ = Facts::read(&bent);
        }
    }
}
