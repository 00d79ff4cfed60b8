//! The `metrics` list of a `train` block, and whether it fits the network.

use super::options::choose;
use crate::args::{Args, MAX_SIZE, Signature, list};
use crate::graph::Graph;
use crate::ops::{Loss, TargetKind};
use crate::recipe::{Course, Metric as Listed, Recipe, Watch};
use crate::sink::Sink;
use netwright_grammar::ast::{Expr, Train};
use netwright_grammar::{Diagnostic, Span};
use netwright_model::{Average, Metric};
use std::collections::BTreeMap;

/// Every metric.
pub(crate) const METRICS: &[Signature<'static>] = &signatures();

const fn signatures() -> [Signature<'static>; Metric::ALL.len()] {
    let mut all = [Signature { name: "", positional: 0, params: &[] }; Metric::ALL.len()];
    let mut i = 0;
    while i < all.len() {
        all[i] = signature(Metric::ALL[i]);
        i += 1;
    }
    all
}

const fn signature(metric: Metric) -> Signature<'static> {
    let name = metric.kind();
    match metric {
        Metric::TopK(_) => Signature { name, positional: 1, params: &[("k", None)] },
        _ if metric.average().is_some() => {
            Signature { name, positional: 0, params: &[("average", Some("macro"))] }
        }
        _ => Signature { name, positional: 0, params: &[] },
    }
}

/// Reads one metric; `None` if it has an error.
fn read(value: &Expr, sink: &mut Sink) -> Option<Listed> {
    let (name, mut args) = choose(value, METRICS, "a metric", sink)?;
    let known = Metric::ALL.into_iter().find(|metric| metric.kind() == name)?;
    let averages = [("macro", Average::Macro), ("micro", Average::Micro), ("none", Average::None)];
    let averaged = known.average().is_some() && args.given("average");
    let measure = match known {
        Metric::TopK(_) => Metric::TopK(args.whole("k", 1..=MAX_SIZE)),
        _ if averaged => known.with_average(args.choice("average", &averages)),
        other => other,
    };
    (!args.failed()).then_some(Listed { measure, averaged, span: value.span })
}

/// Reads all metrics of a list.
pub(super) fn read_all(values: &[Expr], sink: &mut Sink) -> Vec<Listed> {
    let mut metrics: Vec<Listed> = vec![];
    for value in values {
        let Some(metric) = read(value, sink) else { continue };
        match metrics.iter().find(|known| known.measure == metric.measure) {
            Some(first) => sink.push(
                Diagnostic::error(
                    "E0503",
                    value.span,
                    format!("`{}` is listed twice", metric.measure.kind()),
                )
                .also(first.span, "first here")
                .help("remove one of the two"),
            ),
            None => metrics.push(metric),
        }
    }
    metrics
}

/// Returns the value that `on` of `stop early(...)` or `on_plateau(...)` names; `None`, and an error, if that
/// is no value of the log.
pub(super) fn watched(args: &mut Args<'_>) -> Option<Watch> {
    if !args.given("on") {
        return Some(Watch::ValLoss);
    }
    let name = args.name("on").map_or_else(String::new, |name| name.node);
    match name.as_str() {
        "val_loss" => return Some(Watch::ValLoss),
        "val_accuracy" => return Some(Watch::ValAccuracy),
        _ => {}
    }
    if let Some(metric) = name.strip_prefix("val_").and_then(simple) {
        return Some(Watch::Val(metric));
    }
    let others = Metric::ALL.into_iter().filter(|metric| metric.is_simple());
    let mut names = vec!["val_loss".to_string()];
    names.extend(others.map(|metric| match metric {
        Metric::TopK(_) => "val_top_5".into(),
        metric => format!("val_{}", metric.kind()),
    }));
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    args.unknown_choice("on", &names, "");
    None
}

/// Returns the metric that is one number and has this name in the log.
fn simple(name: &str) -> Option<Metric> {
    let averages = [Average::Macro, Average::Micro];
    let metrics =
        Metric::ALL.into_iter().flat_map(|metric| averages.map(|average| metric.with_average(average)));
    let mut metrics = metrics.filter(|metric| metric.is_simple());
    match name.strip_prefix("top_").and_then(|k| k.parse::<usize>().ok()) {
        Some(k) => Some(Metric::TopK(k)).filter(|metric| k > 0 && metric.name() == name),
        None => metrics.find(|metric| !matches!(metric, Metric::TopK(_)) && metric.name() == name),
    }
}

