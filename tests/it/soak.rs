//! A long day in short: ten thousand servers that fail and recover, people who type, a Slack that stumbles, strangers at
//! the door. Memory, descriptors and the store must not grow with time.
//!
//! `cargo test --test it soak -- --ignored --nocapture` runs for an hour; `HEALTHBOT_SOAK_MINUTES` and
//! `HEALTHBOT_SOAK_SERVERS` make it shorter or larger, and `HEALTHBOT_BIN=target/release/healthbot` has it look at another
//! binary than the tests' own. It prints a row a minute.

mod field;
mod figures;
mod people;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use healthbot::clock::{SharedClock, SystemClock};
use healthbot::demo::{Effect, Fault, Workspace};

use crate::harness::knob;
use crate::harness::process::{serve, workspace};
use field::Field;
use figures::{Figures, assert_flat};
use people::{strangers, type_and_press};

const MINUTE: Duration = Duration::from_secs(60);

/// Every so many minutes a tenth of the servers fails at once.
const STORM_EVERY: u64 = 15;

/// What befalls Slack, one after the other, one every half minute.
fn stumble(workspace: &Workspace, n: usize) {
    let effects = [
        Effect::RateLimited { retry_after: 3 },
        Effect::Status(503),
        Effect::ResetBefore,
        Effect::CommitThenReset,
        Effect::Slow(Duration::from_secs(2)),
        Effect::Hang,
        Effect::Error("internal_error".to_owned()),
    ];
    // What hung since the last time is let go.
    workspace.release();
    let method = ["chat.postMessage", "chat.update", "views.publish"][n % 3];
    let effect = effects[n % effects.len()].clone();
    workspace.fault(Fault::once(method, effect).times(2));
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "it takes an hour; see the top of the file"]
async fn an_hour_of_mixed_load_leaves_nothing_behind() {
    let minutes = knob::number("HEALTHBOT_SOAK_MINUTES").unwrap_or(60);
    let servers = knob::number("HEALTHBOT_SOAK_SERVERS").unwrap_or(10_000);
    let clock: SharedClock = Arc::new(SystemClock::new());
    let (workspace, dir) = (workspace().await, tempfile::tempdir().unwrap());
    let data = dir.path().join("data");
    let field = Field::start(servers).await;
    field.write_into(&data).await;
    let mut bot = serve(&workspace, &data, &[]);
    let address = bot.up(&workspace).await;
    workspace.invite_bot("ops").await.unwrap();
    let late = Arc::new(AtomicU64::new(0));
    let acting = type_and_press(workspace.clone(), clock.clone(), field.url(1), late.clone());
    let people = tokio::spawn(acting);
    let outside = tokio::spawn(strangers(address, clock.clone()));

    let mut rows = Vec::new();
    println!("{}  late", Figures::HEAD);
    for minute in 1..=minutes {
        field.next_minute(minute.is_multiple_of(STORM_EVERY));
        for half in 0..2 {
            stumble(&workspace, usize::try_from(2 * minute + half).unwrap());
            clock.sleep(MINUTE / 2).await;
        }
        let row = Figures::read(minute, bot.id(), address, &data).await;
        println!("{row}  {:4}", late.load(Ordering::SeqCst));
        assert!(
            !people.is_finished() && !outside.is_finished(),
            "somebody gave up"
        );
        rows.push(row);
    }
    people.abort();
    outside.abort();
    workspace.release();
    workspace.clear_faults();
    bot.signal("TERM").await;
    assert_eq!(bot.ended().await.0, Some(0));
    assert_flat(&rows);
}
