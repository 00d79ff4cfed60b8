//! Reads `train` blocks: which network each is for, its settings, and what must hold of them together.

use super::augment;
use super::factors;
use super::library::Library;
use super::metrics;
use super::optimizers;
use super::options;
use super::settings::Reader;
use super::sources::{self, scans};
use crate::args::list;
use crate::graph::Graph;
use crate::recipe::{Column, Course, Data, Recipe, Scaling, Source};
use crate::sink::Sink;
use netwright_grammar::ast::{Expr, ExprKind, Network, Setting, Train};
use netwright_grammar::{Diagnostic, Span, nearest};
use std::collections::{BTreeMap, BTreeSet};
use std::mem::discriminant;

/// Every key of a `train` block.
const KEYS: &[&str] = &[
    "data",
    "test",
    "augment",
    "validate",
    "folds",
    "epochs",
    "batch",
    "optimizer",
    "rate",
    "decay",
    "schedule",
    "regularize",
    "clip",
    "constrain",
    "accumulate",
    "ema",
    "stop",
    "metrics",
    "seed",
    "from",
    "freeze",
    "unfreeze",
    "memory",
    "save",
    "weights",
];

/// The settings that may occur several times.
const REPEATED: &[&str] = &["freeze", "unfreeze", "rate", "decay"];

/// Returns the network of each of the text's recipes; reports unknown and doubly trained networks.
pub(super) fn assign<'a>(library: &Library<'a>, sink: &mut Sink) -> Vec<(&'a Network, &'a Train)> {
    let mut trains: Vec<(&Network, &Train)> = vec![];
    for train in library.own_trains() {
        let name = &train.network;
        let Some(network) = library.network(0, &name.node) else {
            let message = format!("there is no network `{}`", name.node);
            let diagnostic = Diagnostic::error("E0211", name.span, message);
            let diagnostic = match nearest(&name.node, library.network_names(0)) {
                Some(near) => diagnostic.help(format!("did you mean `{near}`?")),
                None => diagnostic.help(format!("describe it by `network {} {{ ... }}`", name.node)),
            };
            if !library.may_be_unread(0, &name.node) {
                sink.push(diagnostic);
            }
            // Its settings can be checked all the same.
            read(train, library, sink);
            continue;
        };
        let is_first =
            |(known, other): &&(&Network, &Train)| known.span == network.span && other.name.is_none();
        match trains.iter().find(is_first).filter(|_| train.name.is_none()) {
            Some((_, first)) => {
                let message = format!("`{}` has a recipe already", name.node);
                sink.push(
                    Diagnostic::error("E0212", name.span, message)
                        .also(first.network.span, "first here")
                        .help(format!("remove one of the two, or call what it trains otherwise: `train {} as another_name`", name.node)),
                );
            }
            None => trains.push((network, train)),
        }
    }
    trains
}

/// Reads the recipe; `None` if a setting has an error.
pub(super) fn read(train: &Train, library: &Library<'_>, sink: &mut Sink) -> Option<Recipe> {
    let before = sink.errors();
    let mut places: BTreeMap<&str, Span> = BTreeMap::new();
    let mut damaged: BTreeSet<&str> = BTreeSet::new();
    let mut recipe = Recipe::new(train.span, optimizers::usual(train.span));
    let mut whole = train.unread.is_empty();
    for setting in &train.settings {
        let key = setting.key.node.as_str();
        let (values, mistaken) = own_values(setting, library);
        mistaken.into_iter().for_each(|value| sink.push(unknown_key(value)));
        if !KEYS.contains(&key) {
            sink.push(
                Diagnostic::error("E0502", setting.key.span, format!("`{key}` is not supported yet"))
                    .help("this version would have to ignore it; remove it to train without"),
            );
            continue;
        }
        if let Some(first) = places.get(key)
            && !REPEATED.contains(&key)
        {
            sink.push(
                Diagnostic::error("E0503", setting.span, format!("`{key}` is set twice"))
                    .also(*first, "first here")
                    .help("remove one of the two"),
            );
            continue;
        }
        places.insert(key, setting.span);
        if !setting.is_whole() {
            damaged.insert(key);
            whole = false;
        }
        if setting.unread.is_some() {
            continue;
        }
        if let Some(found) = bare_arguments(key, values, library) {
            sink.push(found);
            damaged.insert(key);
            continue;
        }
        let errors = sink.errors();
        Reader { key: &setting.key, values, span: setting.span, sink }.read_into(&mut recipe);
        if sink.errors() > errors {
            damaged.insert(key);
        }
    }
    if train.unread.is_empty() {
        check(&recipe, &places, &damaged, sink);
    }
    if let Some(data) = recipe.data.clone() {
        let held_out = recipe.held_out.source_mut();
        for other in recipe.test.as_mut().into_iter().chain(held_out) {
            other.scaling = data.like(other).map_or(Scaling::None, |part| part.scaling);
            for other in &mut other.beside {
                other.scaling = data.like(other).map_or(Scaling::None, |part| part.scaling);
            }
        }
    }
    (sink.errors() == before && whole).then_some(recipe)
}

