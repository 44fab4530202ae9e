//! The Web API: a call's arguments to its answer, over the state. No I/O.

mod chat;
mod conversations;
mod people;
mod views;

use std::borrow::Cow;

use serde_json::{Value, json};

use super::arguments::Arguments;
use super::limits;
use super::message::Content;
use super::state::State;

/// An answer with `"ok":false`.
#[derive(Debug, Clone)]
pub(super) struct ApiError {
    code: Cow<'static, str>,
    details: Vec<String>,
    extra: Value,
}

impl ApiError {
    pub(super) fn new(code: impl Into<Cow<'static, str>>) -> Self {
        Self {
            code: code.into(),
            details: Vec::new(),
            extra: json!({}),
        }
    }

    /// With sentences that say what is wrong, as Slack gives for blocks and views.
    pub(super) fn detailed(code: &'static str, details: Vec<String>) -> Self {
        Self {
            details,
            ..Self::new(code)
        }
    }

    pub(super) fn code(&self) -> &str {
        &self.code
    }

    /// The whole answer.
    pub(super) fn body(&self) -> Value {
        let mut body = json!({ "ok": false, "error": self.code });
        if !self.details.is_empty() {
            body["errors"] = json!(self.details);
            let marked: Vec<_> = self
                .details
                .iter()
                .map(|text| format!("[ERROR] {text}"))
                .collect();
            body["response_metadata"] = json!({ "messages": marked });
        }
        for (name, value) in self.extra.as_object().into_iter().flatten() {
            body[name] = value.clone();
        }
        body
    }
}

/// What a method answers; `"ok":true` is added to it.
type Reply = Result<Value, ApiError>;

/// A method, and the scopes of which it needs one.
type Method = (fn(&mut State, &Arguments) -> Reply, &'static [&'static str]);

const READ: &[&str] = &["channels:read", "groups:read", "im:read", "mpim:read"];
const HISTORY: &[&str] = &["channels:history", "groups:history", "im:history"];
const MANAGE: &[&str] = &["channels:manage", "groups:write"];

fn method(name: &str) -> Option<Method> {
    Some(match name {
        "auth.test" => (people::auth_test, &[]),
        "chat.postMessage" => (chat::post_message, &["chat:write"]),
        "chat.postEphemeral" => (chat::post_ephemeral, &["chat:write"]),
        "chat.update" => (chat::update, &["chat:write"]),
        "chat.delete" => (chat::delete, &["chat:write"]),
        "conversations.info" => (conversations::info, READ),
        "conversations.list" => (conversations::list, READ),
        "conversations.members" => (conversations::members, READ),
        "conversations.history" => (conversations::history, HISTORY),
        "conversations.replies" => (conversations::replies, HISTORY),
        "conversations.open" => (conversations::open, &["im:write", "mpim:write"]),
        "conversations.create" => (conversations::create, MANAGE),
        "conversations.rename" => (conversations::rename, MANAGE),
        "conversations.archive" => (conversations::archive, MANAGE),
        "conversations.unarchive" => (conversations::unarchive, MANAGE),
        "conversations.invite" => (conversations::invite, MANAGE),
        "conversations.leave" => (conversations::leave, MANAGE),
        "conversations.join" => (conversations::join, &["channels:join"]),
        "team.info" => (people::team_info, &["team:read"]),
        "users.info" => (people::user_info, &["users:read"]),
        "users.list" => (people::user_list, &["users:read"]),
        "views.open" => (views::open, &[]),
        "views.push" => (views::push, &[]),
        "views.update" => (views::update, &[]),
        "views.publish" => (views::publish, &[]),
        _ => return None,
    })
}

/// Answers a call whose token was right.
pub(super) fn call(state: &mut State, name: &str, args: &Arguments) -> Result<Value, ApiError> {
    let (run, scopes) = method(name).ok_or_else(|| ApiError::new("unknown_method"))?;
    if !scopes.is_empty() && !scopes.iter().any(|scope| state.may(scope)) {
        return Err(missing_scope(state, scopes[0]));
    }
    let mut answer = run(state, args)?;
    answer["ok"] = json!(true);
    Ok(answer)
}

impl State {
    /// Whether the bot's token carries the scope.
    fn may(&self, scope: &str) -> bool {
        self.scopes.iter().any(|held| held == scope)
    }
}

fn missing_scope(state: &State, needed: &str) -> ApiError {
    ApiError {
        extra: json!({ "needed": needed, "provided": state.scopes.join(",") }),
        ..ApiError::new("missing_scope")
    }
}

/// What a message is to say, checked against Slack's limits.
pub(super) fn content(args: &Arguments) -> Result<Content, ApiError> {
    let content = Content {
        text: args.text("text").unwrap_or_default(),
        blocks: blocks(args.json("blocks"))?,
        attachments: attachments(args.json("attachments"))?,
        metadata: metadata(args.json("metadata"))?,
    };
    limits::check_text(&content.text)?;
    if content.text.is_empty() && content.blocks.is_empty() && content.attachments.is_empty() {
        return Err(ApiError::new("no_text"));
    }
    Ok(content)
}

fn blocks(given: Option<&Value>) -> Result<Vec<Value>, ApiError> {
    match given {
        None => Ok(Vec::new()),
        Some(Value::Array(blocks)) => {
            limits::check_message_blocks(&json!(blocks))?;
            Ok(blocks.clone())
        }
        Some(_) => Err(ApiError::new("invalid_blocks_format")),
    }
}

fn attachments(given: Option<&Value>) -> Result<Vec<Value>, ApiError> {
    match given {
        None => Ok(Vec::new()),
        Some(Value::Array(parts)) => {
            for part in parts.iter().filter(|part| !part["blocks"].is_null()) {
                limits::check_message_blocks(&part["blocks"])?;
            }
            Ok(parts.clone())
        }
        Some(_) => Err(ApiError::new("invalid_attachments")),
    }
}

fn metadata(given: Option<&Value>) -> Result<Option<Value>, ApiError> {
    match given {
        None => Ok(None),
        Some(Value::Object(fields)) if fields.is_empty() => Ok(None),
        Some(metadata) => {
            limits::check_metadata(metadata)?;
            Ok(Some(metadata.clone()))
        }
    }
}
