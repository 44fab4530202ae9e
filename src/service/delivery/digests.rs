//! Many failures in few messages: they are made, shown, edited as servers recover, and told to be over.

use std::time::Duration;

use crate::clock::Timestamp;
use crate::domain::ids::{ChannelId, DigestId, NoticeId};
use crate::domain::incident::Incident;
use crate::domain::notice::{Digest, DigestMember, Notice, Posting, Progress};
use crate::domain::storm::{self, NAME_CHARS, edit_pause};
use crate::service::ChangeError;
use crate::service::delivery::Delivery;
use crate::service::delivery::lane::{Job, Lane, LaneStep};
use crate::service::delivery::plan::About;
use crate::service::delivery::sending::is_too_long;
use crate::slack::render;
use crate::store::collections::{MemberKey, OutboxEntry, OutboxKey, PostingKey};
use crate::store::{Batch, Key};

use crate::domain::ids::MessageTs;

/// How many records are read at a time.
const PAGE: usize = 1_000;

/// How many failures are taken into digests at a time, so that a commit stays small.
const MOST_AT_ONCE: usize = 10_000;

/// The incidents of a digest, each with whether the message shows it as over.
#[derive(Debug, Default)]
pub(crate) struct Members(Vec<(Incident, bool)>);

impl Members {
    /// The incidents.
    pub(crate) fn incidents(&self) -> impl Iterator<Item = &Incident> {
        self.0.iter().map(|(incident, _)| incident)
    }

    /// Those that are over and not shown so yet.
    pub(crate) fn news(&self) -> impl Iterator<Item = &Incident> {
        self.0
            .iter()
            .filter(|(incident, shown)| !incident.is_open() && !shown)
            .map(|(i, _)| i)
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// How many are still going on.
    pub(crate) fn down(&self) -> usize {
        self.incidents()
            .filter(|incident| incident.is_open())
            .count()
    }

    /// Whether the message shows what is no longer so.
    pub(super) fn is_stale(&self) -> bool {
        self.news().next().is_some()
    }
}

impl Delivery {
    /// The members of a digest, oldest first.
    pub(super) fn members(&self, digest: DigestId) -> Result<Members, ChangeError> {
        let mut members = Vec::new();
        let mut after = None;
        loop {
            let page = self
                .store
                .scan::<DigestMember>(&digest.encode(), after.as_ref(), PAGE)?;
            let last_page = page.len() < PAGE;
            for (key, member) in page {
                if let Some(incident) = self.store.get::<Incident>(&key.incident)? {
                    members.push((incident.value, member.value.shown_over));
                }
                after = Some(key);
            }
            if last_page {
                return Ok(Members(members));
            }
        }
    }

    /// How many failures wait in a lane; counting stops at two, which is all that matters.
    pub(super) fn failures_waiting(&self, channel: ChannelId) -> Result<usize, ChangeError> {
        Ok(self.failures(channel, 2)?.len())
    }

    fn failures(
        &self,
        channel: ChannelId,
        most: usize,
    ) -> Result<Vec<(OutboxKey, Incident)>, ChangeError> {
        let mut failures = Vec::new();
        let mut after = None;
        loop {
            let page = self
                .store
                .scan::<OutboxEntry>(&channel.encode(), after.as_ref(), PAGE)?;
            let last_page = page.len() < PAGE;
            for (key, entry) in page {
                after = Some(key);
                if let Notice::Failure { .. } = entry.value.notice
                    && let About::Incident(incident, Some(posting)) =
                        self.about(&key, &entry.value.notice)?
                    && posting.progress == Progress::Queued
                {
                    failures.push((key, *incident));
                    if failures.len() == most {
                        return Ok(failures);
                    }
                }
            }
            if last_page {
                return Ok(failures);
            }
        }
    }

