//! The section on samples that the training did not learn from.

mod answers;
mod labels;
mod masks;
mod mistakes;
mod numbers;

use super::Training;
use super::page::{Page, escaped, percent, short, table};
use super::statistics::Interval;
use super::words::{Said, Tone};
use crate::error::Error;

/// A number with its interval, by its name.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Measure {
    pub(super) name: String,
    pub(super) interval: Interval,
    /// True for shares, which are written in per cent.
    pub(super) is_share: bool,
}

impl Measure {
    fn of(names: &[(&str, bool)], intervals: Vec<Interval>) -> Vec<Measure> {
        let named = names.iter().zip(intervals);
        named
            .map(|((name, is_share), interval)| Measure {
                name: (*name).into(),
                interval,
                is_share: *is_share,
            })
            .collect()
    }

    /// Writes a number of this kind.
    pub(super) fn write(&self, value: f64) -> String {
        if self.is_share { percent(value) } else { short(value) }
    }

    /// Writes the interval.
    pub(super) fn range(&self) -> String {
        match self.interval {
            Interval { low, .. } if low.is_nan() => "unknown".into(),
            Interval { low, high, .. } => format!("{} to {}", self.write(low), self.write(high)),
        }
    }
}

/// Results on samples that a training did not learn from.
#[derive(Debug, Default)]
pub(super) struct Tested {
    pub(super) said: Vec<Said>,
    pub(super) measures: Vec<Measure>,
    /// A row for each class, label, output or region, where there are several.
    pub(super) each: Option<Table>,
}

/// A table whose first column are names and whose others are numbers.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Table {
    pub(super) header: Vec<&'static str>,
    pub(super) rows: Vec<Vec<String>>,
}

impl Table {
    fn html(&self) -> String {
        table(&self.header, &self.rows)
    }
}

/// Writes the section; returns the results.
pub(super) fn write(training: &Training<'_>, page: &mut Page) -> Result<Tested, Error> {
    let facts = training.facts;
    let set = match facts.text("test.measured.set") {
        "test" => "test samples",
        "" => {
            let why = match facts.text("state") {
                "running" => "They are measured when the training ends.",
                "complete" | "stopped" => "There are no test samples, and none were held out.",
                _ => "The training ended before its weights were measured.",
            };
            page.section("test", "On samples it did not learn from", &format!("<p>{why}</p>\n"));
            return Ok(Tested::default());
        }
        _ => "samples that were held out from training",
    };
    let (samples, kept) = (facts.count("test.samples"), facts.count("test.kept"));
    let mut html = format!("<p>{samples} {set}");
    if facts.text("test.measured.set") != "test"
        && training.facts.epochs().iter().any(|epoch| epoch.held_out.is_some())
    {
        html += ", which may also have chosen the epoch: a test set would be stricter";
    }
    html += &format!(". Loss {}.", short(facts.number("test.measured.loss").unwrap_or(f64::NAN)));
    if (1..samples).contains(&kept) {
        html += &format!(" What follows is of the first {kept}, whose outputs have room.");
    }
    html += "</p>\n";
    html += &asked(training);
    let tested = match facts.text("test.kind") {
        "classes" => answers::write(facts, page, &mut html)?,
        "labels" if facts.count("test.outputs") == 1 => answers::write_yes_or_no(facts, page, &mut html)?,
        "labels" => labels::write(facts, page, &mut html)?,
        "numbers" | "errors" => numbers::write(facts, page, &mut html)?,
        "masks" => masks::write(facts, page, &mut html)?,
        _ => Tested::default(),
    };
    page.section("test", "On samples it did not learn from", &html);
    Ok(tested)
}

/// Returns the metrics that the recipe asks for, as the program has measured them.
fn asked(training: &Training<'_>) -> String {
    let measured = training.facts.get("test.measured").as_object().into_iter().flatten();
    let known = ["samples", "loss", "accuracy", "nan_samples"];
    let rows: Vec<Vec<String>> = measured
        .filter(|(name, _)| !known.contains(&name.as_str()))
        .filter_map(|(name, value)| Some(vec![name.clone(), short(value.as_f64()?)]))
        .collect();
    if rows.is_empty() {
        return String::new();
    }
    format!("<h3>What the recipe measures</h3>\n{}", table(&["metric", "value"], &rows))
}

/// Returns a table of numbers with their intervals.
fn measures(all: &[Measure]) -> String {
    let row = |measure: &Measure| {
        vec![measure.name.clone(), measure.write(measure.interval.value), measure.range()]
    };
    let rows: Vec<Vec<String>> = all.iter().map(row).collect();
    format!(
        "<h3>Metrics</h3>\n{}<p>Intervals are those of a bootstrap: samples are drawn again, with repetition, up to 1000 times.</p>\n",
        table(&["metric", "value", "95 % interval"], &rows)
    )
}

/// An interval of an accuracy that is wider than this tells little, and one that is narrower than the other tells much.
const WIDE: f64 = 0.1;
const NARROW: f64 = 0.02;

/// Says whether there are too few samples to tell.
fn certainty(measure: &Measure, samples: usize) -> Said {
    let width = measure.interval.width();
    if measure.interval.low.is_nan() {
        return Said::new(Tone::Warn, "Too few samples to tell", format!("There are {samples}."), "");
    }
    let numbers = format!(
        "On {samples} samples the {} is {}, and the 95 % interval {}.",
        measure.name,
        measure.write(measure.interval.value),
        measure.range()
    );
    match width {
        width if width > WIDE => Said::new(
            Tone::Warn,
            "There are too few samples to tell",
            format!(
                "{numbers} Two networks whose results differ by less than about {:.0} points cannot be told apart.",
                100.0 * width / 2.0
            ),
            "More test samples, or `folds`, make it narrower: four times as many halve it.",
        ),
        width if width > NARROW => Said::new(
            Tone::Note,
            format!("The {} is known to about {:.1} points", measure.name, 100.0 * width / 2.0),
            numbers,
            "",
        ),
        _ => Said::new(Tone::Good, format!("The {} is known well", measure.name), numbers, ""),
    }
}

/// Names classes, by their numbers where they have no names.
fn class_names(names: &[String], count: usize) -> Vec<String> {
    (0..count).map(|class| names.get(class).cloned().unwrap_or_else(|| class.to_string())).collect()
}

/// Returns a heading.
fn heading(title: &str) -> String {
    format!("<h3>{}</h3>\n", escaped(title))
}
