//! Descriptions in generated code.

use crate::bytes::size;
use crate::graph::{Graph, LayerId, Node, ValueId};
use crate::kernels::tape::Op;
use crate::kernels::types::list;
use crate::kernels::{Covers, Work};
use crate::names::part;
use crate::passes::{Group, Phase, Plan};
use crate::program::Model;
use proc_macro2::TokenStream;
use quote::quote;
use std::collections::BTreeSet;

/// The first lines of the module.
pub(super) fn module(model: &Model, training: Option<&Plan>, inference: &Plan) -> TokenStream {
    let graph = &model.graph;
    let mut lines = vec![
        format!(
            " {}, compiled by Netwright {}: edit the `.net` source, not this text.",
            graph.name,
            env!("CARGO_PKG_VERSION")
        ),
        String::new(),
        format!(" {} numbers are learned.", graph.learned()),
    ];
    if let Some(plan) = training {
        let bytes = plan.memory.bytes(&plan.place);
        lines.push(format!(" A training step of {} samples works in {}.", plan.place.batch, size(bytes)));
    }
    let lane = 4 * inference.memory.lane_floats + inference.memory.lane_bytes;
    lines.push(format!(" A prediction of {} samples works in {}.", inference.place.tile, size(lane)));
    quote! {
        #(#![doc = #lines])*
        #![allow(dead_code, unreachable_pub, clippy::too_many_arguments, rustdoc::broken_intra_doc_links)]
    }
}

/// The doc line of the type that predicts.
pub(super) fn model(graph: &Graph) -> String {
    let listed = |ids: &[ValueId], names: Vec<&str>| {
        let one = |(&id, name): (&ValueId, &str)| match ids.len() {
            1 => shape(&graph.value(id).shape),
            _ => format!("{name} {}", shape(&graph.value(id).shape)),
        };
        ids.iter().zip(names).map(one).collect::<Vec<_>>().join(", ")
    };
    let inputs = listed(&graph.inputs, graph.inputs.iter().map(|&v| graph.value(v).name.as_str()).collect());
    let outputs = listed(&graph.outputs, graph.output_names.iter().map(String::as_str).collect());
    format!(" {} ready to predict: {inputs} → {outputs}.", graph.name)
}

/// The doc line of a lanes' phase.
pub(super) fn sweep(graph: &Graph, phase: &Phase) -> String {
    let name = |group: &Group| graph.layer(group.layer).name.clone();
    let forward: Vec<String> = phase.groups.iter().filter(|g| !g.backward).map(name).collect();
    let backward: Vec<String> = phase.groups.iter().filter(|g| g.backward).map(name).collect();
    let range = |names: &[String]| match names {
        [] => None,
        [one] => Some(one.clone()),
        [first, .., last] => Some(format!("{first} to {last}")),
    };
    match (range(&forward), range(&backward)) {
        (Some(forward), Some(backward)) => {
            format!(" Takes a lane's samples forward through {forward}, and back through {backward}.")
        }
        (Some(forward), None) => format!(" Takes a lane's samples forward through {forward}."),
        (None, backward) => format!(" Takes a lane's samples back through {}.", backward.unwrap_or_default()),
    }
}

/// The doc line of a phase of calls for the whole batch.
pub(super) fn whole(plan: &Plan, phase: &Phase) -> String {
    let text = work(plan, phase).iter().map(|work| work.text()).collect::<Vec<_>>().join("; ");
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| format!(" {}{}.", first.to_uppercase(), letters.as_str()))
}

/// The name of a phase of calls for the whole batch: `pack_weights`.
pub(super) fn whole_name(plan: &Plan, phase: &Phase) -> String {
    work(plan, phase).iter().map(|work| work.name()).collect::<Vec<_>>().join("_and_")
}

/// Returns the purposes of a phase of calls for the whole batch.
fn work(plan: &Plan, phase: &Phase) -> BTreeSet<Work> {
    let ops = phase.groups.iter().flat_map(|group| &group.ops).map(|&i| &plan.tape.ops[i]);
    let work = |op: &Op| match op.kernel.facts().covers {
        Covers::Batch(work) => Some(work),
        Covers::Tile => None,
    };
    ops.filter_map(work).collect()
}

