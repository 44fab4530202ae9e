//! Room for so many connections and no more. Whoever comes is let in: when there is no room, the one that has been there
//! longest leaves. What is honest is answered within moments, so the oldest is one that is slow, or means to be.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio_util::sync::CancellationToken;

/// The room.
#[derive(Debug)]
pub(super) struct Room {
    most: usize,
    inside: Arc<Mutex<Inside>>,
}

/// Who is in it, in the order in which they came.
#[derive(Debug, Default)]
struct Inside {
    came: u64,
    places: BTreeMap<u64, CancellationToken>,
}

/// A connection's place, which it leaves when this is dropped.
#[derive(Debug)]
pub(super) struct Place {
    number: u64,
    wanted: CancellationToken,
    inside: Arc<Mutex<Inside>>,
}

impl Room {
    /// Room for `most` connections, one at least.
    pub(super) fn new(most: usize) -> Self {
        Self {
            most: most.max(1),
            inside: Arc::default(),
        }
    }

    /// A place, which somebody else may have to leave.
    pub(super) fn enter(&self) -> Place {
        let wanted = CancellationToken::new();
        let mut inside = self.inside.lock().unwrap_or_else(PoisonError::into_inner);
        while inside.places.len() >= self.most {
            if let Some((_, oldest)) = inside.places.pop_first() {
                oldest.cancel();
            }
        }
        inside.came += 1;
        let number = inside.came;
        inside.places.insert(number, wanted.clone());
        Place {
            number,
            wanted,
            inside: Arc::clone(&self.inside),
        }
    }
}

impl Place {
    /// Does something for as long as the place can be kept; nothing where it had to be left.
    pub(super) async fn hold<T>(self, what: impl Future<Output = T>) -> Option<T> {
        self.wanted.run_until_cancelled(what).await
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut inside = self.inside.lock().unwrap_or_else(PoisonError::into_inner);
        inside.places.remove(&self.number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_one_that_came_first_leaves_when_there_is_no_room() {
        let room = Room::new(2);
        let [first, second] = [room.enter(), room.enter()];
        let third = room.enter();
        assert_eq!(first.hold(std::future::pending::<()>()).await, None);
        assert_eq!(second.hold(async { 2 }).await, Some(2));
        // The second has gone by itself, so nobody need go for a fourth.
        let fourth = room.enter();
        assert_eq!(third.hold(async { 3 }).await, Some(3));
        assert_eq!(fourth.hold(async { 4 }).await, Some(4));
    }
}
