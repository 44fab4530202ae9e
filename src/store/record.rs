//! What a record is on disk: a table's byte and the key's bytes, to a revision and a line of JSON.
//!
//! ```text
//! key    [table prefix: 1 byte][key: at most 1,024 bytes, ordered as the key is]
//! value  [revision: 8 bytes, big-endian]{"v":1,...the record's own fields}     at most 4 KiB of JSON
//! ```
//!
//! The record itself never sees `v`: it is put in front when written and taken off when read, so a record may be
//! any type that serde writes as a JSON object. Fields that a newer healthbot added to the same version are ignored;
//! fields that an older one did not write need `#[serde(default)]`.

use std::fmt;
use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::error::{EncodeError, StoreError};
use super::table::Table;

/// The most JSON that one record may hold, in bytes: beyond it sled keeps values in files of their own, which it
/// neither syncs nor collects.
pub const MAX_VALUE_BYTES: usize = 4 * 1024;

/// The longest key, in bytes without the table's prefix: room for a name of 255 characters of four bytes each.
pub const MAX_KEY_BYTES: usize = 1024;

/// Bytes of the revision before the JSON.
const REVISION_BYTES: usize = 8;

/// A record's key. The bytes must sort as the keys do: numbers big-endian, and nothing after a text of varying length.
pub trait Key: Sized {
    /// The key's bytes.
    fn encode(&self) -> Vec<u8>;
    /// The key that [`Key::encode`] turned into `bytes`; nothing where no key does.
    fn decode(bytes: &[u8]) -> Option<Self>;
}

/// The key of a table that holds a single record, such as the settings.
impl Key for () {
    fn encode(&self) -> Vec<u8> {
        Vec::new()
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        bytes.is_empty().then_some(())
    }
}

impl Key for u64 {
    fn encode(&self) -> Vec<u8> {
        self.to_be_bytes().to_vec()
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self::from_be_bytes)
    }
}

impl Key for String {
    fn encode(&self) -> Vec<u8> {
        self.as_bytes().to_vec()
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        std::str::from_utf8(bytes).ok().map(str::to_owned)
    }
}

impl Key for Arc<str> {
    fn encode(&self) -> Vec<u8> {
        self.as_bytes().to_vec()
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        std::str::from_utf8(bytes).ok().map(Arc::from)
    }
}

/// Something that the store keeps: written by serde as a JSON object of at most [`MAX_VALUE_BYTES`].
pub trait Record: Serialize + DeserializeOwned + Send + 'static {
    /// What it is found by.
    type Key: Key;
    /// Where it is kept, and at which version.
    const TABLE: Table;
}

/// The number of a commit. It grows by one with every commit that changes something, and every record carries that
/// of the commit that wrote it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Revision(pub(super) u64);

impl Revision {
    /// The number itself.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }
}

impl fmt::Display for Revision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A record as it was read, with the revision that a later commit can insist on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored<T> {
    /// The commit that wrote it.
    pub revision: Revision,
    /// The record.
    pub value: T,
}

/// A record with its key, as a scan returns it.
pub type Entry<T> = (<T as Record>::Key, Stored<T>);

/// The bytes that `key` has on disk in the table of `T`.
pub(super) fn full_key<T: Record>(key: &T::Key) -> Vec<u8> {
    joined(T::TABLE, &key.encode())
}

/// The table's prefix before `rest`.
pub(super) fn joined(table: Table, rest: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(1 + rest.len());
    bytes.push(table.prefix());
    bytes.extend_from_slice(rest);
    bytes
}

/// The versioned JSON of a record, without its revision.
pub(super) fn encode<T: Record>(value: &T) -> Result<Vec<u8>, EncodeError> {
    let table = T::TABLE.name();
    let plain = serde_json::to_vec(value).map_err(|source| EncodeError::Json {
        table,
        reason: source.to_string(),
    })?;
    with_version(T::TABLE, &plain)
}

/// `plain`, a JSON object, with the table's version in front.
fn with_version(table: Table, plain: &[u8]) -> Result<Vec<u8>, EncodeError> {
    let Some(fields) = plain.strip_prefix(b"{") else {
        return Err(EncodeError::NotAnObject {
            table: table.name(),
        });
    };
    let separator = if fields == b"}" { "" } else { "," };
    let mut json = format!("{{\"v\":{}{separator}", table.version()).into_bytes();
    json.extend_from_slice(fields);
    if json.len() > MAX_VALUE_BYTES {
        return Err(EncodeError::TooLarge {
            table: table.name(),
            bytes: json.len(),
        });
    }
    Ok(json)
}

/// The version at the head of a record's JSON, and the fields after it up to the closing brace.
fn split_version(json: &[u8]) -> Option<(u32, &[u8])> {
    let rest = json.strip_prefix(b"{\"v\":")?;
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (version, fields) = rest.split_at(digits);
    let version = std::str::from_utf8(version).ok()?.parse().ok()?;
    match fields.first()? {
        b',' => Some((version, &fields[1..])),
        b'}' => Some((version, fields)),
        _ => None,
    }
}

