//! The reference interpreter against PyTorch's numbers; `golden/make_golden.py` says what the files hold.

use ndarray::{ArrayD, Axis, IxDyn, Slice};
use netwright_compiler::graph::{Graph, ValueId};
use netwright_compiler::interpreter::{Interpreter, Masks, Mode, OptimizerState, Targets};
use netwright_compiler::ops::{Loss, TargetKind};
use netwright_tests::programs::model;
use serde_json::{Map, Value};
use std::path::Path;

/// Both are in 64-bit; the files have twelve digits.
const RELATIVE: f64 = 1e-9;
const ABSOLUTE: f64 = 1e-11;
const STEPS: usize = 20;

/// One file.
struct Case {
    name: String,
    record: Map<String, Value>,
}

impl Case {
    fn get(&self, key: &str) -> &Value {
        self.record.get(key).unwrap_or_else(|| panic!("{} has no `{key}`", self.name))
    }

    fn list(&self, key: &str) -> &Vec<Value> {
        self.get(key).as_array().unwrap_or_else(|| panic!("`{key}` of {} is no list", self.name))
    }

    fn named(&self, key: &str) -> &Map<String, Value> {
        self.get(key).as_object().unwrap_or_else(|| panic!("`{key}` of {} has no names", self.name))
    }

    fn number(&self, key: &str) -> f64 {
        self.get(key).as_f64().unwrap_or_else(|| panic!("`{key}` of {} is no number", self.name))
    }

    fn compare_all(&self, what: &str, found: &[ArrayD<f64>], key: &str) {
        let expected = self.list(key);
        assert_eq!(found.len(), expected.len(), "{}: how many of `{key}`", self.name);
        found.iter().zip(expected).for_each(|(found, expected)| self.compare(what, found, expected));
    }

    fn compare(&self, what: &str, found: &ArrayD<f64>, expected: &Value) {
        let expected = array(expected);
        assert_eq!(found.shape(), expected.shape(), "{}: the shape of {what}", self.name);
        for (index, (&found, &expected)) in found.iter().zip(&expected).enumerate() {
            self.close(&format!("{what}[{index}]"), found, expected);
        }
    }

    fn close(&self, what: &str, found: f64, expected: f64) {
        let error = (found - expected).abs();
        assert!(
            error <= RELATIVE * expected.abs() + ABSOLUTE,
            "{}: {what} is {found}, but PyTorch says {expected}",
            self.name
        );
    }
}

/// `{"shape": [2], "values": [0.1, 0.2]}`
fn array(value: &Value) -> ArrayD<f64> {
    let list = |key: &str| value[key].as_array().expect("an array has shape and values");
    let shape: Vec<usize> =
        list("shape").iter().map(|size| size.as_u64().expect("a size") as usize).collect();
    let values = list("values").iter().map(|number| number.as_f64().expect("a number")).collect();
    ArrayD::from_shape_vec(IxDyn(&shape), values).expect("as many numbers as the shape has")
}

fn cases() -> Vec<Case> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("golden");
    let files = std::fs::read_dir(folder)
        .expect("the folder is there")
        .map(|file| file.expect("it can be read").path());
    let mut paths: Vec<_> =
        files.filter(|path| path.extension().is_some_and(|extension| extension == "json")).collect();
    paths.sort();
    let case = |path: &std::path::PathBuf| {
        let text = std::fs::read_to_string(path).expect("the file can be read");
        let name = path.file_stem().expect("files have names").to_string_lossy().into_owned();
        Case { name, record: serde_json::from_str(&text).expect("the file is JSON") }
    };
    paths.iter().map(case).collect()
}

