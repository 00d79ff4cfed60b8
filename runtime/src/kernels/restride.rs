//! Reordering by strides: exchanged axes, channels that become pixels.

use super::isa::{Arithmetic, Kernel, dispatch};
use std::marker::PhantomData;

/// The order of a layer's output.
pub trait Restride {
    /// The output's sizes for one sample, from the outermost to the innermost.
    const SIZES: [usize; 5];
    /// The distance in the input of two neighbours along each of these axes.
    const STRIDES: [usize; 5];
}

/// Writes `y` in its order, reading `x` by strides.
pub fn forward<S: Restride>(n: usize, x: &[f32], y: &mut [f32]) {
    assert_eq!((x.len(), y.len()), (n * Of::<S>::LEN, n * Of::<S>::LEN));
    dispatch(Forward::<S>(x, y, PhantomData));
}

/// Puts each output's gradient where its input was; overwrites `dx`.
pub fn backward<S: Restride>(n: usize, dy: &[f32], dx: &mut [f32]) {
    assert_eq!((dx.len(), dy.len()), (n * Of::<S>::LEN, n * Of::<S>::LEN));
    dispatch(Backward::<S>(dy, dx, PhantomData));
}

/// Constants that follow from those of a [`Restride`].
struct Of<S>(PhantomData<S>);

impl<S: Restride> Of<S> {
    const LEN: usize = S::SIZES[0] * S::SIZES[1] * S::SIZES[2] * S::SIZES[3] * S::SIZES[4];
}

/// Runs `$work` for each innermost row: `$from` is where it begins in the input, `$to` in the output.
macro_rules! rows {
    ($S:ident, $from:ident, $to:ident, $work:expr) => {
        let mut $to = 0;
        for a in 0..$S::SIZES[0] {
            for b in 0..$S::SIZES[1] {
                for c in 0..$S::SIZES[2] {
                    for d in 0..$S::SIZES[3] {
                        let [along_a, along_b, along_c, along_d, _] = $S::STRIDES;
                        let $from = a * along_a + b * along_b + c * along_c + d * along_d;
                        $work;
                        $to += $S::SIZES[4];
                    }
                }
            }
        }
    };
}

struct Forward<'a, S>(&'a [f32], &'a mut [f32], PhantomData<S>);

impl<S: Restride> Kernel for Forward<'_, S> {
    type Output = ();
    #[inline(always)]
    fn run<M: Arithmetic>(self) {
        for (x, y) in self.0.chunks_exact(Of::<S>::LEN).zip(self.1.chunks_exact_mut(Of::<S>::LEN)) {
            rows!(S, from, to, {
                let y = &mut y[to..to + S::SIZES[4]];
                if S::STRIDES[4] == 1 {
                    y.copy_from_slice(&x[from..from + S::SIZES[4]]);
                } else {
                    for (y, x) in y.iter_mut().zip(x[from..].iter().step_by(S::STRIDES[4])) {
                        *y = *x;
                    }
                }
            });
        }
    }
}

struct Backward<'a, S>(&'a [f32], &'a mut [f32], PhantomData<S>);

impl<S: Restride> Kernel for Backward<'_, S> {
    type Output = ();
    #[inline(always)]
    fn run<M: Arithmetic>(self) {
        for (dy, dx) in self.0.chunks_exact(Of::<S>::LEN).zip(self.1.chunks_exact_mut(Of::<S>::LEN)) {
            rows!(S, from, to, {
                let dy = &dy[to..to + S::SIZES[4]];
                if S::STRIDES[4] == 1 {
                    dx[from..from + S::SIZES[4]].copy_from_slice(dy);
                } else {
                    for (dx, dy) in dx[from..].iter_mut().step_by(S::STRIDES[4]).zip(dy) {
                        *dx = *dy;
                    }
                }
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::testing::{numbers, on_each_isa};

    macro_rules! order {
        ($name:ident: $sizes:expr, $strides:expr) => {
            struct $name;
            impl Restride for $name {
                const SIZES: [usize; 5] = $sizes;
                const STRIDES: [usize; 5] = $strides;
            }
        };
    }

    order!(Same: [1, 1, 1, 3, 20], [0, 0, 0, 20, 1]);
    order!(Transposed: [1, 1, 4, 3, 5], [0, 0, 5, 20, 1]);
    order!(Rotated: [1, 1, 5, 3, 4], [0, 0, 1, 20, 5]);
    // Two by two squares of 17 channels, of a row of three pixels by two.
    order!(Shuffled: [2, 2, 3, 2, 17], [204, 2, 68, 1, 4]);

    fn check<S: Restride>() {
        on_each_isa(|| {
            for n in [0, 1, 2] {
                let x = numbers(1, n * Of::<S>::LEN);
                let (mut y, mut back) = (vec![f32::NAN; x.len()], vec![f32::NAN; x.len()]);
                forward::<S>(n, &x, &mut y);
                for (o, &y) in y.iter().enumerate() {
                    let (mut rest, mut from) = (o, 0);
                    for (size, stride) in S::SIZES.iter().zip(S::STRIDES).rev() {
                        from += rest % size * stride;
                        rest /= size;
                    }
                    assert_eq!(y, x[rest * Of::<S>::LEN + from]);
                }
                backward::<S>(n, &y, &mut back);
                assert_eq!(back, x);
            }
        });
    }

    #[test]
    fn is_its_definition() {
        check::<Same>();
        check::<Transposed>();
        check::<Rotated>();
        check::<Shuffled>();
    }
}
