//! The options of settings, and finding the one that is meant.

pub(crate) use super::augment::AUGMENTS;
use super::eval::{self, Env};
pub(crate) use super::metrics::METRICS;
pub(crate) use super::sources::SOURCES;
use crate::args::{Args, Arguments, Signature, list};
use crate::sink::Sink;
use netwright_grammar::ast::{Expr, ExprKind};
use netwright_grammar::{Diagnostic, nearest};

const fn option(
    name: &'static str,
    params: &'static [(&'static str, Option<&'static str>)],
) -> Signature<'static> {
    Signature { name, positional: 0, params }
}

/// Ways to hold samples out, besides that which is not named: the same share of each class.
pub(crate) const DRAWS: &[Signature<'static>] = &[option("random", &[])];

/// Remarks on weights to start from.
pub(crate) const RENAMES: &[Signature<'static>] =
    &[Signature { name: "rename", positional: 2, params: &[("pattern", None), ("name", None)] }];

pub(crate) const SCALINGS: &[Signature<'static>] =
    &[option("normalize", &[("mean", None), ("std", None)]), option("standardize", &[])];

pub(crate) const OPTIMIZERS: &[Signature<'static>] = &[
    option("sgd", &[("lr", Some("1e-3")), ("momentum", Some("0")), ("nesterov", Some("false"))]),
    option("momentum", &[("lr", Some("1e-3")), ("momentum", Some("0.9"))]),
    option("nesterov", &[("lr", Some("1e-3")), ("momentum", Some("0.9"))]),
    option(
        "adam",
        &[("lr", Some("1e-3")), ("beta1", Some("0.9")), ("beta2", Some("0.999")), ("eps", Some("1e-8"))],
    ),
    option(
        "adamw",
        &[
            ("lr", Some("1e-3")),
            ("beta1", Some("0.9")),
            ("beta2", Some("0.999")),
            ("eps", Some("1e-8")),
            ("weight_decay", Some("0.01")),
        ],
    ),
    option(
        "amsgrad",
        &[
            ("lr", Some("1e-3")),
            ("beta1", Some("0.9")),
            ("beta2", Some("0.999")),
            ("eps", Some("1e-8")),
            ("weight_decay", Some("0")),
        ],
    ),
    option(
        "nadam",
        &[
            ("lr", Some("2e-3")),
            ("beta1", Some("0.9")),
            ("beta2", Some("0.999")),
            ("eps", Some("1e-8")),
            ("weight_decay", Some("0")),
            ("momentum_decay", Some("4e-3")),
        ],
    ),
    option(
        "radam",
        &[
            ("lr", Some("1e-3")),
            ("beta1", Some("0.9")),
            ("beta2", Some("0.999")),
            ("eps", Some("1e-8")),
            ("weight_decay", Some("0")),
        ],
    ),
    option(
        "adamax",
        &[("lr", Some("2e-3")), ("beta1", Some("0.9")), ("beta2", Some("0.999")), ("eps", Some("1e-8"))],
    ),
    option(
        "adagrad",
        &[("lr", Some("0.01")), ("lr_decay", Some("0")), ("initial", Some("0")), ("eps", Some("1e-10"))],
    ),
    option("adadelta", &[("lr", Some("1")), ("rho", Some("0.9")), ("eps", Some("1e-6"))]),
    option(
        "rmsprop",
        &[
            ("lr", Some("0.01")),
            ("alpha", Some("0.99")),
            ("eps", Some("1e-8")),
            ("momentum", Some("0")),
            ("centered", Some("false")),
        ],
    ),
    option(
        "adafactor",
        &[
            ("lr", Some("0.01")),
            ("beta2_decay", Some("-0.8")),
            ("eps1", Some("1.1920929e-7")),
            ("eps2", Some("1e-3")),
            ("d", Some("1")),
            ("weight_decay", Some("0")),
        ],
    ),
    option(
        "lion",
        &[("lr", Some("1e-4")), ("beta1", Some("0.9")), ("beta2", Some("0.99")), ("weight_decay", Some("0"))],
    ),
    option(
        "lamb",
        &[
            ("lr", Some("1e-3")),
            ("beta1", Some("0.9")),
            ("beta2", Some("0.999")),
            ("eps", Some("1e-6")),
            ("weight_decay", Some("0.01")),
        ],
    ),
];

pub(crate) const SCHEDULES: &[Signature<'static>] = &[
    option("constant", &[WARMUP]),
    course("step", &[("every", None), ("factor", Some("0.1")), WARMUP]),
    course("multi_step", &[("after", None), ("factor", Some("0.1")), WARMUP]),
    course("exponential", &[("factor", None), WARMUP]),
    course("polynomial", &[("power", Some("1")), ("last", Some("0")), WARMUP]),
    option("inverse_sqrt", &[("warmup", Some("1"))]),
    option("cosine", &[WARMUP, ("last", Some("0"))]),
    course("cosine_restarts", &[("period", None), ("growth", Some("1")), ("last", Some("0")), WARMUP]),
    option("one_cycle", &[("rise", Some("30%")), ("first", Some("0.04")), ("last", Some("4e-6"))]),
    course("cyclic", &[("rise", None), ("fall", Some("rise")), ("low", Some("0.1")), WARMUP]),
    option(
        "on_plateau",
        &[
            ("factor", Some("0.1")),
            ("patience", Some("10")),
            ("on", Some("val_loss")),
            ("threshold", Some("1e-4")),
            ("cooldown", Some("0")),
            ("last", Some("0")),
            WARMUP,
        ],
    ),
];

/// Returns a schedule whose first argument needs no name.
const fn course(
    name: &'static str,
    params: &'static [(&'static str, Option<&'static str>)],
) -> Signature<'static> {
    Signature { name, positional: 1, params }
}

const WARMUP: (&str, Option<&str>) = ("warmup", Some("0"));

pub(crate) const PENALTIES: &[Signature<'static>] = &[
    penalty("l1"),
    penalty("l2"),
    Signature {
        name: "elastic",
        positional: 2,
        params: &[("l1", None), ("l2", None), ("biases", Some("false")), ("norms", Some("false")), ONLY],
    },
];

const fn penalty(name: &'static str) -> Signature<'static> {
    let params = &[("factor", None), ("biases", Some("false")), ("norms", Some("false")), ONLY];
    Signature { name, positional: 1, params }
}

/// Labels and patterns of the parameters that are meant.
const ONLY: (&str, Option<&str>) = ("only", Some("\"*\""));

pub(crate) const CONSTRAINTS: &[Signature<'static>] =
    &[Signature { name: "max_norm", positional: 1, params: &[("most", None), ONLY] }];

pub(crate) const CLIPS: &[Signature<'static>] = &[clip("value"), clip("norm"), clip("global_norm")];

const fn clip(name: &'static str) -> Signature<'static> {
    Signature { name, positional: 1, params: &[("most", None)] }
}

pub(crate) const STOPS: &[Signature<'static>] =
    &[option("early", &[("patience", Some("3")), ("on", Some("val_loss"))])];

/// Times at which a training is saved.
pub(crate) const SAVES: &[Signature<'static>] = &[
    option("every", &[("epochs", Some("1")), ("minutes", Some("10")), ("keep", Some("3"))]),
    option("none", &[]),
];

/// Returns true if some setting has an option of that name.
pub(super) fn is_known(name: &str) -> bool {
    const ALL: [&[Signature<'static>]; 13] = [
        SOURCES,
        DRAWS,
        RENAMES,
        SCALINGS,
        OPTIMIZERS,
        SCHEDULES,
        PENALTIES,
        CONSTRAINTS,
        CLIPS,
        STOPS,
        SAVES,
        AUGMENTS,
        METRICS,
    ];
    ALL.iter().any(|options| options.iter().any(|option| option.name == name))
}

/// Returns the option that a value names, with its arguments.
pub(super) fn choose<'a>(
    value: &Expr,
    options: &'a [Signature<'static>],
    what: &str,
    sink: &'a mut Sink,
) -> Option<(&'static str, Args<'a>)> {
    let (name, span, given) = match &value.node {
        ExprKind::Name(name) => (name, value.span, Arguments::default()),
        ExprKind::Call(call) => {
            (&call.name.node, call.name.span, eval::arguments(call, &Env::default(), sink))
        }
        ExprKind::Error => return None,
        _ => {
            sink.push(
                Diagnostic::error("E0504", value.span, format!("this is not {what}"))
                    .help(format!("write {}", every(options))),
            );
            return None;
        }
    };
    if let Some(signature) = options.iter().find(|option| option.name == name) {
        return Some((signature.name, Args::bind(signature, value.span, given, sink)));
    }
    let diagnostic = Diagnostic::error("E0505", span, format!("`{name}` is not {what}"));
    let all = format!("write {}", every(options));
    sink.push(match nearest(name, options.iter().map(|option| option.name)) {
        Some(near) => diagnostic.help(format!("did you mean `{near}`?")),
        None => diagnostic.help(all),
    });
    None
}

/// Returns all options: with their arguments if they are few.
fn every(options: &[Signature<'static>]) -> String {
    const FEW: usize = 4;
    let text = |option: &Signature<'static>| match options.len() <= FEW {
        true => format!("`{}`", option.text()),
        false => format!("`{}`", option.name),
    };
    list(&options.iter().map(text).collect::<Vec<String>>(), "or")
}
