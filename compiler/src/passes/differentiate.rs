//! This pass appends the backward pass: for each kernel call, from the last to the first, the calls that carry the
//! gradient of its result to its inputs and parameters. What nothing learned depends on gets no gradient.

use super::Goal;
use crate::graph::Graph;
use crate::kernels::gradient::Backward;
use crate::kernels::tape::Tape;

pub(super) fn differentiate(graph: &Graph, tape: &mut Tape, goal: &Goal) {
    let forward = tape.ops.clone();
    let (input_gradient, chosen) = (goal.input_gradient, tape.chosen);
    let mut backward = Backward::new(graph, tape, input_gradient, goal.guided);
    if let Some(chosen) = chosen {
        backward.contribute(chosen.output, chosen.factors);
    }
    for op in forward.iter().rev() {
        if op.kernel.facts().loss.is_some() {
            backward.contribute(op.reads[0], op.writes[0]);
        } else if let Some(dy) = backward.gradient_of(op.writes[0], op) {
            backward.return_map(op, dy);
            op.kernel.differentiate(op, dy, &mut backward);
        }
    }
    if input_gradient {
        backward.return_input_gradients(&forward);
    }
}
