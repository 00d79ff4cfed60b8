//! Images with more pixels than before.

use super::gradient::Backward;
use super::room::{Covers, Facts, Function, Reach, Room};
use super::scope::Scope;
use super::tape::{Id, Op};
use super::types::Types;
use crate::graph::LayerId;
use crate::ops::{Activation, UpsampleMode};
use crate::tokens::array;
use proc_macro2::TokenStream;
use quote::{format_ident, quote};

/// Kernels that enlarge images. Variants list the values read, and `→` those written.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Upsample {
    /// x → y
    Forward(Upsampling),
    /// dy → dx
    Grad(Upsampling),
}

/// An upsampling with everything known.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Upsampling {
    /// The factors of the height and the width.
    pub(crate) scale: [usize; 2],
    /// The interpolation of new pixels.
    pub(crate) mode: UpsampleMode,
    /// Channels, height, width.
    pub(crate) input: [usize; 3],
    /// The layer, for names.
    pub(crate) layer: LayerId,
    /// True if the depth of volumes is enlarged, whose slices are the rows.
    pub(crate) depth: bool,
}

impl Room for Upsample {
    fn facts(&self) -> Facts<'_> {
        Facts {
            covers: Covers::Tile,
            image: Some(match self {
                Upsample::Forward(of) => of.input.iter().product(),
                Upsample::Grad(of) => of.input.iter().chain(&of.scale).product(),
            }),
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
            Upsample::Forward(of) => format!("upsample_{}", of.mode.name()),
            Upsample::Grad(of) => format!("upsample_{}_grad", of.mode.name()),
        }
    }

    fn differentiate(&self, op: &Op, dy: Id, backward: &mut Backward<'_>) {
        match self {
            Upsample::Forward(of) => {
                backward.input_gradient(op, op.reads[0], Upsample::Grad(of.clone()), vec![dy], vec![]);
            }
            // No forward pass has it.
            Upsample::Grad(_) => {}
        }
    }

    fn call(&self, op: &Op, scope: &Scope<'_>) -> TokenStream {
        let (of, suffix) = match self {
            Upsample::Forward(of) => (of, ""),
            Upsample::Grad(of) => (of, "_grad"),
        };
        let (n, [x, y]) = (&scope.images(op), scope.through(op));
        let (shape, kernel) =
            (scope.part_shape(of.layer, of.depth), format_ident!("{}{suffix}", of.mode.name()));
        quote!(#shape::#kernel(#n, #x, #y);)
    }

    fn types(&self, op: &Op, types: &mut Types<'_>) {
        match self {
            Upsample::Forward(of) => types.add(op.layer, of.depth, "", |name| {
                let (input, scale) = (array(&of.input), array(&of.scale));
                quote! {
                    pub(super) struct #name;
                    impl super::Upsample for #name {
                        const INPUT: [usize; 3] = #input;
                        const SCALE: [usize; 2] = #scale;
                    }
                }
            }),
            Upsample::Grad(_) => {}
        }
    }

    fn activation_mut(&mut self) -> Option<&mut Option<Activation>> {
        None
    }

    fn reach_mut(&mut self) -> Option<&mut Reach> {
        None
    }
}
