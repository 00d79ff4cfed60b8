//! Reads arguments: numbers, pairs, shares, flags, texts and choices.

use super::{Args, Arguments, Datum, Signature, Word};
use crate::spatial::Spatial;
use netwright_grammar::ast::{Ident, Unit};
use netwright_grammar::{Diagnostic, Span, Spanned};
use std::ops::RangeInclusive;

/// Returns true if a number that is rounded to 32 bits is finite and keeps its precision: 0, or a normal
/// number.
pub(crate) fn fits_f32(number: f64) -> bool {
    let rounded = number as f32;
    number == 0.0 || rounded.is_normal()
}

impl<P: Default> Args<'_, P> {
    /// Reads a whole number in a range.
    pub(crate) fn whole(&mut self, name: &str, range: RangeInclusive<usize>) -> usize {
        let default = self.default_number(name) as usize;
        let Some(value) = self.spanned(name).cloned() else { return default };
        self.size(name, &value, &range, "a whole number").unwrap_or(default)
    }

    /// Reads a whole number that may be negative, and that 32 bits of a float hold, as those of masks do.
    pub(crate) fn label(&mut self, name: &str) -> i32 {
        const MOST: i32 = super::MAX_SIZE as i32;
        let Some(value) = self.spanned(name).cloned() else { return 0 };
        match value.node {
            Datum::Int(number) => match i32::try_from(number) {
                Ok(label) if (-MOST..=MOST).contains(&label) => return label,
                _ => {
                    let message = format!("{} is out of range", self.subject(name));
                    let diagnostic = Diagnostic::error("E0306", value.span, message)
                        .here(format!("this is {number}"))
                        .help(format!("it must be from -{MOST} to {MOST}"));
                    self.error(diagnostic);
                }
            },
            _ => self.wrong_kind(name, &value, "a whole number"),
        }
        0
    }

    /// Reads one size for both directions, or height and width: `3`, `3x5`, `[3, 5]`.
    pub(crate) fn pair(&mut self, name: &str, range: RangeInclusive<usize>) -> [usize; 2] {
        let default = self.default_number(name) as usize;
        self.sizes_or(name, range, [default; 2].into()).over_image(default)
    }

    /// Reads one size for all directions of the layer's input, or one for each: `3`, for images `3x5`, `[3,
    /// 5]`, for volumes `3x3x5`.
    pub(crate) fn sizes(&mut self, name: &str, range: RangeInclusive<usize>) -> Spatial {
        let default = self.default_number(name) as usize;
        self.sizes_or(name, range, Spatial::all(default, self.directions()))
    }

    /// Reads one size for each direction, like `sizes`, with a default that follows from other arguments and
    /// gives the directions.
    pub(crate) fn sizes_or(&mut self, name: &str, range: RangeInclusive<usize>, default: Spatial) -> Spatial {
        let directions = default.directions();
        let expected = match directions {
            1 => "one whole number such as `3`: a signal has only one direction, its length",
            2 => "a whole number or a pair of them, such as `3`, `3x3` or `[3, 3]`",
            _ => {
                "a whole number or three of them, such as `3`, `3x3x3` or `[3, 3, 3]`: depth, height and width"
            }
        };
        let Some(value) = self.spanned(name).cloned() else { return default };
        let items: Vec<Spanned<Datum>> = match &value.node {
            Datum::Dims(sizes) => {
                let item = |size: &u32| Spanned { node: Datum::Int(i64::from(*size)), span: value.span };
                sizes.iter().map(item).collect()
            }
            Datum::List(items) => items.clone(),
            _ => {
                let size = self.size(name, &value, &range, expected);
                return size.map_or(default, |size| Spatial::all(size, directions));
            }
        };
        if items.len() != directions {
            let place = value.span;
            let mut diagnostic =
                Diagnostic::error("E0305", place, format!("{} must be {expected}", self.subject(name)))
                    .here(format!("found {}", value.node.describe()));
            if (directions, items.len()) == (1, 2) {
                diagnostic = diagnostic.help("the layer's input has two sizes, channels and length; an image has three, such as `input [1, 28, 28]`");
            }
            self.error(diagnostic);
            return default;
        }
        let sizes: Vec<usize> =
            items.iter().map_while(|item| self.size(name, item, &range, expected)).collect();
        match sizes.len() == directions {
            true => Spatial::from_fn(directions, |axis| sizes[axis]),
            false => default,
        }
    }

    /// Reads one whole number or a list of them: `3`, `3x3`, `[3, -1]`.
    pub(crate) fn whole_list(&mut self, name: &str, range: RangeInclusive<i64>, expected: &str) -> Vec<i64> {
        let Some(value) = self.spanned(name).cloned() else { return vec![] };
        let items: Vec<Spanned<Datum>> = match &value.node {
            Datum::Dims(sizes) => {
                let item = |size: &u32| Spanned { node: Datum::Int(i64::from(*size)), span: value.span };
                sizes.iter().map(item).collect()
            }
            Datum::List(items) => items.clone(),
            _ => vec![value],
        };
        let mut numbers = vec![];
        for item in items {
            match item.node {
                Datum::Int(number) if range.contains(&number) => numbers.push(number),
                Datum::Int(number) => {
                    let message = format!("{} is out of range", self.subject(name));
                    let diagnostic = Diagnostic::error("E0306", item.span, message)
                        .here(format!("this is {number}"))
                        .help(format!("it must be from {} to {}", range.start(), range.end()));
                    self.error(diagnostic);
                }
                _ => self.wrong_kind(name, &item, expected),
            }
        }
        numbers
    }

    /// Reads a number that 32 bits can hold, as those of the generated code do: finite, and 0 or not so small
    /// that it becomes 0.
    pub(crate) fn number(&mut self, name: &str) -> f64 {
        let default = self.default_number(name);
        let Some(value) = self.spanned(name).cloned() else { return default };
        match value.node {
            Datum::Int(number) => number as f64,
            Datum::Float(number) if self.holds(name, value.span, number) => number,
            Datum::Float(_) => default,
            _ => {
                self.wrong_kind(name, &value, "a number");
                default
            }
        }
    }

    /// Returns true if 32 bits can hold a number; reports an error otherwise.
    pub(crate) fn holds(&mut self, name: &str, place: Span, number: f64) -> bool {
        let holds = fits_f32(number);
        if !holds {
            let message = format!("{} is not a number that 32 bits can hold", self.subject(name));
            let help = match number.abs() < 1.0 {
                true => format!("numbers of 32 bits are 0 or at least {:.1e} in size", f32::MIN_POSITIVE),
                false => format!("numbers of 32 bits are at most {:.1e} in size", f32::MAX),
            };
            let diagnostic = Diagnostic::error("E0306", place, message);
            self.error(diagnostic.here(format!("this is {number:?}")).help(help));
        }
        holds
    }

    /// Reads a list of finite numbers; empty if it is not given.
    pub(crate) fn numbers(&mut self, name: &str) -> Vec<f64> {
        let Some(value) = self.spanned(name).cloned() else { return vec![] };
        const EXPECTED: &str = "a list of numbers, such as `[1, 2.5]`";
        let Datum::List(items) = &value.node else {
            self.wrong_kind(name, &value, EXPECTED);
            return vec![];
        };
        if items.is_empty() {
            self.wrong_kind(name, &value, EXPECTED);
        }
        let mut numbers = vec![];
        for item in items {
            match item.node {
                Datum::Int(number) => numbers.push(number as f64),
                Datum::Float(number) if self.holds(name, item.span, number) => numbers.push(number),
                Datum::Float(_) => {}
                _ => self.wrong_kind(name, item, EXPECTED),
            }
        }
        numbers
    }

    /// Reads a number above 0.
    pub(crate) fn positive(&mut self, name: &str) -> f64 {
        let number = self.number(name);
        if number <= 0.0 {
            self.out_of_range(name, "above 0", number);
            return self.default_number(name);
        }
        number
    }

    /// Reads a number of at least 0.
    pub(crate) fn not_negative(&mut self, name: &str) -> f64 {
        let number = self.number(name);
        if number < 0.0 {
            self.out_of_range(name, "at least 0", number);
            return self.default_number(name);
        }
        number
    }

    /// Reads a share from 0 to 1; `25%` is 0.25. What 32 bits do not tell from 1 is 1.
    pub(crate) fn fraction(&mut self, name: &str) -> f64 {
        let default = self.default_number(name);
        let Some(value) = self.spanned(name).cloned() else { return default };
        let share = match value.node {
            Datum::Quantity(percent, Unit::Percent) if self.holds(name, value.span, percent / 100.0) => {
                percent / 100.0
            }
            Datum::Quantity(_, Unit::Percent) => return default,
            Datum::Int(_) | Datum::Float(_) => self.number(name),
            _ => {
                self.wrong_kind(name, &value, "a share such as `0.1` or `10%`");
                return default;
            }
        };
        if !(0.0..=1.0).contains(&share) {
            self.out_of_range(name, "from 0 to 1, or from 0% to 100%", share);
            return default;
        }
        if share as f32 == 1.0 { 1.0 } else { share }
    }

    /// Reads `true` or `false`.
    pub(crate) fn flag(&mut self, name: &str) -> bool {
        let default = self.signature.default(name) == Some("true");
        self.flag_or(name, default)
    }

    /// Reads `true` or `false` like `flag`, with a default that follows from another argument.
    pub(crate) fn flag_or(&mut self, name: &str, default: bool) -> bool {
        let Some(value) = self.spanned(name).cloned() else { return default };
        match value.node {
            Datum::Bool(flag) => flag,
            _ => {
                self.wrong_kind(name, &value, "`true` or `false`");
                default
            }
        }
    }

    /// Reads a text that is not empty.
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

    /// Returns the option's word that the argument is, if it is one. A word of the option goes before a block
    /// parameter of the same name: this is the only place that decides between the two.
    pub(crate) fn word<'w>(&mut self, name: &str, words: &[&'w str]) -> Option<&'w str> {
        let known = |word: &Word| words.iter().copied().find(|known| *known == word.name);
        let written = &self.bound(name)?.written;
        if let Some(word) = written.word().and_then(known) {
            if let Datum::Parameter(parameter) = written {
                let declared = parameter.place;
                self.sink.overrule(declared);
            }
            return Some(word);
        }
        match self.datum(name)? {
            Datum::Word(word) => known(word),
            _ => None,
        }
    }

    /// Reads the name that was written, for arguments that name a value or a layer.
    pub(crate) fn name(&self, name: &str) -> Option<Ident> {
        self.bound(name)?.written.word().map(ident)
    }

    /// Reads names of layers: one, a pattern in quotation marks, or a list of them.
    pub(crate) fn names(&mut self, name: &str, expected: &str) -> Vec<Ident> {
        let Some(bound) = self.bound(name) else { return vec![] };
        let items = match &bound.written {
            Datum::List(items) if !items.is_empty() => items.clone(),
            one => vec![Spanned { node: one.clone(), span: bound.value.span }],
        };
        let mut names = vec![];
        for item in items {
            match (item.node.word(), &item.node) {
                (Some(word), _) => names.push(ident(word)),
                (None, Datum::Text(text)) => names.push(Spanned { node: text.clone(), span: item.span }),
                _ => self.wrong_kind(name, &item, expected),
            }
        }
        names
    }

    /// Reads names, numbers in a range, or a list of both; a number is an `Err`, and empty is what was not given.
    pub(crate) fn names_or_numbers(
        &mut self,
        name: &str,
        range: RangeInclusive<usize>,
        expected: &str,
    ) -> Vec<Result<String, usize>> {
        let Some(bound) = self.bound(name) else { return vec![] };
        let items = match &bound.written {
            Datum::List(items) if !items.is_empty() => items.clone(),
            one => vec![Spanned { node: one.clone(), span: bound.value.span }],
        };
        let mut found = vec![];
        for item in items {
            match (item.node.word(), &item.node) {
                (Some(word), _) => found.push(Ok(word.name.clone())),
                (None, Datum::Text(text)) => found.push(Ok(text.clone())),
                (None, Datum::Int(_)) => {
                    found.extend(self.size(name, &item, &range, expected).map(Err));
                }
                _ => self.wrong_kind(name, &item, expected),
            }
        }
        found
    }

    /// Reads one of some names, of which there is at least one.
    pub(crate) fn choice<T: Clone>(&mut self, name: &str, choices: &[(&str, T)]) -> T {
        let usual = self.signature.default(name);
        let default = choices.iter().find(|(choice, _)| Some(*choice) == usual).unwrap_or(&choices[0]);
        if !self.given(name) {
            return default.1.clone();
        }
        let names: Vec<&str> = choices.iter().map(|(choice, _)| *choice).collect();
        let word = self.word(name, &names);
        match choices.iter().find(|(choice, _)| Some(*choice) == word) {
            Some((_, value)) => value.clone(),
            None => {
                self.unknown_choice(name, &names, "");
                default.1.clone()
            }
        }
    }

    /// Reads one of some names, each with arguments of its own.
    pub(crate) fn variant<T>(
        &mut self,
        name: &str,
        variants: &[Signature<'static>],
        read: impl FnOnce(&str, &mut Args<'_>) -> T,
    ) -> T {
        let names: Vec<&str> = variants.iter().map(|variant| variant.name).collect();
        let usual = self.signature.default(name).unwrap_or_default().to_string();
        let (word, span, given) = match self.word(name, &names) {
            Some(word) => (word.to_string(), self.place_of(name), Arguments::default()),
            None => match self.spanned(name).cloned() {
                Some(Spanned { node: Datum::Call(call), span }) => (call.name, span, call.given),
                Some(value) => (String::new(), value.span, Arguments::default()),
                None => (usual.clone(), self.span, Arguments::default()),
            },
        };
        let find = |name: &str| variants.iter().find(|variant| variant.name == name);
        let (signature, given) = match find(&word) {
            Some(signature) => (signature, given),
            None => {
                self.unknown_choice(name, &names, "");
                (find(&usual).unwrap_or(&variants[0]), Arguments::default())
            }
        };
        let mut inner = Args::bind(signature, span, given, self.sink);
        let result = read(signature.name, &mut inner);
        self.failed |= inner.failed();
        result
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
}

fn ident(word: &Word) -> Ident {
    Spanned { node: word.name.clone(), span: word.span }
}
