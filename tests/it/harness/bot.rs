//! The whole bot as `serve` runs it, in a workspace of its own: real sockets, a real store, real signatures.

use std::sync::Arc;

use healthbot::app::{App, Listeners};
use healthbot::clock::{SharedClock, SystemClock};
use healthbot::config::{Config, Secret};
use healthbot::demo::{Message, Mode, Options, Target, Workspace};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::knock::Knock;
use super::transport::{APP_TOKEN, Transport};

/// The person who acts in most tests.
pub(crate) const DANA: &str = "dana";

/// A running bot and the workspace that it is in. Stopped when dropped; [`Bot::stop`] waits for it.
pub(crate) struct Bot {
    pub(crate) workspace: Workspace,
    pub(crate) url: String,
    /// Where the admin API is, where it is not at `url`.
    pub(crate) admin_url: Option<String>,
    pub(crate) config: Config,
    pub(crate) transport: Transport,
    clock: SharedClock,
    _data: TempDir,
    stop: CancellationToken,
    running: JoinHandle<()>,
}

impl Bot {
    /// Starts a bot with an empty store in a workspace with the channels general, ops and random.
    pub(crate) async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    /// The same, with a configuration that `change` has changed.
    pub(crate) async fn start_with(change: impl FnOnce(&mut Config)) -> Self {
        Self::start_in(|_| {}, |config, _| change(config)).await
    }

    /// The same, in a workspace that `shape` has changed; the configuration may name its people.
    pub(crate) async fn start_in(
        shape: impl FnOnce(&mut Options),
        change: impl FnOnce(&mut Config, &Workspace),
    ) -> Self {
        let bot = Self::start_by(Arc::new(SystemClock::new()), shape, change).await;
        bot.reached().await;
        bot
    }

