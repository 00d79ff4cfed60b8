//! Values of metrics.

use super::{Confusion, Counts, Metric};

/// Metrics with their values, in the recipe's order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scores(Vec<(Metric, Value)>);

impl Scores {
    /// Returns the value of a measure, if it was measured.
    pub fn get(&self, metric: Metric) -> Option<&Value> {
        self.0.iter().find(|(known, _)| *known == metric).map(|(_, value)| value)
    }

    /// Returns all metrics with their values.
    pub fn iter(&self) -> impl Iterator<Item = (Metric, &Value)> {
        self.0.iter().map(|(metric, value)| (*metric, value))
    }

    /// Returns true if no metric was measured.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl FromIterator<(Metric, Value)> for Scores {
    fn from_iter<I: IntoIterator<Item = (Metric, Value)>>(scores: I) -> Scores {
        Scores(scores.into_iter().collect())
    }
}

/// The value of a metric; `None` is a number that is not defined for these samples.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// One number.
    Number(Option<f64>),
    /// One number for each class, label or output.
    PerClass(Vec<Option<f64>>),
    /// The confusion matrix.
    Confusion(Confusion),
    /// The counts of each label, for labels of which several can be present.
    Labels(Vec<Counts>),
}

impl Value {
    /// Returns the number, if it is one that is defined.
    pub fn number(&self) -> Option<f64> {
        if let Value::Number(number) = self { *number } else { None }
    }
}
