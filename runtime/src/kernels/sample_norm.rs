//! Normalisation by a sample's own statistics: layer, group, instance and root-mean-square normalisation, as PyTorch
//! defines them.
//!
//! `x` and `y` are `[samples, P, C]`; each of `G` groups of neighbouring channels is normalised over its channels and all
//! pixels. Weights and biases are `[C]`, or `[P, C]`. Not `CENTERED`, no mean is subtracted.
//!
//! A group of 16 channels or more is walked in blocks of 16; of smaller ones, as many as fit lie side by side in one block.

use super::activation::Activation;
use super::blocks::{block, block_mut};
use super::gemm::{Columns, MOVE};
use super::isa::{Arithmetic, Kernel, dispatch};

#[cfg(test)]
mod tests;

/// Computes `y = activation((x - mean) / sqrt(variance + eps) · weight + bias)`.
///
/// `stats` becomes each sample's `[mean G | 1 / sqrt(variance + eps) G]`.
pub fn forward<const C: usize, const P: usize, const G: usize, const CENTERED: bool, A: Activation>(
    activation: A,
    x: &[f32],
    weight: Option<&[f32]>,
    bias: Option<&[f32]>,
    eps: f32,
    y: &mut [f32],
    stats: Option<&mut [f32]>,
) {
    check::<C, P, G>(x.len(), weight, stats.as_deref());
    assert_eq!(x.len(), y.len());
    assert!(bias.is_none_or(|bias| bias.len() == C || bias.len() == P * C));
    // Statistics are kept for a training, in which threads have samples of their own.
    if stats.is_some() {
        return dispatch(Forward::<C, P, G, CENTERED, A> { activation, x, weight, bias, eps, y, stats });
    }
    Columns::rows(y, P * C, 4 * MOVE, &|first, y| {
        let x = &x[first * P * C..][..y.len()];
        dispatch(Forward::<C, P, G, CENTERED, A> { activation, x, weight, bias, eps, y, stats: None });
    });
}

/// Replaces the gradient of each output, before its activation, by that of its input.
pub fn input_grad<const C: usize, const P: usize, const G: usize, const CENTERED: bool>(
    x: &[f32],
    stats: &[f32],
    weight: Option<&[f32]>,
    dy: &mut [f32],
) {
    check::<C, P, G>(x.len(), weight, Some(stats));
    assert_eq!(x.len(), dy.len());
    dispatch(InputGrad::<C, P, G, CENTERED> { x, stats, weight, dy });
}

/// Adds the gradient of the weight, the sums of `dy · (x - mean) / sqrt(variance + eps)`, to `grad`.
pub fn weight_grad<const C: usize, const P: usize, const G: usize, const CENTERED: bool>(
    x: &[f32],
    dy: &[f32],
    stats: &[f32],
    grad: &mut [f32],
) {
    check::<C, P, G>(x.len(), Some(grad), Some(stats));
    assert_eq!(x.len(), dy.len());
    dispatch(WeightGrad::<C, P, G> { x, dy, stats, grad });
}

fn check<const C: usize, const P: usize, const G: usize>(
    numbers: usize,
    weight: Option<&[f32]>,
    stats: Option<&[f32]>,
) {
    const { assert!(C > 0 && P > 0 && G > 0 && C.is_multiple_of(G), "groups have the same number of channels") };
    assert_eq!(numbers % (P * C), 0);
    assert!(weight.is_none_or(|weight| weight.len() == C || weight.len() == P * C));
    assert!(stats.is_none_or(|stats| stats.len() == numbers / (P * C) * 2 * G));
}

/// Floats of a block.
const LANES: usize = 16;
type Block = [f32; LANES];

/// Channels that are walked together.
struct Of<const C: usize, const P: usize, const G: usize>;

impl<const C: usize, const P: usize, const G: usize> Of<C, P, G> {
    /// Channels of a group.
    const SIZE: usize = C / G;
    /// Numbers that share statistics.
    const COUNT: f32 = (Self::SIZE * P) as f32;
    /// Groups side by side in a block.
    const TOGETHER: usize = {
        let fit = LANES / Self::SIZE;
        if fit > G {
            G
        } else if fit > 1 {
            fit
        } else {
            1
        }
    };

    /// Returns for each lane of the sums the sum over its group.
    #[inline(always)]
    fn of_groups([a, b, c, d]: [Block; SUMS]) -> Block {
        let mut sums = [0.0; LANES];
        for l in 0..LANES {
            sums[l] = (a[l] + b[l]) + (c[l] + d[l]);
        }
        if Self::SIZE >= LANES {
            let mut parts = sums;
            for half in [8, 4, 2, 1] {
                for l in 0..half {
                    parts[l] += parts[l + half];
                }
            }
            return [parts[0]; LANES];
        }
        let mut groups = [0.0; LANES];
        for l in 0..Self::TOGETHER * Self::SIZE {
            groups[l / Self::SIZE] += sums[l];
        }
        Self::spread(&groups)
    }

