//! Relations that hold for every network, whatever its numbers are: what a trainer did before, the order of the samples, their
//! weights and how a batch is divided change no gradient, and a loss is the same in training and in evaluation.

use netwright_compiler::graph::Graph;
use netwright_compiler::ops::TargetKind;
use netwright_compiler::{Model, Options, generate, pretty};
use netwright_tests::oracle::has_batch_statistics;
use netwright_tests::project::Project;
use netwright_tests::samples::{Samples, samples};
use netwright_tests::trial::{self, Given};
use netwright_tests::{programs, random};
use std::fmt::Write as _;

/// Random networks.
const NETWORKS: usize = 32;

/// Networks whose lanes have several samples, and whose layers take the whole batch.
const LARGER: [&str; 5] = [
    "network LeNet5 { input [1, 28, 28]
        conv(6, 5x5, pad=2) relu max_pool(2x2) conv(16, 5x5) relu max_pool(2x2)
        flatten dense(120) relu dense(84) relu dense(10) softmax loss cross_entropy }
    train LeNet5 { batch 64 optimizer momentum }",
    "network Wide { input [300] dense(300) relu dense(300) tanh dense(10) softmax
        loss cross_entropy(weights=[1, 2, 3, 4, 5, 6, 7, 8, 9, 10], ignore_index=3) }
    train Wide { batch 24 optimizer sgd }",
    "network Deep { input [2, 7, 6]
        conv(180, 3x3, pad=1) relu conv(200, 3x3, stride=2, pad=1) relu
        global_avg_pool flatten dense(3) loss mse }
    train Deep { batch 10 optimizer sgd weights given }",
    "network Normed { input [20] dense(17, bias=false) batch_norm relu dense(9, bias=false) batch_norm tanh dense(3) softmax
        loss cross_entropy }
    train Normed { batch 19 optimizer adam }",
    "network Small { input [5] dense(20) tanh dense(20) relu dense(1) sigmoid loss binary_cross_entropy }
    train Small { batch 33 optimizer adam weights given regularize l2(1e-3) }",
];

/// Greatest difference of a gradient, relative to the largest one of the network, or of a loss.
const ROUNDING: f64 = 2e-5;

