//! Memory for parameters and activations: aligned to cache lines, on the heap, never moved.

#[cfg(feature = "ndarray")]
use ndarray::{ArrayViewD, ArrayViewMutD, IxDyn};
use std::fmt;
use std::ops::{Deref, DerefMut, Range};
use std::slice::GetDisjointMutError;

/// A cache line and an AVX-512 register, in bytes.
const ALIGNMENT: usize = 64;

/// `N` floats, zero at first.
pub struct Tensor<const N: usize>(Aligned<f32>);

impl<const N: usize> Default for Tensor<N> {
    fn default() -> Self {
        Tensor(Aligned::new(N))
    }
}

impl<const N: usize> Clone for Tensor<N> {
    fn clone(&self) -> Self {
        let mut copy = Self::default();
        copy.copy_from_slice(self);
        copy
    }

    fn clone_from(&mut self, source: &Self) {
        self.copy_from_slice(source);
    }
}

impl<const N: usize> PartialEq for Tensor<N> {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl<const N: usize> Deref for Tensor<N> {
    type Target = [f32];
    #[inline]
    fn deref(&self) -> &[f32] {
        self.0.all()
    }
}

impl<const N: usize> DerefMut for Tensor<N> {
    #[inline]
    fn deref_mut(&mut self) -> &mut [f32] {
        self.0.all_mut()
    }
}

impl<const N: usize> fmt::Debug for Tensor<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Tensor<{N}>")
    }
}

/// Returns zeros on the heap that were never on the stack, where many numbers have no room; for generated code.
///
/// # Panics
/// Never: the box has the array's length.
#[doc(hidden)]
pub fn boxed<const N: usize>() -> Box<[f32; N]> {
    vec![0.0; N].into_boxed_slice().try_into().expect("a slice of its length")
}

/// Memory whose length is known when the program runs, handed out in slots whose places the compiler planned.
#[doc(hidden)]
pub struct Arena<T>(Aligned<T>);

impl<T: Copy + Default> Arena<T> {
    /// Creates an arena of `len` elements of the default value.
    pub fn new(len: usize) -> Self {
        Arena(Aligned::new(len))
    }
}

impl<T: Copy + Default> Clone for Arena<T> {
    fn clone(&self) -> Self {
        let mut copy = Arena::new(self.0.len);
        copy.0.all_mut().copy_from_slice(self.0.all());
        copy
    }
}

impl<T> Arena<T> {
    /// Returns the number of elements.
    pub fn len(&self) -> usize {
        self.0.len
    }

    /// Returns true if there are no elements.
    pub fn is_empty(&self) -> bool {
        self.0.len == 0
    }

    /// Returns the elements of one slot.
    ///
    /// # Panics
    /// If the slot reaches beyond the arena.
    #[inline]
    #[track_caller]
    pub fn slot(&self, slot: Range<usize>) -> &[T] {
        let len = self.0.len;
        self.0
            .all()
            .get(slot.clone())
            .unwrap_or_else(|| panic!("slot {slot:?} is not inside an arena of {len}"))
    }

    /// Returns the elements of one slot, to change.
    ///
    /// # Panics
    /// If the slot reaches beyond the arena.
    #[inline]
    #[track_caller]
    pub fn slot_mut(&mut self, slot: Range<usize>) -> &mut [T] {
        let [slot] = self.slots([slot]);
        slot
    }

    /// Returns the elements of several slots, to change.
    ///
    /// # Panics
    /// If two slots share an element, or one reaches beyond the arena.
    #[inline(always)]
    #[track_caller]
    pub fn slots<const K: usize>(&mut self, slots: [Range<usize>; K]) -> [&mut [T]; K] {
        let len = self.0.len;
        let wanted = slots.clone();
        match self.0.all_mut().get_disjoint_mut(slots) {
            Ok(parts) => parts,
            Err(error) => misplaced(&wanted, len, &error),
        }
    }
}

#[cold]
#[track_caller]
fn misplaced(slots: &[Range<usize>], len: usize, error: &GetDisjointMutError) -> ! {
    panic!("slots {slots:?} in an arena of {len}: {error}")
}

impl<T> fmt::Debug for Arena<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Arena({})", self.0.len)
    }
}

/// Elements that begin at a cache line, somewhere in a vector that is as much longer as this may need.
struct Aligned<T> {
    memory: Vec<T>,
    start: usize,
    len: usize,
}

impl<T: Copy + Default> Aligned<T> {
    fn new(len: usize) -> Self {
        const { assert!(size_of::<T>() > 0 && ALIGNMENT.is_multiple_of(size_of::<T>())) };
        let slack = ALIGNMENT / size_of::<T>();
        let memory = vec![T::default(); len + slack];
        let start = memory.as_ptr().align_offset(ALIGNMENT);
        assert!(start < slack, "an allocation cannot be aligned");
        Aligned { memory, start, len }
    }
}

impl<T> Aligned<T> {
    #[inline]
    fn all(&self) -> &[T] {
        &self.memory[self.start..self.start + self.len]
    }

    #[inline]
    fn all_mut(&mut self) -> &mut [T] {
        &mut self.memory[self.start..self.start + self.len]
    }
}

