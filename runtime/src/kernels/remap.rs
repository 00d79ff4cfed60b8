//! Parts of images and borders around them: each number that comes out is one that went in, or zero.

use super::gemm::{Columns, MOVE};
use super::isa::{Arithmetic, Kernel, dispatch};
use netwright_model::usual;
use std::marker::PhantomData;

pub use netwright_model::Border;

/// The shapes of a layer that takes a part of an image, or puts a border around it.
pub trait Remap {
    /// The input's shape, `[channels, height, width]` for one sample.
    const INPUT: [usize; 3];
    /// The output's shape.
    const OUTPUT: [usize; 3];
    /// The place along each axis of the input that the first one of the output is at; less than 0 in a border.
    const START: [isize; 3] = usual::START;
    /// The distance in the input of two neighbours of the output.
    const STEP: [usize; 3] = usual::STEP;
    /// The values of the border.
    const BORDER: Border = usual::BORDER;
}

/// Takes `y`, `[n, OH, OW, OC]`, from `x`, `[n, H, W, C]`.
pub fn forward<S: Remap>(n: usize, x: &[f32], y: &mut [f32]) {
    assert_eq!((x.len(), y.len()), (n * Of::<S>::IN, n * Of::<S>::OUT));
    Columns::rows(y, Of::<S>::ROW, MOVE, &|first, y| dispatch(Forward::<S>(first, x, y, PhantomData)));
}

/// Gives each output's gradient to the input that it is; overwrites `dx`.
pub fn backward<S: Remap>(n: usize, dy: &[f32], dx: &mut [f32]) {
    assert_eq!((dx.len(), dy.len()), (n * Of::<S>::IN, n * Of::<S>::OUT));
    dispatch(Backward::<S>(dy, dx, PhantomData));
}

/// Constants that follow from those of a [`Remap`].
struct Of<S>(PhantomData<S>);

impl<S: Remap> Of<S> {
    const IN: usize = S::INPUT[0] * S::INPUT[1] * S::INPUT[2];
    /// Floats of a row of the output.
    const ROW: usize = S::OUTPUT[0] * S::OUTPUT[2];
    const OUT: usize = Self::ROW * S::OUTPUT[1];
    /// The first channel; channels have no border.
    const CHANNEL: usize = {
        assert!(S::START[0] >= 0 && S::OUTPUT[0] > 0);
        let first = S::START[0] as usize;
        assert!(first + (S::OUTPUT[0] - 1) * S::STEP[0] < S::INPUT[0], "a slice reaches beyond the channels");
        first
    };

    /// Returns the input's place along an axis that one of the output is, if it is one.
    #[inline(always)]
    fn source(axis: usize, at: usize) -> Option<usize> {
        let size = S::INPUT[axis] as isize;
        let place = S::START[axis] + (at * S::STEP[axis]) as isize;
        let place = match S::BORDER {
            _ if (0..size).contains(&place) => place,
            Border::Zeros => return None,
            Border::Reflect if place < 0 => -place,
            Border::Reflect => 2 * (size - 1) - place,
            Border::Replicate => place.clamp(0, size - 1),
            Border::Circular => place.rem_euclid(size),
        };
        Some(place as usize)
    }
}

/// Runs `$work` for each pixel of a row of a sample's output: `$from` is where its first channel lies in the input, if it
/// does, `$to` where its pixel begins in the row.
macro_rules! pixels {
    ($S:ident, $row:expr, $from:ident, $to:ident, $work:expr) => {
        let row = Of::<$S>::source(1, $row);
        for column in 0..$S::OUTPUT[2] {
            let $from = match (row, Of::<$S>::source(2, column)) {
                (Some(y), Some(x)) => Some((y * $S::INPUT[2] + x) * $S::INPUT[0] + Of::<$S>::CHANNEL),
                _ => None,
            };
            let $to = column * $S::OUTPUT[0];
            $work;
        }
    };
}

/// The rows of `y`, of which the first is this one of all samples'.
struct Forward<'a, S>(usize, &'a [f32], &'a mut [f32], PhantomData<S>);

impl<S: Remap> Kernel for Forward<'_, S> {
    type Output = ();
    #[inline(always)]
    fn run<M: Arithmetic>(self) {
        let Forward(first, x, y, _) = self;
        for (row, y) in (first..).zip(y.chunks_exact_mut(Of::<S>::ROW)) {
            let (sample, row) = (row / S::OUTPUT[1], row % S::OUTPUT[1]);
            let x = &x[sample * Of::<S>::IN..(sample + 1) * Of::<S>::IN];
            pixels!(S, row, from, to, {
                let y = &mut y[to..to + S::OUTPUT[0]];
                match from {
                    None => y.fill(0.0),
                    Some(from) if S::STEP[0] == 1 => y.copy_from_slice(&x[from..from + S::OUTPUT[0]]),
                    Some(from) => {
                        for (y, x) in y.iter_mut().zip(x[from..].iter().step_by(S::STEP[0])) {
                            *y = *x;
                        }
                    }
                }
            });
        }
    }
}

struct Backward<'a, S>(&'a [f32], &'a mut [f32], PhantomData<S>);

