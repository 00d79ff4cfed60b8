//! Dense layers: products of rows with a matrix of weights.

use super::Kernel;
use super::activation::Activate;
use super::fuse::Joining;
use super::gradient::Backward;
use super::room::{Covers, Facts, Function, Reach, Room, Sum, Work, acted};
use super::scope::{Scope, activation};
use super::tape::{Id, Op};
use super::types::Types;
use crate::ops::Activation;
use crate::tokens::number;
use netwright_model::packing;
use proc_macro2::TokenStream;
use quote::quote;

/// Kernels of dense layers. Variants list the values read, `;` the parameters read, `→` the values written.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Dense {
    /// ; weight → packed for [`Dense::Forward`]
    Pack(Sizes),
    /// x, packed?; weight?, bias? → y
    Forward {
        /// The layer's sizes.
        sizes: Sizes,
        /// True if the weights are packed.
        packed: bool,
        /// The activation that is applied to the sums.
        activation: Option<Activation>,
        /// The part of a batch that a call covers.
        reach: Reach,
    },
    /// dy, what [`Activate::Grad`] of the previous activation reads?; weight → dx
    InputGrad {
        /// The layer's sizes.
        sizes: Sizes,
        /// The activation whose slope the result is multiplied by.
        slope: Option<Activation>,
        /// The part of a batch that a call covers.
        reach: Reach,
    },
    /// x, dy → weight gradient
    WeightGrad {
        /// The layer's sizes.
        sizes: Sizes,
        /// The part of a batch that a call covers.
        reach: Reach,
    },
}

/// A dense layer's sizes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sizes {
    /// Features in.
    pub(crate) inputs: usize,
    /// Features out.
    pub(crate) outputs: usize,
}

impl Sizes {
    /// Returns the floats of packed weights.
    pub(crate) fn packed(&self) -> usize {
        packing::dense(self.inputs, self.outputs)
    }

    /// Returns true if packing the weights pays for prediction.
    pub(crate) fn is_worth_packing(&self) -> bool {
        super::cost::packs(*self)
    }

    fn weights(&self) -> usize {
        self.inputs * self.outputs
    }
}

impl Dense {
    /// Returns a dense layer with nothing joined to it.
    pub(crate) fn forward(sizes: Sizes, packed: bool) -> Dense {
        Dense::Forward { sizes, packed, activation: None, reach: Reach::Tile }
    }
}

