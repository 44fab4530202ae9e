//! The company's inventory: a list over real HTTP that tests change.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use healthbot::config::{InventoryConfig, Secret};
use healthbot::demo::Target;
use healthbot::domain::settings::Interval;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::watch;

use super::api::TOKEN;
use super::bot::Bot;

/// What the list is asked with; nothing may ever show it.
pub(crate) const INVENTORY_TOKEN: &str = "planted6company6secret";

/// A list that tests change, and how often it was fetched.
pub(crate) struct Company {
    url: String,
    answer: Arc<Mutex<(u16, String)>>,
    answered: watch::Receiver<Vec<u16>>,
}

#[derive(Clone)]
struct Served {
    answer: Arc<Mutex<(u16, String)>>,
    answered: watch::Sender<Vec<u16>>,
}

async fn list(State(served): State<Served>, headers: HeaderMap) -> Response {
    let (status, body) = served.answer.lock().unwrap().clone();
    let has = |name: &str, wanted: &str| headers.get(name).is_some_and(|value| value == wanted);
    let mut hash = DefaultHasher::new();
    body.hash(&mut hash);
    let tag = format!("\"{:x}\"", hash.finish());
    let status = if !has("authorization", &format!("Bearer {INVENTORY_TOKEN}")) {
        StatusCode::UNAUTHORIZED
    } else if has("if-none-match", &tag) {
        StatusCode::NOT_MODIFIED
    } else {
        StatusCode::from_u16(status).unwrap()
    };
    served
        .answered
        .send_modify(|answered| answered.push(status.as_u16()));
    match status {
        StatusCode::UNAUTHORIZED | StatusCode::NOT_MODIFIED => status.into_response(),
        status => (
            status,
            [("etag", tag), ("location", "/elsewhere".to_owned())],
            body,
        )
            .into_response(),
    }
}

impl Company {
    pub(crate) async fn start(list_of: Value) -> Self {
        let answer = Arc::new(Mutex::new((200, list_of.to_string())));
        let (answers, answered) = watch::channel(Vec::new());
        let served = Served {
            answer: Arc::clone(&answer),
            answered: answers,
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/servers", listener.local_addr().unwrap());
        let router = Router::new()
            .route("/servers", get(list))
            .with_state(served);
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self {
            url,
            answer,
            answered,
        }
    }

    /// A bot that fetches the list every second.
    pub(crate) async fn bot(&self) -> Bot {
        self.bot_that_fetches_every("1s").await
    }

    /// A bot that fetches the list once, and then when it is told to: [`Company::sync`].
    pub(crate) async fn bot_by_hand(&self) -> Bot {
        let bot = self.bot_that_fetches_every("1d").await;
        self.fetches(1).await;
        bot
    }

    async fn bot_that_fetches_every(&self, every: &str) -> Bot {
        let inventory = InventoryConfig {
            url: self.url.parse().unwrap(),
            token: Some(Secret::new(INVENTORY_TOKEN)),
            every: Interval::parse(every).unwrap(),
        };
        Bot::start_with(move |config| {
            config.inventory = Some(inventory);
            config.admin_token = Some(Secret::new(TOKEN));
        })
        .await
    }

    pub(crate) fn says(&self, status: u16, body: impl ToString) {
        *self.answer.lock().unwrap() = (status, body.to_string());
    }

    /// Waits for so many more fetches to have begun: those before the last are then dealt with.
    pub(crate) async fn fetches(&self, more: usize) {
        let mut answered = self.answered.clone();
        let wanted = answered.borrow().len() + more;
        answered
            .wait_for(|answered| answered.len() >= wanted)
            .await
            .unwrap();
    }

    /// The status of each answer that it gave.
    pub(crate) fn answered(&self) -> Vec<u16> {
        self.answered.borrow().clone()
    }

    /// Has the bot reconcile now, and gives what that came to.
    pub(crate) async fn sync(&self, bot: &Bot) -> Value {
        bot.api("POST", "/inventory/sync").send().await.expect(200)
    }
}

/// An entry of the company's own form.
pub(crate) fn entry(name: &str, target: &Target, environment: &str) -> Value {
    let (host, port) = (target.addr().ip().to_string(), target.addr().port());
    json!({"host_name": name, "host": host, "port": port, "type": 1, "environment": environment})
}
