//! Values of expressions.

use super::Arguments;
use netwright_grammar::ast::Unit;
use netwright_grammar::{Diagnostic, Span, Spanned};

/// Value of an expression.
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
    /// The name of a block parameter as an argument; [`Args`](super::Args) decides what it means.
    Parameter(Box<Parameter>),
    List(Vec<Spanned<Datum>>),
    /// A name with arguments: a choice such as `normal(0.1)`.
    Call(Applied),
    /// Unknown because of an error that was already reported.
    Poison,
}

/// A bare name. Only [`Args`](super::Args) reads it, because a word of an option goes before a block parameter of the same name.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Word {
    pub(super) name: String,
    /// The place of the word, which may be in the use of a block.
    pub(crate) span: Span,
    /// The block parameter that may be meant.
    pub(crate) near: Option<String>,
    /// The parameters of the block it was written in.
    pub(crate) known: String,
}

/// A block parameter, by its name.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Parameter {
    /// The parameter's name as written.
    pub(crate) word: Word,
    pub(crate) value: Datum,
    /// The place where the block declares the parameter.
    pub(crate) place: Span,
}

/// A name and its arguments.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Applied {
    pub(crate) name: String,
    /// The place of the name.
    pub(crate) span: Span,
    pub(crate) given: Arguments,
}

impl Word {
    pub(crate) fn new(name: &str, span: Span, near: Option<String>, known: String) -> Word {
        Word { name: name.to_string(), span, near, known }
    }
}

impl Datum {
    /// Replaces names of block parameters by their values; adds the places of their declarations to `declared`.
    pub(crate) fn settle(self, declared: &mut Vec<Span>) -> Datum {
        match self {
            Datum::Parameter(parameter) => {
                declared.push(parameter.place);
                parameter.value
            }
            Datum::List(items) => {
                let item = |item: Spanned<Datum>| Spanned { node: item.node.settle(declared), ..item };
                Datum::List(items.into_iter().map(item).collect())
            }
            other => other,
        }
    }

    /// Returns true for a list and for a block parameter that holds one.
    pub(crate) fn is_list(&self) -> bool {
        match self {
            Datum::List(_) => true,
            Datum::Parameter(parameter) => parameter.value.is_list(),
            _ => false,
        }
    }

    /// Returns the value as one would write it, with block parameters replaced by their values: `5x5`.
    pub(crate) fn written(&self) -> String {
        match self {
            Datum::Int(value) => value.to_string(),
            Datum::Float(value) => format!("{value:?}"),
            Datum::Quantity(value, unit) => format!("{value}{}", unit.text()),
            Datum::Dims(sizes) => sizes.iter().map(u32::to_string).collect::<Vec<_>>().join("x"),
            Datum::Text(text) => format!("{text:?}"),
            Datum::Bool(value) => value.to_string(),
            Datum::Word(word) => word.name.clone(),
            Datum::Parameter(parameter) => parameter.value.written(),
            Datum::List(items) => {
                let items: Vec<String> = items.iter().map(|item| item.node.written()).collect();
                format!("[{}]", items.join(", "))
            }
            Datum::Call(call) => {
                let args = call.given.given.iter().map(|arg| {
                    let value = arg.value.node.written();
                    arg.name.as_ref().map_or(value.clone(), |name| format!("{}={value}", name.node))
                });
                format!("{}({})", call.name, args.collect::<Vec<_>>().join(", "))
            }
            Datum::Poison => String::new(),
        }
    }

    /// Returns the bare name that was written, if it was one.
    pub(super) fn word(&self) -> Option<&Word> {
        match self {
            Datum::Word(word) => Some(word),
            Datum::Parameter(parameter) => Some(&parameter.word),
            _ => None,
        }
    }

    /// Describes the value for messages: `the text "a"`.
    pub(crate) fn describe(&self) -> String {
        match self {
            Datum::Int(value) => format!("the number {value}"),
            Datum::Float(value) => format!("the number {value:?}"),
            Datum::Quantity(value, unit) => format!("the quantity {value}{}", unit.text()),
            Datum::Dims(sizes) => {
                let sizes: Vec<String> = sizes.iter().map(u32::to_string).collect();
                format!("the sizes {}", sizes.join("x"))
            }
            Datum::Text(text) => format!("the text {text:?}"),
            Datum::Bool(value) => format!("`{value}`"),
            Datum::Word(word) => format!("the name `{}`", word.name),
            Datum::Parameter(parameter) => parameter.value.describe(),
            Datum::List(items) => format!("a list of {}", items.len()),
            Datum::Call(call) => format!("`{}(...)`", call.name),
            Datum::Poison => "unknown".to_string(),
        }
    }
}

/// Returns the error for a name that means nothing.
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
