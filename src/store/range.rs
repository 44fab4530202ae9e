//! Reading in order, from the database and from what is laid over it.

use std::collections::BTreeMap;
use std::ops::Bound;

use sled::IVec;

use super::error::StoreError;

/// Keys with the value that they had before, or nothing where they did not exist.
pub(super) type PreImages = BTreeMap<Vec<u8>, Option<IVec>>;

/// A stored key and its value.
pub(super) type Pair = (IVec, IVec);

/// Which pairs to read: those whose keys begin with `prefix`, beyond `after` where it is given, `limit` at most.
#[derive(Debug, Clone, Copy)]
pub(super) struct Range<'a> {
    pub(super) prefix: &'a [u8],
    pub(super) after: Option<&'a [u8]>,
    pub(super) limit: usize,
    pub(super) order: Order,
}

/// From which end a range is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    /// From the smallest key upwards.
    Forward,
    /// From the largest key downwards.
    Back,
}

/// The pairs of `range` in `db`, with `hidden` in the place of whatever the database has under its keys.
pub(super) fn merged(
    db: &sled::Db,
    hidden: &PreImages,
    range: Range<'_>,
) -> Result<Vec<Pair>, StoreError> {
    let (lower, upper) = range.bounds();
    // A cursor beyond the prefix leaves nothing, and a range that ends before it begins is a panic in the standard library.
    if let (Bound::Excluded(low) | Bound::Included(low), Bound::Excluded(high)) = (lower, &upper)
        && low >= high.as_slice()
    {
        return Ok(Vec::new());
    }
    let upper = upper.as_ref().map(Vec::as_slice);
    let old = hidden.range::<[u8], _>((lower, upper));
    let now = db.range::<&[u8], _>((lower, upper));
    match range.order {
        Order::Forward => overlaid(now, old, range.limit, |one, other| one < other),
        Order::Back => overlaid(now.rev(), old.rev(), range.limit, |one, other| one > other),
    }
}

/// The pairs of `now` with those of `old` in their place; `before` tells which key comes first in both.
fn overlaid<'a>(
    now: impl Iterator<Item = sled::Result<Pair>>,
    old: impl Iterator<Item = (&'a Vec<u8>, &'a Option<IVec>)>,
    limit: usize,
    before: impl Fn(&[u8], &[u8]) -> bool,
) -> Result<Vec<Pair>, StoreError> {
    let mut pairs = Vec::new();
    let mut old = old.peekable();
    let take = |pairs: &mut Vec<Pair>, (key, value): (&Vec<u8>, &Option<IVec>)| {
        let pair = value
            .clone()
            .map(|value| (IVec::from(key.as_slice()), value));
        pairs.extend(pair);
    };
    for item in now {
        if pairs.len() >= limit {
            break;
        }
        let (key, value) = item.map_err(|error| StoreError::Io(error.to_string()))?;
        while let Some(hidden) = old.next_if(|(old, _)| before(old, &key)) {
            take(&mut pairs, hidden);
        }
        match old.next_if(|(old, _)| old.as_slice() == &*key) {
            Some(hidden) => take(&mut pairs, hidden),
            None => pairs.push((key, value)),
        }
    }
    for hidden in old {
        take(&mut pairs, hidden);
    }
    pairs.truncate(limit);
    Ok(pairs)
}

impl Range<'_> {
    /// The keys that it lies between.
    fn bounds(&self) -> (Bound<&[u8]>, Bound<Vec<u8>>) {
        let end = match after_prefix(self.prefix) {
            Some(end) => Bound::Excluded(end),
            None => Bound::Unbounded,
        };
        match (self.order, self.after) {
            (Order::Forward, Some(after)) if after >= self.prefix => (Bound::Excluded(after), end),
            (Order::Back, Some(before)) if !matches!(&end, Bound::Excluded(end) if end.as_slice() <= before) => {
                (
                    Bound::Included(self.prefix),
                    Bound::Excluded(before.to_vec()),
                )
            }
            _ => (Bound::Included(self.prefix), end),
        }
    }
}

/// The smallest key that is larger than all that begin with `prefix`; nothing where there is none.
fn after_prefix(prefix: &[u8]) -> Option<Vec<u8>> {
    let last = prefix.iter().rposition(|byte| *byte < u8::MAX)?;
    let mut end = prefix[..=last].to_vec();
    end[last] += 1;
    Some(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_ends_where_the_next_one_begins() {
        assert_eq!(after_prefix(b"t"), Some(b"u".to_vec()));
        assert_eq!(after_prefix(&[7, 255, 255]), Some(vec![8]));
        assert_eq!(after_prefix(&[255]), None);
        assert_eq!(after_prefix(&[]), None);
    }
}
