//! The `network!` macro: text of the Netwright language, in a Rust crate.

mod files;
mod report;
mod source;

use netwright_compiler::{Diagnostic, Options, Program, generate, module_name, parse_program, unsupported};
use proc_macro2::{Literal, TokenStream, TokenTree};
use quote::quote;
use source::Spans;

/// Compiles networks to Rust: a module for each, named after it in lower case.
///
/// ```text
/// netwright::network! {
///     network Xor {
///         input [2]
///         dense(8) tanh
///         dense(1) sigmoid
///         loss binary_cross_entropy
///     }
///     train Xor { batch 4 optimizer adam(lr=0.05) }
/// }
///
/// let mut trainer = xor::Trainer::new(xor::Params::init(1), 1);
/// ```
///
/// The text can also stand in a file, named relative to the folder of the crate's `Cargo.toml`:
/// `network!("src/xor.net");`.
#[proc_macro]
pub fn network(input: proc_macro::TokenStream) -> proc_macro::TokenStream {
    expand(input.into()).into()
}

fn expand(input: TokenStream) -> TokenStream {
    let root = std::env::var("CARGO_MANIFEST_DIR").unwrap_or_default();
    let files = files::Files::new(&root);
    if let Some(path) = single_text(&input) {
        let name = path.to_string();
        let name = name.trim_matches('"');
        return match files.read(name) {
            Ok(text) => {
                let (program, diagnostics) = parse_program(name, &text, &files);
                // The places are in another file, so the messages carry them.
                let spans = Spans::all_at(path.span());
                items(&program, &diagnostics, &spans, &files)
            }
            Err(why) => report::error(&format!("cannot read `{name}`: {why}"), path.span()),
        };
    }
    let (text, spans) = source::text(input);
    let (program, diagnostics) = parse_program("network!", &text, &files);
    items(&program, &diagnostics, &spans, &files)
}

/// The literal of `network!("file.net")`.
fn single_text(input: &TokenStream) -> Option<Literal> {
    let mut tokens = input.clone().into_iter();
    match (tokens.next(), tokens.next()) {
        (Some(TokenTree::Literal(literal)), None) if literal.to_string().starts_with('"') => Some(literal),
        _ => None,
    }
}

fn items(program: &Program, diagnostics: &[Diagnostic], spans: &Spans, files: &files::Files) -> TokenStream {
    let mut all = diagnostics.to_vec();
    let failed = all.iter().any(Diagnostic::is_error);
    if !failed {
        all.extend(program.models.iter().flat_map(unsupported));
    }
    let reports = report::all(&all, spans, program);
    let read = files.read_so_far();
    let tracked = quote!(#(const _: &[u8] = include_bytes!(#read);)*);
    if all.iter().any(Diagnostic::is_error) {
        return quote!(#reports #tracked);
    }
    let options = Options { training_loop: cfg!(feature = "train"), ..Options::default() };
    let modules = program.models.iter().map(|model| {
        let (name, items) = (module_name(&model.graph.name), generate(model, &options));
        quote!(pub mod #name { #items })
    });
    quote!(#reports #tracked #(#modules)*)
}
