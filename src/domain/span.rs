//! Lengths of time as people write and read them: `30s`, `1m30s`, `500ms`, `1d`.

use std::time::Duration;

/// The text was no length of time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a length of time is a number and a unit (ms, s, m, h, d), such as 30s, 500ms or 1m30s")]
pub struct InvalidSpan;

const UNITS: [(&str, u64); 5] = [
    ("d", 86_400_000),
    ("h", 3_600_000),
    ("m", 60_000),
    ("s", 1_000),
    ("ms", 1),
];

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
        let scale = UNITS
            .iter()
            .find_map(|(name, scale)| name.eq_ignore_ascii_case(unit).then_some(*scale))
            .ok_or(InvalidSpan)?;
        millis = number
            .checked_mul(scale)
            .and_then(|part| millis.checked_add(part))
            .ok_or(InvalidSpan)?;
        rest = tail;
    }
    Ok(Duration::from_millis(millis))
}

/// Writes a length of time exactly, in the form that [`parse`] reads: `1m30s`.
#[must_use]
pub fn exact(span: Duration) -> String {
    let mut millis = u64::try_from(span.as_millis()).unwrap_or(u64::MAX);
    if millis == 0 {
        return "0s".to_owned();
    }
    let mut text = String::new();
    for (unit, scale) in UNITS {
        let count = millis / scale;
        millis %= scale;
        if count > 0 {
            text.push_str(&count.to_string());
            text.push_str(unit);
        }
    }
    text
}

/// Writes how long something lasted, in the two largest units that matter: `42 s`, `3 min 5 s`, `2 h 10 min`, `5 d 1 h`.
#[must_use]
pub fn rough(span: Duration) -> String {
    let secs = span.as_secs();
    let pair = |big: u64, big_unit: &str, small: u64, small_unit: &str| match small {
        0 => format!("{big} {big_unit}"),
        _ => format!("{big} {big_unit} {small} {small_unit}"),
    };
    match secs {
        0 => "less than a second".to_owned(),
        1..60 => format!("{secs} s"),
        60..3_600 => pair(secs / 60, "min", secs % 60, "s"),
        3_600..86_400 => pair(secs / 3_600, "h", secs % 3_600 / 60, "min"),
        _ => pair(secs / 86_400, "d", secs % 86_400 / 3_600, "h"),
    }
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
        assert_eq!(rough(0), "less than a second");
        assert_eq!(rough(42), "42 s");
        assert_eq!(rough(185), "3 min 5 s");
        assert_eq!(rough(7_800), "2 h 10 min");
        assert_eq!(rough(86_400 * 5 + 3_700), "5 d 1 h");
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
