//! What stands in a request's address: the id that its path names, its parameters, read one by one, and the page of a
//! list that they ask for.

use std::fmt::Display;
use std::str::FromStr;

use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts as Head;
use serde::Serialize;
use url::form_urlencoded;
use utoipa::ToSchema;

use crate::domain::ids::{ChannelId, IncidentId, ServerId};
use crate::http::api::problem::{FieldError, Problem};

/// Items of a page, unless the request says otherwise.
const DEFAULT_LIMIT: usize = 100;

/// The most items of a page.
const MOST: usize = 1_000;

/// The parameters of a request that are still to be read.
#[derive(Debug)]
pub(super) struct Query {
    left: Vec<(String, String)>,
    known: Vec<&'static str>,
    errors: Vec<FieldError>,
}

impl Query {
    fn parse(query: &str) -> Self {
        Self {
            left: form_urlencoded::parse(query.as_bytes())
                .into_owned()
                .collect(),
            known: Vec::new(),
            errors: Vec::new(),
        }
    }

    /// A parameter that may be left out.
    pub(super) fn optional<T, E: Display>(
        &mut self,
        name: &'static str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        self.known.push(name);
        let at = self.left.iter().position(|(given, _)| given == name)?;
        let (_, value) = self.left.swap_remove(at);
        if self.left.iter().any(|(given, _)| given == name) {
            self.left.retain(|(given, _)| given != name);
            self.wrong(name, "it stands there more than once: say it once");
            return None;
        }
        parse(&value).map_err(|error| self.wrong(name, error)).ok()
    }

    /// Which part of the list is asked for.
    pub(super) fn page<I: Cursor>(&mut self) -> PageOf<I> {
        let limit = self.optional("limit", |text| {
            let limit = text.parse().ok().filter(|limit| (1..=MOST).contains(limit));
            limit.ok_or("it is a whole number from 1 to 1000")
        });
        PageOf {
            limit: limit.unwrap_or(DEFAULT_LIMIT),
            after: self.optional("cursor", |text| {
                read_cursor(text)
                    .ok_or("it is the next_cursor of an earlier page of this list, unchanged")
            }),
        }
    }

    /// What was made of the parameters, where nothing was wrong.
    pub(super) fn finish<T>(mut self, made: T) -> Result<T, Problem> {
        for (name, _) in &self.left {
            let known = match self.known[..] {
                [] => "there are none".to_owned(),
                _ => format!("there are {}", self.known.join(", ")),
            };
            let detail = format!("there is no such parameter here; {known}");
            self.errors.push(FieldError::new(name, detail));
        }
        if self.errors.is_empty() {
            Ok(made)
        } else {
            Err(Problem::invalid(self.errors))
        }
    }

    fn wrong(&mut self, name: &str, detail: impl Display) {
        self.errors.push(FieldError::new(name, detail));
    }
}

impl<S: Sync> FromRequestParts<S> for Query {
    type Rejection = Problem;

    async fn from_request_parts(head: &mut Head, _: &S) -> Result<Self, Problem> {
        Ok(Self::parse(head.uri.query().unwrap_or_default()))
    }
}

/// That a request has no parameters, for the paths that take none. What is not known is refused there too: whoever sends
/// `dry_run=true` must not find out afterwards that it was done.
#[derive(Debug)]
pub(super) struct NoParameters;

impl<S: Sync> FromRequestParts<S> for NoParameters {
    type Rejection = Problem;

    async fn from_request_parts(head: &mut Head, state: &S) -> Result<Self, Problem> {
        let query = Query::from_request_parts(head, state).await?;
        query.finish(Self)
    }
}

/// What a path can name by its id.
pub(super) trait Resource: FromStr {
    /// What it is called in a problem.
    const WHAT: &str;
}

impl Resource for ServerId {
    const WHAT: &str = "server";
}

impl Resource for ChannelId {
    const WHAT: &str = "channel";
}

/// The id that a path names. What can be none, be it no text at all, leads nowhere: 404.
#[derive(Debug)]
pub(super) struct Named<I>(pub(super) I);

impl<I: Resource, S: Send + Sync> FromRequestParts<S> for Named<I> {
    type Rejection = Problem;

    async fn from_request_parts(head: &mut Head, state: &S) -> Result<Self, Problem> {
        let text = Path::<String>::from_request_parts(head, state).await;
        let id = text.ok().and_then(|Path(text)| text.parse().ok());
        id.map(Self).ok_or_else(|| Problem::not_found(I::WHAT))
    }
}

/// An identifier that a list is ordered by. It is never handed out twice nor changed, so a page that begins after it
/// neither repeats nor leaves out anything, whatever was changed, added or removed in between.
pub(super) trait Cursor: FromStr + Display {}

impl Cursor for ServerId {}
impl Cursor for ChannelId {}
impl Cursor for IncidentId {}

/// The part of a list that is asked for.
#[derive(Debug, Clone, Copy)]
pub(super) struct PageOf<I> {
    /// At most so many items.
    pub(super) limit: usize,
    /// Those behind this one.
    pub(super) after: Option<I>,
}

/// A cursor is not meant to be read, made or taken apart: what it holds may change.
fn write_cursor(last: impl Display) -> String {
    hex::encode(last.to_string())
}

fn read_cursor<I: Cursor>(text: &str) -> Option<I> {
    let id = String::from_utf8(hex::decode(text).ok()?).ok()?;
    id.parse().ok()
}

/// A part of a list.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct List<T> {
    /// The items.
    items: Vec<T>,
    /// The `cursor` of the next page; null where this is the last one.
    #[schema(required = true)]
    next_cursor: Option<String>,
}

impl<T> List<T> {
    /// A page that goes on behind `last`, where there is more.
    pub(super) fn new(items: Vec<T>, last: Option<impl Cursor>) -> Self {
        Self {
            items,
            next_cursor: last.map(write_cursor),
        }
    }
}

/// How a list is cut into pages.
#[derive(Debug, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it describes what `Query::page` reads")]
pub(super) struct PageParameters {
    /// At most so many items.
    #[param(minimum = 1, maximum = 1000, default = 100, required = false)]
    limit: u16,
    /// The `next_cursor` of the page before.
    #[param(required = false, pattern = "^[0-9a-f]+$")]
    cursor: String,
}
