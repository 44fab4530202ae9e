//! Scripted faults, and the journal of what was asked and answered.

use std::time::Duration;

use serde_json::Value;

use super::arguments::Arguments;
use super::state::State;
use crate::clock::Timestamp;

/// The name under which posts to incoming webhooks are journaled and matched by faults.
pub const WEBHOOK: &str = "webhook";
/// The name under which posts to a `response_url` are journaled and matched by faults.
pub const RESPONSE_URL: &str = "response_url";

/// As many calls as the journal holds; the older half goes when it is full, so that a demo may run
/// for weeks.
const KEPT: usize = 50_000;

/// A fault for the calls that match it, used up after `times`.
#[derive(Debug, Clone)]
pub struct Fault {
    /// The method, [`WEBHOOK`] or [`RESPONSE_URL`]; any call where absent.
    pub method: Option<String>,
    /// The channel's id or name; any where absent.
    pub channel: Option<String>,
    /// How many calls it strikes.
    pub times: u32,
    /// What befalls them.
    pub effect: Effect,
}

impl Fault {
    /// The next call of `method` meets `effect`.
    #[must_use]
    pub fn once(method: &str, effect: Effect) -> Self {
        Self {
            method: Some(method.to_owned()),
            channel: None,
            times: 1,
            effect,
        }
    }

    /// The same, `times` times.
    #[must_use]
    pub fn times(self, times: u32) -> Self {
        Self { times, ..self }
    }

    /// The same, in one channel (its id or name) only.
    #[must_use]
    pub fn in_channel(self, channel: &str) -> Self {
        Self {
            channel: Some(channel.to_owned()),
            ..self
        }
    }
}

/// What befalls a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// 429 with `Retry-After` in seconds; nothing is done.
    RateLimited {
        /// The value of `Retry-After`, in seconds.
        retry_after: u64,
    },
    /// This HTTP status with an HTML body, as a proxy in between answers; nothing is done.
    Status(u16),
    /// `{"ok":false,"error":...}` (for a webhook, the text with status 400); nothing is done.
    Error(String),
    /// It is done, and the connection is cut instead of an answer.
    CommitThenReset,
    /// It is done, and this HTTP status is answered.
    CommitThenStatus(u16),
    /// It is done, and no answer comes until the hanging calls are released.
    CommitThenHang,
    /// The connection is cut; nothing is done.
    ResetBefore,
    /// No answer comes until the hanging calls are released, whose connections are then cut;
    /// nothing is done.
    Hang,
    /// It is done after this long by the workspace's clock.
    Slow(Duration),
}

/// A call as it was received.
#[derive(Debug, Clone)]
pub struct Call {
    /// Counts up from 0.
    pub number: u64,
    /// The method, [`WEBHOOK`] or [`RESPONSE_URL`].
    pub method: String,
    /// Its arguments, with those that travelled as JSON text decoded. Tokens are left out.
    pub arguments: Value,
    /// When it came, by the calendar.
    pub at: Timestamp,
    /// When it came, by the monotonic side of the clock.
    pub elapsed: Duration,
    /// How it was answered.
    pub answered: Answered,
}

impl Call {
    /// The `channel` argument, or nothing.
    #[must_use]
    pub fn channel(&self) -> &str {
        self.arguments["channel"].as_str().unwrap_or_default()
    }
}

/// How a call was answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answered {
    /// It still waits.
    NotYet,
    /// `"ok":true`, or a webhook's `ok`.
    Ok,
    /// An error by its name.
    Error(String),
    /// 429.
    RateLimited {
        /// The value of `Retry-After`, in seconds.
        retry_after: u64,
    },
    /// An HTTP status without Slack's own answer.
    Status(u16),
    /// The connection was cut. Whether the call took effect depends on the fault.
    Cut,
}

impl State {
    /// Journals a call and tells its number.
    pub(super) fn note(&mut self, method: &str, arguments: &Arguments) -> u64 {
        if self.journal.len() == KEPT {
            self.journal.drain(..KEPT / 2);
        }
        let number = self.journal.last().map_or(0, |last| last.number + 1);
        self.journal.push(Call {
            number,
            method: method.to_owned(),
            arguments: arguments.all(),
            at: self.clock.now(),
            elapsed: self.clock.elapsed(),
            answered: Answered::NotYet,
        });
        number
    }

    /// Journals how a call was answered.
    pub(super) fn answered(&mut self, number: u64, answered: Answered) {
        let at = self
            .journal
            .binary_search_by_key(&number, |call| call.number);
        if let Some(call) = at.ok().and_then(|at| self.journal.get_mut(at)) {
            call.answered = answered;
        }
    }

    /// The fault that strikes a call, which is thereby used up once.
    pub(super) fn strike(&mut self, method: &str, channel: &str) -> Option<Effect> {
        let id = self.channel(channel).map(|channel| channel.id.clone());
        let hits = |fault: &Fault| {
            let meant = fault.channel.as_deref();
            let same = meant.is_none_or(|meant| {
                meant == channel
                    || id.is_some() && self.channel(meant).map(|c| &c.id) == id.as_ref()
            });
            fault
                .method
                .as_deref()
                .is_none_or(|wanted| wanted == method)
                && same
        };
        let at = self.faults.iter().position(hits)?;
        let fault = &mut self.faults[at];
        fault.times = fault.times.saturating_sub(1);
        let effect = fault.effect.clone();
        if fault.times == 0 {
            self.faults.remove(at);
        }
        Some(effect)
    }
}
