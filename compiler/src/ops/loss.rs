//! Losses.

/// Which loss; all are means, as PyTorch's default.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Loss {
    /// Mean of squared differences over batch and elements.
    Mse,
    /// Of probabilities, or of logits; mean over batch and elements. Targets are 0 to 1, one for each output.
    BinaryCrossEntropy {
        /// Whether the value is a logit, rather than a probability.
        logits: bool,
    },
    /// Of one class index a sample (a pixel, when the output is an image); mean over them.
    CrossEntropy {
        /// Whether the value is logits, rather than probabilities.
        logits: bool,
    },
}
