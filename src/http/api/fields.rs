//! Reading a JSON object field by field, so that everything that is wrong with it is said at once and by name.

use std::fmt::Display;
use std::sync::Arc;

use axum::extract::{FromRequest, Request};
use serde_json::{Map, Value};

use crate::domain::server::Environment;
use crate::domain::settings::{Confirmations, OutOfRange};
use crate::http::api::Parts;
use crate::http::api::problem::{FieldError, Problem};
use crate::http::body;

/// The fields of a body that are still to be read. Every field that may be there is asked for once; what is left then
/// is a mistake.
#[derive(Debug)]
pub(super) struct Fields {
    left: Map<String, Value>,
    known: Vec<&'static str>,
    errors: Vec<FieldError>,
}

impl Fields {
    /// Reads a body.
    fn parse(body: &[u8]) -> Result<Self, Problem> {
        match serde_json::from_slice(body) {
            Ok(Value::Object(left)) => Ok(Self {
                left,
                known: Vec::new(),
                errors: Vec::new(),
            }),
            Ok(_) => Err(Problem::not_an_object()),
            Err(error) => Err(Problem::not_json(error)),
        }
    }

    /// A field that must be there.
    pub(super) fn required<T>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(&Value) -> Result<T, String>,
    ) -> Option<T> {
        let value = self.take(name);
        if value.is_none() {
            self.wrong(name, "it is missing, and must be there");
        }
        self.read(name, value?, read)
    }

    /// A field that may be left out, but not be null.
    pub(super) fn optional<T>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(&Value) -> Result<T, String>,
    ) -> Option<T> {
        let value = self.take(name)?;
        self.read(name, value, read)
    }

    /// A field that may be left out, and may be null to say that there is none.
    pub(super) fn nullable<T>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(&Value) -> Result<T, String>,
    ) -> Option<Option<T>> {
        match self.take(name)? {
            Value::Null => Some(None),
            value => self.read(name, value, read).map(Some),
        }
    }

    /// Fields that answers have and requests must not.
    pub(super) fn read_only(&mut self, names: &[&'static str]) {
        for name in names {
            if self.left.remove(*name).is_some() {
                self.wrong(name, "Healthbot sets it by itself: leave it out");
            }
        }
    }

    /// Notes that a field is not right.
    pub(super) fn wrong(&mut self, name: &str, detail: impl Display) {
        self.errors.push(FieldError::new(name, detail));
    }

    /// Whether nothing was wrong with these fields so far.
    pub(super) fn is_sound(&self, names: &[&str]) -> bool {
        !self
            .errors
            .iter()
            .any(|error| names.contains(&error.field.as_str()))
    }

    /// What was made of the fields, which is there where nothing was wrong.
    pub(super) fn finish<T>(mut self, made: Option<T>) -> Result<T, Problem> {
        for name in self.left.keys() {
            let known = self.known.join(", ");
            let detail = format!("there is no such field here; there are {known}");
            self.errors.push(FieldError::new(name, detail));
        }
        match made {
            Some(made) if self.errors.is_empty() => Ok(made),
            _ => Err(Problem::invalid(self.errors)),
        }
    }

    fn take(&mut self, name: &'static str) -> Option<Value> {
        self.known.push(name);
        self.left.remove(name)
    }

    fn read<T>(
        &mut self,
        name: &'static str,
        value: Value,
        read: impl FnOnce(&Value) -> Result<T, String>,
    ) -> Option<T> {
        read(&value).map_err(|detail| self.wrong(name, detail)).ok()
    }
}

/// The body is capped, then read whatever its media type claims.
impl FromRequest<Arc<Parts>> for Fields {
    type Rejection = Problem;

    async fn from_request(request: Request, parts: &Arc<Parts>) -> Result<Self, Problem> {
        let (head, body) = request.into_parts();
        let body = body::read(&head.headers, body, &parts.clock).await;
        Self::parse(&body.map_err(Problem::unread)?)
    }
}

/// A text that `parse` takes.
pub(super) fn text<T, E: Display>(
    parse: impl FnOnce(&str) -> Result<T, E>,
) -> impl FnOnce(&Value) -> Result<T, String> {
    move |value| match value {
        Value::String(text) => parse(text).map_err(|error| error.to_string()),
        other => Err(not_a("a text", other)),
    }
}

/// A whole number that `parse` takes.
pub(super) fn number<T, E: Display>(
    parse: impl FnOnce(i64) -> Result<T, E>,
) -> impl FnOnce(&Value) -> Result<T, String> {
    move |value| match value.as_i64() {
        Some(number) => parse(number).map_err(|error| error.to_string()),
        None => Err(not_a("a whole number", value)),
    }
}

/// True or false.
pub(super) fn switch(value: &Value) -> Result<bool, String> {
    value.as_bool().ok_or_else(|| not_a("true or false", value))
}

/// A count of outcomes that confirm.
pub(super) fn confirmations(
    name: &'static str,
) -> impl FnOnce(&Value) -> Result<Confirmations, String> {
    number(move |count| -> Result<_, OutOfRange> { Confirmations::new(count, name) })
}

/// A list of environments.
pub(super) fn environments<T: FromIterator<Environment>>(value: &Value) -> Result<T, String> {
    let Value::Array(items) = value else {
        return Err(not_a("a list of environments", value));
    };
    items.iter().map(|item| text(str::parse)(item)).collect()
}

fn not_a(wanted: &str, found: &Value) -> String {
    let found = match found {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(number) if number.is_f64() => "a number with a fraction",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    };
    format!("it is {wanted}, not {found}")
}
