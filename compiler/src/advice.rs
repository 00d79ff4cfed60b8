//! The names of lints, each with its reason as the language's reference states it.

use netwright_grammar::{Diagnostic, Span};

/// A kind of advice: a warning that has a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lint {
    /// The lint's name, as `allow` takes it.
    pub name: &'static str,
    /// The reason for the advice.
    pub why: &'static str,
}

impl Lint {
    /// Returns the warning.
    pub(crate) fn at(&self, span: Span, message: impl Into<String>) -> Diagnostic {
        Diagnostic::warning(self.name, span, message)
    }
}

macro_rules! lints {
    ($($name:ident $text:literal $why:literal;)*) => {
        $(pub(crate) const $name: Lint = Lint { name: $text, why: $why };)*

        /// Every lint.
        pub const LINTS: &[Lint] = &[$($name),*];
    };
}

lints! {
    VANISHING_GRADIENT "vanishing-gradient" "many saturating activations in sequence, such as sigmoids: their slopes are below one and multiply";
    SOFTMAX_BEFORE_LOSS "softmax-before-loss" "the loss applies it itself";
    ACTIVATION_TWICE "activation-twice" "the second one changes nothing or loses information";
    DROPOUT_AT_END "dropout-at-end" "it would drop outputs";
    DROPOUT_BEFORE_BATCH_NORM "dropout-before-batch-norm" "its noise changes the statistics, and inference has no such noise";
    BIAS_BEFORE_BATCH_NORM "bias-before-batch-norm" "the batch norm subtracts it with the mean";
    LINEAR_LAYERS_IN_A_ROW "linear-layers-in-a-row" "two linear maps in a row are one linear map";
    ZERO_INITIALISED_HIDDEN_LAYER "zero-initialised-hidden-layer" "units with equal weights get equal gradients, and stay equal; weights of 0 pass none on";
    SOFTMAX_OF_ONE "softmax-of-one" "it is always 1";
    OUTPUT_DOES_NOT_FIT_LOSS "output-does-not-fit-loss" "the outputs cannot reach the loss's minimum";
    L2_UNDER_ADAM "l2-under-adam" "Adam and related optimizers divide the penalty's gradient by its own size; use `adamw`";
    NOTHING_TO_TRAIN "nothing-to-train" "everything is frozen";
    DOES_NOTHING "does-nothing" "it can be removed";
    UNUSED_BLOCK "unused-block" "it can be removed";
    UNUSED_NAME "unused-name" "it can be removed";
    UNUSED_PARAMETER "unused-parameter" "it can be removed";
    UNUSED_IMPORT "unused-import" "it can be removed";
}
