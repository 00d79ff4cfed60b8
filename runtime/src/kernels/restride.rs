//! Reordering by strides: exchanged axes, channels that become pixels.

use super::gemm::{Columns, MOVE};
use super::isa::{Arithmetic, Kernel, dispatch};
use super::layout::turn;
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
    Columns::rows(y, Of::<S>::SQUARE, MOVE, &|first, y| dispatch(Forward::<S>(first, x, y, PhantomData)));
}

/// Puts each output's gradient where its input was; overwrites `dx`.
pub fn backward<S: Restride>(n: usize, dy: &[f32], dx: &mut [f32]) {
    assert_eq!((dx.len(), dy.len()), (n * Of::<S>::LEN, n * Of::<S>::LEN));
    dispatch(Backward::<S>(dy, dx, PhantomData));
}

/// Constants that follow from those of a [`Restride`].
struct Of<S>(PhantomData<S>);

impl<S: Restride> Of<S> {
    const LEN: usize = S::SIZES[0] * S::SIZES[1] * S::SIZES[2] * Self::SQUARE;
    /// Numbers along the last two axes.
    const SQUARE: usize = S::SIZES[3] * S::SIZES[4];
    /// The last two axes are those of a matrix that is transposed.
    const TURNS: bool =
        S::STRIDES[3] == 1 && S::SIZES[3] > 1 && S::SIZES[4] > 1 && S::STRIDES[4] >= S::SIZES[3];

    /// Returns where the numbers along the last two axes begin in a sample's input, for a place along the others.
    #[inline(always)]
    fn source(place: usize) -> usize {
        let [_, sizes_b, sizes_c, ..] = S::SIZES;
        let [along_a, along_b, along_c, ..] = S::STRIDES;
        place / sizes_c / sizes_b * along_a + place / sizes_c % sizes_b * along_b + place % sizes_c * along_c
    }
}

/// The numbers of `y`, of which the first have this place along the outer axes of all samples.
struct Forward<'a, S>(usize, &'a [f32], &'a mut [f32], PhantomData<S>);

impl<S: Restride> Kernel for Forward<'_, S> {
    type Output = ();
    #[inline(always)]
    fn run<M: Arithmetic>(self) {
        let Forward(first, x, y, _) = self;
        let places = Of::<S>::LEN / Of::<S>::SQUARE;
        for (place, y) in (first..).zip(y.chunks_exact_mut(Of::<S>::SQUARE)) {
            let sample = place / places * Of::<S>::LEN;
            let x = &x[sample + Of::<S>::source(place % places)..sample + Of::<S>::LEN];
            if Of::<S>::TURNS {
                turn([S::SIZES[4], S::SIZES[3]], S::STRIDES[4], x, y);
                continue;
            }
            for (d, y) in y.chunks_exact_mut(S::SIZES[4]).enumerate() {
                let x = &x[d * S::STRIDES[3]..];
                if S::STRIDES[4] == 1 {
                    y.copy_from_slice(&x[..S::SIZES[4]]);
                } else {
                    for (y, x) in y.iter_mut().zip(x.iter().step_by(S::STRIDES[4])) {
                        *y = *x;
                    }
                }
            }
        }
    }
}

struct Backward<'a, S>(&'a [f32], &'a mut [f32], PhantomData<S>);

impl<S: Restride> Kernel for Backward<'_, S> {
    type Output = ();
    #[inline(always)]
    fn run<M: Arithmetic>(self) {
        for (dy, dx) in self.0.chunks_exact(Of::<S>::LEN).zip(self.1.chunks_exact_mut(Of::<S>::LEN)) {
            for (place, dy) in dy.chunks_exact(Of::<S>::SQUARE).enumerate() {
                let dx = &mut dx[Of::<S>::source(place)..];
                if Of::<S>::TURNS && S::STRIDES[4] == S::SIZES[3] {
                    turn([S::SIZES[3], S::SIZES[4]], S::SIZES[4], dy, dx);
                    continue;
                }
                for (d, dy) in dy.chunks_exact(S::SIZES[4]).enumerate() {
                    let dx = &mut dx[d * S::STRIDES[3]..];
                    if S::STRIDES[4] == 1 {
                        dx[..S::SIZES[4]].copy_from_slice(dy);
                    } else {
                        for (dx, dy) in dx.iter_mut().step_by(S::STRIDES[4]).zip(dy) {
                            *dx = *dy;
                        }
                    }
                }
            }
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
    // Groups of the channels of four pixels: two of nine, nine of two, and ten of 17; then three rows of six.
    order!(Mixed: [1, 1, 4, 9, 2], [0, 0, 18, 1, 9]);
    order!(Sorted: [1, 1, 4, 2, 9], [0, 0, 18, 1, 2]);
    order!(Turned: [1, 2, 2, 17, 10], [0, 340, 170, 1, 17]);
    order!(Triples: [1, 1, 4, 6, 3], [0, 0, 18, 1, 6]);
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
        check::<Mixed>();
        check::<Sorted>();
        check::<Turned>();
        check::<Triples>();
        check::<Shuffled>();
    }
}
