//! Numbers and lists of numbers as tokens of generated code.

use proc_macro2::{Literal, TokenStream};
use quote::quote;

/// Returns a number without a type.
pub(crate) fn number(n: usize) -> Literal {
    Literal::usize_unsuffixed(n)
}

/// Returns a number of the source as the nearest `f32`, written as short as it can be.
pub(crate) fn float(x: f64) -> Literal {
    let short = format!("{:?}", x as f32);
    short.parse().unwrap_or_else(|_| Literal::f32_unsuffixed(x as f32))
}

/// Returns a number of the source as an `f64`, written as short as it can be.
pub(crate) fn double(x: f64) -> Literal {
    format!("{x:?}").parse().unwrap_or_else(|_| Literal::f64_unsuffixed(x))
}

/// Returns a list of sizes: `[1, 28, 28]`.
pub(crate) fn array(sizes: &[usize]) -> TokenStream {
    let sizes = sizes.iter().map(|&size| number(size));
    quote!([#(#sizes),*])
}
