//! Applying a layout: a table's cells to the numbers of samples.

use super::Problem;
use super::cell;
use super::features::{Rows, WORTH, read_number, zeros};
use super::groups::Groups;
use super::layout::{Answers, Layout, Target, category};
use super::matching::Columns;
use super::parts::{in_threads, parts};
use super::place::Heading;
use super::text::Text;
use super::windows::Span;
use crate::Error;
use crate::label::{Label, Values};
use netwright_model::Missing;
use std::ops::Range;

/// Samples of a table.
#[derive(Clone, Debug, PartialEq)]
pub struct Samples {
    /// The numbers, sample after sample; NaN for a missing one that [`Layout::fill`] has to replace.
    pub numbers: Vec<f64>,
    /// The count of numbers of a sample.
    pub features: usize,
    /// The shape of a sample, as [`Layout::shape`] says.
    pub shape: Vec<usize>,
    /// The columns of the label or the targets; empty if they were not asked for.
    pub labels: Vec<Label>,
    /// The line of each sample in the file, counted from 1: of a window, its first one.
    pub lines: Vec<u64>,
    /// The group of each sample; empty if there are no groups.
    pub groups: Vec<String>,
    /// Lines, of windows the first ones, of samples that were left out as a value is missing.
    pub left_out: Vec<u64>,
    /// Names of columns that are new in this table, and were not read.
    pub ignored: Vec<String>,
    /// The rows of each sample, for the statistics of overlapping windows.
    pub rows: Vec<usize>,
}

impl Layout {
    /// Reads the samples of a table, with their labels if `with_labels`; without, the table need not have any.
    ///
    /// Columns are found by their names, in whatever order. If the table has no names, or the training table had
    /// none, their order decides, and the table must have all columns, or all but the labels, or those of the
    /// inputs alone.
    ///
    /// # Errors
    /// If a column is missing, or a cell is not what it was in training.
    pub fn samples(&self, text: &Text, with_labels: bool) -> Result<Samples, Error> {
        self.read(text, with_labels).map_err(|problem| text.error(problem))
    }

    fn read(&self, text: &Text, with_labels: bool) -> Result<Samples, Problem> {
        let columns = self.columns(text, with_labels)?;
        let rows = self.rows(text, &columns.inputs)?;
        let groups = Groups::new(text, &columns.by);
        let spans = self.spans(&groups, with_labels)?;
        let (spans, left_out) = self.complete(text, &columns, &rows, spans)?;
        let lines: Vec<u64> = spans.iter().map(|span| text.line(span.rows()[0])).collect();
        let labels = self.labels.iter().zip(&columns.labels);
        let labels = labels
            .map(|(target, &column)| read_label(text, target, column, &spans))
            .collect::<Result<_, _>>()?;
        let of_span = |span: &Span<'_>| groups.name_of(span.rows()[0]);
        let named_groups =
            if columns.by.is_empty() { Vec::new() } else { spans.iter().map(of_span).collect() };
        let covered = spans.iter().flat_map(|span| span.rows().iter().copied()).collect();
        let numbers = self.gather(rows, &spans)?;
        let shape = self.shape();
        Ok(Samples {
            numbers,
            features: shape.iter().product(),
            shape,
            labels,
            lines,
            groups: named_groups,
            left_out: left_out.iter().map(|&row| text.line(row)).collect(),
            ignored: columns.ignored,
            rows: covered,
        })
    }

    /// Removes the spans that have a missing value, or refuses one in a label or a group.
    fn complete<'a>(
        &self,
        text: &Text,
        columns: &Columns,
        rows: &Rows,
        spans: Vec<Span<'a>>,
    ) -> Result<(Vec<Span<'a>>, Vec<usize>), Problem> {
        let labels = columns.labels.iter().map(|&column| (column, "label"));
        let required: Vec<(usize, &str)> =
            labels.chain(columns.by.iter().map(|&column| (column, "group"))).collect();
        let lacks = |span: &Span<'_>| {
            required.iter().any(|&(column, _)| cell::is_missing(text.cell(span.target(), column)))
                || span.rows().iter().any(|&row| rows.lacking[row])
        };
        let some_lack = |part: Range<usize>| spans[part].iter().any(lacks);
        if !in_threads(parts(spans.len(), WORTH), some_lack).contains(&true) {
            return Ok((spans, Vec::new()));
        }
        let mut kept = Vec::with_capacity(spans.len());
        let mut left_out = Vec::new();
        for span in spans {
            let lacking =
                required.iter().find(|(column, _)| cell::is_missing(text.cell(span.target(), *column)));
            match lacking {
                Some(&(column, what)) if self.missing != Missing::Drop => {
                    return Err(Problem::MissingLabel { place: text.place(span.target(), column), what });
                }
                None if span.rows().iter().all(|&row| !rows.lacking[row]) => kept.push(span),
                _ => left_out.push(span.rows()[0]),
            }
        }
        match kept.is_empty() {
            true => Err(Problem::AllLeftOut { lines: text.rows() }),
            false => Ok((kept, left_out)),
        }
    }

    /// Puts the rows of each span together, features first.
    fn gather(&self, rows: Rows, spans: &[Span<'_>]) -> Result<Vec<f64>, Problem> {
        let Rows { numbers, features, lacking } = rows;
        if self.window == 0 && spans.len() == lacking.len() {
            return Ok(numbers);
        }
        let window = self.window.max(1);
        let mut gathered = zeros(spans.len(), features.saturating_mul(window))?;
        let places = spans.iter().zip(gathered.chunks_exact_mut(features * window));
        for (span, sample) in places {
            for (feature, channel) in sample.chunks_exact_mut(window).enumerate() {
                for (number, row) in channel.iter_mut().zip(span.rows()) {
                    *number = numbers[row * features + feature];
                }
            }
        }
        Ok(gathered)
    }
}

fn read_label(text: &Text, target: &Target, column: usize, spans: &[Span<'_>]) -> Result<Label, Problem> {
    let Heading { name, .. } = text.heading(column);
    let rows = spans.iter().map(Span::target);
    let texts = match target.answers {
        Answers::Numbers => None,
        Answers::Texts => Some(rows.clone().map(|row| text.cell(row, column).into()).collect()),
        Answers::Categories => {
            let category = |row| category(text.cell(row, column), true, text.decimal());
            Some(rows.clone().map(category).collect())
        }
    };
    if let Some(texts) = texts {
        return Ok(Label { name, values: Values::Texts(texts) });
    }
    // A missing one was found before.
    let number = |row| Ok(read_number(text, row, column, text.cell(row, column))?.unwrap_or(f64::NAN));
    let read = |part: Range<usize>| spans[part].iter().map(Span::target).map(number).collect();
    let mut numbers = Vec::with_capacity(spans.len());
    for part in in_threads::<_, Result<Vec<f64>, Problem>>(parts(spans.len(), WORTH), read) {
        numbers.extend(part?);
    }
    Ok(Label { name, values: Values::Numbers(numbers) })
}
