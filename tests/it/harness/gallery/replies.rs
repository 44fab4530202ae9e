//! Every answer of the gallery.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use healthbot::domain::channel::{Channel, Destination, Failing, HookUrl};
use healthbot::domain::command::{CommandError, Condition, ListFilter, Problem, Topic, parse};
use healthbot::domain::forbidden::{Forbidden, Reason};
use healthbot::domain::health::State;
use healthbot::domain::ids::{ChannelId, ConversationId, UserId};
use healthbot::domain::incident::Acknowledgement;
use healthbot::domain::outcome::{Outcome, Trouble, Verdict};
use healthbot::domain::reply::{Counts, Page, Reply, SubscribeProblem, Summary, Told};
use healthbot::domain::server::Environment;
use healthbot::domain::settings::Settings;
use healthbot::domain::target::AddressError;
use healthbot::service::commands::CHANNELS_PAGE;
use healthbot::slack::render;

use super::{Foreign, Shown, ago, now};

/// An address that stands for another which must not be probed.
pub(super) fn forbidden() -> Forbidden {
    Forbidden {
        address: "::ffff:127.0.0.1".parse().unwrap(),
        judged: "127.0.0.1".parse().unwrap(),
        reason: Reason::Loopback,
    }
}

impl Foreign {
    /// Every answer that people get.
    pub(crate) fn replies(&self) -> Vec<Shown> {
        let mut all = self.server_replies();
        all.extend(self.other_replies());
        all.extend(self.change_replies());
        all.extend(self.inventory_replies());
        let shown = |(name, reply): (String, Reply)| {
            (name, render::reply(self.language.into(), &reply, now()))
        };
        all.into_iter().map(shown).collect()
    }

    fn server_replies(&self) -> Vec<(String, Reply)> {
        let up = |n| self.view(n, State::Up, |_| {});
        let down = |n| self.view(n, State::Down, |_| {});
        let off = |n| self.view(n, State::Up, |server| server.notification = false);
        let hour = now() + chrono::TimeDelta::hours(1);
        let muted = self.view(4, State::Down, |server| server.muted_until = Some(hour));
        let healthy = Outcome {
            at: now(),
            verdict: Verdict::Healthy {
                latency: Duration::from_millis(23),
            },
        };
        let items = (0..20).map(|n| match n % 4 {
            0 => down(n),
            1 => off(n),
            2 => muted.clone(),
            _ => up(n),
        });
        let filter = ListFilter {
            condition: Some(Condition::Down),
            environment: Some(Environment::Live),
        };
        let counts = Counts {
            up: 3,
            down: 2,
            pending: 1,
            unknown: 1,
        };
        let summary = Summary {
            environments: vec![
                (Environment::Live, counts),
                (
                    Environment::Dev,
                    Counts {
                        up: 1,
                        ..Counts::default()
                    },
                ),
            ],
            down: (0..10).map(down).collect(),
            down_total: 2,
            alerts_off: 1,
            muted: 1,
            channels: 2,
        };
        let name = || self.name.clone();
        let near = vec![self.name.clone(), self.name.clone(), self.name.clone()];
        let already = Acknowledgement {
            by: UserId::new("U0DANA"),
            at: ago(600),
        };
        let unknown = Outcome {
            at: now(),
            verdict: Verdict::Unknown(Trouble::NoRoute),
        };
        let mut flapping = self.view(5, State::Down, |server| {
            server.notification = false;
            server.muted_until = Some(hour);
        });
        flapping.health.flapping.active = true;
        let detail = |view, incident| Reply::Detail { view, incident };
        let alone = Summary {
            environments: vec![(
                Environment::Live,
                Counts {
                    down: 1,
                    ..Counts::default()
                },
            )],
            down: vec![down(1)],
            down_total: 1,
            ..Summary::default()
        };
        let named = [
            (
                "added_silent",
                Reply::Added {
                    view: off(1),
                    outcome: Some(healthy.clone()),
                    heard: true,
                },
            ),
            ("summary_one", Reply::Summary(alone)),
            (
                "alerts_on_muted",
                Reply::AlertsSwitched {
                    view: muted.clone(),
                    changed: true,
                },
            ),
            (
                "unmuted_off",
                Reply::Unmuted {
                    view: off(1),
                    changed: true,
                },
            ),
            (
                "added_up",
                Reply::Added {
                    view: up(1),
                    outcome: Some(healthy.clone()),
                    heard: true,
                },
            ),
            (
                "added_down",
                Reply::Added {
                    view: down(1),
                    outcome: Some(self.failed()),
                    heard: false,
                },
            ),
            (
                "added_unprobed",
                Reply::Added {
                    view: up(1),
                    outcome: None,
                    heard: true,
                },
            ),
            (
                "list",
                Reply::List {
                    page: Page {
                        items: items.collect(),
                        number: 1,
                        total: 45,
                        size: 20,
                    },
                    filter: ListFilter::default(),
                },
            ),
            (
                "list_empty",
                Reply::List {
                    page: Page::cut(Vec::new(), 0, 20),
                    filter: ListFilter::default(),
                },
            ),
            (
                "list_no_match",
                Reply::List {
                    page: Page::cut(Vec::new(), 0, 20),
                    filter,
                },
            ),
            ("summary", Reply::Summary(summary)),
            ("summary_empty", Reply::Summary(Summary::default())),
            ("detail_up", detail(up(1), None)),
            (
                "detail_down_muted",
                detail(muted.clone(), Some(self.incident(|_| {}))),
            ),
            (
                "detail_down_acknowledged",
                detail(
                    flapping,
                    Some(self.incident(|incident| incident.acknowledged = Some(already.clone()))),
                ),
            ),
            ("ask_remove", Reply::AskRemove(down(1))),
            ("removed", Reply::Removed { name: name() }),
            ("kept", Reply::Kept { name: name() }),
            ("gone", Reply::Gone),
            (
                "alerts_off",
                Reply::AlertsSwitched {
                    view: off(1),
                    changed: true,
                },
            ),
            (
                "alerts_already_on",
                Reply::AlertsSwitched {
                    view: up(1),
                    changed: false,
                },
            ),
            (
                "muted",
                Reply::Muted {
                    view: muted.clone(),
                },
            ),
            (
                "unmuted",
                Reply::Unmuted {
                    view: up(1),
                    changed: true,
                },
            ),
            (
                "acknowledged",
                Reply::Acknowledged {
                    name: name(),
                    already: None,
                },
            ),
            (
                "acknowledged_before",
                Reply::Acknowledged {
                    name: name(),
                    already: Some(already),
                },
            ),
            ("nothing_open", Reply::NothingOpen { name: name() }),
            (
                "checked_up",
                Reply::Checked {
                    view: up(1),
                    outcome: healthy,
                },
            ),
            (
                "checked_down",
                Reply::Checked {
                    view: down(1),
                    outcome: self.failed(),
                },
            ),
            (
                "checked_unknown",
                Reply::Checked {
                    view: down(1),
                    outcome: unknown,
                },
            ),
            ("checking", Reply::Checking { name: name() }),
            ("name_taken", Reply::NameTaken { name: name() }),
            (
                "no_such_server",
                Reply::NoSuchServer {
                    name: self.typed.clone(),
                    nearest: Vec::new(),
                    topic: Topic::Check,
                },
            ),
            (
                "no_such_server_near",
                Reply::NoSuchServer {
                    name: self.typed.clone(),
                    nearest: near,
                    topic: Topic::Check,
                },
            ),
        ];
        named.map(|(name, reply)| (name.to_owned(), reply)).into()
    }