    /// Returns for each lane the number of its group.
    #[inline(always)]
    fn spread(groups: &[f32]) -> Block {
        let mut lanes = [0.0; LANES];
        for (l, lane) in lanes.iter_mut().enumerate() {
            *lane = groups[(l / Self::SIZE).min(groups.len() - 1)];
        }
        lanes
    }

    /// Returns the mean and inverse deviation of the groups from this one on, for each lane.
    #[inline(always)]
    fn statistics(stats: &[f32], group: usize) -> [Block; 2] {
        let end = G.min(group + Self::TOGETHER);
        [Self::spread(&stats[group..end]), Self::spread(&stats[G + group..G + end])]
    }
}

/// Sums side by side, so that one addition need not wait for the one before.
const SUMS: usize = 4;

/// Runs `$work` for each block of the groups from `$group` on: `$at` is its place in a sample, `$c` its first channel, `$len`
/// its length, and `$sum` which sum it goes into.
macro_rules! walk {
    ($C:ident, $P:ident, $G:ident, $group:expr, $at:ident, $c:ident, $len:ident, $sum:ident, $work:expr) => {
        if Of::<$C, $P, $G>::SIZE >= SUMS * LANES {
            for pixel in 0..$P {
                channels!($C, $P, $G, $group, $c, $len, $sum, {
                    let $at = pixel * $C + $c;
                    $work
                });
            }
        } else {
            for first in (0..$P / SUMS * SUMS).step_by(SUMS) {
                for $sum in 0..SUMS {
                    channels!($C, $P, $G, $group, $c, $len, _sum, {
                        let $at = (first + $sum) * $C + $c;
                        $work
                    });
                }
            }
            for pixel in $P / SUMS * SUMS..$P {
                channels!($C, $P, $G, $group, $c, $len, _sum, {
                    let ($at, $sum) = (pixel * $C + $c, 0);
                    $work
                });
            }
        }
    };
}

/// Runs `$work` for each block of channels of the groups from `$group` on.
macro_rules! channels {
    ($C:ident, $P:ident, $G:ident, $group:expr, $c:ident, $len:ident, $sum:ident, $work:expr) => {
        let size = Of::<$C, $P, $G>::SIZE;
        let first = $group * size;
        if size >= LANES {
            let full = size / LANES;
            for some in (0..full / SUMS * SUMS).step_by(SUMS) {
                for $sum in 0..SUMS {
                    let ($c, $len) = (first + (some + $sum) * LANES, LANES);
                    $work;
                }
            }
            for more in full / SUMS * SUMS..full {
                let ($c, $len, $sum) = (first + more * LANES, LANES, 0);
                $work;
            }
            if size % LANES > 0 {
                let ($c, $len, $sum) = (first + full * LANES, size % LANES, 0);
                $work;
            }
        } else {
            let ($c, $len, $sum) = (first, Of::<$C, $P, $G>::TOGETHER.min($G - $group) * size, 0);
            $work;
        }
    };
}

#[inline(always)]
fn load(x: &[f32], at: usize, len: usize, padding: Block) -> Block {
    if len == LANES {
        return *block(x, at);
    }
    let mut block = padding;
    block[..len].copy_from_slice(&x[at..at + len]);
    block
}

#[inline(always)]
fn store(block: &Block, x: &mut [f32], at: usize, len: usize) {
    if len == LANES {
        *block_mut(x, at) = *block;
    } else {
        x[at..at + len].copy_from_slice(&block[..len]);
    }
}

/// Returns a block of a weight or bias, which is for each channel or for each number.
#[inline(always)]
fn affine<const C: usize>(param: Option<&[f32]>, none: f32, at: usize, c: usize, len: usize) -> Block {
    match param {
        Some(param) => load(param, if param.len() == C { c } else { at }, len, [none; LANES]),
        None => [none; LANES],
    }
}

struct Forward<'a, const C: usize, const P: usize, const G: usize, const CENTERED: bool, A> {
    activation: A,
    x: &'a [f32],
    weight: Option<&'a [f32]>,
    bias: Option<&'a [f32]>,
    eps: f32,
    y: &'a mut [f32],
    stats: Option<&'a mut [f32]>,
}

