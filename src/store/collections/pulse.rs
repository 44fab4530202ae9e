//! A sign of life.

use serde::{Deserialize, Serialize};

use crate::store::{Batch, EncodeError, Record, Table};

/// A record that is written and taken away in one commit: it is never there, and leaves nothing behind.
#[derive(Debug, Serialize, Deserialize)]
pub struct Pulse {}

impl Record for Pulse {
    type Key = ();
    const TABLE: Table = Table::new(30, "pulse", 1);
}

impl Pulse {
    /// A commit that goes the whole way to the disk and changes nothing.
    ///
    /// # Errors
    /// None that this record can meet.
    pub fn beat() -> Result<Batch, EncodeError> {
        Ok(Batch::new().put(&(), &Self {})?.delete::<Self>(&()))
    }
}
