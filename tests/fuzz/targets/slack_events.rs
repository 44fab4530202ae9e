//! The body of an event.
#![no_main]

use healthbot::slack::inbound::{self, Envelope};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    if let Ok(Envelope::Challenge(challenge)) = inbound::envelope(data) {
        assert!(!challenge.is_empty());
    }
});
