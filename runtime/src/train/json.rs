//! The log for programs: JSON Lines, an object for each epoch and one for each result, or the same as a table.

use super::columns::{self, Columns};
use super::{Epoch, Log};
use crate::metrics::{Counts, Measured, Value as Score};
use serde_json::Value;
use std::fmt::Write as _;
use std::io::{self, Write};

/// Log of JSON objects, each on a line of its own: one for each epoch and one for each result.
///
/// An epoch's keys are `epoch`, `epochs`, `loss`, `samples`, `seconds`, `rate`, `best` (if the recipe stops early and an epoch was
/// the best so far) and, if samples are held out, `val_loss`, `val_accuracy` and the recipe's metrics by their names, such as
/// `val_f1`. A result's keys are `set`, `samples`, `loss`, `accuracy`, the metrics, and `classes`, the names of the classes,
/// if they have any. The lines of a recipe with folds have `fold`, counted from 1; at the end are a `mean` and a `spread` of numbers and
/// the results of the `pooled` samples. `nan_samples`, or `val_nan_samples`, counts samples whose outputs are NaN, if there are any.
/// Numbers for each class are a list; the confusion matrix is a list of rows, one for each true class. `null` is a number
/// that is not defined, NaN or infinite.
#[derive(Debug)]
pub struct JsonLines<W> {
    out: W,
    /// The columns, if the log is a table.
    columns: Option<Columns>,
    /// The number of the training among those of a recipe with folds, counted from 1.
    fold: Option<usize>,
    /// The lines of the epochs that are over, of a training that goes on.
    written: Vec<String>,
    failed: Option<io::Error>,
}

impl<W: Write> JsonLines<W> {
    /// Writes to a file, or to something else.
    pub fn new(out: W) -> JsonLines<W> {
        JsonLines { out, columns: None, fold: None, written: vec![], failed: None }
    }

    /// Writes a table in CSV if there are columns, and its header at once.
    #[doc(hidden)]
    pub fn of(out: W, columns: Option<Columns>) -> JsonLines<W> {
        let header = columns.as_ref().map(Columns::header);
        let mut lines = JsonLines { columns, ..JsonLines::new(out) };
        header.into_iter().for_each(|header| lines.write_line(&header));
        lines
    }

    /// Keeps the lines of an older log until [`go_on`](Self::go_on) says how many of them are true.
    #[doc(hidden)]
    pub fn after(self, older: &str) -> JsonLines<W> {
        // A line without its end was cut off.
        let whole = older.rsplit_once('\n').map_or("", |(whole, _)| whole);
        JsonLines { written: whole.lines().map(String::from).collect(), ..self }
    }

    /// Writes the lines that an older log has of this training's first `epochs` epochs.
    #[doc(hidden)]
    pub fn go_on(&mut self, epochs: usize) {
        for text in std::mem::take(&mut self.written) {
            let place = match &self.columns {
                Some(_) => Columns::place(&text),
                None => place(&text),
            };
            let Some([fold, epoch]) = place else { continue };
            let is_of_fold = fold == self.fold.map(|fold| fold as u64);
            match epoch {
                Some(epoch) if is_of_fold && epoch <= epochs as u64 => self.write_line(&text),
                // Results are measured again.
                Some(_) if !is_of_fold => self.written.push(text),
                _ => {}
            }
        }
    }

    /// Begins the training of a fold, counted from 1, whose number each line has from here on.
    #[doc(hidden)]
    pub fn begin_fold(&mut self, fold: usize) {
        self.fold = Some(fold);
    }

    /// Ends the trainings of folds.
    #[doc(hidden)]
    pub fn end_folds(&mut self) {
        self.fold = None;
    }

    /// Writes what was measured on a set of samples, such as `test`.
    pub fn result(&mut self, set: &str, samples: usize, measured: &Measured, classes: &[String]) {
        let mut object = Object::default();
        object.text("set", set);
        object.fold(self.fold);
        object.raw("samples", samples);
        object.measured("", measured);
        if !classes.is_empty() {
            object.raw("classes", list(classes.iter().map(|name| quoted(name))));
        }
        self.write(&object);
    }

