//! What a recipe can measure.

/// One of the measures of a recipe's `metrics`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Metric {
    /// The share of right answers.
    Accuracy,
    /// The share of samples whose class is among so many with the largest outputs.
    TopK(usize),
    /// The mean recall of the classes that occur.
    BalancedAccuracy,
    /// The share of a class's answers that are right.
    Precision(Average),
    /// The share of a class's samples that are found.
    Recall(Average),
    /// The share of other samples that are not taken for the class.
    Specificity(Average),
    /// The harmonic mean of precision and recall.
    F1(Average),
    /// Matthews' correlation.
    Matthews,
    /// Cohen's kappa.
    Kappa,
    /// The area under the receiver operating characteristic.
    RocAuc(Average),
    /// The area under precision over recall: average precision.
    PrAuc(Average),
    /// Which class was taken for which.
    Confusion,
    /// The mean absolute error.
    Mae(Average),
    /// The root of the mean squared error.
    Rmse(Average),
    /// The share of variance that is explained.
    R2(Average),
    /// Dice's coefficient.
    Dice(Average),
    /// Jaccard's index, intersection over union.
    Iou(Average),
}

/// How the numbers of classes, labels or outputs become one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Average {
    /// Their mean.
    Macro,
    /// The number of all of them together.
    Micro,
    /// They do not.
    None,
}

impl Metric {
    /// As logs call it, without `val_`: `f1`, `top_5`, `recall_micro`, `precision_per_class`.
    pub fn name(self) -> String {
        let name = match self {
            Metric::Accuracy => "accuracy",
            Metric::TopK(k) => return format!("top_{k}"),
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
        };
        let ending = match self.average() {
            Some(Average::Micro) => "_micro",
            Some(Average::None) if self.is_error() => "_per_output",
            Some(Average::None) => "_per_class",
            Some(Average::Macro) | None => "",
        };
        format!("{name}{ending}")
    }

    /// Whether it is one number.
    pub fn is_simple(self) -> bool {
        self != Metric::Confusion && self.average() != Some(Average::None)
    }

    /// Whether less of it is better.
    pub fn falls(self) -> bool {
        matches!(self, Metric::Mae(_) | Metric::Rmse(_))
    }

    /// Whether it compares numbers rather than answers.
    pub fn is_error(self) -> bool {
        matches!(self, Metric::Mae(_) | Metric::Rmse(_) | Metric::R2(_))
    }

    /// How the numbers of classes or outputs become one; `None` where there is only one way.
    pub fn average(self) -> Option<Average> {
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

    #[cfg(feature = "train")]
    pub(super) fn is_ranking(self) -> bool {
        matches!(self, Metric::RocAuc(_) | Metric::PrAuc(_))
    }
}

/// What a recipe measures besides the loss.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Metrics {
    /// Channels of the output: classes, labels or numbers of each place.
    pub channels: usize,
    /// Places of the output: 1, or the pixels of an image.
    pub pixels: usize,
    /// Which.
    pub of: &'static [Metric],
}

impl Metrics {
    /// Nothing.
    pub const NONE: Metrics = Metrics { channels: 1, pixels: 1, of: &[] };
}
