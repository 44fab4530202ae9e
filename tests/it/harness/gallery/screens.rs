//! Every form, and Home, of the gallery; and what is answered below a form's fields.

use std::sync::Arc;

use healthbot::domain::channel::Failing;
use healthbot::domain::command::{Condition, ListFilter, Problem};
use healthbot::domain::form::{Draft, Field, LineAdded, LineError, Looked, read_lines};
use healthbot::domain::health::State;
use healthbot::domain::home::{Dashboard, HomeState, Row};
use healthbot::domain::reply::{Counts, Page, Reply};
use healthbot::domain::server::Environment;
use healthbot::domain::settings::Settings;
use healthbot::slack::render::{self, View, Words};
use serde_json::{Value, json};

use super::replies::forbidden;
use super::{Foreign, ago, now};

impl Foreign {
    /// Every form, note and Home, and the errors of forms.
    pub(crate) fn screens(&self) -> Vec<(String, Value)> {
        let words = Words::from(self.language);
        let mut all = self.forms(words);
        all.extend([
            (
                "home_first",
                self.home(words, |board| {
                    board.environments = Vec::new();
                    board.channels = Vec::new();
                    board.may_change = false;
                }),
            ),
            ("home", self.home(words, |_| {})),
            (
                "home_narrowed",
                self.home(words, |board| {
                    board.state = HomeState {
                        page: 1,
                        filter: ListFilter {
                            condition: Some(Condition::Down),
                            environment: Some(Environment::Live),
                        },
                        search: self.typed.chars().take(20).collect(),
                    };
                    board.rows.number = 1;
                    board.rows.total = 40;
                    board.down = 0;
                    board.may_change = false;
                }),
            ),
        ]);
        let view = |(name, view): (&str, View)| (name.to_owned(), json!(view));
        let mut all: Vec<_> = all.into_iter().map(view).collect();
        all.push(("form_errors".to_owned(), self.errors(words)));
        all
    }

    fn forms(&self, words: Words) -> Vec<(&'static str, View)> {
        let settings = Settings::default();
        let lines = format!("\"{}\" http://10.0.0.5/\nbad", "a");
        let mut looked: Vec<_> = read_lines(&lines)
            .into_iter()
            .map(|line| Looked {
                number: line.number,
                found: line.read.map_err(LineError::Mistake),
            })
            .collect();
        let sound = looked[..1].to_vec();
        let wrong = [
            LineError::NameTaken(self.name.clone()),
            LineError::Forbidden(forbidden()),
            LineError::Store(self.detail.clone()),
        ];
        looked.extend((3..).zip(wrong.clone()).map(|(number, error)| Looked {
            number,
            found: Err(error),
        }));
        let added: Vec<_> = std::iter::once(Ok(Some(self.failed())))
            .chain([Ok(None)])
            .chain(wrong.into_iter().map(Err))
            .map(|added| LineAdded {
                name: self.name.clone(),
                added,
            })
            .collect();
        let search = HomeState::default().searching(&self.typed);
        vec![
            ("form_add", render::server_form(words, None, &settings)),
            (
                "form_edit",
                render::server_form(words, Some(&self.server(1)), &settings),
            ),
            ("form_many", render::many_form(words, "", &[])),
            ("form_many_sound", render::many_form(words, &lines, &sound)),
            ("form_many_wrong", render::many_form(words, &lines, &looked)),
            ("form_many_added", render::many_added(words, &added)),
            ("form_find", render::find_form(words, &search)),
            ("note", render::note(words, &Reply::NotAllowed, now())),
            ("waiting", render::waiting(words)),
        ]
    }

    /// What stands below the fields of a form in which everything is wrong.
    fn errors(&self, words: Words) -> Value {
        let empty = Draft::default().read().unwrap_err();
        let filled = Field::ALL.map(|field| (field, "\u{7}?".to_owned()));
        let odd = filled.into_iter().collect::<Draft>().read().unwrap_err();
        let contradicting = Draft::from_iter([
            (Field::Name, "a".to_owned()),
            (Field::Address, "http://10.0.0.5".to_owned()),
            (Field::Type, "2".to_owned()),
            (Field::Interval, "1ms".to_owned()),
        ]);
        let typed = Problem::TypeIsNoNumber(self.typed.clone());
        json!([
            render::wrong(words, &empty),
            render::wrong(words, &odd),
            render::wrong(words, &contradicting.read().unwrap_err()),
            render::wrong(words, &[(Field::Type, typed)]),
            render::name_taken(words, &self.name),
            render::forbidden(words, &forbidden()),
            render::no_lines(words),
        ])
    }

    fn home(&self, words: Words, change: impl FnOnce(&mut Dashboard)) -> View {
        let down = Row {
            view: self.view(1, State::Down, |_| {}),
            incident: Some(self.incident(|_| {})),
        };
        let quiet = Row {
            view: self.view(2, State::Up, |server| {
                server.notification = false;
                server.muted_until = Some(now() + chrono::TimeDelta::hours(1));
            }),
            incident: None,
        };
        let counts = Counts {
            up: 1,
            down: 1,
            pending: 1,
            unknown: 1,
        };
        let failing = self.channel(|channel| {
            channel.notification = false;
            channel.failing = Some(Failing {
                reason: "is_archived".into(),
                since: ago(500),
            });
        });
        let mut board = Dashboard {
            environments: vec![(Environment::Live, counts)],
            down: 1,
            rows: Page {
                items: vec![down, quiet],
                number: 0,
                total: 2,
                size: 15,
            },
            state: HomeState::default(),
            channels: vec![Arc::new(self.channel(|_| {})), Arc::new(failing)],
            settings: Settings::default(),
            changes: self.logged(),
            may_change: true,
        };
        change(&mut board);
        render::home(words, &board, now())
    }
}
