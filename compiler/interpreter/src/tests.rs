//! Gradients against finite differences, operator by operator, and the corners of the definitions.

mod builder;
mod classes;
mod gradients;
mod ranks;

use crate::{Error, Interpreter, Masks, Mode, OptimizerState, Targets};
use builder::{Builder, array, dense};
use netwright_compiler::Span;
use netwright_compiler::graph::ValueId;
use netwright_compiler::ops::{Activation, AvgPool, BatchNorm, Loss, MaxPool, Noise, Operator};
use netwright_compiler::recipe::{Only, Optimizer, Penalty, Recipe};

fn close(found: &[f64], expected: &[f64]) {
    assert_eq!(found.len(), expected.len());
    for (a, b) in found.iter().zip(expected) {
        assert!((a - b).abs() < 1e-12, "{found:?} is not {expected:?}");
    }
}

#[test]
fn of_equal_maxima_the_first_takes_the_gradient() {
    let mut net = Builder::new();
    let x = net.input(&[1, 2, 2]);
    let pool = MaxPool { window: [2, 2].into(), stride: [2, 2].into(), pad: [0, 0].into(), ceil: false };
    let y = net.op(Operator::MaxPool(pool), &[x]);
    let graph = net.with_loss(Loss::MSE, y);
    let input = array(&[1, 1, 2, 2], &[1.0, 3.0, 3.0, 2.0]);
    let target = Targets::Values(array(&[1, 1, 1, 1], &[2.0]));
    let gradients = Interpreter::new(&graph).gradients(&[input], &[target]).expect("it fits");
    close(gradients.inputs[0].as_slice().expect("row-major"), &[0.0, 2.0, 0.0, 0.0]);
}

#[test]
fn the_slope_of_relu_is_0_at_0() {
    let mut net = Builder::new();
    let x = net.input(&[2]);
    let y = net.op(Operator::Activation(Activation::Relu), &[x]);
    let graph = net.with_loss(Loss::MSE, y);
    let target = Targets::Values(array(&[1, 2], &[1.0, 1.0]));
    let gradients =
        Interpreter::new(&graph).gradients(&[array(&[1, 2], &[0.0, 3.0])], &[target]).expect("it fits");
    close(gradients.inputs[0].as_slice().expect("row-major"), &[0.0, 2.0]);
}

#[test]
fn padding_counts_in_an_average_only_if_asked() {
    for (count_pad, expected) in [(true, 1.0), (false, 4.0)] {
        let mut net = Builder::new();
        let x = net.input(&[1, 1, 1]);
        let pool = AvgPool {
            window: [2, 2].into(),
            stride: [2, 2].into(),
            pad: [1, 1].into(),
            count_pad,
            ceil: false,
        };
        let y = net.op(Operator::AvgPool(pool), &[x]);
        let graph = net.with_loss(Loss::MSE, y);
        let outputs = Interpreter::new(&graph)
            .forward(&[array(&[1, 1, 1, 1], &[4.0])], Mode::Training)
            .expect("it fits");
        close(outputs[0].as_slice().expect("row-major"), &[expected]);
    }
}

#[test]
fn dropout_scales_what_it_keeps_and_is_ignored_in_inference() {
    let mut net = Builder::new();
    let x = net.input(&[2]);
    let y = net.op(Operator::Noise(Noise::Dropout(0.75)), &[x]);
    let graph = net.with_loss(Loss::MSE, y);
    let input = [array(&[1, 2], &[2.0, 3.0])];
    let mut interpreter = Interpreter::new(&graph);
    let run = |interpreter: &mut Interpreter, mode| {
        interpreter.forward(&input, mode).expect("it fits").remove(0).into_raw_vec_and_offset().0
    };
    close(&run(&mut interpreter, Mode::Training), &[2.0, 3.0]);
    interpreter.masks = Masks::from([(y, array(&[1, 2], &[1.0, 0.0]))]);
    close(&run(&mut interpreter, Mode::Training), &[8.0, 0.0]);
    close(&run(&mut interpreter, Mode::Inference), &[2.0, 3.0]);

    interpreter.masks = Masks::from([(y, array(&[2], &[1.0, 0.0]))]);
    assert!(matches!(interpreter.forward(&input, Mode::Training), Err(Error::Shape { .. })));
}

