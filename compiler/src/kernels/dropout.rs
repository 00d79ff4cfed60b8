//! Noise: dropped numbers, channels or samples, and added normal numbers.

use super::gradient::Backward;
use super::room::{Covers, Facts, Function, Reach, Room};
use super::scope::Scope;
use super::tape::{Id, Op};
use super::types::Types;
use crate::ops::{Activation, Noise};
use crate::tokens::{float, number};
use proc_macro2::TokenStream;
use quote::quote;

/// Kernels of dropout and noise. Variants list the values read, and `→` those written.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Dropout {
    /// x → y, mask: with this probability
    Forward(f64),
    /// dy, mask → dx
    Grad(f64),
    /// x → y, mask: as [`Dropout::Forward`] with this probability, of whole channels or the whole sample
    Units(f64, Units),
    /// dy, mask → dx
    UnitsGrad(f64, Units),
    /// x → y, mask
    Alpha(f64),
    /// dy, mask → dx
    AlphaGrad(f64),
    /// x → x with normal numbers of this deviation added
    Normal(f64),
}

/// The units of a sample that are dropped as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Units {
    /// The number of channels.
    pub(crate) channels: usize,
    /// The number of pixels.
    pub(crate) pixels: usize,
    /// The number of units: as many as channels, or 1.
    pub(crate) units: usize,
}

impl Units {
    /// Returns the channels, pixels, and what is dropped together.
    fn tokens(&self) -> TokenStream {
        let [c, pixels, units] = [self.channels, self.pixels, self.units].map(number);
        quote!(#c, #pixels, #units)
    }
}

impl Dropout {
    fn is_gradient(&self) -> bool {
        match self {
            Dropout::Grad(_) | Dropout::UnitsGrad(..) | Dropout::AlphaGrad(_) => true,
            Dropout::Forward(_) | Dropout::Units(..) | Dropout::Alpha(_) | Dropout::Normal(_) => false,
        }
    }
}

impl Room for Dropout {
    fn facts(&self) -> Facts<'_> {
        Facts {
            covers: Covers::Tile,
            image: None,
            random: !self.is_gradient(),
            in_place: self.is_gradient(),
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
            Dropout::Forward(p) => format!("dropout[{p}]"),
            Dropout::Grad(_) => "dropout_grad".into(),
            Dropout::Units(p, Units { units: 1, .. }) => format!("drop_sample[{p}]"),
            Dropout::Units(p, _) => format!("drop_channels[{p}]"),
            Dropout::UnitsGrad(..) => "drop_units_grad".into(),
            Dropout::Alpha(p) => format!("alpha_dropout[{p}]"),
            Dropout::AlphaGrad(_) => "alpha_dropout_grad".into(),
            Dropout::Normal(deviation) => format!("noise[{deviation}]"),
        }
    }

    fn differentiate(&self, op: &Op, dy: Id, backward: &mut Backward<'_>) {
        let x = op.reads[0];
        let gradient = match *self {
            Dropout::Forward(p) => Dropout::Grad(p),
            Dropout::Units(p, units) => Dropout::UnitsGrad(p, units),
            Dropout::Alpha(p) => Dropout::AlphaGrad(p),
            Dropout::Normal(_) => return backward.contribute(x, dy),
            // No forward pass has these.
            Dropout::Grad(_) | Dropout::UnitsGrad(..) | Dropout::AlphaGrad(_) => return,
        };
        backward.input_gradient(op, x, gradient, vec![dy, op.writes[1]], vec![]);
    }

    fn call(&self, op: &Op, scope: &Scope<'_>) -> TokenStream {
        let [x, y] = scope.through(op);
        let (random, len) = (scope.random(op), number(scope.tape.value(op.writes[0]).len()));
        let moved = scope.moved(op);
        match self {
            Dropout::Forward(p) => {
                let (p, [_, mask]) = (float(*p), scope.writes(op));
                quote!(dropout::forward(#random, dropout::Place::new(tile.first, #len), #p, #x, #y, #mask);)
            }
            Dropout::Grad(p) => {
                let (p, [_, mask]) = (float(*p), scope.reads(op));
                quote!(#moved dropout::backward(#p, #mask, #y);)
            }
            Dropout::Units(p, units) => {
                let (p, sizes, [_, mask]) = (float(*p), units.tokens(), scope.writes(op));
                quote!(drop_units::forward::<#sizes>(#random, tile.first, #p, #x, #y, #mask);)
            }
            Dropout::UnitsGrad(p, units) => {
                let (p, sizes, [_, mask]) = (float(*p), units.tokens(), scope.reads(op));
                quote!(#moved drop_units::backward::<#sizes>(#p, #mask, #y);)
            }
            Dropout::Alpha(p) => {
                let (p, [scale, shift, dropped]) = (float(*p), Noise::alpha(*p).map(float));
                let [_, mask] = scope.writes(op);
                quote! {
                    dropout::alpha(
                        #random, dropout::Place::new(tile.first, #len), #p,
                        dropout::Alpha { scale: #scale, shift: #shift, dropped: #dropped },
                        #x, #y, #mask,
                    );
                }
            }
            Dropout::AlphaGrad(p) => {
                let ([scale, ..], [_, mask]) = (Noise::alpha(*p).map(float), scope.reads(op));
                quote!(#moved dropout::alpha_backward(#scale, #mask, #y);)
            }
            Dropout::Normal(deviation) => {
                let deviation = float(*deviation);
                quote!(noise::forward(#random, dropout::Place::new(tile.first, #len), #deviation, #x, #y);)
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
