//! Segmentation metrics: how well regions of images are found, class by class over all pixels.

use super::classification::{Counts, Labels, PerClass, answered};
use super::{Average, ClassCounts, Value, class_of};

/// Counts of images' pixels by class or mask. No images are kept.
///
/// ```
/// use netwright::metrics::{Average, Segmentation, Value};
///
/// // One mask of four pixels.
/// let mut masks = Segmentation::of_masks(1, 0.5);
/// masks.add_masks(&[0.9, 0.8, 0.2, 0.1], &[1.0, 0.0, 1.0, 0.0]);
/// assert_eq!(masks.dice(Average::Macro), Value::Number(Some(0.5)));
/// assert_eq!(masks.iou(Average::Macro), Value::Number(Some(1.0 / 3.0)));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Segmentation {
    pixels: Pixels,
}

#[derive(Clone, Debug, PartialEq)]
enum Pixels {
    /// Pixels of one class each.
    Classes(ClassCounts),
    /// Pixels inside or outside each mask.
    Masks { labels: Labels, masks: usize, border: f32 },
}

impl Segmentation {
    /// Creates counts for pixels that are each of one of `classes` classes: that with the largest output.
    pub fn of_classes(classes: usize) -> Segmentation {
        Segmentation { pixels: Pixels::Classes(ClassCounts::empty(classes)) }
    }

    /// Creates counts for pixels that are each in any of `masks` masks: in those whose output is above the
    /// border, which is 0.5 for probabilities and 0 for logits.
    pub fn of_masks(masks: usize, border: f32) -> Segmentation {
        Segmentation { pixels: Pixels::Masks { labels: Labels::new(masks), masks, border } }
    }

    /// Adds an image: outputs `[classes, pixels]`, and the class of each pixel; those of class `ignore` do not count. A negative label is its two's complement.
    ///
    /// # Panics
    /// If these are masks, there are not as many outputs as classes for each pixel, or there is no such class.
    pub fn add_classes(&mut self, outputs: &[f32], classes: &[u32], ignore: Option<i32>) {
        let Pixels::Classes(counts) = &mut self.pixels else { panic!("pixels are in masks here") };
        assert_eq!(outputs.len(), counts.classes() * classes.len(), "an output for each pixel and class");
        let mut row = Places::new(counts.classes(), classes.len());
        for (at, &class) in classes.iter().enumerate() {
            if Some(class as i32) != ignore {
                counts.add(class as usize, class_of(row.at(outputs, at)));
            }
        }
    }

    /// Adds an image: outputs `[masks, pixels]`, and as many targets, above 0.5 where a pixel is in a mask.
    ///
    /// # Panics
    /// If these are classes, or there are not as many outputs as targets, or not as many of each mask.
    pub fn add_masks(&mut self, outputs: &[f32], targets: &[f32]) {
        let Pixels::Masks { labels, masks, border } = &mut self.pixels else {
            panic!("pixels are of classes here")
        };
        assert!(
            outputs.len() == targets.len() && outputs.len().is_multiple_of(*masks),
            "an output and a target for each pixel and mask"
        );
        let pixels = outputs.len() / *masks;
        let [mut row, mut target] = [(); 2].map(|()| Places::new(*masks, pixels));
        for at in 0..pixels {
            let pairs = target.at(targets, at).iter().zip(row.at(outputs, at));
            labels.add(pairs.map(|(&t, &y)| (t > 0.5, answered(y, *border, t > 0.5))));
        }
    }

    /// Returns the counts of each class or mask.
    pub fn per_class(&self) -> PerClass {
        match &self.pixels {
            Pixels::Classes(counts) => counts.per_class(),
            Pixels::Masks { labels, .. } => labels.per_class(),
        }
    }

    /// Returns Dice's coefficient, `2 |A ∩ B| / (|A| + |B|)`.
    pub fn dice(&self, average: Average) -> Value {
        self.per_class().value(average, Counts::f1)
    }

    /// Returns Jaccard's index, `|A ∩ B| / |A ∪ B|` (`jaccard_score`).
    pub fn iou(&self, average: Average) -> Value {
        self.per_class().value(average, Counts::iou)
    }
}

/// Reader of the numbers of each place, which lie sample after sample, channel after channel.
pub(super) struct Places {
    channels: usize,
    pixels: usize,
    row: Vec<f32>,
}

impl Places {
    pub(super) fn new(channels: usize, pixels: usize) -> Places {
        Places { channels, pixels, row: Vec::new() }
    }

    /// Returns the numbers of a place, counted over all samples.
    pub(super) fn at<'a>(&'a mut self, numbers: &'a [f32], at: usize) -> &'a [f32] {
        let (sample, pixel) = (at / self.pixels, at % self.pixels);
        let first = sample * self.channels * self.pixels + pixel;
        if self.pixels == 1 {
            return &numbers[first..][..self.channels];
        }
        self.row.clear();
        self.row.extend((0..self.channels).map(|channel| numbers[first + channel * self.pixels]));
        &self.row
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn pixels_are_of_the_class_with_the_largest_output() {
        let mut images = Segmentation::of_classes(2);
        // Two classes by three pixels: the answers are 0, 1, 0.
        let outputs = [0.9, 0.2, 0.6, 0.1, 0.8, 0.4];
        images.add_classes(&outputs, &[0, 1, 1], None);
        assert_eq!(images.iou(Average::None), Value::PerClass(vec![Some(0.5), Some(0.5)]));
        assert_eq!(images.dice(Average::Macro), Value::Number(Some(2.0 / 3.0)));
        images.add_classes(&outputs, &[9, 9, 9], Some(9));
        assert_eq!(images.iou(Average::Micro), Value::Number(Some(0.5)));
    }

    #[test]
    fn masks_overlap() {
        let mut masks = Segmentation::of_masks(2, 0.0);
        masks.add_masks(&[1.0, -1.0, 1.0, 1.0], &[1.0, 0.0, 0.0, 1.0]);
        assert_eq!(masks.iou(Average::None), Value::PerClass(vec![Some(1.0), Some(0.5)]));
        // A mask that is nowhere and was found nowhere: 0, as scikit-learn has it.
        let mut empty = Segmentation::of_masks(1, 0.5);
        empty.add_masks(&[0.5, 0.0], &[0.0, 0.0]);
        assert_eq!(empty.dice(Average::Macro), Value::Number(Some(0.0)));
    }

    proptest! {
        #[test]
        fn images_may_come_in_any_parts(
            outputs in proptest::collection::vec(0.0..1.0_f32, 24),
            targets in proptest::collection::vec(any::<bool>(), 24),
        ) {
            let targets: Vec<f32> = targets.iter().map(|&t| f32::from(u8::from(t))).collect();
            let mut whole = Segmentation::of_masks(1, 0.5);
            whole.add_masks(&outputs, &targets);
            let mut parts = Segmentation::of_masks(1, 0.5);
            for (y, t) in outputs.chunks(7).zip(targets.chunks(7)) {
                parts.add_masks(y, t);
            }
            prop_assert_eq!(&whole, &parts);
            let [dice, iou] = [whole.dice(Average::Macro), whole.iou(Average::Macro)].map(|v| v.number().unwrap());
            prop_assert!((dice - 2.0 * iou / (1.0 + iou)).abs() < 1e-12);
        }
    }
}
