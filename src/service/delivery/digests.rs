//! Many failures in few messages: they are made, shown, edited as servers recover, and told to be over.

mod members;

pub(super) use members::Members;
use members::Named;

use std::collections::BTreeMap;
use std::time::Duration;

use crate::clock::Timestamp;
use crate::domain::ids::{ChannelId, DigestId, NoticeId};
use crate::domain::incident::Incident;
use crate::domain::notice::{Digest, DigestMember, Look, Notice, Posting, Progress};
use crate::domain::storm::{self, NAME_CHARS, edit_pause};
use crate::service::ChangeError;
use crate::service::delivery::Delivery;
use crate::service::delivery::lane::{Job, Lane, LaneStep};
use crate::service::delivery::plan::About;
use crate::service::delivery::sending::Sent;
use crate::slack::render::{self, StormFacts};
use crate::store::collections::{MemberKey, OutboxEntry, OutboxKey, PostingKey};
use crate::store::{Batch, EncodeError, Key};

/// How many records are read at a time.
const PAGE: usize = 1_000;

/// How many failures are taken into digests at a time, so that a commit stays small.
const MOST_AT_ONCE: usize = 10_000;

impl Delivery {
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
                    && entry.value.attempted_at.is_none()
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
            size: waiting.len(),
            over: waiting.len() - down,
            down,
            edits: 0,
            shown_at: None,
        };
        let mut batch = Batch::new().put(&id, &digest)?;
        for (key, incident) in waiting {
            let member = DigestMember {
                counted: !incident.is_open(),
                ..DigestMember::default()
            };
            let place = MemberKey {
                digest: id,
                incident: incident.id,
            };
            batch = put_member(batch.delete::<OutboxEntry>(key), channel, place, &member)?;
        }
        batch = self
            .owing
            .notice(batch, channel, Notice::Digest { digest: id }, now)?;
        self.store.commit(batch).await?;
        Ok(id)
    }

    /// Replaces the edits of incidents that share digests by one edit a digest, and drops what else is owed of them by
    /// themselves and a digest tells.
    pub(super) async fn fold(&self, channel: ChannelId) -> Result<LaneStep, ChangeError> {
        let page = self
            .store
            .scan::<OutboxEntry>(&channel.encode(), None, PAGE)?;
        let mut batch = Batch::new();
        let mut ended: BTreeMap<DigestId, usize> = BTreeMap::new();
        for (key, entry) in page {
            let notice = &entry.value.notice;
            let About::Incident(incident, Some(posting)) = self.about(&key, notice)? else {
                continue;
            };
            let Progress::InDigest { digest } = posting.progress else {
                continue;
            };
            if matches!(notice, Notice::StillDown { .. }) {
                continue;
            }
            batch = batch.delete::<OutboxEntry>(&key);
            if !matches!(notice, Notice::Edit { .. }) {
                continue;
            }
            batch = owe_edit(batch, channel, digest, entry.value.owed_since)?;
            if !incident.is_open() {
                let place = MemberKey {
                    digest,
                    incident: incident.id,
                };
                if let Some(member) = self.store.get::<DigestMember>(&place)?
                    && !member.value.counted
                {
                    let counted = DigestMember {
                        counted: true,
                        ..member.value
                    };
                    batch = batch.put(&place, &counted)?;
                    *ended.entry(digest).or_default() += 1;
                }
            }
        }
        for (id, count) in ended {
            if let Some(digest) = self.store.get::<Digest>(&id)? {
                let over = digest.value.over + count;
                batch = batch.put(
                    &id,
                    &Digest {
                        over,
                        ..digest.value
                    },
                )?;
            }
        }
        self.store.commit(batch).await?;
        Ok(LaneStep::Done)
    }

    /// Until when an edit of a digest is put off, so that servers that recover one by one do not cost a call each.
    pub(super) fn edit_not_before(&self, job: &Job, elapsed: Duration) -> Option<Duration> {
        let (Notice::DigestEdit { .. }, About::Digest(digest, _)) = (&job.entry.notice, &job.about)
        else {
            return None;
        };
        let shown_at = digest.shown_at.filter(|_| !digest.is_over())?;
        // Where the calendar was set back nobody knows how long: then it is edited.
        let shown_for = self.clock.now().signed_duration_since(shown_at).to_std();
        let left = edit_pause(digest.part, digest.edits).saturating_sub(shown_for.ok()?);
        (left > Duration::ZERO).then(|| elapsed + left)
    }

    /// Notes what a digest's message shows now; where that was the last of its storm, its end is owed.
    pub(super) fn settle_digest(
        &self,
        mut batch: Batch,
        job: &Job,
        digest: &Digest,
        members: &Members,
        sent: Sent,
    ) -> Result<Batch, ChangeError> {
        let edited = matches!(job.entry.notice, Notice::DigestEdit { .. });
        if !edited && !matches!(job.entry.notice, Notice::Digest { .. }) {
            return Ok(batch);
        }
        let now = self.clock.now();
        // What arrived in an earlier attempt shows what was so then, which nobody knows.
        let shows_this = !matches!(sent, Sent::Earlier(_));
        if shows_this {
            batch = note_shown(batch, digest.id, members)?;
        } else if members.is_stale() {
            batch = owe_edit(batch, digest.channel, digest.id, now)?;
        }
        let shown = Digest {
            ts: if edited && digest.ts.is_none() {
                None
            } else {
                sent.ts()
            },
            down: if shows_this {
                members.down()
            } else {
                digest.size
            },
            edits: digest.edits + u32::from(edited),
            shown_at: Some(now),
            ..digest.clone()
        };
        batch = batch.put(&digest.id, &shown)?;
        if self.ends_its_storm(&shown)? {
            let over = Notice::StormOver {
                storm: digest.storm,
            };
            batch = self.owing.notice(batch, digest.channel, over, now)?;
        }
        Ok(batch)
    }

    /// Whether every message of a digest's storm now shows its servers as back, and one of them did not at first.
    fn ends_its_storm(&self, shown: &Digest) -> Result<bool, ChangeError> {
        if shown.down > 0 {
            return Ok(false);
        }
        let mut edited = shown.edits > 0;
        for other in self.parts(shown)? {
            if other.id == shown.id {
                continue;
            }
            if other.down > 0 || other.shown_at.is_none() {
                return Ok(false);
            }
            edited |= other.edits > 0;
        }
        Ok(edited)
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
    pub(super) fn storm_facts(&self, digest: &Digest) -> Result<StormFacts, ChangeError> {
        let mut servers = BTreeMap::new();
        let (mut from, mut to) = (None::<Timestamp>, None);
        for part in self.parts(digest)? {
            for (incident, look) in self.members(part.id)?.looks() {
                servers.insert(incident.server, look);
                from = Some(from.map_or(incident.began, |from| from.min(incident.began)));
                to = to.max(incident.end.as_ref().map(|end| end.at));
            }
        }
        let gone = servers.values().filter(|look| **look == Look::Removed);
        let removed = gone.count();
        Ok(StormFacts {
            back: servers.len() - removed,
            removed,
            from,
            to,
        })
    }

    /// Halves a digest that is too long for Slack.
    pub(super) async fn split_digest(&self, job: &Job) -> Result<(), ChangeError> {
        let About::Digest(digest, members) = &job.about else {
            return Ok(());
        };
        let now = self.clock.now();
        let (first, rest) = members.0.split_at(members.0.len() / 2);
        let second = self.owing.new_digest(now);
        let part = |id, members: &[Named]| Digest {
            id,
            size: members.len(),
            over: members.iter().filter(|named| named.member.counted).count(),
            ..(**digest).clone()
        };
        let mut batch = Batch::new()
            .put(&digest.id, &part(digest.id, first))?
            .put(&second, &part(second, rest))?;
        for named in rest {
            let incident = named.incident.id;
            let old = MemberKey {
                digest: digest.id,
                incident,
            };
            let new = MemberKey {
                digest: second,
                incident,
            };
            let moved = batch.delete::<DigestMember>(&old);
            batch = put_member(moved, digest.channel, new, &named.member)?;
        }
        batch = self.owing.notice(
            batch,
            digest.channel,
            Notice::Digest { digest: second },
            now,
        )?;
        self.store.commit(batch).await?;
        Ok(())
    }
}

