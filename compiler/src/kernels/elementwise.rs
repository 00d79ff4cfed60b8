//! Sums, differences and maxima of values of one shape.

use super::gradient::Backward;
use super::room::{Covers, Facts, Function, Reach, Room, acted};
use super::scope::{Scope, activation};
use super::tape::{Id, Op};
use super::types::Types;
use crate::ops::Activation;
use proc_macro2::TokenStream;
use quote::quote;

/// Kernels that combine values number by number. Variants list the values read, and `→` those written.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Elementwise {
    /// one or more → their sum, activated (of one a copy, without activation)
    Add(Option<Activation>),
    /// x, y → their difference
    Sub,
    /// x → -x
    Negate,
    /// x, y → the larger of each two numbers
    Max,
    /// dz, x, y → gradient of x
    MaxGrad,
}

impl Room for Elementwise {
    fn facts(&self) -> Facts<'_> {
        Facts {
            covers: Covers::Tile,
            image: None,
            random: false,
            in_place: match self {
                Elementwise::Add(_) => true,
                Elementwise::Sub | Elementwise::Negate | Elementwise::Max | Elementwise::MaxGrad => false,
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
            Elementwise::Add(activation) => acted("add", *activation),
            Elementwise::Sub => "sub".into(),
            Elementwise::Negate => "negate".into(),
            Elementwise::Max => "max".into(),
            Elementwise::MaxGrad => "max_grad".into(),
        }
    }

    fn differentiate(&self, op: &Op, dy: Id, backward: &mut Backward<'_>) {
        match self {
            Elementwise::Add(_) => op.reads.iter().for_each(|&part| backward.contribute(part, dy)),
            Elementwise::Sub => {
                backward.contribute(op.reads[0], dy);
                backward.input_gradient(op, op.reads[1], Elementwise::Negate, vec![dy], vec![]);
            }
            Elementwise::Max => {
                let [x, other] = [op.reads[0], op.reads[1]];
                backward.input_gradient(op, x, Elementwise::MaxGrad, vec![dy, x, other], vec![]);
                backward.input_gradient(op, other, Elementwise::MaxGrad, vec![dy, other, x], vec![]);
            }
            // No forward pass has these.
            Elementwise::Negate | Elementwise::MaxGrad => {}
        }
    }

    fn call(&self, op: &Op, scope: &Scope<'_>) -> TokenStream {
        match self {
            Elementwise::Add(activation) => sum(*activation, op, scope),
            Elementwise::Sub => {
                let ([a, b], [y]) = (scope.reads(op), scope.writes(op));
                quote!(elementwise::sub(#a, #b, #y);)
            }
            Elementwise::Max => {
                let ([a, b], [y]) = (scope.reads(op), scope.writes(op));
                quote!(elementwise::max(#a, #b, #y);)
            }
            Elementwise::Negate => {
                let [x, y] = scope.through(op);
                quote!(elementwise::negate(#x, #y);)
            }
            Elementwise::MaxGrad => {
                let ([dy, a, b], [da]) = (scope.reads(op), scope.writes(op));
                quote!(elementwise::max_grad(#dy, #a, #b, #da);)
            }
        }
    }

    fn types(&self, _: &Op, _: &mut Types<'_>) {}

    fn activation_mut(&mut self) -> Option<&mut Option<Activation>> {
        match self {
            Elementwise::Add(activation) => Some(activation),
            Elementwise::Sub | Elementwise::Negate | Elementwise::Max | Elementwise::MaxGrad => None,
        }
    }

    fn reach_mut(&mut self) -> Option<&mut Reach> {
        None
    }
}

/// Returns the statements of `y = activation(first + second + ...)`; the first term may lie where the sum
/// goes.
fn sum(applied: Option<Activation>, op: &Op, scope: &Scope<'_>) -> TokenStream {
    let [first, y] = scope.through(op);
    let terms: Vec<TokenStream> = op.reads[1..].iter().map(|&id| scope.read(id)).collect();
    let Some(last) = terms.len().checked_sub(1) else { return scope.moved(op) };
    let calls = terms.iter().enumerate().map(|(i, term)| {
        let a = activation(applied.filter(|_| i == last));
        if i == 0 && !scope.in_place(op) {
            quote!(elementwise::add(#a, #first, #term, #y);)
        } else {
            quote!(elementwise::add_assign(#a, #y, #term);)
        }
    });
    quote!(#(#calls)*)
}
