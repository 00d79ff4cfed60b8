//! Metrics that a recipe can name.

use crate::emit::emitted;

emitted! {
    /// A metric of a recipe's `metrics`.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum Metric {
        /// The share of right answers.
        Accuracy,
        /// The share of samples whose class is among the `k` largest outputs.
        TopK(k: usize),
        /// The mean recall of the classes that occur.
        BalancedAccuracy,
        /// The share of a class's answers that are right.
        Precision(average: Average),
        /// The share of a class's samples that are found.
        Recall(average: Average),
        /// The share of other samples that are not taken for the class.
        Specificity(average: Average),
        /// The harmonic mean of precision and recall.
        F1(average: Average),
        /// Matthews' correlation.
        Matthews,
        /// Cohen's kappa.
        Kappa,
        /// The area under the receiver operating characteristic.
        RocAuc(average: Average),
        /// The area under precision over recall: average precision.
        PrAuc(average: Average),
        /// The confusion matrix: how many samples of each class were assigned to each class.
        Confusion,
        /// The mean absolute error.
        Mae(average: Average),
        /// The root of the mean squared error.
        Rmse(average: Average),
        /// The share of variance that is explained.
        R2(average: Average),
        /// Dice's coefficient.
        Dice(average: Average),
        /// Jaccard's index, intersection over union.
        Iou(average: Average),
    }

    /// Averaging of a metric over classes, labels or outputs.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub enum Average {
        /// The mean over them.
        #[default]
        Macro,
        /// The number of all of them together.
        Micro,
        /// No averaging: one number for each.
        None,
    }

    /// The metrics that a recipe measures besides the loss.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct Metrics<L> {
        /// Channels of the output: classes, labels or numbers of each place.
        pub channels: usize,
        /// Places of the output: 1, or the pixels of an image.
        pub pixels: usize,
        /// The metrics.
        pub of: L,
    }
}

impl Metric {
    /// All metrics, in the order of the language's reference, with their usual averages; `top_k` with 1.
    pub const ALL: [Metric; 17] = [
        Metric::Accuracy,
        Metric::TopK(1),
        Metric::BalancedAccuracy,
        Metric::Precision(Average::Macro),
        Metric::Recall(Average::Macro),
        Metric::Specificity(Average::Macro),
        Metric::F1(Average::Macro),
        Metric::Matthews,
        Metric::Kappa,
        Metric::RocAuc(Average::Macro),
        Metric::PrAuc(Average::Macro),
        Metric::Confusion,
        Metric::Dice(Average::Macro),
        Metric::Iou(Average::Macro),
        Metric::Mae(Average::Macro),
        Metric::Rmse(Average::Macro),
        Metric::R2(Average::Macro),
    ];

    /// Returns the metric's name in the language: `f1`, `top_k`.
    pub const fn kind(self) -> &'static str {
        match self {
            Metric::Accuracy => "accuracy",
            Metric::TopK(_) => "top_k",
            Metric::BalancedAccuracy => "balanced_accuracy",
            Metric::Precision(_) => "precision",
            Metric::Recall(_) => "recall",
            Metric::Specificity(_) => "specificity",
            Metric::F1(_) => "f1",
            Metric::Matthews => "matthews",
            Metric::Kappa => "kappa",
            Metric::RocAuc(_) => "roc_auc",
            Metric::PrAuc(_) => "pr_auc",
            Metric::Confusion => "confusion",
            Metric::Mae(_) => "mae",
            Metric::Rmse(_) => "rmse",
            Metric::R2(_) => "r2",
            Metric::Dice(_) => "dice",
            Metric::Iou(_) => "iou",
        }
    }

    /// Returns the metric's name in logs, without `val_`: `f1`, `top_5`, `recall_micro`,
    /// `precision_per_class`.
    pub fn name(self) -> String {
        if let Metric::TopK(k) = self {
            return format!("top_{k}");
        }
        let ending = match self.average() {
            Some(Average::Micro) => "_micro",
            Some(Average::None) if self.is_error() => "_per_output",
            Some(Average::None) => "_per_class",
            Some(Average::Macro) | None => "",
        };
        format!("{}{ending}", self.kind())
    }

    /// Returns true if the metric is a single number.
    pub fn is_simple(self) -> bool {
        self != Metric::Confusion && self.average() != Some(Average::None)
    }

    /// Returns true if lower values are better.
    pub fn falls(self) -> bool {
        matches!(self, Metric::Mae(_) | Metric::Rmse(_))
    }

    /// Returns true if the metric compares numbers instead of predicted classes.
    pub fn is_error(self) -> bool {
        matches!(self, Metric::Mae(_) | Metric::Rmse(_) | Metric::R2(_))
    }

    /// Returns the averaging over classes or outputs; `None` if the metric has no choice of one.
    pub const fn average(self) -> Option<Average> {
        match self {
            Metric::Precision(average)
            | Metric::Recall(average)
            | Metric::Specificity(average)
            | Metric::F1(average)
            | Metric::RocAuc(average)
            | Metric::PrAuc(average)
            | Metric::Mae(average)
            | Metric::Rmse(average)
            | Metric::R2(average)
            | Metric::Dice(average)
            | Metric::Iou(average) => Some(average),
            Metric::Accuracy
            | Metric::TopK(_)
            | Metric::BalancedAccuracy
            | Metric::Matthews
            | Metric::Kappa
            | Metric::Confusion => None,
        }
    }

    /// Returns the metric with another averaging, if it has a choice of one.
    #[must_use]
    pub fn with_average(mut self, other: Average) -> Metric {
        if let Metric::Precision(average)
        | Metric::Recall(average)
        | Metric::Specificity(average)
        | Metric::F1(average)
        | Metric::RocAuc(average)
        | Metric::PrAuc(average)
        | Metric::Mae(average)
        | Metric::Rmse(average)
        | Metric::R2(average)
        | Metric::Dice(average)
        | Metric::Iou(average) = &mut self
        {
            *average = other;
        }
        self
    }

    /// Returns true if the metric needs samples of exactly one class each.
    pub fn needs_one_class(self) -> bool {
        matches!(self, Metric::TopK(_) | Metric::BalancedAccuracy | Metric::Matthews | Metric::Kappa)
    }

    /// Returns true if the metric compares the order of scores instead of predicted classes.
    pub fn is_ranking(self) -> bool {
        matches!(self, Metric::RocAuc(_) | Metric::PrAuc(_))
    }
}

impl Metrics<&'static [Metric]> {
    /// No metrics.
    pub const NONE: Self = Metrics { channels: 1, pixels: 1, of: &[] };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_are_listed_once() {
        let mut kinds: Vec<&str> = Metric::ALL.iter().map(|metric| metric.kind()).collect();
        kinds.sort_unstable();
        kinds.dedup();
        assert_eq!(kinds.len(), Metric::VARIANTS.len());
        assert!(Metric::ALL.iter().all(|metric| metric.average().is_none_or(|a| a == Average::default())));
    }

    #[test]
    fn an_average_changes_what_has_one() {
        assert_eq!(Metric::F1(Average::Macro).with_average(Average::Micro).name(), "f1_micro");
        assert_eq!(Metric::R2(Average::Macro).with_average(Average::None).name(), "r2_per_output");
        assert_eq!(Metric::TopK(5).with_average(Average::Micro).name(), "top_5");
    }
}
