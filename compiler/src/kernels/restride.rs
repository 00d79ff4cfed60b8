//! Reordering of a value's numbers: permuted axes, and pixels from or to channels.

use super::Kernel;
use super::fuse::Joining;
use super::gradient::Backward;
use super::room::{Covers, Facts, Function, Reach, Room};
use super::scope::Scope;
use super::tape::{Id, Op};
use super::types::Types;
use crate::graph::LayerId;
use crate::ops::Activation;
use crate::tokens::array;
use order::Axes;
use proc_macro2::{Ident, TokenStream};
use quote::quote;

mod order;

/// Kernels that reorder numbers. Variants list the values read, and `→` those written.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Restride {
    /// x → the same in another order
    Reorder(Order),
    /// dy → dx
    ReorderGrad(Order),
}

/// An order of a value's numbers in memory.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Order {
    /// The output's sizes, from the outermost to the innermost.
    pub(crate) sizes: [usize; 5],
    /// The distance in the input of two neighbours along each of these axes.
    pub(crate) strides: [usize; 5],
    /// The layer, for names.
    pub(crate) layer: LayerId,
}

impl Order {
    /// Returns the type of this order, of a name.
    fn item(&self, name: &Ident) -> TokenStream {
        let (sizes, strides) = (array(&self.sizes), array(&self.strides));
        quote! {
            pub(super) struct #name;
            impl super::Restride for #name {
                const SIZES: [usize; 5] = #sizes;
                const STRIDES: [usize; 5] = #strides;
            }
        }
    }
}

impl Room for Restride {
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
            Restride::Reorder(_) => "restride",
            Restride::ReorderGrad(_) => "restride_grad",
        }
        .into()
    }

    fn differentiate(&self, op: &Op, dy: Id, backward: &mut Backward<'_>) {
        match self {
            Restride::Reorder(order) => {
                let kernel = Restride::ReorderGrad(order.clone());
                backward.input_gradient(op, op.reads[0], kernel, vec![dy], vec![]);
            }
            // No forward pass has it.
            Restride::ReorderGrad(_) => {}
        }
    }

    fn call(&self, op: &Op, scope: &Scope<'_>) -> TokenStream {
        let (n, [x, y]) = (&scope.n, scope.through(op));
        match self {
            Restride::Reorder(order) => {
                let shape = scope.types.with_constants(|name| order.item(name));
                quote!(shape::#shape::reorder(#n, #x, #y);)
            }
            Restride::ReorderGrad(order) => {
                let shape = scope.types.with_constants(|name| order.item(name));
                quote!(shape::#shape::reorder_grad(#n, #x, #y);)
            }
        }
    }

    fn types(&self, op: &Op, types: &mut Types<'_>) {
        match self {
            Restride::Reorder(order) => types.add_another(op.layer, |name| order.item(name)),
            Restride::ReorderGrad(_) => {}
        }
    }

    fn activation_mut(&mut self) -> Option<&mut Option<Activation>> {
        None
    }

    fn reach_mut(&mut self) -> Option<&mut Reach> {
        None
    }
}

/// Joins a reordering with others beside it, such as the conversions of layouts that a `reshape` before and after a `permute`
/// need: a shuffle of channels is one reordering, not five.
pub(crate) fn join_orders(joining: &mut Joining<'_>, i: usize) {
    let Kernel::Restride(Restride::Reorder(order)) = &joining.op(i).kernel else { return };
    let layer = order.layer;
    let mut axes = Axes::of_order(order);
    // The calls before and after that go into it, and how many of each there were when the order was last a fast one.
    let (mut before, mut after) = (vec![], vec![]);
    let mut best = (axes.clone(), 0, 0);
    loop {
        let first = before.last().copied().unwrap_or(i);
        let last = after.last().copied().unwrap_or(i);
        if let Some((writer, more)) = joining.writer_for(joining.op(first).reads[0], first).and_then(|at| layout(joining, at))
            && let Some(both) = axes.after(&more)
        {
            (axes, before) = (both, [before, vec![writer]].concat());
        } else if let Some((reader, more)) = joining.reader_of(joining.op(last).writes[0]).and_then(|at| layout(joining, at))
            && let Some(both) = more.after(&axes)
        {
            (axes, after) = (both, [after, vec![reader]].concat());
        } else {
            break;
        }
        if axes.is_fast() && axes.0.len() <= 5 {
            best = (axes.clone(), before.len(), after.len());
        }
    }
    let (axes, count_before, count_after) = best;
    if count_before + count_after == 0 {
        return;
    }
    let first = before[..count_before].last().copied().unwrap_or(i);
    let last = after[..count_after].last().copied().unwrap_or(i);
    let (reads, writes) = (joining.op(first).reads.clone(), joining.op(last).writes.clone());
    for &at in before[..count_before].iter().chain(&after[..count_after]) {
        joining.remove(at);
    }
    joining.edit(i, |op| {
        (op.reads, op.writes) = (reads, writes);
        op.kernel = Restride::Reorder(axes.order(layer)).into();
    });
}

/// Returns the order that a call makes if it converts layouts, with its place.
fn layout(joining: &Joining<'_>, at: usize) -> Option<(usize, Axes)> {
    let op = joining.op(at);
    let Kernel::Layout(layout) = op.kernel else { return None };
    let image = match layout {
        super::layout::Layout::ChannelsLast => op.writes[0],
        _ => op.reads[0],
    };
    let shape = &joining.value(image).shape;
    Some((at, Axes::of_layout(layout, shape[0], shape[1..].iter().product())?))
}
