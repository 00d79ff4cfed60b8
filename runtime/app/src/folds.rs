//! Several trainings of one recipe, each with another part of the data held out, and what they say together.

use super::{Lines, Output, report, table};
use netwright::app::App;
use netwright::data::{About, Dataset, Interface};
use netwright::metrics::{Measured, Metric, Value};
use netwright::train::{Assessment, Error, HeldOut, Piece, Predict, Recipe, assess_with};
use std::path::Path;

/// Results of a recipe's trainings.
pub(super) struct Folds {
    count: usize,
    held_out: Vec<Measured>,
    test: Vec<Measured>,
    /// All held-out samples, each measured by the training that did not learn from it.
    pooled: Assessment,
}

impl Folds {
    /// Prepares for the trainings of a recipe, which may be a single one.
    pub(super) fn new(recipe: &Recipe) -> Folds {
        let count = match recipe.held_out {
            HeldOut::Folds { count, .. } => count,
            HeldOut::None | HeldOut::Share { .. } | HeldOut::Fold { .. } | HeldOut::Source(_) => 1,
        };
        let pooled = Assessment::new(recipe.loss, recipe.metrics, recipe.joint());
        Folds { count, held_out: vec![], test: vec![], pooled }
    }

    /// Returns true if there is more than one training.
    pub(super) fn are_several(&self) -> bool {
        self.count > 1
    }

    /// Measures a training on `test` or on the samples that it held out, and hands what each loss compares to `show`; `None` if there are
    /// no samples.
    pub(super) fn measure<M: Predict>(
        &mut self,
        set: Set,
        model: &M,
        data: &Dataset,
        recipe: &Recipe,
        mut show: impl FnMut(&[Piece<'_>]),
    ) -> Result<Option<Measured>, Error> {
        let pool = self.are_several() && set == Set::HeldOut;
        let mut own = Assessment::new(recipe.loss, recipe.metrics, recipe.joint());
        assess_with(model, data, |pieces| {
            own.add(pieces);
            show(pieces);
            if pool {
                self.pooled.add(pieces);
            }
        })?;
        let measured = own.finish(data.is_of_inputs());
        match set {
            Set::HeldOut => &mut self.held_out,
            Set::Test => &mut self.test,
        }
        .extend(measured.clone());
        Ok(measured)
    }

    /// Says what several trainings have in common: for each number its mean, its spread, and its value over all held-out samples.
    pub(super) fn report<A: App>(self, classes: &[String], lines: Option<&mut Lines>, out: &mut Output) {
        if !self.are_several() {
            return;
        }
        let Folds { count, held_out, test, pooled } = self;
        let pooled = pooled.finish(A::TO_INPUT);
        out.say(&format!(
            "\n{count} folds of {}, each measured on the samples it did not learn from",
            A::NAME
        ));
        out.say(&summary(&held_out, pooled.as_ref()));
        if !test.is_empty() {
            out.say("\nthe same trainings on the test samples");
            out.say(&summary(&test, None));
        }
        // The numbers stand in the table.
        let rest = pooled.as_ref().map(|pooled| report::parts(&pooled.scores, classes)).unwrap_or_default();
        if !rest.is_empty() {
            out.say(&format!("\nall held-out samples together\n{rest}"));
        }
        let Some(lines) = lines else { return };
        lines.end_folds();
        for (set, results) in [("", &held_out), ("test_", &test)] {
            if !results.is_empty() {
                let (names, rows) = numbers(results);
                for (what, of) in [("mean", mean as fn(&[f64]) -> f64), ("spread", spread)] {
                    let values = names.iter().cloned().zip(over(&rows, of));
                    lines.numbers(&format!("{set}{what}"), &values.collect::<Vec<_>>());
                }
            }
        }
        if let Some(pooled) = &pooled {
            lines.result("pooled", pooled.samples, pooled, classes);
        }
    }
}

/// Test samples, which are the same for several trainings.
pub(super) struct Tests {
    is_kept: bool,
    /// The samples, and the knowledge about training samples by which they were read.
    read: Option<(About, Option<Dataset>)>,
}

impl Tests {
    pub(super) fn new(folds: &Folds) -> Tests {
        Tests { is_kept: folds.are_several(), read: None }
    }

    /// Returns the test samples. They are read again only if they mean something else after another training, such as missing values
    /// that are replaced by other means.
    pub(super) fn read(
        &mut self,
        recipe: &Recipe,
        root: &Path,
        interface: &Interface<'_>,
        about: &About,
    ) -> Result<Option<Dataset>, Error> {
        match &self.read {
            Some((known, read)) if known == about => Ok(read.clone()),
            _ => {
                let read = Dataset::testing(&recipe.source(), recipe.test.as_ref(), root, interface, about)?;
                self.read = self.is_kept.then(|| (about.clone(), read.clone()));
                Ok(read)
            }
        }
    }
}

/// Samples to measure with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Set {
    HeldOut,
    Test,
}

impl Set {
    /// Returns the name for people.
    pub(super) fn name(self) -> &'static str {
        match self {
            Set::HeldOut => "held out",
            Set::Test => "test",
        }
    }
}

