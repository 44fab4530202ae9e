//! Never lose an alert, never cry wolf: random histories of servers, Slack, people and crashes, each compared with what
//! must be told.
//!
//! `HEALTHBOT_SIMULATION_RUNS` says how many (120 without it), `HEALTHBOT_SIMULATION_SEED` where to begin;
//! `HEALTHBOT_SIMULATION_STORM` how many servers the storm of `scale` has (1,000 without it).

mod found;
mod history;
mod model;
mod oracle;
mod said;
mod scale;
mod servers;
mod slack;
mod world;

use proptest::test_runner::{Config, RngAlgorithm, TestError, TestRng, TestRunner};

use crate::harness::knob;
use history::histories;

#[test]
fn random_histories_lose_nothing_and_cry_no_wolf() {
    let runs = knob::number("HEALTHBOT_SIMULATION_RUNS").unwrap_or(120);
    let seed = knob::number("HEALTHBOT_SIMULATION_SEED").unwrap_or(1);
    println!("simulation: {runs} histories from seed {seed}");
    let config = Config {
        cases: u32::try_from(runs).unwrap(),
        failure_persistence: None,
        max_shrink_iters: 4_000,
        ..Config::default()
    };
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let mut runner = TestRunner::new_with_rng(config, rng);
    let result = runner.run(&histories(), |history| {
        let wrong = history.run();
        proptest::prop_assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        Ok(())
    });
    match result {
        Ok(()) => println!("simulation: {runs} histories, none of them wrong"),
        Err(TestError::Fail(why, history)) => panic!("seed {seed}: {why}\n{history:?}"),
        Err(error) => panic!("{error}"),
    }
}
