//! Values of the types that compiler and runtime share, as tokens: the only place that writes them.

use crate::tokens::{double, float};
use netwright_model::{Emit, Fields, Value};
use proc_macro2::{Literal, TokenStream};
use quote::{ToTokens, format_ident, quote};

/// Returns the expression that makes a value in generated code, where the runtime's hidden module is in
/// scope.
pub(crate) fn emit(value: &(impl Emit + ?Sized)) -> TokenStream {
    tokens(value.emit())
}

/// Like [`emit`], but with only the last name of the path: for a namesake in another module.
pub(crate) fn emit_variant(value: &(impl Emit + ?Sized)) -> TokenStream {
    match value.emit() {
        Value::Item { variant: Some(name), fields, .. } => item(&[], name, fields),
        other => tokens(other),
    }
}

fn tokens(value: Value) -> TokenStream {
    match value {
        Value::Bool(value) => value.to_token_stream(),
        Value::Whole(value) => Literal::u64_unsuffixed(value).to_token_stream(),
        Value::Negative(value) => {
            let value = Literal::u64_unsuffixed(value.unsigned_abs());
            quote!(-#value)
        }
        Value::Single(value) => float(f64::from(value)).to_token_stream(),
        Value::Double(value) => double(value).to_token_stream(),
        Value::Text(text) => text.to_token_stream(),
        Value::List(values) => {
            let values = values.into_iter().map(tokens);
            quote!(&[#(#values),*])
        }
        Value::Optional(None) => quote!(None),
        Value::Optional(Some(value)) => {
            let value = tokens(*value);
            quote!(Some(#value))
        }
        Value::Item { path, variant: Some(variant), fields } => item(path, variant, fields),
        Value::Item { path: [modules @ .., name], variant: None, fields } => item(modules, name, fields),
        Value::Item { path: [], variant: None, .. } => TokenStream::new(),
    }
}

fn item(path: &[&str], name: &str, fields: Fields) -> TokenStream {
    let (path, name) = (path.iter().map(|name| format_ident!("{name}")), format_ident!("{name}"));
    let path = quote!(#(#path::)* #name);
    let fields = match fields {
        Fields::None => TokenStream::new(),
        Fields::Unnamed(values) => {
            let values = values.into_iter().map(tokens);
            quote!((#(#values),*))
        }
        Fields::Named(fields) => {
            let names = fields.iter().map(|(name, _)| format_ident!("{name}")).collect::<Vec<_>>();
            let values = fields.into_iter().map(|(_, value)| tokens(value));
            quote!({ #(#names: #values),* })
        }
        Fields::ButFor(fields, constant) => {
            let constant = format_ident!("{constant}");
            let names = fields.iter().map(|(name, _)| format_ident!("{name}")).collect::<Vec<_>>();
            let values = fields.into_iter().map(|(_, value)| tokens(value));
            quote!({ #(#names: #values,)* ..#path::#constant })
        }
    };
    quote!(#path #fields)
}
