//! What each loss computes, with the gradient of the value it is of.

use super::error::{Error, check_count, check_shape};
use crate::graph::{Graph, ValueId};
use crate::ops::{Loss, Operator};
use ndarray::{ArrayD, Axis, Zip};

/// What an output should have been; batch first.
#[derive(Clone, Debug, PartialEq)]
pub enum Targets {
    /// For cross-entropy: a class for each sample, `(batch)`, or for each pixel, `(batch, height, width)`.
    Classes(ArrayD<usize>),
    /// For the other losses: as many numbers as the output has.
    Values(ArrayD<f64>),
}

/// One loss of a network.
pub(super) struct Part {
    pub(super) loss: f64,
    /// The value that `gradient` belongs to.
    pub(super) value: ValueId,
    pub(super) gradient: ArrayD<f64>,
}

/// Every loss of the graph.
pub(super) fn evaluate(
    graph: &Graph,
    values: &[ArrayD<f64>],
    targets: &[Targets],
) -> Result<Vec<Part>, Error> {
    check_count("losses", graph.losses.len(), targets.len())?;
    let part = |(used, target): (&crate::graph::LossUse, &Targets)| {
        let name = &graph.value(used.value).name;
        let (loss, value) = through_softmax(graph, used.loss, used.value);
        let x = &values[value.0];
        let (loss, gradient) = match (loss, target) {
            (Loss::CrossEntropy { logits }, Targets::Classes(classes)) => {
                check_classes(name, x, classes)?;
                cross_entropy(logits, x, classes)
            }
            (Loss::Mse | Loss::BinaryCrossEntropy { .. }, Targets::Values(target)) => {
                check_shape(&format!("the target of {name}"), x.shape(), target.shape())?;
                match loss {
                    Loss::BinaryCrossEntropy { logits: true } => elementwise(x, target, binary_of_logit),
                    Loss::BinaryCrossEntropy { logits: false } => {
                        elementwise(x, target, binary_of_probability)
                    }
                    Loss::Mse | Loss::CrossEntropy { .. } => elementwise(x, target, squared),
                }
            }
            (Loss::CrossEntropy { .. }, Targets::Values(_)) => {
                return Err(Error::Target { value: name.clone(), expected: "class indices" });
            }
            (Loss::Mse | Loss::BinaryCrossEntropy { .. }, Targets::Classes(_)) => {
                return Err(Error::Target { value: name.clone(), expected: "numbers" });
            }
        };
        Ok(Part { loss, value, gradient })
    };
    graph.losses.iter().zip(targets).map(part).collect()
}

/// The cross-entropy of a softmax's probabilities is that of its input as logits, without a logarithm of a tiny number.
fn through_softmax(graph: &Graph, loss: Loss, value: ValueId) -> (Loss, ValueId) {
    match (loss, graph.producer(value)) {
        (Loss::CrossEntropy { logits: false }, Some(node)) if node.op == Operator::Softmax => {
            (Loss::CrossEntropy { logits: true }, node.inputs[0])
        }
        _ => (loss, value),
    }
}

fn check_classes(name: &str, x: &ArrayD<f64>, classes: &ArrayD<usize>) -> Result<(), Error> {
    let expected = [&x.shape()[..1], &x.shape()[2..]].concat();
    check_shape(&format!("the target of {name}"), &expected, classes.shape())?;
    let count = x.shape()[1];
    match classes.iter().find(|&&label| label >= count) {
        Some(&label) => Err(Error::Label { value: name.to_owned(), label, classes: count }),
        None => Ok(()),
    }
}

fn cross_entropy(logits: bool, x: &ArrayD<f64>, classes: &ArrayD<usize>) -> (f64, ArrayD<f64>) {
    let mut total = 0.0;
    let mut gradient = ArrayD::zeros(x.raw_dim());
    Zip::from(gradient.lanes_mut(Axis(1))).and(x.lanes(Axis(1))).and(classes).for_each(
        |mut gradient, x, &label| {
            if logits {
                let largest = x.fold(f64::NEG_INFINITY, |a, &b| a.max(b));
                let sum = x.fold(0.0, |sum, x| sum + (x - largest).exp());
                total += sum.ln() + largest - x[label];
                gradient.assign(&x.mapv(|x| (x - largest).exp() / sum));
                gradient[label] -= 1.0;
            } else {
                total -= x[label].ln();
                gradient[label] = -1.0 / x[label];
            }
        },
    );
    let count = classes.len() as f64;
    (total / count, gradient / count)
}

/// The mean over all numbers of a function of output and target that gives loss and slope.
fn elementwise(x: &ArrayD<f64>, target: &ArrayD<f64>, f: fn(f64, f64) -> (f64, f64)) -> (f64, ArrayD<f64>) {
    let count = x.len() as f64;
    let mut total = 0.0;
    let gradient = Zip::from(x).and(target).map_collect(|&x, &target| {
        let (loss, slope) = f(x, target);
        total += loss;
        slope / count
    });
    (total / count, gradient)
}

fn squared(x: f64, target: f64) -> (f64, f64) {
    ((x - target).powi(2), 2.0 * (x - target))
}

/// [torch.nn.BCEWithLogitsLoss](https://docs.pytorch.org/docs/stable/generated/torch.nn.BCEWithLogitsLoss.html), as
/// `max(x, 0) - x t + ln(1 + e^-|x|)`, which does not overflow.
fn binary_of_logit(x: f64, target: f64) -> (f64, f64) {
    let loss = x.max(0.0) - x * target + (-x.abs()).exp().ln_1p();
    (loss, 1.0 / (1.0 + (-x).exp()) - target)
}

/// [torch.nn.BCELoss](https://docs.pytorch.org/docs/stable/generated/torch.nn.BCELoss.html): logarithms count at least
/// -100, and the slope's denominator at least 10⁻¹², so that both stay finite at 0 and 1.
fn binary_of_probability(p: f64, target: f64) -> (f64, f64) {
    let log = |p: f64| p.ln().max(-100.0);
    let loss = -(target * log(p) + (1.0 - target) * log(1.0 - p));
    (loss, (p - target) / (p * (1.0 - p)).max(1e-12))
}
