//! Convolution with any kernel, stride, padding, dilation and groups.
//!
//! No column buffer is built: a tile of output pixels stays in registers while the taps' input pixels and the packed
//! weights pass by. The gradient of the inputs is the same walk over the other plane, with the weights transposed.

use super::activation::{Activation, Identity};
use super::gemm::{Columns, LANES};
use super::isa::{Any, Instructions, dispatch};
use super::pool::Pool;
use crate::parallel;
use netwright_model::packing::Convolution;
use netwright_model::usual;
use std::cell::RefCell;
use std::marker::PhantomData;

mod bias;
mod depthwise;
mod narrow;
mod pack;
mod planar;
mod planar_weight;
mod plane;
mod spread;
mod target;
#[cfg(test)]
mod tests;
mod walk;
mod weight;
mod weight_batch;
mod winograd;

pub use netwright_model::Algorithm;
pub use pack::{grad_len, pack, pack_transposed, packed_len, packed_transposed_len, unpack_grad};

/// The shapes of a convolution, `[channels, height, width]` for one sample.
pub trait Conv {
    /// The input's shape.
    const INPUT: [usize; 3];
    /// The output's shape; the padding at the bottom and at the right follows from it.
    const OUTPUT: [usize; 3];
    /// The kernel's height and width.
    const KERNEL: [usize; 2];
    /// The steps from output to output.
    const STRIDE: [usize; 2] = usual::STRIDE;
    /// The padding: rows of zeros above, columns of zeros to the left.
    const PAD: [usize; 2] = usual::PAD;
    /// The steps from tap to tap.
    const DILATION: [usize; 2] = usual::DILATION;
    /// Groups of channels that do not see each other.
    const GROUPS: usize = usual::GROUPS;
    /// The algorithm for the outputs.
    const FORWARD: Algorithm = usual::ALGORITHM;
    /// The algorithm for the gradients of the inputs.
    const BACKWARD: Algorithm = usual::ALGORITHM;
}

/// Constants that follow from those of a [`Conv`].
struct Of<S>(PhantomData<S>);

impl<S: Conv> Of<S> {
    /// Floats of one sample's input.
    const IN: usize = S::INPUT[0] * S::INPUT[1] * S::INPUT[2];
    /// Floats of one sample's output.
    const OUT: usize = S::OUTPUT[0] * S::OUTPUT[1] * S::OUTPUT[2];
    /// Input channels of one group.
    const CI: usize = S::INPUT[0] / S::GROUPS;
    /// Output channels of one group.
    const CO: usize = S::OUTPUT[0] / S::GROUPS;
    /// Taps of the kernel.
    const TAPS: usize = S::KERNEL[0] * S::KERNEL[1];
    /// Each channel is convolved by itself.
    const DEPTHWISE: bool = Self::PACKING.is_depthwise();
    /// Winograd's algorithm is used from inputs to outputs, and from outputs to inputs.
    const FEWER: bool = matches!(S::FORWARD, Algorithm::Winograd);
    const FEWER_BACK: bool = matches!(S::BACKWARD, Algorithm::Winograd);
    /// The description by which packed weights are laid out.
    const PACKING: Convolution = Convolution {
        inputs: S::INPUT[0],
        outputs: S::OUTPUT[0],
        taps: Self::TAPS,
        groups: S::GROUPS,
        forward: S::FORWARD,
        backward: S::BACKWARD,
    };
    const WEIGHTS: usize = S::GROUPS * Self::TAPS * Self::CI * Self::CO;

    const CHECK: () = {
        assert!(S::GROUPS > 0 && S::INPUT[0] > 0 && S::OUTPUT[0] > 0);
        assert!(S::INPUT[0].is_multiple_of(S::GROUPS), "groups must divide the input's channels");
        assert!(S::OUTPUT[0].is_multiple_of(S::GROUPS), "groups must divide the output's channels");
        if Self::FEWER || Self::FEWER_BACK {
            assert!(S::KERNEL[0] == 3 && S::KERNEL[1] == 3 && S::GROUPS == 1);
            assert!(S::STRIDE[0] == 1 && S::STRIDE[1] == 1 && S::DILATION[0] == 1 && S::DILATION[1] == 1);
            assert!(S::PAD[0] <= 2 && S::PAD[1] <= 2);
        }
        let mut axis = 0;
        while axis < 2 {
            assert!(S::KERNEL[axis] > 0 && S::STRIDE[axis] > 0 && S::DILATION[axis] > 0);
            assert!(S::INPUT[axis + 1] > 0 && S::OUTPUT[axis + 1] > 0);
            axis += 1;
        }
    };
}

