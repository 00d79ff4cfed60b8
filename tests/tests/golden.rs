//! The reference interpreter against PyTorch's numbers; `golden/make_golden.py` says what the files hold.

use ndarray::{ArrayD, Axis, Slice};
use netwright_compiler::Model;
use netwright_compiler::graph::Graph;
use netwright_compiler::recipe::Recipe;
use netwright_interpreter::{Interpreter, Mode, OptimizerState, Targets};
use netwright_tests::golden::{self, Case};

/// Both are in 64-bit; the files have twelve digits.
const RELATIVE: f64 = 1e-9;
const ABSOLUTE: f64 = 1e-11;
/// The least number of steps of a training.
const STEPS: usize = 20;

fn compare_all(case: &Case, what: &str, found: &[ArrayD<f64>], key: &str) {
    let expected = case.arrays(key);
    assert_eq!(found.len(), expected.len(), "{}: how many of `{key}`", case.name);
    found.iter().zip(&expected).for_each(|(found, expected)| compare(case, what, found, expected));
}

fn compare(case: &Case, what: &str, found: &ArrayD<f64>, expected: &ArrayD<f64>) {
    assert_eq!(found.shape(), expected.shape(), "{}: the shape of {what}", case.name);
    for (index, (&found, &expected)) in found.iter().zip(expected).enumerate() {
        close(case, &format!("{what}[{index}]"), found, expected);
    }
}

fn close(case: &Case, what: &str, found: f64, expected: f64) {
    let error = (found - expected).abs();
    assert!(
        error <= RELATIVE * expected.abs() + ABSOLUTE,
        "{}: {what} is {found}, but PyTorch says {expected}",
        case.name
    );
}

fn compare_params(case: &Case, interpreter: &Interpreter, key: &str) {
    for (name, expected) in case.named(key) {
        let index = interpreter.graph().params.iter().position(|param| param.name == *name);
        let index = index.unwrap_or_else(|| panic!("{}: there is no {name}", case.name));
        compare(case, &format!("{key}: {name}"), &interpreter.params[index], &expected);
    }
}

fn check(case: &Case) {
    let Model { graph, recipe, .. } = case.model();
    let inputs = case.arrays("inputs");
    let targets = case.targets(&graph);
    let start = start(case, &graph);
    check_pass(case, start.clone(), &inputs, &targets);
    if let Some(recipe) = recipe {
        check_training(case, start, &recipe, &inputs, &targets);
    } else if case.find("after_100").is_some() {
        check_descent(case, start, &inputs, &targets);
    }
}

fn start<'a>(case: &Case, graph: &'a Graph) -> Interpreter<'a> {
    let start = Interpreter::with_params(graph, case.params(graph));
    let mut start = start.unwrap_or_else(|error| panic!("{}: {error}", case.name));
    start.weights = case.weights();
    start
}

/// Checks one pass in training with its gradients, and one in inference.
fn check_pass(case: &Case, mut interpreter: Interpreter, inputs: &[ArrayD<f64>], targets: &[Targets]) {
    let graph = interpreter.graph();
    if case.find("masks").is_some() {
        interpreter.masks = case.masks(graph);
    }
    let gradients =
        interpreter.gradients(inputs, targets).unwrap_or_else(|error| panic!("{}: {error}", case.name));
    close(case, "the loss", gradients.loss, case.number("loss"));
    compare_all(case, "an output", &gradients.outputs, "outputs");
    compare_all(case, "an input's gradient", &gradients.inputs, "input_gradients");
    let expected = case.named("gradients");
    let learned = graph.params.iter().zip(&gradients.params);
    let learned: Vec<_> = learned.filter_map(|(param, gradient)| Some((param, gradient.as_ref()?))).collect();
    assert_eq!(learned.len(), expected.len(), "{}: learned parameters", case.name);
    for (param, gradient) in learned {
        let (_, expected) = expected.iter().find(|(name, _)| *name == param.name).expect("it is learned");
        compare(case, &format!("the gradient of {}", param.name), gradient, expected);
    }
    if case.find("running").is_some() {
        compare_params(case, &interpreter, "running");
        let outputs = interpreter.forward(inputs, Mode::Inference).expect("the inputs fit");
        compare_all(case, "an output of inference", &outputs, "inference");
    }
}

/// Checks the steps of a case's own recipe.
fn check_training(
    case: &Case,
    mut interpreter: Interpreter,
    recipe: &Recipe,
    inputs: &[ArrayD<f64>],
    targets: &[Targets],
) {
    close(case, "the penalty", interpreter.penalty(recipe), case.number("penalty"));
    let mut state = OptimizerState::new(&interpreter, recipe);
    let losses = case.numbers("losses");
    assert!(losses.len() >= STEPS, "{}", case.name);
    let parts = case.parts();
    for (step, expected) in losses.into_iter().enumerate() {
        let rows = |x: &ArrayD<f64>| part(x, step % parts, parts);
        let inputs: Vec<_> = inputs.iter().map(rows).collect();
        let targets: Vec<_> = targets
            .iter()
            .map(|t| match t {
                Targets::Classes(t) => Targets::Classes(part(t, step % parts, parts)),
                Targets::Values(t) => Targets::Values(rows(t)),
            })
            .collect();
        let gradients = interpreter.gradients(&inputs, &targets).expect("the inputs fit");
        close(case, &format!("the loss of step {step}"), gradients.loss, expected);
        interpreter.step(&mut state, &gradients, recipe.optimizer.rate());
    }
    interpreter.finish(&mut state, recipe.optimizer.rate());
    compare_params(case, &interpreter, "trained");
    if case.find("running_trained").is_some() {
        compare_params(case, &interpreter, "running_trained");
    }
    if let Some(average) = &state.average {
        interpreter.params.clone_from(average);
        compare_params(case, &interpreter, "averaged");
    }
}

/// Checks steps of gradient descent for a case without a recipe.
fn check_descent(case: &Case, mut interpreter: Interpreter, inputs: &[ArrayD<f64>], targets: &[Targets]) {
    let recipe = golden::descent();
    let mut state = OptimizerState::new(&interpreter, &recipe);
    for _ in 0..golden::STEPS {
        let gradients = interpreter.gradients(inputs, targets).expect("the inputs fit");
        interpreter.step(&mut state, &gradients, recipe.optimizer.rate());
    }
    compare_params(case, &interpreter, "after_100");
}

/// Returns one of the parts that a batch is cut into.
fn part<T: Clone>(x: &ArrayD<T>, at: usize, parts: usize) -> ArrayD<T> {
    let size = x.shape()[0] / parts;
    x.slice_axis(Axis(0), Slice::from(at * size..(at + 1) * size)).to_owned()
}

#[test]
fn the_interpreter_agrees_with_pytorch() {
    let cases = golden::cases();
    assert!(cases.len() >= 90, "only {} cases were found", cases.len());
    cases.iter().for_each(check);
}
