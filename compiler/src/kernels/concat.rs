//! Values side by side.

use super::gradient::Backward;
use super::room::{Covers, Facts, Function, Reach, Room};
use super::scope::Scope;
use super::tape::{Id, Op};
use super::types::Types;
use crate::ops::Activation;
use crate::tokens::number;
use proc_macro2::TokenStream;
use quote::quote;

/// Kernels of concatenations. Variants list the values read, and `→` those written.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Concat {
    /// parts → whole, side by side
    Join(Vec<Columns>),
    /// whole → part
    Part(Columns),
}

/// The place of a part in a concatenation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Columns {
    /// Channels of the part.
    pub(crate) part: usize,
    /// Channels of the whole.
    pub(crate) whole: usize,
    /// The part's first channel in the whole.
    pub(crate) at: usize,
    /// Pixels, 1 for features.
    pub(crate) pixels: usize,
}

impl Columns {
    fn tokens(&self) -> TokenStream {
        let (part, whole, at) = (number(self.part), number(self.whole), number(self.at));
        quote!(#part, #whole, #at)
    }
}

impl Room for Concat {
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
            Concat::Join(_) => "concat",
            Concat::Part(_) => "concat_grad",
        }
        .into()
    }

    fn differentiate(&self, op: &Op, dy: Id, backward: &mut Backward<'_>) {
        match self {
            Concat::Join(columns) => {
                for (&part, &columns) in op.reads.iter().zip(columns) {
                    backward.input_gradient(op, part, Concat::Part(columns), vec![dy], vec![]);
                }
            }
            // No forward pass has it.
            Concat::Part(_) => {}
        }
    }

    fn call(&self, op: &Op, scope: &Scope<'_>) -> TokenStream {
        match self {
            Concat::Join(columns) => {
                let [y] = scope.writes(op);
                let parts = op.reads.iter().zip(columns).map(|(&id, columns)| {
                    let (x, columns) = (scope.read(id), columns.tokens());
                    quote!(concat::copy_in::<#columns>(#x, #y);)
                });
                quote!(#(#parts)*)
            }
            Concat::Part(columns) => {
                let ([dy, dx], columns) = (scope.through(op), columns.tokens());
                quote!(concat::copy_out::<#columns>(#dy, #dx);)
            }
        }
    }

    fn types(&self, _: &Op, _: &mut Types<'_>) {}

    fn activation_mut(&mut self) -> Option<&mut Option<Activation>> {
        None
    }

    fn reach_mut(&mut self) -> Option<&mut Reach> {
        None
    }
}