/// Returns a table with a row for each training, their mean and spread, and what was measured over all samples.
fn summary(results: &[Measured], pooled: Option<&Measured>) -> String {
    let (names, rows) = numbers(results);
    let named = |name: String, values: Vec<Option<f64>>| {
        let cells = names.iter().zip(values).map(|(metric, value)| cell(metric, value));
        std::iter::once(name).chain(cells).collect::<Vec<String>>()
    };
    let mut lines = vec![std::iter::once("fold".to_string()).chain(names.iter().cloned()).collect()];
    lines.extend(rows.iter().enumerate().map(|(fold, row)| named((fold + 1).to_string(), row.clone())));
    lines.push(named("mean".into(), over(&rows, mean)));
    lines.push(named("spread".into(), over(&rows, spread)));
    if let Some(pooled) = pooled {
        lines.push(named("pooled".into(), numbers(std::slice::from_ref(pooled)).1.remove(0)));
    }
    table(&lines)
}

/// Returns the names of the numbers that were measured, and a row of them for each result.
fn numbers(results: &[Measured]) -> (Vec<String>, Vec<Vec<Option<f64>>>) {
    let has_accuracy = results.iter().any(|result| result.evaluation.accuracy.is_some());
    let is_number = |(metric, value): &(Metric, &Value)| {
        matches!(value, Value::Number(_)) && !(has_accuracy && *metric == Metric::Accuracy)
    };
    let row = |result: &Measured| {
        let mut row = vec![("loss".to_string(), Some(result.evaluation.loss))];
        if has_accuracy {
            row.push(("accuracy".into(), result.evaluation.accuracy));
        }
        let scores = result.scores.iter().filter(is_number);
        row.extend(scores.map(|(metric, value)| (metric.name(), value.number())));
        row
    };
    let names = results.first().map(row).unwrap_or_default().into_iter().map(|(name, _)| name);
    let rows = results.iter().map(|result| row(result).into_iter().map(|(_, value)| value).collect());
    (names.collect(), rows.collect())
}

/// Returns a number of each column; `None` where a value is undefined.
fn over(rows: &[Vec<Option<f64>>], of: fn(&[f64]) -> f64) -> Vec<Option<f64>> {
    let columns = rows.first().map_or(0, Vec::len);
    let column = |at: usize| rows.iter().map(|row| row[at]).collect::<Option<Vec<f64>>>();
    (0..columns).map(|at| column(at).map(|values| of(&values))).collect()
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// Returns the standard deviation of a sample, whose squares are divided by one less than their number.
fn spread(values: &[f64]) -> f64 {
    let mean = mean(values);
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    (squares / (values.len() - 1) as f64).sqrt()
}

fn cell(metric: &str, value: Option<f64>) -> String {
    match value {
        None => "undefined".into(),
        Some(value) if metric == "accuracy" => format!("{:.2}%", 100.0 * value),
        Some(value) => format!("{value:.4}"),
    }
}
