//! Pools with one window: the whole image.

use super::gradient::Backward;
use super::room::{Covers, Facts, Function, Reach, Room};
use super::scope::Scope;
use super::tape::{Id, Op};
use super::types::Types;
use crate::ops::{Activation, Reduction};
use crate::tokens::number;
use proc_macro2::TokenStream;
use quote::quote;

/// x → y; the gradient of a mean reads dy, that of a maximum dy and x.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct GlobalPool {
    /// Mean or maximum.
    pub(crate) reduction: Reduction,
    /// Channels.
    pub(crate) channels: usize,
    /// Pixels.
    pub(crate) pixels: usize,
    /// Whether it is the gradient.
    pub(crate) backward: bool,
}

impl Room for GlobalPool {
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
        match (self.reduction, self.backward) {
            (Reduction::Mean, false) => "global_avg_pool",
            (Reduction::Mean, true) => "global_avg_pool_grad",
            (Reduction::Maximum, false) => "global_max_pool",
            (Reduction::Maximum, true) => "global_max_pool_grad",
        }
        .into()
    }

    fn differentiate(&self, op: &Op, dy: Id, backward: &mut Backward<'_>) {
        let x = op.reads[0];
        let reads = match self.reduction {
            Reduction::Mean => vec![dy],
            Reduction::Maximum => vec![dy, x],
        };
        backward.input_gradient(op, x, GlobalPool { backward: true, ..*self }, reads, vec![]);
    }

    fn call(&self, op: &Op, scope: &Scope<'_>) -> TokenStream {
        let (n, [x, y]) = (&scope.n, scope.through(op));
        let (c, pixels) = (number(self.channels), number(self.pixels));
        match (self.reduction, self.backward) {
            (Reduction::Mean, false) => quote!(pool::global_avg_pool_forward::<#c, #pixels>(#n, #x, #y);),
            (Reduction::Mean, true) => quote!(pool::global_avg_pool_backward::<#c, #pixels>(#n, #x, #y);),
            (Reduction::Maximum, false) => quote!(pool::global_max_pool_forward::<#c, #pixels>(#n, #x, #y);),
            (Reduction::Maximum, true) => {
                let [dy, x] = scope.reads(op);
                quote!(pool::global_max_pool_backward::<#c, #pixels>(#n, #x, #dy, #y);)
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
