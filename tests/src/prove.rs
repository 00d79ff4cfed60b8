//! Generated code, which is in 32 bits, against PyTorch's numbers for the cases of [`golden`](crate::golden), with each instruction set of the machine.
//!
//! The comparison covers outputs of predictions, after one step where training moves running statistics; loss, gradients of inputs and
//! parameters, and running statistics of a training step; parameters, statistics and their average after all steps of the case's
//! recipe, or after 100 of gradient descent. What a batch norm gives in training is seen in the loss and the gradients. Where a layer
//! draws random numbers PyTorch's cannot be given to generated code, so that only predictions are compared.
//!
//! An error is `max |a - b| / max |b|` over the numbers of a tensor, `b` PyTorch's: relative to the largest number of the same tensor.
//! The one exception is a gradient that mathematics makes 0, such as a bias's before a batch norm, which is below 1e-9 of the
//! network's largest: it is compared with that one, because it is a sum of such numbers. Sums that all but cancel are in a list,
//! [`CANCELLED`], and are compared with the sum of their terms' magnitudes.

mod program;
mod report;

pub use report::{failures, table};

use crate::golden::Case;
use crate::project::Project;
use crate::trial;
use ndarray::ArrayD;
use netwright_compiler::ops::{Group, Operator};
use std::collections::{BTreeSet, HashMap};

/// The bound of errors of outputs, losses, statistics of one step, and gradients. No sum of these cases has
/// 10⁵ terms.
pub const NEAR: f64 = 1e-5;
/// The bound of errors of parameters after all steps.
pub const BEHIND_STEPS: f64 = 1e-4;
/// A gradient that is so much smaller than the network's largest is 0.
const ZERO: f64 = 1e-9;

/// Gradients whose terms all but cancel, by case and name, with the sum of the terms' magnitudes: a rounding error in the last digit
/// of a term is beyond the bar of what is left, whoever adds them. Computed from the files' numbers.
pub const CANCELLED: [(&str, &str, f64); 2] = [
    // 21 terms of up to 0.06, of which -0.0002 is left.
    ("prelu", "prelu1.weight", 0.128_754_878),
    // Two numbers less their mean are opposite, whatever they are: but for `eps` their normalised values have no slope.
    ("instance_norm_one_sample", "input 0", 3.836_375_095),
];

/// The kind of a compared number, which decides its bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum What {
    /// Outputs, the loss, running statistics of a step.
    Output,
    /// Gradients of inputs and parameters.
    Gradient,
    /// Parameters, statistics and averages after all steps.
    Trained,
}

impl What {
    /// Returns the largest error that is allowed.
    pub fn bar(self) -> f64 {
        match self {
            What::Output | What::Gradient => NEAR,
            What::Trained => BEHIND_STEPS,
        }
    }
}

/// The difference between a tensor of a case and PyTorch's.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The case.
    pub case: String,
    /// The part of the language that it is about.
    pub group: &'static str,
    /// The kind of the tensor.
    pub what: What,
    /// The tensor's name in the program, such as `output 0` or `trained conv1.weight`.
    pub tensor: String,
    /// The instruction set.
    pub isa: String,
    /// The error; infinite if there are not as many numbers, or one that is none.
    pub error: f64,
}

/// A case, and what is compared of it.
#[derive(Clone, Debug)]
pub struct Trial {
    /// The case.
    pub case: Case,
    /// The parts of the case that are compared.
    pub extent: Extent,
}

/// The parts of a case that are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// A prediction, a step, and the state after all steps.
    Whole,
    /// The state after all steps.
    Steps,
}

/// Returns trials of all parts of all cases.
pub fn whole(cases: Vec<Case>) -> Vec<Trial> {
    cases.into_iter().map(|case| Trial { case, extent: Extent::Whole }).collect()
}

