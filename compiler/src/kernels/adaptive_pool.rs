//! Pools whose windows are as large as the number of outputs asks for, and differ by a row or column.

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
pub(crate) struct AdaptivePool {
    /// Mean or maximum.
    pub(crate) reduction: Reduction,
    /// Channels, height and width.
    pub(crate) input: [usize; 3],
    /// Height and width that come out.
    pub(crate) size: [usize; 2],
    /// Whether it is the gradient.
    pub(crate) backward: bool,
}

impl Room for AdaptivePool {
    fn facts(&self) -> Facts<'_> {
        let [channels, height, width] = self.input;
        let [down, across] = self.size;
        Facts {
            covers: Covers::Tile,
            image: Some(channels * if self.backward { down * across } else { height * width }),
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
            (Reduction::Mean, false) => "adaptive_avg_pool",
            (Reduction::Mean, true) => "adaptive_avg_pool_grad",
            (Reduction::Maximum, false) => "adaptive_max_pool",
            (Reduction::Maximum, true) => "adaptive_max_pool_grad",
        }
        .into()
    }

    fn differentiate(&self, op: &Op, dy: Id, backward: &mut Backward<'_>) {
        let x = op.reads[0];
        let reads = match self.reduction {
            Reduction::Mean => vec![dy],
            Reduction::Maximum => vec![dy, x],
        };
        backward.input_gradient(op, x, AdaptivePool { backward: true, ..*self }, reads, vec![]);
    }

    fn call(&self, op: &Op, scope: &Scope<'_>) -> TokenStream {
        let (n, [x, y]) = (&scope.images(op), scope.through(op));
        let sizes: Vec<_> = self.input.iter().chain(&self.size).map(|&size| number(size)).collect();
        match (self.reduction, self.backward) {
            (Reduction::Mean, false) => quote!(pool::adaptive_avg_pool_forward::<#(#sizes),*>(#n, #x, #y);),
            (Reduction::Mean, true) => quote!(pool::adaptive_avg_pool_backward::<#(#sizes),*>(#n, #x, #y);),
            (Reduction::Maximum, false) => quote!(pool::adaptive_max_pool_forward::<#(#sizes),*>(#n, #x, #y);),
            (Reduction::Maximum, true) => {
                let [dy, x] = scope.reads(op);
                quote!(pool::adaptive_max_pool_backward::<#(#sizes),*>(#n, #x, #dy, #y);)
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
