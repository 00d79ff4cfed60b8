//! Outputs that say a class, or a yes and no, for each place of a picture.

use super::super::arrays::Arrays;
use super::super::pictures::{Pictures, Range, are_pictures};
use super::super::samples::{About, unscaled};
use super::{listed, ranked};
use netwright::app::App;
use netwright::augment::Rows;
use netwright::train::TargetsRef;
use netwright::train::{Answers, Loss};
use netwright::train::{Piece, Predict};
use serde_json::Value;

/// Counts of places for each sample and channel: answered and meant, answered, and meant.
#[derive(Debug)]
pub(super) struct Masks {
    loss: Loss,
    channels: usize,
    places: usize,
    counts: Vec<f32>,
    shape: &'static [usize],
    /// The numbers of other outputs that a sample has before this one.
    before: usize,
}

impl Masks {
    pub(super) fn new(loss: Loss, shape: &'static [usize], before: usize) -> Masks {
        let (channels, places) = (shape[0], shape[1..].iter().product());
        Masks { loss, channels, places, counts: vec![], shape, before }
    }

    pub(super) fn channels(&self) -> usize {
        self.channels
    }

    pub(super) fn add(&mut self, piece: &Piece<'_>) {
        let samples = piece.outputs.len() / piece.len;
        for (sample, output) in piece.outputs.chunks_exact(piece.len).enumerate() {
            let targets = piece.targets.of_samples(sample..sample + 1, samples);
            let mut counts = vec![[0_u32; 3]; self.channels];
            for place in 0..self.places {
                let (answers, meant) = (self.answers(output, place), self.meant(targets, place));
                let (Some(answers), Some(meant)) = (answers, meant) else { continue };
                for (channel, counts) in counts.iter_mut().enumerate() {
                    let (answered, meant) = (answers.has(channel), meant.has(channel));
                    counts[0] += u32::from(answered && meant);
                    counts[1] += u32::from(answered);
                    counts[2] += u32::from(meant);
                }
            }
            self.counts.extend(counts.into_iter().flatten().map(|count| count as f32));
        }
    }

    /// Returns what an output says of a place.
    fn answers(&self, output: &[f32], place: usize) -> Option<Said> {
        match self.loss.answers() {
            Answers::YesOrNo { border, .. } => Some(self.above(border, output, place)),
            Answers::Classes { .. } | Answers::Numbers => self.likeliest(output, place).map(Said::One),
        }
    }

    /// Returns what it should say; `None` where it does not count.
    fn meant(&self, targets: TargetsRef<'_>, place: usize) -> Option<Said> {
        let is_each = matches!(self.loss.answers(), Answers::YesOrNo { .. });
        match targets {
            TargetsRef::Classes(classes) => match *classes.get(place)? {
                class if self.loss.ignores(class) => None,
                // Of a single channel, a class is a yes or no.
                class if is_each && self.channels == 1 => Some(Said::Each(u64::from(class > 0))),
                class => Some(Said::One(class as usize)),
            },
            TargetsRef::Values(values) if is_each => Some(self.above(0.5, values, place)),
            TargetsRef::Values(values) => self.likeliest(values, place).map(Said::One),
        }
    }

    /// Returns the channels of a place that are above a border.
    fn above(&self, border: f32, numbers: &[f32], place: usize) -> Said {
        let row = numbers.iter().skip(place).step_by(self.places).take(self.channels.min(u64::BITS as usize));
        Said::Each(row.enumerate().fold(0, |bits, (channel, x)| bits | u64::from(*x > border) << channel))
    }

    /// Returns the channel of a place with the largest number, the first of several; `None` if one is NaN.
    fn likeliest(&self, numbers: &[f32], place: usize) -> Option<usize> {
        let mut best: Option<(usize, f32)> = None;
        for (channel, &x) in numbers.iter().skip(place).step_by(self.places).take(self.channels).enumerate() {
            if x.is_nan() {
                return None;
            }
            if best.is_none_or(|(_, most)| x > most) {
                best = Some((channel, x));
            }
        }
        best.map(|(channel, _)| channel)
    }

    /// Returns one less Dice's coefficient of each sample: the mean over the channels that are there or answered, the first of several
    /// classes apart, which is usually the ground.
    fn errors(&self) -> Vec<f32> {
        let is_of_classes = !matches!(self.loss.answers(), Answers::YesOrNo { .. });
        let from = usize::from(is_of_classes && self.channels > 1);
        let sample = |counts: &[f32]| {
            let each = counts.chunks_exact(3).skip(from).filter(|counts| counts[1] + counts[2] > 0.0);
            let dice: Vec<f32> = each.map(|counts| 2.0 * counts[0] / (counts[1] + counts[2])).collect();
            // Nothing there and nothing found is right.
            if dice.is_empty() { 0.0 } else { 1.0 - dice.iter().sum::<f32>() / dice.len() as f32 }
        };
        self.counts.chunks_exact(3 * self.channels).map(sample).collect()
    }

