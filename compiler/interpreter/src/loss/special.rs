//! Activations and losses where arithmetic ends, against PyTorch's numbers in 64 bits: `tests/golden/special.py` has made them.

use super::super::activation::{slope, value};
use super::{Targets, compare};
use ndarray::{ArrayD, arr1, arr2};
use netwright_compiler::NoFiles;
use netwright_compiler::graph::Graph;
use netwright_compiler::ops::{Activation, Loss, Operator};
use netwright_compiler::parse_program;
use std::path::Path;

/// Returns the kind and the name of a call, its arguments, and its results.
fn lines() -> Vec<(String, String, Vec<f64>, Vec<f64>)> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden/special.txt");
    let text = std::fs::read_to_string(path).expect("the numbers are in the repository");
    let numbers =
        |text: &str| text.split_whitespace().map(|x| x.parse().expect("a number")).collect::<Vec<f64>>();
    let line = |line: &str| {
        let (call, wanted) = line.split_once(" = ").expect("a call and its results");
        let (_, double) = wanted.split_once("; ").expect("two precisions");
        let [kind, name, given] = call.splitn(3, ' ').collect::<Vec<_>>()[..] else { panic!("{call}") };
        // Arguments are numbers of 32 bits.
        let given = numbers(given).into_iter().map(|x| f64::from(x as f32)).collect();
        (kind.into(), name.into(), given, numbers(double))
    };
    text.lines().map(line).collect()
}

/// The network of a text, if it has no errors.
fn graph(text: &str) -> Option<Graph> {
    let (program, _) = parse_program("special.net", text, &NoFiles);
    program.models.first().map(|model| model.graph.clone())
}

fn activation(text: &str) -> Activation {
    let graph = graph(&format!("network N {{ input [1] {text} loss mse }}"));
    match graph.as_ref().map(|graph| &graph.nodes[0].op) {
        Some(Operator::Activation(activation)) => *activation,
        other => panic!("{text} is {other:?}"),
    }
}

/// The loss of a text, after the first activation that it takes.
fn loss(text: &str) -> Loss {
    let graphs = ["", "sigmoid", "softmax"]
        .iter()
        .find_map(|last| graph(&format!("network N {{ input [3] dense(3) {last} loss {text} }}")));
    graphs.unwrap_or_else(|| panic!("{text} is no loss")).losses[0].loss.clone()
}

/// Returns the loss and its slopes, as a sum.
fn measured(name: &str, given: &[f64]) -> Vec<f64> {
    let (outputs, target): (ArrayD<f64>, Targets) = match given.len() {
        2 => (arr2(&[[given[0]]]).into_dyn(), Targets::Values(arr2(&[[given[1]]]).into_dyn())),
        4 => {
            let row = arr2(&[[given[0], given[1], given[2]]]).into_dyn();
            (row, Targets::Classes(arr1(&[given[3] as usize]).into_dyn()))
        }
        _ => {
            let row = |at: usize| arr2(&[[given[at], given[at + 1], given[at + 2]]]).into_dyn();
            (row(0), Targets::Values(row(3)))
        }
    };
    let (cost, slopes) = compare(&loss(name), "output", &outputs, &target).expect("arrays fit");
    // With weights the mean is over the label's weight.
    let weighted = name.contains("weights") && given.len() == 4;
    let count = if weighted { [0.5, 2.0, 1.25][given[3] as usize] } else { 1.0 };
    std::iter::once(cost).chain(slopes).map(|x| x * count).collect()
}

/// Returns true if both numbers are equal but for rounding; an infinite loss counts as NaN where PyTorch's
/// formula gets to `inf - inf`.
fn alike(found: f64, wanted: f64) -> bool {
    if !found.is_finite() || !wanted.is_finite() {
        return wanted.is_nan() && !found.is_finite() || found == wanted;
    }
    (found - wanted).abs() <= 1e-7 * wanted.abs() + 1e-12
}

#[test]
fn agrees_with_pytorch_where_arithmetic_ends() {
    let mut wrong = vec![];
    for (kind, name, given, wanted) in lines() {
        let found = match &kind[..] {
            "activation" => vec![value(activation(&name), given[0]), slope(activation(&name), given[0])],
            _ => measured(&name, &given),
        };
        assert_eq!(found.len(), wanted.len(), "{kind} {name}");
        if !found.iter().zip(&wanted).all(|(&found, &wanted)| alike(found, wanted)) {
            wrong.push(format!("{kind} {name} {given:?}: {found:?}, not {wanted:?}"));
        }
    }
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong.join("\n"));
}
