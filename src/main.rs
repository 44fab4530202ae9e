//! Arguments, then telemetry, then the app, then an exit code; nothing else.

use std::process::ExitCode;
use std::sync::Arc;

use clap::Parser;
use healthbot::app::{App, demo};
use healthbot::clock::SystemClock;
use healthbot::config::{Action, Cli, Config, LogFormat, ServeOptions};
use healthbot::{lifecycle, telemetry};

/// The configuration is wrong, as clap says it of its own.
const WRONG_USE: u8 = 2;

/// Why the process ends with a fault.
enum Fault {
    WrongUse(String),
    Failed(String),
}

impl Fault {
    fn failed(error: impl ToString) -> Self {
        Self::Failed(error.to_string())
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    // Two providers may be compiled into the graph; rustls must not have to guess.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let ended = match Cli::parse().action {
        Action::Serve(options) => serve(&options).await,
        Action::Demo(options) => {
            let stop = lifecycle::stop_on_signals().map_err(Fault::failed);
            match (telemetry::start(&options.log, LogFormat::Text), stop) {
                (Err(error), _) => Err(Fault::WrongUse(error.to_string())),
                (_, Err(fault)) => Err(fault),
                (Ok(()), Ok(stop)) => demo::run(options, stop).await.map_err(Fault::failed),
            }
        }
    };
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(Fault::WrongUse(text)) => report(&text, ExitCode::from(WRONG_USE)),
        Err(Fault::Failed(text)) => report(&text, ExitCode::FAILURE),
    }
}

#[expect(
    clippy::print_stderr,
    reason = "the last word of a process that ends with a fault"
)]
fn report(text: &str, code: ExitCode) -> ExitCode {
    eprintln!("healthbot: {}", text.trim_end());
    code
}

async fn serve(options: &ServeOptions) -> Result<(), Fault> {
    telemetry::start(&options.log.filter, options.log.format)
        .map_err(|error| Fault::WrongUse(error.to_string()))?;
    let config =
        Config::check(options).map_err(|mistakes| Fault::WrongUse(mistakes.to_string()))?;
    let listener = tokio::net::TcpListener::bind(config.listen)
        .await
        .map_err(|error| {
            Fault::Failed(format!(
                "cannot listen on {}: {error}; choose another address with HEALTHBOT_LISTEN",
                config.listen
            ))
        })?;
    let address = listener.local_addr().map_err(Fault::failed)?;
    let stop = lifecycle::stop_on_signals().map_err(Fault::failed)?;
    let app = App::build(&config, listener, Arc::new(SystemClock::new())).map_err(Fault::failed)?;
    tracing::info!(listen = %address, "healthbot is up");
    app.run(stop).await;
    Ok(())
}
