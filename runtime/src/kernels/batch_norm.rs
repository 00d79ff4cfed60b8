//! Batch normalisation (Ioffe and Szegedy, 2015) as PyTorch defines it.
//!
//! `x`, `y` and their gradients are `[rows, C]`, a row for each pixel of each sample. A training step needs two numbers a
//! channel from the whole batch before it can go on, forward and backward: each lane collects a partial result from its
//! tiles ([`moments`], [`backward_sums`]), and these are put together in the lanes' order.

use super::activation::Activation;
use super::blocks::{block, block_mut, channel_blocks};
use super::gemm::{Columns, MOVE};
use super::isa::{Arithmetic, Kernel, dispatch};

#[cfg(test)]
mod tests;

/// Adds a tile to `partial`, `[mean C | sum of squared deviations C | rows 1]`, which is zeros at first.
///
/// Chan, Golub and LeVeque's formula (1979): nothing cancels, whatever the mean.
pub fn moments<const C: usize>(x: &[f32], partial: &mut [f32]) {
    assert_eq!(x.len() % C, 0);
    assert_eq!(partial.len(), 2 * C + 1);
    dispatch(Moments::<C>(x, partial));
}

/// Merges the partial results of [`moments`] in order and updates what inference will use.
///
/// `stats` becomes `[mean C | 1 / sqrt(variance + eps) C]` with the variance divided by the number of rows; the running
/// variance takes the one divided by one less. `momentum` is the weight of the new value, as in PyTorch.
/// A single row has a variance of 0; training steps refuse it before they come here, as PyTorch does.
pub fn finish<'a, const C: usize>(
    partials: impl Iterator<Item = &'a [f32]>,
    eps: f32,
    momentum: f32,
    stats: &mut [f32],
    running_mean: &mut [f32],
    running_var: &mut [f32],
) {
    assert_eq!((stats.len(), running_mean.len(), running_var.len()), (2 * C, C, C));
    stats.fill(0.0);
    let (mean, second) = stats.split_at_mut(C);
    let mut rows = 0.0;
    for partial in partials {
        assert_eq!(partial.len(), 2 * C + 1);
        let further = partial[2 * C];
        if further == 0.0 {
            continue;
        }
        let weight = further / (rows + further);
        for c in 0..C {
            (mean[c], second[c]) = merge(mean[c], second[c], rows, partial[c], partial[C + c], weight);
        }
        rows += further;
    }
    assert!(rows > 0.0, "batch normalisation needs at least one row");
    for c in 0..C {
        let unbiased = second[c] / (rows - 1.0).max(1.0);
        running_mean[c] = (1.0 - momentum) * running_mean[c] + momentum * mean[c];
        running_var[c] = (1.0 - momentum) * running_var[c] + momentum * unbiased;
        second[c] = inverse_deviation(second[c] / rows, eps);
    }
}

/// Computes `y = activation((x - mean) · inv_std · gamma + beta)` with the batch's `stats` from [`finish`].
pub fn normalize<const C: usize, A: Activation>(
    activation: A,
    x: &[f32],
    stats: &[f32],
    gamma: &[f32],
    beta: &[f32],
    y: &mut [f32],
) {
    assert_eq!(stats.len(), 2 * C);
    let (mean, inv_std) = stats.split_at(C);
    dispatch(Normalize::<C, A, false>::new(activation, x, mean, (inv_std, 0.0), gamma, beta, y));
}

/// Like [`normalize`], but with running statistics, for inference.
#[expect(clippy::too_many_arguments, reason = "a batch norm layer has this many parameters")]
pub fn apply_running<const C: usize, A: Activation>(
    activation: A,
    x: &[f32],
    running_mean: &[f32],
    running_var: &[f32],
    gamma: &[f32],
    beta: &[f32],
    eps: f32,
    y: &mut [f32],
) {
    assert_eq!(x.len(), y.len());
    Columns::rows(y, C, 2 * MOVE, &|first, y| {
        let x = &x[first * C..][..y.len()];
        dispatch(Normalize::<C, A, true>::new(
            activation,
            x,
            running_mean,
            (running_var, eps),
            gamma,
            beta,
            y,
        ));
    });
}

