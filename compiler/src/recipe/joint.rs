//! Sources of a network with several inputs, outputs or losses: which input each is for, and where each loss finds its targets.

use super::{Column, Data, Source};
use crate::graph::{Graph, LossUse, ValueId};
use crate::ops::TargetKind;
use netwright_grammar::Span;
use netwright_model::Answer;

/// The reason why losses have no targets.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Misfit {
    /// The place of the source, or of the loss.
    pub(crate) span: Span,
    pub(crate) message: String,
    pub(crate) help: String,
}

/// Returns the sources in the order of the network's inputs; `None` if an input has none. A single source without a name is that of
/// the first input.
pub(crate) fn parts<'a>(graph: &Graph, data: &'a Data) -> Option<Vec<&'a Data>> {
    if data.input.is_none() {
        return (graph.inputs.len() == 1).then(|| vec![data]);
    }
    graph.inputs.iter().map(|input| data.of_input(&graph.value(*input).name)).collect()
}

/// The labels that a part gives.
enum Labels<'a> {
    /// The targets of one output.
    Whole,
    /// Columns that are listed in the text.
    Columns(&'a [Column]),
}

impl Labels<'_> {
    /// Returns the labels of a source; `None` if it has none.
    fn of<'a>(data: &'a Data, is_only: bool) -> Option<Labels<'a>> {
        if !is_only && !data.is_labelled() {
            return None;
        }
        let masks = matches!(&data.source, Source::Images(source) if !source.masks.is_empty())
            || matches!(&data.source, Source::Nifti(source) if !source.masks.is_empty());
        match data.source.label().map(Vec::as_slice) {
            Some([] | [Column::First | Column::Last]) | None => Some(Labels::Whole),
            Some(_) if masks => Some(Labels::Whole),
            Some(columns) => Some(Labels::Columns(columns)),
        }
    }
}

/// Targets that a recipe has to find.
struct Wanted<'a> {
    output: ValueId,
    name: &'a str,
    used: &'a LossUse,
    /// True if there is a target for each of several places.
    has_places: bool,
    /// The number of columns.
    width: usize,
}

/// Finds the targets of each loss. One output whose targets are wanted gets all labels; of several, each gets the column of its name, or
/// in their order as many columns as it has numbers, or one for a class. Outputs with places get masks.
pub(crate) fn answers(graph: &Graph, parts: &[&Data]) -> Result<Vec<Answer>, Misfit> {
    let wanted = wanted(graph);
    let is_only = parts.len() == 1;
    let labels: Vec<(usize, Labels<'_>)> =
        (0..parts.len()).filter_map(|part| Some((part, Labels::of(parts[part], is_only)?))).collect();
    let found = find(&wanted, &labels, parts)?;
    let answer = |used: &LossUse| match used.target {
        Some(target) => Answer::Input(graph.inputs.iter().position(|input| *input == target).unwrap_or(0)),
        None => {
            let output = used.like.unwrap_or(used.value);
            let at = wanted.iter().position(|wanted| wanted.output == output).unwrap_or(0);
            found[at]
        }
    };
    Ok(graph.losses.iter().map(answer).collect())
}

fn wanted(graph: &Graph) -> Vec<Wanted<'_>> {
    let mut wanted: Vec<Wanted<'_>> = vec![];
    for used in graph.losses.iter().filter(|used| used.target.is_none()) {
        let output = used.like.unwrap_or(used.value);
        if wanted.iter().any(|known| known.output == output) {
            continue;
        }
        let shape = &graph.value(used.value).shape;
        let places: usize = shape.iter().skip(1).product();
        let width = if used.loss.targets() == TargetKind::Class { 1 } else { shape[0] };
        let name = graph.all_outputs().find_map(|(other, name)| (other == output).then_some(name));
        wanted.push(Wanted { output, name: name.unwrap_or(""), used, has_places: places > 1, width });
    }
    wanted
}

