//! Writes the parser that pest makes of `grammar/src/net.pest` to `grammar/src/generated.rs`, so that users of the grammar
//! need not build pest's generator: `cargo run -p netwright-grammar-generate`.

/// The checked-in file.
const GENERATED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../src/generated.rs");

fn main() -> std::io::Result<()> {
    std::fs::write(GENERATED, generated())
}

/// Returns the text of the parser.
fn generated() -> String {
    let grammar = concat!(env!("CARGO_MANIFEST_DIR"), "/../src/net.pest");
    let input = quote::quote! {
        #[grammar = #grammar]
        pub(crate) struct Rules;
    };
    let tokens = pest_generator::derive_parser(input, false).to_string();
    let tokens = tokens.replace("pub enum Rule", "pub(crate) enum Rule");
    let file = syn::parse_file(&tokens).expect("pest makes Rust");
    let code = prettyplease::unparse(&file);
    format!(
        "// Made by `cargo run -p netwright-grammar-generate` from net.pest.\n\nuse super::Rules;\n\n{code}"
    )
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_generated_parser_is_fresh() {
        let checked_in = std::fs::read_to_string(super::GENERATED).expect("the parser is checked in");
        assert!(checked_in == super::generated(), "run `cargo run -p netwright-grammar-generate`");
    }
}