/// Checks that the network has a loss for the recipe to minimise.
pub(super) fn check_loss(train: &Train, graph: &Graph, sink: &mut Sink) {
    if graph.losses.is_empty() {
        let message = format!("`{}` has no loss to train with", graph.name);
        sink.push(Diagnostic::error("E0508", train.network.span, message).help(
            "write one at the end of the network, such as `loss cross_entropy` for classes or `loss mse` for numbers",
        ));
    }
}

/// Checks the settings against each other, as far as they could be read.
fn check(recipe: &Recipe, places: &BTreeMap<&str, Span>, damaged: &BTreeSet<&str>, sink: &mut Sink) {
    let place = |key: &str| places.get(key).copied().unwrap_or(recipe.span);
    let sound = |keys: [&str; 2]| keys.iter().all(|key| !damaged.contains(key));
    if let (Some(&validate), Some(&folds)) = (places.get("validate"), places.get("folds")) {
        sink.push(
            Diagnostic::error("E0506", folds, "samples are held out twice")
                .also(validate, "first here")
                .help("keep `folds` for a training with each part held out, or `validate` for one training"),
        );
    }
    let unwatched = !recipe.holds_out() && sound(["validate", "folds"]);
    if recipe.stop.is_some() && unwatched && !damaged.contains("stop") {
        sink.push(
            Diagnostic::error("E0506", place("stop"), "there are no held-out samples to watch")
                .help("hold some out by `validate 10%`"),
        );
    }
    let on_plateau = matches!(recipe.schedule.course, Course::OnPlateau { .. });
    if on_plateau && unwatched && !damaged.contains("schedule") {
        sink.push(
            Diagnostic::error("E0506", place("schedule"), "there are no held-out samples to watch")
                .help("hold some out by `validate 10%`"),
        );
    }
    let warmup = recipe.schedule.warmup;
    if warmup > 0.0 && warmup >= recipe.epochs as f64 && sound(["schedule", "epochs"]) {
        sink.push(
            Diagnostic::error("E0506", place("schedule"), "the warm-up lasts as long as the training")
                .here(format!("{warmup} epochs"))
                .also(place("epochs"), format!("the training has {}", recipe.epochs))
                .help("a warm-up of one epoch is common"),
        );
    }
    if sound(["rate", "optimizer"]) && sound(["schedule", "epochs"]) {
        factors::check_rates(recipe, place("schedule"), place("epochs"), sink);
    }
    if sound(["decay", "optimizer"]) {
        factors::check_decays(recipe, sink);
    }
    if sound(["data", "metrics"]) && sound(["stop", "metrics"]) {
        metrics::check_recipe(recipe, places, sink);
    }
    if let (Some(&save), None) = (places.get("save"), &recipe.data)
        && sound(["save", "data"])
    {
        sink.push(
            Diagnostic::error("E0506", save, "there is no data to train with")
                .here("`netwright train` saves its trainings")
                .help("add `data`, or save in your program: `Trainer` has `save` and `load`"),
        );
    }
    if recipe.from.is_some() && recipe.data.is_none() && sound(["from", "data"]) {
        sink.push(
            Diagnostic::error("E0506", place("from"), "there is no data to train with from these weights")
                .here("`netwright train` would load them")
                .help("add `data`, or load them in your program and give the parameters to `train_with`"),
        );
    }
    for (key, other) in [("test", recipe.test.as_ref()), ("validate", recipe.held_out.source())] {
        if sound(["data", key])
            && let Some(other) = other
        {
            check_other(key, other, recipe.data.as_ref(), place(key), place("data"), sink);
        }
    }
}

