//! Arguments of layers, blocks, losses and settings: which there are, and reading them with their kinds and ranges.

use crate::resolve::sink::Sink;
use crate::resolve::suggest::nearest;
use netwright_grammar::ast::{Ident, Unit};
use netwright_grammar::{Diagnostic, Span, Spanned};
use std::ops::RangeInclusive;

/// The largest number of units or channels.
pub(crate) const MAX_SIZE: usize = 1 << 24;
/// The largest side of a window, its stride or dilation.
pub(crate) const MAX_WINDOW: usize = 1 << 12;
/// The widest padding.
pub(crate) const MAX_PAD: usize = 1 << 12;

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
            Datum::Poison => "unknown".to_string(),
        }
    }
}

pub(crate) fn unit_text(unit: Unit) -> &'static str {
    match unit {
        Unit::Percent => "%",
        Unit::Degrees => "deg",
        Unit::Pixels => "px",
        Unit::Kilobytes => "KB",
        Unit::Megabytes => "MB",
        Unit::Gigabytes => "GB",
    }
}

/// What can stand in the parentheses behind a name.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Signature<'a> {
    pub(crate) name: &'a str,
    /// How many of the parameters may be written without their names.
    pub(crate) positional: usize,
    /// Names and defaults; without a default it must be given.
    pub(crate) params: &'a [(&'a str, Option<&'a str>)],
}

impl Signature<'_> {
    /// As a person would write it down: `dense(units, bias=true)`.
    pub(crate) fn text(&self) -> String {
        let params: Vec<String> = self
            .params
            .iter()
            .map(|(name, default)| match default {
                Some(default) => format!("{name}={default}"),
                None => (*name).to_string(),
            })
            .collect();
        format!("{}({})", self.name, params.join(", "))
    }
}

/// One argument as it was given.
pub(crate) struct Given {
    pub(crate) name: Option<Ident>,
    pub(crate) value: Spanned<Datum>,
    pub(crate) span: Span,
}

/// The arguments of one call, each bound to its parameter.
pub(crate) struct Args<'a> {
    signature: &'a Signature<'a>,
    span: Span,
    bound: Vec<Option<Spanned<Datum>>>,
    sink: &'a mut Sink,
    failed: bool,
}

