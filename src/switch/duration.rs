//! Lengths of time as Go and Prometheus write them: `30s`, `1m30s`, `1.5h`, `2w`.

use std::time::Duration;

const UNITS: [(&str, f64); 9] = [
    ("ns", 1e-9),
    ("us", 1e-6),
    ("µs", 1e-6),
    ("ms", 1e-3),
    ("s", 1.0),
    ("m", 60.0),
    ("h", 3_600.0),
    ("d", 86_400.0),
    ("w", 604_800.0),
];

/// Reads such a text, to the millisecond; none where it is no length of time.
pub(super) fn read(text: &str) -> Option<Duration> {
    let mut rest = text.trim();
    let mut seconds = 0.0;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, tail) = rest.split_at(digits);
        let letters = tail
            .find(|c: char| c.is_ascii_digit())
            .unwrap_or(tail.len());
        let (unit, tail) = tail.split_at(letters);
        let (_, scale) = UNITS.iter().find(|(name, _)| *name == unit)?;
        seconds += number.parse::<f64>().ok()? * scale;
        rest = tail;
    }
    let exact = Duration::try_from_secs_f64(seconds).ok()?;
    let millis = u64::try_from(exact.as_millis()).ok()?;
    Some(Duration::from_millis(millis))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn go_and_prometheus_write_lengths_of_time_so() {
        for (text, millis) in [
            ("30s", 30_000),
            ("1m30s", 90_000),
            ("1m0s", 60_000),
            ("1.5h", 5_400_000),
            ("250ms", 250),
            ("2w", 1_209_600_000),
            ("1500us", 1),
        ] {
            assert_eq!(read(text), Some(Duration::from_millis(millis)), "{text}");
        }
        for text in [
            "",
            "30",
            "s",
            "fast",
            "1x",
            "-1s",
            "1..2s",
            "99999999999999999999w",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
