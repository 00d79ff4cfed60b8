//! Values of expressions.

use super::Given;
use netwright_grammar::ast::Unit;
use netwright_grammar::{Diagnostic, Span, Spanned};

/// What an expression came to.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Datum {
    Int(i64),
    Float(f64),
    Quantity(f64, Unit),
    Dims(Vec<u32>),
    Text(String),
    Bool(bool),
    /// A name that is no block parameter: a choice such as `same`, or an error.
    Word(Word),
    List(Vec<Spanned<Datum>>),
    /// A name with arguments: a choice such as `normal(0.1)`.
    Call(Applied),
    /// Unknown because of an error that was already reported.
    Poison,
}

/// A bare name.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Word {
    pub(crate) name: String,
    /// Where it was written, which may be in the use of a block.
    pub(crate) span: Span,
    /// The block parameter that may be meant.
    pub(crate) near: Option<String>,
    /// The parameters of the block it was written in.
    pub(crate) known: String,
}

/// A name and what stands in the parentheses behind it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Applied {
    pub(crate) name: String,
    /// Of the name.
    pub(crate) span: Span,
    pub(crate) given: Vec<Given>,
}

impl Datum {
    /// As messages name it: `the text "a"`.
    pub(crate) fn describe(&self) -> String {
        match self {
            Datum::Int(value) => format!("the number {value}"),
            Datum::Float(value) => format!("the number {value:?}"),
            Datum::Quantity(value, unit) => format!("the quantity {value}{}", unit_text(*unit)),
            Datum::Dims(sizes) => {
                let sizes: Vec<String> = sizes.iter().map(u32::to_string).collect();
                format!("the sizes {}", sizes.join("x"))
            }
            Datum::Text(text) => format!("the text {text:?}"),
            Datum::Bool(value) => format!("`{value}`"),
            Datum::Word(word) => format!("the name `{}`", word.name),
            Datum::List(items) => format!("a list of {}", items.len()),
            Datum::Call(call) => format!("`{}(...)`", call.name),
            Datum::Poison => "unknown".to_string(),
        }
    }
}

fn unit_text(unit: Unit) -> &'static str {
    match unit {
        Unit::Percent => "%",
        Unit::Degrees => "deg",
        Unit::Pixels => "px",
        Unit::Kilobytes => "KB",
        Unit::Megabytes => "MB",
        Unit::Gigabytes => "GB",
    }
}

/// The error for a name that means nothing.
pub(crate) fn unknown_name(word: &Word) -> Diagnostic {
    let diagnostic =
        Diagnostic::error("E0210", word.span, format!("there is no parameter `{}` here", word.name));
    match &word.near {
        Some(near) => diagnostic.help(format!("did you mean `{near}`?")),
        None if word.known.is_empty() => {
            diagnostic.help("a name as a value is a parameter of the block around it, and here there is none")
        }
        None => diagnostic.help(format!("the block around it has {}", word.known)),
    }
}
