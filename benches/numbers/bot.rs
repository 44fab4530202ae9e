//! The real binary, as it is started for good, in a workspace of its own.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use futures_util::{StreamExt, stream};
use healthbot::clock::SystemClock;
use healthbot::demo::{Options, State, Workspace};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::net::TcpListener;
use tokio::process::{Child, Command};
use tokio::sync::oneshot;

use super::machine;
use super::targets::{Kind, Targets, address};

const TOKEN: &str = "the-benchmark-s-own-admin-token-of-forty";
/// The channel that is told, and who asks there.
pub(crate) const CHANNEL: &str = "ops";
pub(crate) const PERSON: &str = "dana";
/// Servers that are added at once.
const ADDING: usize = 64;

/// Servers to be watched.
#[derive(Clone, Copy)]
pub(crate) struct Watched {
    /// The number of the first, which gives it its name and address.
    pub(crate) first: usize,
    pub(crate) count: usize,
    pub(crate) kind: Kind,
    pub(crate) port: u16,
}

/// What people call a server.
pub(crate) fn name(n: usize) -> String {
    format!("web-{n:06}.shop.example.com")
}

/// The bot's process with its data directory, and its workspace.
pub(crate) struct Bot {
    pub(crate) workspace: Workspace,
    process: Child,
    /// Where it listens, once it is up.
    up: Option<oneshot::Receiver<String>>,
    url: String,
    client: reqwest::Client,
    data: TempDir,
    authority: PathBuf,
    lines: (String, String),
}

impl Bot {
    /// Starts it with an empty store and one channel that is told of everything. `dir` has the targets' authority.
    pub(crate) async fn start(dir: &Path) -> Self {
        let clock = Arc::new(SystemClock::new());
        let options = Options::new(clock);
        let lines = (options.signing_secret.clone(), options.bot_token.clone());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let workspace = Workspace::start(listener, options).unwrap();
        let data = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let authority = dir.join("authority.pem");
        let (process, up) = spawn(&workspace, &lines, data.path(), &authority);
        let (up, url) = (Some(up), String::new());
        let mut bot = Self {
            workspace,
            process,
            up,
            url,
            client,
            data,
            authority,
            lines,
        };
        bot.is_up().await;
        bot.workspace.invite_bot(CHANNEL).await.unwrap();
        bot.workspace
            .wait_for(|state| (!state.messages(CHANNEL).is_empty()).then_some(()))
            .await;
        bot
    }

    pub(crate) fn id(&self) -> u32 {
        self.process.id().unwrap()
    }

    pub(crate) fn cpu(&self) -> Duration {
        machine::cpu(self.id())
    }

    /// Returns once it is up.
    pub(crate) async fn is_up(&mut self) {
        let up = self.up.take().expect("it was started");
        self.url = up.await.expect("it ended while it started");
        self.workspace.set_bot_url(&self.url);
    }

    /// Stops it as SIGTERM does.
    pub(crate) async fn stop(&mut self) {
        let id = self.id().to_string();
        assert!(
            Command::new("kill")
                .arg(id)
                .status()
                .await
                .unwrap()
                .success()
        );
        assert!(self.process.wait().await.unwrap().success());
    }

    /// Starts it again over the same store; does not wait for anything.
    pub(crate) fn spawn_again(&mut self) {
        let data = self.data.path().to_owned();
        let (process, up) = spawn(&self.workspace, &self.lines, &data, &self.authority);
        (self.process, self.up) = (process, Some(up));
    }

    async fn api(&self, method: &str, path: &str, body: &Value) -> String {
        let url = format!("{}{path}", self.url);
        let request = self.client.request(method.parse().unwrap(), url);
        let answer = request.bearer_auth(TOKEN).json(body).send().await.unwrap();
        let status = answer.status();
        let text = answer.text().await.unwrap();
        assert!(status.is_success(), "{status} {text}");
        text
    }

    /// Changes the defaults, such as `{"interval": "1s"}`.
    pub(crate) async fn set(&self, settings: Value) {
        self.api("PATCH", "/api/v1/settings", &settings).await;
    }

    /// Adds a channel that is told of everything.
    pub(crate) async fn add_channel(&self, channel: &Value) {
        self.api("POST", "/api/v1/channels", channel).await;
    }

    /// Adds so many HTTP servers at the targets' first port, and so many more at their second.
    pub(crate) async fn add_at_two(&self, targets: &Targets, first: usize, second: usize) {
        let ports = targets.ports.iter();
        let counts = [(0, first), (first, second)];
        for ((first, count), port) in counts.into_iter().zip(ports) {
            let kind = Kind::Http;
            let port = *port;
            self.add(Watched {
                first,
                count,
                kind,
                port,
            })
            .await;
        }
    }

