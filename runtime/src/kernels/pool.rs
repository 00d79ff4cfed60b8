//! Pooling over windows: maximum, average, and the average of a whole plane.

use super::blocks::{block, block_mut, channel_blocks};
use super::gemm::{Columns, MOVE};
use super::isa::{Arithmetic, Kernel, dispatch};
use crate::parallel;
use netwright_model::usual;
use std::marker::PhantomData;
use std::ops::Range;

mod adaptive;
mod global;
#[cfg(test)]
mod tests;

pub use adaptive::{
    adaptive_avg_pool_backward, adaptive_avg_pool_forward, adaptive_max_pool_backward,
    adaptive_max_pool_forward,
};
pub use global::{
    global_avg_pool_backward, global_avg_pool_forward, global_max_pool_backward, global_max_pool_forward,
};

/// The shapes of a pooling layer, `[channels, height, width]` for one sample.
pub trait Pool {
    /// The input's shape.
    const INPUT: [usize; 3];
    /// The output's shape. Windows may reach beyond the padded input at the bottom and at the right
    /// (PyTorch's `ceil_mode`), but each must begin inside.
    const OUTPUT: [usize; 3];
    /// The window's height and width.
    const WINDOW: [usize; 2];
    /// The steps from window to window.
    const STRIDE: [usize; 2];
    /// The padding: rows above and below, columns left and right; less than the window.
    const PAD: [usize; 2] = usual::PAD;
    /// Averages count the padding (PyTorch's `count_include_pad`).
    const COUNT_PAD: bool = usual::COUNT_PAD;
}

/// Computes the maximum of each window: `x` is `[n, H, W, C]`, `y` and `argmax` `[n, OH, OW, C]`.
///
/// `argmax` becomes the maximum's position in its window, row by row; of equal ones the first. Padding never wins.
/// A NaN makes its window NaN, and the last NaN is the position, as in PyTorch.
pub fn max_pool_forward<P: Pool>(n: usize, x: &[f32], y: &mut [f32], argmax: Option<&mut [u8]>) {
    assert_eq!(x.len(), n * Of::<P>::IN);
    assert_eq!(y.len(), n * Of::<P>::OUT);
    if let Some(argmax) = &argmax {
        assert_eq!(argmax.len(), n * Of::<P>::OUT);
    }
    // Positions are kept for a training, in which threads have samples of their own.
    if argmax.is_some() || !Of::<P>::SHARED {
        return dispatch(MaxForward::<P>(0, x, y, argmax, PhantomData));
    }
    Columns::rows(y, Of::<P>::ROW, Of::<P>::COST, &|first, y| {
        dispatch(MaxForward::<P>(first, x, y, None, PhantomData));
    });
}

/// Gives each output's gradient to the input at `argmax`; overwrites `dx`, and where windows overlap the gradients add.
pub fn max_pool_backward<P: Pool>(n: usize, dy: &[f32], argmax: &[u8], dx: &mut [f32]) {
    let () = Of::<P>::CHECK;
    let () = Of::<P>::CHECK_ARGMAX;
    assert_eq!(dy.len(), n * Of::<P>::OUT);
    assert_eq!(argmax.len(), n * Of::<P>::OUT);
    assert_eq!(dx.len(), n * Of::<P>::IN);
    dispatch(MaxBackward::<P>(dy, argmax, dx, PhantomData));
}

/// Computes the average of each window: `x` is `[n, H, W, C]`, `y` `[n, OH, OW, C]`.
///
/// With [`Pool::COUNT_PAD`] the padding counts as zeros, but never what a window has beyond the padding.
pub fn avg_pool_forward<P: Pool>(n: usize, x: &[f32], y: &mut [f32]) {
    let () = Of::<P>::CHECK;
    assert_eq!(x.len(), n * Of::<P>::IN);
    assert_eq!(y.len(), n * Of::<P>::OUT);
    if !Of::<P>::SHARED {
        return dispatch(AvgForward::<P>(0, x, y, PhantomData));
    }
    Columns::rows(y, Of::<P>::ROW, Of::<P>::COST, &|first, y| {
        dispatch(AvgForward::<P>(first, x, y, PhantomData));
    });
}

/// Gives each output's gradient to its window in equal parts; overwrites `dx`.
pub fn avg_pool_backward<P: Pool>(n: usize, dy: &[f32], dx: &mut [f32]) {
    let () = Of::<P>::CHECK;
    assert_eq!(dy.len(), n * Of::<P>::OUT);
    assert_eq!(dx.len(), n * Of::<P>::IN);
    dispatch(AvgBackward::<P>(dy, dx, PhantomData));
}

