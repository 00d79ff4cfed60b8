//! Programs that run generated code: they read a network's numbers, predict, take steps, and print what comes out.
//!
//! The text of a trial is [`start`], followed by any of [`predict`], [`step`] and [`steps`]; [`PRELUDE`] stands at the top of the
//! program, and [`printed`] reads what it prints. The program finds a file for each network, made by [`numbers`], in the folder
//! that the variable `FOLDER` names.

use ndarray::ArrayD;
use netwright_compiler::graph::{Graph, LossUse, ValueId};
use netwright_compiler::ops::TargetKind;
use netwright_interpreter::Targets;
use std::collections::HashMap;
use std::fmt::Write as _;

/// The parameters, samples and targets that a network is given.
#[derive(Clone, Copy, Debug)]
pub struct Given<'a> {
    /// One for each of [`Graph::params`].
    pub params: &'a [ArrayD<f64>],
    /// Statistics that predictions use in place of those, by their names.
    pub seen: &'a [(&'a str, ArrayD<f64>)],
    /// One for each of [`Graph::inputs`], batch first.
    pub inputs: &'a [ArrayD<f64>],
    /// One for each of [`Graph::with_targets`].
    pub targets: &'a [Targets],
    /// The weight of each sample, if a step takes weights.
    pub weights: &'a [f64],
}

/// Formats the numbers that the program reads: a name without spaces, then the numbers, on each line.
pub fn numbers(graph: &Graph, given: &Given<'_>) -> String {
    let mut text = String::new();
    let mut line = |name: &str, values: &mut dyn Iterator<Item = String>| {
        let _ = writeln!(text, "{name} {}", values.collect::<Vec<_>>().join(" "));
    };
    for (param, value) in graph.params.iter().zip(given.params) {
        line(&param.name, &mut value.iter().map(f64::to_string));
    }
    for (name, value) in given.seen {
        line(&format!("seen:{name}"), &mut value.iter().map(f64::to_string));
    }
    for (i, input) in given.inputs.iter().enumerate() {
        line(&format!("input{i}"), &mut input.iter().map(f64::to_string));
    }
    for (i, targets) in given.targets.iter().enumerate() {
        match targets {
            Targets::Classes(classes) => {
                line(&format!("targets{i}"), &mut classes.iter().map(usize::to_string));
            }
            Targets::Values(values) => line(&format!("targets{i}"), &mut values.iter().map(f64::to_string)),
        }
    }
    line("weights", &mut given.weights.iter().map(f64::to_string));
    text
}

/// Parses the program's output: numbers by the network's name, a space, and their own.
pub fn printed(text: &str) -> HashMap<String, Vec<f64>> {
    let entry = |line: &str| {
        let (name, values) = line.split_once(':')?;
        Some((name.to_string(), values.split_whitespace().filter_map(|v| v.parse().ok()).collect()))
    };
    text.lines().filter_map(entry).collect()
}

/// Reads what belongs to a network, and begins with its parameters: `module` has its code, `name` its file.
pub fn start(module: &str, name: &str, graph: &Graph) -> String {
    let mut text = format!("let (net, numbers, params) = start!({module}, \"{name}\");\n");
    for (i, &input) in graph.inputs.iter().enumerate() {
        let _ = writeln!(
            text,
            "let x{i} = <[f32; {}] as Target>::read(&numbers[\"input{i}\"]);",
            len(graph, input)
        );
    }
    for (i, used) in graph.with_targets().enumerate() {
        let item = target_type(graph, used);
        let _ = writeln!(text, "let t{i} = <{item} as Target>::read(&numbers[\"targets{i}\"]);");
    }
    if graph.weighed {
        text +=
            "let weights: Vec<f32> = numbers[\"weights\"].iter().map(|&weight| weight as f32).collect();\n";
    }
    text
}

