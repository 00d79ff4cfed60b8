//! Checks of what a caller compares outputs with, once, before any kernel runs: the panic names the caller's line.

use std::fmt;

/// The labels that a loss can use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Labels {
    /// Labels count classes from 0.
    classes: usize,
    /// Labels of a sample: 1, or one per pixel.
    places: usize,
    /// The label whose rows do not count (PyTorch's `ignore_index`). Labels have no sign: a negative one is its two's complement.
    ignored: Option<i32>,
}

impl Labels {
    /// Creates labels of one of `classes` classes per sample.
    pub const fn of(classes: usize) -> Labels {
        Labels { classes, places: 1, ignored: None }
    }

    /// Sets the number of labels of each sample.
    #[must_use]
    pub const fn at_places(self, places: usize) -> Labels {
        Labels { places, ..self }
    }

    /// Sets the label whose rows do not count.
    #[must_use]
    pub const fn ignoring(self, label: i32) -> Labels {
        Labels { ignored: Some(label), ..self }
    }

    /// Checks the labels of all samples, one after another; `name` is that of the caller's argument.
    ///
    /// # Panics
    /// With the first label that is neither a class nor ignored, its sample, and the labels that are expected.
    #[inline]
    #[track_caller]
    pub fn check(&self, name: &str, labels: &[u32]) {
        if let Some(at) = self.find_wrong(labels) {
            panic!("`{name}`: {}", WrongLabel { of: *self, at, label: labels[at] });
        }
    }

    /// Returns the place of the first label that is neither a class nor ignored.
    #[inline]
    pub fn find_wrong(&self, labels: &[u32]) -> Option<usize> {
        // One pass without a branch for each label.
        let wrong = |label: u32| (label as usize >= self.classes) & (Some(label as i32) != self.ignored);
        let any = labels.iter().fold(false, |any, &label| any | wrong(label));
        if any { labels.iter().position(|&label| wrong(label)) } else { None }
    }
}

struct WrongLabel {
    of: Labels,
    at: usize,
    label: u32,
}

impl fmt::Display for WrongLabel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Labels { classes, places, ignored } = self.of;
        // Without a negative label among those expected, none was meant.
        let label = match ignored {
            Some(..0) => i64::from(self.label as i32),
            _ => i64::from(self.label),
        };
        write!(f, "sample {} has label {label}", self.at / places)?;
        if places > 1 {
            write!(f, " at place {}", self.at % places)?;
        }
        write!(f, ", expected 0 to {}", classes - 1)?;
        match ignored {
            Some(ignored) => write!(f, ", or {ignored} for no class"),
            None => Ok(()),
        }
    }
}

/// Checks how much samples count; `name` is that of the caller's argument.
///
/// # Panics
/// With the first weight that is negative, infinite or NaN, and its sample.
#[inline]
#[track_caller]
pub fn check_weights(name: &str, weights: &[f32]) {
    let right = |weight: f32| (0.0..f32::INFINITY).contains(&weight);
    if !weights.iter().fold(true, |all, &weight| all & right(weight)) {
        let at = weights.iter().position(|&weight| !right(weight)).unwrap_or_default();
        panic!("`{name}`: sample {at} has weight {}, expected a finite number of at least 0", weights[at]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::panic::catch_unwind;

    fn message(work: impl FnOnce() + std::panic::UnwindSafe) -> String {
        catch_unwind(work).expect_err("a panic").downcast_ref::<String>().expect("a message").clone()
    }

    #[test]
    fn the_first_wrong_label_is_named() {
        let plain = Labels::of(10);
        plain.check("targets", &[]);
        plain.check("targets", &[0, 9, 5]);
        assert_eq!(
            message(move || plain.check("targets", &[0, 9, 5, 12, 11])),
            "`targets`: sample 3 has label 12, expected 0 to 9"
        );
        let pixels = Labels::of(2).at_places(4).ignoring(255);
        pixels.check("mask", &[0, 1, 255, 0]);
        assert_eq!(
            message(move || pixels.check("mask", &[0, 1, 255, 0, 1, 1, 254, 0])),
            "`mask`: sample 1 has label 254 at place 2, expected 0 to 1, or 255 for no class"
        );
        assert!(message(move || pixels.check("mask", &[u32::MAX, 0, 0, 0])).contains("label 4294967295"));
        let negative = Labels::of(2).ignoring(-100);
        negative.check("targets", &[0, -100_i32 as u32, 1]);
        assert_eq!(
            message(move || negative.check("targets", &[0, -1_i32 as u32])),
            "`targets`: sample 1 has label -1, expected 0 to 1, or -100 for no class"
        );
    }

    #[test]
    fn weights_are_finite_and_not_negative() {
        check_weights("weights", &[0.0, -0.0, 1.5, f32::MAX]);
        for weight in [f32::NAN, f32::INFINITY, -1e-30] {
            let told = message(move || check_weights("weights", &[1.0, weight]));
            assert!(told.starts_with("`weights`: sample 1 has weight "), "{told}");
        }
    }
}
