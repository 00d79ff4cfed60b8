//! The tape, the schedule and the memory plan as text, for people and for snapshots.

use crate::bytes::size;
use crate::graph::Graph;
use crate::kernels::tape::{Element, Extent, Id, Op, Tape};
use crate::passes::{Home, Plan};
use std::fmt::Write;

/// Prints the kernel calls of a plan: what is read; which parameters, and what is written.
pub fn tape(graph: &Graph, tape: &Tape) -> String {
    tape.ops.iter().fold(String::new(), |mut text, op| {
        let _ = writeln!(text, "{}", call(graph, tape, op));
        text
    })
}

/// Prints the phases, with the calls of each.
pub fn schedule(graph: &Graph, plan: &Plan) -> String {
    let mut text = String::new();
    for (i, phase) in plan.schedule.phases.iter().enumerate() {
        let who = if phase.lanes { "each lane" } else { "the whole batch" };
        let _ = writeln!(text, "phase {}: {who}", i + 1);
        for group in &phase.groups {
            let direction = if group.backward { "backward" } else { "forward" };
            let _ = writeln!(text, "  {} {direction}", graph.layer(group.layer).name);
            for &op in &group.ops {
                let _ = writeln!(text, "    {}", call(graph, &plan.tape, &plan.tape.ops[op]));
            }
        }
    }
    text
}

/// Returns the names of the kernels of each layer's forward pass, without what only makes parameters and
/// statistics ready for others.
pub fn kernels(graph: &Graph, plan: &Plan) -> Vec<Vec<String>> {
    let mut kernels = vec![vec![]; graph.layers.len()];
    let is_shared = |id: &Id| plan.tape.value(*id).extent == Extent::Whole;
    for op in plan.tape.ops.iter().filter(|op| !op.backward && !op.writes.iter().all(is_shared)) {
        let (name, names): (String, &mut Vec<String>) = (op.kernel.name(), &mut kernels[op.layer.0]);
        if !names.contains(&name) {
            names.push(name);
        }
    }
    kernels
}

/// Prints how the batch is cut, and the place of every value.
pub fn memory(plan: &Plan) -> String {
    let (place, memory) = (&plan.place, &plan.memory);
    let mut text = String::new();
    let _ = writeln!(
        text,
        "batch {} = {} lanes of {}, {} samples at a time",
        place.batch, place.lanes, place.lane, place.tile
    );
    let lane = 4 * memory.lane_floats + memory.lane_bytes;
    let _ =
        writeln!(text, "a lane {}, of which partial sums {}", size(lane), size(4 * memory.partial_floats));
    let _ = writeln!(text, "shared {}", size(4 * memory.shared_floats));
    let _ = writeln!(text, "whole-batch values {}", size(4 * memory.batch_floats));
    let _ = writeln!(text, "all {}", size(memory.bytes(place)));
    let mut slots: Vec<_> = memory
        .slots
        .iter()
        .enumerate()
        .filter_map(|(i, slot)| slot.map(|s| (s, plan.tape.value(Id(i)))))
        .collect();
    slots.sort_by(|(a, x), (b, y)| {
        (a.home as usize, x.element as usize, a.at, &x.name).cmp(&(
            b.home as usize,
            y.element as usize,
            b.at,
            &y.name,
        ))
    });
    for (slot, value) in slots {
        let home = match slot.home {
            Home::Tile => "a sample of the tile",
            Home::Lane => "a sample of the lane",
            Home::Partial => "a lane",
            Home::Batch => "a sample of the batch",
            Home::Whole => "in all",
        };
        let unit = if value.element == Element::Byte { "bytes" } else { "floats" };
        let _ = writeln!(text, "{:>8}  {:<32} {} {unit} {home}", slot.at, value.name, slot.len);
    }
    text
}

fn call(graph: &Graph, tape: &Tape, op: &Op) -> String {
    let names =
        |ids: &[Id]| ids.iter().map(|&id| tape.value(id).name.as_str()).collect::<Vec<_>>().join(", ");
    let params: Vec<&str> = op.params.iter().map(|&p| graph.param(p).name.as_str()).collect();
    let params = if params.is_empty() { String::new() } else { format!("; {}", params.join(", ")) };
    let written: Vec<String> = op
        .writes
        .iter()
        .map(|&id| {
            let value = tape.value(id);
            match value.extent {
                Extent::Partial => format!("+{}", value.name),
                _ => value.name.clone(),
            }
        })
        .collect();
    format!("{}({}{params}) → {}", op.kernel.name(), names(&op.reads), written.join(", "))
}
