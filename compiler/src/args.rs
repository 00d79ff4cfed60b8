//! Arguments of layers, blocks, losses and settings: which there are, and reading them with their kinds and ranges.

mod datum;
mod defaults;
mod quantities;
mod read;
#[cfg(test)]
mod tests;

pub(crate) use datum::{Applied, Datum, Parameter, Word, unknown_name};
pub(crate) use defaults::number;
pub use quantities::Length;
pub(crate) use read::fits_f32;

use crate::sink::Sink;
use netwright_grammar::ast::Ident;
use netwright_grammar::{Diagnostic, Span, Spanned, nearest};

/// The largest number of units or channels.
pub(crate) const MAX_SIZE: usize = 1 << 24;
/// The largest side of a window, its stride or dilation.
pub(crate) const MAX_WINDOW: usize = 1 << 12;
/// The widest padding.
pub(crate) const MAX_PAD: usize = 1 << 12;

/// Beginnings of names by which other frameworks know our choices.
const ELSEWHERE: &[(&str, &str)] = &[
    ("xavier", "Xavier Glorot's initial weights are `glorot_uniform` and `glorot_normal`"),
    ("kaiming", "Kaiming He's initial weights are `he_uniform` and `he_normal`"),
];

/// The arguments that can follow a name in parentheses.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Signature<'a> {
    pub(crate) name: &'a str,
    /// The number of parameters that may be given without their names.
    pub(crate) positional: usize,
    /// Names and defaults; without a default it must be given.
    pub(crate) params: &'a [(&'a str, Option<&'a str>)],
}

impl Signature<'_> {
    /// Returns the signature as documents show it: `dense(units, bias=true)`.
    pub(crate) fn text(&self) -> String {
        self.text_of(None, |_| true)
    }

    /// Returns the signature with `first` before the arguments, and only those arguments that `shown`
    /// accepts.
    pub(crate) fn text_of(&self, first: Option<&str>, shown: impl Fn(&str) -> bool) -> String {
        let params =
            self.params.iter().filter(|(name, _)| shown(name)).map(|(name, default)| match default {
                Some(default) => format!("{name}={default}"),
                None => (*name).to_string(),
            });
        let params: Vec<String> = first.map(String::from).into_iter().chain(params).collect();
        match params.is_empty() {
            true => self.name.to_string(),
            false => format!("{}({})", self.name, params.join(", ")),
        }
    }
}

/// One argument as it was given.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Given {
    pub(crate) name: Option<Ident>,
    pub(crate) value: Spanned<Datum>,
    pub(crate) span: Span,
}

/// The arguments of one call as they were given.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Arguments {
    pub(crate) given: Vec<Given>,
    /// True if some arguments could not be read, so that none can be reported as missing.
    pub(crate) incomplete: bool,
}

impl Arguments {
    /// Creates one argument without a name.
    pub(crate) fn one(value: Spanned<Datum>) -> Arguments {
        let span = value.span;
        Arguments { given: vec![Given { name: None, value, span }], incomplete: false }
    }
}

/// One argument with its parameter found.
#[derive(Clone)]
struct Bound {
    /// The argument as written, with names of block parameters unresolved.
    written: Datum,
    /// The argument with the values of block parameters.
    value: Spanned<Datum>,
    /// Declarations of the block parameters that `value` uses.
    declared: Vec<Span>,
}

/// The arguments of one call, each bound to its parameter.
pub(crate) struct Args<'a, P = ()> {
    signature: &'a Signature<'a>,
    span: Span,
    bound: Vec<Option<Bound>>,
    sink: &'a mut Sink,
    failed: bool,
    /// The number of directions in which the layer's input extends: 1 for a signal, 2 for an image, 3 for a
    /// volume.
    directions: usize,
    /// Notes that the reader makes beside its result.
    pub(crate) noted: P,
}

