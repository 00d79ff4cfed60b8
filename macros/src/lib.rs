//! The procedural half of `netwright::network!`.
//!
//! Use the macro through the crate `netwright`: it adds the path by which the code is to call that crate, whatever the calling crate
//! has renamed it to.

mod expand;
mod files;
mod report;
mod source;

/// Expands `{ path of the runtime } description`; `netwright::network!` writes the first part.
#[proc_macro]
pub fn network(input: proc_macro::TokenStream) -> proc_macro::TokenStream {
    expand::network(input.into()).into()
}
