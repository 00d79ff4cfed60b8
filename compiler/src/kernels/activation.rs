//! Activations: functions of each number.

use super::Kernel;
use super::fuse::Joining;
use super::gradient::Backward;
use super::layout::Layout;
use super::room::{Covers, Facts, Function, Reach, Room, acted};
use super::scope::{Scope, activation};
use super::tape::{Id, Op};
use super::types::Types;
use crate::ops::Activation;
use proc_macro2::TokenStream;
use quote::quote;

/// Kernels of activations. Variants list the values read, and `→` those written.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Activate {
    /// x → y
    Forward(Activation),
    /// dy, y (x where the slope needs the input) → dx
    Grad(Activation),
}

impl Room for Activate {
    fn facts(&self) -> Facts<'_> {
        Facts {
            covers: Covers::Tile,
            image: None,
            random: false,
            in_place: true,
            packs: false,
            optional_results: false,
            sum: None,
            weights_per_sample: 0,
            function: Function::OfLayer,
            in_one_piece: Some(0),
            loss: None,
        }
    }

    fn name(&self) -> String {
        match self {
            Activate::Forward(activation) => acted("activate", Some(*activation)),
            Activate::Grad(activation) => acted("activation_grad", Some(*activation)),
        }
    }

    fn differentiate(&self, op: &Op, dy: Id, backward: &mut Backward<'_>) {
        match *self {
            Activate::Forward(activation) => {
                let [x, y] = [op.reads[0], op.writes[0]];
                let dy = match activation {
                    Activation::Relu | Activation::Relu6 if backward.is_guided() => {
                        let positive = backward.like(dy, "_positive");
                        let rectify = Activate::Forward(Activation::Relu);
                        backward.push(rectify, vec![dy], vec![], vec![positive], op);
                        positive
                    }
                    _ => dy,
                };
                let kept = if activation.slope_needs_input() { x } else { y };
                backward.input_gradient(op, x, Activate::Grad(activation), vec![dy, kept], vec![]);
            }
            // No forward pass has it.
            Activate::Grad(_) => {}
        }
    }

    fn call(&self, op: &Op, scope: &Scope<'_>) -> TokenStream {
        let (m, [x, y]) = (scope.instructions(), scope.through(op));
        match self {
            Activate::Forward(a) if scope.in_place(op) => {
                let (a, kernel) = (activation(Some(*a)), scope.kernel("forward", &[]));
                quote!(activation::#kernel(#m #a, #y);)
            }
            Activate::Forward(a) => {
                let (a, kernel) = (activation(Some(*a)), scope.kernel("map", &[]));
                quote!(activation::#kernel(#m #a, #x, #y);)
            }
            Activate::Grad(a) => {
                let (moved, kept) = (scope.moved(op), scope.read(op.reads[1]));
                let (a, kernel) = (activation(Some(*a)), scope.kernel("backward", &[]));
                quote!(#moved activation::#kernel(#m #a, #kept, #y);)
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

/// Rule: sums and the activation after them become one call, when nothing else wants the sums: neither another
/// layer nor the slope of an activation that needs its input. A caller who may ask for the sums as logits does not keep them apart.
pub(crate) fn join_to_sums(tape: &mut Joining<'_>, i: usize) {
    let Kernel::Activate(Activate::Forward(activation)) = tape.op(i).kernel else { return };
    let x = tape.op(i).reads[0];
    let is_logits = |&&reader: &&usize| matches!(tape.op(reader).kernel, Kernel::Layout(Layout::Logits));
    let logits = tape.readers(x).iter().find(is_logits).copied();
    let readers: Vec<usize> = logits.into_iter().chain([i]).collect();
    let Some(writer) = tape.writer(x).filter(|_| tape.is_only_for(x, &readers)) else { return };
    let mut sums = tape.op(writer).kernel.clone();
    let Some(slot @ None) = sums.activation_mut() else { return };
    *slot = Some(activation);
    let removed = tape.remove(i);
    let logits = logits.map(|logits| tape.remove(logits));
    tape.edit(writer, |op| {
        op.kernel = sums;
        op.writes[0] = removed.writes[0];
        op.joined.push(removed.layer);
        op.writes.extend(logits.into_iter().flat_map(|logits| logits.writes));
    });
}