/// Formats a metric that is one number as the list of metrics has it.
fn written(metric: Metric) -> String {
    match (metric, metric.average()) {
        (Metric::TopK(k), _) => format!("top_k({k})"),
        (_, Some(Average::Micro)) => format!("{}(average=micro)", metric.kind()),
        _ => metric.kind().to_string(),
    }
}

/// Checks metrics against the other settings.
pub(super) fn check_recipe(recipe: &Recipe, places: &BTreeMap<&str, Span>, sink: &mut Sink) {
    if let (Some(first), None) = (recipe.metrics.first(), &recipe.data) {
        sink.push(
            Diagnostic::error("E0506", first.span, "there is no data to measure on")
                .help("add `data`, or measure in your program: `netwright::metrics` has all of them"),
        );
    }
    for (key, on) in watching(recipe) {
        let Watch::Val(metric) = on else { continue };
        let listed = recipe.metrics.iter().any(|listed| listed.measure == metric);
        if let (false, Some(&place)) = (listed, places.get(key)) {
            let (message, text) = (format!("`{}` is not measured", on.name()), written(metric));
            let diagnostic = Diagnostic::error("E0506", place, message).here("this would watch it");
            sink.push(match places.get("metrics") {
                Some(&list) => diagnostic.also(list, format!("these are; add `{text}` to them")),
                None => diagnostic.help(format!("add the setting `metrics {text}`")),
            });
        }
    }
}

/// Returns the keys of settings that watch a number, and which.
fn watching(recipe: &Recipe) -> Vec<(&'static str, Watch)> {
    let mut all = Vec::new();
    if let Some(stop) = &recipe.stop {
        all.push(("stop", stop.on));
    }
    if let Course::OnPlateau { on, .. } = recipe.schedule.course {
        all.push(("schedule", on));
    }
    all
}

/// The meaning of a network's outputs to metrics.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Answers {
    /// One of several classes, with their number.
    Class(usize),
    /// One yes or no.
    YesOrNo,
    /// Several yeses or noes, with their number.
    Labels(usize),
    /// Numbers, with their count.
    Numbers(usize),
}

impl Answers {
    fn of(graph: &Graph, recipe: &Recipe) -> Option<Answers> {
        let used = graph.losses.first()?;
        let outputs = *graph.value(used.value).shape.first()?;
        if used.target.is_some() {
            return Some(Answers::Numbers(outputs));
        }
        let labels = recipe.data.as_ref().is_some_and(|data| data.source.is_idx());
        let soft = matches!(used.loss, Loss::CrossEntropy(_) | Loss::KlDivergence { .. });
        Some(match used.loss.targets() {
            TargetKind::Class => Answers::Class(outputs),
            _ if soft => Answers::Class(outputs),
            // A sample of such a folder is of one class, whatever the loss makes of it.
            _ if labels && outputs > 1 => Answers::Class(outputs),
            TargetKind::Share if outputs == 1 => Answers::YesOrNo,
            TargetKind::Share => Answers::Labels(outputs),
            TargetKind::Number if used.loss.takes_sides() && outputs == 1 => Answers::YesOrNo,
            TargetKind::Number if used.loss.takes_sides() => Answers::Labels(outputs),
            TargetKind::Number => Answers::Numbers(outputs),
        })
    }

    fn take(self, measure: Metric) -> bool {
        match self {
            Answers::Class(_) => !measure.is_error(),
            Answers::YesOrNo => !measure.is_error() && !matches!(measure, Metric::TopK(_)),
            Answers::Labels(_) => !measure.is_error() && !measure.needs_one_class(),
            Answers::Numbers(_) => measure.is_error(),
        }
    }

    fn describe(self) -> String {
        match self {
            Answers::Class(classes) => format!("one of {classes} classes"),
            Answers::YesOrNo => "one yes or no".into(),
            Answers::Labels(labels) => format!("{labels} answers of yes or no, each for itself"),
            Answers::Numbers(1) => "a number".into(),
            Answers::Numbers(numbers) => format!("{numbers} numbers"),
        }
    }

    /// Returns the number of classes, labels or outputs that can be averaged.
    fn several(self) -> usize {
        match self {
            Answers::YesOrNo => 1,
            Answers::Class(n) | Answers::Labels(n) | Answers::Numbers(n) => n,
        }
    }
}

