//! Checks of a recipe's data against its network.

use super::sources::scans;
use crate::args::list;
use crate::graph::{Graph, LossUse};
use crate::ops::TargetKind;
use crate::recipe::{Answer, Data, Recipe, Scaling, Source, answers, parts};
use crate::sink::Sink;
use netwright_grammar::ast::Train;
use netwright_grammar::{Diagnostic, Span, nearest};

/// Checks that each input has a source, and each loss its targets.
pub(super) fn check(train: &Train, graph: &Graph, recipe: Option<&Recipe>, sink: &mut Sink) {
    let Some(setting) = train.settings.iter().find(|setting| setting.key.node == "data") else { return };
    let Some(recipe) = recipe else { return };
    let before = sink.errors();
    let sources = [
        ("data", recipe.data.as_ref()),
        ("test", recipe.test.as_ref()),
        ("validate", recipe.held_out.source()),
    ];
    for (key, data) in sources {
        let Some(data) = data else { continue };
        inputs(data, key, train, graph, setting.key.span, sink);
        keys(data, sink);
    }
    let Some(data) = recipe.data.as_ref().filter(|_| sink.errors() == before) else { return };
    let Some(parts) = parts(graph, data) else { return };
    if parts.len() == 1 && graph.losses.len() < 2 {
        return;
    }
    if let Err(misfit) = answers(graph, &parts) {
        sink.push(Diagnostic::error("E0509", misfit.span, misfit.message).help(misfit.help));
    }
    if let Some(mixing) = recipe.augment.iter().find(|augment| augment.operation.mixes()) {
        let message =
            format!("`{}` cannot mix samples of several inputs or targets", mixing.operation.name());
        sink.push(
            Diagnostic::error("E0510", mixing.span, message)
                .also(train.network.span, "the network")
                .help("remove it; operations that change each picture by itself can be used"),
        );
    }
}

/// Checks that the sources are those of the network's inputs.
fn inputs(data: &Data, key: &str, train: &Train, graph: &Graph, place: Span, sink: &mut Sink) {
    let names: Vec<&str> = graph.inputs.iter().map(|input| graph.value(*input).name.as_str()).collect();
    if data.input.is_none() {
        if names.len() > 1 {
            let example = names.iter().map(|name| format!("{name} csv(\"{name}.csv\", key=id)"));
            let example = example.collect::<Vec<_>>().join(" ");
            sink.push(
                Diagnostic::error("E0509", place, format!("one source cannot feed {} inputs", names.len()))
                    .also(train.network.span, format!("its inputs are {}", quoted(&names)))
                    .help(format!("name a source for each input, such as `{key} {example}`"))
                    .help("or remove it and call the generated `train` from a program, with an array for each input and target"),
            );
        }
        return;
    }
    for input in data.all().filter_map(|part| part.input.as_ref()) {
        if names.contains(&input.node.as_str()) {
            continue;
        }
        let message = format!("`{}` has no input `{}`", graph.name, input.node);
        let error = Diagnostic::error("E0509", input.span, message).also(train.network.span, "the network");
        sink.push(match nearest(&input.node, names.iter().copied()) {
            Some(near) => error.help(format!("did you mean `{near}`?")),
            None => error.help(format!("its inputs are {}", quoted(&names))),
        });
    }
    let missing: Vec<&str> = names.iter().filter(|name| data.of_input(name).is_none()).copied().collect();
    // A name that is no input's may be meant for one of them.
    let are_known = data.all().count() == names.len() - missing.len();
    if !missing.is_empty() && are_known {
        let inputs = if missing.len() == 1 { "input" } else { "inputs" };
        sink.push(
            Diagnostic::error(
                "E0509",
                data.places.source,
                format!("there is no source for the {inputs} {}", quoted(&missing)),
            )
            .also(train.network.span, "the network")
            .help(format!(
                "add it after the others, such as `{} csv(\"{}.csv\", key=id)`",
                missing[0], missing[0]
            )),
        );
    }
}

/// Checks that samples of several sources can be joined: by keys, or each by its place.
fn keys(data: &Data, sink: &mut Sink) {
    let key =
        |part: &Data| part.places.arguments.iter().find(|(name, _)| name == "key").map(|(_, span)| *span);
    let joined = |part: &&Data| part.source.key().is_some_and(|key| !key.is_empty());
    if data.beside.is_empty() {
        if let (Some(place), true) = (key(data), joined(&data)) {
            sink.push(
                Diagnostic::error("E0506", place, "there is no other source to join with")
                    .here("`key` joins the samples of several sources")
                    .help("leave a column out of the inputs by `drop=`, and keep groups together by `by=`"),
            );
        }
        return;
    }
    for part in data.all() {
        if let Source::Csv(table) = &part.source
            && table.window > 0
        {
            sink.push(
                Diagnostic::error(
                    "E0506",
                    part.places.of("window"),
                    "windows of a series cannot be joined with other samples",
                )
                .help("remove `window`, or put all inputs into one table"),
            );
        }
        if matches!(part.source, Source::Dicom(_) | Source::Nifti(_)) {
            sink.push(
                Diagnostic::error(
                    "E0506",
                    part.places.source,
                    "scans cannot be joined with other sources yet",
                )
                .help("write them as pictures, or as arrays in the order of the other samples"),
            );
        }
    }
    // The names of a folder's pictures are their keys; whether it is a folder is seen when it is read.
    let needs_key = |part: &&Data| !joined(part) && !matches!(part.source, Source::Images(_));
    if let Some(first) = data.all().find(joined)
        && let Some(other) = data.all().find(needs_key)
    {
        sink.push(
            Diagnostic::error("E0506", other.places.source, "this source has no key to be joined by")
                .also(key(first).unwrap_or(first.places.source), "this one has")
                .help(match other.source {
                    Source::Csv(_) => "name the column that says which sample a line is about, such as `key=id`",
                    _ => "arrays have no keys: remove `key` if the samples of all sources are in the same order, or write a table",
                }),
        );
    }
}

