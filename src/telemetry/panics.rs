//! A panic as a line of the log: where it happened, and its words only where they stand in the source.
//!
//! A panic that formats its words (an `expect` on an error, an `assert_eq!`) puts values into them, and any value may hold
//! what opens a door: a URL with a ticket, a body, a header. So such words are left out; the place says enough.

use std::any::Any;
use std::panic::{self, PanicHookInfo};

use tokio::task::JoinError;

/// Stands for words that are made while it runs.
const LEFT_OUT: &str = "its words are left out, for they may hold a secret";

/// Tells of every panic from now on in this way, in the log where there is one, else on standard error.
pub fn tell_of_all() {
    panic::set_hook(Box::new(tell));
}

fn tell(info: &PanicHookInfo<'_>) {
    let words = words(info.payload());
    let place = info.location().map(ToString::to_string);
    let place = place.as_deref().unwrap_or("an unknown place");
    if tracing::enabled!(tracing::Level::ERROR) {
        tracing::error!(place, "this is a mistake in healthbot, a panic: {words}");
    } else {
        say(&format!(
            "healthbot: a panic at {place}, a mistake in healthbot: {words}"
        ));
    }
}

#[expect(
    clippy::print_stderr,
    reason = "where nothing is logged, a panic is still told"
)]
fn say(line: &str) {
    eprintln!("{line}");
}

/// The words of a panic as far as they may be shown: a text of the source has nothing in it that came from outside.
fn words(payload: &(dyn Any + Send)) -> &'static str {
    payload
        .downcast_ref::<&'static str>()
        .copied()
        .unwrap_or(LEFT_OUT)
}

/// Why a task did not come to its end, without the words of its panic, which the error itself shows.
#[must_use]
pub fn broken_off(error: &JoinError) -> &'static str {
    if error.is_panic() {
        "it panicked"
    } else {
        "it was cancelled"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_the_source_are_told_and_others_are_not() {
        let planted = "xoxb-planted";
        let ended = |work: fn(&str)| std::panic::catch_unwind(|| work(planted)).unwrap_err();
        let fixed = ended(|_| panic!("no lock was held"));
        assert_eq!(words(fixed.as_ref()), "no lock was held");
        let formatted = ended(|secret| panic!("no answer to {secret}"));
        assert_eq!(words(formatted.as_ref()), LEFT_OUT);
        let expected = ended(|secret| {
            let read = secret.parse::<u8>().map_err(|_| secret.to_owned());
            read.map(drop).expect("it is sound");
        });
        assert_eq!(words(expected.as_ref()), LEFT_OUT);
    }

    #[tokio::test]
    async fn a_task_that_panicked_is_told_without_its_words() {
        let error = tokio::spawn(async { panic!("{}", "planted".repeat(2)) }).await;
        let error = error.unwrap_err();
        assert!(error.to_string().contains("planted"), "what tokio shows");
        assert_eq!(broken_off(&error), "it panicked");
        let task = tokio::spawn(std::future::pending::<()>());
        task.abort();
        assert_eq!(broken_off(&task.await.unwrap_err()), "it was cancelled");
    }
}
