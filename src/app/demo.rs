//! `healthbot demo`: the whole system on one machine, without a Slack workspace. A tour in the terminal shows the main
//! job; then a page that looks and works like a Slack channel is there to play with.

use std::io::Write;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::app::{App, StartError};
use crate::clock::{SharedClock, SystemClock};
use crate::config::{Config, DemoOptions, Secret};
use crate::demo::{Error as WorkspaceError, Message, Mode, Options, Target, Workspace};
use crate::domain::language::Language;

/// Who acts in the tour, and where.
const PERSON: &str = "dana";
const CHANNEL: &str = "ops";

/// The demo's two servers.
const HTTP_SERVER: &str = "shop-api";
const WEBSOCKET_SERVER: &str = "chat";

/// Between the acts of the tour, so that a person can follow.
const BREATH: Duration = Duration::from_millis(800);

/// Why the demo cannot run.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// The bot.
    #[error(transparent)]
    Start(#[from] StartError),
    /// The workspace did not do what the tour wanted.
    #[error("the demo's workspace: {0}")]
    Workspace(#[from] WorkspaceError),
    /// The page's address.
    #[error("cannot listen on {address}: {error}; choose another address with --listen")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why not.
        error: std::io::Error,
    },
    /// Files or sockets.
    #[error("the demo cannot be set up: {0}")]
    Io(#[from] std::io::Error),
}

/// Runs the tour, then serves the page until told to stop. Boxed for the reason of [`App::run`].
///
/// # Errors
/// A [`DemoError`].
#[must_use]
pub fn run(
    options: DemoOptions,
    stop: CancellationToken,
) -> BoxFuture<'static, Result<(), DemoError>> {
    Box::pin(perform(options, stop))
}

async fn perform(options: DemoOptions, stop: CancellationToken) -> Result<(), DemoError> {
    let clock: SharedClock = Arc::new(SystemClock::new());
    let temporary = tempfile::Builder::new()
        .prefix("healthbot-demo-")
        .tempdir()?;
    let data_dir = options
        .data_dir
        .unwrap_or_else(|| temporary.path().join("data"));
    let stage = Stage::set(
        options.listen,
        data_dir,
        options.language,
        clock,
        stop.clone(),
    )
    .await?;
    let told = stop
        .run_until_cancelled(stage.tour())
        .await
        .unwrap_or(Ok(()));
    if told.is_ok() {
        stop.cancelled().await;
    }
    stage.strike(&stop).await;
    told
}

/// A bot, a workspace, and two servers for the bot to watch.
struct Stage {
    workspace: Workspace,
    http: Target,
    websocket: Target,
    clock: SharedClock,
    bot: JoinHandle<()>,
}

impl Stage {
    async fn set(
        listen: SocketAddr,
        data_dir: PathBuf,
        language: Language,
        clock: SharedClock,
        stop: CancellationToken,
    ) -> Result<Self, DemoError> {
        let page = TcpListener::bind(listen)
            .await
            .map_err(|error| DemoError::Listen {
                address: listen,
                error,
            })?;
        let mut options = Options::new(Arc::clone(&clock));
        options.signing_secret = random_secret()?;
        let secret = Secret::new(options.signing_secret.clone());
        let token = Secret::new(options.bot_token.clone());
        let workspace = Workspace::start(page, options)?;
        let (http, websocket) = (Target::http().await?, Target::web_socket().await?);
        workspace.add_target(HTTP_SERVER, http.clone());
        workspace.add_target(WEBSOCKET_SERVER, websocket.clone());

        let listener = TcpListener::bind("127.0.0.1:0").await?;
        workspace.set_bot_url(&format!("http://{}", listener.local_addr()?));
        let config = Config {
            language,
            ..Config::for_demo(&workspace.api_url(), secret, token, data_dir)
        };
        let app = App::build(&config, listener, Arc::clone(&clock))?;
        let bot = tokio::spawn(app.run(stop));
        Ok(Self {
            workspace,
            http,
            websocket,
            clock,
            bot,
        })
    }

    async fn strike(self, stop: &CancellationToken) {
        stop.cancel();
        // A bot that panicked has said so itself.
        let _ = self.bot.await;
        self.workspace.stop().await;
    }

