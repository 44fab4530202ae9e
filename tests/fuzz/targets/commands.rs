//! What people type after `/health`, and the lines of the form that adds many.
#![no_main]

use healthbot::domain::command;
use healthbot::domain::form::read_lines;
use healthbot::domain::reply::Reply;
use healthbot::slack::render;
use healthbot_fuzz::{assert_harmless, languages, now, text};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let typed = text(data);
    let read = command::parse(&typed);
    assert_eq!(read, command::parse(&typed));
    if let Err(mistake) = read {
        let reply = Reply::Mistake(mistake);
        for words in languages() {
            assert_harmless(&render::reply(words, &reply, now()));
        }
    }
    let written = typed.lines().filter(|line| !line.trim().is_empty()).count();
    assert_eq!(read_lines(&typed).len(), written);
});
