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
    let options = Options { input_gradient: std::env::args().nth(2).is_some(), ..Options::default() };
    if let Some(plan) = training_plan(model, &options) {
        eprintln!("{}\n{}", dump::schedule(&model.graph, &plan), dump::memory(&plan));
    }
    println!("{}", pretty(generate(model, &options)).unwrap());
}
