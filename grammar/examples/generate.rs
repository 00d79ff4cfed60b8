//! Writes the parser that pest makes of `src/net.pest` to `src/generated.rs`, so that users of the grammar need not build pest's generator.

include!("../tests/generator.rs");

fn main() -> std::io::Result<()> {
    std::fs::write(concat!(env!("CARGO_MANIFEST_DIR"), "/src/generated.rs"), generated())
}
