//! Forms: opened, and carried out once they are filled in.

use std::sync::Arc;

use futures_util::future::join_all;

use crate::clock::SharedClock;
use crate::domain::audit::{self, Actor};
use crate::domain::form::{Described, Draft, Form, LineAdded, LineError, Looked, read_lines};
use crate::domain::home::HomeState;
use crate::domain::ids::{ServerId, TriggerId, ViewId};
use crate::domain::outcome::Outcome;
use crate::domain::reply::{Reply, ServerView};
use crate::domain::server::{Server, Source};
use crate::service::ChangeError;
use crate::service::fleet::Fleet;
use crate::service::monitor::Checks;
use crate::service::servers::{AddError, NewServer, Servers};
use crate::slack::client::SharedSlack;
use crate::slack::error::SendError;
use crate::slack::render::{self, FormAnswer, View, Words};

/// Where a form or a note is put.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Screen {
    /// Above what the person looks at, within three seconds of their act.
    Above(TriggerId),
    /// In the place of what stands there.
    InPlace(ViewId),
}

/// What filling in a form came to.
#[derive(Debug)]
pub enum Submitted {
    /// The form is answered so.
    Answer(Box<FormAnswer>),
    /// The person's Home is to show this.
    Home(HomeState),
}

/// Opens forms and carries them out. Who may is asked before.
pub struct Forms {
    fleet: Arc<Fleet>,
    servers: Arc<Servers>,
    checks: Checks,
    slack: SharedSlack,
    clock: SharedClock,
    words: Words,
}

impl std::fmt::Debug for Forms {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Forms")
    }
}

impl Forms {
    /// Forms about this fleet's servers, in these words.
    #[must_use]
    pub fn new(
        fleet: Arc<Fleet>,
        servers: Arc<Servers>,
        checks: Checks,
        slack: SharedSlack,
        clock: SharedClock,
        words: Words,
    ) -> Self {
        Self {
            fleet,
            servers,
            checks,
            slack,
            clock,
            words,
        }
    }

    /// What the bot says, in its language.
    #[must_use]
    pub const fn words(&self) -> Words {
        self.words
    }

    /// Opens the form that adds a server.
    pub async fn open_add(&self, screen: &Screen) -> Reply {
        let form = render::server_form(self.words, None, &self.fleet.settings());
        self.open(screen, &form).await
    }

    /// Opens the form about a server, filled in as it is.
    pub async fn open_edit(&self, screen: &Screen, server: ServerId) -> Reply {
        let Some(known) = self.fleet.server(server) else {
            return Reply::Gone;
        };
        let form = render::server_form(self.words, Some(&known.server), &self.fleet.settings());
        self.open(screen, &form).await
    }

    /// Opens the form that adds many.
    pub async fn open_many(&self, screen: &Screen) -> Reply {
        self.open(screen, &render::many_form(self.words, "", &[]))
            .await
    }

    /// Opens the form that asks what Home is to search for.
    pub async fn open_find(&self, screen: &Screen, state: &HomeState) -> Reply {
        self.open(screen, &render::find_form(self.words, state))
            .await
    }

    async fn open(&self, screen: &Screen, form: &View) -> Reply {
        match self.put(screen, form).await {
            Ok(_) => Reply::Elsewhere,
            Err(error) => {
                tracing::warn!(%error, "a form did not open");
                Reply::NoForm {
                    reason: error.reason().to_owned(),
                }
            }
        }
    }

    /// Puts a view on a screen.
    ///
    /// # Errors
    /// Slack's.
    pub async fn put(&self, screen: &Screen, view: &View) -> Result<ViewId, SendError> {
        match screen {
            Screen::Above(trigger) => self.slack.open_view(trigger, view).await,
            Screen::InPlace(id) => self.slack.update_view(id, view).await.map(|()| id.clone()),
        }
    }

    /// Carries a form out. What it saves is probed before it answers.
    pub async fn submit(&self, form: Form, by: &Actor) -> Submitted {
        let answer = match form {
            Form::Find { state, text } => return Submitted::Home(state.searching(&text)),
            Form::Server { edits, draft } => self.save(edits, &draft, by).await,
            Form::Many { text, checked } => self.many(&text, checked, by).await,
        };
        Submitted::Answer(Box::new(answer))
    }

