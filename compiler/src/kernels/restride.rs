//! Reordering of a value's numbers: permuted axes, and pixels from or to channels.

use super::gradient::Backward;
use super::room::{Covers, Facts, Function, Reach, Room};
use super::scope::Scope;
use super::tape::{Id, Op};
use super::types::Types;
use crate::graph::LayerId;
use crate::ops::Activation;
use crate::tokens::array;
use proc_macro2::TokenStream;
use quote::quote;

/// Kernels that reorder numbers. Variants list the values read, and `→` those written.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Restride {
    /// x → the same in another order
    Reorder(Order),
    /// dy → dx
    ReorderGrad(Order),
}

/// An order of a value's numbers in memory.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Order {
    /// The output's sizes, from the outermost to the innermost.
    pub(crate) sizes: [usize; 5],
    /// The distance in the input of two neighbours along each of these axes.
    pub(crate) strides: [usize; 5],
    /// The layer, for names.
    pub(crate) layer: LayerId,
}

impl Room for Restride {
    fn facts(&self) -> Facts<'_> {
        Facts {
            covers: Covers::Tile,
            image: None,
            random: false,
            in_place: false,
            packs: false,
            optional_results: false,
            sum: None,
            weights_per_sample: 0,
            function: Function::OfLayer,
            in_one_piece: None,
            loss: None,
        }
    }

    fn name(&self) -> String {
        match self {
            Restride::Reorder(_) => "restride",
            Restride::ReorderGrad(_) => "restride_grad",
        }
        .into()
    }

    fn differentiate(&self, op: &Op, dy: Id, backward: &mut Backward<'_>) {
        match self {
            Restride::Reorder(order) => {
                let kernel = Restride::ReorderGrad(order.clone());
                backward.input_gradient(op, op.reads[0], kernel, vec![dy], vec![]);
            }
            // No forward pass has it.
            Restride::ReorderGrad(_) => {}
        }
    }

    fn call(&self, op: &Op, scope: &Scope<'_>) -> TokenStream {
        let (n, [x, y]) = (&scope.n, scope.through(op));
        match self {
            Restride::Reorder(order) => {
                let shape = scope.shape(order.layer);
                quote!(#shape::reorder(#n, #x, #y);)
            }
            Restride::ReorderGrad(order) => {
                let shape = scope.shape(order.layer);
                quote!(#shape::reorder_grad(#n, #x, #y);)
            }
        }
    }

    fn types(&self, op: &Op, types: &mut Types<'_>) {
        match self {
            Restride::Reorder(order) => types.add(op.layer, false, "", |name| {
                let (sizes, strides) = (array(&order.sizes), array(&order.strides));
                quote! {
                    pub(super) struct #name;
                    impl super::Restride for #name {
                        const SIZES: [usize; 5] = #sizes;
                        const STRIDES: [usize; 5] = #strides;
                    }
                }
            }),
            Restride::ReorderGrad(_) => {}
        }
    }

    fn activation_mut(&mut self) -> Option<&mut Option<Activation>> {
        None
    }

    fn reach_mut(&mut self) -> Option<&mut Reach> {
        None
    }
}
