//! What Healthbot costs and how fast it is, measured on the real binary, each figure beside a peer or the bare limit of the
//! same machine in the same run.
//!
//! ```text
//! cargo bench --bench numbers                       everything, some thirty minutes
//! cargo bench --bench numbers -- probe scale        these only
//! cargo bench --bench numbers -- scale 100000 30 600    servers, interval in seconds, length in seconds
//! HEALTHBOT_BENCH_QUICK=1 cargo bench --bench numbers   shows that each still runs, in seconds; its figures mean nothing
//! ```
//!
//! Nothing here is asserted about time. CPU time is the process's own, from the kernel: on a machine that does other work
//! too it moves far less than wall time. The tables are Markdown.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "a benchmark reports on standard output and stops at the first surprise"
)]

mod bare;
mod bot;
mod children;
mod dns;
mod hanging;
mod latency;
mod machine;
mod outbox;
mod parts;
mod peer;
mod probe;
mod prober;
mod report;
mod scale;
mod store;
mod storm;
mod targets;
mod tls;

use std::future::Future;
use std::pin::Pin;

/// What is measured, in the order in which all of it is.
const ALL: [&str; 11] = [
    "parts", "prober", "probe", "dns", "scale", "latency", "commands", "hanging", "storm", "store",
    "outbox",
];

fn main() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut arguments: Vec<String> = std::env::args().skip(1).collect();
    // Cargo's own.
    arguments.retain(|argument| argument != "--bench");
    match arguments.first().map(String::as_str) {
        Some("--serve") => return targets::serve(&arguments[1..]),
        Some("--names") => return dns::probe(&arguments[1..]),
        Some("--call") => return parts::call(&arguments[1..]),
        Some("--post") => return outbox::post(&arguments[1..]),
        Some("--bare") => return bare::monitor(&arguments[1..]),
        _ => {}
    }
    let numbers: Vec<u64> = arguments
        .iter()
        .filter_map(|word| word.parse().ok())
        .collect();
    arguments.retain(|word| word.parse::<u64>().is_err());
    let wanted: Vec<&str> = match arguments.as_slice() {
        [] => ALL.to_vec(),
        some => some.iter().map(String::as_str).collect(),
    };
    machine::describe();
    for name in wanted {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(measurement(name, &numbers));
    }
}

fn measurement<'a>(name: &str, numbers: &'a [u64]) -> Pin<Box<dyn Future<Output = ()> + 'a>> {
    match name {
        "parts" => Box::pin(async { parts::measure() }),
        "prober" => Box::pin(prober::measure()),
        "probe" => Box::pin(probe::measure()),
        "dns" => Box::pin(dns::measure()),
        "scale" => Box::pin(scale::measure(numbers)),
        "latency" => Box::pin(latency::measure()),
        "commands" => Box::pin(latency::commands()),
        "hanging" => Box::pin(hanging::measure()),
        "storm" => Box::pin(storm::measure(numbers)),
        "outbox" => Box::pin(outbox::measure()),
        "store" => Box::pin(store::measure()),
        other => panic!(
            "there is no measurement {other}: there are {}",
            ALL.join(", ")
        ),
    }
}
