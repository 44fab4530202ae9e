//! Everything that the bot says, made of what others said: names, paths, details, words that people typed.

mod changes;
mod inventory;
mod replies;
mod screens;

use std::collections::BTreeSet;
use std::sync::Arc;

use healthbot::clock::Timestamp;
use healthbot::domain::channel::{Channel, Destination, HookUrl};
use healthbot::domain::health::{Health, State};
use healthbot::domain::ids::{ChannelId, ConversationId, IncidentId, ServerId, UserId};
use healthbot::domain::incident::{Acknowledgement, End, EndReason, Incident};
use healthbot::domain::language::Language;
use healthbot::domain::notice::{Again, Look};
use healthbot::domain::outcome::{Failure, FailureKind, Outcome, Trouble, Verdict};
use healthbot::domain::reply::ServerView;
use healthbot::domain::server::{Environment, HostName, Server, Source};
use healthbot::domain::settings::Settings;
use healthbot::domain::target::{Path, ServerType, Target};
use healthbot::slack::render::{self, IncidentView, Message, StormFacts, Words};

/// What others said.
#[derive(Debug, Clone)]
pub(crate) struct Foreign {
    /// A server's name; it must be one.
    pub(crate) name: String,
    /// A path; taken where it can be one.
    pub(crate) path: String,
    /// A probe's detail, Slack's reason, the store's reason.
    pub(crate) detail: String,
    /// A word of a command.
    pub(crate) typed: String,
    /// What the bot speaks.
    pub(crate) language: Language,
}

/// A message of the bot's and what to call it.
pub(crate) type Shown = (String, Message);

/// The moment at which everything is shown.
pub(crate) fn now() -> Timestamp {
    "2026-11-24T20:11:48Z".parse().unwrap()
}

fn ago(seconds: i64) -> Timestamp {
    now() - chrono::TimeDelta::seconds(seconds)
}

impl Foreign {
    /// What an ordinary company says.
    pub(crate) fn calm() -> Self {
        Self {
            name: "payments api".into(),
            path: "/healthz?deep=1&all=2".into(),
            detail: "503 Service Unavailable".into(),
            typed: "paymets".into(),
            language: Language::English,
        }
    }

    /// What an ordinary company says to a bot that speaks Korean.
    pub(crate) fn calm_in_korean() -> Self {
        Self {
            language: Language::Korean,
            ..Self::calm()
        }
    }

    fn server(&self, number: u64) -> Server {
        Server {
            id: ServerId::from_raw(number),
            host_name: HostName::parse(&self.name).unwrap(),
            target: Target {
                host: "pay.example.com".to_owned().try_into().unwrap(),
                port: 8443,
                path: Path::parse(&self.path).unwrap_or_default(),
                tls: true,
            },
            server_type: ServerType::Http1,
            environment: Environment::Live,
            notification: true,
            interval: None,
            timeout: None,
            failures: None,
            recoveries: None,
            source: Source::Manual,
            muted_until: None,
            created_at: ago(90_000),
            updated_at: ago(90_000),
        }
    }

    fn view(&self, number: u64, state: State, change: impl FnOnce(&mut Server)) -> ServerView {
        let mut server = self.server(number);
        change(&mut server);
        let policy = server.policy(&Settings::default());
        let health = Health {
            believed: state,
            last_healthy: Some(ago(4_000)),
            last_outcome: Some(self.failed()),
            ..Health::pending(ago(3_661))
        };
        ServerView {
            server: Arc::new(server),
            health,
            policy,
        }
    }

    fn failed(&self) -> Outcome {
        let failure = Failure::new(FailureKind::HttpStatus, &self.detail);
        Outcome {
            at: ago(12),
            verdict: Verdict::Failed(failure),
        }
    }

    fn incident(&self, change: impl FnOnce(&mut Incident)) -> Incident {
        let server = self.server(1);
        let mut incident = Incident {
            id: IncidentId::from_raw(1),
            server: server.id,
            host_name: server.host_name.clone(),
            environment: server.environment,
            address: server.url().chars().take(300).collect(),
            check: server.check().to_string(),
            failure: Failure::new(FailureKind::HttpStatus, &self.detail),
            began: ago(3_661),
            last_healthy: Some(ago(3_690)),
            acknowledged: None,
            reminders: 0,
            reminded_at: None,
            end: None,
        };
        change(&mut incident);
        incident
    }