/// Constants that follow from those of a [`Pool`].
struct Of<P>(PhantomData<P>);

impl<P: Pool> Of<P> {
    const CHANNELS: usize = P::INPUT[0];
    const IN: usize = P::INPUT[0] * P::INPUT[1] * P::INPUT[2];
    /// Floats of a row of outputs.
    const ROW: usize = P::OUTPUT[0] * P::OUTPUT[2];
    const OUT: usize = Self::ROW * P::OUTPUT[1];
    /// The cost of an output, in multiplications.
    const COST: u64 = MOVE * (P::WINDOW[0] * P::WINDOW[1]) as u64 / 2;
    /// Threads share the rows of a sample. Others' loops have constant lengths.
    const SHARED: bool = parallel::asks(Self::OUT as u64 * Self::COST);
    /// Every window lies wholly inside the input.
    const INSIDE: bool = P::PAD[0] == 0
        && P::PAD[1] == 0
        && (P::OUTPUT[1] - 1) * P::STRIDE[0] + P::WINDOW[0] <= P::INPUT[1]
        && (P::OUTPUT[2] - 1) * P::STRIDE[1] + P::WINDOW[1] <= P::INPUT[2];
    /// An input may lie in several windows.
    const OVERLAP: bool = P::STRIDE[0] < P::WINDOW[0] || P::STRIDE[1] < P::WINDOW[1];
    /// Every input lies in exactly one window.
    const PARTITION: bool = Self::INSIDE
        && P::STRIDE[0] == P::WINDOW[0]
        && P::STRIDE[1] == P::WINDOW[1]
        && P::OUTPUT[1] * P::STRIDE[0] == P::INPUT[1]
        && P::OUTPUT[2] * P::STRIDE[1] == P::INPUT[2];

    const CHECK: () = {
        assert!(P::INPUT[0] == P::OUTPUT[0], "pooling keeps the number of channels");
        let mut i = 0;
        while i < 2 {
            assert!(P::WINDOW[i] > 0 && P::STRIDE[i] > 0 && P::OUTPUT[i + 1] > 0);
            assert!(P::PAD[i] < P::WINDOW[i], "a window must not lie in the padding alone");
            assert!(
                (P::OUTPUT[i + 1] - 1) * P::STRIDE[i] < P::INPUT[i + 1] + P::PAD[i],
                "a window begins outside"
            );
            i += 1;
        }
    };
    const CHECK_ARGMAX: () =
        assert!(P::WINDOW[0] * P::WINDOW[1] <= 255, "a position in the window must fit into a byte");
}

/// The part of one window that lies inside the input, along one axis: window positions `first..end`,
/// the first of which is the input's `input`.
#[derive(Clone, Copy)]
struct Span {
    first: usize,
    end: usize,
    input: usize,
}

#[inline(always)]
fn span<P: Pool>(axis: usize, out: usize) -> Span {
    let start = out * P::STRIDE[axis];
    if Of::<P>::INSIDE {
        return Span { first: 0, end: P::WINDOW[axis], input: start };
    }
    let first = P::PAD[axis].saturating_sub(start);
    let end = P::WINDOW[axis].min(P::INPUT[axis + 1] + P::PAD[axis] - start);
    Span { first, end, input: start + first - P::PAD[axis] }
}

/// Returns PyTorch's divisor of a window's sum: the number of its inputs, or its extent clipped to the padded
/// input.
#[inline(always)]
fn divisor<P: Pool>(rows: Span, columns: Span, oy: usize, ox: usize) -> f32 {
    let extent = |axis: usize, out: usize| {
        P::WINDOW[axis].min(P::INPUT[axis + 1] + 2 * P::PAD[axis] - out * P::STRIDE[axis])
    };
    let count = if P::COUNT_PAD && !Of::<P>::INSIDE {
        extent(0, oy) * extent(1, ox)
    } else {
        (rows.end - rows.first) * (columns.end - columns.first)
    };
    count as f32
}

/// Runs `$work` for each input of a window: `$k` is its position in the window, `$pixel` its position in the plane.
macro_rules! window {
    ($P:ty, $rows:expr, $columns:expr, $k:ident, $pixel:ident, $work:expr) => {
        for ky in $rows.first..$rows.end {
            for kx in $columns.first..$columns.end {
                let $k = ky * <$P>::WINDOW[1] + kx;
                let $pixel =
                    ($rows.input + ky - $rows.first) * <$P>::INPUT[2] + $columns.input + kx - $columns.first;
                $work;
            }
        }
    };
}

