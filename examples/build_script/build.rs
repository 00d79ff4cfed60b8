//! Compiles the network to `OUT_DIR/xor.rs`.

fn main() -> Result<(), netwright_build::Error> {
    netwright_build::compile("../xor.net")
}