#[test]
fn running_statistics_move_in_training_unless_frozen() {
    for frozen in [false, true] {
        let mut net = Builder::new();
        let x = net.input(&[1]);
        let y = net.op(Operator::BatchNorm(BatchNorm { eps: 0.0, momentum: 0.5 }), &[x]);
        let mut graph = net.with_loss(Loss::MSE, y);
        graph.params.iter_mut().for_each(|param| param.frozen = frozen);
        let mut interpreter = Interpreter::new(&graph);
        let input = [array(&[2, 1], &[1.0, 5.0])];
        let outputs = interpreter.forward(&input, Mode::Training).expect("it fits");
        let statistics = [interpreter.params[2][[0]], interpreter.params[3][[0]]];
        // Mean 3, unbiased variance 8.
        close(&statistics, if frozen { &[0.0, 1.0] } else { &[1.5, 4.5] });
        close(outputs[0].as_slice().expect("row-major"), if frozen { &[1.0, 5.0] } else { &[-1.0, 1.0] });

        let inference = interpreter.forward(&input, Mode::Inference).expect("it fits").remove(0);
        let expected = [1.0, 5.0].map(|x| (x - statistics[0]) / statistics[1].sqrt());
        close(inference.as_slice().expect("row-major"), &expected);
        let target = Targets::Values(array(&[2, 1], &[0.0, 0.0]));
        let gradients = interpreter.gradients(&input, &[target]).expect("it fits");
        assert_eq!(
            gradients.params.iter().filter(|gradient| gradient.is_some()).count(),
            if frozen { 0 } else { 2 }
        );
    }
}

#[test]
fn binary_cross_entropy_stays_finite_at_0_and_1() {
    let mut net = Builder::new();
    let x = net.input(&[2]);
    let graph = net.with_loss(Loss::binary_cross_entropy(false), x);
    let target = Targets::Values(array(&[1, 2], &[1.0, 1.0]));
    let gradients =
        Interpreter::new(&graph).gradients(&[array(&[1, 2], &[0.0, 1.0])], &[target]).expect("it fits");
    close(&[gradients.loss], &[50.0]);
    close(gradients.inputs[0].as_slice().expect("row-major"), &[-0.5e12, 0.0]);
}

#[test]
fn the_cross_entropy_of_a_softmax_survives_extreme_inputs() {
    let mut net = Builder::new();
    let x = net.input(&[2]);
    let y = net.op(Operator::Softmax, &[x]);
    let graph = net.with_loss(Loss::cross_entropy(false), y);
    let target = Targets::Classes(ndarray::arr1(&[1]).into_dyn());
    let gradients =
        Interpreter::new(&graph).gradients(&[array(&[1, 2], &[2000.0, 0.0])], &[target]).expect("it fits");
    close(&[gradients.loss], &[2000.0]);
    close(gradients.inputs[0].as_slice().expect("row-major"), &[1.0, -1.0]);
}

#[test]
fn a_step_follows_the_penalty() {
    let mut net = Builder::new();
    let x = net.input(&[2]);
    let y = net.op(dense(1), &[x]);
    let graph = net.with_loss(Loss::MSE, y);
    let weights = vec![array(&[1, 2], &[2.0, -3.0]), array(&[1], &[4.0])];
    // Nothing but the penalty has a slope.
    let (input, target) = ([array(&[1, 2], &[0.0, 0.0])], [Targets::Values(array(&[1, 1], &[4.0]))]);
    for (biases, loss, bias) in [(false, 0.1 * 5.0 + 0.2 * 13.0, 4.0), (true, 0.1 * 9.0 + 0.2 * 29.0, 2.3)] {
        let (only, span) = (Only::default(), Span::default());
        let penalties = vec![Penalty { l1: 0.1, l2: 0.2, biases, norms: false, only, span }];
        let recipe = Recipe { penalties, ..Recipe::new(span, Optimizer::Sgd { lr: 1.0 }) };
        let mut interpreter = Interpreter::with_params(&graph, weights.clone()).expect("it fits");
        close(&[interpreter.penalty(&recipe)], &[loss]);
        let mut state = OptimizerState::new(&interpreter, &recipe);
        let gradients = interpreter.gradients(&input, &target).expect("it fits");
        interpreter.step(&mut state, &gradients, 1.0);
        close(interpreter.params[0].as_slice().expect("row-major"), &[2.0 - 0.9, -3.0 + 1.3]);
        close(interpreter.params[1].as_slice().expect("row-major"), &[bias]);
    }
}

