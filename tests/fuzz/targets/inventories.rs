//! The company's list of servers, in both forms.
#![no_main]

use std::collections::HashSet;

use healthbot::domain::inventory::parse;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Ok(list) = parse(data, |_| None) else {
        return;
    };
    let names: HashSet<_> = list
        .entries
        .iter()
        .map(|entry| entry.host_name.folded().to_string())
        .collect();
    assert_eq!(names.len(), list.entries.len(), "a name counts once");
    assert!(names.is_subset(&list.listed), "what is taken is listed");
    for skipped in &list.skipped {
        assert!(skipped.entry.chars().count() <= 255 && !skipped.reason.is_empty());
    }
});
