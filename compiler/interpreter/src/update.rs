//! Updates after a batch: its gradients are accumulated, penalised and clipped; then parameters are updated
//! and bounded, and their average follows.

use crate::optimizer::{adafactor, norm, rule};
use crate::{Gradients, Interpreter};
use ndarray::{ArrayD, IxDyn, Zip};
use netwright_compiler::graph::ParamId;
use netwright_compiler::recipe::{Clip, Optimizer, Recipe, Terms};

/// The state that a training keeps from step to step.
#[derive(Clone, Debug)]
pub struct OptimizerState {
    recipe: Recipe,
    /// The recipe's terms for each of the graph's parameters.
    terms: Vec<Terms>,
    /// The gradients that were accumulated since the last update.
    gathered: Gathered,
    /// Velocities, or first moments; one array for each of the graph's parameters.
    pub first: Vec<ArrayD<f64>>,
    /// Second moments, sums of squares and the like.
    pub second: Vec<ArrayD<f64>>,
    /// The third state of each parameter, if the optimizer has one.
    pub third: Vec<ArrayD<f64>>,
    /// The number of updates made.
    pub updates: u32,
    /// The average of the parameters, if the recipe has one.
    pub average: Option<Vec<ArrayD<f64>>>,
}

/// Gradients that wait for an update.
#[derive(Clone, Debug)]
struct Gathered {
    /// Sums over all terms, one array for each of the graph's parameters.
    sums: Vec<ArrayD<f64>>,
    /// Batches.
    batches: usize,
    /// Terms: samples, or weights of targets.
    terms: f64,
}

impl OptimizerState {
    /// Creates the state before the first step.
    pub fn new(interpreter: &Interpreter<'_>, recipe: &Recipe) -> Self {
        let graph = interpreter.graph();
        let zeros: Vec<_> = graph.params.iter().map(|param| ArrayD::zeros(IxDyn(&param.shape))).collect();
        Self {
            recipe: recipe.clone(),
            terms: graph.params.iter().map(|param| recipe.terms(param)).collect(),
            gathered: Gathered { sums: zeros.clone(), batches: 0, terms: 0.0 },
            first: zeros.clone(),
            second: zeros.clone(),
            third: zeros,
            updates: 0,
            average: recipe.ema.map(|_| interpreter.params.clone()),
        }
    }
}

