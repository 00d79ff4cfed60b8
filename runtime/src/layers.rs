//! Building blocks of generated code: parameters by layer, and kernels as functions of a layer's shape.

use crate::isa::Instructions;
use crate::kernels::activation::{Activation, Slope};
use crate::kernels::conv::Conv;
use crate::kernels::pool::Pool;
use crate::kernels::remap::Remap;
use crate::kernels::restride::Restride;
use crate::kernels::upsample::Upsample;
use crate::kernels::{batch_norm, conv, dense, pool, remap, restride, upsample};
use crate::memory::{Lane, Slot, partials};
use crate::sealed::Sealed;
use crate::storage::{Parameters, Tensor, TensorMut, TensorRef};

/// Names and shapes of all tensors, in the order of the layers.
pub type Shapes = &'static [(&'static str, &'static [usize])];

/// The parameters of one layer.
///
/// This trait is sealed.
pub trait Layer: Sealed {
    /// Returns a layer whose numbers are all zero.
    fn zeros() -> Self
    where
        Self: Sized;
    /// Returns the layer's tensors, in PyTorch's order.
    fn tensors(&self) -> Vec<&[f32]>;
    /// Returns the layer's tensors, in PyTorch's order.
    fn tensors_mut(&mut self) -> Vec<&mut [f32]>;
}