fn quoted(names: &[&str]) -> String {
    list(&names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>(), "and")
}

/// Checks that pictures fit the network's inputs, and masks or classes its outputs.
pub(super) fn check_pictures(train: &Train, graph: &Graph, recipe: &Recipe, sink: &mut Sink) {
    let Some(setting) = train.settings.iter().find(|setting| setting.key.node == "data") else { return };
    let Some(data) = &recipe.data else { return };
    let Some(parts) = parts(graph, data) else { return };
    let answers = match parts.len() == 1 && graph.losses.len() < 2 {
        true => graph.losses.iter().map(|_| Answer::Labels { part: 0, first: 0, count: 0 }).collect(),
        false => answers(graph, &parts).unwrap_or_default(),
    };
    for (at, part) in parts.iter().enumerate() {
        let place = if data.input.is_none() { setting.span } else { part.places.source };
        let input = &graph.value(graph.inputs[at]).shape;
        let is_own = |answer: &Answer| matches!(answer, Answer::Labels { part, .. } if *part == at);
        let uses: Vec<&LossUse> = graph
            .losses
            .iter()
            .zip(&answers)
            .filter(|(_, answer)| is_own(answer))
            .map(|(used, _)| used)
            .collect();
        check_part(train, graph, part, place, input, &uses, sink);
    }
}

/// Checks one source against its input and the losses that compare with its labels.
fn check_part(
    train: &Train,
    graph: &Graph,
    data: &Data,
    place: Span,
    input: &[usize],
    uses: &[&LossUse],
    sink: &mut Sink,
) {
    let output = |used: &LossUse| graph.value(used.value).shape.clone();
    let has_places = |used: &&&LossUse| output(used).iter().skip(1).any(|&size| size > 1);
    let pictures = match &data.source {
        Source::Images(pictures) => pictures,
        Source::Idx { .. } | Source::IdxPart { .. } => {
            let dense = uses.iter().find(has_places).filter(|used| used.target.is_none());
            let problem = match (input, dense) {
                ([_] | [1, _, _], None) => return,
                ([_] | [1, _, _], Some(used)) => {
                    format!("one class for each image does not fit an output of shape {:?}", output(used))
                }
                _ => format!("images of one channel do not fit an input of shape {input:?}"),
            };
            sink.push(
                Diagnostic::error("E0506", place, problem)
                    .here("MNIST's files have grey images, and a class for each")
                    .also(train.network.span, "the network")
                    .help("write `input [1, height, width]`, and end the network with a number for each class, as in `flatten dense(10) softmax`"),
            );
            return;
        }
        Source::Dicom(_) | Source::Nifti(_) => {
            for used in uses {
                scans::check(&data.source, (place, train.network.span), [input, &output(used)], used, sink);
            }
            return;
        }
        Source::Csv(_) | Source::Arrays(_) => return,
        Source::Joint(never) => match *never {},
    };
    if !matches!(input, [_] | [1 | 3 | 4, _, _]) {
        let message = format!("pictures do not fit an input of shape {input:?}");
        sink.push(
            Diagnostic::error("E0506", place, message)
                .also(train.network.span, "the network")
                .help("write `input [1, height, width]` for grey, `input [3, height, width]` for red, green and blue, or 4 channels with opacity"),
        );
    }
    if !pictures.masks.is_empty()
        && let Some(used) = uses.iter().find(|used| !has_places(used) && used.target.is_none())
    {
        let message = format!("masks do not fit an output of shape {:?}", output(used));
        sink.push(
            Diagnostic::error("E0506", place, message)
                .also(used.span, "the loss compares it with masks")
                .help("end the network with a picture, such as `conv(1, 1x1) sigmoid`, or remove `masks`"),
        );
    }
}

/// Checks that inputs which a loss compares as shares from 0 to 1 are not scaled.
pub(super) fn check_scaling(train: &Train, graph: &Graph, recipe: &Recipe, sink: &mut Sink) {
    let Some(data) = &recipe.data else { return };
    let Some(setting) = train.settings.iter().find(|setting| setting.key.node == "data") else { return };
    let Some(parts) = parts(graph, data) else { return };
    let is_scaled = |used: &&LossUse| {
        let at = graph.inputs.iter().position(|input| Some(*input) == used.target);
        let scaled = at.is_some_and(|at| parts[at].scaling != Scaling::None);
        scaled && used.loss.targets() == TargetKind::Share
    };
    if let Some(used) = graph.losses.iter().find(is_scaled) {
        let message =
            format!("`{}` compares with numbers from 0 to 1, and scaled inputs are others", used.loss.kind());
        sink.push(
            Diagnostic::error("E0506", setting.span, message)
                .also(used.span, "the loss compares with the input")
                .help("take the inputs as they are, or write `loss mse`"),
        );
    }
}