fn check(case: &Case) {
    let model = model(case.get("source").as_str().expect("a text"));
    let graph = &model.graph;
    let start = start(case, graph);
    let inputs: Vec<_> = case.list("inputs").iter().map(array).collect();
    let targets: Vec<_> = case
        .list("targets")
        .iter()
        .zip(graph.with_targets())
        .map(|(t, used)| target(t, &used.loss))
        .collect();

    let mut interpreter = start.clone();
    let weights = case.record.get("weights").map(|weights| {
        let weights = weights.as_array().expect("a list");
        weights.iter().map(|weight| weight.as_f64().expect("a number")).collect::<Vec<_>>()
    });
    interpreter.weights.clone_from(&weights);
    if case.record.contains_key("masks") {
        interpreter.masks = masks(case, graph);
    }
    let gradients =
        interpreter.gradients(&inputs, &targets).unwrap_or_else(|error| panic!("{}: {error}", case.name));
    case.close("the loss", gradients.loss, case.number("loss"));
    case.compare_all("an output", &gradients.outputs, "outputs");
    case.compare_all("an input's gradient", &gradients.inputs, "input_gradients");
    let expected = case.named("gradients");
    assert_eq!(
        gradients.params.iter().flatten().count(),
        expected.len(),
        "{}: learned parameters",
        case.name
    );
    for (param, gradient) in graph.params.iter().zip(&gradients.params) {
        if let Some(gradient) = gradient {
            case.compare(&format!("the gradient of {}", param.name), gradient, &expected[&param.name]);
        }
    }
    if case.record.contains_key("running") {
        compare_params(case, &interpreter, "running");
        let outputs = interpreter.forward(&inputs, Mode::Inference).expect("the inputs fit");
        case.compare_all("an output of inference", &outputs, "inference");
    }

    let Some(recipe) = model.recipe else { return };
    let mut interpreter = start;
    interpreter.weights = weights;
    case.close("the penalty", interpreter.penalty(&recipe), case.number("penalty"));
    let mut state = OptimizerState::new(&interpreter, &recipe);
    assert!(case.list("losses").len() >= STEPS, "{}", case.name);
    let parts = case.record.get("parts").map_or(1, |parts| parts.as_u64().expect("a number") as usize);
    for (step, expected) in case.list("losses").iter().enumerate() {
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
        case.close(&format!("the loss of step {step}"), gradients.loss, expected.as_f64().expect("a number"));
        interpreter.step(&mut state, &gradients, recipe.optimizer.rate());
    }
    interpreter.finish(&mut state, recipe.optimizer.rate());
    compare_params(case, &interpreter, "trained");
    if case.record.contains_key("running_trained") {
        compare_params(case, &interpreter, "running_trained");
    }
    if let Some(average) = &state.average {
        interpreter.params.clone_from(average);
        compare_params(case, &interpreter, "averaged");
    }
}

/// One of the parts that a batch is cut into.
fn part<T: Clone>(x: &ArrayD<T>, at: usize, parts: usize) -> ArrayD<T> {
    let size = x.shape()[0] / parts;
    x.slice_axis(Axis(0), Slice::from(at * size..(at + 1) * size)).to_owned()
}

fn start<'a>(case: &Case, graph: &'a Graph) -> Interpreter<'a> {
    let params = case.named("params");
    let names: Vec<&String> = graph.params.iter().map(|param| &param.name).collect();
    assert_eq!(names.len(), params.len(), "{}: {names:?}", case.name);
    let param = |name: &String| {
        array(params.get(name).unwrap_or_else(|| panic!("{}: PyTorch has no {name}", case.name)))
    };
    Interpreter::with_params(graph, names.into_iter().map(param).collect())
        .unwrap_or_else(|error| panic!("{}: {error}", case.name))
}

fn masks(case: &Case, graph: &Graph) -> Masks {
    let mask = |(name, mask): (&String, &Value)| {
        let id = graph.values.iter().position(|value| value.name == *name);
        let id = id.unwrap_or_else(|| panic!("{}: there is no {name}", case.name));
        (ValueId(id), array(mask))
    };
    case.named("masks").iter().map(mask).collect()
}

fn target(value: &Value, loss: &Loss) -> Targets {
    let numbers = array(value);
    match loss.targets() {
        TargetKind::Class => Targets::Classes(numbers.mapv(|label| label as usize)),
        TargetKind::Share | TargetKind::Number => Targets::Values(numbers),
    }
}

fn compare_params(case: &Case, interpreter: &Interpreter, key: &str) {
    for (name, expected) in case.named(key) {
        let index = interpreter.graph().params.iter().position(|param| param.name == *name);
        let index = index.unwrap_or_else(|| panic!("{}: there is no {name}", case.name));
        case.compare(&format!("{key}: {name}"), &interpreter.params[index], expected);
    }
}

#[test]
fn the_interpreter_agrees_with_pytorch() {
    let cases = cases();
    assert!(cases.len() >= 90, "only {} cases were found", cases.len());
    cases.iter().for_each(check);
}
