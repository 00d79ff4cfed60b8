//! Tests of tables.

use super::*;
use crate::Error;
use crate::label::Values;
use netwright_model::{Column, Header, Missing, Table};
use std::path::Path;

mod golden;
mod header;
mod layout;
mod messages;
mod random;
mod samples;
mod text;

/// The recipe of `csv("table.csv")`.
const PLAIN: Recipe<'static> = Table { path: "table.csv", ..Table::USUAL };

/// Reads a table as `csv("table.csv")` does.
fn text(table: impl AsRef<[u8]>) -> Text {
    parse(table, &PLAIN).expect("a table")
}

fn parse(table: impl AsRef<[u8]>, recipe: &Recipe<'_>) -> Result<Text, Error> {
    let file = Path::new("table.csv");
    let format = Format::of(recipe).map_err(|problem| Error::new(file, problem))?;
    Text::parse(file, table.as_ref().to_vec(), &format)
}

/// Reads a training table with one label, and learns from all its samples.
fn train(table: &str, recipe: &Recipe<'_>) -> Result<(Layout, Samples), Error> {
    let text = parse(table, recipe)?;
    let mut layout = Layout::learn(&text, recipe, 1)?;
    let mut samples = layout.samples(&text, true)?;
    let all: Vec<u32> = (0..samples.lines.len() as u32).collect();
    layout.fit(&samples.numbers, &samples.rows, &all).map_err(|problem| Error::new(text.file(), problem))?;
    layout.fill(&mut samples.numbers);
    Ok((layout, samples))
}

/// Reads samples without labels as a network does that was trained with a table.
fn predict(training: &str, recipe: &Recipe<'_>, table: &str) -> Result<Samples, Error> {
    let (layout, _) = train(training, recipe).expect("a training table");
    let layout = Layout::from_lines(&layout.lines()).expect("the layout's own lines");
    let format = layout.format(&Format::of(recipe).expect("a format"));
    layout.samples(&Text::parse(Path::new("new.csv"), table.into(), &format)?, false)
}

/// Returns all cells.
fn cells(text: &Text) -> Vec<Vec<&str>> {
    (0..text.rows()).map(|row| (0..text.width()).map(|column| text.cell(row, column)).collect()).collect()
}

fn numbers(samples: &Samples, label: usize) -> &[f64] {
    match &samples.labels[label].values {
        Values::Numbers(numbers) => numbers,
        Values::Texts(texts) => panic!("expected numbers, found {texts:?}"),
    }
}

fn texts(samples: &Samples, label: usize) -> &[String] {
    match &samples.labels[label].values {
        Values::Texts(texts) => texts,
        Values::Numbers(numbers) => panic!("expected texts, found {numbers:?}"),
    }
}