impl<S: Remap> Kernel for Backward<'_, S> {
    type Output = ();
    #[inline(always)]
    fn run<M: Arithmetic>(self) {
        self.1.fill(0.0);
        for (dy, dx) in self.0.chunks_exact(Of::<S>::OUT).zip(self.1.chunks_exact_mut(Of::<S>::IN)) {
            for (row, dy) in dy.chunks_exact(Of::<S>::ROW).enumerate() {
                pixels!(S, row, from, to, {
                    let dy = &dy[to..to + S::OUTPUT[0]];
                    match from {
                        None => {}
                        // Without a border an input is no more than one output.
                        Some(from) if S::STEP[0] == 1 && matches!(S::BORDER, Border::Zeros) => {
                            dx[from..from + S::OUTPUT[0]].copy_from_slice(dy);
                        }
                        Some(from) if S::STEP[0] == 1 => {
                            for (dx, dy) in dx[from..from + S::OUTPUT[0]].iter_mut().zip(dy) {
                                *dx += dy;
                            }
                        }
                        Some(from) => {
                            for (dx, dy) in dx[from..].iter_mut().step_by(S::STEP[0]).zip(dy) {
                                *dx += dy;
                            }
                        }
                    }
                });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::testing::{assert_close, numbers, on_each_isa};

    macro_rules! shape {
        ($name:ident: $input:expr => $output:expr, from $start:expr, step $step:expr, $border:ident) => {
            struct $name;
            impl Remap for $name {
                const INPUT: [usize; 3] = $input;
                const OUTPUT: [usize; 3] = $output;
                const START: [isize; 3] = $start;
                const STEP: [usize; 3] = $step;
                const BORDER: Border = Border::$border;
            }
        };
    }

    shape!(Features: [37, 1, 1] => [9, 1, 1], from [3, 0, 0], step [4, 1, 1], Zeros);
    shape!(Channels: [20, 3, 2] => [17, 3, 2], from [2, 0, 0], step [1, 1, 1], Zeros);
    shape!(Crop: [3, 5, 6] => [3, 2, 3], from [0, 1, 3], step [1, 1, 1], Zeros);
    shape!(Every: [16, 7, 6] => [16, 3, 2], from [0, 1, 0], step [1, 2, 3], Zeros);
    shape!(Zeros: [3, 2, 3] => [3, 7, 6], from [0, -2, -1], step [1, 1, 1], Zeros);
    shape!(Reflect: [5, 3, 4] => [5, 7, 10], from [0, -2, -3], step [1, 1, 1], Reflect);
    shape!(Replicate: [17, 2, 1] => [17, 8, 4], from [0, -5, -2], step [1, 1, 1], Replicate);
    shape!(Circular: [1, 3, 2] => [1, 8, 6], from [0, -3, -2], step [1, 1, 1], Circular);

    /// Returns an axis with its border drawn out: what PyTorch's documents show.
    fn axis<S: Remap>(axis: usize) -> Vec<Option<usize>> {
        let size = S::INPUT[axis];
        let inside: Vec<Option<usize>> = (0..size).map(Some).collect();
        let before: Vec<Option<usize>> = match S::BORDER {
            Border::Zeros => vec![None; 9],
            Border::Reflect => (1..size).rev().map(Some).collect(),
            Border::Replicate => vec![Some(0); 9],
            Border::Circular => inside.clone(),
        };
        let after: Vec<Option<usize>> = match S::BORDER {
            Border::Zeros => vec![None; 9],
            Border::Reflect => (0..size - 1).rev().map(Some).collect(),
            Border::Replicate => vec![Some(size - 1); 9],
            Border::Circular => inside.clone(),
        };
        let first = (before.len() as isize + S::START[axis]) as usize;
        let all = [before, inside, after].concat();
        (0..S::OUTPUT[axis]).map(|i| all[first + i * S::STEP[axis]]).collect()
    }

    fn check<S: Remap>() {
        on_each_isa(|| {
            for n in [0, 1, 3] {
                let (x, dy) = (numbers(1, n * Of::<S>::IN), numbers(2, n * Of::<S>::OUT));
                let (mut y, mut dx) = (vec![f32::NAN; dy.len()], vec![f32::NAN; x.len()]);
                forward::<S>(n, &x, &mut y);
                backward::<S>(n, &dy, &mut dx);
                let (mut want_y, mut want_dx) = (vec![0.0; dy.len()], vec![0.0; x.len()]);
                let [channels, rows, columns] = [0, 1, 2].map(axis::<S>);
                for o in 0..dy.len() {
                    let [c, h, w] = S::OUTPUT;
                    let places = [channels[o % c], rows[o / c / w % h], columns[o / c % w]];
                    if let [Some(channel), Some(row), Some(column)] = places {
                        let sample = o / (c * h * w);
                        let i = ((sample * S::INPUT[1] + row) * S::INPUT[2] + column) * S::INPUT[0] + channel;
                        want_y[o] = f64::from(x[i]);
                        want_dx[i] += f64::from(dy[o]);
                    }
                }
                assert_close(&y, &want_y, 0.0);
                assert_close(&dx, &want_dx, 1e-6);
            }
        });
    }

    #[test]
    fn is_its_definition() {
        check::<Features>();
        check::<Channels>();
        check::<Crop>();
        check::<Every>();
        check::<Zeros>();
        check::<Reflect>();
        check::<Replicate>();
        check::<Circular>();
    }
}
