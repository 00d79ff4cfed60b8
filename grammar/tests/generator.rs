/// The text of `src/generated.rs`.
fn generated() -> String {
    let grammar = concat!(env!("CARGO_MANIFEST_DIR"), "/src/net.pest");
    let input = quote::quote! {
        #[grammar = #grammar]
        pub(crate) struct Rules;
    };
    let tokens = pest_generator::derive_parser(input, false).to_string();
    let tokens = tokens.replace("pub enum Rule", "pub(crate) enum Rule");
    let file = syn::parse_file(&tokens).expect("pest makes Rust");
    format!(
        "// Made by `cargo run -p netwright-grammar --example generate` from net.pest.\n\nuse super::Rules;\n\n{}",
        prettyplease::unparse(&file)
    )
}
