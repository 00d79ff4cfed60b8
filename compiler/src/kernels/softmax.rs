//! Softmax over channels.

use super::gradient::Backward;
use super::room::{Covers, Facts, Function, Reach, Room};
use super::scope::Scope;
use super::tape::{Id, Op};
use super::types::Types;
use crate::ops::Activation;
use crate::tokens::number;
use proc_macro2::TokenStream;
use quote::quote;

/// Kernels of softmax, each with the number of channels. Variants list the values read, and `→` those
/// written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Softmax {
    /// x → y
    Forward(usize),
    /// dy, y → dx
    Grad(usize),
}

impl Room for Softmax {
    fn facts(&self) -> Facts<'_> {
        Facts {
            covers: Covers::Tile,
            image: None,
            random: false,
            in_place: true,
            packs: false,
            optional_results: false,
            sum: None,
            weights_per_sample: 0,
            function: Function::OfLayer,
            in_one_piece: Some(0),
            loss: None,
        }
    }

    fn name(&self) -> String {
        match self {
            Softmax::Forward(_) => "softmax",
            Softmax::Grad(_) => "softmax_grad",
        }
        .into()
    }

    fn differentiate(&self, op: &Op, dy: Id, backward: &mut Backward<'_>) {
        match *self {
            Softmax::Forward(channels) => {
                let kernel = Softmax::Grad(channels);
                backward.input_gradient(op, op.reads[0], kernel, vec![dy, op.writes[0]], vec![]);
            }
            // No forward pass has it.
            Softmax::Grad(_) => {}
        }
    }

    fn call(&self, op: &Op, scope: &Scope<'_>) -> TokenStream {
        let (m, moved, [y]) = (scope.instructions(), scope.moved(op), scope.writes(op));
        match self {
            Softmax::Forward(channels) => {
                let c = number(*channels);
                let kernel = scope.kernel("forward", &[quote!(#c)]);
                quote!(#moved softmax::#kernel(#m #y);)
            }
            Softmax::Grad(channels) => {
                let (c, kept) = (number(*channels), scope.read(op.reads[1]));
                let kernel = scope.kernel("backward", &[quote!(#c)]);
                quote!(#moved softmax::#kernel(#m #kept, #y);)
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
