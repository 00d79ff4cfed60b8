//! This pass cuts the tape into phases: lanes run side by side through one, and wait for each other before the next.
//! A phase is either the lanes' work or calls that cover the whole batch; each call goes into the first phase that it can.

use super::front::Front;
use crate::graph::{Graph, LayerId};
use crate::ops::{Across, Move, Operator, Sliding};
use crate::tape::{Extent, Kind, Tape};

/// The phases in their order.
#[derive(Clone, Debug, PartialEq)]
pub struct Schedule {
    /// None is empty.
    pub phases: Vec<Phase>,
}

/// Work between two synchronisation points.
#[derive(Clone, Debug, PartialEq)]
pub struct Phase {
    /// Whether lanes do it side by side; otherwise each call covers the whole batch.
    pub lanes: bool,
    /// What becomes one function each.
    pub groups: Vec<Group>,
}

/// Calls for one layer and direction, with the activations and pools that go with it.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    /// The layer that gives it its name.
    pub layer: LayerId,
    /// Whether it belongs to the backward pass.
    pub backward: bool,
    /// Indices of the tape's operations.
    pub ops: Vec<usize>,
}

pub(super) fn schedule(graph: &Graph, tape: &Tape, front: Option<&Front>) -> Schedule {
    let in_front = |op: usize| front.is_some_and(|front| front.ops[op]);
    let levels = levels(tape);
    let leaders = leaders(graph);
    let mut phases = Vec::new();
    for level in 0..levels.iter().max().map_or(0, |m| m + 1) {
        let mut groups: Vec<Group> = Vec::new();
        for (i, op) in tape.ops.iter().enumerate().filter(|&(i, _)| levels[i] == level) {
            // Moments are taken while their layer's input is still in cache, and belong with what made it.
            let of = match op.kind {
                Kind::Moments(_) | Kind::NormInputGrad(..) => input_layer(graph, op.layer),
                _ => op.layer,
            };
            let layer = leaders[of.0];
            match groups.last_mut() {
                Some(group)
                    if group.layer == layer
                        && group.backward == op.backward
                        && in_front(group.ops[0]) == in_front(i) =>
                {
                    group.ops.push(i);
                }
                _ => groups.push(Group { layer, backward: op.backward, ops: vec![i] }),
            }
        }
        if !groups.is_empty() {
            phases.push(Phase { lanes: level % 2 == 1, groups });
        }
    }
    Schedule { phases }
}

/// Even levels hold calls that cover the whole batch, odd ones the lanes' work.
fn levels(tape: &Tape) -> Vec<usize> {
    let mut ready = vec![0; tape.values.len()];
    let mut levels = Vec::with_capacity(tape.ops.len());
    for op in &tape.ops {
        let whole = op.kind.is_whole();
        let earliest = op.reads.iter().map(|id| ready[id.0]).max().unwrap_or(0);
        let level = earliest + usize::from((earliest % 2 == 0) != whole);
        for id in &op.writes {
            // A sum of lanes is known when every lane has finished.
            ready[id.0] = level + usize::from(tape.value(*id).extent == Extent::Partial);
        }
        levels.push(level);
    }
    levels
}

/// For each layer, the one that gives its function its name: a layer that only reshapes or acts on the numbers of the
/// layer before it goes with that one.
fn leaders(graph: &Graph) -> Vec<LayerId> {
    let mut leaders: Vec<LayerId> = (0..graph.layers.len()).map(LayerId).collect();
    for node in &graph.nodes {
        let follows = matches!(
            node.op,
            Operator::Activation(_)
                | Operator::Prelu(_)
                | Operator::MaxPool(_)
                | Operator::Signal(Sliding::MaxPool(_))
                | Operator::Volume(Sliding::MaxPool(_))
                | Operator::Flatten
                | Operator::Move(Move::Reshape(_))
                | Operator::Dropout(_)
                | Operator::Noise(_)
                | Operator::Softmax
                | Operator::Across(Across::LogSoftmax)
        );
        if let (true, Some(before)) = (follows, graph.producer(node.inputs[0])) {
            leaders[node.layer.0] = leaders[before.layer.0];
        }
    }
    leaders
}

/// The layer that makes the input of this one.
fn input_layer(graph: &Graph, layer: LayerId) -> LayerId {
    let node = graph.nodes.iter().find(|n| n.layer == layer);
    node.and_then(|n| graph.producer(n.inputs[0])).map_or(layer, |n| n.layer)
}
