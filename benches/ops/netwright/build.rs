//! Compiles the networks of the file `OPS` names, each with the gradient of its input, and lists them.

use netwright_compiler::{NoFiles, Options, Severity, generate, module_name, parse_program, pretty};
use netwright_compiler::ops::TargetKind;
use std::error::Error;
use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs};

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-env-changed=OPS");
    let file = env::var("OPS")?;
    println!("cargo::rerun-if-changed={file}");
    let (program, diagnostics) = parse_program("ops.net", &fs::read_to_string(&file)?, &NoFiles);
    if let Some(error) = diagnostics.iter().find(|diagnostic| diagnostic.severity == Severity::Error) {
        return Err(format!("{}: {} at byte {}", file, error.message, error.labels[0].span.start).into());
    }
    let options = Options { input_gradient: true, ..Options::default() };
    let folder = env::var("OUT_DIR")?;
    let (mut modules, mut cases) = (String::new(), String::new());
    for model in &program.models {
        let module = module_name(&model.graph.name).to_string();
        let path = Path::new(&folder).join(format!("{module}.rs"));
        fs::write(&path, pretty(generate(model, &options))?)?;
        let targets = match model.graph.losses[0].loss.targets() {
            TargetKind::Class => "classes",
            TargetKind::Share | TargetKind::Number => "shares",
        };
        writeln!(modules, "#[path = {path:?}]\nmod {module};")?;
        writeln!(cases, "case!({:?}, {module}, {targets}),", model.graph.name)?;
    }
    fs::write(Path::new(&folder).join("ops.rs"), format!("{modules}\nconst CASES: &[Case] = &[\n{cases}];\n"))?;
    Ok(())
}
