//! Sums of whole activations: residual connections, and gradients of what several layers use.

use super::activation::Activation;
use super::isa::{Arithmetic, Kernel, dispatch};

/// `y = activation(a + b)`
pub fn add<A: Activation>(activation: A, a: &[f32], b: &[f32], y: &mut [f32]) {
    assert_eq!((a.len(), b.len()), (y.len(), y.len()));
    dispatch(Add(activation, a, b, y));
}

/// `y = activation(y + b)`
pub fn add_assign<A: Activation>(activation: A, y: &mut [f32], b: &[f32]) {
    assert_eq!(b.len(), y.len());
    dispatch(AddAssign(activation, y, b));
}

struct Add<'a, A>(A, &'a [f32], &'a [f32], &'a mut [f32]);

impl<A: Activation> Kernel for Add<'_, A> {
    type Output = ();
    #[inline(always)]
    fn run<M: Arithmetic>(self) {
        for ((y, a), b) in self.3.iter_mut().zip(self.1).zip(self.2) {
            *y = self.0.apply(a + b);
        }
    }
}

struct AddAssign<'a, A>(A, &'a mut [f32], &'a [f32]);

impl<A: Activation> Kernel for AddAssign<'_, A> {
    type Output = ();
    #[inline(always)]
    fn run<M: Arithmetic>(self) {
        for (y, b) in self.1.iter_mut().zip(self.2) {
            *y = self.0.apply(*y + b);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::activation::{Identity, Relu};
    use crate::kernels::testing::{numbers, on_each_isa};

    #[test]
    fn adds() {
        on_each_isa(|| {
            for len in [0, 1, 15, 64, 1003] {
                let (a, b) = (numbers(1, len), numbers(2, len));
                let want: Vec<f32> = (0..len).map(|i| a[i] + b[i]).collect();
                let mut y = vec![f32::NAN; len];
                add(Identity, &a, &b, &mut y);
                assert_eq!(y, want);
                y.copy_from_slice(&a);
                add_assign(Identity, &mut y, &b);
                assert_eq!(y, want);
                y.copy_from_slice(&a);
                add_assign(Relu, &mut y, &b);
                assert!(y.iter().zip(&want).all(|(y, want)| *y == want.max(0.0)));
            }
        });
    }

    #[test]
    #[should_panic(expected = "left == right")]
    fn lengths_must_agree() {
        add(Identity, &[0.0; 3], &[0.0; 4], &mut [0.0; 3]);
    }
}