impl Room for Dense {
    fn facts(&self) -> Facts<'_> {
        Facts {
            covers: match self {
                Dense::Pack(_) => Covers::Batch(Work::PackWeights),
                Dense::Forward { reach, .. }
                | Dense::InputGrad { reach, .. }
                | Dense::WeightGrad { reach, .. } => reach.covers(Work::WideLayers),
            },
            image: match self {
                Dense::Pack(_) => None,
                Dense::Forward { sizes, .. } | Dense::WeightGrad { sizes, .. } => Some(sizes.inputs),
                Dense::InputGrad { sizes, .. } => Some(sizes.outputs),
            },
            random: false,
            in_place: false,
            packs: match self {
                Dense::Pack(_) => true,
                Dense::Forward { .. } | Dense::InputGrad { .. } | Dense::WeightGrad { .. } => false,
            },
            optional_results: false,
            sum: match self {
                Dense::WeightGrad { sizes, .. } => Some(Sum { row: Some(sizes.outputs), over_batch: false }),
                Dense::Pack(_) | Dense::Forward { .. } | Dense::InputGrad { .. } => None,
            },
            weights_per_sample: match self {
                Dense::Pack(_) => 0,
                Dense::Forward { sizes, .. }
                | Dense::InputGrad { sizes, .. }
                | Dense::WeightGrad { sizes, .. } => sizes.weights(),
            },
            function: Function::OfLayer,
            in_one_piece: match self {
                Dense::Pack(_) => None,
                Dense::Forward { sizes, reach: Reach::Tile, .. } => Some(sizes.weights()),
                Dense::InputGrad { reach: Reach::Tile, .. }
                | Dense::WeightGrad { reach: Reach::Tile | Reach::One, .. } => Some(0),
                Dense::Forward { .. } | Dense::InputGrad { .. } | Dense::WeightGrad { .. } => None,
            },
            loss: None,
        }
    }

    fn name(&self) -> String {
        match self {
            Dense::Pack(_) => "pack".into(),
            Dense::Forward { activation, reach, .. } => reach.name(&acted("dense", *activation)),
            Dense::InputGrad { slope, reach, .. } => reach.name(&acted("dense_input_grad", *slope)),
            Dense::WeightGrad { reach, .. } => reach.name("dense_weight_grad"),
        }
    }

    fn differentiate(&self, op: &Op, dy: Id, backward: &mut Backward<'_>) {
        match *self {
            Dense::Forward { sizes, reach, .. } => {
                let (x, weight) = (op.reads[0], op.params[0]);
                if backward.learns(weight) {
                    backward.summed(op, weight, Dense::WeightGrad { sizes, reach }, vec![x, dy]);
                }
                backward.bias(op, op.params.get(1).copied(), dy, sizes.outputs);
                let kernel = Dense::InputGrad { sizes, slope: None, reach };
                backward.input_gradient(op, x, kernel, vec![dy], vec![weight]);
            }
            // No forward pass of training has these.
            Dense::Pack(_) | Dense::InputGrad { .. } | Dense::WeightGrad { .. } => {}
        }
    }

    fn call(&self, op: &Op, scope: &Scope<'_>) -> TokenStream {
        let (n, m, shape) = (&scope.images(op), scope.instructions(), scope.shape(op.layer));
        match self {
            Dense::Pack(_) => {
                let (w, [y]) = (scope.weight(op), scope.writes(op));
                quote!(#shape::pack(&#w, #y);)
            }
            Dense::Forward { activation: a, packed: true, .. } => {
                let (a, [x, packed], [y]) = (activation(*a), scope.reads(op), scope.writes(op));
                let bias = scope.optional_param(op.params.first().copied());
                let kernel = scope.kernel("forward_packed", &[]);
                quote!(#shape::#kernel(#m #n, #a, #x, #packed, #bias, #y);)
            }
            Dense::Forward { activation: a, reach, .. } => {
                let (a, [x, y]) = (activation(*a), scope.through(op));
                let (w, bias) = (scope.weight(op), scope.optional_param(op.params.get(1).copied()));
                let kernel = reach.kernel(scope.kernel("forward", &[]), quote!(forward_batch));
                quote!(#shape::#kernel(#m #n, #a, #x, &#w, #bias, #y);)
            }
            Dense::InputGrad { slope, reach, .. } => {
                let (w, [dy, dx]) = (scope.weight(op), scope.through(op));
                let slope = match slope {
                    Some(slope) => {
                        let (a, y) = (activation(Some(*slope)), scope.read(op.reads[1]));
                        quote!(#a.at(#y))
                    }
                    None => quote!(Identity.at(&[])),
                };
                let kernel = reach.kernel(scope.kernel("input_grad", &[]), quote!(input_grad_batch));
                quote!(#shape::#kernel(#m #n, #dy, &#w, #slope, #dx);)
            }
            Dense::WeightGrad { reach: Reach::One, .. } => {
                let ([x, dy], grad) = (scope.reads(op), scope.straight(op));
                let kernel = scope.kernel("weight_grad_of_one", &[]);
                quote!(#shape::#kernel(#m #x, #dy, &mut #grad);)
            }
            Dense::WeightGrad { reach, .. } => {
                let ([x, dy], [grad]) = (scope.reads(op), scope.writes(op));
                let kernel = reach.kernel(scope.kernel("weight_grad", &[]), quote!(weight_grad_batch));
                quote!(#shape::#kernel(#m #n, #x, #dy, #grad);)
            }
        }
    }

    fn types(&self, op: &Op, types: &mut Types<'_>) {
        match self {
            Dense::Forward { sizes, .. } => types.add(op.layer, false, "", |name| {
                let [inputs, outputs] = [sizes.inputs, sizes.outputs].map(number);
                quote! {
                    pub(super) type #name = super::Dense<#inputs, #outputs>;
                }
            }),
            Dense::Pack(_) | Dense::InputGrad { .. } | Dense::WeightGrad { .. } => {}
        }
    }

    fn activation_mut(&mut self) -> Option<&mut Option<Activation>> {
        match self {
            Dense::Forward { activation, .. } => Some(activation),
            Dense::Pack(_) | Dense::InputGrad { .. } | Dense::WeightGrad { .. } => None,
        }
    }

    fn reach_mut(&mut self) -> Option<&mut Reach> {
        match self {
            Dense::Forward { reach, .. } | Dense::InputGrad { reach, .. } | Dense::WeightGrad { reach, .. } => {
                Some(reach)
            }
            Dense::Pack(_) => None,
        }
    }
}

/// Rule: a dense layer's input gradient is multiplied by the slope of the activation before it while it is in registers.
pub(crate) fn join_slope(tape: &mut Joining<'_>, i: usize) {
    let Kernel::Activate(Activate::Grad(activation)) = tape.op(i).kernel else { return };
    let [d, y] = [tape.op(i).reads[0], tape.op(i).reads[1]];
    let Some(writer) = tape.writer_for(d, i) else { return };
    let Kernel::Dense(Dense::InputGrad { sizes, slope: None, reach }) = tape.op(writer).kernel else { return };
    let removed = tape.remove(i);
    tape.edit(writer, |op| {
        op.kernel = Dense::InputGrad { sizes, slope: Some(activation), reach }.into();
        op.reads.push(y);
        op.writes[0] = removed.writes[0];
    });
}
