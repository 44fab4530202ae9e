//! Starting and stopping: signals, and tasks that are waited for.

use std::time::Duration;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;

use crate::clock::SharedClock;
use crate::memory;

/// Whatever hangs, the process ends within this after it was told to stop.
pub const STOP_WITHIN: Duration = Duration::from_secs(8);

/// Between two times that free memory is given back.
const GIVE_BACK_EVERY: Duration = Duration::from_secs(10);

/// Runs the program on a runtime of its own, and leaves behind what still blocks a thread then: a name's lookup cannot be
/// called off, and would hold the process's end up for as long as a name server is silent.
///
/// # Errors
/// The system's, where it gives the runtime no threads.
pub fn run<T>(program: impl Future<Output = T>) -> std::io::Result<T> {
    memory::allocate_in_one_arena();
    let runtime = tokio::runtime::Runtime::new()?;
    runtime.spawn(give_back_memory());
    let ended = runtime.block_on(program);
    runtime.shutdown_background();
    Ok(ended)
}

/// Gives back what is free again and again: the start leaves holes, and so does the first round of probes, in which each
/// server's state is written down.
async fn give_back_memory() {
    // One that breaks off tells so by itself, and there will be another.
    loop {
        tokio::time::sleep(GIVE_BACK_EVERY).await;
        let _ = tokio::task::spawn_blocking(memory::give_back).await;
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

/// Each SIGHUP from now on; it no longer ends the process. Those that come before somebody waits for one are one.
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