/// Folds a norm by running statistics into the layer with `C` outputs before it: scales the layer's weights,
/// which lie output by output, and computes its new bias.
#[allow(clippy::too_many_arguments)]
pub fn fold<const C: usize>(
    mean: &[f32],
    var: &[f32],
    gamma: &[f32],
    beta: &[f32],
    eps: f32,
    weight: &mut [f32],
    bias: Option<&[f32]>,
    folded: &mut [f32],
) {
    assert_eq!([mean.len(), var.len(), gamma.len(), beta.len(), folded.len()], [C; 5]);
    assert!(weight.len().is_multiple_of(C) && bias.is_none_or(|bias| bias.len() == C));
    let inputs = weight.len() / C;
    for c in 0..C {
        let scale = f64::from(gamma[c]) / (f64::from(var[c]) + f64::from(eps)).sqrt();
        for w in &mut weight[c * inputs..(c + 1) * inputs] {
            *w = (f64::from(*w) * scale) as f32;
        }
        let shift = f64::from(bias.map_or(0.0, |bias| bias[c])) - f64::from(mean[c]);
        folded[c] = (f64::from(beta[c]) + shift * scale) as f32;
    }
}

/// Adds a tile's `[sum of dy · x̂ | sum of dy]` to `partial`: the gradients of gamma and beta.
pub fn backward_sums<const C: usize>(x: &[f32], dy: &[f32], stats: &[f32], partial: &mut [f32]) {
    assert_eq!(x.len() % C, 0);
    assert_eq!(x.len(), dy.len());
    assert_eq!((stats.len(), partial.len()), (2 * C, 2 * C));
    dispatch(Sums::<C> { x, dy, stats, partial });
}

/// Computes the gradient of a tile's input, from the whole batch's `sums` of [`backward_sums`] and its number
/// of rows.
pub fn input_grad<const C: usize>(
    x: &[f32],
    dy: &[f32],
    stats: &[f32],
    gamma: &[f32],
    sums: &[f32],
    rows_total: usize,
    dx: &mut [f32],
) {
    assert_eq!(dy.len(), dx.len());
    dispatch(InputGrad::<C, false>::new(x, dy, stats, gamma, sums, rows_total, dx));
}

/// Computes the gradient of the input of [`apply_running`] without its activation, in place of `dy`: what is
/// normalised by fixed statistics is only scaled.
pub fn running_grad<const C: usize>(gamma: &[f32], running_var: &[f32], eps: f32, dy: &mut [f32]) {
    assert_eq!(dy.len() % C, 0);
    assert_eq!((gamma.len(), running_var.len()), (C, C));
    for row in dy.chunks_exact_mut(C) {
        for ((d, g), v) in row.iter_mut().zip(gamma).zip(running_var) {
            *d *= g / (v + eps).sqrt();
        }
    }
}

/// Runs [`input_grad`] with the result in place of `dy`.
pub fn input_grad_in_place<const C: usize>(
    x: &[f32],
    dy: &mut [f32],
    stats: &[f32],
    gamma: &[f32],
    sums: &[f32],
    rows_total: usize,
) {
    dispatch(InputGrad::<C, true>::new(x, &[], stats, gamma, sums, rows_total, dy));
}

/// Merges one channel's mean and sum of squared deviations with those of further rows. `weight` is the
/// further rows' part of all.
#[inline(always)]
fn merge(mean: f32, second: f32, rows: f32, mean_b: f32, second_b: f32, weight: f32) -> (f32, f32) {
    let delta = mean_b - mean;
    (mean + delta * weight, second + second_b + delta * delta * rows * weight)
}

/// Computes `1 / √(variance + eps)` in 64 bits; 0 where PyTorch has 0.
#[inline(always)]
fn inverse_deviation(variance: f32, eps: f32) -> f32 {
    let variance = f64::from(variance) + f64::from(eps);
    if variance == 0.0 { 0.0 } else { (1.0 / variance.sqrt()) as f32 }
}

struct Moments<'a, const C: usize>(&'a [f32], &'a mut [f32]);

impl<const C: usize> Kernel for Moments<'_, C> {
    type Output = ();
    #[inline(always)]
    fn run<M: Arithmetic>(self) {
        let further = (self.0.len() / C) as f32;
        if further == 0.0 {
            return;
        }
        let (means, rest) = self.1.split_at_mut(C);
        let (seconds, rows) = rest.split_at_mut(C);
        let weight = further / (rows[0] + further);
        channel_blocks!([64, 16, 8, 4, 2, 1], C, c, B, {
            let (mean_b, second_b) = tile_moments::<M, C, B>(self.0, c);
            let (mut mean, mut second) = (*block::<_, B>(means, c), *block::<_, B>(seconds, c));
            for i in 0..B {
                (mean[i], second[i]) = merge(mean[i], second[i], rows[0], mean_b[i], second_b[i], weight);
            }
            *block_mut(means, c) = mean;
            *block_mut(seconds, c) = second;
        });
        rows[0] += further;
    }
}

