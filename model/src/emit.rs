//! Values as expressions of Rust.

use std::convert::Infallible;

/// An expression of Rust that makes a value, as far as the types of this crate need one.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// `true` or `false`.
    Bool(bool),
    /// A whole number of at least 0.
    Whole(u64),
    /// A whole number below 0.
    Negative(i64),
    /// A number of 32 bits.
    Single(f32),
    /// A number of 64 bits.
    Double(f64),
    /// A text.
    Text(String),
    /// A borrowed list: `&[1, 2]`.
    List(Vec<Value>),
    /// An optional value: `None` or `Some(1)`.
    Optional(Option<Box<Value>>),
    /// A struct, or a variant of an enum.
    Item {
        /// The struct or enum as generated code spells it, with its module if it is in one: `["augment", "Operation"]`.
        path: &'static [&'static str],
        /// The variant of an enum.
        variant: Option<&'static str>,
        /// The values of the fields.
        fields: Fields,
    },
}

/// The fields of a struct or variant.
#[derive(Clone, Debug, PartialEq)]
pub enum Fields {
    /// `Constant`
    None,
    /// `TopK(5)`
    Unnamed(Vec<Value>),
    /// `Step { every: 3.0, factor: 0.5 }`
    Named(Vec<(&'static str, Value)>),
    /// `Table { path: "a.csv", ..Table::USUAL }`: the type's constant has all other fields.
    ButFor(Vec<(&'static str, Value)>, &'static str),
}

impl Fields {
    /// Returns the fields that differ from those of the type's constant of this name, which gives the others.
    pub(crate) fn but_for(
        fields: Vec<(&'static str, Value)>,
        usual: &[(&'static str, Value)],
        constant: &'static str,
    ) -> Fields {
        let differing = fields.into_iter().zip(usual).filter(|(field, usual)| field != *usual);
        Fields::ButFor(differing.map(|(field, _)| field).collect(), constant)
    }
}

/// A value that generated code can hold as a constant.
pub trait Emit {
    /// Describes the expression that makes the value.
    fn emit(&self) -> Value;
}

macro_rules! emit_plain {
    ($($type:ty => |$value:ident| $expression:expr;)*) => {
        $(impl Emit for $type {
            fn emit(&self) -> Value {
                let $value = self;
                $expression
            }
        })*
    };
}

emit_plain! {
    bool => |value| Value::Bool(*value);
    u32 => |value| Value::Whole(u64::from(*value));
    i32 => |value| match u64::try_from(*value) {
        Ok(value) => Value::Whole(value),
        Err(_) => Value::Negative(i64::from(*value)),
    };
    u64 => |value| Value::Whole(*value);
    usize => |value| Value::Whole(*value as u64);
    f32 => |value| Value::Single(*value);
    f64 => |value| Value::Double(*value);
    str => |value| Value::Text(value.to_string());
    String => |value| Value::Text(value.clone());
}

impl Emit for Infallible {
    fn emit(&self) -> Value {
        match *self {}
    }
}

impl<T: Emit + ?Sized> Emit for &T {
    fn emit(&self) -> Value {
        (**self).emit()
    }
}

impl<T: Emit> Emit for [T] {
    fn emit(&self) -> Value {
        Value::List(self.iter().map(Emit::emit).collect())
    }
}

impl<T: Emit> Emit for Vec<T> {
    fn emit(&self) -> Value {
        self.as_slice().emit()
    }
}

impl<T: Emit> Emit for Option<T> {
    fn emit(&self) -> Value {
        Value::Optional(self.as_ref().map(|value| Box::new(value.emit())))
    }
}

/// Defines structs and enums together with their [`Emit`] and [`Read`](crate::Read), so that no field can be forgotten.
///
/// A name in quotation marks before an item is the module in which generated code finds it. A struct with `usual NAME` has a constant of
/// that name, whose fields are left out where they are the same. A field of a tuple variant
/// has a name for the macro alone.
macro_rules! emitted {
    ($($module:literal)? $(#[$meta:meta])* $vis:vis struct $name:ident $(<$($list:ident),+>)? usual $usual:ident {
        $($(#[$about:meta])* $vis_field:vis $field:ident: $type:ty),+ $(,)?
    } $($rest:tt)*) => {
        $(#[$meta])*
        $vis struct $name $(<$($list),+>)? {
            $($(#[$about])* $vis_field $field: $type),+
        }

        impl $(<$($list: $crate::Emit),+>)? $crate::Emit for $name $(<$($list),+>)? {
            fn emit(&self) -> $crate::Value {
                let Self { $($field),+ } = self;
                let own = vec![$((stringify!($field), $field.emit())),+];
                let $name { $($field),+ } = $name::$usual;
                let usual = [$((stringify!($field), $field.emit())),+];
                $crate::Value::Item {
                    path: &[$($module,)? stringify!($name)],
                    variant: None,
                    fields: $crate::emit::Fields::but_for(own, &usual, stringify!($usual)),
                }
            }
        }

        impl $(<$($list: $crate::Read),+>)? $crate::Read for $name $(<$($list),+>)? {
            fn read(term: &$crate::Term) -> Result<Self, $crate::Unread> {
                let item = term.item(stringify!($name))?;
                // Its constant may be of other lists, which describe themselves as these do.
                let usual = $name::$usual;
                Ok($name { $($field: item.field_or(stringify!($field), $crate::Emit::emit(&usual.$field))?),+ })
            }
        }

        $crate::emit::emitted! { $($rest)* }
    };
    ($($module:literal)? $(#[$meta:meta])* $vis:vis struct $name:ident $(<$($list:ident),+>)? {
        $($(#[$about:meta])* $vis_field:vis $field:ident: $type:ty),+ $(,)?
    } $($rest:tt)*) => {
        $(#[$meta])*
        $vis struct $name $(<$($list),+>)? {
            $($(#[$about])* $vis_field $field: $type),+
        }

        impl $(<$($list: $crate::Emit),+>)? $crate::Emit for $name $(<$($list),+>)? {
            fn emit(&self) -> $crate::Value {
                let Self { $($field),+ } = self;
                $crate::Value::Item {
                    path: &[$($module,)? stringify!($name)],
                    variant: None,
                    fields: $crate::emit::Fields::Named(vec![$((stringify!($field), $field.emit())),+]),
                }
            }
        }

        impl $(<$($list: $crate::Read),+>)? $crate::Read for $name $(<$($list),+>)? {
            fn read(term: &$crate::Term) -> Result<Self, $crate::Unread> {
                let item = term.item(stringify!($name))?;
                Ok($name { $($field: item.field(stringify!($field))?),+ })
            }
        }

        $crate::emit::emitted! { $($rest)* }
    };
    ($($module:literal)? $(#[$meta:meta])* $vis:vis enum $name:ident $(<$($list:ident),+>)? {
        $(
            $(#[$about:meta])*
            $variant:ident
            $(($($unnamed:ident: $unnamed_type:ty),+))?
            $({ $($(#[$about_field:meta])* $field:ident: $type:ty),+ $(,)? })?
        ),+ $(,)?
    } $($rest:tt)*) => {
        $(#[$meta])*
        $vis enum $name $(<$($list),+>)? {
            $(
                $(#[$about])*
                $variant $(($($unnamed_type),+))? $({ $($(#[$about_field])* $field: $type),+ })?
            ),+
        }

        impl $(<$($list),+>)? $name $(<$($list),+>)? {
            /// The names of the variants, in their order.
            $vis const VARIANTS: &'static [&'static str] = &[$(stringify!($variant)),+];
        }

        impl $(<$($list: $crate::Emit),+>)? $crate::Emit for $name $(<$($list),+>)? {
            fn emit(&self) -> $crate::Value {
                let path: &'static [&'static str] = &[$($module,)? stringify!($name)];
                match self {
                    $(
                        Self::$variant $(($($unnamed),+))? $({ $($field),+ })? => $crate::Value::Item {
                            path,
                            variant: Some(stringify!($variant)),
                            fields: $crate::emit::fields!(
                                $(($($unnamed),+))? $({ $($field),+ })?
                            ),
                        },
                    )+
                }
            }
        }

        impl $(<$($list: $crate::Read),+>)? $crate::Read for $name $(<$($list),+>)? {
            fn read(term: &$crate::Term) -> Result<Self, $crate::Unread> {
                let item = term.item(stringify!($name))?;
                Ok(match item.name.as_str() {
                    $(
                        stringify!($variant) => $crate::read::read_variant!(
                            item, $variant $(, ($($unnamed),+))? $(, { $($field),+ })?
                        ),
                    )+
                    other => {
                        let problem = format!("`{}` has no variant `{other}`", stringify!($name));
                        return Err($crate::Unread { problem });
                    }
                })
            }
        }

        $crate::emit::emitted! { $($rest)* }
    };
    () => {};
}
pub(crate) use emitted;

/// The fields of a variant, from the names that they are bound to.
macro_rules! fields {
    () => {
        $crate::emit::Fields::None
    };
    (($($unnamed:ident),+)) => {
        $crate::emit::Fields::Unnamed(vec![$($unnamed.emit()),+])
    };
    ({ $($field:ident),+ }) => {
        $crate::emit::Fields::Named(vec![$((stringify!($field), $field.emit())),+])
    };
}
pub(crate) use fields;

#[cfg(test)]
mod tests {
    use super::*;

    emitted! {
        "things"
        /// A struct, for the test.
        #[derive(Clone)]
        struct Pair<L> {
            /// A list.
            list: L,
            /// A value of the enum.
            kind: Kind,
        }

        /// A struct of many fields, for the test.
        struct Many<S> usual USUAL {
            /// A text.
            text: S,
            /// A number.
            number: u32,
        }

        /// An enum, for the test.
        #[derive(Clone)]
        enum Kind {
            /// A variant without fields.
            Bare,
            /// A number.
            Number(number: u32),
            /// A name.
            Named { name: Option<String>, yes: bool },
        }
    }

    impl Many<&'static str> {
        const USUAL: Self = Many { text: "", number: 3 };
    }

    #[test]
    fn usual_fields_are_left_out() {
        let fields = |text: &str, number| match (Many { text, number }).emit() {
            Value::Item { path: ["Many"], variant: None, fields: Fields::ButFor(fields, "USUAL") } => fields,
            other => panic!("{other:?}"),
        };
        assert_eq!(fields("", 3), []);
        assert_eq!(fields("a", 3), [("text", Value::Text("a".into()))]);
        assert_eq!(fields("", 4), [("number", Value::Whole(4))]);
    }

    fn kind(variant: &'static str, fields: Fields) -> Value {
        Value::Item { path: &["Kind"], variant: Some(variant), fields }
    }

    #[test]
    fn items_are_described_with_all_their_fields() {
        let list = || vec![1.0, 2.5];
        let named = Kind::Named { name: Some("a".into()), yes: true };
        let name = Value::Optional(Some(Box::new(Value::Text("a".into()))));
        let kind_wanted = kind("Named", Fields::Named(vec![("name", name), ("yes", Value::Bool(true))]));
        let list_wanted = Value::List(vec![Value::Double(1.0), Value::Double(2.5)]);
        let fields = Fields::Named(vec![("list", list_wanted), ("kind", kind_wanted)]);
        let wanted = Value::Item { path: &["things", "Pair"], variant: None, fields };
        assert_eq!(Pair { list: list(), kind: named.clone() }.emit(), wanted);
        assert_eq!(Pair { list: list().as_slice(), kind: named }.emit(), wanted);
        assert_eq!(Kind::Number(3).emit(), kind("Number", Fields::Unnamed(vec![Value::Whole(3)])));
        assert_eq!(Kind::Bare.emit(), kind("Bare", Fields::None));
        assert_eq!(Kind::VARIANTS, ["Bare", "Number", "Named"]);
    }
}
