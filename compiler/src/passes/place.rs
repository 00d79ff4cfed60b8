//! This pass decides how a batch is cut: into lanes that any thread may take, lanes into tiles that stay in a core's
//! cache; and which matrix products are instead made for the whole batch at once, by all threads.

use super::Mode;
use crate::graph::LayerId;
use crate::kernels::Reach;
use crate::kernels::tape::{Element, Extent, Op, Tape};
use std::collections::HashSet;

/// The number of weights from which on a dense layer streams them once for the whole batch: reading 256 KB
/// again for each tile would cost more than keeping the tile in cache saves, and each lane would have to keep
/// a gradient of that size.
const WEIGHTS_FOR_WHOLE_BATCH: usize = 64 * 1024;

/// Lanes a batch is cut into. More lanes feed more threads but keep more partial gradients; the sums' order, and so the
/// result's bits, depend on this number and never on the number of threads.
const LANES: usize = 8;

/// Samples that share the reading of weights in a prediction: with more, arithmetic is the limit and not memory.
const PREDICTIONS: usize = 64;

/// Bytes of a tile's values that may lie in a core's second-level cache, with room left for weights.
pub(super) const TILE_BYTES: usize = 1 << 20;

/// The division of a batch into lanes and tiles.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The number of samples of a step, at most.
    pub batch: usize,
    /// The number of lanes.
    pub lanes: usize,
    /// Samples of a lane.
    pub lane: usize,
    /// Samples that a lane works on at a time.
    pub tile: usize,
}

impl Place {
    pub(super) fn of(batch: usize) -> Place {
        let lane = batch.div_ceil(LANES).max(1);
        Place { batch, lanes: batch.div_ceil(lane).max(1), lane, tile: lane }
    }

    /// Divides a batch of predictions, in which samples do not meet: the more of them go through together the
    /// better, as far as caches allow.
    fn of_predictions(batch: usize) -> Place {
        let lane = batch.div_ceil(LANES).max(PREDICTIONS.min(batch)).max(1);
        Place { batch, lanes: LANES, lane, tile: lane }
    }
}

pub(super) fn place(tape: &mut Tape, mode: Mode, batch: usize) -> Place {
    match mode {
        Mode::Training if batch > 1 => together(tape),
        Mode::Training => straight(tape),
        Mode::Inference | Mode::Explanation | Mode::Sampling => return Place::of_predictions(batch),
    }
    without_partials(tape);
    Place::of(batch)
}

/// Makes products for the whole batch at once where that costs less.
fn together(tape: &mut Tape) {
    let is_wide = |op: &&Op| op.kernel.facts().weights_per_sample >= WEIGHTS_FOR_WHOLE_BATCH;
    let wide: HashSet<LayerId> = tape.ops.iter().filter(is_wide).map(|op| op.layer).collect();
    for op in &mut tape.ops {
        let one_sum = op.kernel.facts().sum.is_some_and(|sum| sum.over_batch);
        if let Some(reach) = op.kernel.reach_mut()
            && (one_sum || wide.contains(&op.layer))
        {
            *reach = Reach::Batch;
        }
    }
}

/// Writes gradients of a dense layer's parameters by the only sample to their place, once.
fn straight(tape: &mut Tape) {
    let readers = tape.first_readers();
    for i in 0..tape.ops.len() {
        let op = &tape.ops[i];
        let Some(row) = op.kernel.facts().sum.and_then(|sum| sum.row) else { continue };
        // With several rows, or pixels, it is a sum; and that of a norm over an image has to be brought into another order.
        let alone = op.reads.last().is_some_and(|&dy| tape.value(dy).len() == row);
        let sum = readers[op.writes[0].0].map(|reduce| tape.ops[reduce].writes[0]);
        let is_last = sum.is_some_and(|sum| matches!(tape.value(sum).extent, Extent::Gradient(_)));
        if let Some(reach) = tape.ops[i].kernel.reach_mut()
            && alone
            && is_last
        {
            *reach = Reach::One;
        }
    }
}

/// Removes the lanes' parts of a gradient that one call makes for the whole batch.
fn without_partials(tape: &mut Tape) {
    let readers = tape.first_readers();
    let mut kept = vec![true; tape.ops.len()];
    for i in 0..tape.ops.len() {
        let partial = tape.ops[i].writes[0];
        let in_parts = tape.value(partial).extent == Extent::Partial;
        let at_once = tape.ops[i].kernel.reach_mut().is_some_and(|reach| *reach != Reach::Tile);
        if let (true, Some(reduce)) = (in_parts && at_once, readers[partial.0]) {
            tape.ops[i].writes[0] = tape.ops[reduce].writes[0];
            kept[reduce] = false;
            let value = &mut tape.values[partial.0];
            (value.extent, value.element) = (Extent::Scratch, Element::Float);
        }
    }
    tape.keep(kept);
}
