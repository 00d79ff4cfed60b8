//! Products with a factor: for each number, channel or pixel.

use super::gradient::Backward;
use super::room::{Covers, Facts, Function, Reach, Room};
use super::scope::Scope;
use super::tape::{Id, Op};
use super::types::Types;
use crate::ops::{Activation, Spread};
use crate::tokens::number;
use proc_macro2::TokenStream;
use quote::{format_ident, quote};

/// Kernels that multiply by a factor. Variants list the values read, and `→` those written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scale {
    /// x, factor → their product
    By(Factor),
    /// dy, x → gradient of the factor
    FactorGrad(Factor),
}

/// A factor of an image, and how it is spread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Factor {
    /// The numbers that the factor consists of, and how they are broadcast.
    pub(crate) spread: Spread,
    /// The number of channels.
    pub(crate) channels: usize,
    /// The number of pixels.
    pub(crate) pixels: usize,
}

impl Room for Scale {
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
        let over = |factor: &Factor| match factor.spread {
            Spread::Same => "",
            Spread::Channels => "_channels",
            Spread::Pixels => "_pixels",
        };
        match self {
            Scale::By(factor) => format!("mul{}", over(factor)),
            Scale::FactorGrad(factor) => format!("factor_grad{}", over(factor)),
        }
    }

    fn differentiate(&self, op: &Op, dy: Id, backward: &mut Backward<'_>) {
        match *self {
            Scale::By(factor) => {
                let [x, by] = [op.reads[0], op.reads[1]];
                backward.input_gradient(op, x, Scale::By(factor), vec![dy, by], vec![]);
                let kernel = match factor.spread {
                    Spread::Same => Scale::By(factor),
                    Spread::Channels | Spread::Pixels => Scale::FactorGrad(factor),
                };
                backward.input_gradient(op, by, kernel, vec![dy, x], vec![]);
            }
            // No forward pass has it.
            Scale::FactorGrad(_) => {}
        }
    }

    fn call(&self, op: &Op, scope: &Scope<'_>) -> TokenStream {
        let ([a, b], [y]) = (scope.reads(op), scope.writes(op));
        let (factor, suffix) = match self {
            Scale::By(factor) => (factor, ""),
            Scale::FactorGrad(factor) => (factor, "_grad"),
        };
        let (c, pixels) = (number(factor.channels), number(factor.pixels));
        match factor.spread {
            Spread::Same => quote!(elementwise::mul(#a, #b, #y);),
            Spread::Channels => {
                let kernel = format_ident!("channels{suffix}");
                quote!(scale::#kernel::<#c, #pixels>(#a, #b, #y);)
            }
            Spread::Pixels => {
                let kernel = format_ident!("pixels{suffix}");
                quote!(scale::#kernel::<#c>(#a, #b, #y);)
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