/// Runs `$work` for each row with `$sum`, one of two sums: neighbouring rows do not wait for one another.
macro_rules! alternate {
    ($C:expr, $B:expr, $c:expr, [$($x:expr),*], [$($row:ident),*], $sums:ident, $sum:ident, $work:expr) => {
        let rows = [$($x.len() / $C),*][0];
        for row in (1..rows).step_by(2) {
            alternate!(@row $C, $B, $c, row - 1, [$($x),*], [$($row),*], $sums[0], $sum, $work);
            alternate!(@row $C, $B, $c, row, [$($x),*], [$($row),*], $sums[1], $sum, $work);
        }
        if rows % 2 == 1 {
            alternate!(@row $C, $B, $c, rows - 1, [$($x),*], [$($row),*], $sums[0], $sum, $work);
        }
    };
    (@row $C:expr, $B:expr, $c:expr, $r:expr, [$($x:expr),*], [$($row:ident),*], $of:expr, $sum:ident, $work:expr) => {
        let $sum = &mut $of;
        $(let $row = block::<_, $B>($x, $r * $C + $c);)*
        $work;
    };
}

/// Returns the mean and sum of squared deviations: the deviations from a first mean correct it.
#[inline(always)]
fn tile_moments<M: Arithmetic, const C: usize, const B: usize>(x: &[f32], c: usize) -> ([f32; B], [f32; B]) {
    let rows = (x.len() / C) as f32;
    let mut sums = [[0.0; B]; 2];
    alternate!(C, B, c, [x], [row], sums, sum, {
        for i in 0..B {
            sum[i] += row[i];
        }
    });
    let mut mean = [0.0; B];
    for i in 0..B {
        mean[i] = (sums[0][i] + sums[1][i]) / rows;
    }
    // The sums of the deviations and of their squares.
    let mut sums = [([0.0; B], [0.0; B]); 2];
    alternate!(C, B, c, [x], [row], sums, sum, {
        for i in 0..B {
            let deviation = row[i] - mean[i];
            sum.0[i] += deviation;
            sum.1[i] = M::mul_add(deviation, deviation, sum.1[i]);
        }
    });
    let (mut off, mut second) = ([0.0; B], [0.0; B]);
    for i in 0..B {
        off[i] = sums[0].0[i] + sums[1].0[i];
        second[i] = sums[0].1[i] + sums[1].1[i];
    }
    for i in 0..B {
        off[i] /= rows;
        mean[i] += off[i];
        second[i] -= off[i] * off[i] * rows;
    }
    (mean, second.map(|second| second.max(0.0)))
}

/// Normalisation; with `RUNNING` statistics `spread` is the variance and `eps`, else the inverse deviation.
struct Normalize<'a, const C: usize, A, const RUNNING: bool> {
    activation: A,
    x: &'a [f32],
    mean: &'a [f32],
    spread: (&'a [f32], f32),
    gamma: &'a [f32],
    beta: &'a [f32],
    y: &'a mut [f32],
}

impl<'a, const C: usize, A: Activation, const RUNNING: bool> Normalize<'a, C, A, RUNNING> {
    fn new(
        activation: A,
        x: &'a [f32],
        mean: &'a [f32],
        spread: (&'a [f32], f32),
        gamma: &'a [f32],
        beta: &'a [f32],
        y: &'a mut [f32],
    ) -> Self {
        assert_eq!(x.len() % C, 0);
        assert_eq!(x.len(), y.len());
        assert_eq!([mean.len(), spread.0.len(), gamma.len(), beta.len()], [C; 4]);
        Normalize { activation, x, mean, spread, gamma, beta, y }
    }
}

impl<const C: usize, A: Activation, const RUNNING: bool> Kernel for Normalize<'_, C, A, RUNNING> {
    type Output = ();
    #[inline(always)]
    fn run<M: Arithmetic>(self) {
        channel_blocks!([64, 16, 8, 4, 2, 1], C, c, B, {
            let mean = *block::<_, B>(self.mean, c);
            let beta = *block::<_, B>(self.beta, c);
            let mut scale = *block::<_, B>(self.gamma, c);
            let mut inverse = *block::<_, B>(self.spread.0, c);
            if RUNNING {
                for variance in &mut inverse {
                    *variance = inverse_deviation(*variance, self.spread.1);
                }
            }
            for i in 0..B {
                scale[i] *= inverse[i];
            }
            for row in 0..self.x.len() / C {
                // Its bounds are checked, and so the loop over the rows is not the one that becomes vectors.
                let mut x = *block::<_, B>(self.x, row * C + c);
                for i in 0..B {
                    x[i] = self.activation.apply(M::mul_add(x[i] - mean[i], scale[i], beta[i]));
                }
                *block_mut(self.y, row * C + c) = x;
            }
        });
    }
}