impl Interpreter<'_> {
    /// Computes the recipe's penalties: `l1 ‖w‖₁ + l2 ‖w‖²` over the parameters that they count. Frozen ones
    /// do not count.
    pub fn penalty(&self, recipe: &Recipe) -> f64 {
        let of = |(param, w): (&_, &ArrayD<f64>)| {
            let Terms { l1, l2, .. } = recipe.terms(param);
            w.fold(0.0, |sum, w| sum + l1 * w.abs() + l2 * w * w)
        };
        self.graph().params.iter().zip(&self.params).map(of).sum()
    }

    /// Accumulates a batch's gradients, and updates every parameter that has a gradient once the recipe's number of
    /// batches is reached. `rate` is the learning rate with its schedule applied.
    pub fn step(&mut self, state: &mut OptimizerState, gradients: &Gradients, rate: f64) {
        let Gathered { sums, batches, terms } = &mut state.gathered;
        for (sum, gradient) in sums.iter_mut().zip(&gradients.params) {
            if let Some(gradient) = gradient {
                *sum += &(gradient * gradients.terms);
            }
        }
        *batches += 1;
        *terms += gradients.terms;
        if *batches == state.recipe.accumulate {
            self.finish(state, rate);
        }
    }

    /// Makes one update with the mean of the gradients that were accumulated since the last one, if there are
    /// any.
    pub fn finish(&mut self, state: &mut OptimizerState, rate: f64) {
        let Gathered { sums, batches, terms } = &mut state.gathered;
        if *batches == 0 {
            return;
        }
        let mean = |sum: &ArrayD<f64>| if *terms > 0.0 { sum / *terms } else { sum.clone() };
        let mut gradients: Vec<ArrayD<f64>> = sums.iter().map(mean).collect();
        sums.iter_mut().for_each(|sum| sum.fill(0.0));
        (*batches, *terms) = (0, 0.0);
        state.updates += 1;
        let graph = self.graph;
        for ((gradient, terms), w) in gradients.iter_mut().zip(&state.terms).zip(&self.params) {
            // PyTorch's sign: 0 at 0.
            let sign = |w: f64| if w == 0.0 { 0.0 } else { w.signum() };
            Zip::from(gradient).and(w).for_each(|g, &w| *g += terms.l1 * sign(w) + 2.0 * terms.l2 * w);
        }
        clip(state.recipe.clip, &mut gradients);
        for index in (0..gradients.len()).filter(|index| graph.params[*index].is_learned()) {
            let terms = state.terms[index];
            let (rate, optimizer) = (rate * terms.rate, state.recipe.optimizer.decaying(terms.decay));
            let w = &mut self.params[index];
            let averages = [&mut state.first[index], &mut state.second[index]];
            let of_tensor = adafactor(optimizer, state.updates, rate, [w, &gradients[index]], averages);
            let mut change = of_tensor.unwrap_or_else(|| {
                let update = rule(optimizer, state.updates, rate);
                let mut change = w.clone();
                Zip::from(&mut change)
                    .and(&gradients[index])
                    .and(&mut state.first[index])
                    .and(&mut state.second[index])
                    .and(&mut state.third[index])
                    .for_each(|w, &gradient, first, second, third| {
                        *w = update(*w, gradient, [first, second, third]);
                    });
                change
            });
            if let Optimizer::Lamb { .. } = state.recipe.optimizer {
                let (weights, length) = (norm(w), norm(&change));
                let trust = if weights > 0.0 && length > 0.0 { weights / length } else { 1.0 };
                change *= rate * trust;
            }
            *w -= &change;
            if let Some(most) = state.terms[index].max_norm {
                bound(w, graph.weight_layout(ParamId(index)), most);
            }
        }
        if let (Some(average), Some(stays)) = (&mut state.average, state.recipe.ema) {
            let update = f64::from(state.updates);
            let stays = stays.min((1.0 + update) / (10.0 + update));
            for (average, w) in average.iter_mut().zip(&self.params) {
                Zip::from(average).and(w).for_each(|a, &w| *a = stays * *a + (1.0 - stays) * w);
            }
        }
    }
}

/// Keeps gradients small; PyTorch adds `1e-6` to a norm.
fn clip(clip: Option<Clip>, gradients: &mut [ArrayD<f64>]) {
    let factor = |most: f64, norm: f64| (most / (norm + 1e-6)).min(1.0);
    let all: f64 = gradients.iter().map(|gradient| norm(gradient).powi(2)).sum();
    for gradient in gradients {
        match clip {
            None => {}
            Some(Clip::Value(most)) => gradient.mapv_inplace(|x| x.clamp(-most, most)),
            Some(Clip::Norm(most)) => *gradient *= factor(most, norm(gradient)),
            Some(Clip::GlobalNorm(most)) => *gradient *= factor(most, all.sqrt()),
        }
    }
}

/// Scales the weights of each output whose norm is larger.
fn bound(w: &mut ArrayD<f64>, [groups, inputs, outputs, taps]: [usize; 4], most: f64) {
    let Ok(mut w) = w.view_mut().into_shape_with_order([groups, inputs, outputs, taps]) else { return };
    for group in 0..groups {
        for output in 0..outputs {
            let mut own = w.slice_mut(ndarray::s![group, .., output, ..]);
            let norm = own.fold(0.0, |sum, x| sum + x * x).sqrt();
            if norm > most {
                own *= most / norm;
            }
        }
    }
}
