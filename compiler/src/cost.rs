//! What kernels cost, in cycles of a core with two 16-wide multiply-adds a cycle: a model of the runtime's kernels, from
//! which [`crate::passes`] chooses. `benches/variants` compares its choices with measurements.

use crate::tape::{Sizes, Window};

/// Winograd's convolution pays for squares of 2x2 outputs, whole or not.
const SQUARE: f64 = 2.0;

/// The share of its peak that a tile of products reaches.
const DIRECT: f64 = 0.9;
/// The same where products are few between loads and stores.
const POINTS: f64 = 0.8;

/// Cycles to make the 16 sums of a square's inputs, for a block of 16 channels.
const ENTER: f64 = 44.0;
/// Cycles to make a square's outputs of its 16 products, for a block of 16 channels.
const LEAVE: f64 = 36.0;

/// Cycles to find an output's place, product by product, and the border around it.
const PLACE: f64 = 30.0;

/// Bytes of weights that a core's second-level cache keeps from call to call.
const NEAR: f64 = 2.5e6;
/// Bytes a cycle that come from beyond it.
const FAR_RATE: f64 = 20.0;

/// Cycles to wait for weights, once: a call may have few samples to use them for.
fn reading(floats: f64) -> f64 {
    let bytes = 4.0 * floats;
    if bytes > NEAR { bytes / FAR_RATE } else { 0.0 }
}

/// Whether a convolution's outputs are to be made with Winograd's fewer products; `backward` asks the same of its
/// inputs' gradient.
pub(crate) fn fewer_products(window: &Window, backward: bool) -> bool {
    let (source, target) =
        if backward { (window.output, window.input) } else { (window.input, window.output) };
    let conv = &window.conv;
    let possible = conv.kernel == [3, 3]
        && conv.stride == [1, 1]
        && conv.dilation == [1, 1]
        && conv.groups == 1
        && conv.pad.iter().all(|&pad| pad <= 2)
        && source[0].is_multiple_of(16)
        && target[0].is_multiple_of(16);
    possible && winograd(source, target) < direct(source, target)
}

/// Weights of a dense layer from which on it pays to pack them for prediction: below, all its outputs are on their way at
/// once either way, and the packed sums take more steps.
const WORTH_PACKING: usize = 1024;

/// Inputs up to which it pays: their weights of a panel of 64 outputs stay in the second-level cache while samples pass.
const MOST_PACKED_INPUTS: usize = 2048;

/// Whether a dense layer's weights are to be packed for prediction.
pub(crate) fn packs(sizes: Sizes) -> bool {
    sizes.inputs * sizes.outputs >= WORTH_PACKING && sizes.inputs <= MOST_PACKED_INPUTS
}

/// Cycles of a sample's 3x3 convolution, product by product.
fn direct(source: [usize; 3], target: [usize; 3]) -> f64 {
    let pixels = (target[1] * target[2]) as f64;
    let [source, blocks] = [source[0] as f64, (target[0] / 16) as f64];
    pixels * (9.0 * source * blocks / 2.0 / DIRECT + PLACE) + reading(9.0 * source * blocks * 16.0)
}

/// Cycles of a sample's 3x3 convolution by Winograd's F(2x2, 3x3).
fn winograd(source: [usize; 3], target: [usize; 3]) -> f64 {
    let squares = (target[1] as f64 / SQUARE).ceil() * (target[2] as f64 / SQUARE).ceil();
    let [source, blocks] = [source[0] as f64, (target[0] / 16) as f64];
    // Of more than 64 channels a panel of 64 targets goes through at a time, and makes the sums again.
    let panels = (blocks / 4.0).ceil();
    squares * (16.0 * source * blocks / 2.0 / POINTS + panels * source / 16.0 * ENTER + blocks * LEAVE)
        + reading(16.0 * source * blocks * 16.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deep_convolutions_take_fewer_products() {
        let cost = |channels, size| {
            let shape = [channels, size, size];
            (direct(shape, shape), winograd(shape, shape))
        };
        for (channels, size) in [(16, 32), (32, 16), (64, 8), (512, 14)] {
            let (direct, winograd) = cost(channels, size);
            assert!(winograd < direct, "{channels} channels of {size}x{size}: {winograd} against {direct}");
        }
        // A single pixel would pay for four, and few pixels for weights that come from far.
        for (channels, size) in [(64, 1), (256, 4), (512, 2)] {
            let (direct, winograd) = cost(channels, size);
            assert!(direct < winograd, "{channels} channels of {size}x{size}: {direct} against {winograd}");
        }
    }
}
