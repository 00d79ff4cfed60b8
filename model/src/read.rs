//! Values from the expressions of Rust that make them: the way back from what [`Emit`](crate::Emit) describes.

use crate::emit::{Fields, Value};
use std::convert::Infallible;
use std::fmt;

mod parse;

/// A part of an expression, as far as the types of this crate need one.
#[derive(Clone, Debug, PartialEq)]
pub enum Term {
    /// A number: `-0.5`.
    Number(String),
    /// A text.
    Text(String),
    /// A list: `&[1, 2]`.
    List(Vec<Term>),
    /// A struct, a variant, a constant, a tuple, `true` or `None`.
    Item(Item),
}

/// A name with the values of fields.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Item {
    /// The last name of the path; empty for a tuple.
    pub name: String,
    /// The fields without names.
    pub unnamed: Vec<Term>,
    /// The fields with names.
    pub named: Vec<(String, Term)>,
    /// True if a constant of the type has the fields that are not here.
    pub has_rest: bool,
}

/// An expression that does not make a value of the type that is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unread {
    /// A sentence on the problem.
    pub problem: String,
}

impl Unread {
    pub(crate) fn new(problem: impl Into<String>) -> Unread {
        Unread { problem: problem.into() }
    }
}

impl fmt::Display for Unread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.problem)
    }
}

impl std::error::Error for Unread {}

/// A value that can be read from an expression. Lists and texts of generated code's types live as long as the program.
pub trait Read: Sized {
    /// Reads the value.
    ///
    /// # Errors
    /// If the expression makes none of this type.
    fn read(term: &Term) -> Result<Self, Unread>;
}

impl Term {
    /// Reads an expression of Rust.
    ///
    /// # Errors
    /// If it has anything but literals, lists, tuples, and items with fields.
    pub fn parse(text: &str) -> Result<Term, Unread> {
        parse::parse(text)
    }

    /// Returns the term as an item.
    ///
    /// # Errors
    /// If it is a literal or a list; `wanted` says what the item should be.
    pub fn item(&self, wanted: &str) -> Result<&Item, Unread> {
        match self {
            Term::Item(item) => Ok(item),
            other => Err(Unread::new(format!("expected `{wanted}`, found {other:?}"))),
        }
    }
}

impl Item {
    /// Reads the field of this name.
    ///
    /// # Errors
    /// If it is not there, or not of this type.
    pub fn field<T: Read>(&self, name: &str) -> Result<T, Unread> {
        self.optional(name).unwrap_or_else(|| Err(Unread::new(format!("`{}` has no `{name}`", self.name))))
    }

    /// Reads the field of this name, which may be a constant of its type with this value.
    ///
    /// # Errors
    /// As [`field`](Item::field).
    pub fn field_or_constant<T: Read>(&self, name: &str, constant: &str, value: T) -> Result<T, Unread> {
        let is_constant = |(field, term): &(String, Term)| {
            field == name
                && matches!(term, Term::Item(item) if *item == Item { name: constant.into(), ..Item::default() })
        };
        if self.named.iter().any(is_constant) { Ok(value) } else { self.field(name) }
    }

    /// Reads the field of this name, or else the value that a constant of the type has.
    pub(crate) fn field_or<T: Read>(&self, name: &str, usual: Value) -> Result<T, Unread> {
        match self.optional(name) {
            Some(value) => value,
            None if self.has_rest => T::read(&usual.into()),
            None => Err(Unread::new(format!("`{}` has no `{name}`", self.name))),
        }
    }

    /// Reads a field without a name.
    pub(crate) fn at<T: Read>(&self, index: usize) -> Result<T, Unread> {
        let missing = || Unread::new(format!("`{}` has no field {index}", self.name));
        T::read(self.unnamed.get(index).ok_or_else(missing)?)
    }

    fn optional<T: Read>(&self, name: &str) -> Option<Result<T, Unread>> {
        let (_, term) = self.named.iter().find(|(field, _)| field == name)?;
        Some(T::read(term).map_err(|Unread { problem }| Unread::new(format!("{name}: {problem}"))))
    }
}