#[test]
fn arrays_that_do_not_fit_are_errors() {
    let mut net = Builder::new();
    let x = net.input(&[2]);
    let y = net.op(dense(3), &[x]);
    let graph = net.with_loss(Loss::cross_entropy(true), y);
    let mut interpreter = Interpreter::new(&graph);
    let classes = |labels: &[usize]| Targets::Classes(ndarray::arr1(labels).into_dyn());
    let good = array(&[2, 2], &[1.0, 2.0, 3.0, 4.0]);
    let mut loss = |inputs: &[_], targets: &[_]| interpreter.loss(inputs, targets, Mode::Training);
    assert!(loss(std::slice::from_ref(&good), &[classes(&[0, 2])]).is_ok());
    let failures = [
        loss(&[], &[classes(&[0, 2])]),
        loss(&[array(&[2, 3], &[0.0; 6])], &[classes(&[0, 2])]),
        loss(&[array(&[0, 2], &[])], &[classes(&[])]),
        loss(std::slice::from_ref(&good), &[]),
        loss(std::slice::from_ref(&good), &[classes(&[0])]),
        loss(std::slice::from_ref(&good), &[classes(&[0, 3])]),
        loss(std::slice::from_ref(&good), &[Targets::Values(good.clone())]),
    ];
    let messages: Vec<String> =
        failures.into_iter().map(|f| f.expect_err("it does not fit").to_string()).collect();
    let expected = [
        "the network has 1 inputs, but 0 arrays were given",
        "input1 has the shape [2, 3] where [2, 2] is expected; inputs and targets have the batch first",
        "the batch is empty: the first input needs at least one sample on its first axis",
        "the network has 1 losses with targets, but 0 arrays were given",
        "the target of dense2 has the shape [1] where [2] is expected; inputs and targets have the batch first",
        "a target of dense2 is class 3, but the output has 3 classes, from 0 to 2",
        "the loss of dense2 needs class indices as its target",
    ];
    assert_eq!(messages, expected);
    assert!(Interpreter::with_params(&graph, vec![good]).is_err());
}

#[test]
fn a_batch_norm_cannot_train_on_one_number_a_channel() {
    let mut net = Builder::new();
    let x = net.input(&[2]);
    let y = net.op(Operator::BatchNorm(BatchNorm { eps: 1e-5, momentum: 0.1 }), &[x]);
    let graph = net.with_loss(Loss::MSE, y);
    let mut interpreter = Interpreter::new(&graph);
    let input = [array(&[1, 2], &[1.0, 2.0])];
    assert!(interpreter.forward(&input, Mode::Inference).is_ok());
    let error = interpreter.forward(&input, Mode::Training).expect_err("one sample");
    assert_eq!(error, Error::OneNumber { layer: "batch_norm2".into() });
}

#[test]
fn a_value_that_no_loss_depends_on_has_no_gradient() {
    let mut net = Builder::new();
    let x = net.input(&[2]);
    let unused = net.input(&[3]);
    let y = net.op(dense(1), &[x]);
    let side = net.op(Operator::Softmax, &[unused]);
    let graph = net.with_loss(Loss::MSE, y);
    let inputs = [array(&[1, 2], &[1.0, 2.0]), array(&[1, 3], &[1.0, 2.0, 3.0])];
    let target = Targets::Values(array(&[1, 1], &[1.0]));
    let gradients = Interpreter::new(&graph).gradients(&inputs, &[target]).expect("it fits");
    assert!([unused, side].iter().all(|id: &ValueId| gradients.values[id.0].is_none()));
    close(gradients.inputs[1].as_slice().expect("row-major"), &[0.0; 3]);
}
