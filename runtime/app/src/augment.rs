//! Shows what augmentation makes of samples.

use super::sheet::{self, Column};
use super::{Output, args, interface};
use netwright::app::App;
use netwright::augment::{Augmenter, Error as AugmentError, Rows};
use netwright::data::Dataset;
use netwright::train::Error;

/// The number of epochs in which each sample is shown, after the sample itself.
const EPOCHS: usize = 9;

pub(super) fn run<A: App>(options: &args::Augment, out: &mut Output) -> Result<(), Error> {
    sheet::check(&options.output)?;
    let recipe = A::recipe();
    let mut data = Dataset::training(&recipe.source(), &options.data_root, &interface::<A>())?;
    data.truncate(options.limit.unwrap_or(sheet::SAMPLES));
    // Of several inputs the first pictures are shown.
    let pictures = data.pictures();
    let augmentation = match data.joint() {
        None => recipe.augment,
        Some(_) => pictures.augmentation_of_part(recipe.augment),
    };
    let shape = augmentation.check(pictures)?;
    if pictures.shape().len() != 3 {
        return Err(AugmentError::Features { found: A::INPUT.to_vec() }.into());
    }
    let order: Vec<u32> = (0..data.len() as u32).collect();
    let mut augmenter = Augmenter::new(augmentation, shape, pictures.number_len());
    let mut columns = vec![];
    for epoch in 0..=EPOCHS {
        let mut rows =
            Rows { seed: options.seed.unwrap_or(recipe.seed), epoch: epoch as u64, ..Rows::default() };
        pictures.gather(&order, &mut rows)?;
        if epoch > 0 {
            augmenter.apply(&mut rows);
        }
        columns.push(Column { images: rows.inputs, shape });
    }
    sheet::save(&columns, &options.output)?;
    let epochs = if recipe.augment.is_none() { " (the recipe has no `augment`)" } else { "" };
    let (samples, file) = (data.len(), options.output.display());
    out.say(&format!("{file}: {samples} samples, each as it is and in {EPOCHS} epochs{epochs}"));
    Ok(())
}
