//! Arguments, then telemetry, then the app, then an exit code; nothing else.

use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Parser;
use healthbot::app::{App, Listeners, demo};
use healthbot::clock::SystemClock;
use healthbot::config::{Action, Cli, Config, LogFormat, ServeOptions};
use healthbot::{lifecycle, telemetry};
use tokio::net::TcpListener;

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
    let slack = listen(config.listen, "HEALTHBOT_LISTEN").await?;
    let admin = match config.admin_listen {
        Some(address) => Some(listen(address, "HEALTHBOT_ADMIN_LISTEN").await?),
        None => None,
    };
    let address = slack.local_addr().map_err(Fault::failed)?;
    let admin_address = admin.as_ref().and_then(|admin| admin.local_addr().ok());
    let listeners = Listeners { slack, admin };
    let stop = lifecycle::stop_on_signals().map_err(Fault::failed)?;
    let app =
        App::build(&config, listeners, Arc::new(SystemClock::new())).map_err(Fault::failed)?;
    if let Some(admin) = admin_address {
        tracing::info!(listen = %admin, "the admin API, metrics and readiness are here");
    }
    tracing::info!(listen = %address, "healthbot is up");
    app.run(stop).await;
    Ok(())
}

async fn listen(address: SocketAddr, variable: &str) -> Result<TcpListener, Fault> {
    TcpListener::bind(address).await.map_err(|error| {
        Fault::Failed(format!(
            "cannot listen on {address}: {error}; choose another address with {variable}"
        ))
    })
}
