//! This pass removes values that nothing reads.

use crate::kernels::tape::{Extent, Tape};

pub(super) fn prune(tape: &mut Tape) {
    let mut wanted: Vec<bool> = tape.values.iter().map(|v| matches!(v.extent, Extent::Gradient(_))).collect();
    for output in tape.outputs.iter().chain(tape.logits.iter().map(|(_, logits)| logits)) {
        wanted[output.0] = true;
    }
    for map in &tape.maps {
        wanted[map.copy.0] = true;
        map.gradient.iter().for_each(|gradient| wanted[gradient.0] = true);
    }
    let mut kept = vec![false; tape.ops.len()];
    for (keep, op) in kept.iter_mut().zip(&tape.ops).rev() {
        *keep = op.writes.iter().any(|id| wanted[id.0]);
        if *keep {
            op.reads.iter().for_each(|id| wanted[id.0] = true);
        }
    }
    for op in &mut tape.ops {
        if op.kernel.facts().optional_results {
            let result = op.writes[0];
            op.writes.retain(|&id| id == result || wanted[id.0]);
        }
    }
    tape.keep(kept);
}