    /// Adds servers, as a script does.
    pub(crate) async fn add(&self, watched: Watched) {
        let Watched {
            first,
            count,
            kind,
            port,
        } = watched;
        let add = |n: usize| async move {
            let server = json!({
                "host_name": name(n),
                "host": address(n).to_string(),
                "port": port,
                "path": "/health",
                "tls": kind.has_tls(),
                "type": if kind.is_websocket() { 2 } else { 1 },
                "environment": "LIVE",
            });
            self.api("POST", "/api/v1/servers", &server).await;
        };
        stream::iter(first..first + count)
            .map(add)
            .buffer_unordered(ADDING)
            .collect::<()>()
            .await;
    }

    /// What it counts, as it tells Prometheus.
    pub(crate) async fn metrics(&self) -> String {
        self.api("GET", "/metrics", &Value::Null).await
    }

    /// How many probes had which result so far.
    pub(crate) async fn probes(&self, result: &str) -> u64 {
        let text = self.metrics().await;
        let begin = format!("healthbot_probes_total{{result=\"{result}\"");
        samples(&text, &begin).map(|(_, value)| value as u64).sum()
    }

    /// Types a command, and returns what is answered at once.
    pub(crate) async fn command(&self, text: &str) -> String {
        let typed = format!("/health {text}");
        let answer = self
            .workspace
            .command(PERSON, CHANNEL, &typed)
            .await
            .unwrap();
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.plain()
    }

    /// Opens the App Home, and waits until it is drawn.
    pub(crate) async fn open_home(&self) {
        let drawn = |state: &State| {
            let calls = state.journal().iter();
            calls.filter(|call| call.method == "views.publish").count()
        };
        let before = self.workspace.read(drawn);
        assert!(self.workspace.open_home(PERSON).await.unwrap().accepted);
        let redrawn = |state: &State| (drawn(state) > before).then_some(());
        self.workspace.wait_for(redrawn).await;
    }

    /// Waits until nothing is pending any more.
    pub(crate) async fn has_probed(&self, count: usize) {
        while self.probes("healthy").await < count as u64 {
            machine::sleep(Duration::from_millis(500)).await;
        }
    }
}

/// The samples of an exposition that begin so: the rest of their names, and their values.
pub(crate) fn samples<'a>(text: &'a str, begin: &'a str) -> impl Iterator<Item = (&'a str, f64)> {
    text.lines()
        .filter_map(move |line| line.strip_prefix(begin))
        .filter_map(|rest| rest.rsplit_once(' '))
        .map(|(name, value)| (name, value.parse().unwrap()))
}

fn spawn(
    workspace: &Workspace,
    (secret, token): &(String, String),
    data: &Path,
    authority: &Path,
) -> (Child, oneshot::Receiver<String>) {
    let other = std::env::var_os("HEALTHBOT_BIN");
    let mut command = Command::new(other.unwrap_or(env!("CARGO_BIN_EXE_healthbot").into()));
    command
        .arg("serve")
        .env_clear()
        .env("SLACK_SIGNING_SECRET", secret)
        .env("SLACK_BOT_TOKEN", token)
        .env("SLACK_API_URL", workspace.api_url())
        .env("HEALTHBOT_LISTEN", "127.0.0.1:0")
        .env("HEALTHBOT_ADMIN_TOKEN", TOKEN)
        .env("HEALTHBOT_DATA_DIR", data.join("data"))
        .env("HEALTHBOT_ALLOW_LOOPBACK", "true")
        .env("HEALTHBOT_LOG", "error,healthbot=info")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    if authority.exists() {
        command.env("HEALTHBOT_CA_FILE", authority);
    }
    // What is tried on the binary, such as an allocator's settings.
    for (name, value) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("MALLOC_") {
            command.env(name, value);
        }
    }
    let mut process = command.spawn().unwrap();
    let mut log = BufReader::new(process.stderr.take().unwrap()).lines();
    let (tell, up) = oneshot::channel();
    tokio::spawn(async move {
        let mut tell = Some(tell);
        // Read to the end: a process that cannot write stands still.
        while let Ok(Some(line)) = log.next_line().await {
            if line.contains("healthbot is up")
                && let Some(address) = line.split("listen=").nth(1)
                && let Some(tell) = tell.take()
            {
                let address = address.split_whitespace().next().unwrap();
                let _ = tell.send(format!("http://{address}"));
            }
        }
    });
    (process, up)
}
