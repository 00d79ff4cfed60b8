//! Costs of kernels, in cycles of a core with two 16-wide multiply-adds a cycle: a model of the runtime's
//! kernels, from which [`crate::passes`] chooses. `benches/variants` compares its choices with measurements.

use super::conv::Window;
use super::dense::Sizes;

/// Winograd's convolution pays for squares of 2x2 outputs, whole or not.
const SQUARE: f64 = 2.0;

/// The share of its peak that a tile of products reaches.
const DIRECT: f64 = 0.9;
/// The share of its peak that a tile reaches if products are few between loads and stores.
const POINTS: f64 = 0.8;

/// Cycles to make the 16 sums of a square's inputs, for a block of 16 channels.
const ENTER: f64 = 44.0;
/// Cycles to make a square's outputs of its 16 products, for a block of 16 channels.
const LEAVE: f64 = 36.0;

/// Cycles to find an output's place, product by product, and the border around it.
const PLACE: f64 = 30.0;

/// Bytes of weights that a core's second-level cache keeps from call to call.
const NEAR: f64 = 2.0e6;
/// Bytes a cycle that come from beyond it, read from first to last.
const FAR_RATE: f64 = 7.0;

/// Computes the cycles of products that are made in several rounds, each of which passes all `bytes` of weights: the first round
/// waits for those that come from far, since a call may have few samples to use them for; later rounds find them near.
fn passing(products: f64, rounds: f64, bytes: f64) -> f64 {
    let reading = if bytes > NEAR { bytes / FAR_RATE } else { 0.0 };
    products - products / rounds + reading.max(products / rounds)
}

/// Returns true if Winograd's algorithm is faster for a convolution's outputs, or if `backward` for its
/// inputs' gradient.
pub(super) fn fewer_products(window: &Window, backward: bool) -> bool {
    let (source, target) =
        if backward { (window.output, window.input) } else { (window.input, window.output) };
    let possible = window.kernel == [3, 3]
        && window.stride == [1, 1]
        && window.dilation == [1, 1]
        && window.groups == 1
        && window.pad.iter().all(|&pad| pad <= 2)
        && source[0].is_multiple_of(16)
        && target[0].is_multiple_of(16);
    let before = window.pad.map(|pad| if backward { 2usize.saturating_sub(pad) } else { pad });
    possible && winograd(source, target) < direct(source, target, before)
}

/// Weights of a dense layer from which on it pays to pack them for prediction: below, all its outputs are on their way at
/// once either way, and the packed sums take more steps.
const WORTH_PACKING: usize = 1024;

/// Weights up to which it pays: packed ones are a copy, which a prediction's memory should have room for.
const MOST_PACKED: usize = 1 << 25;

/// Returns true if packing a dense layer's weights pays for prediction.
pub(super) fn packs(sizes: Sizes) -> bool {
    (WORTH_PACKING..=MOST_PACKED).contains(&(sizes.inputs * sizes.outputs))
}

/// Computes the cycles of a sample's 3x3 convolution, product by product; `before` is how far the first
/// window reaches beyond the source.
fn direct(source: [usize; 3], target: [usize; 3], before: [usize; 2]) -> f64 {
    let pixels = (target[1] * target[2]) as f64;
    let inside = |axis: usize, tap: usize| {
        let source = before[axis]..before[axis] + source[axis + 1];
        (0..target[axis + 1]).filter(|at| source.contains(&(at + tap))).count()
    };
    let sum = |axis: usize| (0..3).map(|tap| inside(axis, tap)).sum::<usize>() as f64;
    let [channels, blocks] = [source[0] as f64, (target[0] / 16) as f64];
    // Taps beyond the source cost as much as others, unless there is hardly anything else.
    let saved = if sum(0) * sum(1) < MOSTLY_BORDER * 9.0 * pixels { BORDER } else { 1.0 };
    let products = saved * pixels * 9.0 * channels * blocks / 2.0 / DIRECT;
    passing(products, (pixels / TILE).max(1.0), 9.0 * channels * blocks * 64.0) + pixels * PLACE
}

/// Pixels of a tile.
const TILE: f64 = 6.0;

/// The share of taps inside the source below which a convolution takes only `BORDER` of its cycles.
const MOSTLY_BORDER: f64 = 0.2;
const BORDER: f64 = 0.75;

/// Squares that go through together.
const TOGETHER: f64 = 24.0;

/// Computes the cycles of a sample's 3x3 convolution by Winograd's F(2x2, 3x3).
fn winograd(source: [usize; 3], target: [usize; 3]) -> f64 {
    let squares = (target[1] as f64 / SQUARE).ceil() * (target[2] as f64 / SQUARE).ceil();
    let [source, blocks] = [source[0] as f64, (target[0] / 16) as f64];
    // With more than 64 channels a panel of 64 targets goes through at a time, and computes the sums again.
    let panels = (blocks / 4.0).ceil();
    let products = squares * 16.0 * source * blocks / 2.0 / POINTS;
    let weights = 16.0 * source * blocks * 64.0;
    passing(products, (squares / TOGETHER).max(1.0), weights)
        + squares * (panels * source / 16.0 * ENTER + blocks * LEAVE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deep_convolutions_take_fewer_products() {
        let cost = |channels, size| {
            let shape = [channels, size, size];
            (direct(shape, shape, [1, 1]), winograd(shape, shape))
        };
        for (channels, size) in [(16, 32), (32, 16), (64, 8), (512, 14)] {
            let (direct, winograd) = cost(channels, size);
            assert!(winograd < direct, "{channels} channels of {size}x{size}: {winograd} against {direct}");
        }
        // A single pixel would pay for four.
        for (channels, size) in [(64, 1), (512, 1)] {
            let (direct, winograd) = cost(channels, size);
            assert!(direct < winograd, "{channels} channels of {size}x{size}: {direct} against {winograd}");
        }
    }
}
