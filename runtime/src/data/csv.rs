//! Tables: a line for each sample, with commas between its numbers.
//!
//! A first line without any number names the columns. A first line as scikit-learn's data sets have it, such as
//! `569,30,malignant,benign`, gives the numbers of rows and features and names the classes.

use super::idx::{open, unreadable};
use super::labels::Labels;
use super::{Dataset, Error, Inputs, Interface, Numbers, Place, Problem, Targets};
use crate::recipe::Column;
use csv::{ErrorKind, ReaderBuilder, StringRecord, Trim};
use std::io::Read;
use std::ops::Range;
use std::path::Path;

/// Loads samples with their targets.
pub(super) fn load(file: &Path, label: Column, interface: &Interface<'_>) -> Result<Dataset, Error> {
    let table = || {
        let table = Table::read(file).map_err(|problem| match problem {
            Problem::Missing { looked_for, .. } => Problem::Missing { what: "table", looked_for },
            problem => problem,
        })?;
        if interface.to_input {
            let (numbers, columns) = table.inputs_alone(label, interface)?;
            let dataset = Dataset::of_numbers(interface.input, numbers, Targets::Inputs)?;
            return Ok(Dataset { columns, ..dataset });
        }
        let labels = Labels::new(interface)?;
        let mut dataset = table.dataset(label, interface, labels)?;
        dataset.classes = table.classes;
        Ok(dataset)
    };
    table().map_err(|problem| Error::new(file, problem))
}

/// Loads samples with or without their targets.
pub(super) fn load_to_predict(
    file: &Path,
    label: Column,
    interface: &Interface<'_>,
) -> Result<Inputs, Error> {
    let inputs = || {
        let table = Table::read(file)?;
        let lines = table.rows.iter().map(|row| row.line).collect();
        Ok(Inputs { numbers: table.inputs_alone(label, interface)?.0, lines })
    };
    inputs().map_err(|problem| Error::new(file, problem))
}

struct Table {
    /// The columns' names, if there are any.
    names: Vec<String>,
    /// The classes' names, if there are any.
    classes: Vec<String>,
    /// The rows, all of the same width; at least one.
    rows: Vec<Row>,
}

struct Row {
    /// The line's number in the file, counted from 1.
    line: u64,
    cells: StringRecord,
}

impl Table {
    fn read(file: &Path) -> Result<Table, Problem> {
        let mut bytes = Vec::new();
        open(file)?.read_to_end(&mut bytes).map_err(unreadable)?;
        let mut rows = rows(&bytes)?;
        let [mut names, mut classes] = [Vec::new(), Vec::new()];
        if let Some(first) = rows.first() {
            if let Some((expected, found_classes)) = scikit_learn(first, rows.get(1)) {
                if expected != rows.len() - 1 {
                    return Err(Problem::Rows { expected, found: rows.len() - 1 });
                }
                classes = found_classes;
                rows.remove(0);
            } else if first.cells.iter().all(|cell| cell.parse::<f32>().is_err()) {
                names = first.cells.iter().map(String::from).collect();
                rows.remove(0);
            }
        }
        let Some(first) = rows.first() else { return Err(Problem::Empty) };
        let expected = first.cells.len();
        match rows.iter().find(|row| row.cells.len() != expected) {
            Some(row) => Err(Problem::Ragged { line: row.line, expected, found: row.cells.len() }),
            None => Ok(Table { names, classes, rows }),
        }
    }

    fn width(&self) -> usize {
        self.rows[0].cells.len()
    }

    fn dataset(
        &self,
        label: Column,
        interface: &Interface<'_>,
        mut labels: Labels,
    ) -> Result<Dataset, Problem> {
        let inputs = interface.inputs();
        let columns = self.label_columns(label, inputs, &[labels.width(), 1], || {
            format!("{inputs} for the network's inputs and {} for {}", labels.width(), labels.meaning())
        })?;
        let (numbers, names) = self.inputs(&columns, inputs, false)?;
        for row in &self.rows {
            for column in columns.clone() {
                let value = self.number(row, column)?;
                let place = || self.place(row, column);
                match columns.len() {
                    1 => labels.push(value, place)?,
                    _ => labels.push_value(value, place)?,
                }
            }
        }
        Ok(Dataset { columns: names, ..labels.dataset(interface.input, numbers)? })
    }