/// Predicts for the whole batch, makes sure that it is the same one by one, and prints `output 0` and so on.
pub fn predict(module: &str, graph: &Graph) -> String {
    let (inputs, outputs) = (graph.inputs.len(), graph.outputs.len());
    let mut text = format!("let model = {module}::Model::new(seen!(params, numbers));\n");
    for (i, &output) in graph.outputs.iter().enumerate() {
        let _ = writeln!(text, "let mut y{i} = vec![[0.0; {}]; x0.len()];", len(graph, output));
    }
    let _ = writeln!(text, "model.predict_batch({}, {});", each("&x", inputs), each("&mut y", outputs));
    let one = (0..inputs).map(|i| format!("&x{i}[i]")).collect::<Vec<_>>().join(", ");
    let _ = writeln!(text, "for i in 0..x0.len() {{ let one = model.predict({one});");
    for (i, name) in graph.output_names.iter().enumerate() {
        let field = if outputs > 1 { format!(".{name}") } else { String::new() };
        let _ = writeln!(text, "assert_eq!(one{field}[..], y{i}[i][..], \"one by one as in a batch\");");
    }
    text += "}\n";
    for i in 0..outputs {
        let _ = writeln!(text, "print(net, \"output {i}\", y{i}.as_flattened());");
    }
    text
}

/// Takes one step with a rate of 0, and prints `loss` without penalties, `losses` if there are several, the gradients of inputs
/// (`input 0`) and of parameters (`conv1.weight`), and the statistics (`after batch_norm1.running_mean`).
///
/// The code must have been generated with gradients of the input.
pub fn step(module: &str, graph: &Graph) -> String {
    let inputs = graph.inputs.len();
    let mut text = format!("let mut trainer = {module}::Trainer::new(params.clone(), 0);\n");
    text += &slopes(graph);
    let call = call(graph, "", "0.0");
    let _ = writeln!(text, "let loss = trainer.step({call}) - trainer.penalty();");
    text += "print(net, \"loss\", &[loss]);\n";
    for i in 0..inputs {
        let _ = writeln!(text, "print(net, \"input {i}\", dx{i}.as_flattened());");
    }
    if graph.losses.len() > 1 {
        let fields = graph.loss_names().iter().map(|name| format!("losses.{name}")).collect::<Vec<_>>();
        let _ = writeln!(
            text,
            "let losses = trainer.losses(); print(net, \"losses\", &[{}]);",
            fields.join(", ")
        );
    }
    text += "print_all(net, \"\", trainer.gradients().tensors());\n";
    text + "print_statistics(net, trainer.params().tensors());\n"
}

/// Steps of a recipe.
#[derive(Clone, Copy, Debug)]
pub struct Steps {
    /// The number of steps.
    pub count: usize,
    /// The learning rate.
    pub rate: f64,
    /// The number of parts that the batch is cut into, of which each step takes the next one.
    pub parts: usize,
    /// The calls after the last step, and the numbers that are printed.
    pub end: End,
}

/// The parts of a recipe that act after its steps.
#[derive(Clone, Copy, Debug)]
pub struct End {
    /// True if gradients are accumulated, so that some may be left.
    pub accumulates: bool,
    /// True if the parameters are averaged.
    pub averages: bool,
}

/// Takes steps, and prints the parameters (`trained conv1.weight`) and their average (`average conv1.weight`).
pub fn steps(module: &str, graph: &Graph, steps: &Steps) -> String {
    let Steps { count, rate, parts, end } = steps;
    let mut text = format!("let mut trainer = {module}::Trainer::new(params.clone(), 0);\n");
    text += &slopes(graph);
    let _ = writeln!(text, "let size = x0.len() / {parts};");
    let _ = writeln!(text, "for step in 0..{count} {{");
    let _ = writeln!(text, "let (from, to) = (step % {parts} * size, (step % {parts} + 1) * size);");
    let _ = writeln!(text, "trainer.step({});\n}}", call(graph, "[from..to]", &format!("{rate:?}")));
    if end.accumulates {
        let _ = writeln!(text, "trainer.finish({rate:?});");
    }
    text += "print_all(net, \"trained \", trainer.params().tensors());\n";
    if end.averages {
        text += "print_all(net, \"average \", trainer.average().tensors());\n";
    }
    text
}

/// Returns the code of memory for the gradients of the inputs.
fn slopes(graph: &Graph) -> String {
    let slope = |(i, &input): (usize, &ValueId)| {
        format!("let mut dx{i} = vec![[0.0; {}]; x{i}.len()];\n", len(graph, input))
    };
    graph.inputs.iter().enumerate().map(slope).collect()
}

