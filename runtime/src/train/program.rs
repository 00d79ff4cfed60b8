//! Training on a program's own samples, except for the loop, which is generated.

use super::{Error, Loss, Predict, Recipe};
use crate::kernels::loss::Labels;
use crate::metrics::{Evaluation, Measured, count_nan};
use crate::samples::{self, Order, TargetsRef};
use crate::schedule::Course;

/// Divides samples as the recipe says: the order of those to train with, in batches, and the rows held out.
///
/// `lengths` are the names and lengths of the arrays that hold the samples; `most` is the largest batch of a step; `targets` are those of
/// the first loss, unless it compares outputs with an input.
///
/// # Errors
/// If the arrays are not of one length, there are too few samples, or the recipe does not fit.
pub fn split(
    recipe: &Recipe,
    most: usize,
    lengths: &[(&'static str, usize)],
    targets: Option<TargetsRef<'_>>,
) -> Result<(Order, Vec<u32>), Error> {
    let (first, samples) = lengths.first().copied().unwrap_or_default();
    if let Some(&(name, found)) = lengths.iter().find(|(_, found)| *found != samples) {
        return Err(Error::Lengths { first, samples, name, found });
    }
    if samples == 0 {
        return Err(Error::NoSamples);
    }
    if !(1..=most).contains(&recipe.batch) {
        return Err(Error::Batch { most, found: recipe.batch });
    }
    let watches = recipe.stop.is_some() || matches!(recipe.schedule.course, Course::OnPlateau { .. });
    let strata = match targets.filter(|_| recipe.held_out.is_stratified()) {
        Some(TargetsRef::Classes(classes)) if classes.len() == samples => classes.to_vec(),
        Some(TargetsRef::Values(values)) => samples::yes_or_no(values, samples).unwrap_or_default(),
        Some(TargetsRef::Classes(_)) | None => vec![],
    };
    let (training, held_out) = samples::split(samples, &recipe.held_out, recipe.seed, &strata, &[])?;
    if watches && held_out.is_empty() {
        return Err(Error::Unwatched);
    }
    Ok((Order::new(training, recipe.batch), held_out))
}

/// Checks that labels, `per_sample` for each sample, are below the number of classes or the ignored one.
///
/// # Errors
/// If one is not.
pub fn check_classes(
    name: &'static str,
    labels: &[u32],
    per_sample: usize,
    classes: usize,
    ignored: Option<i32>,
) -> Result<(), Error> {
    let of = Labels::of(classes);
    let of = ignored.map_or(of, |label| of.ignoring(label));
    match of.find_wrong(labels) {
        Some(at) => Err(Error::Class { name, sample: at / per_sample, found: labels[at], classes }),
        None => Ok(()),
    }
}

/// Compares a network's outputs for `samples` inputs with their targets, or with the inputs themselves; `None` if there are
/// no samples. `shape` is that of one output.
pub fn score<M: Predict>(
    params: &M::Params,
    loss: Loss,
    shape: &[usize],
    samples: usize,
    inputs: &[f32],
    targets: Option<TargetsRef<'_>>,
) -> Option<Measured> {
    if samples == 0 {
        return None;
    }
    let (mut outputs, mut logits) = (vec![0.0; samples * M::OUTPUT], vec![]);
    M::new(params.clone()).predict_with_logits(inputs, &mut outputs, &mut logits);
    let compare = |targets| Evaluation::of_shape(loss, shape, &outputs, &logits, targets);
    let evaluation = match targets {
        Some(targets) => compare(targets),
        // An output that resembles its input is not right or wrong.
        None => Evaluation { accuracy: None, ..compare(TargetsRef::Values(inputs)) },
    };
    Some(Measured::new(evaluation, samples, count_nan(&outputs, M::OUTPUT)))
}
