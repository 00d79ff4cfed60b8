//! Rows of a table to features: numbers, and categories as ones and zeros.

use super::Problem;
use super::cell::{self, Kind};
use super::layout::{Input, Layout, Meaning, category};
use super::learn::mixed;
use super::parts::{in_threads, parts};
use super::text::Text;
use netwright_model::Missing;
use std::collections::HashMap;
use std::ops::Range;

/// The features of all rows of a table.
pub(super) struct Rows {
    pub(super) numbers: Vec<f64>,
    pub(super) features: usize,
    /// True for a row to leave out, as a value is missing.
    pub(super) lacking: Vec<bool>,
}

/// Rows that are worth a thread.
pub(super) const WORTH: usize = 1 << 14;

impl Layout {
    /// Reads the features of all rows from the columns of the inputs.
    pub(super) fn rows(&self, text: &Text, columns: &[usize]) -> Result<Rows, Problem> {
        let features = self.shape()[0];
        let mut numbers = zeros(text.rows(), features)?;
        let mut lacking = vec![false; text.rows()];
        let known: Vec<HashMap<&str, usize>> = self.inputs.iter().map(known).collect();
        let mut rest = (numbers.as_mut_slice(), lacking.as_mut_slice());
        let mut work = Vec::new();
        for rows in parts(text.rows(), WORTH) {
            let numbers = rest.0.split_off_mut(..rows.len() * features).unwrap_or_default();
            let lacking = rest.1.split_off_mut(..rows.len()).unwrap_or_default();
            work.push(Part { rows, numbers, lacking });
        }
        let mut missing = vec![0; self.inputs.len()];
        let mut first = None;
        for found in in_threads(work, |part| self.part(text, columns, &known, part)) {
            let found = found?;
            first = first.or(found.first);
            missing.iter_mut().zip(found.missing).for_each(|(count, others)| *count += others);
        }
        match (self.missing, first) {
            (Missing::Refused, Some(row)) => {
                let headings = columns.iter().map(|&column| text.heading(column));
                let columns = headings.zip(missing).filter(|(_, count)| *count > 0).collect();
                Err(Problem::Missing { columns, line: text.line(row) })
            }
            _ => Ok(Rows { numbers, features, lacking }),
        }
    }

    fn part(
        &self,
        text: &Text,
        columns: &[usize],
        known: &[HashMap<&str, usize>],
        part: Part<'_>,
    ) -> Result<Missed, Problem> {
        let mut missed = Missed { missing: vec![0; columns.len()], first: None };
        let mut numbers = part.numbers;
        for (row, lacking) in part.rows.zip(part.lacking) {
            let cells = text.row(row);
            for (at, (input, &column)) in self.inputs.iter().zip(columns).enumerate() {
                let cell = cells.cell(column);
                let features = numbers.split_off_mut(..input.meaning.features()).unwrap_or_default();
                let found = match &input.meaning {
                    Meaning::Number { fill } => {
                        let number = read_number(text, row, column, cell)?;
                        features[0] = number.or(*fill).unwrap_or(f64::NAN);
                        number.is_some()
                    }
                    Meaning::Categories { numbers, known: names } => {
                        let category = match numbers {
                            false => known[at].get(cell),
                            true => known[at].get(category(cell, true, text.decimal()).as_str()),
                        };
                        if let Some(&category) = category {
                            features[category] = 1.0;
                        } else if !cell::is_missing(cell) {
                            let (place, found) = (text.place(row, column), cell.into());
                            return Err(Problem::Category { place, found, known: names.clone() });
                        }
                        category.is_some()
                    }
                };
                if !found {
                    missed.missing[at] += 1;
                    missed.first.get_or_insert(row);
                    *lacking = self.missing == Missing::Drop;
                }
            }
        }
        Ok(missed)
    }
}

/// Rows that one thread reads, and the places of what it finds.
struct Part<'a> {
    rows: Range<usize>,
    numbers: &'a mut [f64],
    lacking: &'a mut [bool],
}

/// Missing values of some rows.
struct Missed {
    /// The count for each input.
    missing: Vec<usize>,
    /// The first row that has one.
    first: Option<usize>,
}

/// Returns zeros for the numbers of samples.
pub(super) fn zeros(samples: usize, numbers: usize) -> Result<Vec<f64>, Problem> {
    let room = |len: &usize| Vec::<f64>::new().try_reserve_exact(*len).is_ok();
    let len = samples.checked_mul(numbers).filter(room);
    Ok(vec![0.0; len.ok_or(Problem::Memory { samples, numbers })?])
}

/// Returns the feature of each category.
fn known(input: &Input) -> HashMap<&str, usize> {
    match &input.meaning {
        Meaning::Number { .. } => HashMap::new(),
        Meaning::Categories { known, .. } => {
            known.iter().enumerate().map(|(feature, category)| (category.as_str(), feature)).collect()
        }
    }
}

/// Reads a finite number; `None` if it is missing.
#[inline]
pub(super) fn read_number(
    text: &Text,
    row: usize,
    column: usize,
    cell: &str,
) -> Result<Option<f64>, Problem> {
    match cell::number(cell, text.decimal()) {
        Some(number) if number.is_finite() => Ok(Some(number)),
        None if cell::is_missing(cell) => Ok(None),
        _ => Err(no_number(text, row, column, cell)),
    }
}

#[cold]
fn no_number(text: &Text, row: usize, column: usize, cell: &str) -> Problem {
    let (place, found) = (text.place(row, column), cell.into());
    match cell::kind(cell, text.decimal()) {
        Kind::Number | Kind::Infinite => Problem::Finite { place, found },
        _ => mixed(text, column).unwrap_or(Problem::Number { place, found }),
    }
}
