//! Conversion between the caller's layout of images, channels first, and the kernels', channels last.

use super::Kernel;
use super::elementwise::Elementwise;
use super::gradient::Backward;
use super::room::{Covers, Facts, Function, Reach, Room};
use super::scope::Scope;
use super::tape::{Id, Op};
use super::types::Types;
use crate::graph::Shape;
use crate::ops::Activation;
use proc_macro2::TokenStream;
use quote::quote;

/// Kernels that convert layouts. Variants list the values read, and `→` those written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Layout {
    /// x → y: an image from the caller's channels-first to channels last.
    ChannelsLast,
    /// x → y: the other way round.
    ChannelsFirst,
    /// x → logits, channels first, if the caller asks for them. The only reader of x besides an activation may be joined
    /// with that to the kernel before, which then writes them.
    Logits,
}

/// Returns true if channels first and channels last differ.
pub(crate) fn reorders(shape: &Shape) -> bool {
    shape.len() > 1 && shape[0] > 1 && shape[1..].iter().product::<usize>() > 1
}

/// Returns the kernel that copies a value of this shape to the caller.
pub(crate) fn caller_layout(shape: &Shape) -> Kernel {
    if reorders(shape) { Layout::ChannelsFirst.into() } else { Elementwise::Add(None).into() }
}

impl Room for Layout {
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
            in_one_piece: match self {
                Layout::Logits => Some(0),
                Layout::ChannelsLast | Layout::ChannelsFirst => None,
            },
            loss: None,
        }
    }

    fn name(&self) -> String {
        match self {
            Layout::ChannelsLast => "to_channels_last",
            Layout::ChannelsFirst => "to_channels_first",
            Layout::Logits => "logits",
        }
        .into()
    }

    fn differentiate(&self, op: &Op, dy: Id, backward: &mut Backward<'_>) {
        let back = match self {
            Layout::ChannelsLast => Layout::ChannelsFirst,
            Layout::ChannelsFirst => Layout::ChannelsLast,
            // Only predictions have these.
            Layout::Logits => return,
        };
        backward.input_gradient(op, op.reads[0], back, vec![dy], vec![]);
    }

    fn call(&self, op: &Op, scope: &Scope<'_>) -> TokenStream {
        let (n, [x, y]) = (&scope.n, scope.through(op));
        match self {
            Layout::ChannelsLast => {
                let [c, pixels] = scope.planes(op.writes[0]);
                quote!(layout::to_channels_last::<#c, #pixels>(#n, #x, #y);)
            }
            Layout::ChannelsFirst => {
                let [c, pixels] = scope.planes(op.reads[0]);
                quote!(layout::to_channels_first::<#c, #pixels>(#n, #x, #y);)
            }
            Layout::Logits => {
                let give = give_logits(op, scope);
                quote!(if !#y.is_empty() { #give })
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

/// Returns the copy of logits to a caller that asks for them.
pub(super) fn give_logits(op: &Op, scope: &Scope<'_>) -> TokenStream {
    let (n, [x, logits]) = (&scope.n, scope.through(op));
    if reorders(&scope.tape.value(op.writes[0]).shape) {
        let [c, pixels] = scope.planes(op.writes[0]);
        quote!(layout::to_channels_first::<#c, #pixels>(#n, #x, #logits);)
    } else {
        quote!(#logits.copy_from_slice(#x);)
    }
}
