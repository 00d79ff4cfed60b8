//! The activation that makes an output of logits.

use crate::emit::emitted;

emitted! {
    /// The last activation of a network, which explanations leave out: it makes an output of the logits.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum Head {
        /// There is none: the output is explained as it is.
        None,
        /// A softmax over the first axis, or its logarithm: the shares of classes.
        Softmax,
        /// A sigmoid, or its logarithm: a probability each.
        Sigmoid,
    }
}
