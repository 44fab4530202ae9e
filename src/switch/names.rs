//! A name belongs to one server here; elsewhere several may share it.

use std::collections::HashSet;

use crate::switch::Entry;

/// Refuses all but the first of the entries that would have one name.
pub(super) fn each_once(entries: Vec<Entry>) -> Vec<Entry> {
    let mut taken = HashSet::new();
    let once = |mut entry: Entry| {
        if let Ok(found) = &entry.found
            && !taken.insert(found.name.folded())
        {
            let reason = "another entry before it has the same name; give it a name of its own";
            entry.found = Err(reason.to_owned());
        }
        entry
    };
    entries.into_iter().map(once).collect()
}
