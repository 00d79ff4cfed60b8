//! Parts of images, and borders around them.

use super::gradient::Backward;
use super::room::{Covers, Facts, Function, Reach, Room};
use super::scope::Scope;
use super::tape::{Id, Op};
use super::types::Types;
use crate::graph::LayerId;
use crate::emit::emit;
use crate::ops::{Activation, Border};
use crate::tokens::array;
use netwright_model::usual;
use proc_macro2::{Literal, TokenStream};
use quote::quote;

/// Kernels that take parts of images or put borders around them. Variants list the values read, and `→` those
/// written.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Remap {
    /// x → a part of it, or it with a border
    Take(Region),
    /// dy → dx
    TakeGrad(Region),
}

/// A part of an image, or a border around it, with everything known.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Region {
    /// Channels, height, width.
    pub(crate) input: [usize; 3],
    /// Channels, height, width.
    pub(crate) output: [usize; 3],
    /// The place along each axis that the first one of the output is at; less than 0 in a border.
    pub(crate) start: [isize; 3],
    /// The distance in the input of two neighbours of the output.
    pub(crate) step: [usize; 3],
    /// The border.
    pub(crate) border: Border,
    /// The layer, for names.
    pub(crate) layer: LayerId,
    /// True if the region is along the depth of volumes, whose slices are its rows.
    pub(crate) depth: bool,
}

impl Room for Remap {
    fn facts(&self) -> Facts<'_> {
        Facts {
            covers: Covers::Tile,
            image: Some(match self {
                Remap::Take(region) => region.input.iter().product(),
                Remap::TakeGrad(region) => region.output.iter().product(),
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
            Remap::Take(_) => "remap",
            Remap::TakeGrad(_) => "remap_grad",
        }
        .into()
    }

    fn differentiate(&self, op: &Op, dy: Id, backward: &mut Backward<'_>) {
        match self {
            Remap::Take(region) => {
                backward.input_gradient(op, op.reads[0], Remap::TakeGrad(region.clone()), vec![dy], vec![]);
            }
            // No forward pass has it.
            Remap::TakeGrad(_) => {}
        }
    }

    fn call(&self, op: &Op, scope: &Scope<'_>) -> TokenStream {
        let (n, [x, y]) = (&scope.images(op), scope.through(op));
        match self {
            Remap::Take(region) => {
                let shape = scope.part_shape(region.layer, region.depth);
                quote!(#shape::take(#n, #x, #y);)
            }
            Remap::TakeGrad(region) => {
                let shape = scope.part_shape(region.layer, region.depth);
                quote!(#shape::take_grad(#n, #x, #y);)
            }
        }
    }

    fn types(&self, _: &Op, types: &mut Types<'_>) {
        match self {
            Remap::Take(region) => region.types(types),
            Remap::TakeGrad(_) => {}
        }
    }

    fn activation_mut(&mut self) -> Option<&mut Option<Activation>> {
        None
    }

    fn reach_mut(&mut self) -> Option<&mut Reach> {
        None
    }
}

impl Region {
    fn types(&self, types: &mut Types<'_>) {
        types.add(self.layer, self.depth, "", |name| {
            let (input, output) = (array(&self.input), array(&self.output));
            let start = (self.start != usual::START).then(|| {
                let start = self.start.map(Literal::isize_unsuffixed);
                quote!(const START: [isize; 3] = [#(#start),*];)
            });
            let step = (self.step != usual::STEP).then(|| {
                let step = array(&self.step);
                quote!(const STEP: [usize; 3] = #step;)
            });
            let border = (self.border != usual::BORDER).then(|| {
                let border = emit(&self.border);
                quote!(const BORDER: super::Border = super::#border;)
            });
            quote! {
                pub(super) struct #name;
                impl super::Remap for #name {
                    const INPUT: [usize; 3] = #input;
                    const OUTPUT: [usize; 3] = #output;
                    #start
                    #step
                    #border
                }
            }
        });
    }
}
