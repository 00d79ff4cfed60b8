//! Samples of tables.

use super::about::{Kind, Origins};
use super::error::{Features, listed};
use super::numbers::Numbers;
use super::read::{Labels, Read};
use super::{About, Error, Interface, Problem, targets};
use crate::recipe::{Source, Table};
use netwright_data::table::{Format, Layout, Samples, Text};
use std::path::Path;

/// Lines and columns that a note names at most.
const NAMED: usize = 8;

/// Loads samples with their labels: with the columns that a training had, or else as the recipe says.
pub(super) fn load(
    file: &Path,
    recipe: &Table,
    interface: &Interface<'_>,
    about: &About,
) -> Result<Read, Error> {
    let (text, layout) = open(file, recipe, interface, about, learn)?;
    // Groups are read with labels, and a table that has none may have groups, too.
    let unlabelled = layout.labels().is_empty() && layout.window() == 0;
    let samples = layout.samples(&text, !interface.to_input || unlabelled)?;
    check(file, &layout, &samples, interface)?;
    let (keys, lost) = keys(&text, recipe, &samples)?;
    let left_out = samples.left_out.len();
    let classes = text.classes().to_vec();
    Ok(Read { shape: interface.input.to_vec(), classes, keys, lost, left_out, ..read(layout, samples) })
}

/// Learns the columns of a training table.
pub(super) fn layout(file: &Path, recipe: &Table, interface: &Interface<'_>) -> Result<Layout, Error> {
    learn_from(file, recipe, interface).map(|(_, layout)| layout)
}

/// Reads a training table and learns its columns.
pub(super) fn learn_from(
    file: &Path,
    recipe: &Table,
    interface: &Interface<'_>,
) -> Result<(Text, Layout), Error> {
    open(file, recipe, interface, &About::default(), learn)
}

/// Loads samples, with or without labels.
pub(super) fn to_predict(
    file: &Path,
    source: Option<&Source>,
    interface: &Interface<'_>,
    about: &About,
) -> Result<Read, Error> {
    let recipe = match source {
        Some(Source::Csv(table)) => *table,
        _ => Table::USUAL,
    };
    let (text, layout) = open(file, &recipe, interface, about, learn_to_predict)?;
    let samples = layout.samples(&text, false)?;
    check(file, &layout, &samples, interface)?;
    // A single line needs no key.
    let has_key = recipe.key.first().is_some_and(|column| text.column(column).is_ok());
    let (keys, lost) = if has_key { keys(&text, &recipe, &samples)? } else { (vec![], vec![]) };
    Ok(Read { keys, lost, ..read(layout, samples) })
}

/// Returns the key of each sample, and those of the lines that were left out; nothing if the recipe names no column of keys.
fn keys(text: &Text, recipe: &Table, samples: &Samples) -> Result<(Vec<String>, Vec<String>), Error> {
    let Some(column) = recipe.key.first() else { return Ok((vec![], vec![])) };
    let column = text.column(column)?;
    let problem = |problem| Error::new(text.file(), netwright_data::Problem::from(problem));
    let all = text.texts(column, "key").map_err(problem)?;
    let (mut kept, mut lost) = (Vec::with_capacity(samples.lines.len()), vec![]);
    let mut lines = samples.lines.iter().peekable();
    for (row, key) in all.into_iter().enumerate() {
        // Samples without windows stand in the order of their lines.
        match lines.next_if(|line| **line == text.line(row)) {
            Some(_) => kept.push(key),
            None => lost.push(key),
        }
    }
    Ok((kept, lost))
}

/// Learns the columns of a table that nothing is known of, which may have the inputs alone.
fn learn_to_predict(text: &Text, recipe: &Table, interface: &Interface<'_>) -> Result<Layout, Error> {
    let inputs = interface.inputs();
    match learn(text, recipe, interface) {
        Ok(layout) if layout.has_width(inputs) => Ok(layout),
        usual => match Layout::learn(text, recipe, 0) {
            Ok(layout) if layout.has_width(inputs) => Ok(layout),
            _ => usual,
        },
    }
}

/// Reads a table with the columns that a training had; learns them from it if they are not known.
fn open(
    file: &Path,
    recipe: &Table,
    interface: &Interface<'_>,
    about: &About,
    learn: impl Fn(&Text, &Table, &Interface<'_>) -> Result<Layout, Error>,
) -> Result<(Text, Layout), Error> {
    let format =
        Format::of(recipe).map_err(|problem| Error::new(file, netwright_data::Problem::from(problem)))?;
    if let Kind::Table(layout) = &about.kind {
        return Ok((Text::read(file, &layout.format(&format))?, layout.clone()));
    }
    let text = Text::read(file, &format)?;
    let layout = learn(&text, recipe, interface)?;
    Ok((text, layout))
}

fn read(layout: Layout, samples: Samples) -> Read {
    let Samples { numbers, labels, lines, groups, rows, left_out, ignored, .. } = samples;
    let mut notes = vec![];
    if !left_out.is_empty() {
        notes.push(format!(
            "{} are left out, as a value is missing: {}",
            counted(left_out.len(), "line"),
            listed(left_out.iter(), NAMED)
        ));
    }
    if !ignored.is_empty() {
        notes.push(format!(
            "{} not in the training table: {}",
            if ignored.len() == 1 { "a column was" } else { "columns were" },
            listed(ignored.iter(), NAMED)
        ));
    }
    Read {
        shape: layout.shape(),
        numbers: Numbers::exact(numbers),
        rows: if layout.is_fitted() { vec![] } else { rows },
        labels: Labels::Columns(labels),
        kind: Kind::Table(layout),
        origins: Origins::Lines(lines),
        groups,
        notes,
        ..Read::default()
    }
}

fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

/// Learns the columns of a table for a network.
fn learn(text: &Text, recipe: &Table, interface: &Interface<'_>) -> Result<Layout, Error> {
    let (inputs, labels) = (interface.inputs(), targets::width(interface));
    Ok(Layout::learn_for(text, recipe, inputs, labels, interface.to_input)?)
}

/// Checks that samples are those that the network takes.
fn check(file: &Path, layout: &Layout, samples: &Samples, interface: &Interface<'_>) -> Result<(), Error> {
    let error = |problem| Error::new(file, problem);
    if !layout.fits(interface.input) {
        let found = samples.shape.clone();
        let columns = layout.features();
        let labels = match layout.labels().len() {
            0 => String::new(),
            1 => format!(" beside {}", targets::meaning(interface)),
            more => format!(" beside {more} columns for {}", targets::meaning(interface)),
        };
        return Err(error(Problem::Features(Box::new(Features {
            expected: interface.input.to_vec(),
            found,
            columns,
            labels,
        }))));
    }
    let shares = interface.to_input && interface.loss.of_shares();
    if let Some(at) = samples.numbers.iter().position(|number| shares && !(0.0..=1.0).contains(number)) {
        let line = samples.lines[at / samples.features];
        let feature = at % samples.features / layout.window().max(1);
        let column = layout.features().get(feature).cloned();
        let place = super::Place::Label { of: format!("line {line}"), column };
        return Err(error(Problem::Unit { place, found: samples.numbers[at].to_string() }));
    }
    Ok(())
}