/// The version at the head of a record's JSON; nothing where it has none.
pub(super) fn version_of(json: &[u8]) -> Option<u32> {
    split_version(json).map(|(version, _)| version)
}

/// What is kept under a key: the revision and the JSON.
pub(super) fn stored_value(revision: Revision, json: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(REVISION_BYTES + json.len());
    bytes.extend_from_slice(&revision.0.to_be_bytes());
    bytes.extend_from_slice(json);
    bytes
}

/// The revision and the JSON of a stored value.
pub(super) fn split_value(stored: &[u8]) -> Option<(Revision, &[u8])> {
    let (revision, json) = stored.split_first_chunk::<REVISION_BYTES>()?;
    Some((Revision(u64::from_be_bytes(*revision)), json))
}

/// The record in a stored value.
pub(super) fn decode<T: Record>(key: &[u8], stored: &[u8]) -> Result<Stored<T>, StoreError> {
    let unreadable = |reason: String| StoreError::Unreadable {
        table: T::TABLE.name(),
        key: hex::encode(key),
        reason,
    };
    let (revision, json) =
        split_value(stored).ok_or_else(|| unreadable("it is too short".to_owned()))?;
    let (version, fields) =
        split_version(json).ok_or_else(|| unreadable("it has no version".to_owned()))?;
    if version > T::TABLE.version() {
        return Err(StoreError::Newer {
            table: T::TABLE.name(),
            version,
            known: T::TABLE.version(),
        });
    }
    let mut plain = Vec::with_capacity(1 + fields.len());
    plain.push(b'{');
    plain.extend_from_slice(fields);
    let value = serde_json::from_slice(&plain).map_err(|source| unreadable(source.to_string()))?;
    Ok(Stored { revision, value })
}

/// The key of `T` in the bytes of a stored key.
pub(super) fn decode_key<T: Record>(key: &[u8]) -> Result<T::Key, StoreError> {
    key.split_first()
        .filter(|(prefix, _)| **prefix == T::TABLE.prefix())
        .and_then(|(_, rest)| T::Key::decode(rest))
        .ok_or_else(|| StoreError::Unreadable {
            table: T::TABLE.name(),
            key: hex::encode(key),
            reason: "its key is not one of this table".to_owned(),
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Note {
        text: String,
        #[serde(default)]
        stars: u32,
    }

    impl Record for Note {
        type Key = u64;
        const TABLE: Table = Table::new(b'n', "notes", 2);
    }

    fn read(json: &str) -> Result<Stored<Note>, StoreError> {
        decode(b"n1", &stored_value(Revision(7), json.as_bytes()))
    }

    #[test]
    fn a_record_is_written_with_its_version_first_and_read_back() {
        let note = Note {
            text: "a".to_owned(),
            stars: 3,
        };
        let json = encode(&note).unwrap();
        assert_eq!(json, br#"{"v":2,"text":"a","stars":3}"#);
        let stored = decode::<Note>(b"n1", &stored_value(Revision(7), &json)).unwrap();
        assert_eq!(
            stored,
            Stored {
                revision: Revision(7),
                value: note
            }
        );
    }

    #[test]
    fn an_older_record_gets_defaults_and_unknown_fields_are_ignored() {
        assert_eq!(
            read(r#"{"v":1,"text":"a","gone":[1]}"#)
                .unwrap()
                .value
                .stars,
            0
        );
    }

    #[test]
    fn a_newer_version_is_refused_by_name_and_numbers() {
        let error = read(r#"{"v":3,"text":"a"}"#).unwrap_err();
        assert!(matches!(
            error,
            StoreError::Newer {
                table: "notes",
                version: 3,
                known: 2
            }
        ));
    }

    #[test]
    fn what_is_no_record_is_an_error_and_never_a_default() {
        for json in [
            "",
            "{}",
            "{\"v\":}",
            "{\"v\":1",
            "{\"v\":1;}",
            "[1]",
            "{\"v\":99999999999,}",
        ] {
            assert!(
                matches!(read(json), Err(StoreError::Unreadable { .. })),
                "{json}"
            );
        }
    }

    #[test]
    fn a_record_of_more_than_four_kib_is_refused() {
        let bytes = |length| {
            encode(&Note {
                text: "x".repeat(length),
                stars: 0,
            })
            .map(|json| json.len())
        };
        let head = bytes(0).unwrap();
        assert_eq!(bytes(MAX_VALUE_BYTES - head), Ok(MAX_VALUE_BYTES));
        assert!(matches!(
            bytes(MAX_VALUE_BYTES - head + 1),
            Err(EncodeError::TooLarge {
                table: "notes",
                bytes: 4097
            })
        ));
    }

    #[test]
    fn only_an_object_is_a_record() {
        assert!(matches!(
            with_version(Note::TABLE, b"3"),
            Err(EncodeError::NotAnObject { .. })
        ));
        assert_eq!(with_version(Note::TABLE, b"{}").unwrap(), b"{\"v\":2}");
    }

    #[test]
    fn number_keys_sort_as_numbers() {
        assert!(255_u64.encode() < 256_u64.encode());
        assert_eq!(u64::decode(&256_u64.encode()), Some(256));
        assert_eq!(u64::decode(b"short"), None);
    }
}
