//! Early stopping.

use crate::Metric;
use crate::emit::emitted;

emitted! {
    /// Training ends when the watched number has not improved for some epochs; the best weights are kept.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct EarlyStop {
        /// The number of epochs without progress that are tolerated.
        pub patience: usize,
        /// The value that is watched.
        pub on: Watch,
    }

    /// A number that early stopping and the rate's course watch.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum Watch {
        /// The loss on the held-out samples.
        ValLoss,
        /// The accuracy on the held-out samples.
        ValAccuracy,
        /// A metric of the recipe, on the held-out samples.
        Val(metric: Metric),
    }
}

impl Watch {
    /// Returns the name in logs: `val_loss`, `val_f1`.
    pub fn name(self) -> String {
        match self {
            Watch::ValLoss => "val_loss".into(),
            Watch::ValAccuracy => "val_accuracy".into(),
            Watch::Val(metric) => format!("val_{}", metric.name()),
        }
    }
}