impl<const C: usize, const P: usize, const G: usize, const CENTERED: bool, A: Activation> Kernel
    for Forward<'_, C, P, G, CENTERED, A>
{
    type Output = ();
    #[inline(always)]
    fn run<M: Arithmetic>(mut self) {
        for (n, (x, y)) in self.x.chunks_exact(P * C).zip(self.y.chunks_exact_mut(P * C)).enumerate() {
            for group in (0..G).step_by(Of::<C, P, G>::TOGETHER) {
                let [mean, inverse] = statistics::<M, C, P, G, CENTERED>(x, group, self.eps);
                if let Some(stats) = &mut self.stats {
                    let stats = &mut stats[n * 2 * G..(n + 1) * 2 * G];
                    for i in 0..Of::<C, P, G>::TOGETHER.min(G - group) {
                        // A group that fills the block has the same number in all lanes.
                        let lane = (i * Of::<C, P, G>::SIZE).min(LANES - 1);
                        (stats[group + i], stats[G + group + i]) = (mean[lane], inverse[lane]);
                    }
                }
                walk!(C, P, G, group, at, c, len, _sum, {
                    let mut y_block = load(x, at, len, mean);
                    let weight = affine::<C>(self.weight, 1.0, at, c, len);
                    let bias = affine::<C>(self.bias, 0.0, at, c, len);
                    for l in 0..LANES {
                        let scaled = M::mul_add(y_block[l] - mean[l], inverse[l] * weight[l], bias[l]);
                        y_block[l] = self.activation.apply(scaled);
                    }
                    store(&y_block, y, at, len);
                });
            }
        }
    }
}

/// Returns the mean and inverse deviation for each lane: the deviations from a first mean correct it.
#[inline(always)]
fn statistics<M: Arithmetic, const C: usize, const P: usize, const G: usize, const CENTERED: bool>(
    x: &[f32],
    group: usize,
    eps: f32,
) -> [Block; 2] {
    let count = Of::<C, P, G>::COUNT;
    let mut mean = [0.0; LANES];
    if CENTERED {
        let mut sums = [[0.0; LANES]; SUMS];
        walk!(C, P, G, group, at, _c, len, sum, {
            let x = load(x, at, len, [0.0; LANES]);
            for l in 0..LANES {
                sums[sum][l] += x[l];
            }
        });
        mean = Of::<C, P, G>::of_groups(sums).map(|sum| sum / count);
    }
    let (mut off, mut squares) = ([[0.0; LANES]; SUMS], [[0.0; LANES]; SUMS]);
    walk!(C, P, G, group, at, _c, len, sum, {
        let x = load(x, at, len, mean);
        for l in 0..LANES {
            let deviation = x[l] - mean[l];
            off[sum][l] += deviation;
            squares[sum][l] = M::mul_add(deviation, deviation, squares[sum][l]);
        }
    });
    let mut spread = Of::<C, P, G>::of_groups(squares).map(|sum| sum / count);
    if CENTERED {
        let off = Of::<C, P, G>::of_groups(off).map(|sum| sum / count);
        for l in 0..LANES {
            mean[l] += off[l];
            spread[l] = (spread[l] - off[l] * off[l]).max(0.0);
        }
    }
    [mean, spread.map(|spread| (1.0 / (f64::from(spread) + f64::from(eps)).sqrt()) as f32)]
}

struct InputGrad<'a, const C: usize, const P: usize, const G: usize, const CENTERED: bool> {
    x: &'a [f32],
    stats: &'a [f32],
    weight: Option<&'a [f32]>,
    dy: &'a mut [f32],
}

impl<const C: usize, const P: usize, const G: usize, const CENTERED: bool> Kernel
    for InputGrad<'_, C, P, G, CENTERED>
{
    type Output = ();
    #[inline(always)]
    fn run<M: Arithmetic>(self) {
        let count = Of::<C, P, G>::COUNT;
        let samples = self.x.chunks_exact(P * C).zip(self.dy.chunks_exact_mut(P * C));
        for ((x, dy), stats) in samples.zip(self.stats.chunks_exact(2 * G)) {
            for group in (0..G).step_by(Of::<C, P, G>::TOGETHER) {
                // With g = dy · weight and x̂ the normalised input: dx = (g - mean(g) - x̂ · mean(g · x̂)) / deviation
                let [mean, inverse] = Of::<C, P, G>::statistics(stats, group);
                let (mut gradients, mut products) = ([[0.0; LANES]; SUMS], [[0.0; LANES]; SUMS]);
                walk!(C, P, G, group, at, c, len, sum, {
                    let (x, dy) = (load(x, at, len, mean), load(dy, at, len, [0.0; LANES]));
                    let weight = affine::<C>(self.weight, 1.0, at, c, len);
                    for l in 0..LANES {
                        let g = dy[l] * weight[l];
                        gradients[sum][l] += g;
                        products[sum][l] = M::mul_add(g, x[l] - mean[l], products[sum][l]);
                    }
                });
                let mut offset = Of::<C, P, G>::of_groups(gradients).map(|sum| sum / count);
                if !CENTERED {
                    offset = [0.0; LANES];
                }
                let mut slope = Of::<C, P, G>::of_groups(products).map(|sum| sum / count);
                for l in 0..LANES {
                    slope[l] *= inverse[l] * inverse[l];
                }
                let size = Of::<C, P, G>::SIZE;
                if size >= LANES {
                    let line =
                        Line { mean: mean[0], inverse: inverse[0], offset: offset[0], slope: slope[0] };
                    for pixel in 0..P {
                        let (at, c) = (pixel * C + group * size, group * size);
                        let weight = self.weight.map(|weight| {
                            let at = if weight.len() == C { c } else { at };
                            &weight[at..at + size]
                        });
                        line.apply::<M>(&x[at..at + size], weight, &mut dy[at..at + size]);
                    }
                } else {
                    walk!(C, P, G, group, at, c, len, _sum, {
                        let (x, mut dx) = (load(x, at, len, mean), load(dy, at, len, [0.0; LANES]));
                        let weight = affine::<C>(self.weight, 1.0, at, c, len);
                        for l in 0..LANES {
                            let g = M::mul_add(dx[l], weight[l], -offset[l]);
                            dx[l] = M::mul_add(mean[l] - x[l], slope[l], g) * inverse[l];
                        }
                        store(&dx, dy, at, len);
                    });
                }
            }
        }
    }
}

