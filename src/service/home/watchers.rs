//! Who looks at their Home, and when it may be drawn again. All of it is in memory and bounded.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Mutex;

use crate::domain::home::HomeState;
use crate::domain::ids::UserId;

/// A Home that nobody used for so long is not kept up to date.
const WATCHED: Duration = Duration::from_secs(15 * 60);

/// At most so many Homes are kept up to date, those that were used last.
const WATCHERS: usize = 100;

/// Between two refreshes of one Home. What its person does there is shown at once.
pub(super) const REFRESH_EVERY: Duration = Duration::from_secs(5);

/// What Slack was last given of one Home. It is held while that Home is drawn, so that what is drawn last is the newest.
pub(super) type Canvas = Arc<Mutex<Shown>>;

/// Those who look.
#[derive(Debug, Default)]
pub(super) struct Watchers(HashMap<UserId, Watcher>);

#[derive(Debug)]
struct Watcher {
    state: HomeState,
    used: Duration,
    canvas: Canvas,
}

impl Watchers {
    /// Somebody has their Home show this; whoever did not use theirs for the longest may have to give way.
    pub(super) fn note(&mut self, user: &UserId, state: HomeState, now: Duration) -> Canvas {
        let canvas = match self.0.remove(user) {
            Some(before) => before.canvas,
            None => Canvas::default(),
        };
        if self.0.len() >= WATCHERS
            && let Some((oldest, _)) = self.0.iter().min_by_key(|(_, watcher)| watcher.used)
        {
            let oldest = oldest.clone();
            self.0.remove(&oldest);
        }
        let watcher = Watcher {
            state,
            used: now,
            canvas: Arc::clone(&canvas),
        };
        self.0.insert(user.clone(), watcher);
        canvas
    }

    /// What somebody has their Home show.
    pub(super) fn state(&self, user: &UserId) -> Option<HomeState> {
        self.0.get(user).map(|watcher| watcher.state.clone())
    }

    /// Those who used their Home lately; the others are forgotten.
    pub(super) fn looking(&mut self, now: Duration) -> Vec<(UserId, Canvas)> {
        self.0
            .retain(|_, watcher| now.saturating_sub(watcher.used) < WATCHED);
        let all = self.0.iter();
        all.map(|(user, watcher)| (user.clone(), Arc::clone(&watcher.canvas)))
            .collect()
    }

    /// Forgets somebody whose Home cannot be drawn.
    pub(super) fn forget(&mut self, user: &UserId) {
        self.0.remove(user);
    }
}

/// What Slack was last given of one Home.
#[derive(Debug, Default)]
pub(super) struct Shown {
    /// How far the fleet's changes had come then; none where Slack did not take it.
    changes: Option<u64>,
    print: Option<u64>,
    refresh_at: Duration,
}

impl Shown {
    /// When this Home may be refreshed, where something has changed since it was drawn.
    pub(super) fn due(&self, changes: u64) -> Option<Duration> {
        (self.changes != Some(changes)).then_some(self.refresh_at)
    }

    /// Whether this is what stands there.
    pub(super) fn is(&self, print: u64) -> bool {
        self.print == Some(print)
    }

    /// Notes that nothing it shows has changed so far.
    pub(super) const fn keep(&mut self, changes: u64) {
        self.changes = Some(changes);
    }

    /// Notes that Slack took it. Only a refresh makes the next one wait.
    pub(super) fn took(&mut self, changes: u64, print: u64, refresh: bool, now: Duration) {
        self.changes = Some(changes);
        self.print = Some(print);
        if refresh {
            self.refresh_at = now + REFRESH_EVERY;
        }
    }

    /// Notes that Slack did not take it; tells when to try again, `after` so long where Slack said so.
    pub(super) fn refused(&mut self, after: Option<Duration>, now: Duration) -> Duration {
        self.changes = None;
        self.print = None;
        self.refresh_at = now + after.unwrap_or_default().max(REFRESH_EVERY);
        self.refresh_at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(secs: u64) -> Duration {
        Duration::from_secs(secs)
    }

    #[test]
    fn a_home_is_refreshed_once_in_five_seconds_and_only_after_a_change() {
        let mut shown = Shown::default();
        assert_eq!(shown.due(7), Some(at(0)), "it was never drawn");
        shown.took(7, 1, false, at(100));
        assert_eq!(shown.due(7), None);
        assert_eq!(
            shown.due(8),
            Some(at(0)),
            "the first change is shown at once"
        );
        shown.took(8, 2, true, at(101));
        assert_eq!(shown.due(9), Some(at(106)));
        shown.took(9, 3, false, at(102));
        assert_eq!(
            shown.due(10),
            Some(at(106)),
            "a press does not hurry the next refresh"
        );
        assert!(shown.is(3) && !shown.is(2));
        shown.keep(10);
        assert_eq!(shown.due(10), None);
    }

    #[test]
    fn what_slack_refused_is_tried_again_when_slack_says() {
        let mut shown = Shown::default();
        shown.took(7, 1, true, at(100));
        assert_eq!(shown.refused(None, at(110)), at(115));
        assert_eq!(shown.due(7), Some(at(115)), "though nothing has changed");
        assert!(!shown.is(1));
        assert_eq!(shown.refused(Some(at(30)), at(120)), at(150));
    }

    #[test]
    fn those_who_look_are_bounded_and_forgotten() {
        let mut watchers = Watchers::default();
        let user = |n: u64| UserId::new(format!("U{n}"));
        for n in 0..150 {
            watchers.note(&user(n), HomeState::default(), at(n));
        }
        assert_eq!(watchers.looking(at(150)).len(), WATCHERS);
        assert_eq!(watchers.state(&user(49)), None, "the oldest gave way");
        let canvas = watchers.note(&user(50), HomeState::default().at(3), at(800));
        assert_eq!(watchers.state(&user(50)).map(|state| state.page), Some(3));
        let looking = watchers.looking(at(149 + 900));
        assert_eq!(looking.len(), 1, "the others have not looked for long");
        assert!(Arc::ptr_eq(&looking[0].1, &canvas));
        watchers.forget(&user(50));
        assert_eq!(watchers.state(&user(50)), None);
    }
}
