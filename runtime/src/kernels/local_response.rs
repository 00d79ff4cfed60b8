//! Local response normalisation: each channel is divided by a power of what its neighbours have.

use super::isa::{Arithmetic, Kernel, dispatch};

/// [torch.nn.LocalResponseNorm](https://docs.pytorch.org/docs/stable/generated/torch.nn.LocalResponseNorm.html) of the channels of
/// each row: `x s^-beta`, where `s = k + alpha / size Σ x²` over `size` channels around.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LocalResponse {
    /// The number of channels in the window; if even, one more lies before.
    pub size: usize,
    /// The factor of their mean square.
    pub alpha: f32,
    /// The power.
    pub beta: f32,
    /// The addend, above 0.
    pub k: f32,
}

impl LocalResponse {
    /// Replaces each row of `C` numbers by its normalised ones.
    pub fn forward<const C: usize>(self, x: &mut [f32]) {
        assert_eq!(x.len() % C, 0);
        dispatch(Forward::<C>(self, x));
    }

    /// Replaces the gradient of what was made of `x` by that of `x`.
    pub fn backward<const C: usize>(self, x: &[f32], dy: &mut [f32]) {
        assert_eq!(x.len() % C, 0);
        assert_eq!(x.len(), dy.len());
        dispatch(Backward::<C>(self, x, dy));
    }

    /// Computes `s` of each channel.
    #[inline(always)]
    fn scales<const C: usize>(self, x: &[f32; C]) -> [f32; C] {
        let mut sums = [0.0; C];
        add_around(&x.map(|x| x * x), self.size / 2, (self.size - 1) / 2, &mut sums);
        let share = self.alpha / self.size as f32;
        sums.map(|sum| self.k + share * sum)
    }

    /// Computes `s^-beta`; the powers that papers use are roots, which are faster than logarithms.
    #[inline(always)]
    fn powers<const C: usize>(self, scales: &[f32; C]) -> [f32; C] {
        match self.beta {
            0.75 => scales.map(|s| 1.0 / (s.sqrt() * s.sqrt().sqrt())),
            0.5 => scales.map(|s| 1.0 / s.sqrt()),
            1.0 => scales.map(|s| 1.0 / s),
            beta => scales.map(|s| s.powf(-beta)),
        }
    }
}

/// Adds to each channel its own number, and those of `before` channels before it and `behind` after it.
#[inline(always)]
fn add_around<const C: usize>(numbers: &[f32; C], before: usize, behind: usize, sums: &mut [f32; C]) {
    for distance in (1..=before.min(C - 1)).rev() {
        sums[distance..].iter_mut().zip(numbers).for_each(|(sum, x)| *sum += x);
    }
    for distance in 0..=behind.min(C - 1) {
        sums.iter_mut().zip(&numbers[distance..]).for_each(|(sum, x)| *sum += x);
    }
}

struct Forward<'a, const C: usize>(LocalResponse, &'a mut [f32]);

impl<const C: usize> Kernel for Forward<'_, C> {
    type Output = ();
    #[inline(always)]
    fn run<M: Arithmetic>(self) {
        let (norm, rows) = (self.0, self.1.as_chunks_mut::<C>().0);
        for row in rows {
            let powers = norm.powers(&norm.scales(row));
            row.iter_mut().zip(powers).for_each(|(x, power)| *x *= power);
        }
    }
}

struct Backward<'a, const C: usize>(LocalResponse, &'a [f32], &'a mut [f32]);

impl<const C: usize> Kernel for Backward<'_, C> {
    type Output = ();
    #[inline(always)]
    fn run<M: Arithmetic>(self) {
        let (norm, x, dy) = (self.0, self.1.as_chunks::<C>().0, self.2.as_chunks_mut::<C>().0);
        let factor = -2.0 * norm.alpha * norm.beta / norm.size as f32;
        for (x, dy) in x.iter().zip(dy) {
            let scales = norm.scales(x);
            let powers = norm.powers(&scales);
            let mut own = [0.0; C];
            for i in 0..C {
                own[i] = factor * dy[i] * x[i] * powers[i] / scales[i];
            }
            // A channel is part of the sums of those whose windows it lies in.
            let mut around = [0.0; C];
            add_around(&own, (norm.size - 1) / 2, norm.size / 2, &mut around);
            for i in 0..C {
                dy[i] = dy[i] * powers[i] + x[i] * around[i];
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::testing::{assert_close, numbers, on_each_isa};

    fn check<const C: usize>(norm: LocalResponse) {
        let [alpha, beta, k] = [norm.alpha, norm.beta, norm.k].map(f64::from);
        on_each_isa(|| {
            for rows in [0, 1, 4] {
                let (x, dy) = (numbers(1, rows * C), numbers(2, rows * C));
                let (mut y, mut dx) = (x.clone(), dy.clone());
                norm.forward::<C>(&mut y);
                norm.backward::<C>(&x, &mut dx);
                let (mut want_y, mut want_dx) = (Vec::new(), Vec::new());
                for (x, dy) in x.chunks(C).zip(dy.chunks(C)) {
                    let x: Vec<f64> = x.iter().map(|&x| f64::from(x)).collect();
                    let window =
                        |c: usize| c.saturating_sub(norm.size / 2)..(c + norm.size.div_ceil(2)).min(C);
                    let scale = |c: usize| {
                        k + alpha / norm.size as f64 * x[window(c)].iter().map(|x| x * x).sum::<f64>()
                    };
                    for c in 0..C {
                        want_y.push(x[c] * scale(c).powf(-beta));
                        let mut slope = f64::from(dy[c]) * scale(c).powf(-beta);
                        for j in (0..C).filter(|&j| window(j).contains(&c)) {
                            slope -= 2.0 * alpha * beta / norm.size as f64
                                * f64::from(dy[j])
                                * x[j]
                                * scale(j).powf(-beta - 1.0)
                                * x[c];
                        }
                        want_dx.push(slope);
                    }
                }
                assert_close(&y, &want_y, 1e-6);
                assert_close(&dx, &want_dx, 2e-6);
            }
        });
    }

    #[test]
    fn agrees_with_the_definition() {
        for beta in [0.5, 0.6, 0.75, 1.0] {
            for size in [1, 2, 5, 8] {
                let norm = LocalResponse { size, alpha: 0.5, beta, k: 1.5 };
                check::<1>(norm);
                check::<3>(norm);
                check::<16>(norm);
                check::<37>(norm);
            }
        }
    }
}
