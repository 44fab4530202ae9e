//! The seal: what the store says about itself, written in the same transaction as the records it speaks of.
//!
//! sled can open a damaged file with records missing, or with none at all, and say nothing. The seal turns that into
//! a refusal: at opening every record is counted and summed and the result must be the seal's.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::record::Revision;

/// The layout of keys, values and the seal itself. A store with a higher one is refused.
pub(super) const SCHEMA: u32 = 1;

/// Where the seal is kept: under the prefix that no table may have.
pub(super) const SEAL_KEY: &[u8] = b"\0seal";

/// Count and checksum of every record, and the newest revision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Seal {
    pub(super) records: u64,
    pub(super) checksum: Checksum,
    pub(super) revision: Revision,
}

impl Seal {
    /// The seal of a store that holds nothing.
    pub(super) fn empty(revision: Revision) -> Self {
        Self {
            records: 0,
            checksum: Checksum::default(),
            revision,
        }
    }

    /// Takes in a record.
    pub(super) fn add(&mut self, key: &[u8], stored: &[u8]) {
        self.records = self.records.wrapping_add(1);
        self.checksum.0 = self.checksum.0.wrapping_add(digest(key, stored));
    }

    /// Takes a record out again.
    pub(super) fn remove(&mut self, key: &[u8], stored: &[u8]) {
        self.records = self.records.wrapping_sub(1);
        self.checksum.0 = self.checksum.0.wrapping_sub(digest(key, stored));
    }

    /// Takes in what somebody else has counted.
    pub(super) fn join(&mut self, other: &Self) {
        self.records = self.records.wrapping_add(other.records);
        self.checksum.0 = self.checksum.0.wrapping_add(other.checksum.0);
    }

    /// The bytes under [`SEAL_KEY`].
    pub(super) fn encode(&self) -> Vec<u8> {
        let form = Form {
            schema: SCHEMA,
            records: self.records,
            checksum: self.checksum.to_string(),
            revision: self.revision.0,
        };
        serde_json::to_vec(&form).expect("numbers and one text always become JSON")
    }

    /// Reads [`Seal::encode`] back.
    pub(super) fn decode(bytes: &[u8]) -> Result<Self, SealError> {
        /// The one field whose meaning no later schema may change.
        #[derive(Deserialize)]
        struct Head {
            schema: u32,
        }
        let unreadable = |error: serde_json::Error| SealError::Unreadable(error.to_string());
        let Head { schema } = serde_json::from_slice(bytes).map_err(unreadable)?;
        if schema > SCHEMA {
            return Err(SealError::Newer(schema));
        }
        let form: Form = serde_json::from_slice(bytes).map_err(unreadable)?;
        let checksum = u128::from_str_radix(&form.checksum, 16)
            .map_err(|error| SealError::Unreadable(error.to_string()))?;
        Ok(Self {
            records: form.records,
            checksum: Checksum(checksum),
            revision: Revision(form.revision),
        })
    }
}

/// Why the bytes under [`SEAL_KEY`] are not a seal.
#[derive(Debug)]
pub(super) enum SealError {
    Unreadable(String),
    Newer(u32),
}

/// The seal as JSON, so that a person can read it too.
#[derive(Serialize, Deserialize)]
struct Form {
    schema: u32,
    records: u64,
    checksum: String,
    revision: u64,
}

/// The sum of all records' digests. Addition does not mind the order, so one record's change costs one digest out and
/// one in, however many others there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Checksum(u128);

impl std::fmt::Display for Checksum {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

/// The first half of the SHA-256 over the key, its length first so that no byte can move between key and value.
fn digest(key: &[u8], stored: &[u8]) -> u128 {
    let mut hasher = Sha256::new();
    hasher.update((key.len() as u64).to_be_bytes());
    hasher.update(key);
    hasher.update(stored);
    let hash: [u8; 32] = hasher.finalize().into();
    let (half, _) = hash.split_first_chunk::<16>().expect("32 bytes hold 16");
    u128::from_be_bytes(*half)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sealed(records: &[(&[u8], &[u8])]) -> Seal {
        let mut seal = Seal::empty(Revision(3));
        records.iter().for_each(|(key, value)| seal.add(key, value));
        seal
    }

    #[test]
    fn the_order_of_records_does_not_matter_and_their_bytes_do() {
        let seal = sealed(&[(b"a", b"1"), (b"b", b"2")]);
        assert_eq!(seal, sealed(&[(b"b", b"2"), (b"a", b"1")]));
        assert_ne!(seal, sealed(&[(b"a", b"2"), (b"b", b"1")]));
        assert_ne!(sealed(&[(b"ab", b"c")]), sealed(&[(b"a", b"bc")]));
    }

    #[test]
    fn what_two_have_counted_is_what_one_would_have() {
        let mut one = sealed(&[(b"a", b"1")]);
        one.join(&sealed(&[(b"b", b"2"), (b"c", b"3")]));
        assert_eq!(one, sealed(&[(b"a", b"1"), (b"b", b"2"), (b"c", b"3")]));
    }

    #[test]
    fn what_is_taken_out_leaves_no_trace() {
        let mut seal = sealed(&[(b"a", b"1"), (b"b", b"2")]);
        seal.remove(b"a", b"1");
        assert_eq!(seal, sealed(&[(b"b", b"2")]));
    }

    #[test]
    fn it_reads_itself_back_and_refuses_a_newer_schema() {
        let seal = sealed(&[(b"a", b"1")]);
        assert_eq!(Seal::decode(&seal.encode()).unwrap(), seal);
        assert!(matches!(
            Seal::decode(br#"{"schema":2,"else":0}"#),
            Err(SealError::Newer(2))
        ));
        assert!(matches!(Seal::decode(b"{}"), Err(SealError::Unreadable(_))));
    }
}