    async fn tour(&self) -> Result<(), DemoError> {
        let page = self.workspace.page_url();
        say(&format!(
            "Healthbot, the whole system on this machine, without a Slack workspace.\n\
             A page that looks and works like a Slack channel: {page}\n"
        ));
        title("1. Two servers are added, with a slash command each");
        for (name, target) in [
            (HTTP_SERVER, &self.http),
            (WEBSOCKET_SERVER, &self.websocket),
        ] {
            self.forget(name).await?;
            self.command(&format!(
                "/health add {name} {} env=LIVE interval=2s",
                target.url()
            ))
            .await?;
        }
        title(&format!("2. The bot is invited to #{CHANNEL}"));
        let seen = self.workspace.messages(CHANNEL).len();
        self.workspace.invite_bot(CHANNEL).await?;
        self.show(&self.next(seen, |_| true).await);

        title(&format!("3. {HTTP_SERVER} breaks"));
        let seen = self.workspace.messages(CHANNEL).len();
        self.http.set(Mode::Refusing).await;
        let failure = self.next(seen, |message| message.thread_ts.is_none()).await;
        self.show(&failure);

        title(&format!("4. {HTTP_SERVER} is mended"));
        self.clock.sleep(BREATH).await;
        self.http.set(Mode::Healthy).await;
        let reply = self.next(seen, |message| message.thread_ts.is_some()).await;
        say("   The same message now reads:");
        let ts = failure.ts.clone();
        self.show(&self.next(0, |m| m.ts == ts && m.edited.is_some()).await);
        say("   and in its thread, shown in the channel too:");
        self.show(&reply);

        title("That is the main job.");
        say(&format!(
            "   Open {page} to go on: type /health, press the buttons, switch the servers off.\n   \
             Ctrl-C ends the demo."
        ));
        Ok(())
    }

    /// Removes a server that an earlier demo left in a data directory that was given.
    async fn forget(&self, name: &str) -> Result<(), DemoError> {
        let asked = self.typed(&format!("/health remove {name}")).await?;
        // A question has two buttons, and the first does it; the answer that there is no such server has none.
        if let Some(remove) = asked.buttons().first() {
            let channel = self.workspace.channel(CHANNEL).map(|channel| channel.id);
            let channel = channel.unwrap_or_default();
            self.workspace
                .press(PERSON, &channel, &asked.ts, remove)
                .await?;
            self.workspace
                .wait_for(|state| {
                    let same = state.ephemerals(PERSON).find(|e| e.message.ts == asked.ts);
                    same.is_none_or(|same| !same.message.edits.is_empty())
                        .then_some(())
                })
                .await;
        }
        Ok(())
    }

    async fn command(&self, text: &str) -> Result<(), DemoError> {
        say(&format!("   {PERSON} types in #{CHANNEL}: {text}"));
        let answer = self.typed(text).await?;
        say("   Only visible to you:");
        self.show(&answer);
        Ok(())
    }

    /// Types a command; the answer may come late.
    async fn typed(&self, text: &str) -> Result<Message, DemoError> {
        let before = self.workspace.ephemerals(PERSON).len();
        self.workspace.command(PERSON, CHANNEL, text).await?;
        let answer = self.workspace.wait_for(|state| {
            state
                .ephemerals(PERSON)
                .nth(before)
                .map(|answer| answer.message.clone())
        });
        Ok(answer.await)
    }

    /// The first message of the channel after the `seen` first that `wanted` accepts.
    async fn next(&self, seen: usize, wanted: impl Fn(&Message) -> bool) -> Message {
        self.workspace
            .wait_for(|state| {
                state
                    .messages(CHANNEL)
                    .iter()
                    .skip(seen)
                    .find(|message| wanted(message))
                    .cloned()
            })
            .await
    }

    fn show(&self, message: &Message) {
        let text = message.plain();
        let boxed: Vec<_> = text.lines().map(|line| format!("   │ {line}")).collect();
        say(&format!("{}\n", boxed.join("\n")));
    }
}

/// A secret that only this demo's workspace and bot know.
fn random_secret() -> Result<String, std::io::Error> {
    let mut bytes = [0_u8; 16];
    getrandom::fill(&mut bytes).map_err(std::io::Error::other)?;
    Ok(hex::encode(bytes))
}

fn title(text: &str) {
    say(&format!("── {text}"));
}

fn say(text: &str) {
    // A reader that has gone, such as `head`, is no reason to end the demo.
    let _ = writeln!(std::io::stdout(), "{text}");
}