/// Returns the arguments of a step with some of the rows.
fn call(graph: &Graph, rows: &str, rate: &str) -> String {
    let mut arguments = Vec::new();
    arguments.extend((0..graph.inputs.len()).map(|i| format!("&x{i}{rows}")));
    arguments.extend((0..graph.with_targets().count()).map(|i| format!("&t{i}{rows}")));
    arguments.extend(graph.weighed.then(|| format!("&weights{rows}")));
    arguments.push(rate.to_string());
    arguments.extend((0..graph.inputs.len()).map(|i| format!("&mut dx{i}{rows}")));
    arguments.join(", ")
}

/// Joins names to a list: `prefix0, prefix1`.
fn each(prefix: &str, count: usize) -> String {
    (0..count).map(|i| format!("{prefix}{i}")).collect::<Vec<_>>().join(", ")
}

fn len(graph: &Graph, id: ValueId) -> usize {
    graph.value(id).shape.iter().product()
}

/// Returns the type of one target of the generated step.
fn target_type(graph: &Graph, used: &LossUse) -> String {
    let shape = &graph.value(used.value).shape;
    let pixels: usize = shape[1..].iter().product();
    match used.loss.targets() {
        TargetKind::Class if pixels == 1 => "u32".into(),
        TargetKind::Class => format!("[u32; {pixels}]"),
        TargetKind::Share | TargetKind::Number => format!("[f32; {}]", shape.iter().product::<usize>()),
    }
}

/// The program's code besides the trials: reading numbers and printing them.
pub const PRELUDE: &str = r#"
#![allow(dead_code, unused_macros, unused_variables, clippy::all)]
use netwright::storage::{Parameters, TensorRef};
use std::collections::HashMap;

trait Target: Copy { fn read(numbers: &[f64]) -> Vec<Self>; }
impl Target for u32 { fn read(n: &[f64]) -> Vec<u32> { n.iter().map(|&x| x as u32).collect() } }
impl<const K: usize> Target for [u32; K] {
    fn read(n: &[f64]) -> Vec<[u32; K]> { n.chunks(K).map(|c| std::array::from_fn(|i| c[i] as u32)).collect() }
}
impl<const K: usize> Target for [f32; K] {
    fn read(n: &[f64]) -> Vec<[f32; K]> { n.chunks(K).map(|c| std::array::from_fn(|i| c[i] as f32)).collect() }
}

fn read(name: &str) -> HashMap<String, Vec<f64>> {
    let path = std::path::Path::new(&std::env::var("FOLDER").unwrap()).join(format!("{name}.txt"));
    std::fs::read_to_string(path).unwrap().lines().map(|line| {
        let mut words = line.split(' ');
        let name = words.next().unwrap().to_string();
        (name, words.filter(|w| !w.is_empty()).map(|w| w.parse().unwrap()).collect())
    }).collect()
}

fn print(net: &str, name: &str, values: &[f32]) {
    print!("{net} {name}:");
    for v in values { print!(" {v:e}"); }
    println!();
}

fn print_all(net: &str, what: &str, tensors: Vec<TensorRef<'_>>) {
    for tensor in tensors { print(net, &format!("{what}{}", tensor.name), tensor.data); }
}

fn print_statistics(net: &str, tensors: Vec<TensorRef<'_>>) {
    print_all(net, "after ", tensors.into_iter().filter(|tensor| tensor.name.contains("running")).collect());
}

macro_rules! start {
    ($net:ident, $name:literal) => {{
        let numbers = read($name);
        let mut params = $net::Params::init(0);
        for tensor in params.tensors_mut() {
            for (to, from) in tensor.data.iter_mut().zip(&numbers[tensor.name]) { *to = *from as f32; }
        }
        ($name, numbers, params)
    }};
}

macro_rules! seen {
    ($params:ident, $numbers:ident) => {{
        let mut params = $params.clone();
        for tensor in params.tensors_mut() {
            let Some(seen) = $numbers.get(&format!("seen:{}", tensor.name)) else { continue };
            for (to, from) in tensor.data.iter_mut().zip(seen) { *to = *from as f32; }
        }
        params
    }};
}
"#;
