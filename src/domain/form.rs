//! What people fill in, and the rules that read it. What is wrong is said of the field that it is wrong in.

mod lines;

pub use lines::{Line, LineAdded, LineError, Looked, read_lines};

use std::collections::BTreeMap;

use crate::domain::command::{Problem, ServerFields};
use crate::domain::home::HomeState;
use crate::domain::ids::ServerId;
use crate::domain::server::{HostName, Server, ServerChange};
use crate::domain::settings::{Confirmations, Interval, Timeout};
use crate::domain::target::{Address, ServerType};

/// A form that was filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Form {
    /// One server.
    Server {
        /// The server that is to be changed; none where it is a new one.
        edits: Option<ServerId>,
        /// What was filled in.
        draft: Draft,
    },
    /// Many new servers, one a line.
    Many {
        /// The lines.
        text: String,
        /// Whether exactly these lines were found to be sound before.
        checked: bool,
    },
    /// What Home is to search for.
    Find {
        /// What Home showed.
        state: HomeState,
        /// What to search for.
        text: String,
    },
}

/// A field of the form about one server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Field {
    /// What people call it.
    Name,
    /// A URL, or host:port.
    Address,
    /// Its environment.
    Environment,
    /// The company's type code; empty means by its address.
    Type,
    /// Its own interval; empty means the default, here and below.
    Interval,
    /// Its own timeout.
    Timeout,
    /// Its own count of failures that confirm.
    Failures,
    /// Its own count of recoveries that confirm.
    Recoveries,
}

impl Field {
    /// All of them, in the order of the form.
    pub const ALL: [Self; 8] = [
        Self::Name,
        Self::Address,
        Self::Environment,
        Self::Type,
        Self::Interval,
        Self::Timeout,
        Self::Failures,
        Self::Recoveries,
    ];
}

/// The form about one server as it was filled in, nothing read yet.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Draft(BTreeMap<Field, String>);

/// What a form says about a server, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Described {
    /// What people call it.
    pub name: HostName,
    /// Everything else; the address is there.
    pub fields: ServerFields,
    /// How it is checked.
    pub server_type: ServerType,
}

/// What is wrong, and with which field.
pub type Wrong = (Field, Problem);

impl Draft {
    /// What the form is filled in with for a server as it is.
    #[must_use]
    pub fn of(server: &Server) -> Self {
        let own = |value: Option<String>| value.unwrap_or_default();
        Self::from_iter([
            (Field::Name, server.host_name.to_string()),
            (Field::Address, server.url()),
            (Field::Environment, server.environment.to_string()),
            (Field::Type, server.server_type.code().to_string()),
            (Field::Interval, own(server.interval.map(|v| v.to_string()))),
            (Field::Timeout, own(server.timeout.map(|v| v.to_string()))),
            (Field::Failures, own(server.failures.map(|v| v.to_string()))),
            (
                Field::Recoveries,
                own(server.recoveries.map(|v| v.to_string())),
            ),
        ])
    }

    /// What a field holds, without blanks around it.
    #[must_use]
    pub fn get(&self, field: Field) -> &str {
        self.0.get(&field).map_or("", |text| text.trim())
    }

    /// Reads every field.
    ///
    /// # Errors
    /// All that is wrong, each with its field.
    pub fn read(&self) -> Result<Described, Vec<Wrong>> {
        let mut wrong = Mistakes(Vec::new());
        let name = wrong.note(Field::Name, self.required(Field::Name, HostName::parse));
        let address = self.required(Field::Address, Address::parse);
        let address = wrong.note(Field::Address, address);
        let environment = self.optional(Field::Environment, str::parse);
        let interval = self.optional(Field::Interval, Interval::parse);
        let timeout = self.optional(Field::Timeout, Timeout::parse);
        let failures = self.optional(Field::Failures, |text| {
            Confirmations::parse(text, "failures")
        });
        let recoveries = self.optional(Field::Recoveries, |text| {
            Confirmations::parse(text, "recoveries")
        });
        let fields = ServerFields {
            address,
            environment: wrong.note(Field::Environment, environment).flatten(),
            server_type: wrong.note(Field::Type, self.server_type()).flatten(),
            interval: wrong.note(Field::Interval, interval).flatten(),
            timeout: wrong.note(Field::Timeout, timeout).flatten(),
            failures: wrong.note(Field::Failures, failures).flatten(),
            recoveries: wrong.note(Field::Recoveries, recoveries).flatten(),
            alerts: None,
        };
        let server_type = wrong.note(Field::Type, fields.checked_type());
        match (name, server_type) {
            (Some(name), Some(server_type)) if wrong.0.is_empty() => Ok(Described {
                name,
                fields,
                server_type,
            }),
            _ => Err(wrong.0),
        }
    }

