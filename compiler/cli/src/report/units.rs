//! Units that do nothing: those of some samples, which the reference interpreter runs through the trained network.

use super::Training;
use super::looked::{self, Looked};
use netwright_compiler::ops::{Activation, Operator};
use netwright_interpreter::Mode;

/// Values as near to a limit as this are at it.
pub(super) const NEAR: f64 = 0.02;
/// A unit that is at its limits for a larger share of values is saturated.
pub(super) const MOSTLY: f64 = 0.95;
/// Samples from which on something can be said.
pub(super) const ENOUGH: usize = 16;

/// Units of a network, over some samples.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Units {
    pub(super) samples: usize,
    pub(super) layers: Vec<Layer>,
}

/// Units of an activation.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Layer {
    pub(super) name: String,
    pub(super) units: usize,
    pub(super) dead: usize,
    pub(super) saturated: usize,
    pub(super) can_die: bool,
    pub(super) can_saturate: bool,
    /// The share of all values that are zero or at a limit.
    pub(super) quiet: f64,
}

/// The values at which an activation has no slope: zero, where units die, and others, where they saturate.
struct Limits {
    dies: bool,
    limits: &'static [f64],
}

fn limits(activation: Activation) -> Option<Limits> {
    Some(match activation {
        Activation::Relu => Limits { dies: true, limits: &[] },
        Activation::Relu6 => Limits { dies: true, limits: &[6.0] },
        Activation::Sigmoid | Activation::HardSigmoid => Limits { dies: false, limits: &[0.0, 1.0] },
        Activation::Tanh | Activation::Softsign => Limits { dies: false, limits: &[-1.0, 1.0] },
        _ => return None,
    })
}

/// Counts the units of a trained network; the reason why not, if it cannot.
pub(super) fn of(training: &Training<'_>) -> Result<Units, String> {
    let graph = &training.model.graph;
    let params = looked::saved(graph, &training.facts.weights())?;
    let Looked { samples, values } = looked::run(training, params, Mode::Inference)?;
    let mut layers = vec![];
    for node in &graph.nodes {
        // An answer near its limit is a sure one.
        if graph.outputs.contains(&node.output) {
            continue;
        }
        let Operator::Activation(activation) = &node.op else { continue };
        let Some(Limits { dies, limits }) = limits(*activation) else { continue };
        let value = &values[node.output.0];
        let shape = value.shape();
        let (units, places) = (shape[1], shape[2..].iter().product::<usize>());
        let [mut silent, mut at_limit] = [vec![0_usize; units], vec![0_usize; units]];
        for (at, x) in value.iter().enumerate() {
            let unit = at / places % units;
            silent[unit] += usize::from(dies && *x <= 0.0);
            at_limit[unit] += usize::from(limits.iter().any(|limit| (x - limit).abs() <= NEAR));
        }
        let each = samples * places;
        let count =
            |counts: &[usize], least: f64| counts.iter().filter(|count| **count as f64 >= least).count();
        layers.push(Layer {
            name: graph.layer(node.layer).name.clone(),
            units,
            dead: count(&silent, each as f64),
            saturated: count(&at_limit, MOSTLY * each as f64),
            can_die: dies,
            can_saturate: !limits.is_empty(),
            quiet: silent.iter().chain(&at_limit).sum::<usize>() as f64 / (units * each).max(1) as f64,
        });
    }
    Ok(Units { samples, layers })
}
