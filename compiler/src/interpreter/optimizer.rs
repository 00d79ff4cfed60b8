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
    /// Velocities, or Adam's first moments; one array for each of the graph's parameters.
    pub first: Vec<ArrayD<f64>>,
    /// Adam's second moments.
    pub second: Vec<ArrayD<f64>>,
    /// How many steps were made.
    pub steps: u32,
}

impl OptimizerState {
    /// Before the first step.
    pub fn new(graph: &Graph, optimizer: Optimizer, penalty: Penalty) -> Self {
        let zeros: Vec<_> = graph.params.iter().map(|param| ArrayD::zeros(IxDyn(&param.shape))).collect();
        Self { optimizer, penalty, first: zeros.clone(), second: zeros, steps: 0 }
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
            Zip::from(&mut self.params[index])
                .and(gradient)
                .and(&mut state.first[index])
                .and(&mut state.second[index])
                .for_each(|w, &gradient, first, second| {
                    // PyTorch's sign: 0 at 0.
                    let sign = if *w == 0.0 { 0.0 } else { w.signum() };
                    let gradient = gradient + l1 * sign + 2.0 * l2 * *w;
                    *w -= update(gradient, first, second);
                });
        }
    }
}

/// What is subtracted from a number, given its gradient and what is remembered of it.
fn rule(optimizer: Optimizer, step: u32, rate: f64) -> impl Fn(f64, &mut f64, &mut f64) -> f64 {
    move |gradient, first, second| match optimizer {
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
            *first = beta1 * *first + (1.0 - beta1) * gradient;
            *second = beta2 * *second + (1.0 - beta2) * gradient * gradient;
            let step = f64::from(step);
            let mean = *first / (1.0 - beta1.powf(step));
            let variance = *second / (1.0 - beta2.powf(step));
            rate * mean / (variance.sqrt() + eps)
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
