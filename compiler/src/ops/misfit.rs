//! Shapes that an operator does not apply to.

use super::Shape;

/// The reason why an operator does not apply to values of some shapes.
#[derive(Clone, Debug, PartialEq)]
pub struct Misfit {
    /// The diagnostic's code.
    pub code: &'static str,
    /// The diagnostic's message.
    pub message: String,
    /// The remark at the layer's place: what was found.
    pub found: String,
    /// Advice that fixes the error.
    pub help: Vec<String>,
    /// The shape that surely comes out once the error is fixed, so that later layers can be checked.
    pub recover: Option<Shape>,
}

impl Misfit {
    pub(super) fn new(code: &'static str, message: impl Into<String>, found: impl Into<String>) -> Misfit {
        Misfit { code, message: message.into(), found: found.into(), help: vec![], recover: None }
    }

    pub(super) fn help(mut self, text: impl Into<String>) -> Misfit {
        self.help.push(text.into());
        self
    }

    /// Speaks of the layer that was written, where this is about a part of it of another kind.
    pub(crate) fn of_part(mut self, kind: &str, written: &str) -> Misfit {
        self.message = self.message.replace(&format!("`{kind}`"), &format!("`{written}`"));
        self
    }
}
