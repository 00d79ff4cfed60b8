//! Facts about single columns of a table, for people and for the choice of their meaning.

use super::cell::{self, Kind};
use super::text::Text;
use std::collections::BTreeMap;

/// Facts about the cells of a column.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Summary {
    /// The number of missing values.
    pub missing: usize,
    /// The number of cells that are numbers.
    pub numbers: usize,
    /// The number of cells that are texts.
    pub texts: usize,
    /// True if all numbers are whole.
    pub whole: bool,
    /// The least number; infinite if there is none.
    pub least: f64,
    /// The largest number; infinite if there is none.
    pub most: f64,
    /// The mean of the numbers; NaN if there is none.
    pub mean: f64,
    /// The different values as they are written, and the number of each, in the order of their code points; at most
    /// [`MOST`](Summary::MOST).
    pub distinct: BTreeMap<String, usize>,
    /// True if there are more different values.
    pub more: bool,
}

impl Summary {
    /// The different values that are counted.
    pub const MOST: usize = 1000;

    /// Returns true if every value that is there is the same one.
    pub fn is_constant(&self) -> bool {
        let numbers_differ = self.numbers > 0 && self.least < self.most;
        !numbers_differ && (self.texts == 0 || self.distinct.len() == 1) && self.numbers + self.texts > 0
    }
}

impl Text {
    /// Returns facts about the cells of a column.
    ///
    /// # Panics
    /// If there is no such column.
    pub fn summary(&self, column: usize) -> Summary {
        assert!(column < self.width(), "there is no column {column}");
        let mut facts =
            Summary { whole: true, least: f64::INFINITY, most: f64::NEG_INFINITY, ..Summary::default() };
        let mut sum = 0.0;
        for row in 0..self.rows() {
            let cell = self.cell(row, column);
            match self.kind(row, column) {
                Kind::Missing => {
                    facts.missing += 1;
                    continue;
                }
                Kind::Text => facts.texts += 1,
                Kind::Number | Kind::Infinite => {
                    let number = cell::number(cell, self.decimal()).unwrap_or(f64::INFINITY);
                    facts.numbers += 1;
                    facts.whole &= number.fract() == 0.0;
                    facts.least = facts.least.min(number);
                    facts.most = facts.most.max(number);
                    sum += number;
                }
            }
            if let Some(count) = facts.distinct.get_mut(cell) {
                *count += 1;
            } else if facts.distinct.len() < Summary::MOST {
                facts.distinct.insert(cell.into(), 1);
            } else {
                facts.more = true;
            }
        }
        facts.mean = sum / facts.numbers as f64;
        facts
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Format, Text};
    use std::path::Path;

    #[test]
    fn cells_are_counted_by_their_kinds() {
        let bytes = b"age;kind;one\n1,5;oak;2\n;fir;2,0\n-2;oak;2\n".to_vec();
        let text = Text::parse(Path::new("plants.csv"), bytes, &Format::default()).unwrap();
        let [age, kind, one] = [0, 1, 2].map(|column| text.summary(column));
        assert_eq!((age.numbers, age.texts, age.missing, age.whole), (2, 0, 1, false));
        assert_eq!((age.least, age.most, age.mean), (-2.0, 1.5, -0.25));
        assert_eq!(kind.distinct.into_iter().collect::<Vec<_>>(), [("fir".into(), 1), ("oak".into(), 2)]);
        assert!(one.is_constant() && one.whole && !age.is_constant());
    }
}
