//! This pass finds the frozen front of a network: the calls whose results are the same in every epoch, up to the one value
//! that all others need of them, its features. A training may compute these once for every sample.

use crate::graph::Graph;
use crate::kernels::tape::{Element, Extent, Id, Op, Tape};

/// The largest ratio of the features' memory to the input's; beyond it, they would cost more than they save.
const MOST_NUMBERS_FOR_ONE: usize = 8;

/// A part of a tape that never changes.
#[derive(Clone, Debug, PartialEq)]
pub struct Front {
    /// The only value of the front that other calls need; one for each sample.
    pub features: Id,
    /// True for each of the tape's operations that belongs to the front.
    pub ops: Vec<bool>,
}

/// Returns the largest front with layers that have parameters, if the rest needs a single value of it, which
/// is not much larger than the input.
pub(super) fn front(graph: &Graph, tape: &Tape) -> Option<Front> {
    let &[input] = &tape.inputs[..] else { return None };
    let mut constant = vec![false; tape.values.len()];
    constant[input.0] = true;
    let mut fixed = Vec::with_capacity(tape.ops.len());
    for op in &tape.ops {
        let same = stays(graph, tape, op) && op.reads.iter().all(|id| constant[id.0]);
        op.writes.iter().for_each(|id| constant[id.0] = same);
        fixed.push(same);
    }
    let learning = || tape.ops.iter().zip(&fixed).filter(|(_, fixed)| !**fixed).map(|(op, _)| op);
    // Packed weights of a frozen layer after one that learns belong with that layer.
    let needed = |id: &&Id| constant[id.0] && tape.value(**id).extent != Extent::Whole;
    let mut needed = learning().flat_map(|op| &op.reads).filter(needed);
    let &features = needed.next()?;
    let value = tape.value(features);
    let small = value.len() <= MOST_NUMBERS_FOR_ONE * tape.value(input).len();
    if needed.any(|other| *other != features)
        || value.extent != Extent::Sample
        || value.element != Element::Float
        || !small
    {
        return None;
    }
    let ops = leading_to(tape, features);
    let has_weights = tape.ops.iter().zip(&ops).any(|(op, front)| *front && !op.params.is_empty());
    let writers = tape.writers();
    let shared = learning()
        .flat_map(|op| &op.reads)
        .any(|id| *id != features && writers[id.0].is_some_and(|writer| ops[writer]));
    (has_weights && !shared).then_some(Front { features, ops })
}

/// Returns true if a call makes the same results of the same values in every step.
fn stays(graph: &Graph, tape: &Tape, op: &Op) -> bool {
    let facts = op.kernel.facts();
    let of_samples = |id: &Id| match tape.value(*id).extent {
        Extent::Sample | Extent::Scratch => true,
        Extent::Whole => facts.packs,
        Extent::Given | Extent::Partial | Extent::Gradient(_) => false,
    };
    !op.backward
        && !facts.random
        && op.writes.iter().all(of_samples)
        && op.params.iter().all(|&param| graph.param(param).frozen)
}

/// Returns for each operation whether a value depends on it.
fn leading_to(tape: &Tape, value: Id) -> Vec<bool> {
    let mut needed = vec![false; tape.values.len()];
    needed[value.0] = true;
    let mut ops = vec![false; tape.ops.len()];
    for (i, op) in tape.ops.iter().enumerate().rev() {
        if op.writes.iter().any(|id| needed[id.0]) {
            ops[i] = true;
            op.reads.iter().for_each(|id| needed[id.0] = true);
        }
    }
    ops
}
