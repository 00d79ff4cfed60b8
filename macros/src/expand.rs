//! The macro's work: a text is found, compiled, and comes out as modules, or as errors.

use crate::files::{Folder, plain};
use crate::report::{self, Places};
use crate::source::{self, SpanTable};
use netwright_compiler::{
    Diagnostic, Model, Options, Program, generate_for, module_name, parse_program, skeletons,
};
use proc_macro2::{Delimiter, Span, TokenStream, TokenTree};
use quote::quote;
use std::path::Path;

/// Expands the path of the runtime in braces, and the caller's tokens after it.
pub(crate) fn network(input: TokenStream) -> TokenStream {
    let mut tokens = input.into_iter();
    let runtime = match tokens.next() {
        Some(TokenTree::Group(path)) if path.delimiter() == Delimiter::Brace => path.stream(),
        _ => {
            let message = "this macro is called by `netwright::network!`, which adds the path of the runtime";
            return report::error(message, (Span::call_site(), Span::call_site()));
        }
    };
    expand(&runtime, tokens.collect())
}

/// Expands what stands in `network!` for a crate in which `runtime` leads to the runtime.
fn expand(runtime: &TokenStream, input: TokenStream) -> TokenStream {
    let folder = Folder::of_caller();
    match argument(input) {
        Argument::Nothing => {
            let message = "`network!` takes a description, or the path of a `.net` file\n\
                help: write `network! { network Name { ... } }` or `network!(\"name.net\")`";
            report::error(message, (Span::call_site(), Span::call_site()))
        }
        Argument::Wrong(message, span) => report::error(&message, (span, span)),
        Argument::Path(path, span) => {
            let name = plain(Path::new(&path));
            match folder.read(&name) {
                Ok(text) => compile(runtime, &name, &text, None, span, &folder),
                Err(reason) => {
                    let message = format!(
                        "{reason}\nhelp: the path is relative to the folder of this crate's `Cargo.toml`"
                    );
                    report::error(&message, (span, span))
                }
            }
        }
        Argument::Tokens(tokens) => {
            let (text, table) = source::text(tokens);
            compile(runtime, INLINE, &text, Some(&table), Span::call_site(), &folder)
        }
    }
}

/// The name of a text in Rust source; its imports are looked for beside a file of this name.
const INLINE: &str = "network!";

enum Argument {
    Nothing,
    Path(String, Span),
    Tokens(TokenStream),
    /// An argument that cannot be used: the message and its place.
    Wrong(String, Span),
}

fn argument(input: TokenStream) -> Argument {
    let mut tokens = input.clone().into_iter();
    let Some(first) = tokens.next() else { return Argument::Nothing };
    let TokenTree::Literal(literal) = &first else { return Argument::Tokens(input) };
    let written = literal.to_string();
    let Some(path) = unquoted(&written) else {
        if written.contains('"') {
            return Argument::Wrong("a path is written without escapes".into(), literal.span());
        }
        return Argument::Wrong(
            format!("expected a description or a path in quotes, found `{written}`"),
            literal.span(),
        );
    };
    let mut tokens = tokens.peekable();
    // A comma may follow, as after the last argument of any macro.
    let _ = tokens.next_if(|token| matches!(token, TokenTree::Punct(comma) if comma.as_char() == ','));
    match tokens.next() {
        Some(junk) => {
            let message = format!(
                "unexpected `{junk}` after the path\nhelp: `network!` takes one path; remove the rest"
            );
            Argument::Wrong(message, junk.span())
        }
        None => Argument::Path(path, literal.span()),
    }
}

/// Returns the text of a string literal without escapes, raw or not.
fn unquoted(literal: &str) -> Option<String> {
    let (inner, raw) = match literal.strip_prefix('r') {
        Some(rest) => (rest.trim_matches('#'), true),
        None => (literal, false),
    };
    let inner = inner.strip_prefix('"')?.strip_suffix('"')?;
    (raw || !inner.contains('\\')).then(|| inner.to_string())
}

fn compile(
    runtime: &TokenStream,
    name: &str,
    text: &str,
    inline: Option<&SpanTable>,
    call: Span,
    folder: &Folder,
) -> TokenStream {
    let (program, found) = parse_program(name, text, folder);
    let places = Places { sources: &program.sources, inline, call };
    let tracked = tracked(&program, inline.is_some(), folder);
    let failed = found.iter().any(Diagnostic::is_error);
    if !failed && program.models.is_empty() {
        let message = "there is no network here\nhelp: describe one with `network Name { ... }`";
        return report::error(message, inline.map_or((call, call), |table| table.ends(0..text.len())));
    }
    let (reports, modules) = match failed {
        true => failure(runtime, text, &found, &places),
        false => (
            report::diagnostics(&found, &places),
            program.models.iter().map(|model| module(runtime, model)).collect(),
        ),
    };
    // The first error stands in the modules.
    quote!(#modules #reports #tracked)
}

/// Returns the errors, and a module for each network, so that uses of it are no further errors. The first
/// error stands in the modules, where it makes rustc silent about what follows from it; it is reported once.
fn failure(
    runtime: &TokenStream,
    text: &str,
    found: &[Diagnostic],
    places: &Places<'_>,
) -> (TokenStream, TokenStream) {
    let first = found.iter().position(Diagnostic::is_error).unwrap_or_default();
    let error = report::diagnostics(&found[first..=first], places);
    let modules = skeletons(runtime, text, &error);
    let others = [&found[..first], &found[first + 1..]].map(|found| report::diagnostics(found, places));
    let reports = others.into_iter().chain(modules.is_empty().then_some(error)).collect();
    (reports, modules.into_iter().collect())
}

fn module(runtime: &TokenStream, model: &Model) -> TokenStream {
    let name = module_name(&model.graph.name);
    // The same for every crate, whatever features others have turned on: the runtime drops what it lacks the feature for.
    let options = Options { training_loop: true, only_if_train: true, ..Options::default() };
    let items = generate_for(runtime, model, &options);
    // A crate need not use everything a network can do.
    quote! {
        pub mod #name {
            #items
        }
    }
}