#[test]
fn relations_hold_for_every_network() {
    let drawn = (0..NETWORKS as u64).map(random::network_without_dropout);
    let texts: Vec<String> = LARGER.iter().map(ToString::to_string).chain(drawn).collect();
    let project = Project::new(env!("CARGO_TARGET_TMPDIR"), "relations", &["train"]);
    let mut main = format!("{}{PROGRAM}", trial::PRELUDE);
    let mut calls = String::new();
    for (i, text) in texts.iter().enumerate() {
        let lines: Vec<&str> = text.lines().filter(|line| !line.trim().starts_with("accumulate")).collect();
        let once = lines.join("\n");
        let model = programs::model(&once);
        write(&project, &mut main, &format!("net{i}"), &model);
        let divided = once.replacen("batch ", "accumulate 2 batch ", 1);
        let divided = may_be_divided(&model.graph).then(|| programs::model(&divided));
        if let Some(divided) = &divided {
            write(&project, &mut main, &format!("divided{i}"), divided);
        }
        let batch = model.recipe.as_ref().expect("a recipe").batch;
        let Samples { params, inputs, targets } = samples(&model.graph, batch, i as u64);
        let weights: Vec<f64> = (0..batch).map(|i| 0.5 + i as f64 % 3.0).collect();
        let given =
            Given { params: &params, seen: &[], inputs: &inputs, targets: &targets, weights: &weights };
        project.write(&format!("net{i}.txt"), &trial::numbers(&model.graph, &given));
        let _ = writeln!(calls, "{{\n{}\n}}", relations(i, &model.graph, divided.is_some()));
    }
    project.write("src/main.rs", &format!("{main}fn main() {{\n{calls}}}\n"));
    let folder = project.folder().display().to_string();
    let found = trial::printed(&project.run(&[("FOLDER", &folder), ("RAYON_NUM_THREADS", "2")]));
    for relation in ["used", "permuted", "doubled", "padded", "divided", "evaluated"] {
        let held = found.keys().filter(|name| name.ends_with(relation)).count();
        assert!(held >= 3, "`{relation}` was tried on {held} networks");
    }
    let bar = |name: &str| if name.ends_with("used") { 0.0 } else { ROUNDING };
    let wrong: Vec<String> = found
        .iter()
        .filter(|(name, values)| values[0].is_nan() || values[0] > bar(name))
        .map(|(name, values)| {
            let number = name
                .trim_start_matches("net")
                .split(' ')
                .next()
                .and_then(|number| number.parse::<usize>().ok());
            format!("{name}: {:.1e}\n{}", values[0], texts[number.expect("a network's number")])
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn write(project: &Project, main: &mut String, module: &str, model: &Model) {
    let options = Options { training_loop: true, ..Options::default() };
    let code = pretty(generate(model, &options)).expect("generated code is Rust");
    project.write(&format!("src/{module}.rs"), &code);
    let _ = writeln!(main, "mod {module};");
}

/// Returns true if parts of a batch have gradients of their own, whose mean is that of the batch.
fn may_be_divided(graph: &Graph) -> bool {
    !has_batch_statistics(graph) && (graph.losses.len() == 1 || !netwright_tests::oracle::has_own_mean(graph))
}

/// Returns the relations of one network, as statements.
fn relations(i: usize, graph: &Graph, divided: bool) -> String {
    let net = format!("net{i}");
    let arguments: Vec<String> = (0..graph.inputs.len())
        .map(|input| format!("&take(&x{input}, rows)"))
        .chain((0..graph.with_targets().count()).map(|target| format!("&take(&t{target}, rows)")))
        .chain(graph.weighed.then(|| "weights".to_string()))
        .collect();
    let arguments = arguments.join(", ");
    let mut text = trial::start(&net, &net, graph);
    let _ = writeln!(
        text,
        "macro_rules! step {{ ($trainer:expr, $rows:expr, $weights:expr) => {{{{
            let (rows, weights): (&[usize], &[f32]) = ($rows, $weights);
            let loss = $trainer.step({arguments}, 0.0) - $trainer.penalty();
            (rows.len() as f32, loss, gradients($trainer.gradients().tensors()))
        }}}} }}
        let fresh = |rows: &[usize], weights: &[f32]| {{
            let mut trainer = {net}::Trainer::new(params.clone(), 7);
            step!(trainer, rows, weights)
        }};
        let all: Vec<usize> = (0..x0.len()).collect();
        let own = |rows: &[usize]| rows.iter().map(|row| 0.5 + (row % 3) as f32).collect::<Vec<f32>>();
        let whole = fresh(&all, &own(&all));"
    );
    let least = if graph.lone_batch_norm(|id| graph.param(id).frozen).is_some() { 2 } else { 1 };
    let _ = writeln!(
        text,
        "let mut differing = 0;
        for n in {least}..=all.len() {{
            let rows = &all[..n];
            let mut trainer = {net}::Trainer::new(params.clone(), 7);
            step!(trainer, &all, &own(&all));
            let used = step!(trainer, rows, &own(rows));
            differing += usize::from(bits(&used) != bits(&fresh(rows, &own(rows))));
        }}
        print(net, \"used\", &[differing as f32]);
        let turned: Vec<usize> = all.iter().rev().copied().collect();
        print(net, \"permuted\", &[difference(&fresh(&turned, &own(&turned)), &whole)]);"
    );
    if has_batch_statistics(graph) {
        return text;
    }
    if graph.weighed {
        text += "
        if all.len() > 1 {
            let (first, last) = (&all[..all.len() - 1], all.len() - 1);
            let mut twice = first.to_vec();
            twice.push(0);
            let mut weights = own(first);
            weights[0] *= 2.0;
            print(net, \"doubled\", &[sums_differ(&fresh(&twice, &own(&twice)), &fresh(first, &weights))]);
            let mut weights = own(&all);
            weights[last] = 0.0;
            print(net, \"padded\", &[sums_differ(&fresh(&all, &weights), &fresh(first, &own(first)))]);
        }\n";
    }
    if divided {
        let _ = writeln!(
            text,
            "if all.len() > 1 {{
                let mut trainer = divided{i}::Trainer::new(copied(&params, divided{i}::Params::init(0)), 7);
                let (first, second) = all.split_at(all.len() / 3 + 1);
                step!(trainer, first, &own(first));
                let (_, _, parts) = step!(trainer, second, &own(second));
                print(net, \"divided\", &[difference(&(whole.0, whole.1, parts), &whole)]);
            }}"
        );
    }
    text + &evaluation(&net, graph)
}

/// Returns the statements that compare the loss of a batch in training with that of the same samples in
/// evaluation.
fn evaluation(net: &str, graph: &Graph) -> String {
    if graph.weighed {
        return String::new();
    }
    let loss = if [graph.inputs.len(), graph.outputs.len(), graph.losses.len()] == [1; 3] {
        let used = &graph.losses[0];
        let shape = &graph.value(used.value).shape;
        let targets = match used.loss.targets() {
            _ if used.target.is_some() => "None",
            TargetKind::Class if shape[1..].iter().all(|&size| size == 1) => "Some(TargetsRef::Classes(&t0))",
            TargetKind::Class => "Some(TargetsRef::Classes(t0.as_flattened()))",
            TargetKind::Share | TargetKind::Number => "Some(TargetsRef::Values(t0.as_flattened()))",
        };
        format!(
            "netwright::train::score::<{net}::Model>(
                &params, {net}::RECIPE.loss, &{shape:?}, x0.len(), x0.as_flattened(), {targets}
            ).unwrap().evaluation.loss"
        )
    } else {
        let inputs = (0..graph.inputs.len()).map(|input| format!("&x{input}"));
        let targets = (0..graph.with_targets().count()).map(|target| format!("&t{target}"));
        let arguments: Vec<String> = inputs.chain(targets).collect();
        format!("{net}::Model::new(params.clone()).evaluate({}).loss()", arguments.join(", "))
    };
    format!(
        "let evaluated = {loss} as f32;
        print(net, \"evaluated\", &[(evaluated - whole.1).abs() / whole.1.abs().max(1.0)]);"
    )
}

/// Functions of the program.
const PROGRAM: &str = r#"
use netwright::train::TargetsRef;

/// Samples, the loss without penalties, and all gradients.
type Step = (f32, f32, Vec<f32>);

fn take<T: Copy>(from: &[T], rows: &[usize]) -> Vec<T> { rows.iter().map(|&row| from[row]).collect() }

fn gradients(tensors: Vec<TensorRef<'_>>) -> Vec<f32> { tensors.iter().flat_map(|tensor| tensor.data.iter().copied()).collect() }

fn bits(step: &Step) -> Vec<u32> { step.2.iter().chain([&step.1]).map(|x| x.to_bits()).collect() }

fn copied<P: Parameters>(from: &impl Parameters, mut to: P) -> P {
    for (to, from) in to.tensors_mut().into_iter().zip(from.tensors()) { to.data.copy_from_slice(from.data); }
    to
}

fn most(numbers: impl Iterator<Item = f32>) -> f32 {
    numbers.fold(0.0, |a: f32, b| if b.is_nan() { b } else { a.max(b) })
}

/// Returns the largest difference, of losses and of gradients relative to the largest one.
fn difference(a: &Step, b: &Step) -> f32 {
    let largest = most(b.2.iter().map(|x| x.abs())).max(1e-3);
    let gradients = most(a.2.iter().zip(&b.2).map(|(x, y)| (x - y).abs())) / largest;
    gradients.max((a.1 - b.1).abs() / b.1.abs().max(1.0))
}

/// Returns the difference of steps whose losses are sums over samples instead of means.
fn sums_differ(a: &Step, b: &Step) -> f32 {
    let sum = |step: &Step| (1.0, step.0 * step.1, step.2.iter().map(|x| step.0 * x).collect());
    difference(&sum(a), &sum(b))
}
"#;