    /// Decides, on disk, into which digests the failures that wait go.
    pub(super) async fn make_digests(
        &self,
        lane: &mut Lane,
        elapsed: Duration,
    ) -> Result<LaneStep, ChangeError> {
        let waiting = self.failures(lane.channel, MOST_AT_ONCE)?;
        let weights: Vec<_> = waiting
            .iter()
            .map(|(_, i)| render::digest_weight(i))
            .collect();
        let (mut storm, mut part) = lane.storm.first().unzip();
        let mut rest = waiting.as_slice();
        for members in storm::pack(&weights, NAME_CHARS) {
            let (these, others) = rest.split_at(members);
            rest = others;
            let number = part.unwrap_or(0) + 1;
            let digest = self.make_digest(lane.channel, these, storm, number).await?;
            storm.get_or_insert(digest);
            part = Some(number);
        }
        if let (Some(storm), Some(part)) = (storm, part) {
            lane.storm.told_digests(elapsed, storm, part);
        }
        Ok(LaneStep::Done)
    }

    async fn make_digest(
        &self,
        channel: ChannelId,
        waiting: &[(OutboxKey, Incident)],
        storm: Option<DigestId>,
        part: u32,
    ) -> Result<DigestId, ChangeError> {
        let now = self.clock.now();
        let id = self.owing.new_digest(now);
        let down = waiting
            .iter()
            .filter(|(_, incident)| incident.is_open())
            .count();
        let storm = storm.unwrap_or(id);
        let digest = Digest {
            id,
            channel,
            storm,
            part,
            ts: None,
            down,
            edits: 0,
            shown_at: None,
        };
        let mut batch = Batch::new().put(&id, &digest)?;
        for (key, incident) in waiting {
            batch = self.put_member(batch.delete::<OutboxEntry>(key), id, channel, incident)?;
        }
        batch = self
            .owing
            .notice(batch, channel, Notice::Digest { digest: id }, now)?;
        self.store.commit(batch).await?;
        Ok(id)
    }

    fn put_member(
        &self,
        batch: Batch,
        digest: DigestId,
        channel: ChannelId,
        incident: &Incident,
    ) -> Result<Batch, ChangeError> {
        let incident = incident.id;
        let posting = Posting {
            incident,
            channel,
            progress: Progress::InDigest { digest },
        };
        Ok(batch
            .put(
                &MemberKey { digest, incident },
                &DigestMember { shown_over: false },
            )?
            .put(&PostingKey { incident, channel }, &posting)?)
    }

    /// Replaces the edits of incidents that share digests by one edit a digest.
    pub(super) async fn fold_edits(&self, channel: ChannelId) -> Result<LaneStep, ChangeError> {
        let page = self
            .store
            .scan::<OutboxEntry>(&channel.encode(), None, PAGE)?;
        let mut batch = Batch::new();
        for (key, entry) in page {
            let notice = entry.value.notice;
            if !matches!(notice, Notice::Edit { .. }) {
                continue;
            }
            if let About::Incident(_, Some(posting)) = self.about(&key, &notice)?
                && let Progress::InDigest { digest } = posting.progress
            {
                // The digest's own number names its one edit: ids are of one source, so no notice has it.
                let edit = OutboxKey {
                    channel,
                    notice: NoticeId::from_raw(digest.raw()),
                };
                let notice = Notice::DigestEdit { digest };
                let entry = OutboxEntry {
                    notice,
                    attempted_at: None,
                    ..entry.value
                };
                batch = batch.delete::<OutboxEntry>(&key).put(&edit, &entry)?;
            }
        }
        self.store.commit(batch).await?;
        Ok(LaneStep::Done)
    }

    /// Until when an edit of a digest is put off, so that servers that recover one by one do not cost a call each.
    pub(super) fn edit_not_before(
        &self,
        job: &Job,
        elapsed: Duration,
    ) -> Result<Option<Duration>, ChangeError> {
        let (Notice::DigestEdit { .. }, About::Digest(digest, members)) =
            (&job.entry.notice, &job.about)
        else {
            return Ok(None);
        };
        let Some(shown_at) = digest.shown_at else {
            return Ok(None);
        };
        if members.down() == 0 {
            return Ok(None);
        }
        let shown_for = self.clock.now().signed_duration_since(shown_at).to_std();
        let left = edit_pause(digest.edits).saturating_sub(shown_for.unwrap_or_default());
        Ok((left > Duration::ZERO).then(|| elapsed + left))
    }

