//! The reference's column of shapes, and that of parameters, against what the layers do.

use crate::samples::{place, sample, sizes};
use crate::tables::{code, table};
use netwright_compiler::catalogue::{Item, Kind};
use netwright_compiler::{Model, graph::Graph};
use std::collections::BTreeMap;

/// The numbers that symbols of a shape stand for. Those that are primed, or said elsewhere, have no number.
type Symbols = BTreeMap<String, Vec<usize>>;

/// Returns the numbers of a term such as `c multiplier`, `c scale²` or `c / groups`; `None` if one of its symbols is unknown.
fn term(text: &str, symbols: &Symbols) -> Option<Vec<usize>> {
    if let Some((whole, part)) = text.split_once(" / ") {
        return Some(vec![term(whole, symbols)?[0] / term(part, symbols)?[0]]);
    }
    let factors = text.split_whitespace().map(|symbol| match symbol.strip_suffix('²') {
        Some(symbol) => symbols.get(symbol).map(|number| vec![number[0] * number[0]]),
        None => symbol.parse().ok().map(|number| vec![number]).or_else(|| symbols.get(symbol).cloned()),
    });
    let factors: Vec<Vec<usize>> = factors.collect::<Option<_>>()?;
    match factors.as_slice() {
        [one] => Some(one.clone()),
        several => Some(vec![several.iter().map(|factor| factor[0]).product()]),
    }
}

/// Returns the terms of `[c, h, w]`.
fn terms(shape: &str) -> Vec<&str> {
    shape.trim_start_matches('[').trim_end_matches(']').split(", ").collect()
}

/// Finds what the symbols of a shape are, where each term has at most one that is unknown.
fn bind(shape: &str, found: &[usize], symbols: &mut Symbols) {
    let terms = terms(shape);
    assert_eq!(terms.len(), found.len(), "{shape} of {found:?}");
    for (text, &size) in terms.iter().zip(found) {
        let (mut rest, mut unknown) = (size, None);
        for symbol in text.split_whitespace() {
            match term(symbol, symbols) {
                Some(number) => rest /= number[0],
                None => unknown = Some(symbol),
            }
        }
        if let Some(symbol) = unknown {
            symbols.insert(symbol.to_string(), vec![rest]);
        }
        assert_eq!(term(text, symbols), Some(vec![size]), "{text} of {shape}");
    }
}

/// Checks that a shape is the one that is written, as far as its symbols are known.
fn assert_shape(shape: &str, found: &[usize], symbols: &Symbols, item: &Item) {
    let wanted: Vec<Option<usize>> = terms(shape)
        .into_iter()
        .flat_map(|text| match term(text, symbols) {
            Some(sizes) => sizes.into_iter().map(Some).collect(),
            None => vec![None],
        })
        .collect();
    let fits = wanted.len() == found.len()
        && wanted.iter().zip(found).all(|(wanted, found)| wanted.is_none_or(|wanted| wanted == *found));
    assert!(fits, "{item}: {shape} is {wanted:?}, found {found:?}");
}

/// Returns the shapes of what goes into the layer and comes out of it: the last that the text names, or the
/// only one.
fn around(graph: &Graph, item: &Item) -> (Vec<usize>, Vec<usize>) {
    let own = |name: &str| name.starts_with(item.name());
    let nodes = graph.nodes.iter().filter(|node| own(&graph.layer(node.layer).name));
    let nodes: Vec<_> = nodes.collect();
    let (Some(first), Some(last)) = (nodes.first(), nodes.last()) else { panic!("{item} makes nothing") };
    let shape = |value: netwright_compiler::graph::ValueId| graph.value(value).shape.clone();
    (shape(first.inputs[0]), shape(last.output))
}

fn symbols(item: &Item) -> Symbols {
    let given = item.params().iter().map(|(name, default)| {
        ((*name).to_string(), sizes(item, name, default.unwrap_or_else(|| sample(item, name))))
    });
    given.filter(|(_, sizes)| !sizes.is_empty()).collect()
}

#[test]
fn layers_have_the_shapes_and_parameters_of_their_rows() {
    let rows = table("layer");
    let mut checked = 0;
    for item in Kind::Layer.items() {
        let row = rows.iter().find(|row| code(&row[0]) == [item.to_string()]).expect("a row");
        // It makes no operator.
        if item.name() == "linear" {
            continue;
        }
        let (_, model) = place(Kind::Layer, &item);
        let mut symbols = symbols(&item);
        let (input, output) = around(&model.graph, &item);
        match code(&row[1])[..] {
            [before, after, ..] => {
                symbols.retain(|name, _| name != "c");
                bind(before, &input, &mut symbols);
                assert_shape(after, &output, &symbols, &item);
                checked += 1;
            }
            _ if ["any", "all but features", "equal shapes"].contains(&row[1].as_str()) => {
                assert_eq!(input, output, "{item}");
                symbols.insert("c".into(), vec![input[0]]);
                checked += 1;
            }
            // The column says it in words.
            _ => assert!(!row[1].is_empty(), "{item}"),
        }
        parameters(&row[3], &model, &symbols, &item);
    }
    assert!(checked > 40, "only {checked}");
}

/// Checks that the parameters with all defaults are those of a cell such as `` `weight [units, n]`, `bias
/// [units]` ``.
fn parameters(cell: &str, model: &Model, symbols: &Symbols, item: &Item) {
    let params = &model.graph.params;
    if cell.starts_with("with ") {
        assert!(params.is_empty(), "{item} has parameters");
        return;
    }
    // Alternatives follow "or", and shapes of several are said once.
    let said = cell.split(", or ").next().unwrap_or_default();
    let named = code(said).into_iter().filter(|text| !text.starts_with('[') && !text.contains('='));
    let named: Vec<(&str, Option<&str>)> = named
        .map(|text| match text.split_once(" [") {
            Some((name, shape)) => (name, Some(shape)),
            None => (text, None),
        })
        .collect();
    assert_eq!(named.len(), params.len(), "{item}: {cell}");
    for ((name, shape), param) in named.iter().zip(params) {
        assert!(param.name.ends_with(&format!(".{name}")), "{item}: {cell}, found {}", param.name);
        if let Some(shape) = shape {
            assert_shape(shape, &param.shape, symbols, item);
        }
    }
}
