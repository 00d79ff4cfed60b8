//! What is measured besides the loss.

use netwright_grammar::Span;

/// One of a recipe's metrics.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Metric {
    /// Which number, or numbers.
    pub measure: netwright_model::Metric,
    /// Whether the text says how the numbers of classes or outputs become one.
    pub averaged: bool,
    /// Where it stands.
    pub span: Span,
}
