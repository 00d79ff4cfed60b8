//! The settings `rate` and `decay`: labels, followed by their factor.

use super::eval::{self, Env};
use super::options::OPTIMIZERS;
use super::settings::Reader;
use crate::args::{Args, Arguments, Datum, Signature, fits_f32, list};
use crate::recipe::{Factor, Only, Optimizer, Recipe};
use crate::sink::Sink;
use netwright_grammar::ast::{BinaryOp, Expr, ExprKind, Unit};
use netwright_grammar::{Diagnostic, Span, Spanned};

/// Words of a setting in errors.
struct Words {
    /// The quantity that is multiplied.
    what: &'static str,
    example: &'static str,
    /// The name of the value for all parameters.
    of_all: &'static str,
}

fn words(key: &str) -> Words {
    match key {
        "decay" => {
            Words { what: "decay", example: "decay \"*.bias\" 0", of_all: "the optimizer's `weight_decay`" }
        }
        _ => Words { what: "rate", example: "rate head 10", of_all: "the optimizer's `lr`" },
    }
}

/// Reads labels, followed by their factor: `rate head 10 stem "block*" 0.1`.
pub(super) fn read(reader: &mut Reader<'_>) -> Vec<Factor> {
    if reader.values.is_empty() {
        reader.no_value();
    }
    let Words { what, example, of_all } = words(&reader.key.node);
    let (mut factors, mut labels) = (vec![], vec![]);
    for value in reader.values {
        if let ExprKind::Name(label) | ExprKind::Text(label) = &value.node {
            labels.push(Spanned { node: label.clone(), span: value.span });
            continue;
        }
        // `head -1` reads as a difference.
        if let ExprKind::Binary(op, left, _) = &value.node
            && op.node == BinaryOp::Subtract
            && matches!(left.node, ExprKind::Name(_) | ExprKind::Text(_))
        {
            let (message, help) = range(what);
            let diagnostic = Diagnostic::error("E0306", value.span, message);
            reader.sink.push(diagnostic.here("this is below 0").help(help));
            labels.clear();
            continue;
        }
        let Some(factor) = factor(what, value, reader.sink) else {
            labels.clear();
            continue;
        };
        if labels.is_empty() {
            let message = format!("labels of layers stand before the factor of their {what}");
            reader.sink.push(
                Diagnostic::error("E0504", value.span, message)
                    .help(format!("write for example `{example}`; the {what} of all is {of_all}")),
            );
        }
        factors.push(Factor { factor, only: Only(std::mem::take(&mut labels)), span: value.span });
    }
    if let Some(label) = labels.first() {
        let message = format!("`{}` has no factor of the {what}", label.node);
        reader.sink.push(
            Diagnostic::error("E0504", label.span, message)
                .help(format!("write it after the label, as in `{what} {} 0.1`", label.node)),
        );
    }
    factors
}

/// Reads a share or a number: of a rate above 0, of a decay at least 0.
fn factor(what: &'static str, value: &Expr, sink: &mut Sink) -> Option<f64> {
    let fits = |factor: f64| factor > 0.0 || factor == 0.0 && what == "decay";
    if let ExprKind::Quantity(percent, Unit::Percent) = value.node
        && fits(percent)
        && fits_f32(percent / 100.0)
    {
        return Some(percent / 100.0);
    }
    let signature = Signature { name: what, positional: 1, params: &[(what, None)] };
    let given = Arguments::one(eval::spanned(value, &Env::default(), sink));
    let mut args: Args<'_> = Args::bind(&signature, value.span, given, sink);
    let factor = match args.datum(what) {
        Some(&Datum::Quantity(percent, Unit::Percent)) if fits(percent) => {
            args.holds(what, value.span, percent / 100.0);
            percent / 100.0
        }
        _ => args.number(what),
    };
    if !fits(factor) {
        let (message, help) = range(what);
        args.reject("E0306", what, message, format!("this is {factor}"), help);
    }
    (!args.failed()).then_some(factor)
}