    fn channel(&self, change: impl FnOnce(&mut Channel)) -> Channel {
        let mut channel = Channel {
            id: ChannelId::from_raw(1),
            name: self.name.clone(),
            destination: Destination::Conversation(ConversationId::new("C0OPS")),
            notification: true,
            environments: BTreeSet::new(),
            failing: None,
            subscribed_by: None,
            created_at: ago(9_000),
            updated_at: ago(9_000),
        };
        change(&mut channel);
        channel
    }

    /// Every message that channels get.
    pub(crate) fn notices(&self) -> Vec<Shown> {
        let words = Words::from(self.language);
        let by = || Acknowledgement {
            by: UserId::new("U0DANA"),
            at: ago(600),
        };
        let over = |reason| End {
            at: ago(60),
            reason,
        };
        let open = self.incident(|_| {});
        let taken = self.incident(|incident| incident.acknowledged = Some(by()));
        let resolved = self.incident(|incident| incident.end = Some(over(EndReason::Recovered)));
        let removed = self.incident(|incident| incident.end = Some(over(EndReason::Removed)));
        let loud = self.server(1);
        let quiet = Server {
            notification: false,
            muted_until: Some(now() + chrono::TimeDelta::hours(1)),
            ..loud.clone()
        };
        let failure = |incident, server| {
            render::failure(
                words,
                IncidentView {
                    incident,
                    server,
                    now: now(),
                },
            )
        };
        let failing = self.channel(|_| {});
        let looks = [
            (&open, Look::Down),
            (&open, Look::Down),
            (&taken, Look::TakenOn),
            (&open, Look::Silenced),
            (&resolved, Look::Back),
            (&removed, Look::Removed),
        ];
        let many: Vec<_> = (1..)
            .zip(looks)
            .map(|(n, (incident, look))| {
                let server = ServerId::from_raw(n);
                let incident = Incident {
                    server,
                    ..incident.clone()
                };
                (incident, look)
            })
            .collect();
        let many = || many.iter().map(|(incident, look)| (incident, *look));
        let news = || many().filter(|(_, look)| look.is_over());
        let facts = StormFacts {
            back: 42,
            removed: 0,
            from: Some(ago(300)),
            to: Some(ago(20)),
        };
        let facts_removed = StormFacts {
            removed: 1,
            ..facts
        };
        let facts_of_one = StormFacts { back: 1, ..facts };
        let dead = self.channel(|channel| {
            let hook = HookUrl::trusted("https://hooks.slack.com/services/T/B/secret");
            channel.destination = Destination::Webhook(hook);
        });
        let live = BTreeSet::from([Environment::Live, Environment::Stage]);
        let named = [
            ("failure", failure(&open, Some(&loud))),
            ("failure_silenced", failure(&open, Some(&quiet))),
            ("failure_acknowledged", failure(&taken, Some(&loud))),
            ("failure_resolved", failure(&resolved, Some(&loud))),
            ("failure_removed", failure(&removed, None)),
            (
                "recovery",
                render::recovery(words, &resolved, &over(EndReason::Recovered)),
            ),
            (
                "still_down",
                render::still_down(words, &open, Again::MuteEnded, now()),
            ),
            ("reminder", render::reminder(words, &open, 3, now())),
            ("flapping", render::flapping(words, &self.name, &loud)),
            (
                "own_trouble",
                render::own_trouble(words, Trouble::Offline, ago(90), now()),
            ),
            (
                "channel_failing",
                render::channel_failing(words, &failing, &self.detail),
            ),
            (
                "webhook_failing",
                render::channel_failing(words, &dead, &self.detail),
            ),
            ("digest_one", render::digest(words, 1, many().take(1))),
            ("digest_one_back", render::digest(words, 1, news().take(1))),
            (
                "digest_one_left",
                render::digest(words, 1, many().skip(3).take(2)),
            ),
            ("storm_over_one", render::storm_over(words, facts_of_one)),
            ("welcome", render::welcome(words, &BTreeSet::new(), 0)),
            ("welcome_filtered", render::welcome(words, &live, 12)),
            ("webhook_test", render::webhook_test(words, &self.name)),
            ("digest", render::digest(words, 2, many())),
            ("digest_news", render::digest_news(words, news())),
            ("storm_over", render::storm_over(words, facts)),
            (
                "storm_over_removed",
                render::storm_over(words, facts_removed),
            ),
        ];
        let named = named.map(|(name, message)| (name.to_owned(), message));
        named.into_iter().chain(self.inventory_notices()).collect()
    }
}
