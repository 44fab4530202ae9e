//! Commands and buttons that change servers and their alerts, or probe them.

use crate::domain::command::{ServerEdit, ServerFields, SettingsChange, Topic};
use crate::domain::forbidden::Forbidden;
use crate::domain::ids::ServerId;
use crate::domain::reply::{Reply, Told};
use crate::domain::server::{HostName, Source};
use crate::domain::settings::MuteSpan;
use crate::service::commands::{Asker, Commands, mistake};
use crate::service::forms::probed_otherwise;
use crate::service::servers::{AddError, NewServer};
use crate::service::silence::Acknowledged;

impl Commands {
    pub(super) async fn add(&self, name: HostName, fields: ServerFields, asker: &Asker) -> Reply {
        let server_type = match fields.checked_type() {
            Ok(server_type) => server_type,
            Err(problem) => return mistake(Topic::Add, problem),
        };
        let new = NewServer {
            name,
            fields,
            server_type,
            source: Source::Manual,
        };
        match self.servers.add(new, &asker.actor()).await {
            Ok(view) => self.forms.added(view).await,
            Err(AddError::Forbidden(reason)) => forbidden(reason, Topic::Add),
            Err(AddError::Change(error)) => error.into(),
        }
    }

    /// Probes a server now.
    pub async fn check(&self, id: ServerId) -> Reply {
        let outcome = self.checks.check(id).await;
        match (outcome, self.fleet.view(id)) {
            (Some(outcome), Some(view)) => Reply::Checked { view, outcome },
            (None, Some(view)) => Reply::Checking {
                name: view.server.host_name.to_string(),
            },
            (_, None) => Reply::Gone,
        }
    }

    /// Switches one server's alerts.
    pub async fn switch(&self, id: ServerId, on: bool, asker: &Asker) -> Reply {
        match self.silence.set_alerts(id, on, &asker.actor()).await {
            Ok((view, changed)) => Reply::AlertsSwitched { view, changed },
            Err(error) => error.into(),
        }
    }

    /// Silences a server's alerts for a while.
    pub async fn mute(&self, id: ServerId, span: MuteSpan, asker: &Asker) -> Reply {
        match self.silence.mute(id, span.get(), &asker.actor()).await {
            Ok(view) => Reply::Muted { view },
            Err(error) => error.into(),
        }
    }

    /// Ends a server's mute.
    pub async fn unmute(&self, id: ServerId, asker: &Asker) -> Reply {
        match self.silence.unmute(id, &asker.actor()).await {
            Ok((view, changed)) => Reply::Unmuted { view, changed },
            Err(error) => error.into(),
        }
    }

    /// Takes a server's open incident on.
    pub async fn acknowledge(&self, id: ServerId, asker: &Asker) -> Reply {
        let Some(view) = self.fleet.view(id) else {
            return Reply::Gone;
        };
        let name = view.server.host_name.to_string();
        match self.silence.acknowledge(id, &asker.user, asker.via).await {
            Ok(Acknowledged::Now) => Reply::Acknowledged {
                name,
                already: None,
            },
            Ok(Acknowledged::Already(first)) => Reply::Acknowledged {
                name,
                already: Some(first),
            },
            Ok(Acknowledged::NothingOpen) => Reply::NothingOpen { name },
            Err(error) => error.into(),
        }
    }

    pub(super) async fn settings(&self, change: SettingsChange, asker: &Asker) -> Reply {
        let before = self.fleet.settings();
        if change.is_empty() {
            return Reply::Settings {
                settings: before,
                told: Told::Shown,
            };
        }
        match self.defaults.change(&change, &asker.actor()).await {
            Ok(settings) => Reply::Settings {
                told: if settings == before {
                    Told::AsBefore
                } else {
                    Told::Changed
                },
                settings,
            },
            Err(error) => error.into(),
        }
    }

    /// Switches all alerts.
    pub async fn switch_all(&self, on: bool, asker: &Asker) -> Reply {
        match self.silence.set_all_alerts(on, &asker.actor()).await {
            Ok(changed) => Reply::AllAlertsSwitched { on, changed },
            Err(error) => error.into(),
        }
    }

    /// Watches a server no more.
    pub async fn remove(&self, id: ServerId, asker: &Asker) -> Reply {
        match self.servers.remove(id, &asker.actor()).await {
            Ok(server) => Reply::Removed {
                name: server.host_name.to_string(),
            },
            Err(error) => error.into(),
        }
    }

    /// Changes a server, and says what a probe finds where it is probed otherwise from now on.
    pub(super) async fn edit(&self, name: String, edit: ServerEdit, asker: &Asker) -> Reply {
        let Some(known) = self.fleet.named(&name) else {
            return self.no_such(name, Topic::Edit);
        };
        if edit.is_empty() {
            return self.open_edit(known.server.id, asker).await;
        }
        let change = match edit.of(&known.server) {
            Ok(change) => change,
            Err(problem) => return mistake(Topic::Edit, problem),
        };
        let (id, before) = (known.server.id, known.server);
        let view = match self.servers.edit(id, &change, &asker.actor()).await {
            Ok(view) => view,
            Err(AddError::Forbidden(reason)) => return forbidden(reason, Topic::Edit),
            Err(AddError::Change(error)) => return error.into(),
        };
        let looks = probed_otherwise(&before, &view.server);
        self.forms.edited(&before, view, looks).await
    }

    /// Opens the form that adds a server; where Slack opens none, says what to type.
    pub async fn open_add(&self, asker: &Asker) -> Reply {
        let opened = match &asker.screen {
            Some(screen) => self.forms.open_add(screen).await,
            None => Reply::Help(Some(Topic::Add)),
        };
        match opened {
            Reply::NoForm { .. } => Reply::Help(Some(Topic::Add)),
            opened => opened,
        }
    }

    /// Opens the form about a server, filled in as it is; where Slack opens none, says what to type.
    pub async fn open_edit(&self, server: ServerId, asker: &Asker) -> Reply {
        let opened = match &asker.screen {
            Some(screen) => self.forms.open_edit(screen, server).await,
            None => Reply::Help(Some(Topic::Edit)),
        };
        match opened {
            Reply::NoForm { .. } => Reply::Help(Some(Topic::Edit)),
            opened => opened,
        }
    }
}

const fn forbidden(reason: Forbidden, topic: Topic) -> Reply {
    Reply::Forbidden { reason, topic }
}
