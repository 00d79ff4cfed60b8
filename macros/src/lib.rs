//! The `network!` macro: networks described in Rust source, or in a `.net` file beside it.
//!
//! Use it through the crate `netwright`, which exports it and which the code it makes calls.

mod expand;
mod files;
mod report;
mod source;

/// Makes a module of each network that is described here, or in a file.
///
/// `network! { network LeNet5 { ... } train LeNet5 { ... } }` and `network!("lenet5.net")` both define `pub mod lenet5`. The path is
/// relative to the folder of the calling crate's `Cargo.toml`; what a file imports is relative to that file, and what a text
/// in Rust source imports, to the folder of `Cargo.toml`. The crate is built again when one of the files changes.
///
/// # Errors
/// Each mistake in a description is an error of the Rust compiler at the very words, and all of them come at once. Advice comes as
/// warnings of the lint `deprecated`, the only one that a macro can raise.
#[proc_macro]
pub fn network(input: proc_macro::TokenStream) -> proc_macro::TokenStream {
    expand::network(input.into()).into()
}