    /// Keeps the counts.
    pub(super) fn keep(&self, arrays: &mut Arrays) {
        let samples = self.counts.len() / (3 * self.channels);
        arrays.numbers("test.counts", &[samples, self.channels, 3], &self.counts);
        arrays.numbers("test.errors", &[samples], &self.errors());
    }

    /// Keeps pictures of the best, the median and the worst samples, what was answered and what was meant.
    pub(super) fn examples<A: App>(&self, about: &About<'_, A>, arrays: &mut Arrays) -> Value {
        let errors = self.errors();
        let shape = about.data.pictures().shape();
        let own = [&[1], &self.shape[1..]].concat();
        if !are_pictures(shape) || !are_pictures(&own) {
            return Value::Null;
        }
        let examples = ranked(&errors);
        let [mut inputs, mut outputs, mut targets] = <[Pictures; 3]>::default();
        for &(_, sample) in &examples {
            let Some((input, output, wanted)) = self.example(about, sample) else { return Value::Null };
            inputs.add(&input, shape, Range::of(&input));
            outputs.add_classes(&output, &own);
            targets.add_classes(&wanted, &own);
        }
        let axes = [examples.len()];
        inputs.keep("test.example.inputs", &axes, arrays);
        outputs.keep("test.example.outputs", &axes, arrays);
        targets.keep("test.example.targets", &axes, arrays);
        listed(&examples, &errors, about)
    }

    /// Returns the input of a sample, and for each place what is answered and meant: 0 or a class, or 1 and more for the first yes.
    fn example<A: App>(&self, about: &About<'_, A>, sample: usize) -> Option<(Vec<f32>, Vec<u8>, Vec<u8>)> {
        let mut inputs = vec![];
        about.data.read(sample..sample + 1, &mut inputs).ok()?;
        let mut outputs = vec![0.0; A::Model::OUTPUT];
        about.model.predict(&inputs, &mut outputs);
        let output = &outputs[self.before..][..self.channels * self.places];
        let mut room = Rows::default();
        let targets = about.data.targets_of(sample..sample + 1, &mut room).ok()??;
        let places = || 0..self.places;
        let byte = |said: Option<Said>| said.map_or(0, Said::byte);
        Some((
            unscaled(about.data, about.normalization, sample).ok()?,
            places().map(|place| byte(self.answers(output, place))).collect(),
            places().map(|place| byte(self.meant(targets, place))).collect(),
        ))
    }
}

/// A class, or yes and no, of a place.
#[derive(Clone, Copy)]
enum Said {
    One(usize),
    /// A bit for each channel; of more than 64, the first.
    Each(u64),
}

impl Said {
    fn has(self, channel: usize) -> bool {
        match self {
            Said::One(class) => class == channel,
            Said::Each(bits) => channel < u64::BITS as usize && bits >> channel & 1 > 0,
        }
    }

    /// Returns the class, or one more than the number of the first channel that is a yes; 0 if none is.
    fn byte(self) -> u8 {
        let number = match self {
            Said::One(class) => class,
            Said::Each(0) => 0,
            Said::Each(bits) => bits.trailing_zeros() as usize + 1,
        };
        number.min(255) as u8
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn overlaps_are_counted_for_each_sample() {
        let mut masks = Masks::new(Loss::binary_cross_entropy(false), &[1, 2, 2], 0);
        let targets = [1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0];
        let outputs = &[0.9, 0.1, 0.8, 0.2, 0.1, 0.2, 0.3, 0.4];
        masks.add(&Piece { outputs, logits: &[], targets: TargetsRef::Values(&targets), len: 4 });
        assert_eq!(masks.counts, [1.0, 2.0, 2.0, 0.0, 0.0, 0.0]);
        assert_eq!(masks.errors(), [0.5, 0.0]);
    }

    #[test]
    fn the_ground_is_no_region_of_classes() {
        let mut masks = Masks::new(Loss::CrossEntropy { logits: false }, &[2, 1, 2], 0);
        let classes = [0, 1];
        let outputs = &[0.9, 0.8, 0.1, 0.2];
        masks.add(&Piece { outputs, logits: &[], targets: TargetsRef::Classes(&classes), len: 4 });
        assert_eq!(masks.counts, [1.0, 2.0, 1.0, 0.0, 0.0, 1.0]);
        assert_eq!(masks.errors(), [1.0]);
    }
}
