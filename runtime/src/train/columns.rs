//! Columns of a log that is a table: what a line has of each.

use crate::metrics::Metric;

/// Beginning of every header, by which a log is told from a table of data.
pub(super) const START: &str = "set,fold,epoch,epochs,";

/// Columns of a log, which are the same for epochs and for results.
#[derive(Debug)]
pub struct Columns {
    names: Vec<String>,
}

impl Columns {
    /// Creates the columns of a training with these metrics.
    pub fn new(metrics: &[Metric]) -> Columns {
        let mut measured: Vec<String> = ["loss", "accuracy"].map(String::from).to_vec();
        for name in metrics.iter().map(|metric| metric.name()) {
            if !measured.contains(&name) {
                measured.push(name);
            }
        }
        measured.push("nan_samples".into());
        let held_out: Vec<String> = measured.iter().map(|name| format!("val_{name}")).collect();
        let first = START.split_terminator(',').map(String::from);
        let last = ["samples", "seconds", "rate", "best"].map(String::from);
        Columns { names: first.chain(measured).chain(held_out).chain(last).collect() }
    }

    /// Returns the first line.
    pub(super) fn header(&self) -> String {
        self.names.join(",")
    }

    /// Returns true if a log has these columns, or nothing yet.
    pub fn are_of(&self, log: &str) -> bool {
        log.lines().next().is_none_or(|header| header == self.header())
    }

    /// Returns a line with the values of these keys, which are in JSON; a list is one cell, `null` an empty one.
    pub(super) fn row(&self, fields: &[(String, String)]) -> String {
        let cell = |name: &String| {
            let value = fields.iter().find(|(key, _)| key == name).map(|(_, value)| &value[..]);
            match value {
                None | Some("null") => String::new(),
                // The name of a set.
                Some(text) if text.starts_with('"') => text.trim_matches('"').into(),
                Some(list) if list.contains(',') || list.contains('"') => {
                    format!("\"{}\"", list.replace('"', "\"\""))
                }
                Some(number) => number.into(),
            }
        };
        self.names.iter().map(cell).collect::<Vec<_>>().join(",")
    }

    /// Returns the fold and the epoch of a line, each if it has one; `None` for a header.
    pub(super) fn place(line: &str) -> Option<[Option<u64>; 2]> {
        let mut cells = line.split(',').skip(1);
        let (fold, epoch) = (cells.next()?, cells.next()?);
        (epoch != "epoch").then(|| [fold, epoch].map(|cell| cell.parse().ok()))
    }
}
