//! Compiles the network that stands in a file.

fn main() -> Result<(), netwright_build::Error> {
    netwright_build::Config::default().runtime("nw").compile("src/parity.net")
}
