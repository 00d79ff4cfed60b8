//! What is measured besides the loss.

use netwright_grammar::Span;

/// One of a recipe's metrics.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Metric {
    /// Which.
    pub measure: Measure,
    /// How the numbers of classes or outputs become one, if the text says it.
    pub average: Option<Average>,
    /// Where it stands.
    pub span: Span,
}

/// Which number, or numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    /// The share of right answers.
    Accuracy,
    /// The share of samples whose class is among those with the largest outputs.
    TopK {
        /// How many of them.
        k: usize,
    },
    /// The mean recall of the classes that occur.
    BalancedAccuracy,
    /// The share of a class's answers that are right.
    Precision,
    /// The share of a class's samples that are found.
    Recall,
    /// The share of other samples that are not taken for the class.
    Specificity,
    /// The harmonic mean of precision and recall.
    F1,
    /// Matthews' correlation.
    Matthews,
    /// Cohen's kappa.
    Kappa,
    /// The area under the receiver operating characteristic.
    RocAuc,
    /// The area under precision over recall.
    PrAuc,
    /// Which class was taken for which.
    Confusion,
    /// The mean absolute error.
    Mae,
    /// The root of the mean squared error.
    Rmse,
    /// The share of variance that is explained.
    R2,
    /// Dice's coefficient.
    Dice,
    /// Jaccard's index.
    Iou,
}

/// How the numbers of classes, labels or outputs become one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Average {
    /// Their mean.
    #[default]
    Macro,
    /// The number of all of them together.
    Micro,
    /// They do not.
    None,
}

impl Metric {
    /// As logs call it, without `val_`: `f1`, `top_5`, `recall_micro`, `precision_per_class`.
    pub fn log_name(&self) -> String {
        let ending = match self.average.unwrap_or_default() {
            Average::Macro => "",
            Average::Micro => "_micro",
            Average::None if self.measure.is_error() => "_per_output",
            Average::None => "_per_class",
        };
        match self.measure {
            Measure::TopK { k } => format!("top_{k}"),
            measure => format!("{}{ending}", measure.kind()),
        }
    }

    /// Whether it is one number.
    pub fn is_simple(&self) -> bool {
        self.measure != Measure::Confusion && self.average != Some(Average::None)
    }
}

impl Measure {
    /// All, in the order of the language's reference.
    pub const ALL: [Measure; 17] = [
        Measure::Accuracy,
        Measure::TopK { k: 1 },
        Measure::BalancedAccuracy,
        Measure::Precision,
        Measure::Recall,
        Measure::Specificity,
        Measure::F1,
        Measure::Matthews,
        Measure::Kappa,
        Measure::RocAuc,
        Measure::PrAuc,
        Measure::Confusion,
        Measure::Dice,
        Measure::Iou,
        Measure::Mae,
        Measure::Rmse,
        Measure::R2,
    ];

    /// Its name in the language.
    pub fn kind(self) -> &'static str {
        match self {
            Measure::Accuracy => "accuracy",
            Measure::TopK { .. } => "top_k",
            Measure::BalancedAccuracy => "balanced_accuracy",
            Measure::Precision => "precision",
            Measure::Recall => "recall",
            Measure::Specificity => "specificity",
            Measure::F1 => "f1",
            Measure::Matthews => "matthews",
            Measure::Kappa => "kappa",
            Measure::RocAuc => "roc_auc",
            Measure::PrAuc => "pr_auc",
            Measure::Confusion => "confusion",
            Measure::Mae => "mae",
            Measure::Rmse => "rmse",
            Measure::R2 => "r2",
            Measure::Dice => "dice",
            Measure::Iou => "iou",
        }
    }

    /// Whether it is a number for each class or output, of which there may be an average.
    pub fn averages(self) -> bool {
        !matches!(
            self,
            Measure::Accuracy
                | Measure::TopK { .. }
                | Measure::BalancedAccuracy
                | Measure::Matthews
                | Measure::Kappa
                | Measure::Confusion
        )
    }

    /// Whether it compares numbers rather than answers.
    pub fn is_error(self) -> bool {
        matches!(self, Measure::Mae | Measure::Rmse | Measure::R2)
    }

    /// Whether it needs samples that are each of one class.
    pub fn needs_one_class(self) -> bool {
        matches!(self, Measure::TopK { .. } | Measure::BalancedAccuracy | Measure::Matthews | Measure::Kappa)
    }
}
