//! The workspace that other tests and the demo stand on, over real HTTP: what it answers, refuses,
//! sends and spoils.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use futures_util::{FutureExt, SinkExt, StreamExt};
use healthbot::clock::{Clock, ManualClock, Timestamp};
use healthbot::demo::{
    Answered, Author, Effect, Error, EventRetries, Fault, Mode, Options, SeedChannel, SeedUser,
    Target, Workspace, signature,
};
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::tungstenite::Message as Frame;

mod events;
mod faults;
mod page;
mod people;
mod targets;
mod web_api;

/// What the bot under the workspace's hand received.
#[derive(Clone)]
struct Received {
    path: String,
    headers: HeaderMap,
    body: String,
}

impl Received {
    fn form(&self, field: &str) -> String {
        let mut pairs = url::form_urlencoded::parse(self.body.as_bytes());
        pairs
            .find(|(name, _)| name == field)
            .map(|(_, value)| value.into_owned())
            .unwrap_or_default()
    }

    fn payload(&self) -> Value {
        serde_json::from_str(&self.form("payload")).unwrap()
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

/// A bot that answers what it is told to, and 200 with nothing otherwise.
#[derive(Clone, Default)]
struct Bot {
    received: Arc<Mutex<Vec<Received>>>,
    answers: Arc<Mutex<VecDeque<(u16, String)>>>,
}

impl Bot {
    fn answers(&self, status: u16, body: impl ToString) {
        self.answers
            .lock()
            .unwrap()
            .push_back((status, body.to_string()));
    }

    fn received(&self) -> Vec<Received> {
        self.received.lock().unwrap().clone()
    }

    fn last(&self) -> Received {
        self.received().pop().unwrap()
    }
}

async fn answer(
    State(bot): State<Bot>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> (StatusCode, String) {
    let body = String::from_utf8(body.to_vec()).unwrap();
    bot.received.lock().unwrap().push(Received {
        path: uri.path().to_owned(),
        headers,
        body,
    });
    let (status, body) = bot
        .answers
        .lock()
        .unwrap()
        .pop_front()
        .unwrap_or((200, String::new()));
    (StatusCode::from_u16(status).unwrap(), body)
}

struct Scene {
    workspace: Workspace,
    bot: Bot,
    clock: ManualClock,
    http: reqwest::Client,
}

impl Scene {
    async fn new() -> Self {
        Self::with(|options| options).await
    }

    async fn with(change: impl FnOnce(Options) -> Options) -> Self {
        let clock = ManualClock::new(Timestamp::from_timestamp(1_795_551_108, 0).unwrap());
        let bot = Bot::default();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let bot_url = format!("http://{}", listener.local_addr().unwrap());
        let routes = Router::new().fallback(answer).with_state(bot.clone());
        tokio::spawn(async move { axum::serve(listener, routes).await });
        let options = Options {
            bot_url: Some(bot_url),
            ..Options::new(Arc::new(clock.clone()))
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let workspace = Workspace::start(listener, change(options)).unwrap();
        // Other tests of this binary may have installed it already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        Self {
            workspace,
            bot,
            clock,
            http,
        }
    }

    /// Posts JSON to a method with the bot's token.
    async fn call(&self, method: &str, arguments: Value) -> Value {
        self.raw(method, arguments)
            .await
            .unwrap()
            .json()
            .await
            .unwrap()
    }

    async fn raw(&self, method: &str, arguments: Value) -> reqwest::Result<reqwest::Response> {
        let url = format!("{}/{method}", self.workspace.api_url());
        self.http
            .post(url)
            .bearer_auth("xoxb-demo-token")
            .json(&arguments)
            .send()
            .await
    }

    async fn error(&self, method: &str, arguments: Value) -> String {
        let answer = self.call(method, arguments).await;
        assert_eq!(answer["ok"], false, "{answer}");
        answer["error"].as_str().unwrap().to_owned()
    }

    async fn post(&self, url: &str, body: Value) -> (u16, String) {
        let response = self.http.post(url).json(&body).send().await.unwrap();
        (response.status().as_u16(), response.text().await.unwrap())
    }

    fn id(&self, channel: &str) -> String {
        self.workspace.channel(channel).unwrap().id
    }
}

fn section(text: &str) -> Value {
    json!({"type": "section", "text": {"type": "mrkdwn", "text": text}})
}

fn buttons(labels: &[&str]) -> Value {
    let button = |label: &&str| {
        json!({
            "type": "button", "action_id": format!("do-{label}"), "value": format!("value-{label}"),
            "text": {"type": "plain_text", "text": label},
        })
    };
    json!({"type": "actions", "block_id": "row", "elements": labels.iter().map(button).collect::<Vec<_>>()})
}