    /// Writes numbers by their names, such as the means over several trainings; a name that is undefined is `null`.
    #[doc(hidden)]
    pub fn numbers(&mut self, set: &str, numbers: &[(String, Option<f64>)]) {
        let mut object = Object::default();
        object.text("set", set);
        numbers.iter().for_each(|(name, value)| object.raw(name, number(*value)));
        self.write(&object);
    }

    /// Flushes the log and returns the first failure of a write.
    ///
    /// # Errors
    /// If a write failed.
    pub fn finish(mut self) -> io::Result<()> {
        match self.failed {
            Some(error) => Err(error),
            None => self.out.flush(),
        }
    }

    /// Writes a line at once, so that others can follow a training. [`finish`](Self::finish) reports a
    /// failure.
    fn write(&mut self, object: &Object) {
        let line = match &self.columns {
            Some(columns) => columns.row(&object.fields),
            None => object.json(),
        };
        self.write_line(&line);
    }

    fn write_line(&mut self, line: &str) {
        if self.failed.is_none() {
            self.failed = writeln!(self.out, "{line}").and_then(|()| self.out.flush()).err();
        }
    }
}

/// Returns true if a file with these first bytes is a log.
pub fn is_log(head: &[u8]) -> bool {
    [&b"{\"epoch\":"[..], b"{\"set\":", b"{\"step\":", columns::START.as_bytes()]
        .iter()
        .any(|start| head.starts_with(start))
}

impl<W: Write> Log for JsonLines<W> {
    fn begin(&mut self, _: usize, _: usize, _: usize) {}

    fn step(&mut self, _: f64) {}

    fn end(&mut self, epoch: &Epoch) {
        let mut object = Object::default();
        object.raw("epoch", epoch.epoch);
        object.raw("epochs", epoch.epochs);
        object.fold(self.fold);
        object.raw("loss", number(Some(epoch.loss)));
        if let Some(held_out) = &epoch.held_out {
            object.measured("val_", held_out);
        }
        object.raw("samples", epoch.samples);
        object.raw("seconds", number(Some(epoch.seconds)));
        object.raw("rate", epoch.rate);
        if let Some(best) = epoch.best {
            object.raw("best", best);
        }
        self.write(&object);
    }
}

/// Returns the fold and the epoch of a line of JSON, each if it has one.
fn place(line: &str) -> Option<[Option<u64>; 2]> {
    let line = serde_json::from_str::<Value>(line).ok()?;
    Some(["fold", "epoch"].map(|key| line.get(key).and_then(Value::as_u64)))
}

/// Keys in their order, each with its value in JSON.
#[derive(Default)]
struct Object {
    fields: Vec<(String, String)>,
}

impl Object {
    fn raw(&mut self, key: &str, value: impl std::fmt::Display) {
        self.fields.push((key.into(), value.to_string()));
    }

    fn json(&self) -> String {
        let fields = self.fields.iter().map(|(key, value)| format!("{}:{value}", quoted(key)));
        format!("{{{}}}", fields.collect::<Vec<_>>().join(","))
    }

    fn fold(&mut self, fold: Option<usize>) {
        fold.into_iter().for_each(|fold| self.raw("fold", fold));
    }

    fn text(&mut self, key: &str, value: &str) {
        self.raw(key, quoted(value));
    }

    fn measured(&mut self, prefix: &str, measured: &Measured) {
        let evaluation = measured.evaluation;
        self.raw(&format!("{prefix}loss"), number(Some(evaluation.loss)));
        if let Some(accuracy) = evaluation.accuracy {
            self.raw(&format!("{prefix}accuracy"), number(Some(accuracy)));
        }
        if measured.nan_samples > 0 {
            self.raw(&format!("{prefix}nan_samples"), measured.nan_samples);
        }
        for (metric, value) in measured.scores.iter() {
            let name = metric.name();
            // It stands there already, by the same definition.
            if name != "accuracy" || evaluation.accuracy.is_none() {
                self.raw(&format!("{prefix}{name}"), json(value));
            }
        }
    }
}

