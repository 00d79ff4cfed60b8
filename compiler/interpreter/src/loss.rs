//! Forward computation of each loss, with the gradient of its value.

mod classes;
mod pointwise;
mod regions;
#[cfg(test)]
mod special;

use crate::error::{Error, check_count, check_shape};
use ndarray::{ArrayD, Axis, Slice, Zip};
use netwright_compiler::graph::{Graph, LossUse, ValueId};
use netwright_compiler::ops::{CrossEntropy, Loss, Pointwise};

/// Targets of an output, batch first.
#[derive(Clone, Debug, PartialEq)]
pub enum Targets {
    /// Targets of a cross-entropy: a class for each sample, `(batch)`, or for each pixel, `(batch, height,
    /// width)`.
    Classes(ArrayD<usize>),
    /// Targets of the other losses: as many numbers as the output has.
    Values(ArrayD<f64>),
}

/// One loss of a network.
pub(super) struct Part {
    pub(super) loss: f64,
    /// The loss's factor in the sum.
    pub(super) weight: f64,
    /// The value that `gradient` belongs to.
    pub(super) value: ValueId,
    pub(super) gradient: ArrayD<f64>,
    /// Sum of the targets' weights, where the loss is a mean over these and not over samples.
    pub(super) terms: Option<f64>,
}

/// Computes every loss of the graph; each sample counts as its weight says, if there are any.
pub(super) fn evaluate(
    graph: &Graph,
    values: &[ArrayD<f64>],
    targets: &[Targets],
    weights: Option<&[f64]>,
) -> Result<Vec<Part>, Error> {
    check_count("losses with targets", graph.with_targets().count(), targets.len())?;
    let mut given = targets.iter();
    let part = |used: &LossUse| {
        let of_input = used.target.map(|input| Targets::Values(values[input.0].clone()));
        let Some(target) = of_input.as_ref().or_else(|| given.next()) else {
            return Err(Error::Target { value: graph.value(used.value).name.clone(), expected: "a target" });
        };
        let name = &graph.value(used.value).name;
        let (loss, value) = through_softmax(graph, &used.loss, used.value);
        let x = &values[value.0];
        let (loss, gradient) = match weights {
            None => compare(&loss, name, x, target)?,
            Some(weights) => {
                check_count("weights of samples", x.shape()[0], weights.len())?;
                weighed(&loss, name, x, target, weights)?
            }
        };
        let terms = match (&used.loss, target) {
            (Loss::CrossEntropy(ce), Targets::Classes(labels)) if ce.is_weighted() => {
                Some(classes::total(ce, labels))
            }
            _ => None,
        };
        Ok(Part { loss, weight: used.weight, value, gradient, terms })
    };
    graph.losses.iter().map(part).collect()
}

/// Computes the mean of the samples' losses times their weights.
fn weighed(
    loss: &Loss,
    name: &str,
    x: &ArrayD<f64>,
    target: &Targets,
    weights: &[f64],
) -> Result<(f64, ArrayD<f64>), Error> {
    let mut gradient = ArrayD::zeros(x.raw_dim());
    let mut sum = 0.0;
    for (sample, weight) in weights.iter().enumerate() {
        let rows = Slice::from(sample..sample + 1);
        let own = match target {
            Targets::Classes(classes) => Targets::Classes(classes.slice_axis(Axis(0), rows).to_owned()),
            Targets::Values(values) => Targets::Values(values.slice_axis(Axis(0), rows).to_owned()),
        };
        let (loss, slope) = compare(loss, name, &x.slice_axis(Axis(0), rows).to_owned(), &own)?;
        let share = weight / weights.len() as f64;
        sum += share * loss;
        gradient.slice_axis_mut(Axis(0), rows).assign(&(slope * share));
    }
    Ok((sum, gradient))
}

/// Computes a loss with its gradient.
fn compare(loss: &Loss, name: &str, x: &ArrayD<f64>, target: &Targets) -> Result<(f64, ArrayD<f64>), Error> {
    Ok(match (loss, target) {
        (Loss::CrossEntropy(ce), Targets::Classes(classes)) if !ce.shares => {
            check_classes(name, x, classes, ce)?;
            let (shares, count) = classes::of_indices(ce, x, classes);
            classes::entropy(classes::Target::Label, ce.logits, x, &shares, count)
        }
        (Loss::CrossEntropy(ce), Targets::Values(_)) if !ce.shares => {
            return Err(Error::Target { value: name.to_string(), expected: "class indices" });
        }
        (_, Targets::Classes(_)) => {
            return Err(Error::Target { value: name.to_string(), expected: "numbers" });
        }
        (loss, Targets::Values(target)) => {
            check_shape(&format!("the target of {name}"), x.shape(), target.shape())?;
            match loss {
                Loss::CrossEntropy(ce) => {
                    let shares = classes::of_shares(ce, target);
                    classes::entropy(classes::Target::Shares, ce.logits, x, &shares, rows(x))
                }
                Loss::KlDivergence { logits } => {
                    let (cost, gradient) =
                        classes::entropy(classes::Target::Shares, *logits, x, target, rows(x));
                    (cost - classes::own_entropy(target) / rows(x), gradient)
                }
                Loss::Cosine => regions::cosine(x, target),
                Loss::Dice { .. } | Loss::Iou { .. } | Loss::Tversky { .. } => {
                    regions::overlap(loss.overlap().unwrap_or_default(), x, target)
                }
                Loss::Each(of) => elementwise(x, target, |x, t| pointwise::pointwise(of, x, t)),
            }
        }
    })
}

/// Returns the loss of a softmax's probabilities as that of its input as logits, without a logarithm of a
/// tiny number. So for a sigmoid, but PyTorch's binary cross-entropy of probabilities has limits of its own.
fn through_softmax(graph: &Graph, loss: &Loss, value: ValueId) -> (Loss, ValueId) {
    let producer = graph.producer(value).filter(|node| loss.needs().contains(&node.op));
    match producer.zip(loss.of_logits()) {
        Some((node, of_logits)) if !matches!(loss, Loss::Each(Pointwise::BinaryCrossEntropy { .. })) => {
            (of_logits, node.inputs[0])
        }
        _ => (loss.clone(), value),
    }
}

/// Returns the number of samples times pixels.
fn rows(x: &ArrayD<f64>) -> f64 {
    (x.len() / x.shape()[1]) as f64
}

fn check_classes(
    name: &str,
    x: &ArrayD<f64>,
    classes: &ArrayD<usize>,
    ce: &CrossEntropy,
) -> Result<(), Error> {
    let expected = [&x.shape()[..1], &x.shape()[2..]].concat();
    check_shape(&format!("the target of {name}"), &expected, classes.shape())?;
    let count = x.shape()[1];
    match classes.iter().find(|&&label| label >= count && !ce.ignores(label)) {
        Some(&label) => Err(Error::Label { value: name.to_owned(), label, classes: count }),
        None => Ok(()),
    }
}

/// Returns the mean over all numbers of a function of output and target that gives loss and slope.
fn elementwise(
    x: &ArrayD<f64>,
    target: &ArrayD<f64>,
    f: impl Fn(f64, f64) -> (f64, f64),
) -> (f64, ArrayD<f64>) {
    let count = x.len() as f64;
    let mut total = 0.0;
    let gradient = Zip::from(x).and(target).map_collect(|&x, &target| {
        let (loss, slope) = f(x, target);
        total += loss;
        slope / count
    });
    (total / count, gradient)
}
