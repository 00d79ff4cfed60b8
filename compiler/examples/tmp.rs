//! tmp
use netwright_compiler::*;
struct No;
impl Loader for No {
    fn load(&self, _: &str, _: &str) -> Result<(String, String), String> {
        Err("no".into())
    }
}
fn main() {
    let path = std::env::args().nth(1).unwrap();
    let (program, diagnostics) = parse_program(&path, &std::fs::read_to_string(&path).unwrap(), &No);
    eprintln!("{}", render::render(&diagnostics, &program.sources, render::Colour::Plain));
    let model = &program.models[0];
    let options = Options { training_loop: true, ..Options::default() };
    println!("{}", pretty(generate(model, &options)).unwrap());
}
