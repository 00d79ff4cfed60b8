//! The only place that spells the runtime's paths.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

/// Brings the runtime's hidden module into scope, and fails clearly when the runtime is of another version.
pub(super) fn header() -> TokenStream {
    let version = format_ident!("MadeFor{}", env!("CARGO_PKG_VERSION").replace(['.', '-'], "_"));
    quote! {
        use ::netwright::__private::*;
        const _: ::netwright::__private::#version = ::netwright::__private::#version;
    }
}