impl From<Value> for Term {
    fn from(value: Value) -> Term {
        let item = |name: &str| Item { name: name.into(), ..Item::default() };
        match value {
            Value::Bool(value) => Term::Item(item(&value.to_string())),
            Value::Whole(value) => Term::Number(value.to_string()),
            Value::Negative(value) => Term::Number(value.to_string()),
            Value::Single(value) => Term::Number(format!("{value:?}")),
            Value::Double(value) => Term::Number(format!("{value:?}")),
            Value::Text(text) => Term::Text(text),
            Value::List(values) => Term::List(values.into_iter().map(Term::from).collect()),
            Value::Optional(None) => Term::Item(item("None")),
            Value::Optional(Some(value)) => {
                Term::Item(Item { unnamed: vec![Term::from(*value)], ..item("Some") })
            }
            Value::Item { path, variant, fields } => {
                let own = item(variant.or(path.last().copied()).unwrap_or_default());
                let named = |fields: Vec<(&str, Value)>| {
                    fields.into_iter().map(|(name, value)| (name.to_string(), value.into())).collect()
                };
                Term::Item(match fields {
                    Fields::None => own,
                    Fields::Unnamed(values) => {
                        Item { unnamed: values.into_iter().map(Term::from).collect(), ..own }
                    }
                    Fields::Named(fields) => Item { named: named(fields), ..own },
                    Fields::ButFor(fields, _) => Item { named: named(fields), has_rest: true, ..own },
                })
            }
        }
    }
}

macro_rules! read_numbers {
    ($($type:ty),+) => {
        $(impl Read for $type {
            fn read(term: &Term) -> Result<$type, Unread> {
                let found = match term {
                    Term::Number(number) => number.parse().ok(),
                    _ => None,
                };
                found.ok_or_else(|| Unread::new(format!("expected a number ({}), found {term:?}", stringify!($type))))
            }
        })+
    };
}

read_numbers!(u32, i32, u64, usize, f32, f64);

impl Read for bool {
    fn read(term: &Term) -> Result<bool, Unread> {
        let name = &term.item("bool")?.name;
        name.parse().map_err(|_| Unread::new(format!("expected `true` or `false`, found `{name}`")))
    }
}

impl Read for Infallible {
    fn read(_: &Term) -> Result<Infallible, Unread> {
        Err(Unread::new("there is no such value"))
    }
}

impl Read for String {
    fn read(term: &Term) -> Result<String, Unread> {
        match term {
            Term::Text(text) => Ok(text.clone()),
            other => Err(Unread::new(format!("expected a text, found {other:?}"))),
        }
    }
}

impl Read for &'static str {
    fn read(term: &Term) -> Result<&'static str, Unread> {
        Ok(Box::leak(String::read(term)?.into_boxed_str()))
    }
}

impl<T: Read> Read for &'static [T] {
    fn read(term: &Term) -> Result<&'static [T], Unread> {
        match term {
            Term::List(terms) => {
                let list: Vec<T> = terms.iter().map(T::read).collect::<Result<_, _>>()?;
                Ok(Box::leak(list.into_boxed_slice()))
            }
            other => Err(Unread::new(format!("expected a list, found {other:?}"))),
        }
    }
}

impl<T: Read> Read for Option<T> {
    fn read(term: &Term) -> Result<Option<T>, Unread> {
        let item = term.item("Option")?;
        match item.name.as_str() {
            "None" => Ok(None),
            "Some" => item.at(0).map(Some),
            other => Err(Unread::new(format!("expected `None` or `Some`, found `{other}`"))),
        }
    }
}

impl<A: Read, B: Read> Read for (A, B) {
    fn read(term: &Term) -> Result<(A, B), Unread> {
        let item = term.item("(_, _)")?;
        Ok((item.at(0)?, item.at(1)?))
    }
}

/// Implements [`Read`] for a struct with these fields; the compiler checks that they are all.
///
/// A field may be a constant of its type: `metrics or Metrics::NONE`.
#[macro_export]
macro_rules! read_struct {
    ($type:ident { $($field:ident $(or $of:ident::$constant:ident)?),+ $(,)? }) => {
        impl $crate::Read for $type {
            fn read(term: &$crate::Term) -> Result<Self, $crate::Unread> {
                let item = term.item(stringify!($type))?;
                Ok($type { $($field: $crate::read_struct!(@ item $field $(or $of::$constant)?)?),+ })
            }
        }
    };
    (@ $item:ident $field:ident) => {
        $item.field(stringify!($field))
    };
    (@ $item:ident $field:ident or $of:ident::$constant:ident) => {
        $item.field_or_constant(stringify!($field), stringify!($constant), $of::$constant)
    };
}

/// Reads a variant of the enum whose implementation this is in.
macro_rules! read_variant {
    ($item:ident, $variant:ident) => {
        Self::$variant
    };
    ($item:ident, $variant:ident, ($($unnamed:ident),+)) => {{
        let mut fields = 0..;
        $(let $unnamed = $item.at(fields.next().unwrap_or_default())?;)+
        Self::$variant($($unnamed),+)
    }};
    ($item:ident, $variant:ident, { $($field:ident),+ }) => {
        Self::$variant { $($field: $item.field(stringify!($field))?),+ }
    };
}
pub(crate) use read_variant;

#[cfg(test)]
mod tests;
