//! The question about servers that the inventory lacks, and what became of it.

use crate::domain::inventory::{Held, Verdict};
use crate::domain::press::Press;
use crate::slack::render::Message;
use crate::slack::render::changes::who;
use crate::slack::render::kit::{self, Button};
use crate::slack::render::reply::say;
use crate::slack::render::server::name;
use crate::slack::render::words::{Words, tr};

/// The inventory lacks so many servers that a person is asked.
#[must_use]
pub fn inventory_held(words: Words, held: &Held) -> Message {
    with_buttons(words, question(words, held), held)
}

/// The same once more: what was asked no longer fits.
pub(super) fn inventory_changed(words: Words, held: &Held) -> Message {
    let asked = question(words, held);
    let text = format!("{}\n{asked}", tr!(words, "inventory-changed"));
    with_buttons(words, text, held)
}

fn question(words: Words, held: &Held) -> String {
    let names: Vec<_> = held.names.iter().map(|one| name(one)).collect();
    let listed = names.join(", ");
    let names = match held.count.saturating_sub(names.len()) {
        0 => listed,
        more => tr!(words, "names-and-more", names = listed, more = more),
    };
    tr!(words, "inventory-held", servers = held.count, names = names)
}

fn with_buttons(words: Words, text: String, held: &Held) -> Message {
    let asked = Some(held.mark);
    let remove = Press::InventoryRemove { asked };
    let remove = Button::new(tr!(words, "button-remove-them"), remove);
    let keep = Button::new(
        tr!(words, "button-keep-them"),
        Press::InventoryKeep { asked },
    );
    Message {
        blocks: vec![
            kit::section(&text),
            kit::actions(vec![remove.danger(), keep]),
        ],
        text,
    }
}

/// What became of the question. It stands alone too, where the question cannot be edited.
#[must_use]
pub fn inventory_settled(words: Words, verdict: &Verdict) -> Message {
    say(match verdict {
        Verdict::Removed { count, by } => {
            tr!(
                words,
                "inventory-removed",
                count = *count,
                who = who(words, by)
            )
        }
        Verdict::Kept { count, by } => {
            tr!(
                words,
                "inventory-kept",
                count = *count,
                who = who(words, by)
            )
        }
        Verdict::Over { missing } => tr!(words, "inventory-over", missing = *missing),
    })
}
