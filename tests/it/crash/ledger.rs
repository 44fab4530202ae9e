//! Who was told what, and how often: every message that the workspace took, by the notice that owed it and by the life
//! of the process that sent it.
//!
//! At least once, and no more often than a kill excuses: a lane has one call in flight, so a kill can make one message
//! of a channel come again, and without a kill none does.

use std::collections::{BTreeMap, BTreeSet};

use healthbot::demo::{Answered, Author, Message, State, Workspace};

const POST: &str = "chat.postMessage";

/// The lives of the process so far.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    /// How many calls the workspace had received when each life had ended.
    ends: Vec<u64>,
    /// Calls that were carried out although their sender never heard so.
    unheard: BTreeSet<u64>,
}

/// What one channel got.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Posts {
    pub(super) messages: usize,
    /// Those among them that had been there before.
    pub(super) repeats: usize,
}

impl Ledger {
    /// A life has ended and nothing more arrives of it. `carried_out` says whether a call that was still waiting for
    /// its answer then was carried out.
    pub(super) fn end_life(&mut self, workspace: &Workspace, carried_out: bool) {
        let begin = self.ends.last().copied().unwrap_or(0);
        workspace.read(|state| {
            let waiting = state
                .journal()
                .iter()
                .filter(|call| call.number >= begin && call.answered == Answered::NotYet);
            if carried_out {
                self.unheard.extend(waiting.map(|call| call.number));
            }
            self.ends.push(state.journal().len() as u64);
        });
    }

    /// Counts what the channel got; panics where something came more often than the kills excuse.
    pub(super) fn check(&self, workspace: &Workspace, channel: &str) -> Posts {
        workspace.read(|state| {
            let id = &state.channel(channel).unwrap().id;
            let mut lives: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
            let taken = state.journal().iter().filter(|call| {
                let ok = call.answered == Answered::Ok || self.unheard.contains(&call.number);
                call.method == POST && call.channel() == id && ok
            });
            for call in taken {
                let notice = call.arguments["metadata"]["event_payload"]["notice"].as_str();
                let life = self.ends.partition_point(|end| *end <= call.number);
                lives.entry(notice.unwrap()).or_default().push(life);
            }
            let messages = lives.values().map(Vec::len).sum();
            let by_bot = state
                .messages(channel)
                .iter()
                .filter(|message| matches!(message.author, Author::Bot { .. }));
            assert_eq!(by_bot.count(), messages, "messages of #{channel}");
            Posts {
                messages,
                repeats: repeats(channel, &lives),
            }
        })
    }
}

/// Counts the repeats of notices that were posted in these lives.
fn repeats(channel: &str, lives: &BTreeMap<&str, Vec<usize>>) -> usize {
    let mut excused = BTreeSet::new();
    for (notice, lives) in lives {
        for pair in lives.windows(2) {
            assert!(
                pair[0] < pair[1],
                "{notice} came twice to #{channel} in life {}",
                pair[1]
            );
            assert!(
                excused.insert(pair[0]),
                "{notice} is not the only one that came to #{channel} again after life {}",
                pair[0]
            );
        }
    }
    excused.len()
}

/// The messages about a server's failure, each copy of it, oldest first.
fn copies<'a>(state: &'a State, channel: &str, server: &str) -> Vec<&'a Message> {
    let messages = state.messages(channel).iter();
    messages
        .filter(|message| message.thread_ts.is_none() && message.text.contains(server))
        .collect()
}

/// Whether a message looks like an open incident.
fn is_open(text: &str) -> bool {
    text.contains(" is down: ")
}

/// Whether the channel was told of the server's failure, in whatever state it is shown by now.
pub(super) fn knows_failure(state: &State, channel: &str, server: &str) -> bool {
    !copies(state, channel, server).is_empty()
}

/// Whether the channel knows the server's failure and its end: the newest message shows the end, and a reply told it,
/// unless the message told it from the beginning.
pub(super) fn knows_end(state: &State, channel: &str, server: &str) -> bool {
    let Some(&newest) = copies(state, channel, server).last() else {
        return false;
    };
    let resolved = newest.text.contains("Resolved: ") && !is_open(&newest.text);
    let told_late = newest
        .edits
        .first()
        .is_none_or(|first| !is_open(&first.text));
    let replied = state.messages(channel).iter().any(|reply| {
        reply.thread_ts.as_deref() == Some(newest.ts.as_str())
            && reply.broadcast
            && reply.text.contains("is up again")
    });
    resolved && (told_late || replied)
}

/// How many messages about the server's failure look open.
pub(super) fn look_open(state: &State, channel: &str, server: &str) -> usize {
    copies(state, channel, server)
        .iter()
        .filter(|copy| is_open(&copy.text))
        .count()
}

/// Everything that the channel holds about the server, as it is shown by now.
pub(super) fn all_about(workspace: &Workspace, channel: &str, server: &str) -> Vec<String> {
    workspace.read(|state| {
        let messages = state.messages(channel).iter();
        let about = messages.filter(|it| it.plain().contains(server) || it.text.contains(server));
        about.map(Message::plain).collect()
    })
}

/// How many incidents of the server the channel was told of, copies not counted.
pub(super) fn incidents(state: &State, channel: &str, server: &str) -> usize {
    let id = &state.channel(channel).unwrap().id;
    let posts = state.journal().iter().filter(|call| {
        let text = call.arguments["text"].as_str().unwrap_or_default();
        let is_reply = call.arguments["thread_ts"].is_string();
        call.method == POST && call.channel() == id && text.contains(server) && !is_reply
    });
    let notices: BTreeSet<_> = posts
        .map(|call| call.arguments["metadata"]["event_payload"]["notice"].to_string())
        .collect();
    notices.len()
}