    /// Returns the inputs of a table that may have a label beside them, and what their columns are called.
    fn inputs_alone(
        &self,
        label: Column,
        interface: &Interface<'_>,
    ) -> Result<(Numbers, Vec<String>), Problem> {
        let inputs = interface.inputs();
        let columns = if self.width() == inputs {
            0..0
        } else {
            let labels = if interface.to_input { 1 } else { Labels::new(interface)?.width() };
            self.label_columns(label, inputs, &[labels, 1], || format!("{inputs} for the network's inputs"))?
        };
        self.inputs(&columns, inputs, interface.to_input && interface.loss.of_shares())
    }

    /// Returns the columns that hold the label: all that are not inputs, if the network can have that many.
    fn label_columns(
        &self,
        label: Column,
        inputs: usize,
        possible: &[usize],
        meaning: impl Fn() -> String,
    ) -> Result<Range<usize>, Problem> {
        let width = self.width();
        let Some(&count) = possible.iter().find(|&&count| inputs + count == width) else {
            let expected = inputs + possible[0];
            return Err(Problem::Columns {
                line: self.rows[0].line,
                expected,
                meaning: meaning(),
                found: width,
            });
        };
        match label {
            Column::First => Ok(0..count),
            Column::Last => Ok(inputs..width),
            Column::At(at) if at <= inputs => Ok(at..at + count),
            Column::At(at) => Err(Problem::LabelColumn { at, columns: width }),
        }
    }

    /// Returns all numbers but those of the label, and what their columns are called; `shares` are from 0 to
    /// 1.
    fn inputs(
        &self,
        label: &Range<usize>,
        len: usize,
        shares: bool,
    ) -> Result<(Numbers, Vec<String>), Problem> {
        let columns = || (0..self.width()).filter(|column| !label.contains(column));
        let mut numbers = Vec::with_capacity(self.rows.len() * len);
        for row in &self.rows {
            for column in columns() {
                let number = self.number(row, column)?;
                if shares && !(0.0..=1.0).contains(&number) {
                    return Err(Problem::Unit { place: self.place(row, column), found: number.to_string() });
                }
                numbers.push(number);
            }
        }
        Ok((Numbers::exact(numbers), columns().map(|column| self.name(column)).collect()))
    }

    /// Returns the number of a column, counted from 1, and its name if it has one.
    fn name(&self, column: usize) -> String {
        match self.names.get(column) {
            Some(name) => format!("{} (`{name}`)", column + 1),
            None => (column + 1).to_string(),
        }
    }

    /// Reads a number that 32 bits can hold, with all the digits that 64 bits have.
    fn number(&self, row: &Row, column: usize) -> Result<f64, Problem> {
        let cell = &row.cells[column];
        match cell.parse::<f64>() {
            Ok(number) if (number as f32).is_finite() => Ok(number),
            Ok(_) => Err(Problem::Finite { place: self.place(row, column), found: cell.into() }),
            Err(_) => Err(Problem::Number { place: self.place(row, column), found: cell.into() }),
        }
    }

    fn place(&self, row: &Row, column: usize) -> Place {
        Place::Cell { line: row.line, column: column + 1, name: self.names.get(column).cloned() }
    }
}

fn rows(bytes: &[u8]) -> Result<Vec<Row>, Problem> {
    let mut reader =
        ReaderBuilder::new().has_headers(false).flexible(true).trim(Trim::All).from_reader(bytes);
    // A record's own position is before the empty lines that are skipped.
    let (mut at, mut line) = (0, 1);
    let mut line_of = |start: usize| {
        let start = start + bytes[start..].iter().take_while(|byte| b"\r\n".contains(byte)).count();
        line += bytes[at..start].iter().filter(|&&byte| byte == b'\n').count() as u64;
        at = start;
        line
    };
    let mut rows = Vec::new();
    loop {
        let start = reader.position().byte() as usize;
        let mut cells = StringRecord::new();
        match reader.read_record(&mut cells).map_err(csv::Error::into_kind) {
            Ok(true) => rows.push(Row { line: line_of(start), cells }),
            Ok(false) => return Ok(rows),
            Err(ErrorKind::Io(error)) => return Err(Problem::Read(error)),
            Err(_) => return Err(Problem::NotText { line: line_of(start) }),
        }
    }
}

/// Returns the number of rows and the classes' names, if the first line is such a header for the second.
fn scikit_learn(first: &Row, second: Option<&Row>) -> Option<(usize, Vec<String>)> {
    let rows = first.cells.get(0)?.parse().ok()?;
    let features: usize = first.cells.get(1)?.parse().ok()?;
    let classes: Vec<String> = first.cells.iter().skip(2).map(String::from).collect();
    let named = !classes.is_empty() && classes.iter().all(|name| name.parse::<f32>().is_err());
    (named && second?.cells.len() == features + 1).then_some((rows, classes))
}
