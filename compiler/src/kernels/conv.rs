//! Convolutions of images, by weights that are packed once per step.

use super::Kernel;
use super::batch_norm::{BatchNorm, Statistics};

use super::cost;
use super::elementwise::Elementwise;
use super::fuse::Joining;
use super::gradient::Backward;
use super::pool::Pooling;
use super::reduce::Reduce;
use super::room::{Covers, Facts, Function, Reach, Room, Sum, Work, acted};
use super::scope::{Scope, activation};
use super::tape::{Extent, Id, Op};
use super::types::Types;
use crate::graph::{LayerId, ParamId};
use crate::names::variable;
use crate::ops::{self, Activation};
use crate::emit::emit;
use crate::tokens::{array, float, number};
use netwright_model::packing::Convolution;
use netwright_model::{Algorithm, usual};
use proc_macro2::TokenStream;
use quote::{format_ident, quote};

/// Kernels of convolutions. Variants list the values read, `;` the parameters read, `→` the values written.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Conv {
    /// ; weight → packed
    Pack(Window),
    /// ; weight, the convolution's bias?, the norm's weight, bias, running mean, running variance → packed, bias: a
    /// convolution that normalises by running statistics.
    PackFolded(Window, Statistics),
    /// ; weight → packed for the input's gradient
    PackTransposed(Window),
    /// x, packed, folded bias?, residual?; bias? → y, and with a pool: scratch, argmax?
    Forward {
        /// The convolution.
        window: Window,
        /// The activation that is applied to the sums.
        activation: Option<Activation>,
        /// The pool that is applied to the activations.
        pool: Option<Pooling>,
        /// True if the pool's positions are kept for the backward pass.
        argmax: bool,
        /// True if the bias was computed with the packed weights.
        folded: bool,
        /// True if a value of the result's shape is added to the sums.
        residual: bool,
    },
    /// dy, packed transposed → dx
    InputGrad(Window),
    /// x, dy → packed weight gradient
    WeightGrad {
        /// The convolution.
        window: Window,
        /// The part of a batch that a call covers.
        reach: Reach,
    },
    /// x, packed transposed; bias? → y. The window is the mirrored convolution's, from y to x: its other two kernels are
    /// this one's gradients.
    Transposed {
        /// The mirrored convolution.
        window: Window,
        /// The activation that is applied to the sums.
        activation: Option<Activation>,
    },
    /// packed weight gradient → weight gradient
    UnpackGrad(Window),
}

/// A convolution of images with everything known.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Window {
    /// Height and width.
    pub(crate) kernel: [usize; 2],
    /// Steps.
    pub(crate) stride: [usize; 2],
    /// Zeros above and left, as many below and right.
    pub(crate) pad: [usize; 2],
    /// Distance between taps.
    pub(crate) dilation: [usize; 2],
    /// The number of groups of channels.
    pub(crate) groups: usize,
    /// Channels, height, width.
    pub(crate) input: [usize; 3],
    /// Channels, height, width.
    pub(crate) output: [usize; 3],
    /// The layer, for names.
    pub(crate) layer: LayerId,
}

/// The number of weights from which on a convolution's weight gradient is one sum over the batch: 1 MB is
/// half of what a core keeps in its second-level cache.
const WEIGHTS_FOR_ONE_SUM: usize = 256 * 1024;

impl Window {
    /// Creates the convolution of images, of rows that are signals, or of the slices of volumes.
    pub(crate) fn new(conv: &ops::Conv, input: [usize; 3], output: [usize; 3], layer: LayerId) -> Window {
        Window {
            kernel: conv.kernel.over_image(1),
            stride: conv.stride.over_image(1),
            pad: conv.pad.over_image(0),
            dilation: conv.dilation.over_image(1),
            groups: conv.groups,
            input,
            output,
            layer,
        }
    }

    /// Returns true if the outputs, or `backward` the inputs' gradients, are computed by Winograd's
    /// algorithm.
    fn fewer_products(&self, backward: bool) -> bool {
        cost::fewer_products(self, backward)
    }

