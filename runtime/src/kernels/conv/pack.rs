//! The order in which the kernels read weights, from PyTorch's `[co][ci / groups][kh][kw]`.

use super::super::gemm::{LANES, MOVE, blocks_of};
use super::narrow::narrow;
use super::winograd;
use super::{Conv, Of};
use crate::parallel;
use netwright_model::packing::beside;

/// Returns the length of a weight gradient's sums: for each group rows `[kh][kw][ci / groups]` of its output
/// channels, padded with zeros to a multiple of 16; for a depthwise convolution rows `[kh][kw]` of all
/// channels, padded likewise.
pub const fn grad_len<S: Conv>() -> usize {
    Of::<S>::PACKING.gradient()
}

/// Returns the length of [`pack`]'s result: as [`grad_len`], or Winograd's 16 points instead of nine taps.
pub const fn packed_len<S: Conv>() -> usize {
    Of::<S>::PACKING.packed()
}

/// Returns the length of [`pack_transposed`]'s result: as [`packed_len`] with input and output channels
/// exchanged.
pub const fn packed_transposed_len<S: Conv>() -> usize {
    Of::<S>::PACKING.packed_transposed()
}

/// Packs weights for [`forward`](super::forward): as rows of output channels, or where these are few and the input
/// channels many, as rows of input channels.
pub fn pack<S: Conv>(weight: &[f32], packed: &mut [f32]) {
    assert_eq!(weight.len(), Of::<S>::WEIGHTS);
    assert_eq!(packed.len(), packed_len::<S>());
    if Of::<S>::FEWER {
        let channels = [S::INPUT[0], S::OUTPUT[0]];
        return winograd::pack(channels, packed, &|ci, co| kernel::<S>(weight, co, ci));
    }
    if Of::<S>::DEPTHWISE {
        return pack_depthwise::<S>(weight, packed);
    }
    let width = blocks_of(Of::<S>::CO) * LANES;
    if narrow(Of::<S>::CI, Of::<S>::CO) {
        let size = Of::<S>::TAPS * Of::<S>::CI * width;
        return pack_narrow(packed, size, [Of::<S>::TAPS, Of::<S>::CO, Of::<S>::CI], |group, tap, co, ci| {
            weight[index::<S>(group, co, ci, tap)]
        });
    }
    let rows = Of::<S>::TAPS * Of::<S>::CI;
    pack_panels(packed, rows, Of::<S>::CO, |row, co| weight[forward_index::<S>(row, co)]);
}

/// Packs weights for [`input_grad`](super::input_grad).
pub fn pack_transposed<S: Conv>(weight: &[f32], packed: &mut [f32]) {
    assert_eq!(weight.len(), Of::<S>::WEIGHTS);
    assert_eq!(packed.len(), packed_transposed_len::<S>());
    if Of::<S>::FEWER_BACK {
        let channels = [S::OUTPUT[0], S::INPUT[0]];
        // Against the outputs the kernel lies the other way round.
        return winograd::pack(channels, packed, &|co, ci| {
            let mut kernel = kernel::<S>(weight, co, ci);
            kernel.reverse();
            kernel
        });
    }
    if Of::<S>::DEPTHWISE {
        return pack_depthwise::<S>(weight, packed);
    }
    if Of::<S>::SPREADS {
        return pack_spread::<S>(weight, packed);
    }
    let width = blocks_of(Of::<S>::CI) * LANES;
    if narrow(Of::<S>::CO, Of::<S>::CI) {
        let size = Of::<S>::TAPS * Of::<S>::CO * width;
        return pack_narrow(packed, size, [Of::<S>::TAPS, Of::<S>::CI, Of::<S>::CO], |group, tap, ci, co| {
            weight[index::<S>(group, co, ci, tap)]
        });
    }
    pack_panels(packed, Of::<S>::TAPS * Of::<S>::CO, Of::<S>::CI, |row, ci| {
        let (co, tap) = (row % Of::<S>::CO, row / Of::<S>::CO % Of::<S>::TAPS);
        weight[index::<S>(row / (Of::<S>::CO * Of::<S>::TAPS), co, ci, tap)]
    });
}

