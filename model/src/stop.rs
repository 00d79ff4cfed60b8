//! When a training ends before its last epoch.

use crate::Metric;
use crate::emit::emitted;

emitted! {
    /// Training ends when the watched number has not improved for some epochs; the best weights are kept.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct EarlyStop {
        /// How many epochs to wait.
        pub patience: usize,
        /// Which number.
        pub on: Watch,
    }

    /// A number that early stopping and the rate's course watch.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum Watch {
        /// The loss on the held-out samples.
        ValLoss,
        /// The accuracy on the held-out samples.
        ValAccuracy,
        /// One of the recipe's metrics, on the held-out samples.
        Val(metric: Metric),
    }
}

impl Watch {
    /// As logs call it: `val_loss`, `val_f1`.
    pub fn name(self) -> String {
        match self {
            Watch::ValLoss => "val_loss".into(),
            Watch::ValAccuracy => "val_accuracy".into(),
            Watch::Val(metric) => format!("val_{}", metric.name()),
        }
    }
}
