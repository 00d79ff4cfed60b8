//! A list of operations applied to the samples of a batch.

use super::geometry::{Smooth, Warp};
use super::{Augment, Interpolation, Resample};
use super::{Augmentation, Rows, Targets, colour, mix, noise};
use crate::rng::{Draw, Purpose, Stream};

/// An augmentation with the memory that it needs, which is taken once.
#[derive(Debug)]
pub struct Augmenter {
    augmentation: Augmentation,
    size: [usize; 2],
    sample_len: usize,
    target_len: usize,
    warp: Warp,
    smooth: Smooth,
    before: Vec<f32>,
    targets_before: Vec<f32>,
}

impl Augmenter {
    /// Creates the augmenter for samples of this shape and targets of `target_len` numbers; 0 for targets
    /// without numbers.
    pub fn new(
        augmentation: Augmentation,
        [channels, height, width]: [usize; 3],
        target_len: usize,
    ) -> Augmenter {
        Augmenter {
            augmentation,
            size: [height, width],
            sample_len: channels * height * width,
            target_len,
            warp: Warp::new(height, width),
            smooth: Smooth::default(),
            before: vec![],
            targets_before: vec![],
        }
    }

    /// Changes the samples of a batch.
    pub fn apply(&mut self, batch: &mut Rows) {
        // Classes of places move as numbers, which hold them exactly.
        let of_places = self.target_len > 0
            && batch.values.is_empty()
            && batch.classes.len() == self.target_len * batch.rows.len();
        if of_places {
            batch.values.extend(batch.classes.iter().map(|&class| class as i32 as f32));
        }
        self.change(batch);
        if of_places {
            batch.classes.clear();
            batch.classes.extend(batch.values.drain(..).map(|class| class as i32 as u32));
        }
    }

    fn change(&mut self, batch: &mut Rows) {
        let operations = self.augmentation.operations;
        let mut first = 0;
        for end in 0..=operations.len() {
            let mixes = operations.get(end).is_some_and(|augment| augment.operation.mixes());
            if end < operations.len() && !mixes {
                continue;
            }
            if first < end {
                let targets = batch.values.chunks_mut(self.target_len.max(1));
                // Classes are no numbers to be moved.
                let targets = targets.map(Some).chain(std::iter::repeat_with(|| None));
                let samples = batch.inputs.chunks_exact_mut(self.sample_len);
                for ((&row, sample), target) in batch.rows.iter().zip(samples).zip(targets) {
                    let at = (batch.seed, batch.epoch, row);
                    self.each(&operations[first..end], first, at, sample, target.unwrap_or_default());
                }
            }
            if mixes {
                self.mix(&operations[end], end, batch);
            }
            first = end + 1;
        }
    }

    /// Applies operations to one sample, of which the first is number `first` of the list.
    fn each(
        &mut self,
        operations: &[Augment],
        first: usize,
        at: (u64, u64, u32),
        sample: &mut [f32],
        target: &mut [f32],
    ) {
        let len = self.size[0] * self.size[1];
        for (number, augment) in (first..).zip(operations) {
            let operation = augment.operation;
            let mut draw = draw(at, number);
            let chosen = draw.uniform() < augment.p;
            if !self.warp.takes(operation.resample()) {
                self.move_pixels(sample, target);
            }
            if chosen && self.warp.push(operation, &mut draw) {
                continue;
            }
            if operation.moves() {
                continue;
            }
            self.move_pixels(sample, target);
            let _ = chosen
                && (colour::apply(operation, sample, len, &mut draw)
                    || noise::apply(operation, sample, self.size, &mut self.smooth, &mut draw));
        }
        self.move_pixels(sample, target);
    }

    fn move_pixels(&mut self, sample: &mut [f32], target: &mut [f32]) {
        if !self.warp.is_empty() {
            self.warp.trace();
            self.warp.apply(sample, None);
            match self.augmentation.targets {
                Targets::Labels => {}
                Targets::Masks => {
                    let nearest = Resample { fill: 0.0, interpolation: Interpolation::Nearest };
                    self.warp.apply(target, Some(nearest));
                }
                Targets::Images => self.warp.apply(target, None),
            }
        }
        self.warp.clear();
    }

    fn mix(&mut self, augment: &Augment, number: usize, batch: &mut Rows) {
        self.before.clone_from(&batch.inputs);
        self.targets_before.clone_from(&batch.values);
        let len = self.target_len;
        let samples = batch.inputs.chunks_exact_mut(self.sample_len);
        let targets =
            batch.values.chunks_exact_mut(len.max(1)).map(Some).chain(std::iter::repeat_with(|| None));
        for ((&row, sample), target) in batch.rows.iter().zip(samples).zip(targets) {
            let mut draw = draw((batch.seed, batch.epoch, row), number);
            if draw.uniform() >= augment.p {
                continue;
            }
            let other = draw.below(batch.rows.len() as u32) as usize;
            let mut pair = mix::Pair {
                sample,
                target: target.unwrap_or_default(),
                other: &self.before[other * self.sample_len..][..self.sample_len],
                other_target: &self.targets_before[other * len..][..len],
            };
            mix::apply(augment.operation, self.size, self.augmentation.targets, &mut pair, &mut draw);
        }
    }
}

/// Returns the random numbers of one operation on one sample in one epoch.
fn draw((seed, epoch, row): (u64, u64, u32), number: usize) -> Draw {
    Stream::new(seed, Purpose::Augment, epoch << 32 | u64::from(row), number as u32).draw()
}
