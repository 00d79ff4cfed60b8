//! Forms in which a program gives samples: numbers in a row, nested arrays of an input's very shape, arrays of ndarray.
//!
//! For `input [1, 28, 28]`, `predict` takes a `&[f32; 784]` and a `&[[[f32; 28]; 28]; 1]`; `step`, `train` and `predict_batch` take
//! slices of either. A wrong shape does not compile. Nothing is copied.
//!
//! A module that [`network!`](crate::network) makes names the type of nested arrays: `Input`, or `InputImage` for one of several inputs
//! that is called `image`. The numbers of one sample are `INPUT`.
//!
//! A slice becomes samples by methods of the standard library:
//!
//! ```
//! # netwright::network! { network Tiny { input [1, 2, 3] flatten dense(2) softmax loss cross_entropy } }
//! # let model = tiny::Model::new(tiny::Params::init(1));
//! let numbers = vec![0.5; 2 * tiny::INPUT];
//! let one: &[f32; tiny::INPUT] = numbers[..tiny::INPUT].try_into()?;
//! model.predict(one);
//! let (many, rest) = numbers.as_chunks::<{ tiny::INPUT }>();
//! assert!(rest.is_empty());
//! let mut outputs = vec![[0.0; tiny::OUTPUT]; many.len()];
//! model.predict_batch(many, &mut outputs);
//! # Ok::<(), std::array::TryFromSliceError>(())
//! ```
//!
//! With the feature `ndarray`, `sample_of` and `samples_of` borrow arrays of ndarray. They check the shape when the program runs:
//!
#![cfg_attr(feature = "ndarray", doc = "```")]
#![cfg_attr(not(feature = "ndarray"), doc = "```ignore")]
//! # netwright::network! { network Tiny { input [1, 2, 3] flatten dense(2) softmax loss cross_entropy } }
//! # let model = tiny::Model::new(tiny::Params::init(1));
//! use ndarray::Array3;
//! use netwright::input::{ArrayError, sample_of};
//!
//! let image = Array3::<f32>::zeros((1, 2, 3));
//! let sample: &tiny::Input = sample_of(image.view())?;
//! model.predict(sample);
//! let turned = sample_of::<tiny::Input>(image.t());
//! assert_eq!(turned.unwrap_err().to_string(), "expected an array of shape [1, 2, 3], found [3, 2, 1]");
//! # Ok::<(), ArrayError>(())
//! ```

#[cfg(feature = "ndarray")]
mod arrays;

#[cfg(feature = "ndarray")]
pub use arrays::{ArrayError, sample_of, samples_of};

use std::slice;
use std::sync::Arc;

/// Array of numbers, or array of such arrays: `[f32; 3]`, `[[f32; 3]; 2]`.
///
/// This trait is sealed: it cannot be implemented outside of this crate.
pub trait NestedArray: sealed::Element {}

impl<T: sealed::Element, const N: usize> NestedArray for [T; N] {}

/// Sample of an input with `N` numbers and the shape of `Nested`: `[f32; N]`, `Nested`, or a pointer to one of them.
///
/// Numbers in a row come channel by channel, and each channel row by row, as they do in nested arrays.
///
/// This trait is sealed: it cannot be implemented outside of this crate.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a sample of this input",
    label = "expected `[f32; {N}]` or `{Nested}`",
    note = "a slice becomes a sample by `<&[f32; {N}]>::try_from(slice)`"
)]
pub trait Sample<const N: usize, Nested>: sealed::Sealed {
    /// Returns the numbers in a row.
    fn numbers(&self) -> &[f32];
}

/// Sample that is an array, so that the numbers of many are in a row: `[f32; N]` or `Nested`.
///
/// This trait is sealed: it cannot be implemented outside of this crate.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a sample of this input",
    label = "expected samples `[f32; {N}]` or `{Nested}`",
    note = "numbers in a slice become samples by `slice.as_chunks::<{N}>()`"
)]
pub trait SampleArray<const N: usize, Nested>: NestedArray {
    /// Returns the samples, the numbers of each in a row.
    #[inline]
    fn rows(samples: &[Self]) -> &[[f32; N]] {
        Self::flat(samples).as_chunks().0
    }
}

impl<const N: usize, Nested> SampleArray<N, Nested> for [f32; N] {}

