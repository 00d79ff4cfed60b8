//! Samples for a report: some as pictures, before and after augmentation, and some as numbers that the command runs through the layers.

use super::arrays::Arrays;
use super::pictures::{Pictures, Range, are_pictures};
use netwright::app::App;
use netwright::augment::{Augmenter, Rows};
use netwright::data::Dataset;
use netwright::train::Error;
use netwright::train::Recipe;
use netwright::weights::Normalization;
use serde_json::{Value, json};

/// Rows of pictures, one for each class if there are no more classes.
const ROWS: usize = 8;
/// Pictures of a sample in different epochs.
const EPOCHS: usize = 5;
/// Samples to run through the layers, and the numbers of all of them.
const FIXED: usize = 64;
const FIXED_NUMBERS: usize = 1 << 20;

/// Samples that are measured, and what measures them.
pub(crate) struct About<'a, A: App> {
    pub(crate) data: &'a Dataset,
    pub(crate) model: &'a A::Model,
    pub(crate) normalization: &'a Normalization,
    pub(crate) classes: &'a [String],
}

/// Returns the input of a sample that is shown, as it was before it was scaled.
pub(super) fn unscaled(
    data: &Dataset,
    normalization: &Normalization,
    sample: usize,
) -> Result<Vec<f32>, netwright::data::Error> {
    let part = data.parts().position(|part| std::ptr::eq(part, data.pictures())).unwrap_or(0);
    let mut numbers = vec![];
    data.part(part).read_own(sample..sample + 1, &mut numbers)?;
    normalization.each().nth(part).into_iter().for_each(|scaling| scaling.undo(&mut numbers));
    Ok(numbers)
}

/// Draws samples to train with, as they are and in some epochs; `null` if they are no pictures, or cannot be read.
pub(super) fn augmented(
    data: &Dataset,
    recipe: &Recipe,
    normalization: &Normalization,
    arrays: &mut Arrays,
) -> Value {
    let shape = data.pictures().shape().to_vec();
    if !are_pictures(&shape) {
        return Value::Null;
    }
    let shown = chosen(data);
    let Ok(drawn) = draw(data, recipe, normalization, &shown, &shape) else { return Value::Null };
    let (pictures, columns) = drawn;
    pictures.keep("data.pictures", &[shown.len(), columns], arrays);
    let answers: Vec<String> = shown.iter().map(|&sample| data.answer(sample as usize)).collect();
    json!({"columns": columns, "answers": answers})
}

/// Returns the first sample of each class, or else the first samples.
fn chosen(data: &Dataset) -> Vec<u32> {
    let strata = data.strata();
    let classes = strata.iter().max().map_or(0, |most| *most as usize + 1);
    let first = |class: usize| strata.iter().position(|found| *found as usize == class);
    match classes {
        1..=10 => (0..classes).filter_map(first).map(|sample| sample as u32).collect(),
        _ => (0..data.len().min(ROWS) as u32).collect(),
    }
}

fn draw(
    data: &Dataset,
    recipe: &Recipe,
    normalization: &Normalization,
    samples: &[u32],
    shape: &[usize],
) -> Result<(Pictures, usize), Error> {
    let mut columns: Vec<Vec<f32>> = vec![vec![]];
    for &sample in samples {
        columns[0].extend(unscaled(data, normalization, sample as usize)?);
    }
    if !recipe.augment.is_none() && shape.len() == 3 {
        let pictures = data.pictures();
        let augmentation = match data.joint() {
            None => recipe.augment,
            Some(_) => pictures.augmentation_of_part(recipe.augment),
        };
        let mut augmenter =
            Augmenter::new(augmentation, augmentation.check(pictures)?, pictures.number_len());
        for epoch in 1..=EPOCHS {
            let mut rows = Rows { seed: recipe.seed, epoch: epoch as u64, ..Rows::default() };
            pictures.gather(samples, &mut rows)?;
            augmenter.apply(&mut rows);
            columns.push(rows.inputs);
        }
    }
    let len: usize = shape.iter().product();
    let mut pictures = Pictures::default();
    for row in 0..samples.len() {
        let sample = |column: &[f32]| column[row * len..][..len].to_vec();
        let range = Range::of(&sample(&columns[0]));
        columns.iter().for_each(|column| pictures.add(&sample(column), shape, range));
    }
    Ok((pictures, columns.len()))
}

/// Keeps the first samples as the network takes them; returns their number.
pub(super) fn fixed(data: &Dataset, arrays: &mut Arrays) -> usize {
    let numbers: usize = data.parts().map(Dataset::sample_len).sum();
    let count = FIXED.min(data.len()).min(FIXED_NUMBERS / numbers.max(1));
    let mut inputs = vec![];
    if count == 0 || data.read(0..count, &mut inputs).is_err() {
        return 0;
    }
    arrays.numbers("data.looked", &[inputs.len()], &inputs);
    count
}
