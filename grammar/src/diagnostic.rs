//! Diagnostics: the errors and warnings of the compiler.

use crate::span::Span;

/// Severity of a diagnostic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// No code can be made.
    Error,
    /// Code can be made; a practitioner would advise against it.
    Warning,
}

/// A place with a remark.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// The place.
    pub span: Span,
    /// The remark, without a full stop; may be empty.
    pub text: String,
}

/// One finding about a source text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Error or warning.
    pub severity: Severity,
    /// A stable name for this kind of finding, such as `E0204` or `softmax-twice`.
    pub code: &'static str,
    /// The error in a few words, without a full stop.
    pub message: String,
    /// The place at fault first, then places that explain it.
    pub labels: Vec<Label>,
    /// Advice: the edits that fix the error and the context that explains it, each a sentence without a full
    /// stop.
    pub help: Vec<String>,
}

impl Diagnostic {
    /// Creates an error at a place.
    pub fn error(code: &'static str, span: Span, message: impl Into<String>) -> Diagnostic {
        Diagnostic {
            severity: Severity::Error,
            code,
            message: message.into(),
            labels: vec![Label { span, text: String::new() }],
            help: vec![],
        }
    }

    /// Creates a warning at a place.
    pub fn warning(code: &'static str, span: Span, message: impl Into<String>) -> Diagnostic {
        Diagnostic { severity: Severity::Warning, ..Diagnostic::error(code, span, message) }
    }

    /// Adds a remark to the first place.
    #[must_use]
    pub fn here(mut self, text: impl Into<String>) -> Diagnostic {
        self.labels[0].text = text.into();
        self
    }

    /// Adds another place.
    #[must_use]
    pub fn also(mut self, span: Span, text: impl Into<String>) -> Diagnostic {
        self.labels.push(Label { span, text: text.into() });
        self
    }

    /// Adds advice.
    #[must_use]
    pub fn help(mut self, text: impl Into<String>) -> Diagnostic {
        self.help.push(text.into());
        self
    }

    /// Returns true if the diagnostic keeps the compiler from generating code.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }

    /// Returns the place at fault.
    pub fn span(&self) -> Span {
        self.labels[0].span
    }
}
