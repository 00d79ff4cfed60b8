//! This pass cuts the tape into phases: lanes run side by side through one, and wait for each other before the next.
//! A phase is either the lanes' work or calls that cover the whole batch; each call goes into the first phase that it can.

use super::front::Front;
use crate::graph::{Graph, LayerId};
use crate::kernels::Function;
use crate::kernels::tape::{Extent, Tape};

/// The phases in their order.
#[derive(Clone, Debug, PartialEq)]
pub struct Schedule {
    /// The phases, none of them empty.
    pub phases: Vec<Phase>,
}

/// Work between two synchronisation points.
#[derive(Clone, Debug, PartialEq)]
pub struct Phase {
    /// True if lanes run side by side; otherwise each call covers the whole batch.
    pub lanes: bool,
    /// The groups of calls, each of which becomes a function.
    pub groups: Vec<Group>,
}

/// Calls for one layer and direction, with the activations and pools that go with it.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    /// The layer that gives it its name.
    pub layer: LayerId,
    /// True if the group belongs to the backward pass.
    pub backward: bool,
    /// Indices of the tape's operations.
    pub ops: Vec<usize>,
}

pub(super) fn schedule(graph: &Graph, tape: &Tape, front: Option<&Front>) -> Schedule {
    let in_front = |op: usize| front.is_some_and(|front| front.ops[op]);
    let leaders = leaders(graph);
    let mut phases = Vec::new();
    for (level, ops) in by_level(tape).into_iter().enumerate() {
        let mut groups: Vec<Group> = Vec::new();
        for i in ops {
            let op = &tape.ops[i];
            let of = match op.kernel.facts().function {
                Function::OfLayer => op.layer,
                Function::OfInput => input_layer(graph, op.layer),
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

/// Returns the operations of each level, in their order. Even levels hold calls that cover the whole batch,
/// odd ones the lanes' work.
fn by_level(tape: &Tape) -> Vec<Vec<usize>> {
    let mut ready = vec![0; tape.values.len()];
    let mut levels: Vec<Vec<usize>> = Vec::new();
    for (i, op) in tape.ops.iter().enumerate() {
        let whole = op.kernel.is_whole();
        let earliest = op.reads.iter().map(|id| ready[id.0]).max().unwrap_or(0);
        let level = earliest + usize::from((earliest % 2 == 0) != whole);
        for id in &op.writes {
            // A sum of lanes is known when every lane has finished.
            ready[id.0] = level + usize::from(tape.value(*id).extent == Extent::Partial);
        }
        levels.resize_with(levels.len().max(level + 1), Vec::new);
        levels[level].push(i);
    }
    levels
}

/// Returns for each layer the one that gives its function its name: a layer that only reshapes or acts on the
/// numbers of the layer before it goes with that one.
fn leaders(graph: &Graph) -> Vec<LayerId> {
    let mut leaders: Vec<LayerId> = (0..graph.layers.len()).map(LayerId).collect();
    for node in &graph.nodes {
        if let (true, Some(before)) = (node.op.facts().follows, graph.producer(node.inputs[0])) {
            leaders[node.layer.0] = leaders[before.layer.0];
        }
    }
    leaders
}

/// Returns the layer that makes the input of this one.
fn input_layer(graph: &Graph, layer: LayerId) -> LayerId {
    graph.producer(graph.node(layer).inputs[0]).map_or(layer, |node| node.layer)
}
