//! The sum of the lanes' parts.

use super::gradient::Backward;
use super::room::{Covers, Facts, Function, Reach, Room, Work};
use super::scope::Scope;
use super::tape::{Id, Op};
use super::types::Types;
use crate::ops::Activation;
use proc_macro2::TokenStream;
use quote::quote;

/// partial → sum over lanes
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Reduce;

impl Room for Reduce {
    fn facts(&self) -> Facts<'_> {
        Facts {
            covers: Covers::Batch(Work::SumGradients),
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
        "sum_lanes".into()
    }

    // No forward pass has it.
    fn differentiate(&self, _: &Op, _: Id, _: &mut Backward<'_>) {}

    fn call(&self, op: &Op, scope: &Scope<'_>) -> TokenStream {
        let [part, sum] = scope.through(op);
        quote!(reduce::sum_lanes(lanes, #part, #sum);)
    }

    fn types(&self, _: &Op, _: &mut Types<'_>) {}

    fn activation_mut(&mut self) -> Option<&mut Option<Activation>> {
        None
    }

    fn reach_mut(&mut self) -> Option<&mut Reach> {
        None
    }
}
