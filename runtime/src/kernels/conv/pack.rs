//! The order in which the kernels read weights, from PyTorch's `[co][ci / groups][kh][kw]`.

use super::super::gemm::{LANES, blocks_of};
use super::{Conv, Of};

/// The length of [`pack`]'s result: for each group rows `[kh][kw][ci / groups]` of its output channels,
/// padded with zeros to a multiple of 16; for a depthwise convolution rows `[kh][kw]` of all channels, padded likewise.
pub const fn packed_len<S: Conv>() -> usize {
    if Of::<S>::DEPTHWISE {
        Of::<S>::TAPS * blocks_of(S::INPUT[0]) * LANES
    } else {
        S::GROUPS * Of::<S>::TAPS * Of::<S>::CI * blocks_of(Of::<S>::CO) * LANES
    }
}

/// The length of [`pack_transposed`]'s result: as [`packed_len`] with input and output channels exchanged.
pub const fn packed_transposed_len<S: Conv>() -> usize {
    if Of::<S>::DEPTHWISE {
        Of::<S>::TAPS * blocks_of(S::INPUT[0]) * LANES
    } else {
        S::GROUPS * Of::<S>::TAPS * Of::<S>::CO * blocks_of(Of::<S>::CI) * LANES
    }
}

/// Packs weights for [`forward`](super::forward).
pub fn pack<S: Conv>(weight: &[f32], packed: &mut [f32]) {
    assert_eq!(weight.len(), Of::<S>::WEIGHTS);
    assert_eq!(packed.len(), packed_len::<S>());
    if Of::<S>::DEPTHWISE {
        return pack_depthwise::<S>(weight, packed);
    }
    let width = blocks_of(Of::<S>::CO) * LANES;
    for (row, packed) in packed.chunks_exact_mut(width).enumerate() {
        let (weights, padding) = packed.split_at_mut(Of::<S>::CO);
        for (co, to) in weights.iter_mut().enumerate() {
            *to = weight[forward_index::<S>(row, co)];
        }
        padding.fill(0.0);
    }
}

/// Packs weights for [`input_grad`](super::input_grad).
pub fn pack_transposed<S: Conv>(weight: &[f32], packed: &mut [f32]) {
    assert_eq!(weight.len(), Of::<S>::WEIGHTS);
    assert_eq!(packed.len(), packed_transposed_len::<S>());
    if Of::<S>::DEPTHWISE {
        return pack_depthwise::<S>(weight, packed);
    }
    let width = blocks_of(Of::<S>::CI) * LANES;
    for (row, packed) in packed.chunks_exact_mut(width).enumerate() {
        let (weights, padding) = packed.split_at_mut(Of::<S>::CI);
        let (co, tap) = (row % Of::<S>::CO, row / Of::<S>::CO % Of::<S>::TAPS);
        let group = row / (Of::<S>::CO * Of::<S>::TAPS);
        for (ci, to) in weights.iter_mut().enumerate() {
            *to = weight[((group * Of::<S>::CO + co) * Of::<S>::CI + ci) * Of::<S>::TAPS + tap];
        }
        padding.fill(0.0);
    }
}

/// Brings packed gradients into PyTorch's order; overwrites `grad`.
pub fn unpack_grad<S: Conv>(packed: &[f32], grad: &mut [f32]) {
    assert_eq!(packed.len(), packed_len::<S>());
    assert_eq!(grad.len(), Of::<S>::WEIGHTS);
    if Of::<S>::DEPTHWISE {
        for (channel, grad) in grad.chunks_exact_mut(Of::<S>::TAPS).enumerate() {
            for (grad, packed) in grad.iter_mut().zip(packed.chunks_exact(blocks_of(S::INPUT[0]) * LANES)) {
                *grad = packed[channel];
            }
        }
        return;
    }
    let width = blocks_of(Of::<S>::CO) * LANES;
    for (row, packed) in packed.chunks_exact(width).enumerate() {
        for (co, &from) in packed[..Of::<S>::CO].iter().enumerate() {
            grad[forward_index::<S>(row, co)] = from;
        }
    }
}

/// Where a packed row's weight for output channel `co` of the row's group lies in PyTorch's order.
#[inline(always)]
fn forward_index<S: Conv>(row: usize, co: usize) -> usize {
    let (ci, tap) = (row % Of::<S>::CI, row / Of::<S>::CI % Of::<S>::TAPS);
    let group = row / (Of::<S>::CI * Of::<S>::TAPS);
    ((group * Of::<S>::CO + co) * Of::<S>::CI + ci) * Of::<S>::TAPS + tap
}

fn pack_depthwise<S: Conv>(weight: &[f32], packed: &mut [f32]) {
    for (tap, packed) in packed.chunks_exact_mut(blocks_of(S::INPUT[0]) * LANES).enumerate() {
        let (weights, padding) = packed.split_at_mut(S::INPUT[0]);
        for (channel, to) in weights.iter_mut().enumerate() {
            *to = weight[channel * Of::<S>::TAPS + tap];
        }
        padding.fill(0.0);
    }
}