/// Returns the cases of which each is the first with some layer or loss, and the state after the steps of all
/// trainings, which are of a few sizes.
pub fn some(cases: Vec<Case>) -> Vec<Trial> {
    let mut seen = BTreeSet::new();
    let mut new = |case: &Case| {
        let graph = case.model().graph;
        let layers = graph.nodes.iter().map(|node| node.op.kind());
        let count = seen.len();
        let losses = graph.losses.iter().map(|used| used.loss.kind());
        seen.extend(layers.chain(losses).map(str::to_string));
        seen.len() > count
    };
    let trial = |case: Case| match (new(&case), case.name.starts_with("train_")) {
        (true, _) => Some(Trial { case, extent: Extent::Whole }),
        (false, true) => Some(Trial { case, extent: Extent::Steps }),
        (false, false) => None,
    };
    cases.into_iter().filter_map(trial).collect()
}

/// The comparison of cases.
#[derive(Clone, Debug, Default)]
pub struct Proof {
    /// The differences from PyTorch's numbers.
    pub findings: Vec<Finding>,
    /// The tensors that instruction sets with fused multiply-adds do not give to the same bits.
    pub unequal: Vec<String>,
}

/// Compiles these cases into `programs` programs of a crate, runs them, and compares.
///
/// # Panics
/// If they cannot be built and run.
pub fn prove(project: &Project, trials: &[Trial], programs: usize) -> Proof {
    let mut proof = Proof::default();
    let share = |program: usize| trials.iter().skip(program).step_by(programs);
    for program in 0..programs {
        program::write(project, program, share(program));
    }
    project.build();
    let folder = project.folder().display().to_string();
    for program in 0..programs {
        let variables = [("FOLDER", folder.as_str()), ("RAYON_NUM_THREADS", "2")];
        let text = project.run_built(&program::name(program), &variables);
        let runs: Vec<(&str, HashMap<String, Vec<f64>>)> = text
            .split("isa ")
            .skip(1)
            .filter_map(|run| run.split_once('\n'))
            .map(|(isa, text)| (isa, trial::printed(text)))
            .collect();
        assert!(!runs.is_empty(), "the program printed nothing");
        proof.findings.extend(share(program).flat_map(|trial| compare(trial, &runs)));
        proof.unequal.extend(unequal(&runs));
    }
    proof
}

/// Returns the tensors that differ between instruction sets with fused multiply-adds. Numbers are printed so that other bits are other
/// numbers.
fn unequal(runs: &[(&str, HashMap<String, Vec<f64>>)]) -> Vec<String> {
    let mut fused = runs.iter().filter(|(isa, _)| *isa != "Portable");
    let Some((first, wanted)) = fused.next() else { return vec![] };
    let mut names: Vec<&String> = wanted.keys().collect();
    names.sort();
    let bits = |numbers: &[f64]| numbers.iter().map(|number| number.to_bits()).collect::<Vec<_>>();
    let differs = |found: &HashMap<String, Vec<f64>>, name: &str| {
        found.get(name).is_none_or(|found| bits(found) != bits(&wanted[name]))
    };
    let of = |(isa, found): &(&str, HashMap<String, Vec<f64>>)| {
        let differing = names.iter().filter(|name| differs(found, name));
        differing.map(|name| format!("{name}: {first} and {isa} differ")).collect::<Vec<_>>()
    };
    fused.flat_map(of).collect()
}

/// Returns true if a layer's noise is PyTorch's, so that a training step cannot be compared.
fn is_random(case: &Case) -> bool {
    case.find("masks").is_some()
}

fn compare(trial: &Trial, runs: &[(&str, HashMap<String, Vec<f64>>)]) -> Vec<Finding> {
    let Trial { case, extent } = trial;
    let mut wanted = wanted(case);
    wanted.retain(|(what, ..)| *extent == Extent::Whole || *what == What::Trained);
    let gradients = wanted.iter().filter(|(what, ..)| *what == What::Gradient);
    let steepest = gradients.map(|(_, _, array)| largest(array)).fold(0.0, f64::max);
    let group = group(case);
    let mut findings = Vec::new();
    for (isa, found) in runs {
        for (what, tensor, array) in &wanted {
            let mut scale = largest(array);
            if *what == What::Gradient && scale < ZERO * steepest {
                scale = steepest;
            }
            let cancelled = CANCELLED.iter().find(|(name, of, _)| *name == case.name && of == tensor);
            scale = cancelled.map_or(scale, |(.., terms)| *terms);
            let error = match found.get(&format!("{} {tensor}", case.name)) {
                Some(ours) if ours.len() == array.len() => error(ours, array, scale),
                _ => f64::INFINITY,
            };
            let (case, tensor, isa) = (case.name.clone(), tensor.clone(), isa.to_string());
            findings.push(Finding { case, group, what: *what, tensor, isa, error });
        }
    }
    findings
}

