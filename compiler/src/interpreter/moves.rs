//! Operators that only move numbers, forward and backward: where each number that comes out is in the input.

use crate::ops::{Border, Move};
use ndarray::{ArrayD, Dimension, IxDyn};

/// Computes the operator's output.
pub(super) fn forward(op: &Move, x: &ArrayD<f64>) -> ArrayD<f64> {
    let shape = op.shape(&x.shape()[1..]).unwrap_or_default();
    let whole = IxDyn(&[&x.shape()[..1], &shape].concat());
    ArrayD::from_shape_fn(whole, |at| source(op, x, at.slice(), &shape).map_or(0.0, |from| x[IxDyn(&from)]))
}

/// Gives every gradient to the place that its number came from.
pub(super) fn backward(op: &Move, x: &ArrayD<f64>, slope: &ArrayD<f64>) -> ArrayD<f64> {
    let mut input = ArrayD::zeros(x.raw_dim());
    for (at, part) in slope.indexed_iter() {
        if let Some(from) = source(op, x, at.slice(), &slope.shape()[1..]) {
            input[IxDyn(&from)] += part;
        }
    }
    input
}

/// Returns the place in `x`, batch first, of the number at a place of the output, whose shape this is; none
/// in a border of zeros.
fn source(op: &Move, x: &ArrayD<f64>, at: &[usize], shape: &[usize]) -> Option<Vec<usize>> {
    let input = &x.shape()[1..];
    let n = at[0];
    let from = match op {
        Move::Reshape(_) => {
            let flat = at[1..].iter().zip(shape).fold(0, |flat, (at, size)| flat * size + at);
            let mut rest = flat;
            let mut from = vec![0; input.len()];
            for (from, size) in from.iter_mut().zip(input).rev() {
                (*from, rest) = (rest % size, rest / size);
            }
            from
        }
        Move::Permute(order) => {
            let mut from = vec![0; input.len()];
            order.iter().zip(&at[1..]).for_each(|(&axis, &at)| from[axis] = at);
            from
        }
        Move::Slice { axis, start, step, .. } => {
            let mut from = at[1..].to_vec();
            let place = axis.place(input.len()).expect("the input has the axis");
            from[place] = start + from[place] * step;
            from
        }
        Move::Crop { size, at: corner } => {
            let mut from = at[1..].to_vec();
            for (axis, from) in from.iter_mut().enumerate().skip(1) {
                let middle = (input[axis] - size[axis - 1]) / 2;
                *from += corner.as_ref().map_or(middle, |corner| corner[axis - 1]);
            }
            from
        }
        Move::Pad { border: [above, _, left, _], mode } => {
            let row = inside(*mode, at[2] as isize - *above as isize, input[1] as isize)?;
            let column = inside(*mode, at[3] as isize - *left as isize, input[2] as isize)?;
            vec![at[1], row, column]
        }
        Move::PixelShuffle(r) => {
            vec![at[1] * r * r + at[2] % r * r + at[3] % r, at[2] / r, at[3] / r]
        }
        Move::PixelUnshuffle(r) => {
            vec![at[1] / (r * r), at[2] * r + at[1] / r % r, at[3] * r + at[1] % r]
        }
    };
    Some([&[n], &from[..]].concat())
}

/// Returns the place along an axis of `size` places that lies at `place` of the axis with its border.
fn inside(mode: Border, place: isize, size: isize) -> Option<usize> {
    let place = match mode {
        Border::Zeros => place,
        Border::Reflect if place < 0 => -place,
        Border::Reflect if place >= size => 2 * (size - 1) - place,
        Border::Reflect => place,
        Border::Replicate => place.clamp(0, size - 1),
        Border::Circular => place.rem_euclid(size),
    };
    (0..size).contains(&place).then_some(place as usize)
}
