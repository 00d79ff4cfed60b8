//! The cases of `golden`: networks with PyTorch's numbers for them. `golden/make_golden.py` says what the files hold.

use crate::programs::model;
use crate::sources::{files, folder};
use ndarray::{ArrayD, IxDyn};
use netwright_compiler::graph::{Graph, ValueId};
use netwright_compiler::ops::{Loss, TargetKind};
use netwright_compiler::recipe::{Optimizer, Recipe};
use netwright_compiler::{Model, Span};
use netwright_interpreter::{Masks, Targets};
use serde_json::{Map, Value};

/// The number of steps after which `after_100` was recorded.
pub const STEPS: usize = 100;

/// Returns the recipe of the recorded steps: gradient descent with the rate of `make_golden.py`.
pub fn descent() -> Recipe {
    Recipe::new(Span::default(), Optimizer::Sgd { lr: 0.01 })
}

/// One file.
#[derive(Clone, Debug)]
pub struct Case {
    /// The file's, without `.json`.
    pub name: String,
    record: Map<String, Value>,
}

impl Case {
    /// Returns the value of a key, if the case has it.
    pub fn find(&self, key: &str) -> Option<&Value> {
        self.record.get(key)
    }

    /// Returns the value of a key.
    ///
    /// # Panics
    /// If the case does not have it, as all below do, or if it is of another kind.
    pub fn get(&self, key: &str) -> &Value {
        self.find(key).unwrap_or_else(|| panic!("{} has no `{key}`", self.name))
    }

    /// Returns the network's text, with its recipe where it has one.
    pub fn source(&self) -> &str {
        self.get("source").as_str().expect("the source is a text")
    }

    /// Returns the network.
    pub fn model(&self) -> Model {
        model(self.source())
    }

    /// Returns the number of a key.
    pub fn number(&self, key: &str) -> f64 {
        self.get(key).as_f64().unwrap_or_else(|| panic!("`{key}` of {} is no number", self.name))
    }

    /// Returns the numbers of a key.
    pub fn numbers(&self, key: &str) -> Vec<f64> {
        self.list(key).iter().map(|number| number.as_f64().expect("a number")).collect()
    }

    /// Arrays.
    pub fn arrays(&self, key: &str) -> Vec<ArrayD<f64>> {
        self.list(key).iter().map(array).collect()
    }

    /// Arrays with their names.
    pub fn named(&self, key: &str) -> Vec<(&str, ArrayD<f64>)> {
        let named = self.get(key).as_object();
        let named = named.unwrap_or_else(|| panic!("`{key}` of {} has no names", self.name));
        named.iter().map(|(name, value)| (name.as_str(), array(value))).collect()
    }

    /// Returns the weight of each sample, if they are not equal.
    pub fn weights(&self) -> Option<Vec<f64>> {
        self.find("weights").map(|_| self.numbers("weights"))
    }

    /// Returns the parameters before training, in the graph's order.
    pub fn params(&self, graph: &Graph) -> Vec<ArrayD<f64>> {
        let mut named = self.named("params");
        let names: Vec<&String> = graph.params.iter().map(|param| &param.name).collect();
        assert_eq!(names.len(), named.len(), "{}: {names:?}", self.name);
        let mut param = |name: &String| {
            let at = named.iter().position(|(other, _)| other == name);
            named.swap_remove(at.unwrap_or_else(|| panic!("{}: PyTorch has no {name}", self.name))).1
        };
        names.into_iter().map(&mut param).collect()
    }

    /// Returns the targets, for the graph's losses that take any.
    pub fn targets(&self, graph: &Graph) -> Vec<Targets> {
        self.targets_of("targets", graph)
    }

    /// Returns the targets under another key.
    pub fn targets_of(&self, key: &str, graph: &Graph) -> Vec<Targets> {
        let arrays = self.arrays(key).into_iter().zip(graph.with_targets());
        arrays.map(|(numbers, used)| targets(numbers, &used.loss)).collect()
    }

    /// Returns the noise of each layer.
    pub fn masks(&self, graph: &Graph) -> Masks {
        let mask = |(name, mask): (&str, ArrayD<f64>)| {
            let id = graph.values.iter().position(|value| value.name == name);
            (ValueId(id.unwrap_or_else(|| panic!("{}: there is no {name}", self.name))), mask)
        };
        self.named("masks").into_iter().map(mask).collect()
    }

    /// Returns the number of parts that the batch is cut into, of which each step takes the next one.
    pub fn parts(&self) -> usize {
        self.find("parts").map_or(1, |parts| parts.as_u64().expect("a whole number") as usize)
    }

    fn list(&self, key: &str) -> &Vec<Value> {
        self.get(key).as_array().unwrap_or_else(|| panic!("`{key}` of {} is no list", self.name))
    }
}

/// Reads an array: `{"shape": [2], "values": [0.1, 0.2]}`.
fn array(value: &Value) -> ArrayD<f64> {
    let list = |key: &str| value[key].as_array().expect("an array has shape and values");
    let shape: Vec<usize> =
        list("shape").iter().map(|size| size.as_u64().expect("a size") as usize).collect();
    let values = list("values").iter().map(|number| number.as_f64().expect("a number")).collect();
    ArrayD::from_shape_vec(IxDyn(&shape), values).expect("as many numbers as the shape has")
}

fn targets(numbers: ArrayD<f64>, loss: &Loss) -> Targets {
    match loss.targets() {
        TargetKind::Class => Targets::Classes(numbers.mapv(|label| label as usize)),
        TargetKind::Share | TargetKind::Number => Targets::Values(numbers),
    }
}

/// Returns all cases, in the order of their names.
///
/// # Panics
/// If a file cannot be read.
pub fn cases() -> Vec<Case> {
    cases_in("golden")
}

/// Returns whole trainings; `golden/trainings.py` says what the files hold.
///
/// # Panics
/// If a file cannot be read.
pub fn trainings() -> Vec<Case> {
    cases_in("golden/trainings")
}

fn cases_in(folder: &str) -> Vec<Case> {
    let folder = self::folder(folder);
    let own = files(&folder).into_iter().filter(|path| path.parent() == Some(&folder));
    own.filter(|path| path.extension().is_some_and(|end| end == "json"))
        .map(|path| {
            let text = std::fs::read_to_string(&path).expect("the file can be read");
            let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            Case { name, record: serde_json::from_str(&text).expect("the file is JSON") }
        })
        .collect()
}