macro_rules! layer {
    ($(#[$doc:meta])* $name:ident<$($size:ident),*> { $($(#[$tensor_doc:meta])* $tensor:ident: $len:ident),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Debug)]
        pub struct $name<$(const $size: usize),*> {
            $($(#[$tensor_doc])* pub $tensor: Tensor<$len>,)*
        }

        impl<$(const $size: usize),*> Sealed for $name<$($size),*> {}

        impl<$(const $size: usize),*> Layer for $name<$($size),*> {
            fn zeros() -> Self {
                $name { $($tensor: Tensor::default()),* }
            }
            fn tensors(&self) -> Vec<&[f32]> {
                vec![$(&self.$tensor[..]),*]
            }
            fn tensors_mut(&mut self) -> Vec<&mut [f32]> {
                vec![$(&mut self.$tensor[..]),*]
            }
        }
    };
}

layer! {
    /// A weight without a bias.
    Weight<W> {
        /// The factors of the input.
        weight: W,
    }
}

layer! {
    /// A weight and a bias.
    Affine<W, B> {
        /// The factors of the input.
        weight: W,
        /// The bias, which is added.
        bias: B,
    }
}

layer! {
    /// A batch normalisation of `C` channels.
    Norm<C> {
        /// The scale.
        weight: C,
        /// The shift.
        bias: C,
        /// The running mean of the batches seen.
        running_mean: C,
        /// The running variance of the batches seen, unbiased.
        running_var: C,
    }
}

/// The parameters of a network by layer.
pub trait Layers {
    /// Names and shapes of all tensors.
    const SHAPES: Shapes;
    /// Returns parameters that are all zero.
    fn zeros() -> Self;
    /// Returns the layers in source order.
    fn layers(&self) -> Vec<&dyn Layer>;
    /// Returns the layers in source order.
    fn layers_mut(&mut self) -> Vec<&mut dyn Layer>;
}

/// The functions of [`Layers`] for these fields.
#[doc(hidden)]
#[macro_export]
macro_rules! layers {
    ($($field:ident),*) => {
        fn zeros() -> Self {
            Self { $($field: $crate::__private::Layer::zeros()),* }
        }
        fn layers(&self) -> Vec<&dyn $crate::__private::Layer> {
            vec![$(&self.$field),*]
        }
        fn layers_mut(&mut self) -> Vec<&mut dyn $crate::__private::Layer> {
            vec![$(&mut self.$field),*]
        }
    };
}

impl<P: Layers> Parameters for P {
    fn tensors(&self) -> Vec<TensorRef<'_>> {
        let data = self.layers().into_iter().flat_map(Layer::tensors);
        P::SHAPES.iter().zip(data).map(|(&(name, shape), data)| TensorRef { name, shape, data }).collect()
    }

    fn tensors_mut(&mut self) -> Vec<TensorMut<'_>> {
        let data = self.layers_mut().into_iter().flat_map(Layer::tensors_mut);
        P::SHAPES.iter().zip(data).map(|(&(name, shape), data)| TensorMut { name, shape, data }).collect()
    }
}

/// A dense layer with `I` inputs and `O` outputs; see [`dense`].
pub struct Dense<const I: usize, const O: usize>;

#[allow(missing_docs)]
impl<const I: usize, const O: usize> Dense<I, O> {
    #[inline]
    pub fn forward<A: Activation>(n: usize, a: A, x: &[f32], w: &[f32], bias: Option<&[f32]>, y: &mut [f32]) {
        dense::forward::<I, O, A>(n, a, x, w, bias, y);
    }
    #[inline(always)]
    pub fn forward_in(
        m: impl Instructions,
        n: usize,
        a: impl Activation,
        x: &[f32],
        w: &[f32],
        bias: Option<&[f32]>,
        y: &mut [f32],
    ) {
        dense::forward_in::<I, O, _>(m, n, a, x, w, bias, y);
    }
    pub fn pack(w: &[f32], packed: &mut [f32]) {
        dense::pack::<I, O>(w, packed);
    }
    #[inline]
    pub fn forward_packed<A: Activation>(
        n: usize,
        a: A,
        x: &[f32],
        packed: &[f32],
        bias: Option<&[f32]>,
        y: &mut [f32],
    ) {
        dense::forward_packed::<I, O, A>(n, a, x, packed, bias, y);
    }
    #[inline(always)]
    pub fn forward_packed_in(
        m: impl Instructions,
        n: usize,
        a: impl Activation,
        x: &[f32],
        packed: &[f32],
        bias: Option<&[f32]>,
        y: &mut [f32],
    ) {
        dense::forward_packed_in::<I, O, _>(m, n, a, x, packed, bias, y);
    }
    #[inline]
    pub fn forward_batch<A: Activation>(
        n: usize,
        a: A,
        x: &[f32],
        w: &[f32],
        bias: Option<&[f32]>,
        y: &mut [f32],
    ) {
        dense::forward_batch::<I, O, A>(n, a, x, w, bias, y);
    }
    #[inline]
    pub fn input_grad<A: Activation>(n: usize, dy: &[f32], w: &[f32], slope: Slope<'_, A>, dx: &mut [f32]) {
        dense::input_grad::<I, O, A>(n, dy, w, slope, dx);
    }
    #[inline(always)]
    pub fn input_grad_in(
        m: impl Instructions,
        n: usize,
        dy: &[f32],
        w: &[f32],
        slope: Slope<'_, impl Activation>,
        dx: &mut [f32],
    ) {
        dense::input_grad_in::<I, O, _>(m, n, dy, w, slope, dx);
    }
    #[inline]
    pub fn input_grad_batch<A: Activation>(
        n: usize,
        dy: &[f32],
        w: &[f32],
        slope: Slope<'_, A>,
        dx: &mut [f32],
    ) {
        dense::input_grad_batch::<I, O, A>(n, dy, w, slope, dx);
    }
    #[inline]
    pub fn weight_grad(n: usize, x: &[f32], dy: &[f32], grad: &mut [f32]) {
        dense::weight_grad::<I, O>(n, x, dy, grad);
    }
    #[inline(always)]
    pub fn weight_grad_in(m: impl Instructions, n: usize, x: &[f32], dy: &[f32], grad: &mut [f32]) {
        dense::weight_grad_in::<I, O>(m, n, x, dy, grad);
    }
    #[inline]
    pub fn weight_grad_of_one(x: &[f32], dy: &[f32], grad: &mut [f32]) {
        dense::weight_grad_of_one::<I, O>(x, dy, grad);
    }
    #[inline(always)]
    pub fn weight_grad_of_one_in(m: impl Instructions, x: &[f32], dy: &[f32], grad: &mut [f32]) {
        dense::weight_grad_of_one_in::<I, O>(m, x, dy, grad);
    }
    #[inline]
    pub fn weight_grad_batch(n: usize, x: &[f32], dy: &[f32], grad: &mut [f32]) {
        dense::weight_grad_batch::<I, O>(n, x, dy, grad);
    }
}

/// Kernels as functions of a convolution's shape; see [`conv`].
#[allow(missing_docs)]
pub trait ConvKernels: Conv + Sized {
    fn pack(weight: &[f32], packed: &mut [f32]) {
        conv::pack::<Self>(weight, packed);
    }
    fn pack_transposed(weight: &[f32], packed: &mut [f32]) {
        conv::pack_transposed::<Self>(weight, packed);
    }
    /// Packs the weights of the convolution with the norm by running statistics after it folded in, and computes
    /// the bias.
    fn pack_folded<const C: usize>(
        weight: &[f32],
        bias: Option<&[f32]>,
        norm: &Norm<C>,
        eps: f32,
        packed: &mut [f32],
        folded_bias: &mut [f32],
    ) {
        let mut weight = weight.to_vec();
        let (mean, var) = (&norm.running_mean, &norm.running_var);
        batch_norm::fold::<C>(mean, var, &norm.weight, &norm.bias, eps, &mut weight, bias, folded_bias);
        conv::pack::<Self>(&weight, packed);
    }
    fn forward<A: Activation>(
        n: usize,
        a: A,
        x: &[f32],
        packed: &[f32],
        bias: Option<&[f32]>,
        y: &mut [f32],
    ) {
        conv::forward::<Self, A>(n, a, x, packed, bias, y);
    }
    fn forward_add<A: Activation>(
        n: usize,
        a: A,
        x: &[f32],
        packed: &[f32],
        bias: Option<&[f32]>,
        residual: &[f32],
        y: &mut [f32],
    ) {
        conv::forward_add::<Self, A>(n, a, x, packed, bias, residual, y);
    }
    #[allow(clippy::too_many_arguments)]
    fn forward_max_pool<P: Pool, A: Activation>(
        _: P,
        n: usize,
        a: A,
        x: &[f32],
        packed: &[f32],
        bias: Option<&[f32]>,
        scratch: &mut [f32],
        y: &mut [f32],
        argmax: Option<&mut [u8]>,
    ) {
        conv::forward_max_pool::<Self, P, A>(n, a, x, packed, bias, scratch, y, argmax);
    }
    fn input_grad(n: usize, dy: &[f32], packed_transposed: &[f32], dx: &mut [f32]) {
        conv::input_grad::<Self>(n, dy, packed_transposed, dx);
    }
    fn forward_transposed<A: Activation>(
        n: usize,
        a: A,
        x: &[f32],
        packed_transposed: &[f32],
        bias: Option<&[f32]>,
        y: &mut [f32],
    ) {
        conv::forward_transposed::<Self, A>(n, a, x, packed_transposed, bias, y);
    }
    fn weight_grad(n: usize, x: &[f32], dy: &[f32], grad: &mut [f32]) {
        conv::weight_grad::<Self>(n, x, dy, grad);
    }
    fn weight_grad_batch(n: usize, x: &[f32], dy: &[f32], grad: &mut [f32]) {
        conv::weight_grad_batch::<Self>(n, x, dy, grad);
    }
    fn unpack_grad(packed: &[f32], grad: &mut [f32]) {
        conv::unpack_grad::<Self>(packed, grad);
    }
}

impl<S: Conv> ConvKernels for S {}

/// Kernels as functions of a pool's shape; see [`pool`].
#[allow(missing_docs)]
pub trait PoolKernels: Pool + Sized {
    fn max_pool(n: usize, x: &[f32], y: &mut [f32], argmax: Option<&mut [u8]>) {
        pool::max_pool_forward::<Self>(n, x, y, argmax);
    }
    fn max_pool_grad(n: usize, dy: &[f32], argmax: &[u8], dx: &mut [f32]) {
        pool::max_pool_backward::<Self>(n, dy, argmax, dx);
    }
    fn avg_pool(n: usize, x: &[f32], y: &mut [f32]) {
        pool::avg_pool_forward::<Self>(n, x, y);
    }
    fn avg_pool_grad(n: usize, dy: &[f32], dx: &mut [f32]) {
        pool::avg_pool_backward::<Self>(n, dy, dx);
    }
}

impl<P: Pool> PoolKernels for P {}

/// Kernels as functions of an upsampling's shape; see [`upsample`].
#[allow(missing_docs)]
pub trait UpsampleKernels: Upsample + Sized {
    fn nearest(n: usize, x: &[f32], y: &mut [f32]) {
        upsample::nearest::<Self>(n, x, y);
    }
    fn nearest_grad(n: usize, dy: &[f32], dx: &mut [f32]) {
        upsample::nearest_grad::<Self>(n, dy, dx);
    }
    fn bilinear(n: usize, x: &[f32], y: &mut [f32]) {
        upsample::bilinear::<Self>(n, x, y);
    }
    fn bilinear_grad(n: usize, dy: &[f32], dx: &mut [f32]) {
        upsample::bilinear_grad::<Self>(n, dy, dx);
    }
}

impl<S: Upsample> UpsampleKernels for S {}

/// Kernels as functions of a part's or border's shape; see [`remap`].
#[allow(missing_docs)]
pub trait RemapKernels: Remap + Sized {
    fn take(n: usize, x: &[f32], y: &mut [f32]) {
        remap::forward::<Self>(n, x, y);
    }
    fn take_grad(n: usize, dy: &[f32], dx: &mut [f32]) {
        remap::backward::<Self>(n, dy, dx);
    }
}

impl<S: Remap> RemapKernels for S {}

/// Kernels as functions of an order; see [`restride`].
#[allow(missing_docs)]
pub trait RestrideKernels: Restride + Sized {
    fn reorder(n: usize, x: &[f32], y: &mut [f32]) {
        restride::forward::<Self>(n, x, y);
    }
    fn reorder_grad(n: usize, dy: &[f32], dx: &mut [f32]) {
        restride::backward::<Self>(n, dy, dx);
    }
}

impl<S: Restride> RestrideKernels for S {}

/// Kernels with a normalisation's own parameters; see [`batch_norm`].
#[allow(missing_docs)]
impl<const C: usize> Norm<C> {
    pub fn finish(&mut self, lanes: &[Lane], moments: Slot, eps: f32, momentum: f32, stats: &mut [f32]) {
        let moments = partials(lanes, moments);
        let (mean, var) = (&mut self.running_mean, &mut self.running_var);
        batch_norm::finish::<C>(moments, eps, momentum, stats, mean, var);
    }
    pub fn normalize<A: Activation>(&self, a: A, x: &[f32], stats: &[f32], y: &mut [f32]) {
        batch_norm::normalize::<C, A>(a, x, stats, &self.weight, &self.bias, y);
    }
    pub fn apply_running<A: Activation>(&self, a: A, x: &[f32], eps: f32, y: &mut [f32]) {
        let (mean, var) = (&self.running_mean, &self.running_var);
        batch_norm::apply_running::<C, A>(a, x, mean, var, &self.weight, &self.bias, eps, y);
    }
    pub fn input_grad(&self, x: &[f32], dy: &mut [f32], stats: &[f32], sums: &[f32], rows: usize) {
        batch_norm::input_grad_in_place::<C>(x, dy, stats, &self.weight, sums, rows);
    }
    pub fn running_grad(&self, eps: f32, dy: &mut [f32]) {
        batch_norm::running_grad::<C>(&self.weight, &self.running_var, eps, dy);
    }
}

impl<const W: usize, const B: usize> Affine<W, B> {
    /// Sets weight and bias to the numbers of `both`, the weight's first.
    pub fn copy_from(&mut self, both: &[f32]) {
        let (weight, bias) = both.split_at(W);
        self.weight.copy_from_slice(weight);
        self.bias.copy_from_slice(bias);
    }
}
