//! Lengths of time as people write and read them: `30s`, `1m30s`, `500ms`, `1d`.

use std::time::Duration;

/// The text was no length of time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a length of time is a number and a unit (ms, s, m, h, d), such as 30s, 500ms or 1m30s")]
pub struct InvalidSpan;

/// A unit of time that people count in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// 24 hours.
    Day,
    /// 60 minutes.
    Hour,
    /// 60 seconds.
    Minute,
    /// 1,000 milliseconds.
    Second,
    /// The least that is counted.
    Millisecond,
}

impl Unit {
    /// All of them, the longest first.
    const ALL: [Self; 5] = [
        Self::Day,
        Self::Hour,
        Self::Minute,
        Self::Second,
        Self::Millisecond,
    ];

    /// As it is written behind a number.
    const fn code(self) -> &'static str {
        match self {
            Self::Day => "d",
            Self::Hour => "h",
            Self::Minute => "m",
            Self::Second => "s",
            Self::Millisecond => "ms",
        }
    }

    const fn millis(self) -> u64 {
        match self {
            Self::Day => 86_400_000,
            Self::Hour => 3_600_000,
            Self::Minute => 60_000,
            Self::Second => 1_000,
            Self::Millisecond => 1,
        }
    }
}

/// Reads a length of time: one or more whole numbers, each with a unit.
///
/// # Errors
/// [`InvalidSpan`] for anything else, a bare number and an overflow included.
pub fn parse(text: &str) -> Result<Duration, InvalidSpan> {
    let mut rest = text.trim();
    if rest.is_empty() {
        return Err(InvalidSpan);
    }
    let mut millis = 0_u64;
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let (number, tail) = rest.split_at(digits);
        let number: u64 = number.parse().map_err(|_| InvalidSpan)?;
        let letters = tail.bytes().take_while(u8::is_ascii_alphabetic).count();
        let (unit, tail) = tail.split_at(letters);
        let unit = Unit::ALL
            .into_iter()
            .find(|known| known.code().eq_ignore_ascii_case(unit))
            .ok_or(InvalidSpan)?;
        millis = number
            .checked_mul(unit.millis())
            .and_then(|part| millis.checked_add(part))
            .ok_or(InvalidSpan)?;
        rest = tail;
    }
    Ok(Duration::from_millis(millis))
}

/// A length of time counted in every unit, the longest first; those of which there are none are left out.
#[must_use]
pub fn counted(span: Duration) -> Vec<(u64, Unit)> {
    let mut millis = u64::try_from(span.as_millis()).unwrap_or(u64::MAX);
    let mut counts = Vec::new();
    for unit in Unit::ALL {
        let count = millis / unit.millis();
        millis %= unit.millis();
        if count > 0 {
            counts.push((count, unit));
        }
    }
    counts
}

/// Writes a length of time exactly, in the form that [`parse`] reads: `1m30s`.
#[must_use]
pub fn exact(span: Duration) -> String {
    let counts = counted(span);
    if counts.is_empty() {
        return "0s".to_owned();
    }
    let part = |(count, unit): (u64, Unit)| format!("{count}{}", unit.code());
    counts.into_iter().map(part).collect()
}

/// How long something lasted in the two largest units that matter: 3 minutes and 5 seconds, 2 hours, 5 days and 1 hour.
/// Nothing is less than a second.
#[must_use]
pub fn rough(span: Duration) -> Vec<(u64, Unit)> {
    let mut counts = counted(Duration::from_secs(span.as_secs()));
    let place = |unit| Unit::ALL.into_iter().position(|known| known == unit);
    let largest = counts.first().and_then(|(_, unit)| place(*unit));
    // Of 2 hours, no minutes and 5 seconds the seconds do not matter.
    counts.retain(|(_, unit)| place(*unit) <= largest.map(|at| at + 1));
    counts
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn people_write_spans_in_many_ways() {
        for (text, millis) in [
            ("30s", 30_000),
            (" 1m30s ", 90_000),
            ("500ms", 500),
            ("1D", 86_400_000),
            ("0s", 0),
        ] {
            assert_eq!(parse(text), Ok(Duration::from_millis(millis)), "{text}");
        }
        for bad in [
            "",
            "30",
            "s",
            "-1s",
            "1.5s",
            "1w",
            "99999999999999999999s",
            "9999999999999999d",
            "1s x",
            "초",
        ] {
            assert_eq!(parse(bad), Err(InvalidSpan), "{bad}");
        }
    }

    #[test]
    fn a_rough_span_names_two_units_at_most() {
        let rough = |secs| rough(Duration::from_secs(secs));
        assert_eq!(super::rough(Duration::from_millis(999)), []);
        assert_eq!(rough(42), [(42, Unit::Second)]);
        assert_eq!(rough(185), [(3, Unit::Minute), (5, Unit::Second)]);
        assert_eq!(rough(7_205), [(2, Unit::Hour)]);
        assert_eq!(rough(86_400 * 5 + 3_700), [(5, Unit::Day), (1, Unit::Hour)]);
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(millis in 0_u64..100_000_000_000) {
            let span = Duration::from_millis(millis);
            prop_assert_eq!(parse(&exact(span)), Ok(span));
        }

        #[test]
        fn no_text_panics(text in "\\PC*") {
            let _ = parse(&text);
        }
    }
}
