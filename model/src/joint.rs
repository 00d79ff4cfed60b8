//! Sources and losses of a network with several inputs, outputs or losses.

use crate::data::Scaling;
use crate::emit::emitted;
use crate::loss::Loss;

emitted! {
    /// The source of one of several inputs.
    #[derive(Clone, Copy, Debug, PartialEq)]
    pub struct Part<S, D, F> {
        /// The name of the input.
        pub input: S,
        /// The shape of the input, channels first.
        pub shape: D,
        /// The files.
        pub source: F,
        /// The scaling of the input before it enters the network.
        pub scaling: Scaling,
    }

    /// A loss of a network with several inputs, outputs or losses.
    #[derive(Clone, Copy, Debug, PartialEq)]
    pub struct Compared<S, L> {
        /// The name of the loss.
        pub name: S,
        /// The number of the output that it compares; those of training alone come after the others.
        pub output: usize,
        /// The loss.
        pub loss: Loss<L>,
        /// The factor of the loss in the sum of all.
        pub weight: f64,
        /// True if training computes the loss from the logits of its output.
        pub logits: bool,
        /// The place of the targets.
        pub answer: Answer,
    }

    /// The place of a loss's targets.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum Answer {
        /// The output is compared with the input of this number.
        Input(input: usize),
        /// Labels of a source.
        Labels {
            /// The number of the source.
            part: usize,
            /// The first column of them.
            first: usize,
            /// The number of columns; all if 0.
            count: usize,
        },
    }
}
