//! Windows along the depth of volumes, whose slices are images.

use super::gradient::Backward;
use super::room::{Covers, Facts, Function, Reach, Room};
use super::scope::Scope;
use super::tape::{Id, Op};
use super::types::Types;
use crate::ops::Activation;
use crate::tokens::number;
use proc_macro2::TokenStream;
use quote::quote;

/// What is read, `;` which parameters, `→` what is written. Each is the other's gradient.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DepthTaps {
    /// x → what taps along a volume's depth find, those of a channel together
    Gather(Depth),
    /// what taps have; bias? → its sums
    Scatter(Depth),
}

/// How a window goes along the depth of a volume.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Depth {
    /// Channels of the volume.
    pub(crate) channels: usize,
    /// Pixels of a slice.
    pub(crate) pixels: usize,
    /// Slices of the volume.
    pub(crate) input: usize,
    /// Places of the window.
    pub(crate) output: usize,
    /// Slices that the window covers.
    pub(crate) taps: usize,
    /// Slices from one place of the window to the next.
    pub(crate) stride: usize,
    /// Slices of zeros before and behind.
    pub(crate) pad: usize,
    /// Distance of the taps.
    pub(crate) dilation: usize,
}

impl Depth {
    /// Whether what it finds is anything but the volume itself.
    pub(crate) fn moves(&self) -> bool {
        (self.taps, self.stride, self.pad) != (1, 1, 0)
    }

    /// The runtime's constant.
    fn tokens(&self) -> TokenStream {
        let Depth { channels, pixels, input, output, taps, stride, pad, dilation } = *self;
        let [channels, pixels, input, output] = [channels, pixels, input, output].map(number);
        let [taps, stride, pad, dilation] = [taps, stride, pad, dilation].map(number);
        quote! {
            depth::Depth {
                channels: #channels, pixels: #pixels, input: #input, output: #output,
                taps: #taps, stride: #stride, pad: #pad, dilation: #dilation,
            }
        }
    }
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
                let taps = depth.tokens();
                quote!(depth::gather(#taps, #n, #x, #y);)
            }
            DepthTaps::Scatter(depth) => {
                let (taps, bias) = (depth.tokens(), scope.optional_param(op.params.first().copied()));
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
