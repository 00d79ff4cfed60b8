//! Pools whose windows are of one size.

use super::Kernel;
use super::activation::Activate;
use super::conv::{Conv, unless};
use super::fuse::Joining;
use super::gradient::Backward;
use super::room::{Covers, Facts, Function, Reach, Room};
use super::scope::Scope;
use super::tape::{Id, Op};
use super::types::Types;
use crate::graph::LayerId;
use crate::ops::{self, Activation, Spatial};
use crate::tokens::array;
use netwright_model::usual;
use proc_macro2::TokenStream;
use quote::quote;

/// Kernels of pooling. Variants list the values read, and `→` those written.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Pool {
    /// x → y, argmax?
    Max(Pooling),
    /// dy, argmax → dx
    MaxGrad(Pooling),
    /// x → y
    Average(Pooling),
    /// dy → dx
    AverageGrad(Pooling),
}

/// A pool with everything known.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Pooling {
    /// The height and width of the window.
    pub(crate) window: [usize; 2],
    /// The steps from window to window.
    pub(crate) stride: [usize; 2],
    /// The border above and to the left.
    pub(crate) pad: [usize; 2],
    /// True if the border counts in a mean.
    pub(crate) count_pad: bool,
    /// Channels, height, width.
    pub(crate) input: [usize; 3],
    /// Channels, height, width.
    pub(crate) output: [usize; 3],
    /// The layer, for names.
    pub(crate) layer: LayerId,
    /// True if the window goes along the depth of volumes, whose slices are its rows.
    pub(crate) depth: bool,
}

impl Pooling {
    /// Returns a max pool of these images.
    pub(crate) fn of_max(
        pool: &ops::MaxPool,
        input: [usize; 3],
        output: [usize; 3],
        layer: LayerId,
    ) -> Pooling {
        Pooling::of([pool.window, pool.stride, pool.pad], true, input, output, layer)
    }

    /// Returns an average pool of these images.
    pub(crate) fn of_avg(
        pool: &ops::AvgPool,
        input: [usize; 3],
        output: [usize; 3],
        layer: LayerId,
    ) -> Pooling {
        Pooling::of([pool.window, pool.stride, pool.pad], pool.count_pad, input, output, layer)
    }

    fn of(
        [window, stride, pad]: [Spatial; 3],
        count_pad: bool,
        input: [usize; 3],
        output: [usize; 3],
        layer: LayerId,
    ) -> Pooling {
        Pooling {
            window: window.over_image(1),
            stride: stride.over_image(1),
            pad: pad.over_image(0),
            count_pad,
            input,
            output,
            layer,
            depth: false,
        }
    }

    /// Adds the pool's type.
    pub(super) fn types(&self, types: &mut Types<'_>) {
        types.add(self.layer, self.depth, "", |name| {
            let (input, output) = (array(&self.input), array(&self.output));
            let (window, stride) = (array(&self.window), array(&self.stride));
            let pad = unless(&self.pad, usual::PAD, "PAD");
            let count_pad = (self.count_pad != usual::COUNT_PAD).then(|| {
                let count_pad = self.count_pad;
                quote!(const COUNT_PAD: bool = #count_pad;)
            });
            quote! {
                pub(super) struct #name;
                impl super::Pool for #name {
                    const INPUT: [usize; 3] = #input;
                    const OUTPUT: [usize; 3] = #output;
                    const WINDOW: [usize; 2] = #window;
                    const STRIDE: [usize; 2] = #stride;
                    #pad
                    #count_pad
                }
            }
        });
    }
}

impl Pool {
    fn pooling(&self) -> &Pooling {
        match self {
            Pool::Max(pooling)
            | Pool::MaxGrad(pooling)
            | Pool::Average(pooling)
            | Pool::AverageGrad(pooling) => pooling,
        }
    }
}

