//! Whole trainings: the reference trainer ends where PyTorch ends, and generated code ends where the reference trainer ends.

use ndarray::ArrayD;
use netwright_compiler::Model;
use netwright_tests::golden::{self, Case};
use netwright_tests::oracle;
use netwright_tests::samples::Samples;

/// Both are in 64 bits, and the files have eleven digits.
const RELATIVE: f64 = 1e-8;
const ABSOLUTE: f64 = 1e-9;

fn close(found: f64, wanted: f64) -> bool {
    (found - wanted).abs() <= RELATIVE * wanted.abs() + ABSOLUTE
}

/// Compares a training of the reference trainer with PyTorch's numbers.
fn check(case: &Case) {
    let model = case.model();
    let graph = &model.graph;
    let samples = |inputs: &str, targets: &str| Samples {
        params: case.params(graph),
        inputs: case.arrays(inputs),
        targets: case.targets_of(targets, graph),
    };
    let training = samples("inputs", "targets");
    let held_out = samples("held_inputs", "held_targets");
    let is_held_out = held_out.inputs[0].shape()[0] > 0;
    let orders: Vec<Vec<usize>> = case
        .get("orders")
        .as_array()
        .expect("a list")
        .iter()
        .map(|order| order.as_array().expect("a list").iter().map(|row| row.as_u64().expect("a row") as usize).collect())
        .collect();
    let outcome = oracle::train(&model, &training, is_held_out.then_some(&held_out), |epoch| orders[epoch - 1].clone());
    let name = &case.name;
    assert_eq!(outcome.epochs as f64, case.number("epochs"), "{name}: epochs");
    assert_eq!(outcome.best as f64, case.number("best"), "{name}: the best epoch");
    for (epoch, (found, wanted)) in outcome.held_out.iter().zip(case.numbers("held_out")).enumerate() {
        assert!(close(*found, wanted), "{name}: the held-out loss of epoch {epoch} is {found}, but PyTorch says {wanted}");
    }
    for (tensor, wanted) in case.named("trained") {
        let found = param(&model, &outcome.params, tensor);
        for (found, wanted) in found.iter().zip(&wanted) {
            assert!(close(*found, *wanted), "{name}: {tensor} has {found}, but PyTorch says {wanted}");
        }
    }
}

fn param<'a>(model: &Model, params: &'a [ArrayD<f64>], name: &str) -> &'a ArrayD<f64> {
    let at = model.graph.params.iter().position(|param| param.name == name);
    &params[at.unwrap_or_else(|| panic!("there is no {name}"))]
}

#[test]
fn the_reference_trainer_agrees_with_pytorch() {
    let cases = golden::trainings();
    assert!(cases.len() >= 12, "only {} trainings", cases.len());
    cases.iter().for_each(check);
}
