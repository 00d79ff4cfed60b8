//! Algorithms of convolutions and sizes of packed weights: the compiler plans the memory that the kernels
//! write.

use crate::emit::emitted;

emitted! {
    /// Algorithm of a convolution; results differ by rounding only.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum Algorithm {
        /// Product by product.
        Direct,
        /// Winograd's F(2x2, 3x3), which needs fewer products: for 3x3 kernels without stride, dilation and
        /// groups, whose channels are multiples of 16.
        Winograd,
    }
}

/// Floats of a block: what a vector of the widest instruction set holds.
pub const LANES: usize = 16;

/// The most blocks of a panel of packed weights.
pub const MOST_BLOCKS: usize = 4;

/// Points of a square of Winograd's F(2x2, 3x3).
pub const POINTS: usize = 16;

/// Returns the number of blocks that hold this many channels.
#[inline]
pub const fn blocks_of(channels: usize) -> usize {
    channels.div_ceil(LANES)
}

/// Returns the smallest size that needs as few pieces as pieces of `most` would.
#[inline]
pub const fn even(count: usize, most: usize) -> usize {
    count.div_ceil(count.div_ceil(most))
}

/// Returns the blocks of a panel of packed weights for this many outputs: panels are as even as can be.
#[inline]
pub const fn panel(outputs: usize) -> usize {
    even(blocks_of(outputs), MOST_BLOCKS)
}

/// The most blocks of targets that a convolution's sums are made of side by side.
const MOST_BESIDE: usize = 6;

/// Returns the blocks of a panel of a convolution's weights, packed for its products one by one: all of them if there are at most
/// six; otherwise the size for which the last panel, which overlaps the one before, repeats the fewest.
#[inline]
pub const fn beside(targets: usize) -> usize {
    let blocks = blocks_of(targets);
    if blocks <= MOST_BESIDE {
        return blocks;
    }
    let (mut best, mut panel) = (MOST_BLOCKS, MOST_BLOCKS - 1);
    while panel <= MOST_BESIDE {
        if blocks.next_multiple_of(panel) < blocks.next_multiple_of(best) {
            best = panel;
        }
        panel += 1;
    }
    best
}

/// Returns the blocks of these targets' panels.
const fn in_panels(targets: usize) -> usize {
    blocks_of(targets).next_multiple_of(beside(targets))
}

/// Returns the floats of a dense layer's packed weights: whole panels of outputs, and one number that tells their order.
#[inline]
pub const fn dense(inputs: usize, outputs: usize) -> usize {
    let width = panel(outputs) * LANES;
    outputs.div_ceil(width) * width * inputs + 1
}

/// The sizes of a convolution that decide how its weights are packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Convolution {
    /// Channels that go in.
    pub inputs: usize,
    /// Channels that come out.
    pub outputs: usize,
    /// Taps of the kernel: height times width.
    pub taps: usize,
    /// Groups of channels that do not see each other.
    pub groups: usize,
    /// The algorithm for the outputs.
    pub forward: Algorithm,
    /// The algorithm for the gradients of the inputs.
    pub backward: Algorithm,
}

impl Convolution {
    /// Returns true if each channel is convolved by itself.
    #[inline]
    pub const fn is_depthwise(&self) -> bool {
        self.groups > 1 && self.groups == self.inputs && self.groups == self.outputs
    }

    /// Returns the floats of the packed weights.
    #[inline]
    pub const fn packed(&self) -> usize {
        match self.forward {
            Algorithm::Direct => self.rows(self.inputs, self.outputs, true),
            Algorithm::Winograd => winograd(self.inputs, self.outputs),
        }
    }

    /// Returns the floats of the weights packed for the gradient of the input.
    #[inline]
    pub const fn packed_transposed(&self) -> usize {
        match self.backward {
            Algorithm::Direct => self.rows(self.outputs, self.inputs, true),
            Algorithm::Winograd => winograd(self.outputs, self.inputs),
        }
    }

    /// Returns the floats of the sums for the gradient of the weights: for each group rows `[kh][kw][ci / groups]` of its
    /// output channels, filled up with zeros to whole blocks; for a depthwise convolution rows `[kh][kw]` of all channels.
    #[inline]
    pub const fn gradient(&self) -> usize {
        self.rows(self.inputs, self.outputs, false)
    }

    /// Returns the floats of weights with a row of the channels `across`, in panels or not, for each tap and each of the
    /// channels `along`.
    #[inline]
    const fn rows(&self, along: usize, across: usize, panels: bool) -> usize {
        if self.is_depthwise() {
            return self.taps * blocks_of(across) * LANES;
        }
        let (along, across) = (along / self.groups, across / self.groups);
        let blocks = if panels { in_panels(across) } else { blocks_of(across) };
        self.groups * self.taps * along * blocks * LANES
    }
}

/// Returns the floats of weights packed for Winograd's F(2x2, 3x3): one for each point of a square and each pair of
/// channels, the targets' filled up to whole panels.
#[inline]
pub const fn winograd(sources: usize, targets: usize) -> usize {
    let panel = panel(targets);
    POINTS * sources * blocks_of(targets).div_ceil(panel) * panel * LANES
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: Convolution = Convolution {
        inputs: 32,
        outputs: 80,
        taps: 9,
        groups: 1,
        forward: Algorithm::Direct,
        backward: Algorithm::Direct,
    };

    #[test]
    fn panels_are_even() {
        assert_eq!([1, 16, 17, 64, 65, 96, 129].map(panel), [1, 1, 2, 4, 3, 3, 3]);
        assert_eq!([dense(10, 1), dense(10, 65)], [161, 961]);
    }

    #[test]
    fn panels_repeat_few_blocks() {
        assert_eq!([1, 16, 17, 96, 97, 128, 144, 160, 176, 512].map(beside), [1, 1, 2, 6, 4, 4, 3, 5, 4, 4]);
        let wide = Convolution { inputs: 16, outputs: 112, taps: 1, ..PLAIN };
        assert_eq!(
            [wide.packed(), wide.packed_transposed(), wide.gradient()],
            [16 * 128, 112 * 16, 16 * 112]
        );
    }

    #[test]
    fn rows_are_filled_up_to_blocks() {
        assert_eq!([PLAIN.packed(), PLAIN.packed_transposed()], [9 * 32 * 80, 9 * 80 * 32]);
        let grouped = Convolution { groups: 4, ..PLAIN };
        assert_eq!([grouped.gradient(), grouped.packed_transposed()], [4 * 9 * 8 * 32, 4 * 9 * 20 * 16]);
        let depthwise = Convolution { inputs: 20, outputs: 20, groups: 20, ..PLAIN };
        assert_eq!([depthwise.gradient(), depthwise.packed_transposed()], [9 * 32; 2]);
    }

    #[test]
    fn winograd_has_points_instead_of_taps() {
        let fewer = Convolution { forward: Algorithm::Winograd, backward: Algorithm::Winograd, ..PLAIN };
        assert_eq!([fewer.packed(), fewer.packed_transposed()], [16 * 32 * 96, 16 * 80 * 32]);
        assert_eq!(fewer.gradient(), PLAIN.gradient());
    }
}
