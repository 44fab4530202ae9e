//! The question about servers that the inventory lacks, and what becomes of it.

use healthbot::domain::audit::{Actor, Via};
use healthbot::domain::ids::UserId;
use healthbot::domain::inventory::{Held, Verdict};
use healthbot::domain::reply::Reply;
use healthbot::slack::render::{self, Words};

use super::{Foreign, Shown};

impl Foreign {
    fn held(&self, count: usize) -> Held {
        Held {
            mark: "00c0ffee00c0ffee".parse().unwrap(),
            count,
            names: vec![self.name.clone(); count.min(8)],
        }
    }

    pub(super) fn inventory_notices(&self) -> Vec<Shown> {
        let words = Words::from(self.language);
        let by = Actor::person(UserId::new("U0DANA"), Via::Button);
        let settled = [
            (
                "removed",
                Verdict::Removed {
                    count: 7,
                    by: by.clone(),
                },
            ),
            (
                "removed_by_script",
                Verdict::Removed {
                    count: 1,
                    by: Actor::nobody(Via::Api),
                },
            ),
            ("kept", Verdict::Kept { count: 7, by }),
            ("over", Verdict::Over { missing: 0 }),
            ("over_with_some_missing", Verdict::Over { missing: 2 }),
        ];
        let settled = settled.map(|(name, verdict)| {
            let message = render::inventory_settled(words, &verdict);
            (format!("inventory_{name}"), message)
        });
        let asked = [("inventory_held", 2), ("inventory_held_many", 700)];
        let asked = asked.map(|(name, count)| {
            let message = render::inventory_held(words, &self.held(count));
            (name.to_owned(), message)
        });
        asked.into_iter().chain(settled).collect()
    }

    pub(super) fn inventory_replies(&self) -> Vec<(String, Reply)> {
        let named = [
            ("changed", Reply::InventoryChanged(self.held(3))),
            ("asked_anew", Reply::InventoryAskedAnew),
            ("not_held", Reply::InventoryNotHeld),
            (
                "trouble",
                Reply::InventoryTrouble {
                    reason: self.detail.clone(),
                },
            ),
        ];
        named
            .map(|(name, reply)| (format!("inventory_{name}"), reply))
            .into()
    }
}
