//! The update rules and penalties, as PyTorch defines them.

use super::{Gradients, Interpreter};
use crate::graph::{Graph, Param, Role};
use crate::recipe::{Optimizer, Penalty};
use ndarray::{ArrayD, IxDyn, Zip};

/// What an optimizer remembers from step to step.
#[derive(Clone, Debug)]
pub struct OptimizerState {
    optimizer: Optimizer,
    penalty: Penalty,
    /// Velocities, or first moments; one array for each of the graph's parameters.
    pub first: Vec<ArrayD<f64>>,
    /// Second moments, sums of squares and the like.
    pub second: Vec<ArrayD<f64>>,
    /// What else there is.
    pub third: Vec<ArrayD<f64>>,
    /// How many steps were made.
    pub steps: u32,
}

impl OptimizerState {
    /// Before the first step.
    pub fn new(graph: &Graph, optimizer: Optimizer, penalty: Penalty) -> Self {
        let zeros: Vec<_> = graph.params.iter().map(|param| ArrayD::zeros(IxDyn(&param.shape))).collect();
        Self { optimizer, penalty, first: zeros.clone(), second: zeros.clone(), third: zeros, steps: 0 }
    }
}

impl Interpreter<'_> {
    /// What the penalty adds to the loss: `l1 ‖w‖₁ + l2 ‖w‖²` over the parameters that it counts. Frozen ones do not count.
    pub fn penalty(&self, penalty: &Penalty) -> f64 {
        let counted =
            self.graph().params.iter().zip(&self.params).filter(|(param, _)| counts(penalty, param));
        counted.map(|(_, w)| w.fold(0.0, |sum, w| sum + penalty.l1 * w.abs() + penalty.l2 * w * w)).sum()
    }

    /// One update of every parameter that has a gradient. `rate` is the learning rate with its schedule applied.
    pub fn step(&mut self, state: &mut OptimizerState, gradients: &Gradients, rate: f64) {
        state.steps += 1;
        for (index, gradient) in gradients.params.iter().enumerate() {
            let Some(gradient) = gradient else { continue };
            let (l1, l2) = if counts(&state.penalty, &self.graph().params[index]) {
                (state.penalty.l1, state.penalty.l2)
            } else {
                (0.0, 0.0)
            };
            let update = rule(state.optimizer, state.steps, rate);
            let w = &mut self.params[index];
            let mut change = w.clone();
            Zip::from(&mut change)
                .and(gradient)
                .and(&mut state.first[index])
                .and(&mut state.second[index])
                .and(&mut state.third[index])
                .for_each(|w, &gradient, first, second, third| {
                    // PyTorch's sign: 0 at 0.
                    let sign = if *w == 0.0 { 0.0 } else { w.signum() };
                    let gradient = gradient + l1 * sign + 2.0 * l2 * *w;
                    *w = update(*w, gradient, [first, second, third]);
                });
            if let Optimizer::Lamb { .. } = state.optimizer {
                let norm = |x: &ArrayD<f64>| x.fold(0.0, |sum, x| sum + x * x).sqrt();
                let (weights, length) = (norm(w), norm(&change));
                let trust = if weights > 0.0 && length > 0.0 { weights / length } else { 1.0 };
                change *= rate * trust;
            }
            *w -= &change;
        }
    }
}