/// Checks a source of test or held-out samples against that of the training.
fn check_other(key: &str, other: &Data, data: Option<&Data>, place: Span, data_place: Span, sink: &mut Sink) {
    let (samples, purpose) = if key == "test" {
        ("test samples", "to test with")
    } else {
        ("held-out samples", "to validate with")
    };
    let Some(data) = data else {
        sink.push(
            Diagnostic::error("E0506", place, format!("there is data {purpose}, but none to train with"))
                .help("add `data`, or leave both to the program that uses the network"),
        );
        return;
    };
    if other.beside.len() != data.beside.len() || other.input.is_some() != data.input.is_some() {
        sink.push(
            Diagnostic::error(
                "E0506",
                place,
                format!("{samples} need the same sources as those of the training"),
            )
            .also(data_place, "these")
            .help("name a source for each input here, too"),
        );
        return;
    }
    for part in other.all() {
        match data.like(part) {
            Some(own) => check_source(key, part, own, place, data_place, sink),
            None => {
                let Some(input) = &part.input else { continue };
                sink.push(
                    Diagnostic::error(
                        "E0506",
                        input.span,
                        format!("`data` has no source for `{}`", input.node),
                    )
                    .also(data_place, "its sources")
                    .help("name the inputs as `data` does"),
                );
            }
        }
    }
}

/// Checks one source of test or held-out samples against that of the same input.
fn check_source(key: &str, other: &Data, data: &Data, place: Span, data_place: Span, sink: &mut Sink) {
    let samples = if key == "test" { "test samples" } else { "held-out samples" };
    if other.scaling != Scaling::None {
        sink.push(
            Diagnostic::error("E0506", place, format!("{samples} are scaled as the training samples are"))
                .help("remove the scaling here; the one of `data` is used"),
        );
        return;
    }
    let is_table = |data: &Data| matches!(data.source, Source::Csv(_));
    let is_scan = |data: &Data| matches!(data.source, Source::Dicom(_) | Source::Nifti(_));
    if data.source.is_idx() && key == "test" {
        sink.push(
            Diagnostic::error("E0506", place, "this data has a test set of its own")
                .also(data_place, "an IDX folder holds `t10k` files besides the `train` files")
                .help("remove `test`"),
        );
    } else if data.source.path() == other.source.path() && !matches!(data.source, Source::Arrays(_)) {
        sink.push(
            Diagnostic::error("E0506", place, format!("these {samples} are those that it is trained with"))
                .also(data_place, "the same path")
                .help("name samples that are not in `data`, or hold some out by `validate 20%`"),
        );
    } else if is_table(data) != is_table(other)
        || other.source.is_idx()
        || (is_scan(data) || is_scan(other)) && discriminant(&data.source) != discriminant(&other.source)
    {
        let (write, kind) = match is_table(data) {
            true => (format!("write `{key} csv(\"...\")`"), "this is a table"),
            false => ("name samples of the same kind".into(), "the training data"),
        };
        sink.push(
            Diagnostic::error(
                "E0506",
                place,
                format!("{samples} must be of the same kind as the training data"),
            )
            .also(data_place, kind)
            .help(write),
        );
    } else if data.source.label() != other.source.label() && is_table(data) {
        let columns = |data: &Data| data.source.label().map(|columns| described(columns)).unwrap_or_default();
        sink.push(
            Diagnostic::error("E0506", place, format!("{samples} have their labels elsewhere"))
                .here(columns(other))
                .also(data_place, columns(data))
                .help("give both the same `label`"),
        );
    } else if let [name, ..] = scans::differing(&data.source, &other.source)[..] {
        sink.push(
            Diagnostic::error("E0506", place, format!("{samples} must be read like the training data"))
                .also(data_place, format!("it has another `{name}`"))
                .help(format!("write the same `{name}` in both")),
        );
    }
}

