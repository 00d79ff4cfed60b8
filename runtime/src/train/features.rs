//! Features of a frozen front, computed once instead of in every epoch.

use super::{Log, Recipe, Trainer};
use crate::data::{self, Dataset, TargetsRef};

/// Features that take more bytes are computed anew in every epoch.
const MOST_BYTES: usize = 1 << 30;

/// A trainer of a network with a frozen front, whose results for a sample never change: its features.
pub trait Featured: Trainer {
    /// Numbers that the front makes of a sample.
    const FEATURES: usize;
    /// Computes the features of samples: both row after row, and at most as many as the recipe's `batch`.
    fn features(&mut self, inputs: &[f32], features: &mut [f32]);
    /// Like [`step_weighed`](Trainer::step_weighed), but starts from precomputed features; the result is
    /// bit-identical.
    fn step_features(&mut self, features: &[f32], targets: TargetsRef<'_>, weights: &[f32], rate: f32)
    -> f32;
}

/// Returns the features of all samples, with their targets; `None` where the samples change from epoch to
/// epoch, or their features take more than 1 GB. The log gets a note on the memory they take.
///
/// # Errors
/// If a sample cannot be read.
pub fn features<T: Featured>(
    trainer: &mut T,
    recipe: &Recipe,
    training: &Dataset,
    log: &mut dyn Log,
) -> Result<Option<Dataset>, data::Error> {
    if !recipe.augment.is_none() {
        return Ok(None);
    }
    let (kept, said) = kept(T::FEATURES, training.len());
    log.note(&said);
    if !kept {
        return Ok(None);
    }
    let with_features = training.with_features(recipe.batch, T::FEATURES, |inputs, features| {
        trainer.features(inputs, features);
    })?;
    Ok(Some(with_features))
}

/// Returns whether `numbers` numbers for each of `samples` samples are kept in memory, and the note for the
/// log.
fn kept(numbers: usize, samples: usize) -> (bool, String) {
    let bytes = samples.saturating_mul(4 * numbers);
    let kept = bytes <= MOST_BYTES;
    let what = format!("features of the frozen front, {numbers} numbers for each of {samples} samples,");
    let said = match kept {
        true => format!("{what} are computed once: {}", size(bytes)),
        false => format!("{what} would take {}: they are computed in every epoch", size(bytes)),
    };
    (kept, said)
}

/// Formats a number of bytes as the compiler does.
fn size(bytes: usize) -> String {
    match bytes {
        0..1_048_576 => format!("{:.1} KB", bytes as f64 / 1024.0),
        _ => format!("{:.1} MB", bytes as f64 / 1_048_576.0),
    }
}

#[cfg(test)]
mod tests {
    use super::kept;

    #[test]
    fn features_that_take_more_than_a_gigabyte_are_not_kept() {
        let (all, said) = kept(3136, 60_000);
        assert!(all);
        assert_eq!(
            said,
            "features of the frozen front, 3136 numbers for each of 60000 samples, are computed once: 717.8 MB"
        );
        let (all, said) = kept(6272, 60_000);
        assert!(!all);
        assert!(said.ends_with("samples, would take 1435.5 MB: they are computed in every epoch"), "{said}");
    }
}