/// A parameter, or something else of the same shape, by name.
#[derive(Clone, Copy, Debug)]
pub struct TensorRef<'a> {
    /// `layer.parameter`
    pub name: &'static str,
    /// The shape in PyTorch's order of axes.
    pub shape: &'static [usize],
    /// The numbers in row-major order.
    pub data: &'a [f32],
}

#[cfg(feature = "ndarray")]
impl<'a> TensorRef<'a> {
    /// Returns the tensor as an array.
    ///
    /// # Panics
    /// If the data are not as many as the shape says.
    pub fn view(&self) -> ArrayViewD<'a, f32> {
        ArrayViewD::from_shape(IxDyn(self.shape), self.data).expect("a tensor's data fill its shape")
    }
}

/// A parameter, or something else of the same shape, by name, to change.
#[derive(Debug)]
pub struct TensorMut<'a> {
    /// `layer.parameter`
    pub name: &'static str,
    /// The shape in PyTorch's order of axes.
    pub shape: &'static [usize],
    /// The numbers in row-major order.
    pub data: &'a mut [f32],
}

#[cfg(feature = "ndarray")]
impl TensorMut<'_> {
    /// Returns the tensor as an array.
    ///
    /// # Panics
    /// If the data are not as many as the shape says.
    pub fn view(&mut self) -> ArrayViewMutD<'_, f32> {
        ArrayViewMutD::from_shape(IxDyn(self.shape), self.data).expect("a tensor's data fill its shape")
    }
}

/// The learned parameters of a network with what it keeps beside them, such as running averages.
///
/// Generated `Params` implement it; a type of your own may, too, to be saved and loaded.
pub trait Parameters {
    /// Returns all tensors in the order of the layers.
    fn tensors(&self) -> Vec<TensorRef<'_>>;
    /// Returns the same tensors in the same order, to change.
    fn tensors_mut(&mut self) -> Vec<TensorMut<'_>>;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_aligned<T>(data: &[T]) -> bool {
        (data.as_ptr() as usize).is_multiple_of(ALIGNMENT)
    }

    #[test]
    fn tensors_are_zero_aligned_and_independent() {
        for _ in 0..20 {
            let mut a = Tensor::<1003>::default();
            assert_eq!(*a, [0.0; 1003]);
            a[1002] = 2.0;
            let mut b = a.clone();
            assert!(is_aligned(&a) && is_aligned(&b));
            assert_eq!(a, b);
            b[0] = 1.0;
            assert_ne!(a, b);
            a.clone_from(&b);
            assert_eq!(a, b);
        }
        assert_eq!(format!("{:?}", Tensor::<3>::default()), "Tensor<3>");
        assert_eq!(Tensor::<0>::default().len(), 0);
    }

    #[test]
    fn a_tensor_larger_than_the_stack() {
        let tensor = Tensor::<{ 16 << 20 }>::default();
        assert_eq!(tensor.clone()[(16 << 20) - 1], 0.0);
    }

    #[test]
    fn slots_are_parts_of_the_arena() {
        let mut arena = Arena::<u8>::new(100);
        assert!(is_aligned(arena.slot(0..100)));
        let [a, b, none] = arena.slots([64..100, 0..10, 10..10]);
        a.fill(1);
        b.fill(2);
        assert!(none.is_empty());
        assert_eq!(arena.slot(8..12), [2, 2, 0, 0]);
        assert_eq!(arena.slot(63..66), [0, 1, 1]);
        assert_eq!((arena.len(), arena.is_empty()), (100, false));
        assert_eq!(format!("{arena:?}"), "Arena(100)");
        let mut copy = arena.clone();
        assert!(is_aligned(copy.slot(0..100)) && copy.slot(0..100) == arena.slot(0..100));
        copy.slot_mut(0..1).fill(7);
        assert_eq!((copy.slot(0..1), arena.slot(0..1)), (&[7][..], &[2][..]));
    }

    #[test]
    #[should_panic(expected = "slots [0..10, 9..20] in an arena of 32")]
    fn slots_must_not_overlap() {
        Arena::<f32>::new(32).slots([0..10, 9..20]);
    }

    #[test]
    #[should_panic(expected = "slots [0..4, 30..33] in an arena of 32")]
    fn slots_must_be_inside() {
        Arena::<f32>::new(32).slots([0..4, 30..33]);
    }

    #[test]
    #[should_panic(expected = "slot 30..33 is not inside an arena of 32")]
    fn a_slot_must_be_inside() {
        Arena::<f32>::new(32).slot(30..33);
    }

    #[test]
    #[cfg(feature = "ndarray")]
    fn tensors_are_arrays() {
        let mut data = [0.0, 1.0, 2.0, 3.0, 4.0, 5.0];
        let mut tensor = TensorMut { name: "fc.weight", shape: &[2, 3], data: &mut data };
        tensor.view()[[1, 0]] = 9.0;
        let tensor = TensorRef { name: "fc.weight", shape: &[2, 3], data: &data };
        assert_eq!(tensor.view()[[1, 0]], 9.0);
        assert_eq!(tensor.view().shape(), [2, 3]);
    }
}
