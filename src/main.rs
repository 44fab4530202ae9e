//! Arguments, then telemetry, then the app, then an exit code; nothing else.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use healthbot::app::manual::PageError;
use healthbot::app::transfer::{self, TransferError};
use healthbot::app::{App, Listeners, StartError, demo, doctor, healthcheck, manual, switch};
use healthbot::clock::{Clock, SystemClock};
use healthbot::config::{
    Action, Cli, Config, DemoOptions, ImportOptions, ImportOrigin, LogFormat, ServeOptions,
};
use healthbot::telemetry::{self, panics};
use healthbot::{lifecycle, store};
use tokio::net::TcpListener;
use tokio::signal::unix::Signal;

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

fn main() -> ExitCode {
    panics::tell_of_all();
    lifecycle::run(act()).unwrap_or_else(|error| report(&error.to_string(), ExitCode::FAILURE))
}

async fn act() -> ExitCode {
    // Two providers may be compiled into the graph; rustls must not have to guess.
    let _ = rustls::crypto::ring::default_provider().install_default();
    #[cfg(debug_assertions)]
    if let Some(order) = std::env::var_os("HEALTHBOT_DEATH_ORDER") {
        healthbot::deathpoint::obey(order.into());
    }
    let ended = match Cli::told().action {
        Action::Serve(options) => serve(options).await,
        Action::Demo(options) => demo(options).await,
        Action::Doctor(options) => doctor(&options).await,
        Action::Export(options) => {
            blocking(move || {
                let records = transfer::export(&options, SystemClock::new().now())?;
                Ok(format!("exported {records} records"))
            })
            .await
        }
        Action::Import(options) => match options.from {
            Some(from) => switch(&options, from).await,
            None => {
                blocking(move || {
                    let records = transfer::import(&options)?;
                    Ok(format!(
                        "imported {records} records into {}",
                        options.data_dir.display()
                    ))
                })
                .await
            }
        },
        Action::Healthcheck(options) => healthcheck::ask(options.listen)
            .await
            .map_err(Fault::failed),
        Action::Completions { shell } => {
            manual::completions(shell, &mut std::io::stdout()).map_err(Fault::failed)
        }
        Action::Man { command } => page(command.as_deref()),
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

async fn demo(options: DemoOptions) -> Result<(), Fault> {
    telemetry::start(&options.log, LogFormat::Text)
        .map_err(|error| Fault::WrongUse(error.to_string()))?;
    let stop = lifecycle::stop_on_signals().map_err(Fault::failed)?;
    demo::run(options, stop).await.map_err(Fault::failed)
}

#[expect(clippy::print_stdout, reason = "the report is what was asked for")]
async fn doctor(options: &ServeOptions) -> Result<(), Fault> {
    let findings = doctor::examine_all(options).await;
    for finding in &findings {
        println!("{finding}");
    }
    match findings.iter().filter(|finding| !finding.is_well()).count() {
        0 => Ok(()),
        1 => Err(Fault::Failed("1 thing is wrong".to_owned())),
        wrong => Err(Fault::Failed(format!("{wrong} things are wrong"))),
    }
}

/// Runs work that blocks, and says on standard error what it did: standard output may be its product.
#[expect(
    clippy::print_stderr,
    reason = "a word to the person, beside the product"
)]
async fn blocking(
    work: impl FnOnce() -> Result<String, TransferError> + Send + 'static,
) -> Result<(), Fault> {
    eprintln!("{}", aside(work).await?.map_err(Fault::failed)?);
    Ok(())
}

/// Does what blocks on a thread of its own. Whoever does not wait for it leaves it behind, and it ends with the process.
async fn aside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Fault> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| Fault::failed(panics::broken_off(&error)))
}

fn page(command: Option<&str>) -> Result<(), Fault> {
    match manual::page(command, &mut std::io::stdout()) {
        Err(PageError::NoCommand(name)) => {
            Err(Fault::WrongUse(PageError::NoCommand(name).to_string()))
        }
        written => written.map_err(Fault::failed),
    }
}

#[expect(clippy::print_stdout, reason = "the report is what was asked for")]
#[expect(
    clippy::print_stderr,
    reason = "a word to the person, beside the report"
)]
async fn switch(options: &ImportOptions, from: ImportOrigin) -> Result<(), Fault> {
    let report = switch::import(options, from, Arc::new(SystemClock::new())).await;
    let report = report.map_err(Fault::failed)?;
    println!("{report}");
    eprintln!("{}", report.summary());
    Ok(())
}

async fn serve(options: Box<ServeOptions>) -> Result<(), Fault> {
    // Before anything that may take its time: a stop wins over a start, and a hangup is heard once the bot is up.
    let stop = lifecycle::stop_on_signals().map_err(Fault::failed)?;
    let hangups = lifecycle::hangups().map_err(Fault::failed)?;
    match stop.run_until_cancelled(start(options, hangups)).await {
        Some(app) => app?.run(stop).await,
        // A store that is being opened may be left at any moment, as `kill -9` leaves it.
        None => tracing::info!("told to stop before it was up"),
    }
    Ok(())
}

async fn start(options: Box<ServeOptions>, hangups: Signal) -> Result<App, Fault> {
    let config = aside(move || Config::check(&options))
        .await?
        .map_err(|mistakes| Fault::WrongUse(mistakes.to_string()))?;
    telemetry::start(&config.log_filter, config.log_format)
        .map_err(|error| Fault::WrongUse(error.to_string()))?;
    let listen = async |address, variable| listen(address, variable, &config.data_dir).await;
    let slack = listen(config.listen, "HEALTHBOT_LISTEN").await?;
    let admin = match config.admin_listen {
        Some(address) => Some(listen(address, "HEALTHBOT_ADMIN_LISTEN").await?),
        None => None,
    };
    let address = slack.local_addr().map_err(Fault::failed)?;
    let admin_address = admin.as_ref().and_then(|admin| admin.local_addr().ok());
    let listeners = Listeners { slack, admin };
    let build = move || {
        let app = App::build(&config, listeners, Arc::new(SystemClock::new()))?;
        Ok::<_, StartError>(app.renewed_at(hangups, &config))
    };
    let app = aside(build).await?.map_err(Fault::failed)?;
    if let Some(admin) = admin_address {
        tracing::info!(listen = %admin, "the admin API, metrics and readiness are here");
    }
    tracing::info!(listen = %address, "healthbot is up");
    Ok(app)
}

async fn listen(
    address: SocketAddr,
    variable: &str,
    data_dir: &Path,
) -> Result<TcpListener, Fault> {
    TcpListener::bind(address).await.map_err(|error| {
        // Mostly it is the same bot, started twice.
        let twin = (error.kind() == ErrorKind::AddrInUse).then(|| store::in_use(data_dir));
        if let Some(in_use) = twin.flatten() {
            return Fault::failed(in_use);
        }
        Fault::Failed(format!(
            "cannot listen on {address}: {error}; choose another address with {variable}"
        ))
    })
}