/// Describes columns of labels: `labels in the last columns`.
fn described(columns: &[Column]) -> String {
    let column = |column: &Column| match column {
        Column::First => "the first columns".to_string(),
        Column::Last => "the last columns".to_string(),
        Column::At(index) => format!("column {index}"),
        Column::Named(name) => format!("column `{name}`"),
    };
    match columns {
        [Column::At(index)] => format!("labels from column {index} on"),
        columns => format!("labels in {}", list(&columns.iter().map(column).collect::<Vec<_>>(), "and")),
    }
}

/// Returns a setting's own values, and after them the misspelt keys of further settings. The grammar knows
/// keys only by their names, so that what is no key looks like one more value of the setting before.
pub(super) fn own_values<'a>(setting: &'a Setting, library: &Library<'_>) -> (&'a [Expr], Vec<&'a Expr>) {
    let key = setting.key.node.as_str();
    let takes_sources = ["data", "test", "validate"].contains(&key);
    let is_mistaken = |at: usize| {
        let (before, value) = (&setting.values[at - 1], &setting.values[at]);
        let Some(name) = name_of(value) else { return false };
        if takes_sources && sources::is_named(&setting.values, at) {
            return false;
        }
        let near = nearest(name, netwright_grammar::KEYS).is_some();
        let between = Span { start: before.span.end, end: value.span.start, ..value.span };
        let on_a_new_line = library.text(between).contains('\n');
        // The names of layers may be near a key: `batch_norm1` is to `batch`.
        if REPEATED.contains(&key) {
            return near && on_a_new_line;
        }
        // Lists of augmentations and metrics are long, so they go on in new lines.
        let items = match key {
            "augment" => augment::AUGMENTS,
            "metrics" => metrics::METRICS,
            _ => &[],
        };
        let misspelt = nearest(name, items.iter().map(|item| item.name)).is_some();
        !options::is_known(name) && (near || on_a_new_line && !misspelt)
    };
    let mistaken: Vec<usize> = (1..setting.values.len()).filter(|at| is_mistaken(*at)).collect();
    let own = mistaken.first().copied().unwrap_or(setting.values.len());
    (&setting.values[..own], mistaken.into_iter().map(|at| &setting.values[at]).collect())
}

/// Returns the error for `idx "data/mnist"`, whose path looks like one more value of the setting.
fn bare_arguments(key: &str, values: &[Expr], library: &Library<'_>) -> Option<Diagnostic> {
    let is_bare = |pair: &&[Expr]| match (&pair[0].node, &pair[1].node) {
        (_, ExprKind::Name(_) | ExprKind::Call(_) | ExprKind::Error) => false,
        (ExprKind::Name(name), _) => options::is_known(name),
        _ => false,
    };
    let pair = values.windows(2).filter(|_| !REPEATED.contains(&key)).find(is_bare)?;
    let (name, value) = (library.text(pair[0].span), library.text(pair[1].span));
    let message = format!("the arguments of `{name}` stand in parentheses");
    Some(Diagnostic::error("E0504", pair[1].span, message).help(format!("write `{name}({value})`")))
}

fn unknown_key(value: &Expr) -> Diagnostic {
    let key = name_of(value).unwrap_or_default();
    let diagnostic = Diagnostic::error("E0501", value.span, format!("there is no setting `{key}`"));
    match nearest(key, KEYS.iter().copied()) {
        Some(near) => diagnostic.help(format!("did you mean `{near}`?")),
        None if key == "lr" || key == "learning_rate" => {
            diagnostic.help("the rate belongs to the optimizer: write `optimizer adam(lr=1e-3)`")
        }
        None if key == "weight_decay" => {
            diagnostic.help("write `optimizer adamw(weight_decay=0.01)` or `regularize l2(1e-4)`")
        }
        None => diagnostic.help(format!("the settings are {}", KEYS.join(", "))),
    }
}

fn name_of(value: &Expr) -> Option<&str> {
    match &value.node {
        ExprKind::Name(name) => Some(name),
        ExprKind::Call(call) => Some(&call.name.node),
        _ => None,
    }
}
