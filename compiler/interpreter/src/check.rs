//! Compares the gradients of a network with finite differences of its loss, at random parameters and samples.
//!
//! The central difference `(L(x + h) - L(x - h)) / 2h` is off by about `h²`. Where a loss has a kink (`relu` at 0, two equal
//! numbers in a `max_pool`) there is no slope: the differences to both sides disagree, and any number between them is right.
//! Places beside a kink whose slope differences cannot tell are counted, and others are checked instead.

mod draw;
mod examine;
#[cfg(test)]
mod tests;

use crate::{Error, Interpreter};
use draw::Random;
use examine::{Finding, examine};
use ndarray::ArrayD;
use netwright_compiler::graph::Graph;
use std::collections::BTreeSet;

/// Options of [`check_gradients`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GradientCheck {
    /// The seed of parameters, samples and places.
    pub seed: u64,
    /// The number of samples of the batch.
    pub batch: usize,
    /// The number of elements of each tensor to check, at most.
    pub places: usize,
    /// The relative difference up to which slopes count as equal.
    pub tolerance: f64,
}

impl GradientCheck {
    /// The check that is made unless more is said.
    pub const DEFAULT: GradientCheck = GradientCheck { seed: 0, batch: 3, places: 20, tolerance: 1e-4 };
}

impl Default for GradientCheck {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// The result of the check for one parameter or input.
#[derive(Clone, Debug, PartialEq)]
pub struct Checked {
    /// The parameter's or input's name.
    pub name: String,
    /// The shape; of an input with the batch.
    pub shape: Vec<usize>,
    /// The number of elements that were compared; 0 for a frozen parameter.
    pub compared: usize,
    /// The number of further elements at or beside a kink, where differences tell no slope.
    pub kinks: usize,
    /// True if `freeze` names the parameter, so that it has no gradient.
    pub frozen: bool,
    /// The element with the largest difference.
    pub worst: Option<Worst>,
}

/// The place with the largest difference.
#[derive(Clone, Debug, PartialEq)]
pub struct Worst {
    /// The element's index in the tensor.
    pub index: Vec<usize>,
    /// The slope by the network's backward pass.
    pub gradient: f64,
    /// The slope by differences of its loss.
    pub slope: f64,
    /// `|gradient - slope|` over the larger of the two; infinite where one of them is NaN.
    pub difference: f64,
}

/// Compares the gradient of every learned parameter and every input with differences of the loss, without penalties.
///
/// What a training step draws (dropout's masks) is drawn once, and the same for all of them.
///
/// # Errors
/// As [`Interpreter::loss`]: a batch of one sample can be too small for a batch norm.
pub fn check_gradients(graph: &Graph, check: &GradientCheck) -> Result<Vec<Checked>, Error> {
    let mut random = Random::new(check.seed);
    // A loss that compares with an input holds it fixed while its slopes are taken: so must the differences.
    let mut fixed = graph.clone();
    fixed.losses.iter_mut().for_each(|used| used.target = None);
    let mut interpreter = Interpreter::with_params(&fixed, draw::params(graph, &mut random))?;
    interpreter.masks = draw::masks(graph, check.batch, &mut random);
    let (mut inputs, targets) = draw::samples(graph, check.batch, &mut random);
    let start = interpreter.params.clone();
    let gradients = interpreter.gradients(&inputs, &targets)?;
    // Training has moved the running statistics; nothing that it computes depends on them.
    interpreter.params.clone_from(&start);

    let mut checked = Vec::new();
    for (id, param) in graph.params.iter().enumerate().filter(|(_, param)| param.role.is_learned()) {
        let Some(gradient) = &gradients.params[id] else {
            let (name, shape) = (param.name.clone(), param.shape.clone());
            checked.push(Checked { name, shape, compared: 0, kinks: 0, frozen: true, worst: None });
            continue;
        };
        let mut loss_at = |at: usize, x: f64| {
            let before = replace(&mut interpreter.params[id], at, x);
            let loss = interpreter.loss(&inputs, &targets, super::Mode::Training);
            replace(&mut interpreter.params[id], at, before);
            loss
        };
        let numbers = start_numbers(&start[id]);
        checked.push(tensor(&param.name, &numbers, gradient, check, &mut random, &mut loss_at)?);
    }
    for (i, gradient) in gradients.inputs.iter().enumerate() {
        let numbers = start_numbers(&inputs[i]);
        let mut loss_at = |at: usize, x: f64| {
            let before = replace(&mut inputs[i], at, x);
            let loss = interpreter.loss(&inputs, &targets, super::Mode::Training);
            replace(&mut inputs[i], at, before);
            loss
        };
        let name = &graph.value(graph.inputs[i]).name;
        checked.push(tensor(name, &numbers, gradient, check, &mut random, &mut loss_at)?);
    }
    Ok(checked)
}

fn start_numbers(array: &ArrayD<f64>) -> Vec<f64> {
    array.iter().copied().collect()
}

/// Changes the number at a place, counted in the array's order; returns the one before.
fn replace(array: &mut ArrayD<f64>, at: usize, x: f64) -> f64 {
    array.iter_mut().nth(at).map_or(x, |number| std::mem::replace(number, x))
}

fn tensor(
    name: &str,
    numbers: &[f64],
    gradient: &ArrayD<f64>,
    check: &GradientCheck,
    random: &mut Random,
    loss_at: &mut dyn FnMut(usize, f64) -> Result<f64, Error>,
) -> Result<Checked, Error> {
    let shape = gradient.shape().to_vec();
    let mut checked = Checked { name: name.into(), shape, compared: 0, kinks: 0, frozen: false, worst: None };
    let mut places = Places::draw(numbers.len(), check.places, random);
    while let Some(at) = places.next(checked.kinks, random) {
        let gradient = gradient.iter().nth(at).copied().unwrap_or(f64::NAN);
        match examine(numbers[at], gradient, check.tolerance, &mut |x| loss_at(at, x))? {
            Finding::Kink => checked.kinks += 1,
            Finding::Slope { slope, difference } => {
                checked.compared += 1;
                if checked.worst.as_ref().is_none_or(|worst| difference > worst.difference) {
                    let index = unravel(at, &checked.shape);
                    checked.worst = Some(Worst { index, gradient, slope, difference });
                }
            }
        }
    }
    Ok(checked)
}

/// Places of a tensor to check.
struct Places {
    len: usize,
    wanted: usize,
    /// The places that were drawn.
    drawn: BTreeSet<usize>,
    /// The places of the first draw that are left, the last first.
    left: Vec<usize>,
    /// The number of places that were drawn in place of others.
    more: usize,
}

impl Places {
    /// Draws some of `len` places in rising order, or returns all.
    fn draw(len: usize, wanted: usize, random: &mut Random) -> Places {
        let mut drawn = BTreeSet::new();
        // Floyd's choice of a subset (Bentley and Floyd 1987): each is equally likely.
        for last in len.saturating_sub(wanted)..len {
            let at = if len <= wanted { last } else { random.below(last + 1) };
            if !drawn.insert(at) {
                drawn.insert(last);
            }
        }
        let left = drawn.iter().rev().copied().collect();
        Places { len, wanted, drawn, left, more: 0 }
    }

    /// Returns the next place: of the first draw, and then another one for each that was at a kink, up to as
    /// many again.
    fn next(&mut self, kinks: usize, random: &mut Random) -> Option<usize> {
        if let Some(at) = self.left.pop() {
            return Some(at);
        }
        if self.more >= kinks.min(self.wanted) || self.drawn.len() == self.len {
            return None;
        }
        self.more += 1;
        let start = random.below(self.len);
        let at = (start..self.len).chain(0..start).find(|at| !self.drawn.contains(at))?;
        self.drawn.insert(at);
        Some(at)
    }
}

fn unravel(at: usize, shape: &[usize]) -> Vec<usize> {
    let mut rest = at;
    let mut index: Vec<usize> = shape
        .iter()
        .rev()
        .map(|&size| {
            let i = rest % size;
            rest /= size;
            i
        })
        .collect();
    index.reverse();
    index
}
