//! Pools with as many windows as outputs are asked for: one, the whole image, or several, which differ by a row or column.

use super::gradient::Backward;
use super::room::{Covers, Facts, Function, Reach, Room};
use super::scope::Scope;
use super::tape::{Id, Op};
use super::types::Types;
use crate::ops::{Activation, Reduction};
use crate::tokens::number;
use proc_macro2::TokenStream;
use quote::{format_ident, quote};

/// x → y; the gradient of a mean reads dy, that of a maximum dy and x.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct AdaptivePool {
    /// Mean or maximum.
    pub(crate) reduction: Reduction,
    /// The window, or the windows.
    pub(crate) windows: Windows,
    /// True for the gradient.
    pub(crate) backward: bool,
}

/// The windows of an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Windows {
    /// The whole image.
    One {
        /// The number of channels.
        channels: usize,
        /// The number of pixels.
        pixels: usize,
    },
    /// Rows and columns of windows.
    Several {
        /// Channels, height and width.
        input: [usize; 3],
        /// The height and width of the output.
        size: [usize; 2],
    },
}

impl AdaptivePool {
    /// Returns the kernel's name, such as `global_avg_pool`.
    fn kernel(&self) -> String {
        let windows = match self.windows {
            Windows::One { .. } => "global",
            Windows::Several { .. } => "adaptive",
        };
        let reduction = match self.reduction {
            Reduction::Mean => "avg",
            Reduction::Maximum => "max",
        };
        format!("{windows}_{reduction}_pool")
    }
}

impl Room for AdaptivePool {
    fn facts(&self) -> Facts<'_> {
        Facts {
            covers: Covers::Tile,
            image: match self.windows {
                Windows::One { channels, .. } if self.backward => Some(channels),
                Windows::One { channels, pixels } => Some(channels * pixels),
                Windows::Several { input: [channels, ..], size: [down, across] } if self.backward => {
                    Some(channels * down * across)
                }
                Windows::Several { input, .. } => Some(input.iter().product()),
            },
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
        let suffix = if self.backward { "_grad" } else { "" };
        format!("{}{suffix}", self.kernel())
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
        let direction = if self.backward { "backward" } else { "forward" };
        let kernel = format_ident!("{}_{direction}", self.kernel());
        let sizes = match self.windows {
            Windows::One { channels, pixels } => vec![channels, pixels],
            Windows::Several { input, size } => input.into_iter().chain(size).collect(),
        };
        let sizes = sizes.into_iter().map(number);
        match (self.reduction, self.backward) {
            (Reduction::Maximum, true) => {
                let [dy, x] = scope.reads(op);
                quote!(pool::#kernel::<#(#sizes),*>(#n, #x, #dy, #y);)
            }
            (Reduction::Mean | Reduction::Maximum, _) => quote!(pool::#kernel::<#(#sizes),*>(#n, #x, #y);),
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
