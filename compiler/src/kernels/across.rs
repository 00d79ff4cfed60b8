//! Functions of a pixel's channels: the logarithm of a softmax, local response norms, and gated linear units.

use super::gradient::Backward;
use super::room::{Covers, Facts, Function, Reach, Room};
use super::scope::Scope;
use super::tape::{Id, Op};
use super::types::Types;
use crate::ops::{self, Activation, Room as _};
use crate::tokens::{float, number};
use proc_macro2::TokenStream;
use quote::quote;

/// Kernels that work across channels, each with the number of those that come out. Variants list the values read, and `→` those
/// written.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Across {
    /// x → y
    Forward(ops::Across, usize),
    /// dy, y (x of a local response norm or a gated linear unit) → dx
    Grad(ops::Across, usize),
}

impl Room for Across {
    fn facts(&self) -> Facts<'_> {
        Facts {
            covers: Covers::Tile,
            image: None,
            random: false,
            in_place: match self {
                Across::Forward(function, _) | Across::Grad(function, _) => *function != ops::Across::Glu,
            },
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
            Across::Forward(function, _) => function.kind().into(),
            Across::Grad(function, _) => format!("{}_grad", function.kind()),
        }
    }

    fn differentiate(&self, op: &Op, dy: Id, backward: &mut Backward<'_>) {
        match *self {
            Across::Forward(function, channels) => {
                let [x, y] = [op.reads[0], op.writes[0]];
                let kept = match function {
                    ops::Across::LogSoftmax => y,
                    ops::Across::LocalResponse { .. } | ops::Across::Glu => x,
                };
                backward.input_gradient(op, x, Across::Grad(function, channels), vec![dy, kept], vec![]);
            }
            // No forward pass has it.
            Across::Grad(..) => {}
        }
    }

    fn call(&self, op: &Op, scope: &Scope<'_>) -> TokenStream {
        if let Across::Forward(ops::Across::Glu, channels) = self {
            let (c, [x, y]) = (number(*channels), scope.through(op));
            return quote!(glu::forward::<#c>(#x, #y););
        }
        if let Across::Grad(ops::Across::Glu, channels) = self {
            let (c, [dy, x], [dx]) = (number(*channels), scope.reads(op), scope.writes(op));
            return quote!(glu::backward::<#c>(#dy, #x, #dx););
        }
        let (moved, [y]) = (scope.moved(op), scope.writes(op));
        match self {
            Across::Forward(function, channels) => {
                let c = number(*channels);
                match norm(function) {
                    None => quote!(#moved log_softmax::forward::<#c>(#y);),
                    Some(norm) => quote!(#moved #norm.forward::<#c>(#y);),
                }
            }
            Across::Grad(function, channels) => {
                let (c, kept) = (number(*channels), scope.read(op.reads[1]));
                match norm(function) {
                    None => quote!(#moved log_softmax::backward::<#c>(#kept, #y);),
                    Some(norm) => quote!(#moved #norm.backward::<#c>(#kept, #y);),
                }
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

/// Returns a local response norm; `None` for other functions.
fn norm(function: &ops::Across) -> Option<TokenStream> {
    match *function {
        ops::Across::LogSoftmax | ops::Across::Glu => None,
        ops::Across::LocalResponse { size, alpha, beta, k } => {
            let (size, [alpha, beta, k]) = (number(size), [alpha, beta, k].map(float));
            Some(quote!(LocalResponse { size: #size, alpha: #alpha, beta: #beta, k: #k }))
        }
    }
}
