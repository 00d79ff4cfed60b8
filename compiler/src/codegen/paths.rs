//! The only place that spells the runtime's paths.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

/// The runtime under its own name, as a crate that has not renamed it knows it.
pub(super) fn runtime() -> TokenStream {
    quote!(::netwright)
}

/// Brings the hidden module of the crate `runtime` into scope, and fails clearly when the runtime is of another version.
pub(super) fn header(runtime: &TokenStream) -> TokenStream {
    let version = format_ident!("MadeFor{}", env!("CARGO_PKG_VERSION").replace(['.', '-'], "_"));
    quote! {
        use #runtime::__private::*;
        const _: #runtime::__private::#version = #runtime::__private::#version;
    }
}
