//! The body of a press, a submission or a shortcut: as it comes, and as the JSON within, which a form hides.
#![no_main]

use healthbot::slack::inbound;
use healthbot_fuzz::{HOSTS, text};
use libfuzzer_sys::fuzz_target;
use url::form_urlencoded::Serializer;

fuzz_target!(|data: &[u8]| {
    let _ = inbound::interaction(data, &HOSTS);
    let mut form = Serializer::new(String::new());
    form.append_pair("payload", &text(data));
    let _ = inbound::interaction(form.finish().as_bytes(), &HOSTS);
});
