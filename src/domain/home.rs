//! The dashboard: what a person has it show, and the facts that stand on it.

use std::sync::Arc;

use crate::domain::audit::Logged;
use crate::domain::channel::Channel;
use crate::domain::command::{Condition, ListFilter};
use crate::domain::health::State;
use crate::domain::incident::Incident;
use crate::domain::reply::{Counts, Page, ServerView};
use crate::domain::server::{Environment, Server, fold};
use crate::domain::settings::Settings;

/// The longest text that is searched for, in characters: it travels in the options of a menu, whose values are short.
pub const SEARCH_CHARS: usize = 60;

/// What a person has their Home show. It travels with the Home itself; the bot keeps none of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HomeState {
    /// Which page of the servers, from 0.
    pub page: usize,
    /// Which servers.
    pub filter: ListFilter,
    /// Only servers whose name or address holds this; all where it is empty.
    pub search: String,
}

impl HomeState {
    /// What is searched for when a person types `text`: one line, without blanks around it, not too long.
    #[must_use]
    pub fn search(text: &str) -> String {
        let line: String = text.chars().filter(|c| !c.is_control()).collect();
        let short: String = line.trim().chars().take(SEARCH_CHARS).collect();
        short.trim_end().to_owned()
    }

    /// Whether all servers are shown.
    #[must_use]
    pub fn is_everything(&self) -> bool {
        self.filter == ListFilter::default() && self.search.is_empty()
    }

    /// The same at another page.
    #[must_use]
    pub fn at(&self, page: usize) -> Self {
        Self {
            page,
            ..self.clone()
        }
    }

    /// The same with another condition, from the first page.
    #[must_use]
    pub fn with_condition(&self, condition: Option<Condition>) -> Self {
        let filter = ListFilter {
            condition,
            ..self.filter.clone()
        };
        Self {
            filter,
            ..self.at(0)
        }
    }

    /// The same with another environment, from the first page.
    #[must_use]
    pub fn with_environment(&self, environment: Option<Environment>) -> Self {
        let filter = ListFilter {
            environment,
            ..self.filter.clone()
        };
        Self {
            filter,
            ..self.at(0)
        }
    }

    /// The same with another search, from the first page.
    #[must_use]
    pub fn searching(&self, text: &str) -> Self {
        Self {
            search: Self::search(text),
            ..self.at(0)
        }
    }

    /// Whether a server's name or address holds what is searched for, without regard to case.
    #[must_use]
    pub fn finds(&self, server: &Server) -> bool {
        let wanted = fold(&self.search);
        wanted.is_empty()
            || server.host_name.folded().contains(&wanted)
            || server.url().to_lowercase().contains(&wanted)
    }
}

/// Everything that stands on a Home.
#[derive(Debug, Clone)]
pub struct Dashboard {
    /// How many servers there are, by environment, the most important first; environments without servers are left out.
    pub environments: Vec<(Environment, Counts)>,
    /// How many are down, whatever is shown.
    pub down: usize,
    /// The servers on this page: those that are down first.
    pub rows: Page<Row>,
    /// What the page was asked for.
    pub state: HomeState,
    /// Who is told.
    pub channels: Vec<Arc<Channel>>,
    /// The defaults.
    pub settings: Settings,
    /// What was changed last, the newest first.
    pub changes: Vec<Logged>,
    /// Whether the person who looks may change things.
    pub may_change: bool,
}

impl Dashboard {
    /// How many servers there are.
    #[must_use]
    pub fn servers(&self) -> usize {
        self.environments
            .iter()
            .map(|(_, counts)| counts.total())
            .sum()
    }
}

/// A server on a Home.
#[derive(Debug, Clone)]
pub struct Row {
    /// The server.
    pub view: ServerView,
    /// Its open incident.
    pub incident: Option<Incident>,
}

impl Row {
    /// Whether it stands among those that are down.
    #[must_use]
    pub fn is_down(&self) -> bool {
        self.view.health.believed == State::Down
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_is_one_short_line() {
        assert_eq!(HomeState::search("  a\nb\t "), "ab");
        let long = HomeState::search(&"가 ".repeat(100));
        assert_eq!(long.chars().count(), SEARCH_CHARS - 1);
    }

    #[test]
    fn whatever_narrows_the_servers_begins_at_the_first_page() {
        let third = HomeState::default().at(3);
        assert!(third.is_everything());
        let down = third.with_condition(Some(Condition::Down));
        assert_eq!((down.page, down.is_everything()), (0, false));
        let live = down.at(2).with_environment(Some(Environment::Live));
        assert_eq!(
            (live.page, live.filter.condition),
            (0, Some(Condition::Down))
        );
        assert_eq!(live.at(5).searching(" api ").search, "api");
        assert_eq!(live.at(5).searching(" api ").page, 0);
    }
}
