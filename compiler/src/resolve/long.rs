//! Networks of many layers: the front end's time must grow linearly with their number. If it were quadratic, these tests would
//! take minutes.

use crate::NoFiles;
use crate::graph::kernel_type;
use crate::graph::{Graph, LayerId, ParamId, ValueId};
use crate::parse_program;
use std::collections::BTreeSet;

const LAYERS: usize = 20_000;

fn graph(text: &str) -> Graph {
    let (program, diagnostics) = parse_program("net.net", text, &NoFiles);
    assert!(diagnostics.iter().all(|diagnostic| !diagnostic.is_error()), "{:?}", diagnostics.first());
    program.models.into_iter().next().unwrap().graph
}

/// Looks up each part of a graph as code generation does.
fn ask(graph: &Graph) {
    for (at, node) in graph.nodes.iter().enumerate() {
        assert_eq!((node.layer, graph.producer(node.output)), (LayerId(at), Some(node)));
    }
    for at in 0..graph.params.len() {
        let id = ParamId(at);
        assert!(graph.node(graph.param(id).layer).params.contains(&id));
        assert_eq!(graph.weight_layout(id).iter().product::<usize>(), graph.param(id).len());
    }
    assert!(graph.inputs.iter().all(|input| graph.producer(*input).is_none()));
    let types: BTreeSet<String> = graph.layers.iter().map(kernel_type).collect();
    assert_eq!(types.len(), graph.layers.len());
}

#[test]
fn a_long_chain_is_read_at_once() {
    let text =
        format!("network N {{ input [4] {} loss mse }} train N {{}}", "dense(4) relu\n".repeat(LAYERS / 2));
    ask(&graph(&text));
    ask(&graph(&format!(
        "network N {{ input [4] repeat {LAYERS} {{ dense(4) relu }} loss mse }} train N {{}}"
    )));
}

#[test]
fn many_layers_behind_a_long_chain_are_read_at_once() {
    let heads = LAYERS / 10;
    let each = |line: &dyn Fn(usize) -> String| (0..heads).map(line).collect::<String>();
    let text = format!(
        "network N {{ input [4] dense(4) {} as x {} {} {} }}",
        "dropout(0.1)\n".repeat(LAYERS),
        each(&|at| format!("from x dense(4) relu dropout(0.1) as y{at}\n")),
        each(&|at| format!("output y{at}\n")),
        each(&|at| format!("loss mse(on=y{at})\n")),
    );
    let graph = graph(&text);
    ask(&graph);
    assert_eq!(graph.outputs.iter().map(|ValueId(at)| at).collect::<BTreeSet<_>>().len(), heads);
    assert_eq!(graph.loss_names()[heads - 1], format!("y{}", heads - 1));
}