    async fn save(&self, edits: Option<ServerId>, draft: &Draft, by: &Actor) -> FormAnswer {
        let described = match draft.read() {
            Ok(described) => described,
            Err(mistakes) => return render::wrong(self.words, &mistakes),
        };
        let saved = match edits {
            Some(id) => self.edit(id, &described, by).await,
            None => match self.servers.add(new_server(described), by).await {
                Ok(view) => Ok(self.added(view).await),
                Err(error) => Err(error),
            },
        };
        match saved {
            Ok(reply) => self.answer(&reply),
            Err(AddError::Forbidden(reason)) => render::forbidden(self.words, &reason),
            Err(AddError::Change(ChangeError::NameTaken(name))) => {
                render::name_taken(self.words, &name)
            }
            Err(AddError::Change(error)) => self.answer(&error.into()),
        }
    }

    async fn edit(
        &self,
        id: ServerId,
        described: &Described,
        by: &Actor,
    ) -> Result<Reply, AddError> {
        let before = self.fleet.server(id).ok_or(ChangeError::Missing)?.server;
        let view = self.servers.edit(id, &described.as_change(), by).await?;
        Ok(self.edited(&before, view, true).await)
    }

    /// What there is to say of a server that was just added: what its first probe finds, and whether anyone is told.
    pub async fn added(&self, view: ServerView) -> Reply {
        let id = view.server.id;
        let outcome = self.checks.check(id).await;
        let view = self.fleet.view(id).unwrap_or(view);
        let channels = self.fleet.channels();
        let heard = channels
            .iter()
            .any(|channel| channel.hears(view.server.environment));
        Reply::Added {
            view,
            outcome,
            heard,
        }
    }

    /// What there is to say of a server that was just changed; where `looks`, what a probe finds.
    pub async fn edited(&self, before: &Server, view: ServerView, looks: bool) -> Reply {
        let outcome = if looks {
            self.checks.check(view.server.id).await
        } else {
            None
        };
        Reply::Edited {
            edits: audit::server_edits(before, &view.server),
            moved: probed_otherwise(before, &view.server),
            view,
            outcome,
        }
    }

    /// An answer where there is no message to put it into.
    #[must_use]
    pub fn note(&self, answer: &Reply) -> View {
        render::note(self.words, answer, self.clock.now())
    }

    fn answer(&self, answer: &Reply) -> FormAnswer {
        let view = self.note(answer);
        FormAnswer::Update { view }
    }

    /// Says what each line would do, and does it once it was seen and all are sound.
    async fn many(&self, text: &str, checked: bool, by: &Actor) -> FormAnswer {
        let looked = self.look(text);
        if looked.is_empty() {
            return render::no_lines(self.words);
        }
        let sound: Vec<_> = looked
            .iter()
            .filter_map(|line| line.found.clone().ok())
            .collect();
        if !checked || sound.len() < looked.len() {
            let view = render::many_form(self.words, text, &looked);
            return FormAnswer::Update { view };
        }
        let adding = sound.into_iter();
        let added = join_all(adding.map(|described| self.add_line(described, by))).await;
        FormAnswer::Update {
            view: render::many_added(self.words, &added),
        }
    }

    /// The dry run: nothing is changed.
    fn look(&self, text: &str) -> Vec<Looked> {
        let lines = read_lines(text).into_iter();
        lines
            .map(|line| {
                let read = line.read.map_err(LineError::Mistake);
                Looked {
                    number: line.number,
                    found: read.and_then(|described| self.would_add(described)),
                }
            })
            .collect()
    }

    fn would_add(&self, described: Described) -> Result<Described, LineError> {
        if let Some(known) = self.fleet.named(described.name.as_str()) {
            return Err(LineError::NameTaken(known.server.host_name.to_string()));
        }
        let address = described.fields.address.as_ref();
        match address.and_then(|address| self.servers.refuses(&address.target)) {
            Some(reason) => Err(LineError::Forbidden(reason)),
            None => Ok(described),
        }
    }

    async fn add_line(&self, described: Described, by: &Actor) -> LineAdded {
        let name = described.name.to_string();
        let added = self.servers.add(new_server(described), by).await;
        let added: Result<Option<Outcome>, _> = match added {
            Ok(view) => Ok(self.checks.check(view.server.id).await),
            Err(AddError::Forbidden(reason)) => Err(LineError::Forbidden(reason)),
            Err(AddError::Change(ChangeError::NameTaken(name))) => Err(LineError::NameTaken(name)),
            Err(AddError::Change(error)) => Err(LineError::Store(error.to_string())),
        };
        LineAdded { name, added }
    }
}

/// Whether a change makes probes look elsewhere or otherwise.
#[must_use]
pub fn probed_otherwise(before: &Server, after: &Server) -> bool {
    before.target != after.target || before.check() != after.check()
}

fn new_server(described: Described) -> NewServer {
    NewServer {
        name: described.name,
        fields: described.fields,
        server_type: described.server_type,
        source: Source::Manual,
    }
}