/// Coefficients of the gradients of one group's inputs.
struct Line {
    mean: f32,
    inverse: f32,
    offset: f32,
    slope: f32,
}

impl Line {
    /// Loops over numbers: of a loop over blocks, compilers make one that gathers the first numbers of many blocks.
    #[inline(always)]
    fn apply<M: Arithmetic>(&self, x: &[f32], weight: Option<&[f32]>, dy: &mut [f32]) {
        if let Some(weight) = weight {
            for ((dy, &x), &weight) in dy.iter_mut().zip(x).zip(weight) {
                *dy = self.at::<M>(x, M::mul_add(*dy, weight, -self.offset));
            }
        } else {
            for (dy, &x) in dy.iter_mut().zip(x) {
                *dy = self.at::<M>(x, *dy - self.offset);
            }
        }
    }

    #[inline(always)]
    fn at<M: Arithmetic>(&self, x: f32, g: f32) -> f32 {
        M::mul_add(self.mean - x, self.slope, g) * self.inverse
    }
}

struct WeightGrad<'a, const C: usize, const P: usize, const G: usize> {
    x: &'a [f32],
    dy: &'a [f32],
    stats: &'a [f32],
    grad: &'a mut [f32],
}

impl<const C: usize, const P: usize, const G: usize> Kernel for WeightGrad<'_, C, P, G> {
    type Output = ();
    #[inline(always)]
    fn run<M: Arithmetic>(self) {
        let grad = self.grad;
        let samples = self.x.chunks_exact(P * C).zip(self.dy.chunks_exact(P * C));
        for ((x, dy), stats) in samples.zip(self.stats.chunks_exact(2 * G)) {
            for group in (0..G).step_by(Of::<C, P, G>::TOGETHER) {
                let [mean, inverse] = Of::<C, P, G>::statistics(stats, group);
                let size = Of::<C, P, G>::SIZE;
                if size >= LANES && grad.len() == P * C {
                    for pixel in 0..P {
                        let part = pixel * C + group * size..pixel * C + (group + 1) * size;
                        let numbers = x[part.clone()].iter().zip(&dy[part.clone()]);
                        for (sum, (&x, &dy)) in grad[part].iter_mut().zip(numbers) {
                            *sum = M::mul_add(dy, (x - mean[0]) * inverse[0], *sum);
                        }
                    }
                } else if grad.len() == C {
                    channels!(C, P, G, group, c, len, _sum, {
                        let mut sum = load(grad, c, len, [0.0; LANES]);
                        for pixel in 0..P {
                            add_products::<M>(x, dy, pixel * C + c, len, [&mean, &inverse], &mut sum);
                        }
                        store(&sum, grad, c, len);
                    });
                } else {
                    walk!(C, P, G, group, at, _c, len, _sum, {
                        let mut sum = load(grad, at, len, [0.0; LANES]);
                        add_products::<M>(x, dy, at, len, [&mean, &inverse], &mut sum);
                        store(&sum, grad, at, len);
                    });
                }
            }
        }
    }
}

/// Adds a block of `dy · (x - mean) / deviation`.
#[inline(always)]
fn add_products<M: Arithmetic>(
    x: &[f32],
    dy: &[f32],
    at: usize,
    len: usize,
    [mean, inverse]: [&Block; 2],
    sum: &mut Block,
) {
    let (x, dy) = (load(x, at, len, *mean), load(dy, at, len, [0.0; LANES]));
    for l in 0..LANES {
        sum[l] = M::mul_add(dy[l], (x[l] - mean[l]) * inverse[l], sum[l]);
    }
}
