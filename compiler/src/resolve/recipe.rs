//! Reads `train` blocks: which network each is for, its settings, and what must hold of them together.

use super::library::Library;
use super::settings::{self, Reader};
use super::sink::Sink;
use super::suggest::nearest;
use crate::graph::Graph;
use crate::recipe::{Column, Data, EarlyStop, Optimizer, Penalty, Recipe, Scaling, Schedule, Source};
use netwright_grammar::ast::{ExprKind, Network, Setting, Train};
use netwright_grammar::{Diagnostic, Span};
use std::collections::BTreeMap;

/// Every key of a `train` block.
const KEYS: &[&str] = &[
    "data",
    "test",
    "validate",
    "epochs",
    "batch",
    "optimizer",
    "schedule",
    "regularize",
    "stop",
    "seed",
    "from",
    "freeze",
];

/// Keys that the language keeps for what this version cannot do.
const LATER: &[&str] = &[
    "accumulate",
    "augment",
    "average",
    "balance",
    "checkpoint",
    "clip",
    "distill",
    "ema",
    "memory",
    "metrics",
    "mixup",
    "precision",
    "sample",
    "smooth",
];

/// The network of each of the text's recipes; reports unknown and doubly trained networks.
pub(super) fn assign<'a>(library: &Library<'a>, sink: &mut Sink) -> Vec<(&'a Network, &'a Train)> {
    let mut trains: Vec<(&Network, &Train)> = vec![];
    for train in library.own_trains() {
        let name = &train.network;
        let Some(network) = library.network(0, &name.node) else {
            let message = format!("there is no network `{}`", name.node);
            let diagnostic = Diagnostic::error("E0211", name.span, message);
            sink.push(match nearest(&name.node, library.network_names(0)) {
                Some(near) => diagnostic.help(format!("did you mean `{near}`?")),
                None => diagnostic.help(format!("describe it by `network {} {{ ... }}`", name.node)),
            });
            // Its settings can be checked all the same.
            read(train, sink);
            continue;
        };
        match trains.iter().find(|(known, _)| known.span == network.span) {
            Some((_, first)) => {
                let message = format!("`{}` has a recipe already", name.node);
                sink.push(
                    Diagnostic::error("E0212", name.span, message)
                        .also(first.network.span, "first here")
                        .help("a network has one `train` block: remove one of the two"),
                );
            }
            None => trains.push((network, train)),
        }
    }
    trains
}

/// The recipe; `None` if a setting has an error.
pub(super) fn read(train: &Train, sink: &mut Sink) -> Option<Recipe> {
    let before = sink.errors();
    let mut places: BTreeMap<&str, Span> = BTreeMap::new();
    let mut recipe = Recipe {
        data: None,
        test: None,
        validate: 0.0,
        epochs: 10,
        batch: 32,
        optimizer: Optimizer::Adam { lr: 1e-3, beta1: 0.9, beta2: 0.999, eps: 1e-8 },
        schedule: Schedule::Constant,
        penalty: Penalty::default(),
        stop: None,
        seed: 0,
        from: None,
        span: train.span,
    };
    for setting in &train.settings {
        let key = setting.key.node.as_str();
        if !KEYS.contains(&key) {
            sink.push(unknown_key(setting));
            continue;
        }
        if let Some(first) = places.get(key)
            && key != "freeze"
        {
            sink.push(
                Diagnostic::error("E0503", setting.span, format!("`{key}` is set twice"))
                    .also(*first, "first here")
                    .help("remove one of the two"),
            );
            continue;
        }
        places.insert(key, setting.span);
        Reader { setting, sink }.read_into(&mut recipe);
    }
    if sink.errors() == before {
        check(&recipe, &places, sink);
    }
    if recipe.test.is_some()
        && let (Some(test), Some(data)) = (&mut recipe.test, &recipe.data)
    {
        test.scaling = data.scaling.clone();
    }
    (sink.errors() == before).then_some(recipe)
}

