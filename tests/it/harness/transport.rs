//! How Slack reaches the bot: by signed requests, or over Socket Mode. What a test states holds for both.

use serde_json::{Value, json};

use super::bot::Bot;

/// Opens the bots' Socket Mode connections in the tests; nothing may ever show it.
pub(crate) const APP_TOKEN: &str = "xapp-planted6app6token";

/// How Slack reaches the bots that a test starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Transport {
    /// Slack sends signed requests.
    Http,
    /// The bot opens a connection.
    Socket,
}

tokio::task_local! {
    static TRANSPORT: Transport;
}

impl Transport {
    /// The transport of the test that runs.
    pub(crate) fn current() -> Self {
        TRANSPORT
            .try_with(|transport| *transport)
            .unwrap_or(Self::Http)
    }

    /// Runs a test over this transport.
    pub(crate) async fn carry<T>(self, test: impl Future<Output = T>) -> T {
        TRANSPORT.scope(self, test).await
    }
}

/// Makes two tests of each function: over signed requests, and over Socket Mode.
macro_rules! over_both {
    ($($test:ident),* $(,)?) => {
        mod over_http {
            $(
                #[tokio::test]
                async fn $test() {
                    $crate::harness::transport::Transport::Http.carry(super::$test()).await;
                }
            )*
        }

        mod over_socket {
            $(
                #[tokio::test]
                async fn $test() {
                    $crate::harness::transport::Transport::Socket.carry(super::$test()).await;
                }
            )*
        }
    };
}

pub(crate) use over_both;

impl Bot {
    /// Sends the bot what would be posted to this path with this body, however ill-formed it is; gives the status of the
    /// answer (200 where an envelope was acknowledged, 503 where it was not) and what it says.
    pub(crate) async fn slack_sends(&self, path: &str, body: &str) -> (u16, String) {
        match self.transport {
            Transport::Http => {
                let answer = self.knock(path, body).send().await;
                (answer.status, answer.text())
            }
            Transport::Socket => match self.workspace.envelope(0, envelope(path, body)).await {
                Ok(answer) => (answer.status, answer.body),
                Err(_) => (503, String::new()),
            },
        }
    }

    /// The same with an interaction's payload.
    pub(crate) async fn slack_sends_interaction(&self, payload: &Value) -> (u16, String) {
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        form.append_pair("payload", &payload.to_string());
        self.slack_sends("/slack/interactions", &form.finish())
            .await
    }
}

/// The envelope for what would be posted to this path.
pub(crate) fn envelope(path: &str, body: &str) -> Value {
    let read = |text: &str| serde_json::from_str(text).unwrap_or_else(|_| json!(text));
    let fields = || url::form_urlencoded::parse(body.as_bytes());
    let (kind, payload) = match path {
        "/slack/commands" => {
            let fields = fields().map(|(name, value)| (name.into_owned(), json!(value)));
            ("slash_commands", Value::Object(fields.collect()))
        }
        "/slack/interactions" => {
            let payload = fields().find(|(name, _)| name == "payload");
            let payload = payload.map_or_else(|| json!(body), |(_, text)| read(&text));
            ("interactive", payload)
        }
        _ => ("events_api", read(body)),
    };
    let takes_words = kind == "slash_commands" || payload["type"] == "view_submission";
    json!({"type": kind, "payload": payload, "accepts_response_payload": takes_words})
}
