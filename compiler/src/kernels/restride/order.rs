//! Orders of numbers in memory, and one order after another.

use super::super::layout::Layout;
use super::Order;
use crate::graph::LayerId;

/// An axis of numbers that are written: their count, and the distance of two neighbours among those that are read.
pub(super) type Axis = (usize, usize);

/// The axes of an order, from the outermost to the innermost. Each number is read once: of the strides in their order, each is
/// the product of the counts before.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Axes(pub(super) Vec<Axis>);

impl Axes {
    pub(super) fn of_order(order: &Order) -> Axes {
        Axes(order.sizes.into_iter().zip(order.strides).collect()).merged()
    }

    /// Returns these axes, at most five, as a layer's order.
    pub(super) fn order(&self, layer: LayerId) -> Order {
        let (mut sizes, mut strides) = ([1; 5], [0; 5]);
        let first = sizes.len() - self.0.len();
        for (at, &(count, stride)) in (first..).zip(&self.0) {
            (sizes[at], strides[at]) = (count, stride);
        }
        Order { sizes, strides, layer }
    }

    /// Returns the order that a conversion of layouts makes of an image with these channels and pixels.
    pub(super) fn of_layout(layout: Layout, channels: usize, pixels: usize) -> Option<Axes> {
        match layout {
            Layout::ChannelsFirst => Some(Axes(vec![(channels, 1), (pixels, channels)])),
            Layout::ChannelsLast => Some(Axes(vec![(pixels, 1), (channels, pixels)])),
            // A copy for the caller.
            Layout::Logits => None,
        }
    }

    /// Returns the order of what `first` makes, read by this one: `None` where an axis of the one ends within an axis of the
    /// other.
    pub(super) fn after(&self, first: &Axes) -> Option<Axes> {
        let mut all = vec![];
        for &(count, stride) in self.0.iter().rev() {
            let (mut count, mut stride) = (count, stride);
            while count > 1 {
                let (most, along) = first.step(stride)?;
                let part = count.min(most);
                if !count.is_multiple_of(part) {
                    return None;
                }
                all.push((part, along));
                (count, stride) = (count / part, stride * part);
            }
        }
        all.reverse();
        Some(Axes(all).merged())
    }

    /// Returns the number of steps of this size among the numbers written before the axis ends, and the distance of each among
    /// those read.
    fn step(&self, size: usize) -> Option<Axis> {
        let mut weight = 1;
        for &(count, stride) in self.0.iter().rev() {
            if size < weight * count {
                let skipped = size / weight;
                let whole = size.is_multiple_of(weight) && count.is_multiple_of(skipped);
                return whole.then_some((count / skipped, skipped * stride));
            }
            weight *= count;
        }
        None
    }

    /// Joins neighbouring axes that are one, and leaves out those of one number.
    fn merged(self) -> Axes {
        let mut all: Vec<Axis> = vec![];
        for (count, stride) in self.0.into_iter().filter(|(count, _)| *count > 1) {
            match all.last_mut() {
                Some((before, distance)) if *distance == stride * count => (*before, *distance) = (*before * count, stride),
                _ => all.push((count, stride)),
            }
        }
        Axes(all)
    }

    /// Returns true if numbers are read in runs, or the last two axes are a matrix that is transposed: other orders take longer
    /// than the conversions that they would replace.
    pub(super) fn is_fast(&self) -> bool {
        match self.0[..] {
            [] => true,
            [.., (_, 1)] => true,
            [.., (count, 1), (_, stride)] => stride >= count,
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Returns what is read for each number written.
    fn read(axes: &Axes) -> Vec<usize> {
        axes.0.iter().fold(vec![0], |all, &(count, stride)| {
            all.iter().flat_map(|at| (0..count).map(move |i| at + i * stride)).collect()
        })
    }

    /// Returns the order of axes of these counts that are read in another order.
    fn permuted(counts: &[usize], order: &[usize]) -> Axes {
        let stride = |axis: usize| counts[axis + 1..].iter().product();
        Axes(order.iter().map(|&axis| (counts[axis], stride(axis))).collect())
    }

    #[test]
    fn a_channel_shuffle_is_a_transposition_of_each_pixel() {
        // Two groups of 58 channels, of 784 pixels: `reshape`, `permute`, `reshape` with the layouts between them.
        let of = |layout, channels, pixels| Axes::of_layout(layout, channels, pixels).unwrap();
        let mut axes = of(Layout::ChannelsFirst, 116, 784);
        axes = of(Layout::ChannelsLast, 2, 58 * 784).after(&axes).unwrap();
        // As `permute([1, 0, 2])` is for channels last: 2 x 784 pixels of 58 channels.
        let permute = Axes(vec![(2, 1), (784, 2), (58, 2 * 784)]);
        axes = permute.after(&axes).unwrap();
        axes = of(Layout::ChannelsFirst, 58, 2 * 784).after(&axes).unwrap();
        axes = of(Layout::ChannelsLast, 116, 784).after(&axes).unwrap();
        assert_eq!(axes, Axes(vec![(784, 116), (58, 1), (2, 58)]));
        assert!(axes.is_fast());
    }

    #[test]
    fn axes_that_overlap_are_not_joined() {
        let six = permuted(&[2, 3], &[1, 0]);
        assert_eq!(six.after(&six), None);
    }

    proptest! {
        #[test]
        fn one_after_another_reads_what_both_read(
            counts in prop::collection::vec(prop::sample::select(vec![1usize, 2, 3, 4]), 4),
            a in Just([0usize, 1, 2, 3]).prop_shuffle(),
            b in Just([0usize, 1, 2, 3]).prop_shuffle(),
        ) {
            let first = permuted(&counts, &a);
            let written: Vec<usize> = a.iter().map(|&axis| counts[axis]).collect();
            let second = permuted(&written, &b);
            let both = second.after(&first).expect("the same axes");
            let (inner, outer) = (read(&first), read(&second));
            let want: Vec<usize> = outer.iter().map(|&at| inner[at]).collect();
            prop_assert_eq!(read(&both), want);
            // Without axes in common, it is right or refused.
            let other = permuted(&counts, &b);
            if let Some(both) = other.after(&first) {
                let want: Vec<usize> = read(&other).iter().map(|&at| inner[at]).collect();
                prop_assert_eq!(read(&both), want);
            }
        }
    }
}
