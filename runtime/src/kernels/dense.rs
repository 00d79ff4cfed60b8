//! Dense layers: weights are `[O][I]` as PyTorch has them, samples are rows.
//!
//! The serial functions suit a tile of a few samples in one thread; those ending in `_batch` share the work of a whole
//! batch between threads by outputs, so that each weight is read once and no result depends on who computes it.

use super::activation::{Activation, Slope};
use super::conv;
use super::gemm::{Columns, LANES};
use super::isa::{Any, Instructions, dispatch};
use crate::parallel;

mod forward;
mod input;
mod packed;
#[cfg(test)]
mod tests;
mod weight;

use forward::Forward;
use input::InputGrad;
use packed::Packed;
pub use packed::{pack, packed_len};
use weight::WeightGrad;

/// Computes `y = activation(x wᵀ + bias)`: `x` is `[n, I]`, `w` `[O, I]`, `y` `[n, O]`.
#[inline]
pub fn forward<const I: usize, const O: usize, A: Activation>(
    n: usize,
    activation: A,
    x: &[f32],
    w: &[f32],
    bias: Option<&[f32]>,
    y: &mut [f32],
) {
    forward_in::<I, O, A>(Any, n, activation, x, w, bias, y);
}

/// Runs `forward` with these instructions.
#[inline(always)]
pub fn forward_in<const I: usize, const O: usize, A: Activation>(
    m: impl Instructions,
    n: usize,
    activation: A,
    x: &[f32],
    w: &[f32],
    bias: Option<&[f32]>,
    y: &mut [f32],
) {
    check::<I, O>(n, x, w, y);
    assert!(bias.is_none_or(|bias| bias.len() == O));
    if m.together() {
        return m.run(Forward::<I, O, A> { n, activation, x, w, bias, y: Columns::all(y, O) });
    }
    // Few samples use each weight for less than it takes to fetch it.
    Columns::assisted(y, O, 6, operations::<I, O>(n.max(4)), |y| {
        dispatch(Forward::<I, O, A> { n, activation, x, w, bias, y });
    });
}

/// Computes what `forward` does, but for rounding, from weights that `pack` has packed.
#[inline]
pub fn forward_packed<const I: usize, const O: usize, A: Activation>(
    n: usize,
    activation: A,
    x: &[f32],
    packed: &[f32],
    bias: Option<&[f32]>,
    y: &mut [f32],
) {
    forward_packed_in::<I, O, A>(Any, n, activation, x, packed, bias, y);
}

/// Runs [`forward_packed`] with these instructions.
#[inline(always)]
pub fn forward_packed_in<const I: usize, const O: usize, A: Activation>(
    m: impl Instructions,
    n: usize,
    activation: A,
    x: &[f32],
    packed: &[f32],
    bias: Option<&[f32]>,
    y: &mut [f32],
) {
    const { assert!(I > 0 && O > 0) };
    assert_eq!(x.len(), n * I);
    assert_eq!(packed.len(), packed_len::<I, O>());
    assert_eq!(y.len(), n * O);
    assert!(bias.is_none_or(|bias| bias.len() == O));
    if m.together() {
        return m.run(Packed::<I, O, A> { n, activation, x, packed, bias, y: Columns::all(y, O) });
    }
    Columns::assisted(y, O, packed::width(O), operations::<I, O>(n.max(4)), |y| {
        dispatch(Packed::<I, O, A> { n, activation, x, packed, bias, y });
    });
}

/// Computes the gradient of the inputs, `dx = (dy w) · slope`; overwrites `dx`. `slope` is that of the
/// activation which made the inputs, at the inputs.
#[inline]
pub fn input_grad<const I: usize, const O: usize, A: Activation>(
    n: usize,
    dy: &[f32],
    w: &[f32],
    slope: Slope<'_, A>,
    dx: &mut [f32],
) {
    input_grad_in::<I, O, A>(Any, n, dy, w, slope, dx);
}

/// Runs [`input_grad`] with these instructions.
#[inline(always)]
pub fn input_grad_in<const I: usize, const O: usize, A: Activation>(
    m: impl Instructions,
    n: usize,
    dy: &[f32],
    w: &[f32],
    slope: Slope<'_, A>,
    dx: &mut [f32],
) {
    check::<I, O>(n, dx, w, dy);
    assert!(slope.outputs.is_empty() || slope.outputs.len() == dx.len());
    m.run(InputGrad::<I, O, A> { n, dy, w, slope, dx: Columns::all(dx, I) });
}

/// Adds the gradient of the weights, `dyᵀ x`, to `grad`.
#[inline]
pub fn weight_grad<const I: usize, const O: usize>(n: usize, x: &[f32], dy: &[f32], grad: &mut [f32]) {
    weight_grad_in::<I, O>(Any, n, x, dy, grad);
}