/// Packs panels of channels, of each group, as rows filled up with zeros to whole blocks. The weights of a block of channels
/// are read together, as they lie near each other.
fn pack_panels(
    packed: &mut [f32],
    rows: usize,
    channels: usize,
    weight: impl Fn(usize, usize) -> f32 + Sync,
) {
    let (blocks, panel) = (blocks_of(channels), beside(channels));
    let (panels, width, work) = (blocks.div_ceil(panel), panel * LANES, packed.len() as u64 * MOVE);
    parallel::rows(packed, width, LANES, work, |first, packed| {
        for block in 0..panel {
            for (i, packed) in packed.chunks_exact_mut(width).enumerate() {
                let (group, panel_of, row) =
                    ((first + i) / rows / panels, (first + i) / rows % panels, (first + i) % rows);
                // The last panel overlaps the one before.
                let channel = ((panel_of * panel).min(blocks - panel) + block) * LANES;
                for (lane, to) in packed[block * LANES..][..LANES].iter_mut().enumerate() {
                    let inside = channel + lane < channels;
                    *to = if inside { weight(group * rows + row, channel + lane) } else { 0.0 };
                }
            }
        }
    });
}

/// Brings packed gradients into PyTorch's order; overwrites `grad`.
pub fn unpack_grad<S: Conv>(packed: &[f32], grad: &mut [f32]) {
    assert_eq!(packed.len(), grad_len::<S>());
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
    let fan_in = Of::<S>::CI * Of::<S>::TAPS;
    parallel::rows(grad, fan_in, LANES, packed.len() as u64 * MOVE, |first, grad| {
        let (mut channel, mut rest) = (first, grad);
        while !rest.is_empty() {
            // Channels of one group lie side by side in the packed rows, and are read together.
            let (group, co) = (channel / Of::<S>::CO, channel % Of::<S>::CO);
            let together = LANES.min(Of::<S>::CO - co).min(rest.len() / fan_in);
            let (grad, others) = rest.split_at_mut(together * fan_in);
            let packed = &packed[group * fan_in * width..][..fan_in * width];
            for at in 0..fan_in {
                let (ci, tap) = (at / Of::<S>::TAPS, at % Of::<S>::TAPS);
                let row = &packed[(tap * Of::<S>::CI + ci) * width + co..][..together];
                for (grad, value) in grad[at..].iter_mut().step_by(fan_in).zip(row) {
                    *grad = *value;
                }
            }
            (channel, rest) = (channel + together, others);
        }
    });
}

/// Returns the index in PyTorch's order of a packed row's weight for output channel `co` of the row's group.
#[inline(always)]
fn forward_index<S: Conv>(row: usize, co: usize) -> usize {
    let (ci, tap) = (row % Of::<S>::CI, row / Of::<S>::CI % Of::<S>::TAPS);
    index::<S>(row / (Of::<S>::CI * Of::<S>::TAPS), co, ci, tap)
}

/// Returns a weight's index in PyTorch's order; the channels are those of the group.
#[inline(always)]
fn index<S: Conv>(group: usize, co: usize, ci: usize, tap: usize) -> usize {
    ((group * Of::<S>::CO + co) * Of::<S>::CI + ci) * Of::<S>::TAPS + tap
}

/// Returns the weights of an output and an input channel, of 3x3 taps.
fn kernel<S: Conv>(weight: &[f32], co: usize, ci: usize) -> [f32; 9] {
    *weight[index::<S>(0, co, ci, 0)..].first_chunk().expect("each pair of channels has nine weights")
}

/// Packs rows of the last of `shape`'s channels for each group of `size` floats, followed by zeros.
fn pack_narrow(
    packed: &mut [f32],
    size: usize,
    [taps, made, reduced]: [usize; 3],
    weight: impl Fn(usize, usize, usize, usize) -> f32,
) {
    for (group, packed) in packed.chunks_exact_mut(size).enumerate() {
        let (weights, padding) = packed.split_at_mut(taps * made * reduced);
        for (row, weights) in weights.chunks_exact_mut(reduced).enumerate() {
            for (channel, to) in weights.iter_mut().enumerate() {
                *to = weight(group, row / made, row % made, channel);
            }
        }
        padding.fill(0.0);
    }
}

/// Packs rows `[kh][co]` of a row of taps, for each all input channels, at the front of their place.
fn pack_spread<S: Conv>(weight: &[f32], packed: &mut [f32]) {
    let (across, channels) = (S::KERNEL[1], S::INPUT[0]);
    let (rows, padding) = packed.split_at_mut(S::KERNEL[0] * Of::<S>::CO * Of::<S>::SPREAD * LANES);
    padding.fill(0.0);
    for (row, packed) in rows.chunks_exact_mut(Of::<S>::SPREAD * LANES).enumerate() {
        let (down, co) = (row / Of::<S>::CO, row % Of::<S>::CO);
        let (weights, padding) = packed.split_at_mut(across * channels);
        for (i, to) in weights.iter_mut().enumerate() {
            *to = weight[index::<S>(0, co, i % channels, down * across + i / channels)];
        }
        padding.fill(0.0);
    }
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