struct Sums<'a, const C: usize> {
    x: &'a [f32],
    dy: &'a [f32],
    stats: &'a [f32],
    partial: &'a mut [f32],
}

impl<const C: usize> Kernel for Sums<'_, C> {
    type Output = ();
    #[inline(always)]
    fn run<M: Arithmetic>(self) {
        let (mean, inv_std) = self.stats.split_at(C);
        let (dgamma, dbeta) = self.partial.split_at_mut(C);
        channel_blocks!([64, 16, 8, 4, 2, 1], C, c, B, {
            let mean = *block::<_, B>(mean, c);
            // The sums of the products and of the gradients.
            let mut sums = [([0.0; B], [0.0; B]); 2];
            alternate!(C, B, c, [self.x, self.dy], [x, dy], sums, sum, {
                for i in 0..B {
                    sum.0[i] = M::mul_add(dy[i], x[i] - mean[i], sum.0[i]);
                    sum.1[i] += dy[i];
                }
            });
            let inv_std = *block::<_, B>(inv_std, c);
            let (mut products, mut gradients) = (*block::<_, B>(dgamma, c), *block::<_, B>(dbeta, c));
            for i in 0..B {
                products[i] += (sums[0].0[i] + sums[1].0[i]) * inv_std[i];
                gradients[i] += sums[0].1[i] + sums[1].1[i];
            }
            *block_mut(dgamma, c) = products;
            *block_mut(dbeta, c) = gradients;
        });
    }
}

struct InputGrad<'a, const C: usize, const IN_PLACE: bool> {
    x: &'a [f32],
    dy: &'a [f32],
    stats: &'a [f32],
    gamma: &'a [f32],
    sums: &'a [f32],
    rows: f32,
    dx: &'a mut [f32],
}

impl<'a, const C: usize, const IN_PLACE: bool> InputGrad<'a, C, IN_PLACE> {
    fn new(
        x: &'a [f32],
        dy: &'a [f32],
        stats: &'a [f32],
        gamma: &'a [f32],
        sums: &'a [f32],
        rows_total: usize,
        dx: &'a mut [f32],
    ) -> Self {
        assert_eq!(x.len() % C, 0);
        assert_eq!(x.len(), dx.len());
        assert_eq!((stats.len(), gamma.len(), sums.len()), (2 * C, C, 2 * C));
        InputGrad { x, dy, stats, gamma, sums, rows: rows_total as f32, dx }
    }
}

impl<const C: usize, const IN_PLACE: bool> Kernel for InputGrad<'_, C, IN_PLACE> {
    type Output = ();
    #[inline(always)]
    fn run<M: Arithmetic>(self) {
        let (means, inv_std) = self.stats.split_at(C);
        let (dgamma, dbeta) = self.sums.split_at(C);
        channel_blocks!([64, 16, 8, 4, 2, 1], C, c, B, {
            // dx = gamma · inv_std · (dy - dbeta / rows - x̂ · dgamma / rows)
            let (mean, inverse) = (*block::<_, B>(means, c), *block::<_, B>(inv_std, c));
            let (mut scale, mut slope) = (*block::<_, B>(self.gamma, c), *block::<_, B>(dgamma, c));
            let mut offset = *block::<_, B>(dbeta, c);
            for i in 0..B {
                scale[i] *= inverse[i];
                slope[i] *= inverse[i] / self.rows;
                offset[i] /= self.rows;
            }
            for (r, (x, dx)) in self.x.chunks_exact(C).zip(self.dx.chunks_exact_mut(C)).enumerate() {
                let (x, dx) = (*block::<_, B>(x, c), block_mut::<_, B>(dx, c));
                let mut dy = if IN_PLACE { *dx } else { *block::<_, B>(self.dy, r * C + c) };
                for i in 0..B {
                    dy[i] = M::mul_add(mean[i] - x[i], slope[i], dy[i] - offset[i]) * scale[i];
                }
                *dx = dy;
            }
        });
    }
}