/// Runs [`weight_grad`] with these instructions.
#[inline(always)]
pub fn weight_grad_in<const I: usize, const O: usize>(
    m: impl Instructions,
    n: usize,
    x: &[f32],
    dy: &[f32],
    grad: &mut [f32],
) {
    check::<I, O>(n, x, grad, dy);
    m.run(WeightGrad::<I, O, true> { n, x, dy, first: 0, grad });
}

/// Computes the gradient of the weights by one sample; unlike [`weight_grad`] it overwrites `grad`.
pub fn weight_grad_of_one<const I: usize, const O: usize>(x: &[f32], dy: &[f32], grad: &mut [f32]) {
    weight_grad_of_one_in::<I, O>(Any, x, dy, grad);
}

/// Runs [`weight_grad_of_one`] with these instructions.
#[inline(always)]
pub fn weight_grad_of_one_in<const I: usize, const O: usize>(
    m: impl Instructions,
    x: &[f32],
    dy: &[f32],
    grad: &mut [f32],
) {
    check::<I, O>(1, x, grad, dy);
    m.run(WeightGrad::<I, O, false> { n: 1, x, dy, first: 0, grad });
}

/// Runs `forward` with every thread.
pub fn forward_batch<const I: usize, const O: usize, A: Activation>(
    n: usize,
    activation: A,
    x: &[f32],
    w: &[f32],
    bias: Option<&[f32]>,
    y: &mut [f32],
) {
    check::<I, O>(n, x, w, y);
    assert!(bias.is_none_or(|bias| bias.len() == O));
    Columns::share(y, O, PART, operations::<I, O>(n), |y| {
        dispatch(Forward::<I, O, A> { n, activation, x, w, bias, y });
    });
}

/// Runs [`input_grad`] with every thread.
pub fn input_grad_batch<const I: usize, const O: usize, A: Activation>(
    n: usize,
    dy: &[f32],
    w: &[f32],
    slope: Slope<'_, A>,
    dx: &mut [f32],
) {
    check::<I, O>(n, dx, w, dy);
    assert!(slope.outputs.is_empty() || slope.outputs.len() == dx.len());
    let part = PART.next_multiple_of(LANES * input::columns(I));
    Columns::share(dx, I, part, operations::<I, O>(n), |dx| {
        dispatch(InputGrad::<I, O, A> { n, dy, w, slope, dx });
    });
}

/// Computes the gradient of the weights, with every thread; unlike [`weight_grad`] it overwrites `grad`.
pub fn weight_grad_batch<const I: usize, const O: usize>(n: usize, x: &[f32], dy: &[f32], grad: &mut [f32]) {
    check::<I, O>(n, x, grad, dy);
    parallel::rows(grad, I, PART, operations::<I, O>(n), |first, grad| {
        dispatch(WeightGrad::<I, O, false> { n, x, dy, first, grad });
    });
}

/// Computes the gradient of the bias, the column sums of `dy`; overwrites `grad`.
pub fn bias_grad_batch<const O: usize>(dy: &[f32], grad: &mut [f32]) {
    grad.fill(0.0);
    conv::bias_grad::<O>(dy, grad);
}

/// The approximate number of outputs in a part of a shared layer: enough to reuse what the part reads.
const PART: usize = 48;

/// Counts the multiplications of a layer for `n` samples: on 32 bits more than a `usize` may count.
const fn operations<const I: usize, const O: usize>(n: usize) -> u64 {
    n as u64 * (I as u64 * O as u64)
}

#[inline(always)]
fn check<const I: usize, const O: usize>(n: usize, inputs: &[f32], weights: &[f32], outputs: &[f32]) {
    const { assert!(I > 0 && O > 0) };
    assert_eq!(inputs.len(), n * I);
    assert_eq!(weights.len(), I * O);
    assert_eq!(outputs.len(), n * O);
}

/// Iterator over tiles of `P` of `n` samples and over single samples; the last tile may overlap the one
/// before it.
struct Samples<const P: usize> {
    next: usize,
    n: usize,
    overlap: bool,
}

impl<const P: usize> Samples<P> {
    fn of(n: usize) -> Self {
        Samples { next: 0, n, overlap: true }
    }

    /// Creates tiles that meet no sample twice.
    fn once(n: usize) -> Self {
        Samples { next: 0, n, overlap: false }
    }
}

impl<const P: usize> Iterator for Samples<P> {
    /// The first sample, and whether a whole tile begins there.
    type Item = (usize, bool);

    #[inline(always)]
    fn next(&mut self) -> Option<(usize, bool)> {
        let first = self.next;
        let left = self.n - first;
        if left == 0 {
            None
        } else if left >= P {
            self.next += P;
            Some((first, true))
        } else if self.overlap && self.n > P && 2 * left > P {
            self.next = self.n;
            Some((self.n - P, true))
        } else {
            self.next += 1;
            Some((first, false))
        }
    }
}
