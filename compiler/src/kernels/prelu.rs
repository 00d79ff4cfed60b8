//! The activation whose slope for negative numbers is learned.

use super::gradient::Backward;
use super::room::{Covers, Facts, Function, Reach, Room, Sum};
use super::scope::Scope;
use super::tape::{Id, Op};
use super::types::Types;
use crate::ops::Activation;
use crate::tokens::number;
use proc_macro2::TokenStream;
use quote::quote;

/// Kernels of PReLU, each with the number of slopes. Variants list the values read, `;` the parameters read,
/// `→` the values written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Prelu {
    /// x; slopes → y
    Forward(usize),
    /// dy, x; slopes → dx
    InputGrad(usize),
    /// x, dy → gradient of the slopes
    SlopeGrad(usize),
}

impl Room for Prelu {
    fn facts(&self) -> Facts<'_> {
        Facts {
            covers: Covers::Tile,
            image: None,
            random: false,
            in_place: match self {
                Prelu::InputGrad(_) => true,
                Prelu::Forward(_) | Prelu::SlopeGrad(_) => false,
            },
            packs: false,
            optional_results: false,
            sum: match self {
                Prelu::SlopeGrad(_) => Some(Sum { row: None, over_batch: false }),
                Prelu::Forward(_) | Prelu::InputGrad(_) => None,
            },
            weights_per_sample: 0,
            function: Function::OfLayer,
            in_one_piece: None,
            loss: None,
        }
    }

    fn name(&self) -> String {
        match self {
            Prelu::Forward(_) => "prelu",
            Prelu::InputGrad(_) => "prelu_input_grad",
            Prelu::SlopeGrad(_) => "prelu_slope_grad",
        }
        .into()
    }

    fn differentiate(&self, op: &Op, dy: Id, backward: &mut Backward<'_>) {
        match *self {
            Prelu::Forward(slopes) => {
                let (x, weight) = (op.reads[0], op.params[0]);
                if backward.learns(weight) {
                    backward.summed(op, weight, Prelu::SlopeGrad(slopes), vec![x, dy]);
                }
                backward.input_gradient(op, x, Prelu::InputGrad(slopes), vec![dy, x], vec![weight]);
            }
            // No forward pass has these.
            Prelu::InputGrad(_) | Prelu::SlopeGrad(_) => {}
        }
    }

    fn call(&self, op: &Op, scope: &Scope<'_>) -> TokenStream {
        match self {
            Prelu::Forward(slopes) => {
                let (c, w, [x, y]) = (number(*slopes), scope.weight(op), scope.through(op));
                quote!(prelu::forward::<#c>(#x, &#w, #y);)
            }
            Prelu::InputGrad(slopes) => {
                let (c, w, moved) = (number(*slopes), scope.weight(op), scope.moved(op));
                let ([_, x], [dx]) = (scope.reads(op), scope.writes(op));
                quote!(#moved prelu::input_grad::<#c>(#x, &#w, #dx);)
            }
            Prelu::SlopeGrad(slopes) => {
                let (c, [x, dy], [grad]) = (number(*slopes), scope.reads(op), scope.writes(op));
                quote!(prelu::slope_grad::<#c>(#x, #dy, #grad);)
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