/// Runs `$work` for each window of these rows of a sample; `$pixel` is its place in them.
macro_rules! windows {
    ($P:ty, $lines:expr, $oy:ident, $ox:ident, $rows:ident, $columns:ident, $pixel:ident, $work:expr) => {
        let first = $lines.start;
        for $oy in $lines {
            let $rows = span::<$P>(0, $oy);
            for $ox in 0..<$P>::OUTPUT[2] {
                let $columns = span::<$P>(1, $ox);
                let $pixel = ($oy - first) * <$P>::OUTPUT[2] + $ox;
                $work;
            }
        }
    };
}

/// Computes the maximum of each window of these rows of one sample's outputs; see [`max_pool_forward`].
#[inline(always)]
fn max_pool_rows<P: Pool>(x: &[f32], lines: Range<usize>, y: &mut [f32], argmax: Option<&mut [u8]>) {
    let () = Of::<P>::CHECK;
    assert_eq!(x.len(), Of::<P>::IN);
    if let Some(argmax) = argmax {
        let () = Of::<P>::CHECK_ARGMAX;
        assert_eq!(argmax.len(), y.len());
        windows!(P, lines, oy, ox, rows, columns, pixel, {
            channel_blocks!(Of::<P>::CHANNELS, c, B, {
                let (most, position) = max_at::<P, B>(x, c, rows, columns);
                *block_mut(y, pixel * Of::<P>::CHANNELS + c) = most;
                let kept = block_mut::<u8, B>(argmax, pixel * Of::<P>::CHANNELS + c);
                for (k, p) in kept.iter_mut().zip(position) {
                    *k = p as u8;
                }
            });
        });
    } else {
        windows!(P, lines, oy, ox, rows, columns, pixel, {
            channel_blocks!(Of::<P>::CHANNELS, c, B, {
                *block_mut(y, pixel * Of::<P>::CHANNELS + c) = max_at::<P, B>(x, c, rows, columns).0;
            });
        });
    }
}

/// Returns the maximum and its position in the window, for `B` channels from `c` on.
#[inline(always)]
fn max_at<P: Pool, const B: usize>(x: &[f32], c: usize, rows: Span, columns: Span) -> ([f32; B], [u32; B]) {
    let mut most = [f32::NEG_INFINITY; B];
    let mut position = [(rows.first * P::WINDOW[1] + columns.first) as u32; B];
    window!(P, rows, columns, k, pixel, {
        let x = block::<f32, B>(x, pixel * Of::<P>::CHANNELS + c);
        for i in 0..B {
            let better = (x[i] > most[i]) | x[i].is_nan();
            most[i] = if better { x[i] } else { most[i] };
            position[i] = if better { k as u32 } else { position[i] };
        }
    });
    (most, position)
}

/// Computes the gradient of one sample's inputs; overwrites `dx`.
#[inline(always)]
fn max_pool_sample_backward<P: Pool>(dy: &[f32], argmax: &[u8], dx: &mut [f32]) {
    if !Of::<P>::PARTITION {
        dx.fill(0.0);
    }
    windows!(P, 0..P::OUTPUT[1], oy, ox, rows, columns, pixel, {
        channel_blocks!(Of::<P>::CHANNELS, c, B, {
            // Copies: what a block holds cannot change while another is written.
            let gradient = *block::<f32, B>(dy, pixel * Of::<P>::CHANNELS + c);
            let chosen = block::<u8, B>(argmax, pixel * Of::<P>::CHANNELS + c).map(u32::from);
            window!(P, rows, columns, k, pixel, {
                let dx = block_mut::<f32, B>(dx, pixel * Of::<P>::CHANNELS + c);
                let mut part = [0.0; B];
                for i in 0..B {
                    part[i] = if chosen[i] == k as u32 { gradient[i] } else { 0.0 };
                }
                if Of::<P>::OVERLAP {
                    for i in 0..B {
                        part[i] += dx[i];
                    }
                }
                *dx = part;
            });
        });
    });
}

#[inline(always)]
fn avg_pool_rows<P: Pool>(x: &[f32], lines: Range<usize>, y: &mut [f32]) {
    windows!(P, lines, oy, ox, rows, columns, pixel, {
        let divisor = divisor::<P>(rows, columns, oy, ox);
        channel_blocks!(Of::<P>::CHANNELS, c, B, {
            let mut sum = [0.0; B];
            window!(P, rows, columns, _k, pixel, {
                let x = block::<f32, B>(x, pixel * Of::<P>::CHANNELS + c);
                for i in 0..B {
                    sum[i] += x[i];
                }
            });
            *block_mut(y, pixel * Of::<P>::CHANNELS + c) = sum.map(|sum| sum / divisor);
        });
    });
}

