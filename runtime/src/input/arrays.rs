//! Arrays of ndarray as samples.

use super::NestedArray;
use ndarray::{ArrayView, ArrayViewD, Dimension};
use thiserror::Error;

/// The reason why an array of ndarray is no sample.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ArrayError {
    /// The array has another shape.
    #[error("expected an array of shape {expected:?}, found {found:?}")]
    Shape {
        /// The input's shape; for several samples, `found` has their number before it.
        expected: Vec<usize>,
        /// The array's shape.
        found: Vec<usize>,
    },
    /// The array's numbers are not in a row, as those of a transposed array.
    #[error("the numbers of the array are not in row-major order")]
    Order,
}

impl ArrayError {
    /// Returns what to do about it.
    pub fn help(&self) -> String {
        match self {
            ArrayError::Shape { .. } => "reshape the array, channels first".into(),
            ArrayError::Order => "copy it: `array.as_standard_layout()`".into(),
        }
    }
}

/// Borrows an array as one sample: an `ArrayView3<f32>` of shape `[1, 28, 28]` as a `&[[[f32; 28]; 28]; 1]`.
///
/// # Errors
/// If the array has another shape than `A`, or its numbers are not in row-major order.
pub fn sample_of<'a, A: NestedArray>(array: ArrayView<'a, f32, impl Dimension>) -> Result<&'a A, ArrayError> {
    let (array, expected) = (array.into_dyn(), shape::<A>());
    match nested(&array, array.shape(), &expected)? {
        [sample] => Ok(sample),
        _ => Err(ArrayError::Shape { expected, found: array.shape().to_vec() }),
    }
}

/// Borrows an array as samples, which its first axis counts: an `ArrayView4<f32>` of shape `[n, 1, 28, 28]` as a
/// `&[[[[f32; 28]; 28]; 1]]`.
///
/// # Errors
/// If the other axes have another shape than `A`, or the array's numbers are not in row-major order.
pub fn samples_of<'a, A: NestedArray>(
    array: ArrayView<'a, f32, impl Dimension>,
) -> Result<&'a [A], ArrayError> {
    let (array, expected) = (array.into_dyn(), shape::<A>());
    let of_one = array.shape().get(1..).unwrap_or_default();
    nested(&array, of_one, &expected)
}

/// Borrows an array's numbers, of which each sample has the shape `of_one`.
fn nested<'a, A: NestedArray>(
    array: &ArrayViewD<'a, f32>,
    of_one: &[usize],
    expected: &[usize],
) -> Result<&'a [A], ArrayError> {
    if of_one != expected {
        return Err(ArrayError::Shape { expected: expected.to_vec(), found: array.shape().to_vec() });
    }
    array.to_slice().map(A::nested).ok_or(ArrayError::Order)
}

fn shape<A: NestedArray>() -> Vec<usize> {
    let mut lengths = vec![];
    A::shape(&mut lengths);
    lengths
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::{Array, Array0, Array3, Array4, ArrayView3};

    type Nested = [[[f32; 3]; 2]; 2];

    fn array() -> Array3<f32> {
        Array::from_iter((0..12u8).map(f32::from)).into_shape_with_order((2, 2, 3)).expect("12 numbers")
    }

    #[test]
    fn an_array_is_borrowed_as_a_sample() {
        let array = array();
        let nested: &Nested = sample_of(array.view()).expect("the shape fits");
        assert_eq!((nested[1][0][2], nested.as_ptr().cast()), (array[[1, 0, 2]], array.as_ptr()));
        let flat = array.view().into_shape_with_order(12).expect("12 numbers");
        assert_eq!(
            sample_of::<[f32; 12]>(flat).expect("the shape fits")[..],
            array.as_slice().expect("rows")[..]
        );
    }

    #[test]
    fn an_axis_counts_samples() {
        let mut arrays = Array4::zeros((3, 2, 2, 3));
        arrays.index_axis_mut(ndarray::Axis(0), 1).assign(&array());
        let samples: &[Nested] = samples_of(arrays.view()).expect("the shape fits");
        assert_eq!((samples.len(), samples[1][1][1][2]), (3, 11.0));
        assert_eq!(samples_of::<Nested>(Array4::zeros((0, 2, 2, 3)).view()), Ok(&[][..]));
    }

    #[test]
    fn another_shape_or_order_is_an_error() {
        let array = array();
        let shape = |found: &[usize]| ArrayError::Shape { expected: vec![2, 2, 3], found: found.to_vec() };
        let turned: ArrayView3<'_, f32> = array.view().permuted_axes([1, 0, 2]);
        assert_eq!(sample_of::<Nested>(turned), Err(ArrayError::Order));
        assert_eq!(sample_of::<Nested>(array.t()), Err(shape(&[3, 2, 2])));
        assert_eq!(samples_of::<Nested>(array.view()), Err(shape(&[2, 2, 3])));
        assert_eq!(samples_of::<Nested>(Array0::<f32>::zeros(()).view()), Err(shape(&[])));
        let error = sample_of::<Nested>(array.t()).expect_err("another shape");
        assert_eq!(error.to_string(), "expected an array of shape [2, 2, 3], found [3, 2, 2]");
        assert!(error.help().contains("reshape"));
    }
}
