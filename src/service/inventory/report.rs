//! What came of a reconciliation.

use crate::domain::inventory::{Skipped, Standing};
use crate::service::ChangeError;
use crate::service::servers::AddError;
use crate::telemetry::metrics::Reconciled;

/// What a reconciliation did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// Servers that were added.
    pub added: usize,
    /// Servers that were changed.
    pub updated: usize,
    /// Servers that were removed.
    pub removed: usize,
    /// Servers that stay as they are.
    pub unchanged: usize,
    /// How it stands with those that the list lacks.
    pub standing: Standing,
    /// Entries that were not taken.
    pub skipped: Vec<Skipped>,
}

impl From<&Report> for Reconciled {
    fn from(report: &Report) -> Self {
        let count = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
        Self {
            added: count(report.added),
            updated: count(report.updated),
            removed: count(report.removed),
            unchanged: count(report.unchanged),
            held: count(report.held()),
            skipped: count(report.skipped.len()),
        }
    }
}

impl Report {
    /// How many servers would vanish but are held until somebody confirms.
    #[must_use]
    pub const fn held(&self) -> usize {
        match &self.standing {
            Standing::Held { held, .. } => held.count,
            _ => 0,
        }
    }

    /// Counts a change that was made; one that cannot be is an entry that was not taken.
    pub(super) fn counted(
        &mut self,
        entry: String,
        made: Result<(), AddError>,
    ) -> Result<usize, ChangeError> {
        let reason = match made {
            Ok(()) => return Ok(1),
            Err(AddError::Forbidden(reason)) => reason.to_string(),
            Err(AddError::Change(error @ (ChangeError::NameTaken(_) | ChangeError::Missing))) => {
                error.to_string()
            }
            Err(AddError::Change(error)) => return Err(error),
        };
        self.skipped.push(Skipped { entry, reason });
        Ok(0)
    }
}
