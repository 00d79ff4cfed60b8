//! Orders of axes: Fortran's and C's, channels first and last.

use super::numbers::{Numbers, each};
use super::{Array, Problem};
use netwright_model::Channels;

/// The way from an array of samples to a network's inputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Order {
    /// The numbers are in the network's order.
    Same,
    /// The channels are the last axis, and the network's first.
    ChannelsLast,
}

impl Order {
    /// Finds the order of samples of a shape (without the axis of the samples) for a network's input.
    ///
    /// A sample may leave out an axis of one channel, and an input of one axis takes all numbers of a sample.
    ///
    /// # Errors
    /// If the shape does not fit, or fits with channels first and last.
    pub fn find(sample: &[usize], input: &[usize], channels: Channels) -> Result<Order, Problem> {
        let Some((&count, places)) = input.split_first() else { return misfit(sample, input) };
        let flat = places.is_empty() && product(sample) == Some(count);
        // With one channel both orders are the same numbers.
        let grey = count == 1 && (sample == places || sample.strip_suffix(&[1]) == Some(places));
        if flat || grey || (count == 1 && sample == input) {
            return Ok(Order::Same);
        }
        let first = sample == input;
        let last = sample.split_last() == Some((&count, places));
        match channels {
            Channels::Found if first && last => Err(Problem::Ambiguous { shape: sample.into() }),
            Channels::Found | Channels::First if first => Ok(Order::Same),
            Channels::Found | Channels::Last if last => Ok(Order::ChannelsLast),
            _ => misfit(sample, input),
        }
    }
}

/// Returns how many numbers a shape has, unless they are too many to count.
pub(super) fn product(shape: &[usize]) -> Option<usize> {
    shape.iter().try_fold(1usize, |count, &len| count.checked_mul(len))
}

fn misfit(sample: &[usize], input: &[usize]) -> Result<Order, Problem> {
    Err(Problem::Shape { expected: input.into(), found: sample.into() })
}

impl Array {
    /// Returns the number of samples: the length of the first axis.
    pub fn samples(&self) -> usize {
        self.shape.first().copied().unwrap_or(0)
    }

    /// Converts an array of samples to a network's inputs: `[samples, channels, height, width]`.
    ///
    /// # Errors
    /// Like [`Order::find`].
    pub fn into_inputs(self, input: &[usize], channels: Channels) -> Result<Array, Problem> {
        let Some((&samples, sample)) = self.shape.split_first() else {
            return Err(Problem::Shape { expected: input.into(), found: vec![] });
        };
        let numbers = match Order::find(sample, input, channels)? {
            Order::Same => self.numbers,
            Order::ChannelsLast => each!(self.numbers, values => channels_first(&values, input[0], samples)),
        };
        let shape = [&[samples], input].concat();
        Ok(Array { shape, numbers })
    }
}

/// Moves the channels of each sample before its places.
fn channels_first<T: Copy>(values: &[T], channels: usize, samples: usize) -> Vec<T> {
    let mut moved = Vec::with_capacity(values.len());
    // Without samples, or without numbers in them, there is nothing to move.
    for sample in values.chunks_exact((values.len() / samples.max(1)).max(1)) {
        for channel in 0..channels {
            moved.extend(sample[channel..].iter().step_by(channels));
        }
    }
    moved
}

/// Converts numbers whose first axis is contiguous to those whose last axis is.
pub(super) fn from_fortran<T: Copy>(values: &[T], shape: &[usize]) -> Vec<T> {
    let strides: Vec<usize> =
        shape.iter().scan(1, |stride, len| Some(std::mem::replace(stride, *stride * len))).collect();
    let mut place = vec![0; shape.len()];
    let (mut index, mut moved) = (0, Vec::with_capacity(values.len()));
    while moved.len() < values.len() {
        moved.push(values[index]);
        for axis in (0..shape.len()).rev() {
            place[axis] += 1;
            index += strides[axis];
            if place[axis] < shape[axis] {
                break;
            }
            index -= strides[axis] * shape[axis];
            place[axis] = 0;
        }
    }
    moved
}