    fn server_type(&self) -> Result<Option<ServerType>, Problem> {
        let text = self.get(Field::Type);
        if text.is_empty() {
            return Ok(None);
        }
        let code: i64 = text
            .parse()
            .map_err(|_| Problem::TypeIsNoNumber(text.to_owned()))?;
        Ok(Some(ServerType::try_from(code)?))
    }

    fn required<T, E: Into<Problem>>(
        &self,
        field: Field,
        read: impl Fn(&str) -> Result<T, E>,
    ) -> Result<T, Problem> {
        self.optional(field, read)?
            .ok_or(Problem::EmptyField(field))
    }

    fn optional<T, E: Into<Problem>>(
        &self,
        field: Field,
        read: impl Fn(&str) -> Result<T, E>,
    ) -> Result<Option<T>, Problem> {
        match self.get(field) {
            "" => Ok(None),
            text => read(text).map(Some).map_err(Into::into),
        }
    }
}

impl FromIterator<(Field, String)> for Draft {
    fn from_iter<I: IntoIterator<Item = (Field, String)>>(filled: I) -> Self {
        Self(filled.into_iter().collect())
    }
}

struct Mistakes(Vec<Wrong>);

impl Mistakes {
    fn note<T>(&mut self, field: Field, read: Result<T, Problem>) -> Option<T> {
        read.map_err(|problem| self.0.push((field, problem))).ok()
    }
}

impl Described {
    /// The change that makes a server as described; what was left empty is no longer its own.
    #[must_use]
    pub fn as_change(&self) -> ServerChange {
        let fields = &self.fields;
        ServerChange {
            host_name: Some(self.name.clone()),
            target: fields
                .address
                .as_ref()
                .map(|address| address.target.clone()),
            server_type: Some(self.server_type),
            environment: Some(fields.environment.unwrap_or_default()),
            notification: fields.alerts,
            interval: Some(fields.interval),
            timeout: Some(fields.timeout),
            failures: Some(fields.failures),
            recoveries: Some(fields.recoveries),
            muted_until: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::server::Environment;
    use proptest::prelude::*;

    fn draft(filled: &[(Field, &str)]) -> Draft {
        let filled = filled.iter();
        filled
            .map(|(field, text)| (*field, (*text).to_owned()))
            .collect()
    }

    #[test]
    fn a_form_is_read_as_the_command_is() {
        let described = draft(&[
            (Field::Name, " api "),
            (Field::Address, "wss://chat.example/ws"),
            (Field::Environment, "LIVE"),
            (Field::Type, "3"),
            (Field::Interval, "15s"),
        ]);
        let described = described.read().expect("sound");
        assert_eq!(described.name.as_str(), "api");
        assert_eq!(described.server_type, ServerType::WebSocket3);
        assert_eq!(described.fields.environment, Some(Environment::Live));
        let change = described.as_change();
        assert_eq!(change.timeout, Some(None), "an empty field is the default");
        assert!(matches!(change.interval, Some(Some(_))));
    }

    #[test]
    fn each_mistake_is_said_of_its_own_field() {
        let wrong = |filled: &[(Field, &str)]| {
            let wrong = draft(filled).read().expect_err("wrong");
            wrong
                .into_iter()
                .map(|(field, _)| field)
                .collect::<Vec<_>>()
        };
        assert_eq!(wrong(&[]), [Field::Name, Field::Address]);
        let all: Vec<_> = Field::ALL.map(|field| (field, "\u{7}?")).to_vec();
        assert_eq!(wrong(&all), {
            let mut fields = Field::ALL.to_vec();
            // The order of reading: the type is read after what it may contradict.
            fields.sort();
            fields
        });
        let contradiction = [
            (Field::Name, "a"),
            (Field::Address, "http://10.0.0.5"),
            (Field::Type, "2"),
        ];
        assert_eq!(wrong(&contradiction), [Field::Type]);
    }

    proptest! {
        #[test]
        fn nothing_that_is_typed_panics(text in "(\\PC|\n){0,80}") {
            let _ = Field::ALL.map(|field| (field, text.clone())).into_iter().collect::<Draft>().read();
        }
    }
}
