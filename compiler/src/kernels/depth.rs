//! Windows along the depth of volumes, whose slices are images.

use super::gradient::Backward;
use super::room::{Covers, Facts, Function, Reach, Room};
use super::scope::Scope;
use super::tape::{Id, Op};
use super::types::Types;
use crate::emit::emit;
use crate::ops::Activation;
pub(crate) use netwright_model::Depth;
use proc_macro2::TokenStream;
use quote::quote;

/// Kernels of windows along the depth of volumes. Variants list the values read, `;` the parameters read, `→`
/// the values written. Each is the other's gradient.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DepthTaps {
    /// x → what taps along a volume's depth find, those of a channel together
    Gather(Depth),
    /// what taps have; bias? → its sums
    Scatter(Depth),
}

impl Room for DepthTaps {
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
            DepthTaps::Gather(_) => "depth_taps",
            DepthTaps::Scatter(_) => "depth_taps_grad",
        }
        .into()
    }

    fn differentiate(&self, op: &Op, dy: Id, backward: &mut Backward<'_>) {
        let x = op.reads[0];
        match *self {
            DepthTaps::Gather(depth) => {
                backward.input_gradient(op, x, DepthTaps::Scatter(depth), vec![dy], vec![]);
            }
            DepthTaps::Scatter(depth) => {
                backward.bias(op, op.params.first().copied(), dy, depth.channels);
                backward.input_gradient(op, x, DepthTaps::Gather(depth), vec![dy], vec![]);
            }
        }
    }

    fn call(&self, op: &Op, scope: &Scope<'_>) -> TokenStream {
        let (n, [x, y]) = (&scope.n, scope.through(op));
        match self {
            DepthTaps::Gather(depth) => {
                let taps = emit(depth);
                quote!(depth::gather(#taps, #n, #x, #y);)
            }
            DepthTaps::Scatter(depth) => {
                let (taps, bias) = (emit(depth), scope.optional_param(op.params.first().copied()));
                quote!(depth::scatter(#taps, #n, #bias, #x, #y);)
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