    fn other_replies(&self) -> Vec<(String, Reply)> {
        let channel = || self.channel(|_| {});
        let live =
            self.channel(|channel| channel.environments = BTreeSet::from([Environment::Live]));
        let broken = self.channel(|channel| {
            channel.failing = Some(Failing {
                reason: self.detail.clone(),
                since: ago(500),
            });
            channel.destination = Destination::Webhook(HookUrl::trusted(
                "https://hooks.slack.com/services/T/B/secret",
            ));
        });
        let quiet = self.channel(|channel| channel.notification = false);
        let odd = || ConversationId::new(format!("C0{}!", self.typed));
        let cannot = |problem| Reply::CannotSubscribe {
            conversation: ConversationId::new("C0OPS"),
            problem,
        };
        let away = SubscribeProblem::SlackAway(self.detail.clone());
        let settings = |told| Reply::Settings {
            settings: Settings::default(),
            told,
        };
        let channels = |channels: Vec<Channel>, page| {
            let numbered = (1..).zip(channels).map(|(number, channel)| {
                Arc::new(Channel {
                    id: ChannelId::from_raw(number),
                    ..channel
                })
            });
            let all: Vec<_> = numbered.collect();
            Reply::Channels {
                off: all.iter().filter(|channel| !channel.notification).count(),
                page: Page::cut(all, page, CHANNELS_PAGE),
                // The second page is of a bot whose token was revoked.
                refused: (page == 1).then(|| "token_revoked".to_owned()),
            }
        };
        let named = [
            ("help", Reply::Help(None)),
            ("help_add", Reply::Help(Some(Topic::Add))),
            ("help_subscribe", Reply::Help(Some(Topic::Subscribe))),
            (
                "all_off",
                Reply::AllAlertsSwitched {
                    on: false,
                    changed: 3,
                },
            ),
            (
                "all_already_on",
                Reply::AllAlertsSwitched {
                    on: true,
                    changed: 0,
                },
            ),
            ("ask_all_off", Reply::AskAllOff { servers: 45 }),
            ("settings", settings(Told::Shown)),
            ("settings_changed", settings(Told::Changed)),
            ("settings_unchanged", settings(Told::AsBefore)),
            (
                "subscribed",
                Reply::Subscribed {
                    channel: channel(),
                    already: false,
                },
            ),
            (
                "subscribed_again",
                Reply::Subscribed {
                    channel: live.clone(),
                    already: true,
                },
            ),
            (
                "cannot_subscribe_uninvited",
                cannot(SubscribeProblem::InviteFirst),
            ),
            (
                "cannot_subscribe_archived",
                cannot(SubscribeProblem::Archived),
            ),
            ("cannot_subscribe_away", cannot(away)),
            (
                "unsubscribed",
                Reply::Unsubscribed {
                    channel: broken.clone(),
                    here: true,
                },
            ),
            (
                "unsubscribed_elsewhere",
                Reply::Unsubscribed {
                    channel: live.clone(),
                    here: false,
                },
            ),
            (
                "not_subscribed",
                Reply::NotSubscribed {
                    conversation: odd(),
                },
            ),
            (
                "channels",
                channels(vec![channel(), live, broken.clone(), quiet.clone()], 0),
            ),
            (
                "channels_middle_page",
                channels(vec![vec![broken, channel(), quiet]; 8].concat(), 1),
            ),
            ("channels_none", channels(Vec::new(), 0)),
            (
                "store_trouble",
                Reply::StoreTrouble {
                    reason: self.detail.clone(),
                },
            ),
            ("not_allowed", Reply::NotAllowed),
            ("stranger", Reply::Stranger),
            (
                "forbidden",
                Reply::Forbidden {
                    reason: forbidden(),
                    topic: Topic::Edit,
                },
            ),
        ];
        let mut all: Vec<_> = named.map(|(name, reply)| (name.to_owned(), reply)).into();
        let mistakes = self.mistakes().into_iter();
        all.extend(
            mistakes.map(|(name, error)| (format!("mistake_{name}"), Reply::Mistake(error))),
        );
        all
    }

