//! The update rules, as PyTorch defines them.

use ndarray::{ArrayD, Axis};
use netwright_compiler::recipe::Optimizer;

/// Returns the function that computes what is subtracted from a number, given it, its gradient and its state;
/// for LAMB, before the rate and the tensor's norms.
pub(super) fn rule(optimizer: Optimizer, step: u32, rate: f64) -> impl Fn(f64, f64, [&mut f64; 3]) -> f64 {
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
            // Its steps are those of whole tensors: [`adafactor`].
            Optimizer::Adafactor { .. } => 0.0,
            Optimizer::Lamb { beta1, beta2, eps, weight_decay, .. } => {
                let (mean, square) = average(beta1, beta2);
                mean / (square.sqrt() + eps) + weight_decay * w
            }
        }
    }
}

/// Returns what Adafactor subtracts from a tensor, given it, its gradient, and the averages of rows and columns, each as often
/// as it counts; of a tensor with one axis the first are those of its numbers.
pub(super) fn adafactor(
    optimizer: Optimizer,
    step: u32,
    rate: f64,
    [w, g]: [&ArrayD<f64>; 2],
    [rows, columns]: [&mut ArrayD<f64>; 2],
) -> Option<ArrayD<f64>> {
    let Optimizer::Adafactor { beta2_decay, eps1, eps2, d, weight_decay, .. } = optimizer else {
        return None;
    };
    let step = f64::from(step);
    let share = step.powf(beta2_decay);
    let size = |x: &ArrayD<f64>| norm(x) / (x.len() as f64).sqrt();
    let means = |x: &ArrayD<f64>, axis: usize| {
        let mut means = x.clone();
        for mut lane in means.lanes_mut(Axis(axis)) {
            let mean = lane.sum() / lane.len() as f64;
            lane.fill(mean);
        }
        means
    };
    let squares = g * g;
    let follow = |average: &mut ArrayD<f64>, newest: &ArrayD<f64>| {
        average.zip_mut_with(newest, |average, newest| *average += share * (newest - *average));
    };
    let v = match w.ndim() {
        0 | 1 => {
            follow(rows, &squares);
            rows.clone()
        }
        axes => {
            follow(rows, &means(&squares, axes - 1));
            follow(columns, &means(&squares, axes - 2));
            &*rows * &*columns / means(rows, axes - 2).mapv(|mean| mean.max(eps1))
        }
    };
    let update = g / v.mapv(|v| v.sqrt().max(eps1));
    let own = size(w).max(eps2) * rate.min(1.0 / step.sqrt()) / (size(&update) / d).max(1.0);
    Some(w * (rate * weight_decay) + update * own)
}

/// Returns the root of the sum of squares.
pub(super) fn norm(x: &ArrayD<f64>) -> f64 {
    x.fold(0.0, |sum, x| sum + x * x).sqrt()
}
