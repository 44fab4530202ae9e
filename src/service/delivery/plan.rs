//! What sending an entry takes, as things stand now.

use crate::clock::Timestamp;
use crate::domain::channel::Channel;
use crate::domain::ids::{ChannelId, MessageTs};
use crate::domain::incident::Incident;
use crate::domain::inventory::{Hold, Question, Verdict};
use crate::domain::notice::{Digest, Notice, Posting, Progress};
use crate::service::ChangeError;
use crate::service::delivery::Delivery;
use crate::service::delivery::digests::Members;
use crate::service::delivery::lane::Job;
use crate::slack::render::{self, IncidentView, Message};
use crate::store::collections::{OutboxEntry, OutboxKey, PostingKey, QuestionKey};

/// What sending an entry takes.
#[derive(Debug)]
pub(super) enum Plan {
    /// Nothing: it was made pointless.
    Drop,
    /// The same; but it may be there from an earlier attempt, and then has to be brought to its end.
    Seek,
    /// A new message.
    Post {
        /// What it says.
        message: Message,
        /// In whose thread, and whether the channel sees it too.
        thread: Option<(MessageTs, bool)>,
    },
    /// A posted message changes.
    Update {
        /// What it says from now on.
        message: Message,
        /// Which.
        ts: MessageTs,
    },
}

/// What an entry is about, as the store knows it.
#[derive(Debug)]
pub(super) enum About {
    /// Nothing in particular.
    Nothing,
    /// Something that is no longer there.
    Gone,
    /// An incident, and what the channel holds of it.
    Incident(Box<Incident>, Option<Posting>),
    /// A digest and its members, once they are read: there may be hundreds.
    Digest(Box<Digest>, Members),
}

impl About {
    /// Whether the entry is about an incident that shares its message with others, which tells what the entry would.
    pub(super) const fn is_within_digest(&self, notice: &Notice) -> bool {
        let shares = matches!(
            self,
            Self::Incident(
                _,
                Some(Posting {
                    progress: Progress::InDigest { .. },
                    ..
                })
            )
        );
        shares && !matches!(notice, Notice::StillDown { .. })
    }
}

impl Delivery {
    pub(super) fn about(&self, key: &OutboxKey, notice: &Notice) -> Result<About, ChangeError> {
        if let Some(id) = notice.incident() {
            let Some(incident) = self.store.get::<Incident>(&id)? else {
                return Ok(About::Gone);
            };
            let posting = PostingKey {
                incident: id,
                channel: key.channel,
            };
            let posting = self.store.get::<Posting>(&posting)?;
            return Ok(About::Incident(
                Box::new(incident.value),
                posting.map(|stored| stored.value),
            ));
        }
        match notice {
            Notice::Digest { digest }
            | Notice::DigestEdit { digest }
            | Notice::StormOver { storm: digest } => match self.store.get::<Digest>(digest)? {
                Some(stored) => {
                    let digest = Box::new(stored.value);
                    Ok(About::Digest(digest, Members::default()))
                }
                None => Ok(About::Gone),
            },
            _ => Ok(About::Nothing),
        }
    }

    pub(super) fn plan(&self, job: &mut Job, channel: &Channel) -> Result<Plan, ChangeError> {
        if let About::Digest(digest, members) = &mut job.about {
            *members = self.members(digest.id)?;
        }
        let post = |message| Plan::Post {
            message,
            thread: None,
        };
        Ok(match (&job.entry.notice, &job.about) {
            (Notice::Welcome { .. }, _) => post(render::welcome(
                self.words,
                &channel.environments,
                self.fleet.servers(),
            )),
            (Notice::Flapping { server, host_name }, _) => {
                // Where it keeps still by now, or is gone, there is nothing to keep quiet about.
                match self.fleet.server(*server) {
                    Some(known) if known.health.flapping.active => {
                        post(render::flapping(self.words, host_name, &known.server))
                    }
                    _ => Plan::Drop,
                }
            }
            (Notice::OwnTrouble { trouble, from, to }, _) => {
                post(render::own_trouble(self.words, *trouble, *from, *to))
            }
            (Notice::InventoryHeld { since, .. }, _) => self.plan_question(*since, &job.entry)?,
            (Notice::InventorySettled { since, verdict }, _) => {
                self.plan_settled(*since, verdict, channel.id)?
            }
            (notice, About::Incident(incident, Some(posting))) => {
                self.plan_incident(notice, incident, posting)?
            }
            (Notice::Digest { .. }, About::Digest(digest, members))
                if digest.shown_at.is_none() =>
            {
                post(render::digest(self.words, digest.part, members.looks()))
            }
            // A digest that is not there yet will show what is so when it comes.
            (Notice::DigestEdit { .. }, About::Digest(digest, members))
                if digest.shown_at.is_some() && members.is_stale() =>
            {
                match &digest.ts {
                    Some(ts) => Plan::Update {
                        message: render::digest(self.words, digest.part, members.looks()),
                        ts: ts.clone(),
                    },
                    None if members.news().next().is_none() => Plan::Drop,
                    None => post(render::digest_news(self.words, members.news())),
                }
            }
            (Notice::StormOver { .. }, About::Digest(digest, _)) => {
                let thread = digest.ts.clone().map(|ts| (ts, true));
                Plan::Post {
                    message: render::storm_over(self.words, self.storm_facts(digest)?),
                    thread,
                }
            }
            _ => Plan::Drop,
        })
    }