/// Owes a digest an edit. Its own number names the one entry: ids are of one source, so no notice has it.
fn owe_edit(
    batch: Batch,
    channel: ChannelId,
    digest: DigestId,
    owed_since: Timestamp,
) -> Result<Batch, EncodeError> {
    let key = OutboxKey {
        channel,
        notice: NoticeId::from_raw(digest.raw()),
    };
    let entry = OutboxEntry::new(Notice::DigestEdit { digest }, owed_since);
    batch.put(&key, &entry)
}

/// Gives an incident its place in a digest.
fn put_member(
    batch: Batch,
    channel: ChannelId,
    place: MemberKey,
    member: &DigestMember,
) -> Result<Batch, EncodeError> {
    let MemberKey { digest, incident } = place;
    let posting = Posting {
        incident,
        channel,
        progress: Progress::InDigest { digest },
    };
    batch
        .put(&place, member)?
        .put(&PostingKey { incident, channel }, &posting)
}

/// Notes what a digest's message says of each of its members.
fn note_shown(mut batch: Batch, digest: DigestId, members: &Members) -> Result<Batch, EncodeError> {
    for named in &members.0 {
        if named.look != named.member.shown {
            let place = MemberKey {
                digest,
                incident: named.incident.id,
            };
            let member = DigestMember {
                shown: named.look,
                ..named.member.clone()
            };
            batch = batch.put(&place, &member)?;
        }
    }
    Ok(batch)
}
