//! The real binary as a process of its own, started over a data directory and killed without a word of warning.

use std::fs::{self, File};
use std::net::{Ipv4Addr, SocketAddr, TcpListener as StdListener};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use healthbot::clock::SharedClock;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};

use crate::harness::knob::binary;

/// A process that does not answer within this will not.
const READY_WITHIN: Duration = Duration::from_secs(60);

/// The waits between two questions whether it is ready: so long at first, then twice as long, up to the second.
const ASK_AGAIN: [Duration; 2] = [Duration::from_millis(4), Duration::from_millis(64)];

/// How much of a log is shown when something is wrong.
const LOG_LINES: usize = 40;

/// What the binary is started with.
pub(crate) struct Launch {
    pub(crate) data_dir: PathBuf,
    pub(crate) api_url: String,
    pub(crate) signing_secret: String,
    pub(crate) bot_token: String,
    /// Where it logs to, one start after the other.
    pub(crate) log: PathBuf,
    /// Where it is ordered to die at a named point.
    pub(crate) order: PathBuf,
    pub(crate) clock: SharedClock,
}

/// A running bot. It is killed when this is dropped.
pub(crate) struct Process {
    child: Child,
    address: SocketAddr,
    log: PathBuf,
    clock: SharedClock,
}

/// Why a process is not ready.
enum Unready {
    /// Somebody took the port between its choice and its use.
    PortTaken,
    Ended,
}

impl Launch {
    /// Starts a process and does not wait for anything.
    pub(crate) fn spawn(&self) -> Process {
        let address = free_address();
        let log = File::options()
            .create(true)
            .append(true)
            .open(&self.log)
            .unwrap();
        let child = Command::new(binary())
            .arg("serve")
            .env_clear()
            .env("SLACK_SIGNING_SECRET", &self.signing_secret)
            .env("SLACK_BOT_TOKEN", &self.bot_token)
            .env("SLACK_API_URL", &self.api_url)
            .env("HEALTHBOT_LISTEN", address.to_string())
            .env("HEALTHBOT_DATA_DIR", &self.data_dir)
            .env("HEALTHBOT_ALLOW_LOOPBACK", "true")
            .env("HEALTHBOT_DEATH_ORDER", &self.order)
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        Process {
            child,
            address,
            log: self.log.clone(),
            clock: self.clock.clone(),
        }
    }

    /// Starts a process and returns it once it answers.
    ///
    /// Panics where it ends instead, with the end of its log.
    pub(crate) async fn start(&self) -> Process {
        loop {
            let mut process = self.spawn();
            match process.ready().await {
                Ok(()) => return process,
                Err(Unready::PortTaken) => {}
                Err(Unready::Ended) => panic!("it ended while it started:\n{}", self.log_end()),
            }
        }
    }

    /// Starts a process and kills it after `pause`, or as soon as it answers; says whether it was killed before it
    /// answered.
    pub(crate) async fn kill_while_starting(&self, pause: Duration) -> bool {
        let mut process = self.spawn();
        let pause = self.clock.sleep(pause);
        let early = tokio::select! {
            () = pause => true,
            ready = process.ready() => match ready {
                Ok(()) => false,
                Err(Unready::PortTaken) => true,
                Err(Unready::Ended) => panic!("it ended while it started:\n{}", self.log_end()),
            },
        };
        process.kill().await;
        early
    }

    /// Everything that the processes logged.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap()
    }

    /// The last lines that the processes logged.
    pub(crate) fn log_end(&self) -> String {
        end_of(&self.log)
    }
}

impl Process {
    /// Where it listens, as a URL.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Kills it with SIGKILL and waits until it is gone; says whether it was still there to be killed.
    pub(crate) async fn kill(&mut self) -> bool {
        let lived = self.child.try_wait().unwrap().is_none();
        self.child.kill().await.unwrap();
        lived
    }

    /// Completes when it has ended by itself.
    pub(crate) async fn ended(&mut self) {
        self.child.wait().await.unwrap();
    }

    /// Whether it has ended and did so as it was ordered to.
    pub(crate) fn obeyed(&mut self) -> bool {
        let status = self.child.try_wait().unwrap();
        status.is_some_and(|status| status.signal() == Some(libc::SIGABRT))
    }

    /// Waits until it answers `GET /healthz`.
    async fn ready(&mut self) -> Result<(), Unready> {
        let [mut pause, longest] = ASK_AGAIN;
        let give_up = self.clock.elapsed() + READY_WITHIN;
        while !answers(self.address).await {
            if self.child.try_wait().unwrap().is_some() {
                let taken = end_of(&self.log).ends_with("with HEALTHBOT_LISTEN");
                return Err(if taken {
                    Unready::PortTaken
                } else {
                    Unready::Ended
                });
            }
            assert!(
                self.clock.elapsed() < give_up,
                "it does not answer:\n{}",
                end_of(&self.log)
            );
            self.clock.sleep(pause).await;
            pause = (pause * 2).min(longest);
        }
        Ok(())
    }
}

fn end_of(log: &Path) -> String {
    let log = fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<_> = log.lines().collect();
    lines[lines.len().saturating_sub(LOG_LINES)..].join("\n")
}

/// An address of this machine on which nobody listens.
fn free_address() -> SocketAddr {
    let listener = StdListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    listener.local_addr().unwrap()
}

/// The whole answer to a GET on a connection of its own.
pub(crate) async fn get(address: SocketAddr, path: &str) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(address).await?;
    let request = format!("GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    Ok(answer)
}

async fn answers(address: SocketAddr) -> bool {
    get(address, "/healthz")
        .await
        .is_ok_and(|answer| answer.starts_with("HTTP/1.1 200 "))
}
