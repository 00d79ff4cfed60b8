//! This pass decides how a batch is cut: into lanes that any thread may take, lanes into tiles that stay in a core's
//! cache; and which matrix products are instead made for the whole batch at once, by all threads.

use crate::tape::{Element, Extent, Kind, Reach, Sizes, Tape, Window};

/// From this many weights on, a dense layer streams them once for the whole batch: reading 256 KB again for each tile
/// would cost more than keeping the tile in cache saves, and each lane would have to keep a gradient of that size.
const WEIGHTS_FOR_WHOLE_BATCH: usize = 64 * 1024;

/// From this many weights on, a convolution's weight gradient is one sum over the batch: 1 MB is half of what a core keeps
/// in its second-level cache.
const WEIGHTS_FOR_ONE_SUM: usize = 256 * 1024;

/// Lanes a batch is cut into. More lanes feed more threads but keep more partial gradients; the sums' order, and so the
/// result's bits, depend on this number and never on the number of threads.
const LANES: usize = 8;

/// Samples that share the reading of weights in a prediction: with more, arithmetic is the limit and not memory.
const PREDICTIONS: usize = 64;

/// Bytes of a tile's values that may lie in a core's second-level cache, with room left for weights.
pub(super) const TILE_BYTES: usize = 1 << 20;

/// How a batch is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Samples a step takes at most.
    pub batch: usize,
    /// How many lanes it is cut into.
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

    /// Samples do not meet in predictions: the more of them go through together the better, as far as caches allow.
    fn of_predictions(batch: usize) -> Place {
        let lane = batch.div_ceil(LANES).max(PREDICTIONS.min(batch)).max(1);
        Place { batch, lanes: LANES, lane, tile: lane }
    }
}

pub(super) fn place(tape: &mut Tape, batch: usize) -> Place {
    let training = tape.ops.iter().any(|op| matches!(op.kind, Kind::Loss(..)));
    if training && batch > 1 {
        let wide: Vec<_> = tape
            .ops
            .iter()
            .filter_map(|op| match op.kind {
                Kind::Dense { sizes, .. } if sizes.inputs * sizes.outputs >= WEIGHTS_FOR_WHOLE_BATCH => {
                    Some(op.layer)
                }
                _ => None,
            })
            .collect();
        for op in &mut tape.ops {
            if let Kind::ConvWeightGrad { window, reach } = &mut op.kind
                && whole_batch(window)
            {
                *reach = Reach::Batch;
            }
            if let Kind::Dense { reach, .. }
            | Kind::DenseInputGrad { reach, .. }
            | Kind::DenseWeightGrad { reach, .. }
            | Kind::BiasGrad { reach, .. } = &mut op.kind
                && wide.contains(&op.layer)
            {
                *reach = Reach::Batch;
            }
        }
        without_partials(tape);
    }
    if training && batch == 1 {
        straight(tape);
    }
    if training { Place::of(batch) } else { Place::of_predictions(batch) }
}

/// Whether a convolution's weight gradient is a single sum over the batch: lanes would add to theirs in memory beyond their
/// second-level cache for every few pixels, and then add up the lanes'. The inputs and the outputs' gradients must be kept for
/// all samples instead.
fn whole_batch(window: &Window) -> bool {
    window.conv.groups == 1
        && window.input[0].min(window.output[0]) >= 16
        && window.packing().gradient() >= WEIGHTS_FOR_ONE_SUM
}

/// Gradients of a dense layer's parameters by the only sample are written to their place, once.
fn straight(tape: &mut Tape) {
    for i in 0..tape.ops.len() {
        let op = &tape.ops[i];
        let row = match op.kind {
            Kind::DenseWeightGrad { sizes: Sizes { outputs: row, .. }, .. }
            | Kind::BiasGrad { channels: row, .. } => row,
            _ => continue,
        };
        // Of several rows, or pixels, it is a sum; and that of a norm over an image has to be brought into another order.
        let alone = op.reads.last().is_some_and(|&dy| tape.value(dy).len() == row);
        let sum = tape.readers(op.writes[0]).next().map(|reduce| tape.ops[reduce].writes[0]);
        let is_last = sum.is_some_and(|sum| matches!(tape.value(sum).extent, Extent::Gradient(_)));
        if let Kind::DenseWeightGrad { reach, .. } | Kind::BiasGrad { reach, .. } = &mut tape.ops[i].kind
            && alone
            && is_last
        {
            *reach = Reach::One;
        }
    }
    without_partials(tape);
}

/// A gradient that one call makes for the whole batch needs no lanes' parts.
fn without_partials(tape: &mut Tape) {
    let mut i = 0;
    while i < tape.ops.len() {
        let whole = matches!(
            tape.ops[i].kind,
            Kind::DenseWeightGrad { reach: Reach::Batch | Reach::One, .. }
                | Kind::ConvWeightGrad { reach: Reach::Batch, .. }
                | Kind::BiasGrad { reach: Reach::Batch | Reach::One, .. }
        );
        if whole {
            let partial = tape.ops[i].writes[0];
            let reduce = tape.readers(partial).next();
            if let Some(reduce) = reduce.filter(|&r| tape.ops[r].kind == Kind::Reduce) {
                tape.ops[i].writes[0] = tape.ops[reduce].writes[0];
                tape.ops.remove(reduce);
                let value = &mut tape.values[partial.0];
                (value.extent, value.element) = (Extent::Scratch, Element::Float);
            }
        }
        i += 1;
    }
}
