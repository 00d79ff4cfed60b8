//! Gradients of losses that compare several outputs at once, of functions across channels, and of weighed samples.

use super::builder::{Builder, array, dense};
use super::gradients::{check, check_operator, check_with};
use netwright_compiler::ops::{Across, Activation, CrossEntropy, Loss, Operator, Pointwise};

/// Checks a loss of logits, of features and of an image, or of the results of an activation.
fn check_loss(loss: &Loss, activation: Option<&Operator>, classes: usize) {
    for shape in [&[3][..], &[3, 2, 2], &[3, 4], &[3, 1, 2, 2]] {
        let mut net = Builder::new();
        let x = net.input(shape);
        let y = activation.map_or(x, |activation| net.op(activation.clone(), &[x]));
        check_with(&net.with_loss(loss.clone(), y), classes, |_| {});
    }
}

#[test]
fn cross_entropies_with_options() {
    let plain = CrossEntropy::plain(true);
    let weights = vec![0.5, 2.0, 1.25];
    let options = [
        CrossEntropy { weights: weights.clone(), ..plain.clone() },
        CrossEntropy { label_smoothing: 0.1, ..plain.clone() },
        // A class itself, and a number that is none: the checks draw classes from 0 to 3.
        CrossEntropy { ignore_index: Some(1), ..plain.clone() },
        CrossEntropy { ignore_index: Some(3), ..plain.clone() },
        CrossEntropy {
            weights: weights.clone(),
            label_smoothing: 0.2,
            ignore_index: Some(3),
            ..plain.clone()
        },
        CrossEntropy { shares: true, ..plain.clone() },
        CrossEntropy { shares: true, weights, label_smoothing: 0.2, ..plain },
    ];
    for ce in options {
        let classes = if ce.ignore_index == Some(3) { 4 } else { 3 };
        check_loss(&Loss::CrossEntropy(ce.clone()), None, classes);
        let of_probabilities = Loss::CrossEntropy(CrossEntropy { logits: false, ..ce });
        check_loss(&of_probabilities, Some(&Operator::Softmax), classes);
        // Probabilities that no softmax made.
        check_loss(&of_probabilities, Some(&Operator::Activation(Activation::Sigmoid)), classes);
    }
}

#[test]
fn divergences_angles_and_regions() {
    check_loss(&Loss::KlDivergence { logits: true }, None, 3);
    check_loss(&Loss::KlDivergence { logits: false }, Some(&Operator::Softmax), 3);
    check_loss(&Loss::KlDivergence { logits: false }, Some(&Operator::Activation(Activation::Sigmoid)), 3);
    check_loss(&Loss::Cosine, None, 3);
    for smooth in [0.0, 1.0, 0.3] {
        for activation in [Operator::Softmax, Operator::Activation(Activation::Sigmoid)] {
            check_loss(&Loss::Dice { smooth }, Some(&activation), 3);
            check_loss(&Loss::Iou { smooth }, Some(&activation), 3);
            check_loss(&Loss::Tversky { alpha: 0.3, beta: 0.8, smooth }, Some(&activation), 3);
        }
    }
}

#[test]
fn losses_of_weighed_samples() {
    let losses = [
        Loss::MSE,
        Loss::Each(Pointwise::Huber { delta: 0.5 }),
        Loss::cross_entropy(true),
        Loss::KlDivergence { logits: true },
        Loss::Cosine,
        Loss::Dice { smooth: 1.0 },
    ];
    for loss in losses {
        for shape in [&[3][..], &[3, 2, 2]] {
            let mut net = Builder::new();
            let x = net.input(shape);
            let y = net.op(Operator::Activation(Activation::Sigmoid), &[x]);
            let graph = net.with_loss(loss.clone(), y);
            check_with(&graph, 3, |interpreter| interpreter.weights = Some(vec![0.5, 2.0, 0.0]));
        }
    }
}

#[test]
fn functions_across_channels() {
    let options = [(5, 1.0, 0.75, 1.0), (2, 0.5, 0.6, 0.5), (4, 2.0, 1.0, 2.0), (9, 1.0, 1.0, 1.0)];
    for shape in [&[6][..], &[5, 4], &[5, 2, 2], &[4, 1, 2, 2]] {
        check_operator(Operator::Across(Across::LogSoftmax), shape);
        check_operator(Operator::Across(Across::Glu), &[&[2 * shape[0]], &shape[1..]].concat());
        for (size, alpha, beta, k) in options {
            check_operator(Operator::Across(Across::LocalResponse { size, alpha, beta, k }), shape);
        }
    }
}

#[test]
fn roots_of_means() {
    for (p, count) in [(1.0, 1), (2.0, 4), (2.5, 6)] {
        let mut net = Builder::new();
        let x = net.input(&[2, 2, 3]);
        let powers = net.op(Operator::Activation(Activation::Power(p)), &[x]);
        let roots = net.op(Operator::Activation(Activation::Root { p, count }), &[powers]);
        check(&net.with_loss(Loss::MSE, roots));
    }
    // Where all are 0 the slope is 0, by definition.
    let mut net = Builder::new();
    let x = net.input(&[4]);
    let y = net.op(Operator::Activation(Activation::Root { p: 2.0, count: 4 }), &[x]);
    let graph = net.with_loss(Loss::MSE, y);
    let mut interpreter = crate::Interpreter::new(&graph);
    let targets = [crate::Targets::Values(array(&[1, 4], &[1.0; 4]))];
    let gradients = interpreter.gradients(&[array(&[1, 4], &[0.0; 4])], &targets).expect("it fits");
    assert_eq!(gradients.inputs[0], array(&[1, 4], &[0.0; 4]));
}

#[test]
fn a_log_softmax_is_logits() {
    let mut net = Builder::new();
    let x = net.input(&[3]);
    let hidden = net.op(dense(4), &[x]);
    let normal = net.op(Operator::Across(Across::LogSoftmax), &[hidden]);
    let ignoring = CrossEntropy { ignore_index: Some(0), ..CrossEntropy::plain(true) };
    check_with(&net.with_loss(Loss::CrossEntropy(ignoring), normal), 4, |_| {});
}