/// Makes the compiler look at the files that were read, so that it is run again when they change.
fn tracked(program: &Program, inline: bool, folder: &Folder) -> TokenStream {
    let files = program.sources.files.iter().skip(usize::from(inline));
    files
        .map(|(name, _)| {
            let path = folder.path(name).to_string_lossy().into_owned();
            quote!(
                const _: &[u8] = ::core::include_bytes!(#path);
            )
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(input: &str) -> String {
        match argument(input.parse().expect("tokens of Rust")) {
            Argument::Nothing => "nothing".into(),
            Argument::Path(path, _) => format!("path {path}"),
            Argument::Tokens(_) => "tokens".into(),
            Argument::Wrong(message, _) => message,
        }
    }

    fn expanded(input: &str) -> String {
        expand(&quote!(nw), input.parse().expect("tokens of Rust")).to_string()
    }

    #[test]
    fn a_text_in_quotes_is_a_path() {
        assert_eq!(kind(""), "nothing");
        assert_eq!(kind("\"nets/a.net\""), "path nets/a.net");
        assert_eq!(kind("\"nets/a.net\","), "path nets/a.net");
        assert_eq!(kind("r#\"nets\\a.net\"#"), "path nets\\a.net");
        assert_eq!(kind("network A { }"), "tokens");
        assert_eq!(kind("\"nets\\\\a.net\""), "a path is written without escapes");
        for (input, junk) in [
            ("\"a.net\" junk", "junk"),
            ("\"a.net\" ;", ";"),
            ("\"a.net\",,", ","),
            ("\"a.net\", \"b.net\"", "\"b.net\""),
            ("\"a.net\" network A { }", "network"),
        ] {
            let expected = format!(
                "unexpected `{junk}` after the path\nhelp: `network!` takes one path; remove the rest"
            );
            assert_eq!(kind(input), expected);
        }
        assert_eq!(kind("42"), "expected a description or a path in quotes, found `42`");
    }

    #[test]
    fn a_file_becomes_modules_that_track_it() {
        let code = expanded("\"../examples/xor.net\"");
        assert!(code.contains("pub mod xor {"), "{code}");
        assert!(code.contains("include_bytes ! ("), "{code}");
        assert!(!code.contains("compile_error"), "{code}");
        let parsed: Result<TokenStream, _> = code.parse();
        assert!(parsed.is_ok());
    }

    #[test]
    fn code_names_the_runtime_by_the_path_it_is_given() {
        for input in ["\"../examples/lenet.net\"", "network A { input [2] dens(1) loss mse }"] {
            let code = expanded(input);
            assert!(code.contains("nw :: ") && !code.contains("netwright ::"), "{code}");
        }
        let code = network("\"../examples/xor.net\"".parse().expect("a literal")).to_string();
        assert!(code.contains("compile_error"), "{code}");
        let code = network("{ nw } \"../examples/xor.net\"".parse().expect("tokens")).to_string();
        assert!(code.contains("use nw :: __private :: *") && !code.contains("compile_error"), "{code}");
    }

    #[test]
    fn what_needs_a_feature_is_left_to_the_runtime() {
        let code = expanded("\"../examples/lenet.net\"");
        let (always, gated) = code.split_once("if_train ! {").expect("the loop is gated");
        assert!(always.contains("pub const RECIPE") && always.contains("pub struct Trainer"), "{always}");
        assert!(!always.contains("Dataset"), "{always}");
        assert!(gated.contains("pub fn train (") && gated.contains("pub struct Program"), "{gated}");
        // A program's own samples need no feature.
        assert!(!expanded("\"../tests/renamed/src/parity.net\"").contains("if_train"));
    }

    #[test]
    fn every_error_is_reported_and_names_stay() {
        let input = "network A { input [2] dens(3) relo } network B { input [2] dense(1) }";
        let code = expanded(input);
        // The first stands in both modules; rustc shows it once, because its place and its text are the same.
        assert_eq!(code.matches("compile_error").count(), 3, "{code}");
        assert!(code.contains("did you mean `dense`?") && code.contains("did you mean `relu`?"), "{code}");
        assert!(code.contains("pub mod a {") && code.contains("pub mod b {"), "{code}");
    }

    #[test]
    fn advice_is_a_warning() {
        let input = "network A { input [2] dense(3) relu relu dense(1) }";
        let code = expanded(input);
        assert!(code.contains("deprecated") && !code.contains("compile_error"), "{code}");
    }

    #[test]
    fn a_text_without_networks_is_an_error() {
        let code = expanded("block a { relu }");
        assert!(code.contains("compile_error"), "{code}");
    }
}
