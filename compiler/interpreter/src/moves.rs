//! Operators that only move numbers, forward and backward: where each number that comes out is in the input.

use ndarray::{ArrayD, Dimension, IxDyn};
use netwright_compiler::ops::Move;

/// Computes the operator's output, a sample of which has this shape.
pub(super) fn forward(op: &Move, x: &ArrayD<f64>, shape: &[usize]) -> ArrayD<f64> {
    let whole = IxDyn(&[&x.shape()[..1], shape].concat());
    ArrayD::from_shape_fn(whole, |at| x[IxDyn(&source(op, x, at.slice(), shape))])
}

/// Gives every gradient to the place that its number came from.
pub(super) fn backward(op: &Move, x: &ArrayD<f64>, slope: &ArrayD<f64>) -> ArrayD<f64> {
    let mut input = ArrayD::zeros(x.raw_dim());
    for (at, part) in slope.indexed_iter() {
        let from = source(op, x, at.slice(), &slope.shape()[1..]);
        input[IxDyn(&from)] += part;
    }
    input
}

/// Returns the place in `x`, batch first, of the number at a place of the output, whose shape this is.
fn source(op: &Move, x: &ArrayD<f64>, at: &[usize], shape: &[usize]) -> Vec<usize> {
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
        Move::PixelShuffle(r) => {
            vec![at[1] * r * r + at[2] % r * r + at[3] % r, at[2] / r, at[3] / r]
        }
        Move::PixelUnshuffle(r) => {
            vec![at[1] / (r * r), at[2] * r + at[1] / r % r, at[3] * r + at[1] % r]
        }
    };
    [&[n], &from[..]].concat()
}