/// Bytes that a confusion matrix can have.
const MOST_BYTES: u128 = 1 << 30;

/// Checks that the metrics fit the network's outputs.
pub(super) fn check(train: &Train, graph: &Graph, recipe: &Recipe, sink: &mut Sink) {
    let Some(answers) = Answers::of(graph, recipe) else { return };
    let used = &graph.losses[0];
    let fitting = || {
        let names = Metric::ALL.into_iter().filter(|measure| answers.take(*measure));
        list(&names.map(|measure| format!("`{}`", measure.kind())).collect::<Vec<_>>(), "and")
    };
    let misfit = |measure: Metric, span: Span| {
        Diagnostic::error("E0511", span, format!("`{}` cannot measure this network", measure.kind()))
            .here(needs(measure))
            .also(used.span, format!("with this loss its answer is {}", answers.describe()))
            .help(format!("{} fit", fitting()))
    };
    for metric in &recipe.metrics {
        if !answers.take(metric.measure) {
            sink.push(misfit(metric.measure, metric.span));
            continue;
        }
        if let (Metric::TopK(k), Answers::Class(classes)) = (metric.measure, answers)
            && k >= classes
        {
            sink.push(
                Diagnostic::error("E0511", metric.span, format!("`top_k({k})` is always 1"))
                    .here(format!("the class is always among {k}"))
                    .also(used.span, format!("the answer is one of {classes} classes"))
                    .help(format!("`k` can be at most {}", classes - 1)),
            );
        }
        if let (Metric::Confusion, Answers::Class(classes)) = (metric.measure, answers) {
            let bytes = 8 * classes as u128 * classes as u128;
            if bytes > MOST_BYTES {
                let gigabytes = bytes as f64 / 1e9;
                let most = ((MOST_BYTES / 8) as f64).sqrt() as usize;
                sink.push(
                    Diagnostic::error(
                        "E0511",
                        metric.span,
                        format!("`confusion` of {classes} classes needs {gigabytes:.1} GB"),
                    )
                    .here("a count for each pair of classes")
                    .also(used.span, format!("the answer is one of {classes} classes"))
                    .help(format!(
                        "remove `confusion`, which can have {most} classes at most; the other metrics need memory for \
                         each class only"
                    )),
                );
            }
        }
        if answers.several() == 1 && metric.averaged {
            sink.push(
                Diagnostic::error("E0511", metric.span, "`average` has nothing to average here")
                    .also(used.span, format!("the answer is {}", answers.describe()))
                    .help(format!("write `{}` alone", metric.measure.kind())),
            );
        }
    }
    for (key, on) in watching(recipe) {
        if on == Watch::ValAccuracy
            && let [first, second, ..] = &graph.losses[..]
            && graph.is_measured(second)
            && let Some(setting) = train.settings.iter().find(|setting| setting.key.node == key)
        {
            sink.push(
                Diagnostic::error("E0511", setting.span, "there is no one accuracy to watch")
                    .also(first.span, "this loss has one")
                    .also(second.span, "and so has this")
                    .help("write `on=val_loss`: it watches the weighted sum of all losses"),
            );
            continue;
        }
        if on == Watch::ValAccuracy
            && !answers.take(Metric::Accuracy)
            && !may_be_classes(graph, recipe)
            && let Some(setting) = train.settings.iter().find(|setting| setting.key.node == key)
        {
            sink.push(
                Diagnostic::error("E0511", setting.span, "there is no accuracy to watch")
                    .also(used.span, format!("with this loss the answer is {}", answers.describe()))
                    .help("write `on=val_loss`"),
            );
        }
    }
}

/// Returns true if a table may hold one class for each sample, though the loss compares numbers.
fn may_be_classes(graph: &Graph, recipe: &Recipe) -> bool {
    let used = &graph.losses[0];
    let table = recipe.data.as_ref().is_some_and(|data| !data.source.is_idx());
    used.target.is_none() && table && graph.value(used.value).shape[0] > 1
}

fn needs(measure: Metric) -> &'static str {
    match measure {
        Metric::TopK(_) => "it needs one of several classes as the answer",
        _ if measure.is_error() => "it compares numbers",
        _ if measure.needs_one_class() => "it needs one class, or one yes or no, as the answer",
        _ => "it compares classes, or answers of yes or no",
    }
}