impl<T, const INNER: usize, const OUTER: usize, const N: usize> SampleArray<N, [[T; INNER]; OUTER]>
    for [[T; INNER]; OUTER]
where
    T: sealed::Element,
{
}

impl<const N: usize, Nested> Sample<N, Nested> for [f32; N] {
    #[inline]
    fn numbers(&self) -> &[f32] {
        self
    }
}

impl<T, const INNER: usize, const OUTER: usize, const N: usize> Sample<N, [[T; INNER]; OUTER]>
    for [[T; INNER]; OUTER]
where
    T: sealed::Element,
{
    #[inline]
    fn numbers(&self) -> &[f32] {
        sealed::Element::flat(slice::from_ref(self))
    }
}

/// Implementations for pointers from which a reference to an array could be coerced.
macro_rules! pointers {
    ($($pointer:ty),*) => {
        $(
            #[diagnostic::do_not_recommend]
            impl<T: Sample<N, Nested>, const N: usize, Nested> Sample<N, Nested> for $pointer {
                #[inline]
                fn numbers(&self) -> &[f32] {
                    (**self).numbers()
                }
            }

            impl<T: sealed::Sealed> sealed::Sealed for $pointer {}
        )*
    };
}

pointers!(&T, &mut T, Box<T>, Arc<T>);

mod sealed {
    /// Keeps [`Sample`](super::Sample) to the types that are known here.
    pub trait Sealed {}

    impl<T: Element, const N: usize> Sealed for [T; N] {}

    /// A number, or an array of elements.
    pub trait Element: Sized {
        /// The numbers of these elements in a row.
        fn flat(elements: &[Self]) -> &[f32];
        /// The elements that these numbers make, without what remains of an incomplete one.
        fn nested(numbers: &[f32]) -> &[Self];
        /// Appends the lengths of an element's arrays, the outer one first.
        fn shape(lengths: &mut Vec<usize>);
    }

    impl Element for f32 {
        #[inline]
        fn flat(elements: &[f32]) -> &[f32] {
            elements
        }

        #[inline]
        fn nested(numbers: &[f32]) -> &[f32] {
            numbers
        }

        fn shape(_: &mut Vec<usize>) {}
    }

    impl<T: Element, const N: usize> Element for [T; N] {
        #[inline]
        fn flat(elements: &[[T; N]]) -> &[f32] {
            T::flat(elements.as_flattened())
        }

        #[inline]
        fn nested(numbers: &[f32]) -> &[[T; N]] {
            T::nested(numbers).as_chunks().0
        }

        fn shape(lengths: &mut Vec<usize>) {
            lengths.push(N);
            T::shape(lengths);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const N: usize = 12;
    type Nested = [[[f32; 3]; 2]; 2];

    fn one(sample: &impl Sample<N, Nested>) -> Vec<f32> {
        sample.numbers().to_vec()
    }

    fn many(samples: &[impl SampleArray<N, Nested>]) -> Vec<f32> {
        SampleArray::rows(samples).as_flattened().to_vec()
    }

    #[test]
    fn nested_arrays_are_channels_of_rows() {
        let nested = [[[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]], [[6.0, 7.0, 8.0], [9.0, 10.0, 11.0]]];
        let flat: [f32; N] = std::array::from_fn(|i| i as f32);
        assert_eq!(one(&nested), flat);
        assert_eq!(many(&[nested, nested]), [flat, flat].as_flattened());
        assert_eq!(many(&[flat, flat]), many(&[nested; 2]));
        assert!(many(&[nested; 0]).is_empty());
    }

    #[test]
    fn a_sample_may_stand_behind_a_pointer() {
        let flat = [1.0; N];
        assert_eq!(one(&flat), one(&&flat));
        assert_eq!(one(&Box::new(flat)), one(&Arc::new([[[1.0; 3]; 2]; 2])));
        assert_eq!(one(&flat), one(&&mut flat.clone()));
    }

    #[test]
    fn types_of_literals_and_lengths_follow_from_the_input() {
        assert_eq!(one(&[0.5; N]), one(&[[[0.5; 3]; 2]; 2]));
        assert_eq!(one(&std::array::from_fn(|_| 0.5)), [0.5; N]);
    }
}
