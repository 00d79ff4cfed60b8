//! Metrics besides the loss.

use netwright_grammar::Span;

/// A metric of a recipe.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Metric {
    /// The metric with its averaging.
    pub measure: netwright_model::Metric,
    /// True if the text gives the averaging over classes or outputs.
    pub averaged: bool,
    /// The place of the metric in the source.
    pub span: Span,
}
