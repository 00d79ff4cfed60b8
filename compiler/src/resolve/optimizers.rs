//! The `optimizer` of a `train` block.

use super::options::{OPTIMIZERS, choose};
use super::sink::Sink;
use crate::args::Args;
use crate::recipe::Optimizer;
use netwright_grammar::ast::Expr;

/// The update rule; `None` if it has an error.
pub(super) fn read(value: &Expr, sink: &mut Sink) -> Option<Optimizer> {
    let (name, mut args) = choose(value, OPTIMIZERS, "an optimizer", sink)?;
    let args = &mut args;
    let optimizer = match name {
        "sgd" => sgd(args),
        "momentum" => Optimizer::Momentum { lr: rate(args, 1e-3), momentum: momentum(args, 0.9) },
        "nesterov" => Optimizer::Nesterov { lr: rate(args, 1e-3), momentum: momentum(args, 0.9) },
        "adam" => {
            let (lr, [beta1, beta2], eps) = moments(args, 1e-3);
            Optimizer::Adam { lr, beta1, beta2, eps }
        }
        "adamw" => {
            let (lr, [beta1, beta2], eps) = moments(args, 1e-3);
            Optimizer::AdamW { lr, beta1, beta2, eps, weight_decay: weight_decay(args, lr, 0.01) }
        }
        "amsgrad" => {
            let (lr, [beta1, beta2], eps) = moments(args, 1e-3);
            Optimizer::AmsGrad { lr, beta1, beta2, eps, weight_decay: weight_decay(args, lr, 0.0) }
        }
        "nadam" => {
            let (lr, [beta1, beta2], eps) = moments(args, 2e-3);
            let weight_decay = weight_decay(args, lr, 0.0);
            let momentum_decay = args.not_negative("momentum_decay", 4e-3);
            Optimizer::NAdam { lr, beta1, beta2, eps, weight_decay, momentum_decay }
        }
        "radam" => {
            let (lr, [beta1, beta2], eps) = moments(args, 1e-3);
            Optimizer::RAdam { lr, beta1, beta2, eps, weight_decay: weight_decay(args, lr, 0.0) }
        }
        "adamax" => {
            let (lr, [beta1, beta2], eps) = moments(args, 2e-3);
            Optimizer::Adamax { lr, beta1, beta2, eps }
        }
        "adagrad" => Optimizer::Adagrad {
            lr: rate(args, 0.01),
            lr_decay: args.not_negative("lr_decay", 0.0),
            initial: args.not_negative("initial", 0.0),
            eps: args.positive("eps", 1e-10),
        },
        "adadelta" => Optimizer::Adadelta {
            lr: rate(args, 1.0),
            rho: decay(args, "rho", 0.9),
            eps: args.positive("eps", 1e-6),
        },
        "rmsprop" => Optimizer::RmsProp {
            lr: rate(args, 0.01),
            alpha: decay(args, "alpha", 0.99),
            eps: args.positive("eps", 1e-8),
            momentum: momentum(args, 0.0),
            centered: args.flag("centered", false),
        },
        "lion" => {
            let lr = rate(args, 1e-4);
            let [beta1, beta2] = [decay(args, "beta1", 0.9), decay(args, "beta2", 0.99)];
            Optimizer::Lion { lr, beta1, beta2, weight_decay: weight_decay(args, lr, 0.0) }
        }
        _ => Optimizer::Lamb {
            lr: rate(args, 1e-3),
            beta1: decay(args, "beta1", 0.9),
            beta2: decay(args, "beta2", 0.999),
            eps: args.positive("eps", 1e-6),
            weight_decay: args.not_negative("weight_decay", 0.01),
        },
    };
    (!args.failed()).then_some(optimizer)
}

fn sgd(args: &mut Args<'_>) -> Optimizer {
    let (lr, momentum) = (rate(args, 1e-3), momentum(args, 0.0));
    match args.flag("nesterov", false) {
        true if momentum == 0.0 => {
            args.reject(
                "E0309",
                "nesterov",
                "Nesterov's method needs a momentum",
                "the momentum is 0",
                "write `sgd(lr=..., momentum=0.9, nesterov=true)`",
            );
            Optimizer::Sgd { lr }
        }
        true => Optimizer::Nesterov { lr, momentum },
        false if momentum == 0.0 => Optimizer::Sgd { lr },
        false => Optimizer::Momentum { lr, momentum },
    }
}

fn rate(args: &mut Args<'_>, default: f64) -> f64 {
    args.positive("lr", default)
}

/// The rate, the decays and the eps of Adam and its kin.
fn moments(args: &mut Args<'_>, rate: f64) -> (f64, [f64; 2], f64) {
    let lr = self::rate(args, rate);
    let betas = [decay(args, "beta1", 0.9), decay(args, "beta2", 0.999)];
    (lr, betas, args.positive("eps", 1e-8))
}

fn momentum(args: &mut Args<'_>, default: f64) -> f64 {
    let momentum = args.fraction("momentum", default);
    if momentum == 1.0 {
        args.reject(
            "E0306",
            "momentum",
            "the momentum must be below 1",
            "old gradients would never fade",
            "0.9 is common",
        );
    }
    momentum
}

fn decay(args: &mut Args<'_>, name: &str, default: f64) -> f64 {
    let decay = args.fraction(name, default);
    if decay == 1.0 {
        args.reject(
            "E0306",
            name,
            format!("`{name}` must be below 1"),
            "the average would never move",
            format!("the usual value is {default}"),
        );
    }
    decay
}

/// A decay that is decoupled from the gradient: a step takes `lr · weight_decay` of a weight.
fn weight_decay(args: &mut Args<'_>, lr: f64, default: f64) -> f64 {
    let decay = args.not_negative("weight_decay", default);
    if (lr * decay) as f32 >= 1.0 {
        args.reject(
            "E0306",
            "weight_decay",
            "the weight decay leaves nothing of the weights",
            format!("each step takes {} of a weight: lr times this", lr * decay),
            "0.01 is common",
        );
    }
    decay
}
