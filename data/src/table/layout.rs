//! The columns of a training table: what travels with the weights.

use super::cell;
use super::format::{Decimal, Format};
use super::place::Heading;
use netwright_model::Missing;

/// The columns that a network was trained with, and the way from their cells to its inputs.
#[derive(Clone, Debug, PartialEq)]
pub struct Layout {
    /// The number of columns of the training table.
    pub(super) width: usize,
    /// True if the training table has names.
    pub(super) named: bool,
    pub(super) inputs: Vec<Input>,
    pub(super) labels: Vec<Target>,
    pub(super) by: Vec<Heading>,
    /// Columns that were left out.
    pub(super) others: Vec<Heading>,
    pub(super) missing: Missing,
    pub(super) window: usize,
    pub(super) step: usize,
    pub(super) ahead: usize,
}

/// A column of the inputs.
#[derive(Clone, Debug, PartialEq)]
pub struct Input {
    /// The column's place and name in the training table.
    pub heading: Heading,
    /// The meaning of its cells.
    pub meaning: Meaning,
}

/// The meaning of a column's cells.
#[derive(Clone, Debug, PartialEq)]
pub enum Meaning {
    /// Each cell is a number.
    Number {
        /// The number that replaces a missing one, once it is learned.
        fill: Option<f64>,
    },
    /// Each cell is a category, which becomes 1 in its own feature and 0 in the others. A missing value is 0 in
    /// all of them, as `pandas.get_dummies` has it.
    Categories {
        /// True if the categories are numbers, so that `1` and `1.0` are the same.
        numbers: bool,
        /// The categories in the order of their features: numbers by value, texts by their letters' code points.
        known: Vec<String>,
    },
}

/// A column of the label or the targets.
#[derive(Clone, Debug, PartialEq)]
pub struct Target {
    /// The column's place and name in the training table.
    pub heading: Heading,
    /// The meaning of its cells.
    pub answers: Answers,
}

/// The meaning of a label's cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answers {
    /// Each cell is a number.
    Numbers,
    /// Each cell is a text, such as the name of a class.
    Texts,
    /// Each cell is a number that names a category, so that `1` and `1.0` are the same text.
    Categories,
}

impl Meaning {
    /// Returns the number of features that the column becomes.
    pub fn features(&self) -> usize {
        match self {
            Meaning::Number { .. } => 1,
            Meaning::Categories { known, .. } => known.len(),
        }
    }

    /// Returns true if the column becomes an input for each category.
    pub fn is_category(&self) -> bool {
        matches!(self, Meaning::Categories { .. })
    }
}

impl Layout {
    /// Returns the columns of the inputs, in the order of the features.
    pub fn inputs(&self) -> &[Input] {
        &self.inputs
    }

    /// Returns the columns of the label or the targets.
    pub fn labels(&self) -> &[Target] {
        &self.labels
    }

    /// Returns the lines of one sample; 0 if each line is a sample.
    pub fn window(&self) -> usize {
        self.window
    }

    /// Returns the shape of a sample: its features, and the lines of a window if it is one.
    pub fn shape(&self) -> Vec<usize> {
        let features = self.inputs.iter().map(|input| input.meaning.features()).sum();
        if self.window == 0 { vec![features] } else { vec![features, self.window] }
    }

    /// Returns true if a sample is made of `inputs` numbers.
    pub fn has_width(&self, inputs: usize) -> bool {
        self.shape().iter().product::<usize>() == inputs
    }

    /// Returns true if samples are inputs of this shape. A sample without a window is a list, which has any shape of as many numbers.
    pub fn fits(&self, input: &[usize]) -> bool {
        match input {
            [len] => self.has_width(*len),
            _ => *input == self.shape() || self.has_width(input.iter().product()) && self.window() == 0,
        }
    }

    /// Returns the names of the features: of a column, or of a category as in `colour=red`.
    pub fn features(&self) -> Vec<String> {
        let mut names = Vec::new();
        for Input { heading, meaning } in &self.inputs {
            let column = match heading.name.as_str() {
                "" => format!("column {}", heading.number + 1),
                name => name.into(),
            };
            match meaning {
                Meaning::Number { .. } => names.push(column),
                Meaning::Categories { known, .. } => {
                    names.extend(known.iter().map(|category| format!("{column}={category}")));
                }
            }
        }
        names
    }

    /// Adds the names of the columns to what is known of a later table's format, so that its header is found.
    pub fn format(&self, format: &Format) -> Format {
        let names = if self.named {
            self.inputs.iter().map(|input| input.heading.name.clone()).collect()
        } else {
            Vec::new()
        };
        Format { names, ..*format }
    }
}

/// Returns the text that stands for a category: of a number, the shortest one.
pub(super) fn category(cell: &str, numbers: bool, decimal: Decimal) -> String {
    /// Whole numbers above are not exact in 64 bits, and might be names that differ in their last digit.
    const EXACT: f64 = (1_u64 << 53) as f64;
    match cell::number(cell, decimal) {
        // The sum turns -0 to 0.
        Some(number) if numbers && number.abs() < EXACT => (number + 0.0).to_string(),
        _ => cell.into(),
    }
}
