//! The gradient of a bias: a sum over rows or pixels.

use super::gradient::Backward;
use super::room::{Facts, Function, Reach, Room, Sum, Work};
use super::scope::Scope;
use super::tape::{Id, Op};
use super::types::Types;
use crate::ops::Activation;
use crate::tokens::number;
use proc_macro2::TokenStream;
use quote::quote;

/// dy → sum over samples and pixels
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct BiasGrad {
    channels: usize,
    reach: Reach,
}

impl BiasGrad {
    /// Returns the gradient of a bias for this number of channels.
    pub(super) fn of(channels: usize) -> BiasGrad {
        BiasGrad { channels, reach: Reach::Tile }
    }
}

impl Room for BiasGrad {
    fn facts(&self) -> Facts<'_> {
        Facts {
            covers: self.reach.covers(Work::WideLayers),
            image: None,
            random: false,
            in_place: false,
            packs: false,
            optional_results: false,
            sum: Some(Sum { row: Some(self.channels), over_batch: false }),
            weights_per_sample: 0,
            function: Function::OfLayer,
            in_one_piece: match self.reach {
                Reach::Tile | Reach::One => Some(0),
                Reach::Batch => None,
            },
            loss: None,
        }
    }

    fn name(&self) -> String {
        self.reach.name("bias_grad")
    }

    // No forward pass has it.
    fn differentiate(&self, _: &Op, _: Id, _: &mut Backward<'_>) {}

    fn call(&self, op: &Op, scope: &Scope<'_>) -> TokenStream {
        let (channels, m) = (number(self.channels), scope.instructions());
        if self.reach == Reach::One {
            let ([dy], grad) = (scope.reads(op), scope.straight(op));
            return quote!(#grad.copy_from_slice(#dy););
        }
        let [dy, grad] = scope.through(op);
        let tile = scope.kernel("bias_grad", &[quote!(#channels)]);
        let kernel = self.reach.kernel(quote!(conv::#tile), quote!(dense::bias_grad_batch::<#channels>));
        quote!(#kernel(#m #dy, #grad);)
    }

    fn types(&self, _: &Op, _: &mut Types<'_>) {}

    fn activation_mut(&mut self) -> Option<&mut Option<Activation>> {
        None
    }

    fn reach_mut(&mut self) -> Option<&mut Reach> {
        Some(&mut self.reach)
    }
}