    /// The same by a clock of its own, while the workspace keeps to the machine's; nothing is waited for.
    pub(crate) async fn start_by(
        clock: SharedClock,
        shape: impl FnOnce(&mut Options),
        change: impl FnOnce(&mut Config, &Workspace),
    ) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let transport = Transport::current();
        let mut options = Options::new(Arc::new(SystemClock::new()));
        let over_socket = transport == Transport::Socket;
        options.app_token = over_socket.then(|| APP_TOKEN.to_owned());
        shape(&mut options);
        let (secret, token) = (options.signing_secret.clone(), options.bot_token.clone());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let workspace = Workspace::start(listener, options).unwrap();
        let data = tempfile::tempdir().unwrap();
        let mut config = Config::for_demo(
            &workspace.api_url(),
            Secret::new(secret),
            Secret::new(token),
            data.path().join("data"),
        );
        if over_socket {
            config.app_token = Some(Secret::new(APP_TOKEN));
            config.signing_secrets.clear();
        }
        change(&mut config, &workspace);
        let (url, admin_url, stop, running) = run(&config, Arc::clone(&clock)).await;
        workspace.set_bot_url(&url);
        Self {
            workspace,
            url,
            admin_url,
            config,
            transport,
            clock,
            _data: data,
            stop,
            running,
        }
    }

    /// Stops it as SIGTERM does and waits until it has stopped.
    pub(crate) async fn stop(&mut self) {
        self.stop.cancel();
        (&mut self.running).await.unwrap();
        self.workspace
            .wait_for(|state| (state.sockets().open == 0).then_some(()))
            .await;
    }

    /// Stops it and starts it again over the same store.
    pub(crate) async fn restart(&mut self) {
        self.stop().await;
        self.start_again().await;
    }

    /// Starts it over the same store once it has stopped.
    pub(crate) async fn start_again(&mut self) {
        let (url, admin_url, stop, running) = run(&self.config, Arc::clone(&self.clock)).await;
        self.workspace.set_bot_url(&url);
        (self.url, self.admin_url) = (url, admin_url);
        (self.stop, self.running) = (stop, running);
        self.reached().await;
    }

    /// Returns once Slack can reach it.
    pub(crate) async fn reached(&self) {
        if self.transport == Transport::Socket {
            self.workspace
                .wait_for(|state| (state.sockets().open > 0).then_some(()))
                .await;
        }
    }

    /// Types `/health TEXT` in #ops and waits for the answer, which may come late; as a person reads it.
    pub(crate) async fn health(&self, text: &str) -> String {
        self.health_in("ops", text).await
    }

    /// The same in another channel.
    pub(crate) async fn health_in(&self, channel: &str, text: &str) -> String {
        let before = self.workspace.ephemerals(DANA).len();
        let answer = self
            .workspace
            .command(DANA, channel, &format!("/health {text}"))
            .await
            .unwrap();
        assert_eq!(answer.status, 200, "{}", answer.body);
        self.answer_after(before).await
    }

    /// Sends a command's text exactly as the bot is to receive it, and reads the answer.
    pub(crate) async fn health_as_sent(&self, text: &str) -> String {
        let before = self.workspace.ephemerals(DANA).len();
        let typed = format!("/health {text}");
        let answer = self
            .workspace
            .command_as_sent(DANA, "ops", &typed)
            .await
            .unwrap();
        assert_eq!(answer.status, 200, "{text}: {}", answer.body);
        self.answer_after(before).await
    }

    /// Types `/health TEXT` in #ops as somebody else, and reads what is answered at once.
    pub(crate) async fn health_as(&self, user: &str, text: &str) -> String {
        let typed = format!("/health {text}");
        let answer = self.workspace.command(user, "ops", &typed).await.unwrap();
        assert_eq!(answer.status, 200, "{text}: {}", answer.body);
        answer.plain()
    }

    /// Watches a server; its name is `name`, and `keys` are as after `/health add NAME URL`.
    pub(crate) async fn add(&self, name: &str, target: &Target, keys: &str) {
        let answer = self
            .health(&format!("add {name} {} {keys}", target.url()))
            .await;
        assert!(answer.contains("is watched from now on"), "{answer}");
    }

    /// The same, typed in another channel than #ops.
    pub(crate) async fn add_down_in(&self, channel: &str, name: &str) -> Target {
        let target = Target::http().await.unwrap();
        target.set(Mode::Refusing).await;
        let line = format!("add {name} {} interval=1s failures=1", target.url());
        let answer = self.health_in(channel, &line).await;
        assert!(answer.contains("is watched from now on"), "{answer}");
        target
    }

    /// Watches a server that is down already: its first probe confirms that.
    pub(crate) async fn add_down(&self, name: &str, keys: &str) -> Target {
        let target = Target::http().await.unwrap();
        target.set(Mode::Refusing).await;
        self.add(name, &target, &format!("interval=1s failures=1 {keys}"))
            .await;
        target
    }

    /// Invites the bot to a channel and waits for its welcome.
    pub(crate) async fn invite(&self, channel: &str) -> Message {
        self.workspace.invite_bot(channel).await.unwrap();
        self.message(channel, |m| m.plain().contains("is told from now on"))
            .await
    }

    /// Returns once the bot knows which workspace is its own: from then on the people of another one are refused.
    pub(crate) async fn knows_its_workspace(&self) {
        for _ in 0..10_000 {
            let stranger = "team_id=T0STRANGER&user_id=U9&text=help";
            let (_, said) = self.slack_sends("/slack/commands", stranger).await;
            if said.contains("another workspace") {
                return;
            }
        }
        panic!("the bot never learned its workspace");
    }

    /// The newest message that only Dana sees.
    pub(crate) fn newest_private(&self) -> Message {
        let private = self.workspace.ephemerals(DANA);
        private.last().unwrap().message.clone()
    }

    /// A request to the bot, well signed unless it is changed.
    pub(crate) fn knock(&self, path: &str, body: impl AsRef<[u8]>) -> Knock {
        let secret = self.config.signing_secrets[0].expose();
        Knock::signed(&self.url, path, secret, body.as_ref())
    }

    /// Presses the button with this label under the newest message for Dana alone, and reads the answer.
    pub(crate) async fn press_private(&self, label: &str) -> String {
        let private = self.workspace.ephemerals(DANA);
        let newest = private.last().unwrap();
        let (channel, ts) = (newest.channel.clone(), newest.message.ts.clone());
        let before = newest.message.edits.len();
        let count = private.len();
        let answer = self
            .workspace
            .press(DANA, &channel, &ts, label)
            .await
            .unwrap();
        assert_eq!((answer.status, answer.body.as_str()), (200, ""));
        self.workspace
            .wait_for(|state| {
                let private: Vec<_> = state.ephemerals(DANA).collect();
                let same = private.iter().find(|ephemeral| ephemeral.message.ts == ts);
                match same {
                    Some(same) if same.message.edits.len() > before => Some(same.message.plain()),
                    Some(_) if private.len() > count => Some(private.last()?.message.plain()),
                    None => Some(private.last()?.message.plain()),
                    _ => None,
                }
            })
            .await
    }

    /// Types a command and presses a button of its answer.
    pub(crate) async fn press_private_after(&self, command: &str, label: &str) -> String {
        self.health(command).await;
        self.press_private(label).await
    }

    /// Presses a button in a channel's message and waits for what only Dana is told.
    pub(crate) async fn press(&self, channel: &str, message: &Message, label: &str) -> String {
        let before = self.workspace.ephemerals(DANA).len();
        let pressed = self
            .workspace
            .press(DANA, channel, &message.ts, label)
            .await
            .unwrap();
        assert_eq!((pressed.status, pressed.body.as_str()), (200, ""));
        self.answer_after(before).await
    }

    async fn answer_after(&self, before: usize) -> String {
        self.workspace
            .wait_for(|state| {
                state
                    .ephemerals(DANA)
                    .nth(before)
                    .map(|e| e.message.plain())
            })
            .await
    }

    /// Waits for a message in the channel that `wanted` accepts.
    pub(crate) async fn message(
        &self,
        channel: &str,
        wanted: impl Fn(&Message) -> bool,
    ) -> Message {
        self.workspace
            .wait_for(|state| state.messages(channel).iter().find(|m| wanted(m)).cloned())
            .await
    }
}

impl Drop for Bot {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

async fn run(
    config: &Config,
    clock: SharedClock,
) -> (String, Option<String>, CancellationToken, JoinHandle<()>) {
    let slack = TcpListener::bind(config.listen).await.unwrap();
    let admin = match config.admin_listen {
        Some(address) => Some(TcpListener::bind(address).await.unwrap()),
        None => None,
    };
    let url = |listener: &TcpListener| format!("http://{}", listener.local_addr().unwrap());
    let (slack_url, admin_url) = (url(&slack), admin.as_ref().map(url));
    let app = App::build(config, Listeners { slack, admin }, clock).unwrap();
    let stop = CancellationToken::new();
    let running = tokio::spawn(app.run(stop.clone()));
    (slack_url, admin_url, stop, running)
}
