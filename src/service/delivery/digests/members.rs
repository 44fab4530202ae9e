//! Who is in a digest, how each is, and what the message says of it.

use super::PAGE;
use crate::domain::ids::DigestId;
use crate::domain::incident::Incident;
use crate::domain::notice::{DigestMember, Look};
use crate::service::ChangeError;
use crate::service::delivery::Delivery;
use crate::store::Key;

/// An incident of a digest.
#[derive(Debug)]
pub(super) struct Named {
    pub(super) incident: Incident,
    /// What the message says of it, and whether it is counted among those that are over.
    pub(super) member: DigestMember,
    /// How it is.
    pub(super) look: Look,
}

/// The incidents of a digest, oldest first.
#[derive(Debug, Default)]
pub(in crate::service::delivery) struct Members(pub(super) Vec<Named>);

impl Members {
    /// The incidents, as they are.
    pub(in crate::service::delivery) fn looks(&self) -> impl Iterator<Item = (&Incident, Look)> {
        self.0.iter().map(|named| (&named.incident, named.look))
    }

    /// Those of which the message does not say that they are over, which they are.
    pub(in crate::service::delivery) fn news(&self) -> impl Iterator<Item = (&Incident, Look)> {
        let news = self.0.iter();
        news.filter(|named| named.look.is_over() && !named.member.shown.is_over())
            .map(|named| (&named.incident, named.look))
    }

    /// How many are still going on.
    pub(super) fn down(&self) -> usize {
        self.0.iter().filter(|named| !named.look.is_over()).count()
    }

    /// Whether the message says what is no longer so.
    pub(in crate::service::delivery) fn is_stale(&self) -> bool {
        self.0.iter().any(|named| named.look != named.member.shown)
    }
}

impl Delivery {
    /// The members of a digest, oldest first.
    pub(in crate::service::delivery) fn members(
        &self,
        digest: DigestId,
    ) -> Result<Members, ChangeError> {
        let now = self.clock.now();
        let mut members = Vec::new();
        let mut after = None;
        loop {
            let page = self
                .store
                .scan::<DigestMember>(&digest.encode(), after.as_ref(), PAGE)?;
            let last_page = page.len() < PAGE;
            for (key, member) in page {
                if let Some(incident) = self.store.get::<Incident>(&key.incident)? {
                    let server = self.fleet.server(incident.value.server);
                    let server = server.as_ref().map(|known| &*known.server);
                    members.push(Named {
                        look: Look::of(&incident.value, server, now),
                        incident: incident.value,
                        member: member.value,
                    });
                }
                after = Some(key);
            }
            if last_page {
                return Ok(Members(members));
            }
        }
    }
}