/// Returns the range of factors, and the advice for values outside of it.
fn range(what: &str) -> (&'static str, &'static str) {
    match what {
        "decay" => ("the factor of a decay is at least 0", "0 is for what is not to decay"),
        _ => ("the factor of a rate is above 0", "what is not to learn at all is named by `freeze`"),
    }
}

/// Checks that the rate is finite wherever and whenever a factor multiplies it.
pub(super) fn check_rates(recipe: &Recipe, schedule: Span, epochs: Span, sink: &mut Sink) {
    let lr = recipe.optimizer.rate();
    for factor in recipe.rates.iter().filter(|factor| !fits_f32(lr * factor.factor)) {
        let rate = lr * factor.factor;
        sink.push(
            Diagnostic::error("E0306", factor.span, "the rate is not a number that 32 bits can hold")
                .here(format!("lr times this is {rate:?}"))
                .help(match rate < 1.0 {
                    true => "write a larger factor; what is not to learn at all is named by `freeze`",
                    false => "write a smaller factor",
                }),
        );
    }
    let rates = recipe.rates.iter().map(|factor| lr * factor.factor).filter(|rate| fits_f32(*rate));
    let highest = rates.fold(lr, f64::max);
    let last = recipe.epochs.saturating_sub(1);
    let rate = |epoch: usize| (highest * recipe.schedule.course.at_epoch(epoch as f64)) as f32;
    if !rate(last).is_finite()
        && let Some(epoch) = (0..=last).find(|&epoch| !rate(epoch).is_finite())
    {
        sink.push(
            Diagnostic::error("E0506", schedule, "the rate grows beyond what 32 bits can hold")
                .here(format!("it is infinite from epoch {} on", epoch + 1))
                .also(epochs, format!("the training has {}", recipe.epochs))
                .help("write a factor below 1, with which the rate falls"),
        );
    }
}

/// Checks that there is a weight decay to multiply, and that the product leaves something of the weights.
pub(super) fn check_decays(recipe: &Recipe, sink: &mut Sink) {
    let Some(first) = recipe.decays.first() else { return };
    let name = recipe.optimizer.name();
    let missing = match recipe.optimizer.weight_decay() {
        None => format!("`{name}` has no weight decay to multiply"),
        Some(0.0) => format!("the weight decay of `{name}` is 0, whatever multiplies it"),
        Some(decay) => {
            let product = |factor: &Factor| recipe.optimizer.rate() * decay * factor.factor;
            // LAMB's steps have the size of the weights, whatever the decay.
            let all = |factor: &&Factor| {
                !matches!(recipe.optimizer, Optimizer::Lamb { .. }) && product(factor) as f32 >= 1.0
            };
            for factor in recipe.decays.iter().filter(|factor| !fits_f32(decay * factor.factor)) {
                sink.push(
                    Diagnostic::error(
                        "E0306",
                        factor.span,
                        "the weight decay is not a number that 32 bits can hold",
                    )
                    .here(format!("weight_decay times this is {:?}", decay * factor.factor))
                    .help("write 0 for what is not to decay, or a factor nearer to 1"),
                );
            }
            for factor in recipe.decays.iter().filter(all) {
                sink.push(
                    Diagnostic::error("E0306", factor.span, "the weight decay leaves nothing of the weights")
                        .here(format!(
                            "each step takes {} of a weight: lr times weight_decay times this",
                            product(factor)
                        ))
                        .help("write a smaller factor"),
                );
            }
            return;
        }
    };
    let instead = match recipe.optimizer.weight_decay() {
        None => {
            let decaying = OPTIMIZERS.iter().filter(|option| option.has("weight_decay"));
            let names: Vec<String> = decaying.map(|option| format!("`{}`", option.name)).collect();
            format!("decay that is decoupled from the gradient is that of {}", list(&names, "and"))
        }
        Some(_) => format!("write for example `optimizer {name}(weight_decay=0.01)`"),
    };
    sink.push(
        Diagnostic::error("E0506", first.span, missing)
            .help(instead)
            .help("`regularize l2(1e-4, only=...)` is a penalty in the loss of the parameters that it names"),
    );
}