fn find(
    wanted: &[Wanted<'_>],
    labels: &[(usize, Labels<'_>)],
    parts: &[&Data],
) -> Result<Vec<Answer>, Misfit> {
    let whole = |part: usize| Answer::Labels { part, first: 0, count: 0 };
    let misfit = |span, message: String, help: String| Err(Misfit { span, message, help });
    if let ([_], [(part, _)]) = (wanted, labels) {
        return Ok(vec![whole(*part)]);
    }
    if let ([_], [_, (part, _), ..]) = (wanted, labels) {
        return misfit(
            parts[*part].places.of("label"),
            "a second source has labels, and one output takes them".into(),
            "remove `label` in one of the sources".into(),
        );
    }
    let Some(first) = wanted.first() else {
        return match labels {
            [(part, _), ..] if parts.len() > 1 => misfit(
                parts[*part].places.source,
                "no loss compares with these labels".into(),
                "remove `label`: every loss compares with an input".into(),
            ),
            _ => Ok(vec![]),
        };
    };
    if labels.is_empty() {
        return misfit(
            first.used.span,
            "no source has targets for this loss".into(),
            "write `label=` in one of the sources, such as `label=outcome`".into(),
        );
    }
    let mut columns: Vec<(usize, usize, &Column)> = vec![];
    let mut wholes: Vec<usize> = vec![];
    for (part, labels) in labels {
        match labels {
            Labels::Whole => wholes.push(*part),
            Labels::Columns(listed) => {
                columns.extend(listed.iter().enumerate().map(|(at, column)| (*part, at, column)));
            }
        }
    }
    let named = |name: &str| -> Option<Answer> {
        let mut found =
            columns.iter().filter(|(_, _, column)| matches!(column, Column::Named(own) if own == name));
        let &(part, first, _) = found.next()?;
        Some(Answer::Labels { part, first, count: 1 })
    };
    let flat: Vec<&Wanted<'_>> = wanted.iter().filter(|wanted| !wanted.has_places).collect();
    let by_name = flat.iter().all(|wanted| named(wanted.name).is_some());
    let (mut next, mut found) = (0, vec![]);
    let mut wholes = wholes.into_iter();
    for target in wanted {
        if target.has_places || columns.is_empty() {
            match wholes.next() {
                Some(part) => found.push(whole(part)),
                None => {
                    let (name, place) = (target.name, target.used.span);
                    return match target.has_places {
                        true => misfit(
                            place,
                            format!("no source has masks for the output `{name}`"),
                            "write `masks=` in one of the sources; or `to=` in the loss if it shares the masks of another output".into(),
                        ),
                        false => misfit(
                            place,
                            format!("no source has targets for the output `{name}`"),
                            format!("name a column of labels for each output, such as `label=[{}]`; or write `to=` in the loss if it shares the targets of another output", names(&flat)),
                        ),
                    };
                }
            }
            continue;
        }
        if by_name {
            found.extend(named(target.name));
            continue;
        }
        let taken = columns.get(next..next + target.width);
        let Some([(part, first, _), rest @ ..]) =
            taken.filter(|taken| taken.iter().all(|own| own.0 == taken[0].0))
        else {
            let (wanted, given) = (flat.iter().map(|wanted| wanted.width).sum::<usize>(), columns.len());
            return misfit(
                parts[columns[0].0].places.of("label"),
                format!("{given} columns of labels for outputs that take {wanted}"),
                format!(
                    "name a column for each number, or one for a class, in the order of the losses; or call the columns as the outputs: `label=[{}]`",
                    names(&flat)
                ),
            );
        };
        found.push(Answer::Labels { part: *part, first: *first, count: 1 + rest.len() });
        next += target.width;
    }
    if !by_name && next < columns.len() {
        let (part, _, _) = columns[next];
        return misfit(
            parts[part].places.of("label"),
            format!("{} columns of labels for outputs that take {next}", columns.len()),
            format!(
                "name a column for each number, or one for a class, in the order of the losses: `label=[{}]`",
                names(&flat)
            ),
        );
    }
    if let Some(part) = wholes.next() {
        return misfit(
            parts[part].places.source,
            "no output is left for these labels".into(),
            "let each output have labels of one source, and remove `label` or `masks` in the others".into(),
        );
    }
    Ok(found)
}

fn names(wanted: &[&Wanted<'_>]) -> String {
    wanted.iter().map(|wanted| wanted.name).collect::<Vec<_>>().join(", ")
}
