//! Sums of whole activations: residual connections, and gradients of what several layers use.

use super::isa::{Arithmetic, Kernel, dispatch};

/// `y = a + b`
pub fn add(a: &[f32], b: &[f32], y: &mut [f32]) {
    assert_eq!((a.len(), b.len()), (y.len(), y.len()));
    dispatch(Add(a, b, y));
}

/// `y += b`
pub fn add_assign(y: &mut [f32], b: &[f32]) {
    assert_eq!(b.len(), y.len());
    dispatch(AddAssign(y, b));
}

struct Add<'a>(&'a [f32], &'a [f32], &'a mut [f32]);

impl Kernel for Add<'_> {
    type Output = ();
    #[inline(always)]
    fn run<M: Arithmetic>(self) {
        for ((y, a), b) in self.2.iter_mut().zip(self.0).zip(self.1) {
            *y = a + b;
        }
    }
}

struct AddAssign<'a>(&'a mut [f32], &'a [f32]);

impl Kernel for AddAssign<'_> {
    type Output = ();
    #[inline(always)]
    fn run<M: Arithmetic>(self) {
        for (y, b) in self.0.iter_mut().zip(self.1) {
            *y += b;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::testing::{numbers, on_each_isa};

    #[test]
    fn adds() {
        on_each_isa(|| {
            for len in [0, 1, 15, 64, 1003] {
                let (a, b) = (numbers(1, len), numbers(2, len));
                let want: Vec<f32> = (0..len).map(|i| a[i] + b[i]).collect();
                let mut y = vec![f32::NAN; len];
                add(&a, &b, &mut y);
                assert_eq!(y, want);
                y.copy_from_slice(&a);
                add_assign(&mut y, &b);
                assert_eq!(y, want);
            }
        });
    }

    #[test]
    #[should_panic(expected = "left == right")]
    fn lengths_must_agree() {
        add(&[0.0; 3], &[0.0; 4], &mut [0.0; 3]);
    }
}
