//! The schedule of a recipe.

use super::metrics;
use super::options::{SCHEDULES, choose};
use super::settings::MAX_COUNT;
use crate::args::Args;
use crate::recipe::{Course, Schedule, Watch};
use crate::sink::Sink;
use netwright_grammar::ast::Expr;

/// Reads a schedule; `None` if it is none.
pub(super) fn read(value: &Expr, sink: &mut Sink) -> Option<Schedule> {
    let (name, mut args) = choose(value, SCHEDULES, "a schedule", sink)?;
    let course = match name {
        "constant" => Course::Constant,
        "step" => Course::Step { every: args.positive("every"), factor: args.positive("factor") },
        "multi_step" => {
            let after = args.numbers("after");
            let ordered = after.first().is_some_and(|&first| first > 0.0) && after.is_sorted_by(|a, b| a < b);
            if !ordered && !args.failed() {
                let help = "write the epochs in their order, as in `multi_step([30, 60])`";
                args.reject("E0306", "after", "these are no epochs of a training in order", "here", help);
            }
            Course::MultiStep { after, factor: args.positive("factor") }
        }
        "exponential" => Course::Exponential { factor: args.positive("factor") },
        "polynomial" => Course::Polynomial { power: args.positive("power"), last: args.fraction("last") },
        "inverse_sqrt" => Course::InverseSqrt,
        "cosine" => Course::Cosine { last: args.fraction("last") },
        "cosine_restarts" => {
            let growth = args.number("growth");
            if growth < 1.0 {
                let help = "1 keeps the length, 2 doubles it each time";
                args.reject(
                    "E0306",
                    "growth",
                    "periods must not become shorter",
                    format!("this is {growth}"),
                    help,
                );
            }
            Course::CosineRestarts { period: args.positive("period"), growth, last: args.fraction("last") }
        }
        "one_cycle" => Course::OneCycle {
            rise: args.fraction("rise"),
            first: args.fraction("first"),
            last: args.fraction("last"),
        },
        "on_plateau" => Course::OnPlateau {
            factor: shrinking(&mut args),
            patience: args.whole("patience", 0..=MAX_COUNT),
            threshold: args.fraction("threshold"),
            cooldown: args.whole("cooldown", 0..=MAX_COUNT),
            last: args.fraction("last"),
            on: metrics::watched(&mut args).unwrap_or(Watch::ValLoss),
        },
        _ => {
            let rise = args.positive("rise");
            let fall = if args.given("fall") { args.positive("fall") } else { rise };
            Course::Cyclic { low: args.fraction("low"), rise, fall }
        }
    };
    let warmup = match course {
        Course::InverseSqrt => args.positive("warmup"),
        Course::OneCycle { .. } => 0.0,
        _ => args.not_negative("warmup"),
    };
    (!args.failed()).then_some(Schedule { warmup, course })
}

/// Reads a factor below 1.
fn shrinking(args: &mut Args<'_>) -> f64 {
    let factor = args.positive("factor");
    if factor >= 1.0 {
        let help = "write for example `factor=0.5`, which halves the rate";
        args.reject("E0306", "factor", "the rate must fall on a plateau", format!("this is {factor}"), help);
    }
    factor
}
