//! The lessons, a file each, in their order.

mod augmenting;
mod hidden;
mod maps;
mod one_neuron;
mod optimizers;
mod parabola;
mod penalties;
mod pools;
mod rates;
mod saliency;
mod shifts;
mod sliding;
mod slope;
mod transferring;
mod vanish;

use crate::Failure;
use crate::lesson::Lesson;

pub(crate) use maps::digit;

/// The width and the height of a digit, in pixels.
pub(crate) const SIDE: usize = 28;

/// All lessons.
pub(crate) const ALL: [fn() -> Result<Lesson, Failure>; 15] = [
    one_neuron::lesson,
    slope::lesson,
    parabola::lesson,
    rates::lesson,
    hidden::lesson,
    vanish::lesson,
    penalties::lesson,
    augmenting::lesson,
    optimizers::lesson,
    sliding::lesson,
    maps::lesson,
    pools::lesson,
    shifts::lesson,
    transferring::lesson,
    saliency::lesson,
];