/// Computes `y = activation(conv(x) + bias)`: `x` is `[n, H, W, C]`, `y` `[n, OH, OW, CO]`, `packed` comes
/// from `pack`.
pub fn forward<S: Conv, A: Activation>(
    n: usize,
    activation: A,
    x: &[f32],
    packed: &[f32],
    bias: Option<&[f32]>,
    y: &mut [f32],
) {
    forward_with::<S, A>(n, activation, x, packed, bias, None, y);
}

/// Computes `y = activation(conv(x) + bias + residual)`: what [`forward`] does, with a `residual` of `y`'s
/// shape.
pub fn forward_add<S: Conv, A: Activation>(
    n: usize,
    activation: A,
    x: &[f32],
    packed: &[f32],
    bias: Option<&[f32]>,
    residual: &[f32],
    y: &mut [f32],
) {
    assert_eq!(residual.len(), y.len());
    let adds =
        const { !planar::Rows::<S>::SUIT && walk::Walk::<plane::Forward<S>, A>::ADDS || Of::<S>::FEWER };
    if adds {
        forward_with::<S, A>(n, activation, x, packed, bias, Some(residual), y);
    } else {
        forward_with::<S, _>(n, Identity, x, packed, bias, None, y);
        super::elementwise::add_assign(activation, y, residual);
    }
}

fn forward_with<S: Conv, A: Activation>(
    n: usize,
    activation: A,
    x: &[f32],
    packed: &[f32],
    bias: Option<&[f32]>,
    residual: Option<&[f32]>,
    y: &mut [f32],
) {
    let () = Of::<S>::CHECK;
    assert_eq!(x.len(), n * Of::<S>::IN);
    assert_eq!(packed.len(), packed_len::<S>());
    assert_eq!(y.len(), n * Of::<S>::OUT);
    assert!(bias.is_none_or(|bias| bias.len() == S::OUTPUT[0]));
    if n == 0 {
        return;
    }
    if Of::<S>::FEWER {
        let pass = winograd::Pass { source: x, packed, bias, activation, residual };
        return winograd::share::<plane::Forward<S>, A>(n, &pass, y);
    }
    if !planar::Rows::<S>::SUIT {
        let walk = walk::Walk::<plane::Forward<S>, A>::new(n, x, packed, bias, activation);
        return walk.adding(residual).share(y);
    }
    let (numbers, row) = (y.len(), S::OUTPUT[2] * S::OUTPUT[0]);
    // On 32 bits more than a `usize` may count.
    let operations = numbers as u64 * (Of::<S>::TAPS * Of::<S>::CI) as u64;
    Columns::assisted(y, numbers, row, operations, |mut y| {
        let range = y.range();
        let y = y.row(0, range.start, range.len());
        let forward = planar::Forward::<S, A>::new(n, x, packed, bias, activation, y);
        dispatch(forward.only(range.start / row..range.end / row));
    });
}

thread_local! {
    static ROW: RefCell<[f32; spread::ROOM]> = const { RefCell::new([0.0; spread::ROOM]) };
}

/// Computes `y = max_pool(activation(conv(x) + bias))`: `scratch` holds one sample's convolution, `argmax`
/// becomes the maximum's position in its window as in [`max_pool_forward`](super::pool::max_pool_forward).
#[allow(clippy::too_many_arguments)]
pub fn forward_max_pool<S: Conv, P: Pool, A: Activation>(
    n: usize,
    activation: A,
    x: &[f32],
    packed: &[f32],
    bias: Option<&[f32]>,
    scratch: &mut [f32],
    y: &mut [f32],
    mut argmax: Option<&mut [u8]>,
) {
    const {
        let (a, b) = (S::OUTPUT, P::INPUT);
        assert!(a[0] == b[0] && a[1] == b[1] && a[2] == b[2], "the pool takes the convolution's output");
    }
    let out = P::OUTPUT[0] * P::OUTPUT[1] * P::OUTPUT[2];
    assert_eq!(x.len(), n * Of::<S>::IN);
    assert_eq!(scratch.len(), Of::<S>::OUT);
    assert_eq!(y.len(), n * out);
    assert!(argmax.as_ref().is_none_or(|argmax| argmax.len() == n * out));
    for (i, (x, y)) in x.chunks_exact(Of::<S>::IN).zip(y.chunks_exact_mut(out)).enumerate() {
        forward::<S, A>(1, activation, x, packed, bias, scratch);
        let argmax = argmax.as_mut().map(|argmax| &mut argmax[i * out..(i + 1) * out]);
        super::pool::max_pool_forward::<P>(1, scratch, y, argmax);
    }
}