/// The name of a lanes' phase: `forward_and_backward`, or where there are several, `forward_to_conv1`.
pub(super) fn sweep_name(graph: &Graph, phase: &Phase, is_only: bool) -> String {
    let last = phase.groups.last().map_or_else(String::new, |group| part(&graph.layer(group.layer).name));
    let [forward, backward] =
        [false, true].map(|backward| phase.groups.iter().any(|g| g.backward == backward));
    match (forward, backward) {
        (true, true) => "forward_and_backward".into(),
        (true, false) if is_only => "forward".into(),
        (true, false) => format!("forward_to_{last}"),
        (false, _) => format!("backward_to_{last}"),
    }
}

/// The doc line of a function: which layers, from which shape to which, how many parameters.
pub(super) fn group(graph: &Graph, plan: &Plan, group: &Group) -> String {
    let layers = layers(plan, group);
    let texts: Vec<&str> = layers.iter().map(|&l| graph.layer(l).text.as_str()).collect();
    let nodes: Vec<_> = layers.iter().map(|&layer| graph.node(layer)).collect();
    let between = between(graph, &layers, group.backward);
    let params: usize = nodes.iter().flat_map(|n| &n.params).map(|&p| graph.param(p).len()).sum();
    let params =
        if params > 0 && !group.backward { format!(" · {params} parameters") } else { String::new() };
    let flops: u64 = nodes.iter().map(|n| node_flops(graph, n)).sum();
    let flops = if flops > 0 && !group.backward { format!(" · {}", count(flops)) } else { String::new() };
    format!(" {} · {between}{params}{flops}", texts.join(" "))
}

/// The doc line of a function that several groups share: what is the same for all, and the layers.
pub(super) fn groups(graph: &Graph, plan: &Plan, groups: &[&Group]) -> String {
    let all: Vec<Vec<LayerId>> = groups.iter().map(|group| layers(plan, group)).collect();
    let same = |parts: Vec<String>| parts.iter().all(|part| *part == parts[0]).then(|| parts[0].clone());
    let texts = |layers: &Vec<LayerId>| {
        layers.iter().map(|&layer| graph.layer(layer).text.as_str()).collect::<Vec<_>>().join(" ")
    };
    let kinds = || all[0].iter().map(|&layer| graph.node(layer).op.kind()).collect::<Vec<_>>().join(" ");
    let text = same(all.iter().map(texts).collect()).unwrap_or_else(kinds);
    let between = groups.iter().zip(&all).map(|(group, layers)| between(graph, layers, group.backward));
    let between = same(between.collect()).map_or_else(String::new, |shapes| format!(" · {shapes}"));
    let layers: Vec<LayerId> = groups.iter().map(|group| group.layer).collect();
    format!(" {text}{between} · {}", list(graph, &layers))
}

/// The layers whose work a group does.
pub(super) fn layers(plan: &Plan, group: &Group) -> Vec<LayerId> {
    let mut layers: Vec<LayerId> = Vec::new();
    for &op in &group.ops {
        let op = &plan.tape.ops[op];
        layers.push(op.layer);
        layers.extend(&op.joined);
    }
    layers.sort_unstable();
    layers.dedup();
    layers
}

/// `[1, 28, 28] → [8, 28, 28]`
fn between(graph: &Graph, layers: &[LayerId], backward: bool) -> String {
    let (Some(&first), Some(&last)) = (layers.first(), layers.last()) else { return String::new() };
    let (first, last) = (graph.node(first), graph.node(last));
    let [from, to] = [first.inputs[0], last.output].map(|v| shape(&graph.value(v).shape));
    let arrow = if backward { "←" } else { "→" };
    format!("{from} {arrow} {to}")
}

fn node_flops(graph: &Graph, node: &Node) -> u64 {
    let inputs: Vec<&[usize]> = node.inputs.iter().map(|&v| &graph.value(v).shape[..]).collect();
    node.op.flops(&inputs, &graph.value(node.output).shape)
}

/// `240.1 kFLOP per sample`
fn count(flops: u64) -> String {
    let f = flops as f64;
    match flops {
        0..1_000 => format!("{flops} FLOP per sample"),
        1_000..1_000_000 => format!("{:.1} kFLOP per sample", f / 1e3),
        _ => format!("{:.1} MFLOP per sample", f / 1e6),
    }
}

/// `[1, 28, 28]`
pub(super) fn shape(sizes: &[usize]) -> String {
    let sizes: Vec<String> = sizes.iter().map(usize::to_string).collect();
    format!("[{}]", sizes.join(", "))
}
