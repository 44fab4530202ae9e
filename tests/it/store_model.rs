//! Random batches against a map: the store and the model agree on every outcome, on every reading, and after every
//! restart.

use std::collections::BTreeMap;

use futures_util::future::join_all;
use healthbot::store::{Batch, CommitError, Revision, Store};
use proptest::prelude::*;

use crate::store_support::{Count, Item, item, open};

/// What the model keeps: the value and the revision of every key.
type Table<K, V> = BTreeMap<K, (V, Revision)>;

#[derive(Debug, Default, Clone, PartialEq)]
struct Model {
    items: Table<String, String>,
    counts: Table<u64, u64>,
    revision: u64,
}

/// What to do with one key.
#[derive(Debug, Clone)]
enum Act {
    Put(u8, u16),
    Delete(u8),
    RequireAbsent(u8),
    /// The revision that the model knows, or one that is wrong.
    RequireRevision(u8, bool),
}

#[derive(Debug, Clone)]
enum Step {
    /// Commits that are made at once, and so fall into groups.
    Commits(Vec<Vec<Act>>),
    Page {
        prefix: u8,
        after: u8,
        limit: usize,
    },
    Reopen,
}

/// Few keys, so that batches meet.
fn act() -> impl Strategy<Value = Act> {
    let key = 0..12_u8;
    prop_oneof![
        6 => (key.clone(), any::<u16>()).prop_map(|(key, value)| Act::Put(key, value)),
        2 => key.clone().prop_map(Act::Delete),
        1 => key.clone().prop_map(Act::RequireAbsent),
        1 => (key, any::<bool>()).prop_map(|(key, right)| Act::RequireRevision(key, right)),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let commits = prop::collection::vec(prop::collection::vec(act(), 0..5), 1..6);
    prop_oneof![
        8 => commits.prop_map(Step::Commits),
        3 => (0..3_u8, 0..12_u8, 0..9_usize)
            .prop_map(|(prefix, after, limit)| Step::Page { prefix, after, limit }),
        1 => Just(Step::Reopen),
    ]
}

/// Even keys are those of counts, odd ones of items.
fn is_count(key: u8) -> bool {
    key.is_multiple_of(2)
}

fn item_key(key: u8) -> String {
    format!("{}/{key}", key % 3)
}

/// `act` as a part of a batch.
fn add(batch: Batch, act: &Act, model: &Model) -> Batch {
    match *act {
        Act::Put(key, value) if is_count(key) => batch
            .put(
                &u64::from(key),
                &Count {
                    count: value.into(),
                },
            )
            .unwrap(),
        Act::Put(key, value) => batch
            .put(&item_key(key), &item(&value.to_string()))
            .unwrap(),
        Act::Delete(key) if is_count(key) => batch.delete::<Count>(&key.into()),
        Act::Delete(key) => batch.delete::<Item>(&item_key(key)),
        Act::RequireAbsent(key) if is_count(key) => batch.require_absent::<Count>(&key.into()),
        Act::RequireAbsent(key) => batch.require_absent::<Item>(&item_key(key)),
        Act::RequireRevision(key, right) => {
            let known = model.revision_of(key).filter(|_| right);
            // Nothing has the revision zero.
            let known = known.unwrap_or_default();
            if is_count(key) {
                batch.require_revision::<Count>(&key.into(), known)
            } else {
                batch.require_revision::<Item>(&item_key(key), known)
            }
        }
    }
}

impl Model {
    fn revision_of(&self, key: u8) -> Option<Revision> {
        if is_count(key) {
            self.counts
                .get(&u64::from(key))
                .map(|(_, revision)| *revision)
        } else {
            self.items
                .get(&item_key(key))
                .map(|(_, revision)| *revision)
        }
    }

    /// Whether a batch of `acts` would be applied. `known` is the model that the batch was made from.
    fn allows(&self, acts: &[Act], known: &Self) -> bool {
        acts.iter().all(|act| match *act {
            Act::RequireAbsent(key) => self.revision_of(key).is_none(),
            Act::RequireRevision(key, true) => {
                let expected = known.revision_of(key).unwrap_or_default();
                self.revision_of(key) == Some(expected)
            }
            Act::RequireRevision(_, false) => false,
            Act::Put(..) | Act::Delete(_) => true,
        })
    }

    fn is_changed_by(&self, act: &Act) -> bool {
        match *act {
            Act::Put(..) => true,
            Act::Delete(key) => self.revision_of(key).is_some(),
            Act::RequireAbsent(_) | Act::RequireRevision(..) => false,
        }
    }

    /// Applies what the store says that it applied as `revision`.
    fn apply(&mut self, acts: &[Act], revision: Revision) {
        for act in acts {
            match *act {
                Act::Put(key, value) if is_count(key) => {
                    self.counts.insert(key.into(), (value.into(), revision));
                }
                Act::Put(key, value) => {
                    self.items
                        .insert(item_key(key), (value.to_string(), revision));
                }
                Act::Delete(key) if is_count(key) => {
                    self.counts.remove(&u64::from(key));
                }
                Act::Delete(key) => {
                    self.items.remove(&item_key(key));
                }
                Act::RequireAbsent(_) | Act::RequireRevision(..) => {}
            }
        }
        self.revision = revision.get();
    }
}

/// The whole of `store`, as the model sees it.
fn read_all(store: &Store) -> Model {
    let items = store.scan::<Item>(b"", None, 99).unwrap().into_iter();
    let counts = store.scan::<Count>(b"", None, 99).unwrap().into_iter();
    let sizes = store.sizes().unwrap();
    let model = Model {
        items: items
            .map(|(key, found)| (key, (found.value.text, found.revision)))
            .collect(),
        counts: counts
            .map(|(key, found)| (key, (found.value.count, found.revision)))
            .collect(),
        revision: sizes.revision.get(),
    };
    assert_eq!(
        sizes.records,
        (model.items.len() + model.counts.len()) as u64
    );
    model
}

/// Commits all at once. Commits of one task enter the queue in the order in which they are polled, so the outcomes are
/// those of one after another.
async fn commit_together(store: &Store, model: &mut Model, commits: &[Vec<Act>]) {
    let known = model.clone();
    let batches = commits.iter().map(|acts| {
        acts.iter()
            .fold(Batch::new(), |batch, act| add(batch, act, &known))
    });
    let outcomes = join_all(batches.map(|batch| store.commit(batch))).await;
    for (acts, outcome) in commits.iter().zip(outcomes) {
        match outcome {
            Ok(committed) => {
                assert!(
                    model.allows(acts, &known),
                    "a guard of {acts:?} was passed over"
                );
                let changes = acts.iter().any(|act| model.is_changed_by(act));
                assert_eq!(
                    committed.revision.get(),
                    model.revision + u64::from(changes)
                );
                model.apply(acts, committed.revision);
            }
            Err(CommitError::Conflict { .. }) => {
                assert!(
                    !model.allows(acts, &known),
                    "{acts:?} was refused for nothing"
                );
            }
            Err(error) => panic!("{error}"),
        }
    }
}

fn page(store: &Store, model: &Model, prefix: u8, after: u8, limit: usize) {
    let prefix = format!("{prefix}/");
    let after = item_key(after);
    let found = store
        .scan::<Item>(prefix.as_bytes(), Some(&after), limit)
        .unwrap();
    let found: Vec<_> = found.into_iter().map(|(key, _)| key).collect();
    let expected = model
        .items
        .keys()
        .filter(|key| key.starts_with(&prefix) && **key > after);
    let expected: Vec<_> = expected.take(limit).cloned().collect();
    assert_eq!(found, expected);
}

async fn run(steps: Vec<Step>) {
    let dir = tempfile::tempdir().unwrap();
    let mut store = open(dir.path());
    let mut model = Model::default();
    for step in steps {
        match step {
            Step::Commits(commits) => commit_together(&store, &mut model, &commits).await,
            Step::Page {
                prefix,
                after,
                limit,
            } => page(&store, &model, prefix, after, limit),
            Step::Reopen => {
                store.close().await;
                store = open(dir.path());
            }
        }
        assert_eq!(read_all(&store), model);
    }
    store.close().await;
    assert_eq!(read_all(&open(dir.path())), model);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]

    #[test]
    fn the_store_is_a_map_that_survives(steps in prop::collection::vec(step(), 1..25)) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(run(steps));
    }
}
