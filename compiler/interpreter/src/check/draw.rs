//! Random numbers of the right kind for a network.

use super::super::{Masks, Targets};
use ndarray::{ArrayD, Axis, IxDyn};
use netwright_compiler::graph::{Graph, LossUse, Param, Role};
use netwright_compiler::ops::{CrossEntropy, Loss, Noise, Operator, Pointwise, TargetKind};
use std::f64::consts::TAU;

/// [SplitMix64](https://prng.di.unimi.it/splitmix64.c).
pub(super) struct Random(u64);

impl Random {
    pub(super) fn new(seed: u64) -> Random {
        Random(seed)
    }

    fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Draws a whole number from 0 to before `end`.
    pub(super) fn below(&mut self, end: usize) -> usize {
        (self.bits() % end.max(1) as u64) as usize
    }

    fn unit(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1u64 << 53) as f64
    }

    fn uniform(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.unit()
    }

    /// Draws a normal number by Box and Muller's method.
    fn normal(&mut self) -> f64 {
        let radius = (-2.0 * (1.0 - self.unit()).ln()).sqrt();
        radius * (TAU * self.unit()).cos()
    }
}

/// Draws weights that neither grow nor shrink what goes through them, whatever the network begins with: zeros
/// have few slopes.
pub(super) fn params(graph: &Graph, random: &mut Random) -> Vec<ArrayD<f64>> {
    graph.params.iter().map(|param| parameter(param, random)).collect()
}

fn parameter(param: &Param, random: &mut Random) -> ArrayD<f64> {
    let (low, high) = match param.role {
        Role::Weight => {
            let fan_in: usize = param.shape[1..].iter().product();
            let bound = (3.0 / fan_in.max(1) as f64).sqrt();
            (-bound, bound)
        }
        Role::Slope => (0.05, 0.6),
        Role::Norm if param.name.ends_with("weight") => (0.5, 1.5),
        Role::Statistic if param.name.ends_with("var") => (0.5, 1.5),
        Role::Bias | Role::Norm | Role::Statistic => (-0.5, 0.5),
    };
    filled(&param.shape, || random.uniform(low, high))
}

/// Draws inputs and a target for each loss, also where the loss compares with an input: that input is of the
/// target's kind. Others are standard normal numbers, as scaled data has.
pub(super) fn samples(graph: &Graph, batch: usize, random: &mut Random) -> (Vec<ArrayD<f64>>, Vec<Targets>) {
    let input = |&id| filled(&whole(batch, &graph.value(id).shape), || random.normal());
    let mut inputs: Vec<ArrayD<f64>> = graph.inputs.iter().map(input).collect();
    let mut targets = targets(graph, batch, random);
    let compared = |used: &LossUse| used.target.and_then(|id| graph.inputs.iter().position(|&i| i == id));
    for (used, target) in graph.losses.iter().zip(&targets) {
        if let (Some(i), Targets::Values(values)) = (compared(used), target) {
            inputs[i].clone_from(values);
        }
    }
    // Two losses may compare with the same input.
    for (used, target) in graph.losses.iter().zip(&mut targets) {
        if let Some(i) = compared(used) {
            *target = Targets::Values(inputs[i].clone());
        }
    }
    (inputs, targets)
}

fn targets(graph: &Graph, batch: usize, random: &mut Random) -> Vec<Targets> {
    let target = |used: &LossUse| {
        let shape = &graph.value(used.value).shape;
        let all = whole(batch, shape);
        match (used.loss.targets(), &used.loss) {
            (TargetKind::Class, _) => {
                let classes = IxDyn(&whole(batch, &shape[1..]));
                Targets::Classes(ArrayD::from_shape_simple_fn(classes, || random.below(shape[0])))
            }
            (_, Loss::CrossEntropy(CrossEntropy { .. }) | Loss::KlDivergence { .. }) => {
                let shares = filled(&all, || random.uniform(0.1, 1.0));
                let sums = shares.sum_axis(Axis(1)).insert_axis(Axis(1));
                Targets::Values(shares / sums)
            }
            (_, Loss::Each(Pointwise::PoissonNll { .. })) => {
                Targets::Values(filled(&all, || random.below(5) as f64))
            }
            (_, loss) if loss.takes_sides() => Targets::Values(filled(&all, || random.below(2) as f64)),
            (TargetKind::Share, _) => Targets::Values(filled(&all, || random.unit())),
            (TargetKind::Number, _) => Targets::Values(filled(&all, || random.normal())),
        }
    };
    graph.losses.iter().map(target).collect()
}

/// Draws the masks of training: a number, a channel or a sample at a time, and the noise that it adds.
pub(super) fn masks(graph: &Graph, batch: usize, random: &mut Random) -> Masks {
    let mut masks = Masks::new();
    for node in &graph.nodes {
        let shape = whole(batch, &graph.value(node.output).shape);
        let Operator::Noise(noise) = node.op else { continue };
        // Axes along which numbers are drawn: those of units are repeated over the others.
        let units = match noise {
            Noise::Dropout(_) | Noise::AlphaDropout(_) | Noise::Gaussian(_) => shape.len(),
            Noise::SpatialDropout(_) => 2,
            Noise::StochasticDepth(_) => 1,
        };
        let drawn: Vec<usize> =
            shape.iter().enumerate().map(|(axis, &size)| if axis < units { size } else { 1 }).collect();
        let mask = match noise {
            Noise::Gaussian(_) => filled(&drawn, || random.normal()),
            Noise::Dropout(p)
            | Noise::SpatialDropout(p)
            | Noise::StochasticDepth(p)
            | Noise::AlphaDropout(p) => filled(&drawn, || f64::from(random.unit() >= p)),
        };
        if let Some(spread) = mask.broadcast(IxDyn(&shape)) {
            masks.insert(node.output, spread.to_owned());
        }
    }
    masks
}

fn whole(batch: usize, shape: &[usize]) -> Vec<usize> {
    [&[batch], shape].concat()
}

fn filled(shape: &[usize], number: impl FnMut() -> f64) -> ArrayD<f64> {
    ArrayD::from_shape_simple_fn(IxDyn(shape), number)
}
