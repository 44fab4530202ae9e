//! How the process's file descriptors are shared out: who knocks must not be able to take those that probes need.

/// What everything but probes and the doors' connections needs: the store, Slack, the name server.
const KEPT: u64 = 48;

/// More probes in flight than this gain nothing.
const MOST_PROBES: u64 = 16_384;

/// More connections at one door than this gain nothing.
const MOST_CONNECTIONS: u64 = 1_024;

/// There are two doors at most: Slack's, and the one for all else.
const DOORS: u64 = 2;

/// How many of each there may be at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shares {
    /// Probes in flight.
    pub(super) probes: usize,
    /// Connections at each door.
    pub(super) connections: usize,
}

impl Shares {
    /// Raises the process's limit as far as it may, and shares that out.
    pub(super) fn of_this_process() -> Self {
        Self::of(rlimit::increase_nofile_limit(u64::MAX).unwrap_or(256))
    }

    fn of(limit: u64) -> Self {
        let connections = (limit / 8).clamp(8, MOST_CONNECTIONS);
        let probes = limit
            .saturating_sub(KEPT + DOORS * connections)
            .clamp(8, MOST_PROBES);
        let count = |number| usize::try_from(number).unwrap_or(8);
        Self {
            probes: count(probes),
            connections: count(connections),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crowd_at_the_doors_leaves_the_probes_their_descriptors() {
        for (limit, probes, connections) in [
            (0, 8, 8),
            (64, 8, 8),
            (256, 144, 32),
            (1_024, 720, 128),
            (4_096, 3_024, 512),
            (1 << 20, 16_384, 1_024),
        ] {
            let shares = Shares {
                probes,
                connections,
            };
            assert_eq!(Shares::of(limit), shares, "{limit}");
        }
    }
}
