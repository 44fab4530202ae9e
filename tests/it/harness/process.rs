//! The real binary as a service manager runs it: its environment, what it writes, its signals and its exit code.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;

use healthbot::clock::SystemClock;
use healthbot::demo::{Options, Workspace};
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::net::TcpListener;
use tokio::process::{Child, Command};
use tokio::sync::mpsc;

use crate::harness::knob::binary;

/// Secrets that nothing may write.
pub(crate) const SIGNING_SECRET: &str = "planted4signing4secret";
pub(crate) const OLD_SECRET: &str = "planted4rotated4secret";
pub(crate) const BOT_TOKEN: &str = "xoxb-planted-bot-token";

/// A workspace that the binary can be run in.
pub(crate) async fn workspace() -> Workspace {
    workspace_with(|_| {}).await
}

/// The same as `shape` has changed it.
pub(crate) async fn workspace_with(shape: impl FnOnce(&mut Options)) -> Workspace {
    let mut options = Options::new(Arc::new(SystemClock::new()));
    SIGNING_SECRET.clone_into(&mut options.signing_secret);
    BOT_TOKEN.clone_into(&mut options.bot_token);
    shape(&mut options);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    Workspace::start(listener, options).unwrap()
}

/// A process that writes, and will end.
pub(crate) struct Process {
    child: Child,
    lines: mpsc::UnboundedReceiver<String>,
    /// All that it has written so far, as far as it was waited for.
    pub(crate) said: String,
}

/// The binary with these arguments and nothing in its environment but these variables.
pub(crate) fn healthbot(arguments: &[&str], environment: &[(&str, &str)]) -> Process {
    let mut command = Command::new(binary());
    command.args(arguments);
    started(command, environment)
}

fn started(mut command: Command, environment: &[(&str, &str)]) -> Process {
    let command = command
        .env_clear()
        .envs(environment.iter().copied())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.kill_on_drop(true).spawn().unwrap();
    let (sender, lines) = mpsc::unbounded_channel();
    forward(child.stdout.take().unwrap(), sender.clone());
    forward(child.stderr.take().unwrap(), sender);
    let said = String::new();
    Process { child, lines, said }
}

/// `healthbot serve` in a workspace, with its data in `dir`.
pub(crate) fn serve(workspace: &Workspace, dir: &Path, more: &[(&str, &str)]) -> Process {
    let mut command = Command::new(binary());
    command.arg("serve");
    serving(command, workspace, dir, more)
}

/// The same, with so many file descriptors and no more.
pub(crate) fn serve_with_descriptors(count: u32, workspace: &Workspace, dir: &Path) -> Process {
    serve_through(shell(&format!("ulimit -n {count}")), workspace, dir, &[])
}

/// The same in a process that a limit on the size of files does not kill: it is an error of the write then, as the end
/// of a disk is.
pub(crate) fn serve_on_a_disk_that_may_end(
    workspace: &Workspace,
    dir: &Path,
    more: &[(&str, &str)],
) -> Process {
    serve_through(shell("trap '' XFSZ"), workspace, dir, more)
}

/// A shell that does this first, and then becomes the command that follows.
fn shell(first: &str) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", &format!("{first}; exec \"$@\""), "sh"]);
    command
}

/// The same, started by a command that takes another one as its last arguments.
pub(crate) fn serve_through(
    mut command: Command,
    workspace: &Workspace,
    dir: &Path,
    more: &[(&str, &str)],
) -> Process {
    command.arg(binary()).arg("serve");
    serving(command, workspace, dir, more)
}

fn serving(command: Command, workspace: &Workspace, dir: &Path, more: &[(&str, &str)]) -> Process {
    let (api, dir) = (workspace.api_url(), dir.to_str().unwrap());
    let secrets = format!("{SIGNING_SECRET},{OLD_SECRET}");
    let own = [
        ("SLACK_SIGNING_SECRET", secrets.as_str()),
        ("SLACK_BOT_TOKEN", BOT_TOKEN),
        ("SLACK_API_URL", &api),
        ("HEALTHBOT_LISTEN", "127.0.0.1:0"),
        ("HEALTHBOT_DATA_DIR", dir),
        ("HEALTHBOT_ALLOW_LOOPBACK", "true"),
    ];
    started(command, &[&own[..], more].concat())
}

fn forward(output: impl AsyncRead + Unpin + Send + 'static, to: mpsc::UnboundedSender<String>) {
    tokio::spawn(async move {
        let mut lines = BufReader::new(output).lines();
        while let Ok(Some(line)) = lines.next_line().await {
            let _ = to.send(line);
        }
    });
}

impl Process {
    /// Waits for a line that holds `wanted`.
    pub(crate) async fn says(&mut self, wanted: &str) -> String {
        while let Some(line) = self.lines.recv().await {
            self.said.push_str(&line);
            self.said.push('\n');
            if line.contains(wanted) {
                return line;
            }
        }
        panic!("it ended and never said {wanted:?}:\n{}", self.said);
    }

    /// Waits until it is up, tells the workspace where, and returns the address.
    pub(crate) async fn up(&mut self, workspace: &Workspace) -> SocketAddr {
        let line = self.says("healthbot is up").await;
        let address = line.split("listen=").nth(1).unwrap();
        let address = address.split_whitespace().next().unwrap().parse().unwrap();
        workspace.set_bot_url(&format!("http://{address}"));
        address
    }

    /// Lets its files grow no larger than this, in the words of util-linux's `prlimit`.
    pub(crate) async fn limit_files(&self, limit: &str) {
        let (id, limit) = (self.id().to_string(), format!("--fsize={limit}"));
        let set = Command::new("prlimit")
            .args(["--pid", &id, &limit])
            .status()
            .await;
        assert!(set.unwrap().success());
    }

    /// The process's id.
    pub(crate) fn id(&self) -> u32 {
        self.child.id().unwrap()
    }

    /// Sends it a signal, such as `TERM`.
    pub(crate) async fn signal(&self, name: &str) {
        let id = self.id().to_string();
        let sent = Command::new("kill").args(["-s", name, &id]).status().await;
        assert!(sent.unwrap().success());
    }

    /// Waits for its end before it ever was up; tells its exit code and all that it wrote.
    pub(crate) async fn refused(mut self) -> (Option<i32>, String) {
        while let Some(line) = self.lines.recv().await {
            assert!(!line.contains("healthbot is up"), "it started");
            self.said.push_str(&line);
            self.said.push('\n');
        }
        self.ended().await
    }

    /// Waits for its end; tells its exit code and all that it wrote.
    pub(crate) async fn ended(mut self) -> (Option<i32>, String) {
        while let Some(line) = self.lines.recv().await {
            self.said.push_str(&line);
            self.said.push('\n');
        }
        (self.child.wait().await.unwrap().code(), self.said)
    }
}
