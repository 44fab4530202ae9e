//! The arguments of a call, however they travelled: query, form or JSON.

use serde_json::{Map, Value};

use super::api::ApiError;

/// Arguments that hold JSON; in a query or a form they travel as its text.
const STRUCTURED: &[&str] = &["attachments", "blocks", "metadata", "view"];

/// The arguments of one call.
pub(super) struct Arguments {
    values: Map<String, Value>,
}

impl Arguments {
    /// Reads the query, then the body over it: a form, or a JSON object.
    pub(super) fn read(query: &str, content_type: &str, body: &[u8]) -> Result<Self, ApiError> {
        let mut values = form(query.as_bytes());
        if content_type.starts_with("application/json") {
            match serde_json::from_slice(body) {
                Ok(Value::Object(object)) => values.extend(object),
                Ok(_) => return Err(ApiError::new("json_not_object")),
                Err(_) => return Err(ApiError::new("invalid_json")),
            }
        } else {
            values.extend(form(body));
        }
        for &name in STRUCTURED {
            if let Some(Value::String(text)) = values.get(name) {
                // Text that is no JSON stays text, and its reader refuses it.
                if let Ok(decoded) = serde_json::from_str(text) {
                    values.insert(name.to_owned(), decoded);
                }
            }
        }
        Ok(Self { values })
    }

    /// An argument that a caller in this process gives.
    pub(super) fn of(value: Value) -> Self {
        match value {
            Value::Object(values) => Self { values },
            _ => Self { values: Map::new() },
        }
    }

    /// The token among the arguments, taken away so that it is kept nowhere.
    pub(super) fn take_token(&mut self) -> Option<String> {
        match self.values.remove("token") {
            Some(Value::String(token)) => Some(token),
            _ => None,
        }
    }

    /// Gives an argument that did not travel as one.
    pub(super) fn set(&mut self, name: &str, value: &str) {
        self.values
            .insert(name.to_owned(), Value::String(value.to_owned()));
    }

    /// A text, or a number or flag as text; nothing where absent or empty.
    pub(super) fn text(&self, name: &str) -> Option<String> {
        match self.values.get(name)? {
            Value::String(text) => Some(text.clone()).filter(|text| !text.is_empty()),
            Value::Number(number) => Some(number.to_string()),
            Value::Bool(flag) => Some(flag.to_string()),
            _ => None,
        }
    }

    /// A text that must be there.
    pub(super) fn needed(&self, name: &str, otherwise: &'static str) -> Result<String, ApiError> {
        self.text(name).ok_or_else(|| ApiError::new(otherwise))
    }

    /// A flag; false where absent.
    pub(super) fn flag(&self, name: &str) -> bool {
        self.text(name)
            .is_some_and(|text| text == "true" || text == "1")
    }

    /// A count, where it is one.
    pub(super) fn number(&self, name: &str) -> Option<usize> {
        self.text(name)?.parse().ok()
    }

    /// A structured argument; `null` counts as absent.
    pub(super) fn json(&self, name: &str) -> Option<&Value> {
        self.values.get(name).filter(|value| !value.is_null())
    }

    /// Whether the argument was given at all, empty or not.
    pub(super) fn has(&self, name: &str) -> bool {
        self.json(name).is_some()
    }

    /// All of them, for the journal.
    pub(super) fn all(&self) -> Value {
        Value::Object(self.values.clone())
    }
}

fn form(encoded: &[u8]) -> Map<String, Value> {
    url::form_urlencoded::parse(encoded)
        .map(|(name, value)| (name.into_owned(), Value::String(value.into_owned())))
        .collect()
}
