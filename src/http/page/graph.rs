//! Latencies as a small picture: a bar for every three minutes.

use std::fmt::Write;
use std::time::Duration;

use maud::{Markup, html};

use crate::domain::latency::{POINTS, Point};

/// How high the picture is, in its own units; a bar is one wide.
const HEIGHT: u32 = 16;

/// A bar of full height is at least so slow, so that a jitter of a millisecond looks like what it is.
const LOWEST_TOP: Duration = Duration::from_millis(10);

/// The points as bars, with the same in words.
pub(super) fn svg(points: &[Point; POINTS]) -> Markup {
    let top = latencies(points).max().unwrap_or_default().max(LOWEST_TOP);
    let (mut good, mut bad) = (String::new(), String::new());
    for (at, point) in points.iter().enumerate() {
        // A String takes whatever is written.
        let _ = match point {
            Point::Nothing => Ok(()),
            Point::Healthy(latency) => write!(good, "M{at} {HEIGHT}V{}", bar_end(*latency, top)),
            Point::Failed => write!(bad, "M{at} {HEIGHT}V0"),
        };
    }
    html! {
        svg viewBox={ "-0.5 0 " (POINTS) " " (HEIGHT) } preserveAspectRatio="none" role="img" aria-label=(described(points)) {
            path d=(good) {}
            @if !bad.is_empty() { path.bad d=(bad) {} }
        }
    }
}

fn latencies(points: &[Point; POINTS]) -> impl Iterator<Item = Duration> {
    points.iter().filter_map(|point| match point {
        Point::Healthy(latency) => Some(*latency),
        Point::Nothing | Point::Failed => None,
    })
}

/// Where a bar ends, counted from above: the fastest answer still shows.
fn bar_end(latency: Duration, top: Duration) -> u32 {
    let height = f64::from(HEIGHT) * latency.as_secs_f64() / top.as_secs_f64();
    // Between 1 and 16, so that the cast cuts nothing off.
    HEIGHT - (height.round() as u32).clamp(1, HEIGHT)
}

fn described(points: &[Point; POINTS]) -> String {
    let failed = points
        .iter()
        .filter(|point| **point == Point::Failed)
        .count();
    let range = match (latencies(points).min(), latencies(points).max()) {
        (Some(least), Some(most)) => format!("{} to {}", in_words(least), in_words(most)),
        _ => "no answer".to_owned(),
    };
    match failed {
        0 => format!("Latency: {range}"),
        failed => format!("Latency: {range}; failed in {} of {POINTS} spans", failed),
    }
}

/// A latency as people read it: no more digits than mean something.
pub(super) fn in_words(latency: Duration) -> String {
    let millis = latency.as_secs_f64() * 1_000.0;
    if millis < 9.95 {
        format!("{millis:.1} ms")
    } else if millis < 999.5 {
        format!("{millis:.0} ms")
    } else {
        format!("{:.1} s", millis / 1_000.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_graph_says_in_words_what_its_bars_show() {
        let mut points = [Point::Nothing; POINTS];
        points[0] = Point::Healthy(Duration::from_millis(5));
        points[58] = Point::Failed;
        points[59] = Point::Healthy(Duration::from_millis(40));
        let svg = svg(&points).into_string();
        assert!(svg.contains("d=\"M0 16V14M59 16V0\""), "{svg}");
        assert!(svg.contains("class=\"bad\" d=\"M58 16V0\""), "{svg}");
        assert!(
            svg.contains("5.0 ms to 40 ms; failed in 1 of 60 spans"),
            "{svg}"
        );
    }

    #[test]
    fn a_latency_has_no_more_digits_than_mean_something() {
        for (micros, words) in [
            (412, "0.4 ms"),
            (9_949, "9.9 ms"),
            (9_950, "10 ms"),
            (999_499, "999 ms"),
            (999_500, "1.0 s"),
            (12_340_000, "12.3 s"),
        ] {
            assert_eq!(in_words(Duration::from_micros(micros)), words);
        }
    }

    #[test]
    fn a_quick_answer_is_a_small_bar_and_none_is_no_bar() {
        let mut points = [Point::Nothing; POINTS];
        points[3] = Point::Healthy(Duration::from_micros(100));
        assert!(svg(&points).into_string().contains("d=\"M3 16V15\""));
        let empty = svg(&[Point::Nothing; POINTS]).into_string();
        assert!(
            empty.contains("d=\"\"") && empty.contains("no answer"),
            "{empty}"
        );
    }
}