impl<'a> Args<'a> {
    /// Binds arguments to parameters; reports those that are unknown, doubled, missing or out of place.
    pub(crate) fn bind(
        signature: &'a Signature<'a>,
        span: Span,
        given: Vec<Given>,
        sink: &'a mut Sink,
    ) -> Args<'a> {
        let bound = vec![None; signature.params.len()];
        let mut args = Args { signature, span, bound, sink, failed: false };
        let mut position = 0;
        let mut named: Option<Span> = None;
        let mut damaged = false;
        for argument in given {
            damaged |= argument.value.node == Datum::Poison;
            let index = match &argument.name {
                Some(name) => {
                    named.get_or_insert(argument.span);
                    args.named(name)
                }
                None => {
                    position += 1;
                    args.positional(position - 1, argument.span, named)
                }
            };
            let Some(index) = index else { continue };
            match &args.bound[index] {
                Some(first) => {
                    let first = first.span;
                    args.error(
                        Diagnostic::error(
                            "E0304",
                            argument.span,
                            format!("`{}` is given twice", args.signature.params[index].0),
                        )
                        .also(first, "first here"),
                    );
                }
                None => args.bound[index] = Some(argument.value),
            }
        }
        if !args.failed {
            args.missing();
        }
        args.failed |= damaged;
        args
    }

    /// Whether something was wrong with them.
    pub(crate) fn failed(&self) -> bool {
        self.failed
    }

    /// Whether the argument is there.
    pub(crate) fn given(&self, name: &str) -> bool {
        self.datum(name).is_some()
    }

    /// What was given.
    pub(crate) fn datum(&self, name: &str) -> Option<&Datum> {
        self.spanned(name).map(|value| &value.node)
    }

    /// What was given, with its place.
    pub(crate) fn spanned(&self, name: &str) -> Option<&Spanned<Datum>> {
        let index = self.signature.params.iter().position(|(param, _)| *param == name)?;
        self.bound[index].as_ref()
    }

    /// A whole number in a range.
    pub(crate) fn whole(&mut self, name: &str, range: RangeInclusive<usize>, default: usize) -> usize {
        let Some(value) = self.spanned(name).cloned() else { return default };
        self.size(name, &value, &range, "a whole number").unwrap_or(default)
    }

    /// One size for both directions, or height and width: `3`, `3x5`, `[3, 5]`.
    pub(crate) fn pair(
        &mut self,
        name: &str,
        range: RangeInclusive<usize>,
        default: [usize; 2],
    ) -> [usize; 2] {
        const EXPECTED: &str = "a whole number or a pair of them, such as `3`, `3x3` or `[3, 3]`";
        let Some(value) = self.spanned(name).cloned() else { return default };
        let items: Vec<Spanned<Datum>> = match &value.node {
            Datum::Dims(sizes) => {
                let item = |size: &u32| Spanned { node: Datum::Int(i64::from(*size)), span: value.span };
                sizes.iter().map(item).collect()
            }
            Datum::List(items) => items.clone(),
            _ => {
                let size = self.size(name, &value, &range, EXPECTED);
                return size.map_or(default, |size| [size, size]);
            }
        };
        let [height, width] = items.as_slice() else {
            self.wrong_kind(name, &value, EXPECTED);
            return default;
        };
        let height = self.size(name, height, &range, EXPECTED);
        let width = self.size(name, width, &range, EXPECTED);
        height.zip(width).map_or(default, |(height, width)| [height, width])
    }

    /// Any finite number.
    pub(crate) fn number(&mut self, name: &str, default: f64) -> f64 {
        let Some(value) = self.spanned(name).cloned() else { return default };
        match value.node {
            Datum::Int(number) => number as f64,
            Datum::Float(number) if number.is_finite() => number,
            _ => {
                self.wrong_kind(name, &value, "a number");
                default
            }
        }
    }

    /// A number above 0.
    pub(crate) fn positive(&mut self, name: &str, default: f64) -> f64 {
        let number = self.number(name, default);
        if number <= 0.0 {
            self.out_of_range(name, "above 0", number);
            return default;
        }
        number
    }

    /// A number of at least 0.
    pub(crate) fn not_negative(&mut self, name: &str, default: f64) -> f64 {
        let number = self.number(name, default);
        if number < 0.0 {
            self.out_of_range(name, "at least 0", number);
            return default;
        }
        number
    }

    /// A share from 0 to 1; `25%` is 0.25.
    pub(crate) fn fraction(&mut self, name: &str, default: f64) -> f64 {
        let share = match self.spanned(name).map(|value| &value.node) {
            Some(Datum::Quantity(percent, Unit::Percent)) => percent / 100.0,
            _ => self.number(name, default),
        };
        if !(0.0..=1.0).contains(&share) {
            self.out_of_range(name, "from 0 to 1, or from 0% to 100%", share);
            return default;
        }
        share
    }

    /// `true` or `false`.
    pub(crate) fn flag(&mut self, name: &str, default: bool) -> bool {
        let Some(value) = self.spanned(name).cloned() else { return default };
        match value.node {
            Datum::Bool(flag) => flag,
            _ => {
                self.wrong_kind(name, &value, "`true` or `false`");
                default
            }
        }
    }

    /// A text that is not empty.
    pub(crate) fn text(&mut self, name: &str) -> String {
        let Some(value) = self.spanned(name).cloned() else { return String::new() };
        match value.node {
            Datum::Text(text) if !text.is_empty() => text,
            _ => {
                self.wrong_kind(name, &value, "a text in quotation marks");
                String::new()
            }
        }
    }

    /// One of some names.
    pub(crate) fn choice<T: Clone>(&mut self, name: &str, choices: &[(&str, T)], default: T) -> T {
        let word = match self.datum(name) {
            None => return default,
            Some(Datum::Word(word)) => word.name.as_str(),
            Some(_) => "",
        };
        match choices.iter().find(|(choice, _)| *choice == word) {
            Some((_, value)) => value.clone(),
            None => {
                let names: Vec<&str> = choices.iter().map(|(choice, _)| *choice).collect();
                self.unknown_choice(name, &names, "");
                default
            }
        }
    }

    /// Reports that an argument is none of the names it can be; `also` says what else it can be.
    pub(crate) fn unknown_choice(&mut self, name: &str, choices: &[&str], also: &str) {
        let Some(value) = self.spanned(name).cloned() else { return };
        if value.node == Datum::Poison {
            self.failed = true;
            return;
        }
        let mut diagnostic =
            Diagnostic::error("E0307", place(&value), format!("{} cannot be this", self.subject(name)))
                .here(format!("found {}", value.node.describe()));
        if let Datum::Word(word) = &value.node
            && let Some(near) = nearest(&word.name, choices.iter().copied()).or(word.near.as_deref())
        {
            diagnostic = diagnostic.help(format!("did you mean `{near}`?"));
        }
        let choices: Vec<String> = choices.iter().map(|choice| format!("`{choice}`")).collect();
        self.error(diagnostic.help(format!("it can be {also}{}", list(&choices, "or"))));
    }

    /// Reports an argument of the right kind that makes no sense here.
    pub(crate) fn reject(
        &mut self,
        code: &'static str,
        name: &str,
        message: impl Into<String>,
        here: impl Into<String>,
        help: impl Into<String>,
    ) {
        if self.failed {
            return;
        }
        let span = self.spanned(name).map_or(self.span, |value| value.span);
        self.error(Diagnostic::error(code, span, message).here(here).help(help));
    }

    /// Reports an argument that is not what is expected.
    pub(crate) fn wrong_kind(&mut self, name: &str, value: &Spanned<Datum>, expected: &str) {
        match &value.node {
            Datum::Poison => self.failed = true,
            Datum::Word(word) => {
                let diagnostic = unknown_name(word);
                let help = format!("{} is {expected}", self.subject(name));
                self.error(diagnostic.help(help));
            }
            other => {
                let diagnostic = Diagnostic::error(
                    "E0305",
                    value.span,
                    format!("{} must be {expected}", self.subject(name)),
                )
                .here(format!("this is {}", other.describe()));
                self.error(diagnostic);
            }
        }
    }

    fn size(
        &mut self,
        name: &str,
        value: &Spanned<Datum>,
        range: &RangeInclusive<usize>,
        expected: &str,
    ) -> Option<usize> {
        let Datum::Int(number) = value.node else {
            self.wrong_kind(name, value, expected);
            return None;
        };
        let size = usize::try_from(number).ok().filter(|size| range.contains(size));
        if size.is_none() {
            let diagnostic =
                Diagnostic::error("E0306", value.span, format!("{} is out of range", self.subject(name)))
                    .here(format!("this is {number}"))
                    .help(format!("it must be from {} to {}", range.start(), range.end()));
            self.error(diagnostic);
        }
        size
    }

    fn out_of_range(&mut self, name: &str, range: &str, number: f64) {
        let span = self.spanned(name).map_or(self.span, |value| value.span);
        let message = format!("{} is out of range", self.subject(name));
        self.error(
            Diagnostic::error("E0306", span, message)
                .here(format!("this is {number}"))
                .help(format!("it must be {range}")),
        );
    }

    /// How messages call an argument; settings such as `epochs 12` have only one, of their own name.
    fn subject(&self, name: &str) -> String {
        match name == self.signature.name {
            true => format!("`{name}`"),
            false => format!("`{name}` of `{}`", self.signature.name),
        }
    }

    fn named(&mut self, name: &Ident) -> Option<usize> {
        let index = self.signature.params.iter().position(|(param, _)| *param == name.node);
        if index.is_none() {
            let mut diagnostic = Diagnostic::error(
                "E0302",
                name.span,
                format!("`{}` has no argument `{}`", self.signature.name, name.node),
            );
            let names = self.signature.params.iter().map(|(param, _)| *param);
            diagnostic = match nearest(&name.node, names) {
                Some(near) => diagnostic.help(format!("did you mean `{near}`?")),
                None if self.signature.params.is_empty() => {
                    diagnostic.help(format!("write `{}` alone: it takes no arguments", self.signature.name))
                }
                None => diagnostic.help(format!("it is `{}`", self.signature.text())),
            };
            self.error(diagnostic);
        }
        index
    }

    fn positional(&mut self, position: usize, span: Span, named: Option<Span>) -> Option<usize> {
        if let Some(named) = named {
            self.error(
                Diagnostic::error("E0303", span, "an argument without a name stands behind one with a name")
                    .also(named, "this one has a name")
                    .help(format!("the order is `{}`", self.signature.text())),
            );
            return None;
        }
        if position < self.signature.positional.min(self.signature.params.len()) {
            return Some(position);
        }
        let name = self.signature.name;
        let diagnostic = match self.signature.params.get(position) {
            Some((param, _)) => {
                Diagnostic::error("E0303", span, format!("this argument of `{name}` needs its name"))
                    .help(format!("if `{param}` is meant, write `{param}=...`"))
                    .help(format!("it is `{}`", self.signature.text()))
            }
            None if self.signature.params.is_empty() => {
                Diagnostic::error("E0303", span, format!("`{name}` takes no arguments"))
                    .help(format!("write `{name}` alone"))
            }
            None => Diagnostic::error("E0303", span, format!("too many arguments for `{name}`"))
                .help(format!("it is `{}`", self.signature.text())),
        };
        self.error(diagnostic);
        None
    }

    fn missing(&mut self) {
        let missing: Vec<String> = self
            .signature
            .params
            .iter()
            .zip(&self.bound)
            .filter(|((_, default), bound)| default.is_none() && bound.is_none())
            .map(|((name, _), _)| format!("`{name}`"))
            .collect();
        if !missing.is_empty() {
            let message = format!("`{}` needs {}", self.signature.name, list(&missing, "and"));
            let help = format!("it is `{}`", self.signature.text());
            self.error(Diagnostic::error("E0301", self.span, message).help(help));
        }
    }

    fn error(&mut self, diagnostic: Diagnostic) {
        self.failed = true;
        self.sink.push(diagnostic);
    }
}

/// The error for a name that means nothing.
pub(crate) fn unknown_name(word: &Word) -> Diagnostic {
    let diagnostic =
        Diagnostic::error("E0210", word.span, format!("there is no parameter `{}` here", word.name));
    match &word.near {
        Some(near) => diagnostic.help(format!("did you mean `{near}`?")),
        None => diagnostic,
    }
}

/// `a, b or c`
pub(crate) fn list(items: &[String], word: &str) -> String {
    match items {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} {word} {last}", first.join(", ")),
    }
}

fn place(value: &Spanned<Datum>) -> Span {
    match &value.node {
        Datum::Word(word) => word.span,
        _ => value.span,
    }
}
