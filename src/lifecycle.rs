//! Starting and stopping: signals, and tasks that are waited for.

use std::time::Duration;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;

use crate::clock::SharedClock;

/// Whatever hangs, the process ends within this after it was told to stop.
pub const STOP_WITHIN: Duration = Duration::from_secs(8);

/// Runs the program on a runtime of its own, and leaves behind what still blocks a thread then: a name's lookup cannot be
/// called off, and would hold the process's end up for as long as a name server is silent.
///
/// # Errors
/// The system's, where it gives the runtime no threads.
pub fn run<T>(program: impl Future<Output = T>) -> std::io::Result<T> {
    allocate_in_one_arena();
    let runtime = tokio::runtime::Runtime::new()?;
    let ended = runtime.block_on(program);
    runtime.shutdown_background();
    Ok(ended)
}

/// Makes all threads allocate in one place. glibc gives each an arena of its own, and what a start and a dump have freed in
/// one is of no use to the others: 183 MB at 100,000 servers instead of 143. Threads that have one already keep it, so it is
/// said before there are any; other C libraries know no arenas.
fn allocate_in_one_arena() {
    #[cfg(target_env = "gnu")]
    #[expect(
        unsafe_code,
        reason = "the only other way is an environment variable, which is read before main"
    )]
    // SAFETY: it takes two numbers, points to nothing, and locks what it changes.
    unsafe {
        libc::mallopt(libc::M_ARENA_MAX, 1);
    }
}

/// A token that is cancelled by the first SIGTERM or SIGINT.
///
/// # Errors
/// The system's, where it hands out no signals.
pub fn stop_on_signals() -> std::io::Result<CancellationToken> {
    let stop = CancellationToken::new();
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let stopped = stop.clone();
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        stopped.cancel();
    });
    Ok(stop)
}

/// Each SIGHUP from now on; it no longer ends the process.
///
/// # Errors
/// The system's, where it hands out no signals.
pub fn hangups() -> std::io::Result<Signal> {
    signal(SignalKind::hangup())
}

/// Does something now and then again after each `pause`, until told to stop.
pub async fn every<T: Future<Output = ()>>(
    clock: SharedClock,
    pause: Duration,
    stop: CancellationToken,
    tick: impl Fn() -> T,
) {
    while !stop.is_cancelled() {
        tick().await;
        stop.run_until_cancelled(clock.sleep(pause)).await;
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[test]
    fn the_end_waits_for_nothing_that_blocks() {
        let (open, gate) = mpsc::channel::<()>();
        let (tell, begun) = tokio::sync::oneshot::channel();
        let ended = run(async move {
            tokio::task::spawn_blocking(move || {
                let _ = tell.send(());
                let _ = gate.recv();
            });
            begun.await
        });
        assert!(matches!(ended, Ok(Ok(()))));
        assert!(open.send(()).is_ok(), "it blocks until now");
    }
}
