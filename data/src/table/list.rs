//! Single columns of a table that lists files: their paths, labels and groups.

use super::Problem;
use super::cell::{self, Kind};
use super::text::Text;
use crate::label::{Label, Values};

impl Text {
    /// Returns the cells of a column as texts.
    ///
    /// # Errors
    /// If a cell is empty; `what` is its meaning.
    pub fn texts(&self, column: usize, what: &'static str) -> Result<Vec<String>, Problem> {
        let text = |row| match self.kind(row, column) {
            Kind::Missing => Err(Problem::MissingLabel { place: self.place(row, column), what }),
            Kind::Number | Kind::Infinite | Kind::Text => Ok(self.cell(row, column).to_string()),
        };
        (0..self.rows()).map(text).collect()
    }

    /// Returns a column of labels: numbers if all cells are, else texts.
    ///
    /// # Errors
    /// If a label is missing.
    pub fn label(&self, column: usize) -> Result<Label, Problem> {
        let texts = self.texts(column, "label")?;
        let name = self.names().get(column).cloned().unwrap_or_default();
        let numbers =
            texts.iter().map(|text| cell::number(text, self.decimal()).filter(|number| number.is_finite()));
        let values = match numbers.collect::<Option<Vec<f64>>>() {
            Some(numbers) => Values::Numbers(numbers),
            None => Values::Texts(texts),
        };
        Ok(Label { name, values })
    }
}