#[inline(always)]
fn avg_pool_sample_backward<P: Pool>(dy: &[f32], dx: &mut [f32]) {
    if !Of::<P>::PARTITION {
        dx.fill(0.0);
    }
    windows!(P, 0..P::OUTPUT[1], oy, ox, rows, columns, pixel, {
        let divisor = divisor::<P>(rows, columns, oy, ox);
        channel_blocks!(Of::<P>::CHANNELS, c, B, {
            let gradient = block::<f32, B>(dy, pixel * Of::<P>::CHANNELS + c).map(|dy| dy / divisor);
            window!(P, rows, columns, _k, pixel, {
                let dx = block_mut::<f32, B>(dx, pixel * Of::<P>::CHANNELS + c);
                for i in 0..B {
                    dx[i] = if Of::<P>::OVERLAP { dx[i] + gradient[i] } else { gradient[i] };
                }
            });
        });
    });
}

/// The rows of `y`, of which the first is this one of all samples'.
struct MaxForward<'a, P>(usize, &'a [f32], &'a mut [f32], Option<&'a mut [u8]>, PhantomData<P>);

impl<P: Pool> Kernel for MaxForward<'_, P> {
    type Output = ();
    #[inline(always)]
    fn run<M: Arithmetic>(self) {
        let MaxForward(first, x, y, argmax, _) = self;
        if let Some(argmax) = argmax {
            let samples = x.chunks_exact(Of::<P>::IN).zip(y.chunks_exact_mut(Of::<P>::OUT));
            for ((x, y), argmax) in samples.zip(argmax.chunks_exact_mut(Of::<P>::OUT)) {
                max_pool_rows::<P>(x, 0..P::OUTPUT[1], y, Some(argmax));
            }
        } else {
            by_sample::<P>(first, x, y, |x, lines, y| max_pool_rows::<P>(x, lines, y, None));
        }
    }
}

/// Runs `work` on each sample that has some of these rows of outputs: on its inputs, the places of its rows, and these.
#[inline(always)]
fn by_sample<P: Pool>(
    first: usize,
    x: &[f32],
    y: &mut [f32],
    work: impl Fn(&[f32], Range<usize>, &mut [f32]),
) {
    if !Of::<P>::SHARED {
        let samples = x.chunks_exact(Of::<P>::IN).zip(y.chunks_exact_mut(Of::<P>::OUT));
        return samples.for_each(|(x, y)| work(x, 0..P::OUTPUT[1], y));
    }
    let (mut row, mut y) = (first, y);
    while !y.is_empty() {
        let (sample, line) = (row / P::OUTPUT[1], row % P::OUTPUT[1]);
        let count = (P::OUTPUT[1] - line).min(y.len() / Of::<P>::ROW);
        let (own, others) = y.split_at_mut(count * Of::<P>::ROW);
        work(&x[sample * Of::<P>::IN..(sample + 1) * Of::<P>::IN], line..line + count, own);
        (row, y) = (row + count, others);
    }
}

struct MaxBackward<'a, P>(&'a [f32], &'a [u8], &'a mut [f32], PhantomData<P>);

impl<P: Pool> Kernel for MaxBackward<'_, P> {
    type Output = ();
    #[inline(always)]
    fn run<M: Arithmetic>(self) {
        let samples = self.0.chunks_exact(Of::<P>::OUT).zip(self.1.chunks_exact(Of::<P>::OUT));
        for ((dy, argmax), dx) in samples.zip(self.2.chunks_exact_mut(Of::<P>::IN)) {
            max_pool_sample_backward::<P>(dy, argmax, dx);
        }
    }
}

/// The rows of `y`, of which the first is this one of all samples'.
struct AvgForward<'a, P>(usize, &'a [f32], &'a mut [f32], PhantomData<P>);

impl<P: Pool> Kernel for AvgForward<'_, P> {
    type Output = ();
    #[inline(always)]
    fn run<M: Arithmetic>(self) {
        by_sample::<P>(self.0, self.1, self.2, avg_pool_rows::<P>);
    }
}

struct AvgBackward<'a, P>(&'a [f32], &'a mut [f32], PhantomData<P>);

impl<P: Pool> Kernel for AvgBackward<'_, P> {
    type Output = ();
    #[inline(always)]
    fn run<M: Arithmetic>(self) {
        for (dy, dx) in self.0.chunks_exact(Of::<P>::OUT).zip(self.1.chunks_exact_mut(Of::<P>::IN)) {
            avg_pool_sample_backward::<P>(dy, dx);
        }
    }
}