    /// Notes what a digest's message shows now; where that was the last of its storm, its end is owed.
    pub(super) fn settle_digest(
        &self,
        mut batch: Batch,
        notice: &Notice,
        digest: &Digest,
        members: &Members,
        ts: Option<MessageTs>,
    ) -> Result<Batch, ChangeError> {
        if matches!(notice, Notice::StormOver { .. }) {
            return Ok(batch);
        }
        let now = self.clock.now();
        for incident in members.news() {
            let key = MemberKey {
                digest: digest.id,
                incident: incident.id,
            };
            batch = batch.put(&key, &DigestMember { shown_over: true })?;
        }
        let edited = matches!(notice, Notice::DigestEdit { .. });
        let shown = Digest {
            ts: if edited && digest.ts.is_none() {
                None
            } else {
                ts
            },
            down: members.down(),
            edits: digest.edits + u32::from(edited),
            shown_at: Some(now),
            ..digest.clone()
        };
        batch = batch.put(&digest.id, &shown)?;
        let others = self.parts(digest)?;
        let all_back = shown.down == 0
            && others.iter().all(|other| {
                other.id == digest.id || (other.down == 0 && other.shown_at.is_some())
            });
        if all_back {
            let over = Notice::StormOver {
                storm: digest.storm,
            };
            batch = self.owing.notice(batch, digest.channel, over, now)?;
        }
        Ok(batch)
    }

    /// All digests of the same storm.
    fn parts(&self, digest: &Digest) -> Result<Vec<Digest>, ChangeError> {
        let mut parts: Vec<_> = self
            .store
            .get::<Digest>(&digest.storm)?
            .into_iter()
            .map(|s| s.value)
            .collect();
        let mut after = digest.storm;
        loop {
            let page = self.store.scan::<Digest>(&[], Some(&after), PAGE)?;
            let last_page = page.len() < PAGE;
            for (id, stored) in page {
                after = id;
                if stored.value.storm == digest.storm {
                    parts.push(stored.value);
                }
            }
            if last_page {
                return Ok(parts);
            }
        }
    }

    /// How many servers a storm took down, from when to when.
    pub(super) fn storm_facts(
        &self,
        digest: &Digest,
    ) -> Result<(usize, Option<Timestamp>, Option<Timestamp>), ChangeError> {
        let (mut total, mut from, mut to) = (0, None::<Timestamp>, None::<Timestamp>);
        for part in self.parts(digest)? {
            for incident in self.members(part.id)?.incidents() {
                total += 1;
                from = Some(from.map_or(incident.began, |from| from.min(incident.began)));
                to = to.max(incident.end.as_ref().map(|end| end.at));
            }
        }
        Ok((total, from, to))
    }

    /// Halves a digest that is too long for Slack; tells whether it could be.
    pub(super) async fn split_digest(&self, job: &Job, reason: &str) -> Result<bool, ChangeError> {
        let About::Digest(digest, members) = &job.about else {
            return Ok(false);
        };
        if !is_too_long(reason) || members.len() < 2 || digest.shown_at.is_some() {
            return Ok(false);
        }
        let now = self.clock.now();
        let half = members.len() / 2;
        let second = self.owing.new_digest(now);
        let fresh = Digest {
            id: second,
            down: members.len() - half,
            ..(**digest).clone()
        };
        let mut batch = Batch::new().put(&second, &fresh)?;
        for incident in members.incidents().skip(half) {
            let key = MemberKey {
                digest: digest.id,
                incident: incident.id,
            };
            let moved = batch.delete::<DigestMember>(&key);
            batch = self.put_member(moved, second, digest.channel, incident)?;
        }
        batch = self.owing.notice(
            batch,
            digest.channel,
            Notice::Digest { digest: second },
            now,
        )?;
        self.store.commit(batch).await?;
        Ok(true)
    }
}
