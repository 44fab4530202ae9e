//! A server's last incidents, packed into one small record.

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::domain::ids::UserId;
use crate::domain::incident::Incident;
use crate::domain::outcome::Failure;

/// How many incidents are remembered.
const MOST: usize = 20;

/// The longest detail that is remembered, in characters.
const DETAIL_CHARS: usize = 60;

/// The most JSON that the record may become, in bytes; the store takes 4 KiB.
const MOST_BYTES: usize = 3_800;

/// An incident that is over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PastIncident {
    /// The first failed probe.
    #[serde(with = "chrono::serde::ts_milliseconds")]
    pub began: Timestamp,
    /// The first healthy probe, or the removal.
    #[serde(with = "chrono::serde::ts_milliseconds")]
    pub ended: Timestamp,
    /// What the confirming probe found.
    #[serde(flatten)]
    pub failure: Failure,
    /// Who took it on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<UserId>,
}

impl PastIncident {
    /// What is remembered of an incident; none while it is open.
    #[must_use]
    pub fn of(incident: &Incident) -> Option<Self> {
        let end = incident.end.as_ref()?;
        let Failure { kind, detail } = &incident.failure;
        Some(Self {
            began: incident.began,
            ended: end.at,
            failure: Failure::new(*kind, detail.chars().take(DETAIL_CHARS).collect::<String>()),
            by: incident.acknowledged.as_ref().map(|first| first.by.clone()),
        })
    }
}

/// The last incidents of a server, the oldest first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PastIncidents {
    incidents: Vec<PastIncident>,
}

impl PastIncidents {
    /// Remembers one more. The oldest are forgotten where there are too many, or where they take too much room.
    pub fn push(&mut self, incident: PastIncident) {
        self.incidents.push(incident);
        let over = self.incidents.len().saturating_sub(MOST);
        self.incidents.drain(..over);
        while self.incidents.len() > 1 && self.bytes() > MOST_BYTES {
            self.incidents.remove(0);
        }
    }

    /// The newest first.
    pub fn newest_first(&self) -> impl Iterator<Item = &PastIncident> {
        self.incidents.iter().rev()
    }

    fn bytes(&self) -> usize {
        serde_json::to_vec(self).map_or(0, |json| json.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::outcome::FailureKind;
    use proptest::prelude::*;

    fn past(began: i64, detail: &str) -> PastIncident {
        let at = |seconds| Timestamp::from_timestamp(seconds, 0).expect("in range");
        PastIncident {
            began: at(began),
            ended: at(began + 60),
            failure: Failure::new(FailureKind::WebsocketRejected, detail),
            by: Some(UserId::new("U0123456789")),
        }
    }

    #[test]
    fn twenty_ordinary_incidents_are_remembered() {
        let mut all = PastIncidents::default();
        (0..25).for_each(|n| all.push(past(n * 100, "503 Service Unavailable")));
        let began: Vec<_> = all.newest_first().map(|it| it.began.timestamp()).collect();
        assert_eq!(began, (5..25).rev().map(|n| n * 100).collect::<Vec<_>>());
    }

    proptest! {
        #[test]
        fn no_detail_makes_the_record_too_large(details in prop::collection::vec("[\\PC\"\\\\😀]{0,60}", 1..40)) {
            let mut all = PastIncidents::default();
            for (n, detail) in details.iter().enumerate() {
                all.push(past(i64::try_from(n).expect("few"), detail));
            }
            let json = serde_json::to_vec(&all).expect("serializes");
            prop_assert!(json.len() <= MOST_BYTES);
            let newest = all.newest_first().next().expect("the newest");
            prop_assert_eq!(&newest.failure.detail, &past(0, details.last().expect("one")).failure.detail);
        }
    }
}
