//! Many servers, one a line.

use crate::domain::command::{Command, CommandError, Problem, Topic, parse};
use crate::domain::forbidden::Forbidden;
use crate::domain::form::Described;
use crate::domain::outcome::Outcome;

/// A line of many: `NAME URL [key=value ...]`, as `/health add` takes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Which line, from 1; empty ones count and are left out.
    pub number: usize,
    /// What it says.
    pub read: Result<Described, CommandError>,
}

/// Reads servers, one a line. A name that stands there twice is wrong the second time.
#[must_use]
pub fn read_lines(text: &str) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    for (at, line) in text.lines().enumerate() {
        if line.trim().is_empty() {
            continue;
        }
        let mut read = read_line(line.trim());
        if let Ok(described) = &read {
            let name = described.name.folded();
            let mut before = lines.iter().filter_map(|line| line.read.as_ref().ok());
            if before.any(|other| other.name.folded() == name) {
                let problem = Problem::Twice(described.name.to_string());
                read = Err(CommandError::new(Topic::Add, problem));
            }
        }
        lines.push(Line {
            number: at + 1,
            read,
        });
    }
    lines
}

/// Why a line adds no server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LineError {
    /// It cannot be read.
    Mistake(CommandError),
    /// Another server has the name.
    NameTaken(String),
    /// Its address must not be probed.
    Forbidden(Forbidden),
    /// The store refuses, for this reason.
    Store(String),
}

/// A line of many, looked at: what it would add, or why it adds nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Looked {
    /// Which line, from 1.
    pub number: usize,
    /// What it would add.
    pub found: Result<Described, LineError>,
}

/// What came of one line of many.
#[derive(Debug, Clone)]
pub struct LineAdded {
    /// What people call the server.
    pub name: String,
    /// What its first probe found, none while it runs; or why it was not added.
    pub added: Result<Option<Outcome>, LineError>,
}

fn read_line(line: &str) -> Result<Described, CommandError> {
    let error = |problem| CommandError::new(Topic::Add, problem);
    // What is typed into a form is not escaped, as a command's text is.
    let escaped = line
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;");
    match parse(&format!("add {escaped}"))? {
        Command::Add { name, fields } => {
            let server_type = fields.checked_type().map_err(error)?;
            Ok(Described {
                name,
                fields: *fields,
                server_type,
            })
        }
        _ => Err(error(Problem::Missing("NAME"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn many_are_read_a_line_each() {
        let lines = read_lines(
            "a http://10.0.0.1/?x=1&amp;y\n\n\"b c\"\tws://10.0.0.2 env=LIVE\nA http://10.0.0.3\nd",
        );
        let numbers: Vec<_> = lines.iter().map(|line| line.number).collect();
        assert_eq!(numbers, [1, 3, 4, 5]);
        let first = lines[0].read.as_ref().expect("sound");
        let path = &first.fields.address.as_ref().expect("there").target.path;
        assert_eq!(path.as_str(), "/?x=1&amp;y", "nothing is unescaped");
        assert_eq!(lines[1].read.as_ref().expect("sound").name.as_str(), "b c");
        let problem = |at: usize| lines[at].read.clone().expect_err("wrong").problem;
        assert_eq!(problem(2), Problem::Twice("A".into()));
        assert_eq!(problem(3), Problem::Missing("URL"));
    }

    proptest! {
        #[test]
        fn no_lines_panic(text in "(\\PC|\n){0,80}") {
            let _ = read_lines(&text);
        }
    }
}