fn largest(array: &ArrayD<f64>) -> f64 {
    array.iter().fold(0.0, |most, number| number.abs().max(most))
}

/// Returns the largest error relative to `scale`; where that is 0, every difference is infinite.
fn error(ours: &[f64], theirs: &ArrayD<f64>, scale: f64) -> f64 {
    let error = |(a, b): (&f64, &f64)| if a == b { 0.0 } else { (a - b).abs() / scale };
    let errors = ours.iter().zip(theirs).map(error);
    errors.fold(0.0, |most, error| if error.is_nan() { f64::INFINITY } else { error.max(most) })
}

/// Returns PyTorch's numbers, by the names of the program.
fn wanted(case: &Case) -> Vec<(What, String, ArrayD<f64>)> {
    let mut wanted = Vec::new();
    let outputs = if case.find("inference").is_some() { "inference" } else { "outputs" };
    for (i, output) in case.arrays(outputs).into_iter().enumerate() {
        wanted.push((What::Output, format!("output {i}"), output));
    }
    if is_random(case) {
        return wanted;
    }
    let loss = ArrayD::from_elem(vec![1], case.number("loss"));
    wanted.push((What::Output, "loss".into(), loss));
    for (i, gradient) in case.arrays("input_gradients").into_iter().enumerate() {
        wanted.push((What::Gradient, format!("input {i}"), gradient));
    }
    let keys = [
        ("gradients", What::Gradient, ""),
        ("running", What::Output, "after "),
        ("trained", What::Trained, "trained "),
        ("running_trained", What::Trained, "trained "),
        ("averaged", What::Trained, "average "),
        ("after_100", What::Trained, "trained "),
    ];
    for (key, what, prefix) in keys {
        if case.find(key).is_some() {
            let named = case.named(key).into_iter();
            wanted.extend(named.map(|(name, array)| (what, format!("{prefix}{name}"), array)));
        }
    }
    wanted
}

/// The names of all groups, in the order of the table.
pub const GROUPS: [&str; 12] = [
    "dense",
    "convolutions",
    "pools",
    "norms",
    "noise",
    "activations",
    "moves, borders, sizes",
    "signals",
    "volumes",
    "joins and networks",
    "losses",
    "optimizers and updates",
];

/// Returns the part of the language that a case is about.
fn group(case: &Case) -> &'static str {
    let graph = case.model().graph;
    let begins = |prefixes: &[&str]| prefixes.iter().any(|prefix| case.name.starts_with(prefix));
    let axes = graph.value(graph.inputs[0]).shape.len();
    if begins(&["train_"]) {
        return "optimizers and updates";
    }
    if begins(&["loss_", "weighed_", "weighted_", "log_softmax_cross"]) {
        return "losses";
    }
    if is_random(case) {
        return "noise";
    }
    match (axes, graph.nodes.len(), &graph.nodes[0].op) {
        (2, ..) => "signals",
        (4, ..) => "volumes",
        (_, 3.., _) => "joins and networks",
        (_, _, op) => group_of(op),
    }
}

fn group_of(op: &Operator) -> &'static str {
    match op.facts().group {
        Group::Dense => "dense",
        Group::Convolution => "convolutions",
        Group::Pool => "pools",
        Group::Norm => "norms",
        Group::Noise => "noise",
        Group::Activation | Group::Across => "activations",
        Group::Move => "moves, borders, sizes",
        Group::Join => "joins and networks",
    }
}
