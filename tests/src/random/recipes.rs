//! Random recipes that leave no setting out, for whole trainings that are compared number by number.

use super::Random;
use netwright_compiler::graph::Graph;
use netwright_compiler::ops::{Loss, TargetKind};

/// All optimizers but `lion`, whose sign turns a rounding error into a whole step. The others divide by no number that could
/// be rounding alone.
const OPTIMIZERS: [&str; 16] = [
    "sgd(lr=0.05)",
    "momentum(lr=0.02)",
    "nesterov(lr=0.02)",
    "sgd(lr=0.02, momentum=0.8, nesterov=true)",
    "adam(lr=0.01, eps=1e-2)",
    "adamw(lr=0.01, eps=1e-2)",
    "amsgrad(lr=0.01, eps=1e-2)",
    "nadam(lr=0.01, eps=1e-2, momentum_decay=0.01)",
    "radam(lr=0.01, eps=1e-2, weight_decay=0.1)",
    "adamax(lr=0.01, eps=1e-2)",
    "adagrad(lr=0.05, lr_decay=0.1, eps=1e-2)",
    "adadelta(lr=0.5, eps=1e-2)",
    "rmsprop(lr=0.005, eps=1e-2, momentum=0.5, centered=true)",
    "rmsprop(lr=0.005, eps=1e-2)",
    "adafactor(lr=0.02, eps1=1e-2, weight_decay=0.1)",
    "lamb(lr=0.01, eps=1e-2)",
];

const SCHEDULES: [&str; 12] = [
    "constant(warmup=0.5)",
    "step(1, factor=0.5)",
    "multi_step([1, 2.5], factor=0.5)",
    "exponential(0.7)",
    "polynomial(power=2, last=0.1)",
    "inverse_sqrt(warmup=0.5)",
    "cosine(warmup=0.5, last=0.1)",
    "cosine_restarts(1.5, growth=2)",
    "one_cycle(rise=40%)",
    "cyclic(1)",
    "cyclic(0.5, fall=1.5, low=0.2)",
    "on_plateau(factor=0.5, patience=0)",
];

/// Writes the settings after `batch` for a network with one input, one output and one loss; `labelled` if a
/// layer is called `stem`.
pub fn recipe(graph: &Graph, labelled: bool, random: &mut Random) -> String {
    let mut text = format!("    data csv(\"data.csv\")\n    epochs {}\n", random.whole(2, 4));
    text += &format!("    seed {}\n    optimizer {}\n", random.whole(0, 1000), random.pick(&OPTIMIZERS));
    let schedule = random.pick(&SCHEDULES);
    let plateau = schedule.starts_with("on_plateau");
    if plateau || random.percent(60) {
        text += &format!("    schedule {schedule}\n");
    }
    if plateau || random.percent(40) {
        text += "    validate 25%\n";
        if random.percent(50) {
            text += "    stop early(patience=2)\n";
        }
    }
    let regularize =
        ["l2(1e-2)", "l1(1e-3)", "elastic(1e-3, 1e-2, biases=true)", "l2(1e-2, biases=true, norms=true)"];
    let clip = ["global_norm(0.3)", "norm(0.2)", "value(0.02)"];
    let options: [(usize, &str, &[&str]); 5] = [
        (40, "regularize", &regularize),
        (30, "clip", &clip),
        (20, "constrain", &["max_norm(1.2)"]),
        (50, "accumulate", &["2", "3"]),
        (30, "ema", &["0.9", "0.5"]),
    ];
    for (chance, key, values) in options {
        if random.percent(chance) {
            text += &format!("    {key} {}\n", random.pick(values));
        }
    }
    if let Some(weights) = weights(graph)
        && random.percent(40)
    {
        let weights = if random.percent(50) { "balanced".into() } else { weights };
        text += &format!("    weights {weights}\n");
    }
    if labelled {
        let choices = [
            "freeze stem",
            "freeze stem unfreeze stem after(1)",
            "freeze stem after(1)",
            "rate stem 0.5",
            "",
        ];
        text += &format!("    {}\n", random.pick(&choices));
    }
    text
}

/// Returns a weight for each class, where samples have one and the loss has no weights of its own.
fn weights(graph: &Graph) -> Option<String> {
    let used = &graph.losses[0];
    let shape = &graph.value(used.value).shape;
    match &used.loss {
        Loss::CrossEntropy(ce)
            if !ce.is_weighted() && used.loss.targets() == TargetKind::Class && shape.len() == 1 =>
        {
            let weights: Vec<String> =
                (0..shape[0]).map(|class| format!("{}", 0.5 + class as f64 * 0.75)).collect();
            Some(format!("[{}]", weights.join(", ")))
        }
        _ => None,
    }
}
