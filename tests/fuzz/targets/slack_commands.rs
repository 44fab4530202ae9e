//! The body of a slash command.
#![no_main]

use healthbot::domain::command;
use healthbot::slack::inbound;
use healthbot_fuzz::HOSTS;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let _ = inbound::is_ssl_check(data);
    if let Ok(read) = inbound::slash_command(data, &HOSTS) {
        assert!(!read.caller.user.to_string().is_empty());
        let _ = command::parse(&read.text);
    }
});