fn json(value: &Score) -> String {
    match value {
        Score::Number(x) => number(*x),
        Score::PerClass(numbers) => list(numbers.iter().map(|&x| number(x))),
        Score::Confusion(confusion) => list(
            (0..confusion.classes()).map(|class| list(confusion.row(class).iter().map(usize::to_string))),
        ),
        Score::Labels(labels) => list(labels.iter().map(|counts| {
            let &Counts { true_positives, false_positives, false_negatives, true_negatives } = counts;
            let mut object = Object::default();
            object.raw("tp", true_positives);
            object.raw("fp", false_positives);
            object.raw("fn", false_negatives);
            object.raw("tn", true_negatives);
            object.json()
        })),
    }
}

fn number(x: Option<f64>) -> String {
    match x {
        Some(x) if x.is_finite() => format!("{x:?}"),
        _ => "null".into(),
    }
}

fn list(items: impl Iterator<Item = String>) -> String {
    format!("[{}]", items.collect::<Vec<_>>().join(","))
}

/// Writes a text in quotation marks, as RFC 8259 defines them.
fn quoted(text: &str) -> String {
    let mut quoted = String::from('"');
    for letter in text.chars() {
        match letter {
            '"' | '\\' => quoted.extend(['\\', letter]),
            letter if letter < ' ' => {
                let _ = write!(quoted, "\\u{:04x}", u32::from(letter));
            }
            letter => quoted.push(letter),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::{Average, Confusion, Evaluation, Metric};

    #[test]
    fn an_object_for_each_line() {
        let mut confusion = Confusion::empty(2);
        confusion.add(1, 0);
        let counts = Counts { true_positives: 1, false_positives: 2, false_negatives: 3, true_negatives: 4 };
        let scores = [
            (Metric::Accuracy, Score::Number(Some(0.5))),
            (Metric::F1(Average::Micro), Score::Number(Some(1.0))),
            (Metric::RocAuc(Average::Macro), Score::Number(None)),
            (Metric::Recall(Average::None), Score::PerClass(vec![Some(0.25), None])),
            (Metric::Confusion, Score::Confusion(confusion)),
            (Metric::Confusion, Score::Labels(vec![counts])),
        ];
        let evaluation = Evaluation { loss: 1e-7, accuracy: Some(0.5) };
        let measured =
            Measured { evaluation, scores: scores.into_iter().collect(), samples: 60, nan_samples: 0 };
        let mut out = Vec::new();
        let mut log = JsonLines::new(&mut out);
        let epoch = Epoch {
            epoch: 1,
            epochs: 2,
            loss: f64::INFINITY,
            held_out: Some(measured.clone()),
            samples: 60,
            seconds: 0.125,
            rate: 0.01,
            best: Some(1),
        };
        log.end(&epoch);
        log.end(&Epoch { held_out: None, best: None, loss: 0.25, ..epoch });
        let nan = Measured {
            evaluation: Evaluation { loss: f64::NAN, accuracy: Some(0.0) },
            scores: [].into_iter().collect(),
            samples: 60,
            nan_samples: 60,
        };
        log.end(&Epoch { held_out: Some(nan), best: None, loss: 0.25, ..epoch });
        log.result("test", 30, &measured, &["a \"b\"".into(), "c\\\n".into()]);
        log.finish().unwrap();
        assert!(out.split(|&byte| byte == b'\n').all(|line| line.is_empty() || is_log(line)));
        assert!(!is_log(b"{\"epochs\": 3}") && !is_log(b"epoch,loss\n"));
        insta::assert_snapshot!(String::from_utf8(out).unwrap());
    }

    #[test]
    fn what_cannot_be_written_is_told_in_the_end() {
        let mut small = [0_u8; 3];
        let mut log = JsonLines::new(&mut small[..]);
        let evaluation = Evaluation { loss: 1.0, accuracy: None };
        let measured = Measured { evaluation, scores: [].into_iter().collect(), samples: 60, nan_samples: 0 };
        log.result("test", 1, &measured, &[]);
        assert_eq!(log.finish().unwrap_err().kind(), io::ErrorKind::WriteZero);
    }
}