/// Computes the gradient of the inputs; overwrites `dx`. `packed` comes from [`pack_transposed`].
pub fn input_grad<S: Conv>(n: usize, dy: &[f32], packed: &[f32], dx: &mut [f32]) {
    forward_transposed::<S, _>(n, super::activation::Identity, dy, packed, None, dx);
}

/// Computes the transposed convolution as a layer, `y = activation(input_grad(x) + bias)`: `x` is `[n, OH,
/// OW, CO]`, `y` `[n, H, W, C]` with `C` biases, `packed` comes from [`pack_transposed`].
pub fn forward_transposed<S: Conv, A: Activation>(
    n: usize,
    activation: A,
    x: &[f32],
    packed: &[f32],
    bias: Option<&[f32]>,
    y: &mut [f32],
) {
    let () = Of::<S>::CHECK;
    assert_eq!(x.len(), n * Of::<S>::OUT);
    assert_eq!(packed.len(), packed_transposed_len::<S>());
    assert_eq!(y.len(), n * Of::<S>::IN);
    assert!(bias.is_none_or(|bias| bias.len() == S::INPUT[0]));
    if n == 0 {
        return;
    }
    if Of::<S>::FEWER_BACK {
        let pass = winograd::Pass { source: x, packed, bias, activation, residual: None };
        winograd::share::<plane::Backward<S>, A>(n, &pass, y);
    } else if Of::<S>::SPREADS {
        ROW.with_borrow_mut(|row| {
            let (source, target, shape) = (x, y, PhantomData::<S>);
            dispatch(spread::Spread { source, packed, bias, activation, target, row, shape });
        });
    } else {
        walk::Walk::<plane::Backward<S>, A>::new(n, x, packed, bias, activation).share(y);
    }
}

/// Adds the gradient of the weights to `grad`, which lies as [`unpack_grad`] reads it.
pub fn weight_grad<S: Conv>(n: usize, x: &[f32], dy: &[f32], grad: &mut [f32]) {
    let () = Of::<S>::CHECK;
    assert_eq!(x.len(), n * Of::<S>::IN);
    assert_eq!(dy.len(), n * Of::<S>::OUT);
    assert_eq!(grad.len(), grad_len::<S>());
    if planar_weight::WeightGrad::<S>::SUIT {
        dispatch(planar_weight::WeightGrad::<S>::new(n, x, dy, grad));
    } else {
        dispatch(weight::WeightGrad::<S>::new(n, x, dy, grad));
    }
}

/// Computes what [`weight_grad`] adds, with every thread; overwrites `grad`.
pub fn weight_grad_batch<S: Conv>(n: usize, x: &[f32], dy: &[f32], grad: &mut [f32]) {
    let () = Of::<S>::CHECK;
    assert_eq!(x.len(), n * Of::<S>::IN);
    assert_eq!(dy.len(), n * Of::<S>::OUT);
    assert_eq!(grad.len(), grad_len::<S>());
    if Of::<S>::DEPTHWISE {
        grad.fill(0.0);
        return weight_grad::<S>(n, x, dy, grad);
    }
    let width = weight_batch::Rows::<S>::WIDTH;
    parallel::chunks_mut(grad, weight_batch::Rows::<S>::PART * width, |first, part| {
        dispatch(weight_batch::Rows::<S>::new(n, x, dy, first / width, part));
    });
}

/// Adds the gradient of the bias, the column sums of `dy`, to `grad`.
#[inline]
pub fn bias_grad<const C: usize>(dy: &[f32], grad: &mut [f32]) {
    bias_grad_in::<C>(Any, dy, grad);
}

/// Runs [`bias_grad`] with these instructions.
#[inline(always)]
pub fn bias_grad_in<const C: usize>(m: impl Instructions, dy: &[f32], grad: &mut [f32]) {
    assert!(dy.len().is_multiple_of(C));
    assert_eq!(grad.len(), C);
    if C < LANES {
        m.run(bias::Thin::<C>(dy, grad));
    } else {
        m.run(bias::Wide(dy, grad));
    }
}