impl Room for Pool {
    fn facts(&self) -> Facts<'_> {
        Facts {
            covers: Covers::Tile,
            image: Some(match self {
                Pool::Max(pool) | Pool::Average(pool) => pool.input.iter().product(),
                Pool::MaxGrad(pool) | Pool::AverageGrad(pool) => pool.output.iter().product(),
            }),
            random: false,
            in_place: false,
            packs: false,
            optional_results: match self {
                Pool::Max(_) => true,
                Pool::MaxGrad(_) | Pool::Average(_) | Pool::AverageGrad(_) => false,
            },
            sum: None,
            weights_per_sample: 0,
            function: Function::OfLayer,
            in_one_piece: None,
            loss: None,
        }
    }

    fn name(&self) -> String {
        match self {
            Pool::Max(_) => "max_pool",
            Pool::MaxGrad(_) => "max_pool_grad",
            Pool::Average(_) => "avg_pool",
            Pool::AverageGrad(_) => "avg_pool_grad",
        }
        .into()
    }

    fn differentiate(&self, op: &Op, dy: Id, backward: &mut Backward<'_>) {
        let x = op.reads[0];
        match self {
            Pool::Max(pool) => {
                let kernel = Pool::MaxGrad(pool.clone());
                backward.input_gradient(op, x, kernel, vec![dy, op.writes[1]], vec![]);
            }
            Pool::Average(pool) => {
                backward.input_gradient(op, x, Pool::AverageGrad(pool.clone()), vec![dy], vec![]);
            }
            // No forward pass has these.
            Pool::MaxGrad(_) | Pool::AverageGrad(_) => {}
        }
    }

    fn call(&self, op: &Op, scope: &Scope<'_>) -> TokenStream {
        let (n, pooling) = (&scope.images(op), self.pooling());
        let (shape, [x, y]) = (scope.part_shape(pooling.layer, pooling.depth), scope.through(op));
        match self {
            Pool::Max(_) => {
                let argmax = scope.optional(op.writes.get(1).copied());
                quote!(#shape::max_pool(#n, #x, #y, #argmax);)
            }
            Pool::MaxGrad(_) => {
                let argmax = scope.read(op.reads[1]);
                quote!(#shape::max_pool_grad(#n, #x, #argmax, #y);)
            }
            Pool::Average(_) => quote!(#shape::avg_pool(#n, #x, #y);),
            Pool::AverageGrad(_) => quote!(#shape::avg_pool_grad(#n, #x, #y);),
        }
    }

    fn types(&self, _: &Op, types: &mut Types<'_>) {
        match self {
            Pool::Max(pool) | Pool::Average(pool) => pool.types(types),
            Pool::MaxGrad(_) | Pool::AverageGrad(_) => {}
        }
    }

    fn activation_mut(&mut self) -> Option<&mut Option<Activation>> {
        None
    }

    fn reach_mut(&mut self) -> Option<&mut Reach> {
        None
    }
}

/// Rule: a convolution and the max pool after it become one call that keeps one sample's convolution at a time.
pub(crate) fn join_to_convolution(tape: &mut Joining<'_>, i: usize) {
    let Kernel::Pool(Pool::Max(pooling)) = tape.op(i).kernel.clone() else { return };
    let x = tape.op(i).reads[0];
    let Some(writer) = tape.writer_for(x, i) else { return };
    let Kernel::Conv(Conv::Forward { window, pool: None, residual: false, .. }) = &tape.op(writer).kernel else {
        return;
    };
    // In a volume, the pool of a later kernel may see other images, and one slice alone is no sample.
    let samples = tape.value(x).len() == pooling.input.iter().product::<usize>();
    if !samples || window.output != pooling.input {
        return;
    }
    let pooled = tape.remove(i);
    tape.make_scratch(x);
    tape.edit(writer, |conv| {
        if let Kernel::Conv(Conv::Forward { pool, argmax, .. }) = &mut conv.kernel {
            *pool = Some(pooling);
            *argmax = pooled.writes.len() > 1;
        }
        conv.joined.push(pooled.layer);
        conv.writes = [vec![pooled.writes[0], x], pooled.writes[1..].to_vec()].concat();
    });
}

/// Rule: where the slope follows from the activation's output, the slope at a max pool's input is the slope at its output, where
/// the pool took it from: so it can be applied to the few outputs instead of the many inputs, and the inputs need not be kept.
pub(crate) fn pass_slope_through(tape: &mut Joining<'_>, i: usize) {
    let Kernel::Activate(Activate::Grad(activation)) = tape.op(i).kernel else { return };
    if activation.slope_needs_input() {
        return;
    }
    let [dpre, before] = [tape.op(i).reads[0], tape.op(i).reads[1]];
    let Some(pool) = tape.writer_for(dpre, i) else { return };
    let Kernel::Pool(Pool::MaxGrad(_)) = tape.op(pool).kernel else { return };
    let pools = tape.readers(before).iter().map(|&reader| tape.op(reader));
    let pooled = pools.filter(|op| matches!(op.kernel, Kernel::Pool(Pool::Max(_)))).map(|op| op.writes[0]);
    let Some(pooled) = pooled.min() else { return };
    let [dy, argmax] = [tape.op(pool).reads[0], tape.op(pool).reads[1]];
    let sloped = tape.value_like(dy, format!("{}_sloped", tape.value(dy).name));
    let dx = tape.op(i).writes[0];
    let (slope, pooling) = (tape.op(i).clone(), tape.op(pool).clone());
    tape.edit(i, |op| *op = Op { reads: vec![sloped, argmax], writes: vec![dx], ..pooling });
    tape.edit(pool, |op| *op = Op { reads: vec![dy, pooled], writes: vec![sloped], ..slope });
}
