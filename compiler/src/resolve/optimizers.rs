//! The `optimizer` of a `train` block.

use super::options::{OPTIMIZERS, choose};
use crate::args::{Args, Arguments};
use crate::recipe::Optimizer;
use crate::sink::Sink;
use netwright_grammar::Span;
use netwright_grammar::ast::Expr;

/// Reads the update rule; `None` if it has an error.
pub(super) fn read(value: &Expr, sink: &mut Sink) -> Option<Optimizer> {
    let (name, mut args) = choose(value, OPTIMIZERS, "an optimizer", sink)?;
    let optimizer = rule(name, &mut args);
    (!args.failed()).then_some(optimizer)
}

/// Returns the update rule of a recipe that names none: `adam`, with its defaults.
pub(super) fn usual(span: Span) -> Optimizer {
    const USUAL: &str = "adam";
    let signature = OPTIMIZERS.iter().find(|option| option.name == USUAL).unwrap_or(&OPTIMIZERS[0]);
    rule(signature.name, &mut Args::bind(signature, span, Arguments::default(), &mut Sink::default()))
}

fn rule(name: &str, args: &mut Args<'_>) -> Optimizer {
    match name {
        "sgd" => sgd(args),
        "momentum" => Optimizer::Momentum { lr: rate(args), momentum: momentum(args) },
        "nesterov" => Optimizer::Nesterov { lr: rate(args), momentum: momentum(args) },
        "adam" => {
            let (lr, [beta1, beta2], eps) = moments(args);
            Optimizer::Adam { lr, beta1, beta2, eps }
        }
        "adamw" => {
            let (lr, [beta1, beta2], eps) = moments(args);
            Optimizer::AdamW { lr, beta1, beta2, eps, weight_decay: weight_decay(args, lr) }
        }
        "amsgrad" => {
            let (lr, [beta1, beta2], eps) = moments(args);
            Optimizer::AmsGrad { lr, beta1, beta2, eps, weight_decay: weight_decay(args, lr) }
        }
        "nadam" => {
            let (lr, [beta1, beta2], eps) = moments(args);
            let weight_decay = weight_decay(args, lr);
            let momentum_decay = args.not_negative("momentum_decay");
            Optimizer::NAdam { lr, beta1, beta2, eps, weight_decay, momentum_decay }
        }
        "radam" => {
            let (lr, [beta1, beta2], eps) = moments(args);
            Optimizer::RAdam { lr, beta1, beta2, eps, weight_decay: weight_decay(args, lr) }
        }
        "adamax" => {
            let (lr, [beta1, beta2], eps) = moments(args);
            Optimizer::Adamax { lr, beta1, beta2, eps }
        }
        "adagrad" => Optimizer::Adagrad {
            lr: rate(args),
            lr_decay: args.not_negative("lr_decay"),
            initial: args.not_negative("initial"),
            eps: args.positive("eps"),
        },
        "adadelta" => {
            Optimizer::Adadelta { lr: rate(args), rho: decay(args, "rho"), eps: args.positive("eps") }
        }
        "rmsprop" => Optimizer::RmsProp {
            lr: rate(args),
            alpha: decay(args, "alpha"),
            eps: args.positive("eps"),
            momentum: momentum(args),
            centered: args.flag("centered"),
        },
        "adafactor" => adafactor(args),
        "lion" => {
            let lr = rate(args);
            let [beta1, beta2] = [decay(args, "beta1"), decay(args, "beta2")];
            Optimizer::Lion { lr, beta1, beta2, weight_decay: weight_decay(args, lr) }
        }
        _ => Optimizer::Lamb {
            lr: rate(args),
            beta1: decay(args, "beta1"),
            beta2: decay(args, "beta2"),
            eps: args.positive("eps"),
            weight_decay: args.not_negative("weight_decay"),
        },
    }
}

fn adafactor(args: &mut Args<'_>) -> Optimizer {
    let lr = rate(args);
    let beta2_decay = args.number("beta2_decay");
    if beta2_decay > 0.0 {
        args.reject(
            "E0306",
            "beta2_decay",
            "`beta2_decay` must be at most 0",
            "averages would move beyond the newest gradient",
            "the usual value is -0.8",
        );
    }
    let d = args.number("d");
    if d < 1.0 {
        args.reject(
            "E0306",
            "d",
            "`d` must be at least 1",
            format!("steps would be scaled to a root mean square of {d}"),
            "for smaller steps lower `lr`",
        );
    }
    let [eps1, eps2] = [args.positive("eps1"), args.positive("eps2")];
    Optimizer::Adafactor { lr, beta2_decay, eps1, eps2, d, weight_decay: weight_decay(args, lr) }
}

fn sgd(args: &mut Args<'_>) -> Optimizer {
    let (lr, momentum) = (rate(args), momentum(args));
    match args.flag("nesterov") {
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

fn rate(args: &mut Args<'_>) -> f64 {
    args.positive("lr")
}

/// Reads the rate, the decays and the eps of Adam and its kin.
fn moments(args: &mut Args<'_>) -> (f64, [f64; 2], f64) {
    let lr = rate(args);
    let betas = [decay(args, "beta1"), decay(args, "beta2")];
    (lr, betas, args.positive("eps"))
}

fn momentum(args: &mut Args<'_>) -> f64 {
    let momentum = args.fraction("momentum");
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

fn decay(args: &mut Args<'_>, name: &str) -> f64 {
    let decay = args.fraction(name);
    if decay == 1.0 {
        args.reject(
            "E0306",
            name,
            format!("`{name}` must be below 1"),
            "the average would never move",
            format!("the usual value is {}", args.default(name).unwrap_or_default()),
        );
    }
    decay
}

/// Reads a decay that is decoupled from the gradient: a step takes `lr · weight_decay` of a weight.
fn weight_decay(args: &mut Args<'_>, lr: f64) -> f64 {
    let decay = args.not_negative("weight_decay");
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