    fn mistakes(&self) -> Vec<(String, CommandError)> {
        let typed = || self.typed.clone();
        let problem = CommandError::new;
        let mut all = vec![
            (
                "command".to_owned(),
                problem(
                    Topic::Help,
                    Problem::UnknownCommand {
                        word: typed(),
                        nearest: None,
                    },
                ),
            ),
            (
                "near".to_owned(),
                problem(
                    Topic::List,
                    Problem::UnknownCommand {
                        word: typed(),
                        nearest: Some(Topic::List),
                    },
                ),
            ),
            (
                "key".to_owned(),
                problem(
                    Topic::Add,
                    Problem::UnknownKey {
                        key: typed(),
                        known: &["url", "env"],
                    },
                ),
            ),
            (
                "unexpected".to_owned(),
                problem(Topic::Check, Problem::Unexpected(typed())),
            ),
            (
                "filter".to_owned(),
                problem(Topic::List, Problem::UnknownFilter(typed())),
            ),
            (
                "channel".to_owned(),
                problem(Topic::Subscribe, Problem::NotAChannel(typed())),
            ),
            (
                "act".to_owned(),
                problem(
                    Topic::Channel,
                    Problem::UnknownAct {
                        word: typed(),
                        known: &["create", "rename", "archive"],
                    },
                ),
            ),
            (
                "switch".to_owned(),
                problem(
                    Topic::Add,
                    Problem::NotOnOrOff {
                        key: "alerts".into(),
                        value: typed(),
                    },
                ),
            ),
            (
                "hook_elsewhere".to_owned(),
                problem(Topic::Webhook, Problem::HookElsewhere(typed())),
            ),
            (
                "type_word".to_owned(),
                problem(Topic::Add, Problem::TypeIsNoNumber(typed())),
            ),
            (
                "address".to_owned(),
                problem(
                    Topic::Add,
                    Problem::Address(AddressError::Unreadable(typed())),
                ),
            ),
            (
                "host".to_owned(),
                problem(Topic::Add, Problem::Address(AddressError::Host(typed()))),
            ),
            (
                "scheme".to_owned(),
                problem(Topic::Add, Problem::Address(AddressError::Scheme(typed()))),
            ),
        ];
        let lines = [
            ("no_act", "webhook"),
            ("no_hook", "webhook add pager http://h/"),
            ("missing", "add a"),
            ("no_name", "add http://h/ env=DEV"),
            ("second_filter", "list off muted"),
            ("twice", "add a h:1 env=DEV env=DEV"),
            ("quote", "off \"a"),
            ("type", "add a h:1 type=5"),
            ("contradiction", "add a http://h/ type=2"),
            ("range", "add a h:1 interval=1ms"),
            ("environment", "add a h:1 env=prod"),
            ("no_environment", "add a h:1 env="),
            ("remind", "settings remind=on"),
            ("port", "add a h:0"),
        ];
        all.extend(lines.map(|(name, line)| (name.to_owned(), parse(line).unwrap_err())));
        all
    }
}
