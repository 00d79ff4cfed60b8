//! Shows what augmentation makes of samples.

use super::{App, args, interface, say};
use crate::augment::{Augmenter, Error as AugmentError, Rows};
use crate::data::{self, Dataset, Problem};
use crate::train::Error;
use image::{ImageFormat, Rgb, RgbImage};
use std::io::Write;

/// Samples, one a row.
const SAMPLES: usize = 8;
/// What they are in so many epochs, behind themselves.
const EPOCHS: usize = 9;
/// Small images are enlarged to about this height.
const HEIGHT: usize = 64;
/// Between images.
const GAP: usize = 4;

pub(super) fn run<A: App>(options: &args::Augment, out: &mut dyn Write) -> Result<(), Error> {
    let recipe = A::RECIPE;
    let mut data = Dataset::training(&recipe.data, &options.data_root, &interface::<A>())?;
    data.truncate(options.limit.unwrap_or(SAMPLES));
    let shape = recipe.augment.check(&data)?;
    if A::INPUT.len() != 3 {
        return Err(AugmentError::Features { found: A::INPUT.to_vec() }.into());
    }
    let order: Vec<u32> = (0..data.len() as u32).collect();
    let mut augmenter = Augmenter::new(recipe.augment, shape, data.number_len());
    let mut columns = vec![];
    for epoch in 0..=EPOCHS {
        let mut rows =
            Rows { seed: options.seed.unwrap_or(recipe.seed), epoch: epoch as u64, ..Rows::default() };
        data.gather(&order, &mut rows);
        if epoch > 0 {
            augmenter.apply(&mut rows);
        }
        columns.push(rows.inputs);
    }
    let sheet = sheet(&columns, shape);
    sheet
        .save_with_format(&options.output, ImageFormat::Png)
        .map_err(|cause| data::Error { file: options.output.clone(), problem: Problem::Write(cause) })?;
    let epochs = if recipe.augment.is_none() { " (the recipe has no `augment`)" } else { "" };
    let (samples, file) = (data.len(), options.output.display());
    say(out, &format!("{file}: {samples} samples, each as it is and in {EPOCHS} epochs{epochs}"));
    Ok(())
}

/// A row for each sample: what it is in each of the columns.
fn sheet(columns: &[Vec<f32>], [channels, height, width]: [usize; 3]) -> RgbImage {
    let (len, scale) = (height * width, HEIGHT.div_ceil(height).max(1));
    let [row, column] = [height, width].map(|side| side * scale + GAP);
    let samples = columns.first().map_or(0, |samples| samples.len() / (channels * len));
    let mut sheet = RgbImage::from_pixel(
        (columns.len() * column + GAP) as u32,
        (samples * row + GAP) as u32,
        Rgb([64, 64, 96]),
    );
    for (i, samples) in columns.iter().enumerate() {
        for (j, sample) in samples.chunks_exact(channels * len).enumerate() {
            for y in 0..height * scale {
                for x in 0..width * scale {
                    let pixel = y / scale * width + x / scale;
                    // Red, green and blue, or else grey of the first channel.
                    let channel = |c: usize| if channels == 3 { c } else { 0 };
                    let byte = |c| (255.0 * sample[channel(c) * len + pixel].clamp(0.0, 1.0)).round() as u8;
                    let at = [GAP + i * column + x, GAP + j * row + y].map(|at| at as u32);
                    sheet.put_pixel(at[0], at[1], Rgb([byte(0), byte(1), byte(2)]));
                }
            }
        }
    }
    sheet
}