impl<'a, P: Default> Args<'a, P> {
    /// Binds arguments to parameters; reports those that are unknown, doubled, missing or out of place.
    pub(crate) fn bind(
        signature: &'a Signature<'a>,
        span: Span,
        arguments: Arguments,
        sink: &'a mut Sink,
    ) -> Args<'a, P> {
        let bound = vec![None; signature.params.len()];
        let mut args =
            Args { signature, span, bound, sink, failed: false, directions: 2, noted: P::default() };
        let mut position = 0;
        let mut named: Option<Span> = None;
        let mut damaged = arguments.incomplete;
        for argument in arguments.given {
            let mut declared = vec![];
            let value = Spanned { node: argument.value.node.clone().settle(&mut declared), ..argument.value };
            damaged |= value.node == Datum::Poison;
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
                    let first = first.value.span;
                    args.error(
                        Diagnostic::error(
                            "E0304",
                            argument.span,
                            format!("`{}` is given twice", args.signature.params[index].0),
                        )
                        .also(first, "first here")
                        .help("remove one of the two"),
                    );
                }
                None => {
                    args.bound[index] = Some(Bound { written: argument.value.node, value, declared });
                }
            }
        }
        if !args.failed && !arguments.incomplete {
            args.missing();
        }
        args.failed |= damaged;
        args
    }

    /// Sets the number of directions in which the layer's input extends.
    pub(crate) fn over(mut self, directions: usize) -> Args<'a, P> {
        self.directions = directions;
        self
    }

    /// Returns the number of directions in which the layer's input extends: 1 for a signal, 2 for an image, 3
    /// for a volume.
    pub(crate) fn directions(&self) -> usize {
        self.directions
    }

    /// Returns true if an error in the arguments was reported.
    pub(crate) fn failed(&self) -> bool {
        self.failed
    }

    /// Returns true if the argument was given.
    pub(crate) fn given(&self, name: &str) -> bool {
        self.bound(name).is_some()
    }

    /// Returns an argument with the values of block parameters. Words are read by [`Args::word`] and its
    /// like.
    pub(crate) fn datum(&mut self, name: &str) -> Option<&Datum> {
        self.spanned(name).map(|value| &value.node)
    }

    /// Returns an argument with the values of block parameters, and its place.
    pub(crate) fn spanned(&mut self, name: &str) -> Option<&Spanned<Datum>> {
        let index = self.index(name)?;
        let bound = self.bound[index].as_ref()?;
        bound.declared.iter().for_each(|place| self.sink.mark(*place));
        Some(&bound.value)
    }

    fn bound(&self, name: &str) -> Option<&Bound> {
        self.bound[self.index(name)?].as_ref()
    }

    fn index(&self, name: &str) -> Option<usize> {
        self.signature.params.iter().position(|(param, _)| *param == name)
    }

    /// Returns the place of an argument, or of the call if it is not given.
    fn place_of(&self, name: &str) -> Span {
        self.bound(name).map_or(self.span, |bound| bound.value.span)
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
        if let Datum::Word(word) = &value.node
            && let Some((_, why)) = ELSEWHERE.iter().find(|(theirs, _)| word.name.starts_with(theirs))
        {
            diagnostic = diagnostic.help(*why);
        }
        if let Datum::Call(call) = &value.node
            && let Some(near) = nearest(&call.name, choices.iter().copied())
        {
            diagnostic = diagnostic.help(format!("did you mean `{near}`?"));
        }
        if let Datum::Text(text) = &value.node
            && choices.contains(&text.as_str())
        {
            diagnostic = diagnostic.help("remove the quotation marks");
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
        let span = self.place_of(name);
        self.error(Diagnostic::error(code, span, message).here(here).help(help));
    }

    /// Reports an argument that is not what is expected.
    pub(crate) fn wrong_kind(&mut self, name: &str, value: &Spanned<Datum>, expected: &str) {
        match &value.node {
            Datum::Poison => self.failed = true,
            Datum::Word(word) if !word.known.is_empty() => {
                let diagnostic = unknown_name(word);
                let help = format!("{} is {expected}", self.subject(name));
                self.error(diagnostic.help(help));
            }
            other => {
                let diagnostic = Diagnostic::error(
                    "E0305",
                    place(value),
                    format!("{} must be {expected}", self.subject(name)),
                )
                .here(format!("found {}", other.describe()));
                self.error(diagnostic);
            }
        }
    }

    fn out_of_range(&mut self, name: &str, range: &str, number: f64) {
        let span = self.place_of(name);
        let message = format!("{} is out of range", self.subject(name));
        self.error(
            Diagnostic::error("E0306", span, message)
                .here(format!("this is {number}"))
                .help(format!("it must be {range}")),
        );
    }

    /// Returns the name of an argument in messages; settings such as `epochs 12` have only one, of their own
    /// name.
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
                Diagnostic::error("E0303", span, "an argument without a name follows one with a name")
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

/// Joins texts to a list: `a, b or c`.
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
        Datum::Call(call) => call.span,
        _ => value.span,
    }
}
