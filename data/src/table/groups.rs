//! Groups of rows, by the values of a column.

use super::text::Text;
use std::collections::HashMap;

/// Groups of rows, such as those of one patient.
pub(super) struct Groups {
    /// The names in order of appearance; one without a name if there are no groups.
    names: Vec<String>,
    /// The group of each row; empty if there is only one.
    of_rows: Vec<usize>,
    /// The rows of each group.
    pub(super) rows: Vec<Vec<usize>>,
}

impl Groups {
    pub(super) fn new(text: &Text, by: &[usize]) -> Groups {
        if by.is_empty() {
            let rows = vec![(0..text.rows()).collect()];
            return Groups { names: vec![String::new()], of_rows: Vec::new(), rows };
        }
        let mut groups =
            Groups { names: Vec::new(), of_rows: Vec::with_capacity(text.rows()), rows: Vec::new() };
        let mut numbers = HashMap::new();
        for row in 0..text.rows() {
            let cells: Vec<&str> = by.iter().map(|&column| text.cell(row, column)).collect();
            let name = cells.join("\t");
            let number = *numbers.entry(name).or_insert_with_key(|name| {
                groups.names.push(name.clone());
                groups.rows.push(Vec::new());
                groups.names.len() - 1
            });
            groups.of_rows.push(number);
            groups.rows[number].push(row);
        }
        groups
    }

    pub(super) fn name_of(&self, row: usize) -> String {
        self.names[self.of_rows.get(row).copied().unwrap_or(0)].clone()
    }
}