    /// The question about what is held, as it stands now. Where that is settled by now there is nothing to ask.
    fn plan_question(
        &self,
        since: Option<Timestamp>,
        entry: &OutboxEntry,
    ) -> Result<Plan, ChangeError> {
        let hold = self.store.get::<Hold>(&())?;
        let hold = hold.map(|stored| stored.value).unwrap_or_default();
        let same = hold.since.is_some() && (since.is_none() || since == hold.since);
        Ok(match hold.held {
            Some(held) if same && hold.kept.is_none() => Plan::Post {
                message: render::inventory_held(self.words, &held),
                thread: None,
            },
            _ if entry.attempted_at.is_some() => Plan::Seek,
            _ => Plan::Drop,
        })
    }

    /// What became of the question, in its place. Where it was not asked there is nothing to settle.
    fn plan_settled(
        &self,
        since: Timestamp,
        verdict: &Verdict,
        channel: ChannelId,
    ) -> Result<Plan, ChangeError> {
        let stored = self
            .store
            .get::<Question>(&QuestionKey::new(since, channel))?;
        let Some(question) = stored.map(|stored| stored.value).filter(|one| one.asked) else {
            return Ok(Plan::Drop);
        };
        let message = render::inventory_settled(self.words, verdict);
        Ok(match question.ts {
            Some(ts) => Plan::Update { message, ts },
            None => Plan::Post {
                message,
                thread: None,
            },
        })
    }

    fn plan_incident(
        &self,
        notice: &Notice,
        incident: &Incident,
        posting: &Posting,
    ) -> Result<Plan, ChangeError> {
        let server = self.fleet.server(incident.server);
        let server = server.as_ref().map(|known| &*known.server);
        let now = self.clock.now();
        let view = IncidentView {
            incident,
            server,
            now,
        };
        let audible = server.is_some_and(|server| server.is_audible(now));
        let in_thread = |message, ts: &Option<MessageTs>, broadcast| Plan::Post {
            message,
            thread: ts.clone().map(|ts| (ts, broadcast)),
        };
        Ok(match (notice, &posting.progress) {
            (Notice::Failure { .. }, Progress::Queued) => Plan::Post {
                message: render::failure(self.words, view),
                thread: None,
            },
            (Notice::Edit { .. }, Progress::Posted { ts: Some(ts) }) => Plan::Update {
                message: render::failure(self.words, view),
                ts: ts.clone(),
            },
            (Notice::Recovery { .. }, Progress::Posted { ts }) => match &incident.end {
                Some(end) => in_thread(render::recovery(self.words, incident, end), ts, true),
                None => Plan::Drop,
            },
            (Notice::StillDown { again, .. }, progress) if incident.is_open() && audible => {
                let message = render::still_down(self.words, incident, *again, now);
                self.plan_still_down(message, progress)?
            }
            (Notice::Reminder { number, .. }, Progress::Posted { ts })
                if incident.acknowledged.is_none()
                    && incident.is_open()
                    && audible
                    && *number == incident.reminders =>
            {
                in_thread(
                    render::reminder(self.words, incident, *number, now),
                    ts,
                    false,
                )
            }
            _ => Plan::Drop,
        })
    }

    /// It is said where the channel was told of the incident: below its own message, or below the digest.
    fn plan_still_down(&self, message: Message, progress: &Progress) -> Result<Plan, ChangeError> {
        let ts = match progress {
            Progress::Posted { ts } => ts.clone(),
            Progress::InDigest { digest } => {
                let digest = self.store.get::<Digest>(digest)?;
                digest.and_then(|stored| stored.value.ts)
            }
            Progress::Queued | Progress::Told => return Ok(Plan::Drop),
        };
        let thread = ts.map(|ts| (ts, true));
        Ok(Plan::Post { message, thread })
    }
}
