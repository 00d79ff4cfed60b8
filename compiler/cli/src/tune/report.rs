//! The results of a search, the best first.

use super::journal::Entry;
use crate::table::STYLE;
use comfy_table::{CellAlignment, Table};
use std::cmp::Ordering;

/// A candidate's last result.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Standing {
    pub(crate) candidate: usize,
    /// The epochs of the last rung that it has reached.
    pub(crate) until: usize,
    /// The epochs that were trained.
    pub(crate) epochs: usize,
    /// The value, of which a lower one is better; `None` if the training has diverged.
    pub(crate) value: Option<f64>,
}

/// Orders the candidates: who has reached a later rung is better, and then who has the better value.
pub(crate) fn standings(entries: &[Entry]) -> Vec<Standing> {
    let mut last: Vec<Standing> = vec![];
    for &Entry { candidate, until, epochs, value } in entries {
        let standing = Standing { candidate, until, epochs, value };
        match last.iter_mut().find(|last| last.candidate == candidate) {
            Some(last) if last.until < until => *last = standing,
            Some(_) => {}
            None => last.push(standing),
        }
    }
    last.sort_by(order);
    last
}

fn order(a: &Standing, b: &Standing) -> Ordering {
    let value = |standing: &Standing| standing.value.unwrap_or(f64::INFINITY);
    let diverged = |standing: &Standing| standing.value.is_none();
    (b.until.cmp(&a.until))
        .then(diverged(a).cmp(&diverged(b)))
        .then(value(a).total_cmp(&value(b)))
        .then(a.candidate.cmp(&b.candidate))
}

/// Lays out a line for each candidate: its number, its values, the epochs, and the number by which it is compared.
pub(crate) fn table(header: &[String], rows: Vec<Vec<String>>) -> String {
    let mut table = Table::new();
    table.load_style(STYLE);
    table.set_header(header);
    table.add_rows(rows);
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
        column.set_cell_alignment(CellAlignment::Right);
    }
    table.lines().map(|line| line.trim_end().to_string()).collect::<Vec<_>>().join("\n")
}

/// Writes a value with four digits at least.
pub(crate) fn digits(value: f64) -> String {
    if value != 0.0 && value.abs() < 1e-2 { format!("{value:.3e}") } else { format!("{value:.4}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_rung_counts_first() {
        let entry = |candidate, until, value| Entry { candidate, until, epochs: until, value };
        let entries = [
            entry(0, 1, Some(0.5)),
            entry(1, 1, None),
            entry(2, 1, Some(0.25)),
            entry(3, 1, Some(0.125)),
            entry(3, 4, None),
            entry(2, 4, Some(0.375)),
        ];
        let order: Vec<usize> = standings(&entries).iter().map(|standing| standing.candidate).collect();
        assert_eq!(order, [2, 3, 0, 1]);
        assert_eq!(standings(&entries)[0].until, 4);
    }

    #[test]
    fn values_have_their_digits() {
        assert_eq!([0.98765, -3.5, 0.0012346, 0.0].map(digits), ["0.9877", "-3.5000", "1.235e-3", "0.0000"]);
    }
}