/// Sets what `freeze` names.
pub(super) fn freeze(train: &Train, graph: &mut Graph, sink: &mut Sink) {
    for setting in train.settings.iter().filter(|setting| setting.key.node == "freeze") {
        for value in &setting.values {
            let pattern = match &value.node {
                ExprKind::Name(name) | ExprKind::Text(name) => name,
                _ => continue,
            };
            let mut found = false;
            for param in &mut graph.params {
                if prefixes(&param.name).any(|prefix| settings::matches(pattern, prefix)) {
                    param.frozen = true;
                    found = true;
                }
            }
            if found {
                continue;
            }
            let without = graph
                .layers
                .iter()
                .find(|layer| prefixes(&layer.name).any(|prefix| settings::matches(pattern, prefix)));
            sink.push(match without {
                Some(layer) => Diagnostic::error(
                    "E0507",
                    value.span,
                    format!("`{pattern}` has no parameters to freeze"),
                )
                .also(layer.span, format!("this is `{}`", layer.name)),
                None => {
                    let message = format!("`{pattern}` names no layer of `{}`", graph.name);
                    let diagnostic = Diagnostic::error("E0507", value.span, message);
                    let names = graph.params.iter().flat_map(|param| prefixes(&param.name));
                    match nearest(pattern, names) {
                        Some(near) => diagnostic.help(format!("did you mean `{near}`?")),
                        None => diagnostic.help(
                            "give the layers that are meant a label, as in `stem: conv(16, 3x3)`, or use a pattern such as \"conv*\"",
                        ),
                    }
                }
            });
        }
    }
}

/// A recipe needs something to make small.
pub(super) fn check_loss(train: &Train, graph: &Graph, sink: &mut Sink) {
    if graph.losses.is_empty() {
        let message = format!("`{}` has no loss to train with", graph.name);
        sink.push(Diagnostic::error("E0508", train.network.span, message).help(
            "write one at the end of the network, such as `loss cross_entropy` for classes or `loss mse` for numbers",
        ));
    }
}

/// What must hold of settings together.
fn check(recipe: &Recipe, places: &BTreeMap<&str, Span>, sink: &mut Sink) {
    let place = |key: &str| places.get(key).copied().unwrap_or(recipe.span);
    if let Some(EarlyStop { .. }) = recipe.stop
        && recipe.validate == 0.0
    {
        sink.push(
            Diagnostic::error("E0506", place("stop"), "there are no held-out samples to watch")
                .help("hold some out by `validate 10%`"),
        );
    }
    if let Schedule::Cosine { warmup, .. } = recipe.schedule
        && warmup >= recipe.epochs as f64
    {
        sink.push(
            Diagnostic::error("E0506", place("schedule"), "the warm-up lasts longer than the training")
                .here(format!("{warmup} epochs"))
                .also(place("epochs"), format!("the training has {}", recipe.epochs))
                .help("a warm-up of one epoch is common"),
        );
    }
    match (&recipe.data, &recipe.test) {
        (None, Some(_)) => sink.push(
            Diagnostic::error("E0506", place("test"), "there is data to test with, but none to train with")
                .help("add `data`, or leave both to the program that uses the network"),
        ),
        (Some(Data { source: Source::Idx { .. }, .. }), Some(_)) => sink.push(
            Diagnostic::error("E0506", place("test"), "this data has a test set of its own")
                .also(place("data"), "an IDX folder holds `t10k` files besides the `train` files")
                .help("remove `test`"),
        ),
        _ => {}
    }
    if let Some(Data { scaling, .. }) = &recipe.test
        && *scaling != Scaling::None
    {
        sink.push(
            Diagnostic::error("E0506", place("test"), "test samples are scaled as the training samples are")
                .help("remove the scaling here; the one of `data` is used"),
        );
    }
    if let (
        Some(Data { source: Source::Csv { label, .. }, .. }),
        Some(Data { source: Source::Csv { label: other, .. }, .. }),
    ) = (&recipe.data, &recipe.test)
        && label != other
    {
        let columns = |column: &Column| match column {
            Column::First => "the first".to_string(),
            Column::Last => "the last".to_string(),
            Column::At(index) => format!("those from {index} on"),
        };
        sink.push(
            Diagnostic::error("E0506", place("test"), "the test data has its labels in other columns")
                .here(columns(other))
                .also(place("data"), columns(label))
                .help("give both the same `label`"),
        );
    }
}

fn unknown_key(setting: &Setting) -> Diagnostic {
    let key = setting.key.node.as_str();
    if LATER.contains(&key) {
        return Diagnostic::error("E0502", setting.span, format!("`{key}` is not supported yet"))
            .help("this version would have to ignore it; remove the line to train without");
    }
    let diagnostic = Diagnostic::error("E0501", setting.key.span, format!("there is no setting `{key}`"));
    match nearest(key, KEYS.iter().copied()) {
        Some(near) => diagnostic.help(format!("did you mean `{near}`?")),
        None if key == "loss" => {
            diagnostic.help("the loss is part of the network: write it there, behind the last layer")
        }
        None if key == "lr" || key == "learning_rate" => {
            diagnostic.help("the rate belongs to the optimizer: write `optimizer adam(lr=1e-3)`")
        }
        None => diagnostic.help(format!("the settings are {}", KEYS.join(", "))),
    }
}

/// `a.b.c`, `a.b`, `a`
fn prefixes(name: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(name), |name| name.rsplit_once('.').map(|(front, _)| front))
}