/// What is subtracted from a number, given it, its gradient and what is remembered of it; of LAMB, before the rate and
/// the tensor's norms.
fn rule(optimizer: Optimizer, step: u32, rate: f64) -> impl Fn(f64, f64, [&mut f64; 3]) -> f64 {
    let step = f64::from(step);
    let correct = move |beta: f64| 1.0 - beta.powf(step);
    let mu = |beta1: f64, decay: f64, step: f64| beta1 * (1.0 - 0.5 * 0.96f64.powf(step * decay));
    let product = match optimizer {
        Optimizer::NAdam { beta1, momentum_decay, .. } => {
            (1..=step as u32).map(|step| mu(beta1, momentum_decay, f64::from(step))).product()
        }
        _ => 1.0,
    };
    move |w, gradient, [first, second, third]| {
        let mut average = |beta1: f64, beta2: f64| {
            *first = beta1 * *first + (1.0 - beta1) * gradient;
            *second = beta2 * *second + (1.0 - beta2) * gradient * gradient;
            (*first / correct(beta1), *second / correct(beta2))
        };
        let decay = |weight_decay: f64| rate * weight_decay * w;
        match optimizer {
            Optimizer::Sgd { .. } => rate * gradient,
            Optimizer::Momentum { momentum, .. } => {
                *first = momentum * *first + gradient;
                rate * *first
            }
            Optimizer::Nesterov { momentum, .. } => {
                *first = momentum * *first + gradient;
                rate * (gradient + momentum * *first)
            }
            Optimizer::Adam { beta1, beta2, eps, .. } => {
                let (mean, square) = average(beta1, beta2);
                rate * mean / (square.sqrt() + eps)
            }
            Optimizer::AdamW { beta1, beta2, eps, weight_decay, .. } => {
                let (mean, square) = average(beta1, beta2);
                decay(weight_decay) + rate * mean / (square.sqrt() + eps)
            }
            Optimizer::AmsGrad { beta1, beta2, eps, weight_decay, .. } => {
                let (mean, _) = average(beta1, beta2);
                *third = third.max(*second);
                decay(weight_decay) + rate * mean / ((*third / correct(beta2)).sqrt() + eps)
            }
            Optimizer::NAdam { beta1, beta2, eps, weight_decay, momentum_decay, .. } => {
                let (_, square) = average(beta1, beta2);
                let [now, next] = [step, step + 1.0].map(|step| mu(beta1, momentum_decay, step));
                let of_gradient = (1.0 - now) / (1.0 - product) * gradient;
                let of_average = next / (1.0 - product * next) * *first;
                decay(weight_decay) + rate * (of_gradient + of_average) / (square.sqrt() + eps)
            }
            Optimizer::RAdam { beta1, beta2, eps, weight_decay, .. } => {
                let (mean, _) = average(beta1, beta2);
                let most = 2.0 / (1.0 - beta2) - 1.0;
                let length = most - 2.0 * step * beta2.powf(step) / correct(beta2);
                let factor = if length > 5.0 {
                    let part = |length: f64| (length - 4.0) * (length - 2.0) / length;
                    (part(length) / part(most)).sqrt() * correct(beta2).sqrt() / (second.sqrt() + eps)
                } else {
                    1.0
                };
                decay(weight_decay) + rate * mean * factor
            }
            Optimizer::Adamax { beta1, beta2, eps, .. } => {
                *first = beta1 * *first + (1.0 - beta1) * gradient;
                *second = (beta2 * *second).max(gradient.abs() + eps);
                rate * *first / correct(beta1) / *second
            }
            Optimizer::Adagrad { lr_decay, initial, eps, .. } => {
                *first += gradient * gradient;
                rate / (1.0 + (step - 1.0) * lr_decay) * gradient / ((*first + initial).sqrt() + eps)
            }
            Optimizer::Adadelta { rho, eps, .. } => {
                *first = rho * *first + (1.0 - rho) * gradient * gradient;
                let delta = (*second + eps).sqrt() / (*first + eps).sqrt() * gradient;
                *second = rho * *second + (1.0 - rho) * delta * delta;
                rate * delta
            }
            Optimizer::RmsProp { alpha, eps, momentum, centered, .. } => {
                *first = alpha * *first + (1.0 - alpha) * gradient * gradient;
                *second = alpha * *second + (1.0 - alpha) * gradient;
                let square = if centered { (*first - *second * *second).max(0.0) } else { *first };
                *third = momentum * *third + gradient / (square.sqrt() + eps);
                rate * *third
            }
            Optimizer::Lion { beta1, beta2, weight_decay, .. } => {
                let direction = beta1 * *first + (1.0 - beta1) * gradient;
                *first = beta2 * *first + (1.0 - beta2) * gradient;
                decay(weight_decay) + rate * if direction == 0.0 { 0.0 } else { direction.signum() }
            }
            Optimizer::Lamb { beta1, beta2, eps, weight_decay, .. } => {
                let (mean, square) = average(beta1, beta2);
                mean / (square.sqrt() + eps) + weight_decay * w
            }
        }
    }
}

fn counts(penalty: &Penalty, param: &Param) -> bool {
    let role = match param.role {
        Role::Weight => true,
        Role::Bias => penalty.biases,
        Role::Norm => penalty.norms,
        Role::Slope | Role::Statistic => false,
    };
    role && !param.frozen
}
