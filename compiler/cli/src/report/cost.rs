//! The section on time, memory and speed.

use super::Training;
use super::page::{Page, facts_table};
use crate::table::Work;
use netwright_compiler::table::{layers, totals};
use netwright_compiler::{Options, size};

pub(super) fn write(training: &Training<'_>, page: &mut Page) {
    let Training { facts, model, .. } = training;
    let epochs = facts.epochs();
    let mut rows =
        vec![("wall time, reading of data apart", duration(facts.number("seconds").unwrap_or(0.0)))];
    // Of long trainings, only some epochs are there.
    let seconds: f64 = epochs.iter().map(|epoch| epoch.seconds).sum();
    let samples: f64 = epochs.iter().map(|epoch| epoch.samples as f64).sum();
    if seconds > 0.0 {
        rows.push(("steps of an epoch", duration(seconds / epochs.len() as f64)));
        let speed = samples / seconds;
        rows.push(("speed", format!("{} samples per second", whole(speed))));
        let flops = totals(&layers(&model.graph)).flops as f64;
        // A step computes about three times a prediction: the gradients of inputs and of weights.
        rows.push((
            "arithmetic",
            format!("about {:.1} GFLOP/s (three times a prediction per sample)", 3.0 * flops * speed / 1e9),
        ));
    }
    if let Some(peak) = facts.number("memory") {
        rows.push(("most memory of the process", size(peak as usize)));
    }
    let work = Work::of(model, &Options::default());
    let plan = work.plan();
    rows.push(("memory that a step works in", size(plan.memory.bytes(&plan.place))));
    rows.push(("parameters", whole(model.graph.params.iter().map(|param| param.len() as f64).sum())));
    rows.push(("threads", facts.count("threads").to_string()));
    page.section("cost", "Time, memory and speed", &facts_table(&rows));
}

/// Formats a time: `1.2 s`, `3 min 5 s`.
pub(super) fn duration(seconds: f64) -> String {
    match seconds {
        s if s < 1e-3 => format!("{:.0} µs", s * 1e6),
        s if s < 1.0 => format!("{:.1} ms", s * 1e3),
        s if s < 60.0 => format!("{s:.1} s"),
        s if s < 3600.0 => format!("{:.0} min {:.0} s", (s / 60.0).floor(), s % 60.0),
        s => format!("{:.0} h {:.0} min", (s / 3600.0).floor(), s % 3600.0 / 60.0),
    }
}

/// Formats a whole number with thin gaps between thousands.
pub(super) fn whole(number: f64) -> String {
    let digits = format!("{number:.0}");
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push('\u{202f}');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_counts_are_readable() {
        let times = [5e-6, 0.25, 12.34, 185.0, 7300.0].map(duration);
        assert_eq!(times, ["5 µs", "250.0 ms", "12.3 s", "3 min 5 s", "2 h 2 min"]);
        assert_eq!([0.0, 999.0, 61706.0].map(whole), ["0", "999", "61\u{202f}706"]);
    }
}