    /// Returns the lengths of its packed weights and of their sums.
    pub(crate) fn packing(&self) -> Convolution {
        let algorithm = |backward| match self.fewer_products(backward) {
            true => Algorithm::Winograd,
            false => Algorithm::Direct,
        };
        Convolution {
            inputs: self.input[0],
            outputs: self.output[0],
            taps: self.kernel[0] * self.kernel[1],
            groups: self.groups,
            forward: algorithm(false),
            backward: algorithm(true),
        }
    }

    /// Returns true if the weight gradient is a single sum over the batch: lanes would add to theirs in
    /// memory beyond their second-level cache for every few pixels, and then add up the lanes'. The inputs
    /// and the outputs' gradients must be kept for all samples instead.
    fn sums_over_batch(&self) -> bool {
        self.groups == 1
            && self.input[0].min(self.output[0]) >= 16
            && self.packing().gradient() >= WEIGHTS_FOR_ONE_SUM
    }
}

impl Conv {
    /// Returns a convolution with nothing joined to it.
    pub(crate) fn forward(window: Window) -> Conv {
        let (activation, pool) = (None, None);
        Conv::Forward { window, activation, pool, argmax: false, folded: false, residual: false }
    }
}

impl Room for Conv {
    fn facts(&self) -> Facts<'_> {
        let unit = |sizes: &[usize; 3]| Some(sizes.iter().product());
        Facts {
            covers: match self {
                Conv::Pack(_) | Conv::PackFolded(..) | Conv::PackTransposed(_) => {
                    Covers::Batch(Work::PackWeights)
                }
                Conv::UnpackGrad(_) => Covers::Batch(Work::SumGradients),
                Conv::WeightGrad { reach, .. } => {
                    reach.covers(Work::ManyWeights)
                }
                Conv::Forward { .. } | Conv::InputGrad(_) | Conv::Transposed { .. } => Covers::Tile,
            },
            image: match self {
                Conv::Forward { window, .. } | Conv::WeightGrad { window, .. } => unit(&window.input),
                Conv::InputGrad(window) | Conv::Transposed { window, .. } => unit(&window.output),
                Conv::Pack(_) | Conv::PackFolded(..) | Conv::PackTransposed(_) | Conv::UnpackGrad(_) => None,
            },
            random: false,
            in_place: false,
            packs: match self {
                Conv::Pack(_) | Conv::PackFolded(..) | Conv::PackTransposed(_) => true,
                Conv::Forward { .. }
                | Conv::InputGrad(_)
                | Conv::WeightGrad { .. }
                | Conv::Transposed { .. }
                | Conv::UnpackGrad(_) => false,
            },
            optional_results: false,
            sum: match self {
                Conv::WeightGrad { window, .. } => {
                    Some(Sum { row: None, over_batch: window.sums_over_batch() })
                }
                Conv::Pack(_)
                | Conv::PackFolded(..)
                | Conv::PackTransposed(_)
                | Conv::Forward { .. }
                | Conv::InputGrad(_)
                | Conv::Transposed { .. }
                | Conv::UnpackGrad(_) => None,
            },
            weights_per_sample: 0,
            function: Function::OfLayer,
            in_one_piece: None,
            loss: None,
        }
    }

    fn name(&self) -> String {
        match self {
            Conv::Pack(_) => "pack".into(),
            Conv::PackFolded(..) => "pack_folded".into(),
            Conv::PackTransposed(_) => "pack_transposed".into(),
            Conv::Forward { window, activation, pool, residual, .. } => {
                let name = if window.fewer_products(false) { "conv_winograd" } else { "conv" };
                let sum = if *residual { "_add" } else { "" };
                let name = acted(&format!("{name}{sum}"), *activation);
                if pool.is_some() { name + "_max_pool" } else { name }
            }
            Conv::InputGrad(window) if window.fewer_products(true) => "conv_input_grad_winograd".into(),
            Conv::InputGrad(_) => "conv_input_grad".into(),
            Conv::WeightGrad { reach, .. } => reach.name("conv_weight_grad"),
            Conv::Transposed { activation, .. } => acted("conv_transposed", *activation),
            Conv::UnpackGrad(_) => "unpack_grad".into(),
        }
    }

    fn differentiate(&self, op: &Op, dy: Id, backward: &mut Backward<'_>) {
        let x = op.reads[0];
        match self {
            Conv::Forward { window, .. } => {
                let weight = backward.packed_param(op.reads[1]);
                weight_gradient(backward, op, weight, window, [x, dy]);
                backward.bias(op, op.params.first().copied(), dy, window.output[0]);
                if let (Some(weight), true) = (weight, backward.needs(x)) {
                    let name = format!("{}_packed_transposed", backward.layer_name(op));
                    let packed = backward.value(&name, vec![window.packing().packed_transposed()], Extent::Whole);
                    let pack = Conv::PackTransposed(window.clone());
                    backward.push(pack, vec![], vec![weight], vec![packed], op);
                    let kernel = Conv::InputGrad(window.clone());
                    backward.input_gradient(op, x, kernel, vec![dy, packed], vec![]);
                }
            }
            // The gradient of a gradient is the convolution itself, and its weights see both sides exchanged.
            Conv::Transposed { window, .. } => {
                let weight = backward.packed_param(op.reads[1]);
                weight_gradient(backward, op, weight, window, [dy, x]);
                backward.bias(op, op.params.first().copied(), dy, window.input[0]);
                if let (Some(weight), true) = (weight, backward.needs(x)) {
                    let name = format!("{}_packed", backward.layer_name(op));
                    let packed = backward.value(&name, vec![window.packing().packed()], Extent::Whole);
                    backward.push(Conv::Pack(window.clone()), vec![], vec![weight], vec![packed], op);
                    let kernel = Conv::forward(window.clone());
                    backward.input_gradient(op, x, kernel, vec![dy, packed], vec![]);
                }
            }
            // The convolution's own rule accounts for these, or no forward pass of training has them.
            Conv::Pack(_)
            | Conv::PackFolded(..)
            | Conv::PackTransposed(_)
            | Conv::InputGrad(_)
            | Conv::WeightGrad { .. }
            | Conv::UnpackGrad(_) => {}
        }
    }

    fn call(&self, op: &Op, scope: &Scope<'_>) -> TokenStream {
        let n = &scope.images(op);
        match self {
            Conv::Pack(window) => {
                let (shape, w, [y]) = (scope.shape(window.layer), scope.weight(op), scope.writes(op));
                quote!(#shape::pack(&#w, #y);)
            }
            Conv::PackTransposed(window) => {
                let (shape, w, [y]) = (scope.shape(window.layer), scope.weight(op), scope.writes(op));
                quote!(#shape::pack_transposed(&#w, #y);)
            }
            Conv::PackFolded(window, norm) => {
                let (shape, eps) = (scope.shape(window.layer), float(norm.eps));
                let bias = op.params[1..op.params.len() - 4].first().copied();
                let (w, bias) = (scope.weight(op), scope.optional_param(bias));
                let (norm, [packed, folded]) = (scope.params_of(op.joined[0]), scope.writes(op));
                quote!(#shape::pack_folded(&#w, #bias, &#norm, #eps, #packed, #folded);)
            }
            Conv::Forward { window, activation: a, pool, argmax, folded, residual } => {
                let (shape, a, [x, packed]) =
                    (scope.shape(window.layer), activation(*a), scope.reads(op));
                let [y] = scope.writes(op);
                let bias = if *folded {
                    scope.optional(Some(op.reads[2]))
                } else {
                    scope.optional_param(op.params.first().copied())
                };
                if *residual {
                    let residual = scope.read(op.reads[op.reads.len() - 1]);
                    return quote!(#shape::forward_add(#n, #a, #x, #packed, #bias, #residual, #y););
                }
                let Some(pool) = pool else {
                    return quote!(#shape::forward(#n, #a, #x, #packed, #bias, #y););
                };
                let (pool, scratch) =
                    (scope.part_shape(pool.layer, pool.depth), scope.written(op.writes[1]));
                let argmax = scope.optional(argmax.then(|| op.writes[2]));
                quote!(#shape::forward_max_pool(#pool, #n, #a, #x, #packed, #bias, #scratch, #y, #argmax);)
            }
            Conv::InputGrad(window) => {
                let (shape, [dy, packed], [dx]) =
                    (scope.shape(window.layer), scope.reads(op), scope.writes(op));
                quote!(#shape::input_grad(#n, #dy, #packed, #dx);)
            }
            Conv::WeightGrad { window, reach } => {
                let (shape, [x, dy], [grad]) =
                    (scope.shape(window.layer), scope.reads(op), scope.writes(op));
                let kernel = reach.kernel(quote!(weight_grad), quote!(weight_grad_batch));
                quote!(#shape::#kernel(#n, #x, #dy, #grad);)
            }
            Conv::Transposed { window, activation: a } => {
                let (shape, a, [x, packed]) =
                    (scope.shape(window.layer), activation(*a), scope.reads(op));
                let (bias, [y]) =
                    (scope.optional_param(op.params.first().copied()), scope.writes(op));
                quote!(#shape::forward_transposed(#n, #a, #x, #packed, #bias, #y);)
            }
            Conv::UnpackGrad(window) => {
                let (shape, [packed, grad]) = (scope.shape(window.layer), scope.through(op));
                quote!(#shape::unpack_grad(#packed, #grad);)
            }
        }
    }

    fn types(&self, _: &Op, types: &mut Types<'_>) {
        match self {
            Conv::Forward { window, pool, .. } => {
                window.types(types, "");
                pool.iter().for_each(|pool| pool.types(types));
            }
            Conv::Transposed { window, .. } => {
                window.types(types, ", described by the convolution that goes the other way");
            }
            Conv::Pack(_)
            | Conv::PackFolded(..)
            | Conv::PackTransposed(_)
            | Conv::InputGrad(_)
            | Conv::WeightGrad { .. }
            | Conv::UnpackGrad(_) => {}
        }
    }

    fn activation_mut(&mut self) -> Option<&mut Option<Activation>> {
        match self {
            Conv::Forward { activation, .. } | Conv::Transposed { activation, .. } => Some(activation),
            Conv::Pack(_)
            | Conv::PackFolded(..)
            | Conv::PackTransposed(_)
            | Conv::InputGrad(_)
            | Conv::WeightGrad { .. }
            | Conv::UnpackGrad(_) => None,
        }
    }

    fn reach_mut(&mut self) -> Option<&mut Reach> {
        match self {
            Conv::WeightGrad { reach, .. } => Some(reach),
            Conv::Pack(_)
            | Conv::PackFolded(..)
            | Conv::PackTransposed(_)
            | Conv::Forward { .. }
            | Conv::InputGrad(_)
            | Conv::Transposed { .. }
            | Conv::UnpackGrad(_) => None,
        }
    }
}

/// Appends the gradient of a convolution's weight from what goes in and the gradient of what comes out.
fn weight_gradient(
    backward: &mut Backward<'_>,
    op: &Op,
    weight: Option<ParamId>,
    window: &Window,
    reads: [Id; 2],
) {
    let Some(weight) = weight.filter(|&param| backward.learns(param)) else { return };
    let name = variable(&backward.graph().param(weight).name);
    let floats = vec![window.packing().gradient()];
    let partial = backward.value(&format!("d_{name}"), floats.clone(), Extent::Partial);
    let packed = backward.value(&format!("d_{name}_sum"), floats, Extent::Whole);
    let gradient = backward.gradient(weight);
    let kernel = Conv::WeightGrad { window: window.clone(), reach: Reach::Tile };
    backward.push(kernel, reads.to_vec(), vec![], vec![partial], op);
    backward.push(Reduce, vec![partial], vec![], vec![packed], op);
    backward.push(Conv::UnpackGrad(window.clone()), vec![packed], vec![], vec![gradient], op);
}

impl Window {
    fn types(&self, types: &mut Types<'_>, how: &str) {
        types.add(self.layer, false, how, |name| {
            let (input, output, kernel) = (array(&self.input), array(&self.output), array(&self.kernel));
            let stride = unless(&self.stride, usual::STRIDE, "STRIDE");
            let pad = unless(&self.pad, usual::PAD, "PAD");
            let dilation = unless(&self.dilation, usual::DILATION, "DILATION");
            let groups = (self.groups != usual::GROUPS).then(|| {
                let groups = number(self.groups);
                quote!(const GROUPS: usize = #groups;)
            });
            let packing = self.packing();
            let algorithm = |algorithm: Algorithm, name: &str| {
                let (name, value) = (format_ident!("{name}"), emit(&algorithm));
                (algorithm != usual::ALGORITHM)
                    .then(|| quote!(const #name: super::Algorithm = super::#value;))
            };
            let (forward, backward) =
                (algorithm(packing.forward, "FORWARD"), algorithm(packing.backward, "BACKWARD"));
            quote! {
                pub(super) struct #name;
                impl super::Conv for #name {
                    const INPUT: [usize; 3] = #input;
                    const OUTPUT: [usize; 3] = #output;
                    const KERNEL: [usize; 2] = #kernel;
                    #stride
                    #pad
                    #dilation
                    #groups
                    #forward
                    #backward
                }
            }
        });
    }
}

/// Returns the constant of a pair of sizes, unless it has its usual value.
pub(super) fn unless(pair: &[usize; 2], usual: [usize; 2], name: &str) -> Option<TokenStream> {
    let (name, value) = (format_ident!("{name}"), array(pair));
    (*pair != usual).then(|| quote!(const #name: [usize; 2] = #value;))
}

/// Rule: a sum of two is made by the convolution that makes one of them, if the other is there by then.
pub(crate) fn add_residual(tape: &mut Joining<'_>, i: usize) {
    let Some((conv, other)) = summand(tape, i) else { return };
    let sum = tape.remove(i);
    tape.edit(conv, |conv| {
        if let Kernel::Conv(Conv::Forward { residual, .. }) = &mut conv.kernel {
            *residual = true;
        }
        conv.reads.push(other);
        conv.writes = sum.writes;
        conv.joined.push(sum.layer);
    });
}

/// Returns, if call `i` is a sum of two, a convolution that makes one of them for it alone, and the other.
fn summand(tape: &Joining<'_>, i: usize) -> Option<(usize, Id)> {
    let sum = tape.op(i);
    let (Kernel::Elementwise(Elementwise::Add(None)), &[a, b]) = (&sum.kernel, &sum.reads[..]) else {
        return None;
    };
    let fits = |(of, other): (Id, Id)| {
        let conv = tape.writer_for(of, i).filter(|_| of != other)?;
        let plain = matches!(
            tape.op(conv).kernel,
            Kernel::Conv(Conv::Forward { activation: None, pool: None, residual: false, .. })
        );
        let ready = tape.writer(other).is_none_or(|writer| writer < conv);
        (plain && ready).then_some((conv, other))
    };
    [(a, b), (b, a)].into_iter().find_map(fits)
}

/// Rule: a convolution and the norm by running statistics after it become one convolution with other weights.
pub(crate) fn fold_norm(tape: &mut Joining<'_>, i: usize) {
    let Kernel::BatchNorm(BatchNorm::NormalizeRunning(norm, None)) = tape.op(i).kernel else { return };
    let x = tape.op(i).reads[0];
    let Some(conv) = tape.writer_for(x, i) else { return };
    let Kernel::Conv(Conv::Forward { activation: None, pool: None, folded: false, .. }) = tape.op(conv).kernel
    else {
        return;
    };
    let Some(pack) = tape.writer(tape.op(conv).reads[1]) else { return };
    let Kernel::Conv(Conv::Pack(window)) = tape.op(pack).kernel.clone() else { return };
    let removed = tape.remove(i);
    let name = format!("{}_bias", tape.value(x).name);
    let bias = tape.new_value(name, vec![norm.channels], Extent::Whole);
    let of_conv = tape.op(conv).params.clone();
    tape.edit(pack, |pack| {
        pack.kernel = Conv::PackFolded(window, norm).into();
        pack.params.extend(of_conv);
        pack.params.extend(removed.params);
        pack.joined.push(removed.layer);
        pack.writes.push(bias);
    });
    tape.edit(conv, |conv| {
        if let Kernel::Conv(Conv::Forward { folded, .. }) = &mut conv.kernel {
            *folded = true;
        }
        conv.params.clear();
        conv.reads.push(bias);
        conv.writes = removed.writes;
        conv.joined.push(removed.layer);
    });
}
