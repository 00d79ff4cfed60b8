//! The checked-in parser is the one that pest makes of the grammar.

include!("generator.rs");

#[test]
fn the_generated_parser_is_fresh() {
    assert!(
        include_str!("../src/generated.rs") == generated(),
        "run `cargo run -p netwright-grammar --example generate`"
    );
}
