//! Costs of a network, layer by layer, and a stable text of its graph.

use crate::graph::{Graph, Shape};
use std::fmt::Write;

/// One layer's line in a table.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// `conv1`
    pub name: String,
    /// `conv(6, 5x5, pad=2)`
    pub text: String,
    /// The shape of the layer's output, for one sample.
    pub shape: Shape,
    /// The number of elements of the layer's parameters, without statistics.
    pub parameters: u64,
    /// Floating-point operations of one sample's forward pass.
    pub flops: u64,
    /// Bytes of what comes out, for one sample, in 32-bit numbers.
    pub activation_bytes: u64,
}

/// The sums over all layers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// The number of elements of all parameters, without statistics.
    pub parameters: u64,
    /// Floating-point operations of one sample's forward pass.
    pub flops: u64,
    /// Bytes of all layers' results, for one sample; a plan of the memory may need fewer.
    pub activation_bytes: u64,
}

/// Returns a line for each layer, in the order of computation.
pub fn layers(graph: &Graph) -> Vec<Row> {
    graph
        .nodes
        .iter()
        .map(|node| {
            let inputs: Vec<&[usize]> =
                node.inputs.iter().map(|input| graph.value(*input).shape.as_slice()).collect();
            let shape = graph.value(node.output).shape.clone();
            let layer = graph.layer(node.layer);
            let learned = node.params.iter().map(|param| graph.param(*param)).filter(|p| p.role.is_learned());
            Row {
                name: layer.name.clone(),
                text: layer.text.clone(),
                parameters: learned.map(|param| param.len() as u64).sum(),
                flops: node.op.flops(&inputs, &shape),
                activation_bytes: 4 * shape.iter().map(|size| *size as u64).product::<u64>(),
                shape,
            }
        })
        .collect()
}

/// Returns the sums of a table.
pub fn totals(rows: &[Row]) -> Totals {
    let sum = |number: fn(&Row) -> u64| rows.iter().map(number).fold(0, u64::saturating_add);
    Totals {
        parameters: sum(|row| row.parameters),
        flops: sum(|row| row.flops),
        activation_bytes: sum(|row| row.activation_bytes),
    }
}

/// Prints the whole graph as text, a line for each input, node, output and loss. It is the same for the same
/// source, always.
pub fn dump(graph: &Graph) -> String {
    let mut text = format!("network {}\n", graph.name);
    for input in &graph.inputs {
        let value = graph.value(*input);
        // Writing to a string cannot fail.
        let _ = writeln!(text, "  %{} = input {} : {:?}", input.0, value.name, value.shape);
    }
    for node in &graph.nodes {
        let layer = graph.layer(node.layer);
        let inputs: Vec<String> = node.inputs.iter().map(|input| format!("%{}", input.0)).collect();
        let _ = write!(
            text,
            "  %{} = {} [{}] ({}) : {:?}",
            node.output.0,
            layer.name,
            node.op.text(),
            inputs.join(", "),
            graph.value(node.output).shape
        );
        for (index, param) in node.params.iter().map(|param| graph.param(*param)).enumerate() {
            let own = param.name.rsplit('.').next().unwrap_or_default();
            let frozen = if param.frozen { " frozen" } else { "" };
            let _ = write!(
                text,
                "{}{own}{frozen} {} {:?}",
                if index == 0 { "  { " } else { ", " },
                param.init.text(),
                param.shape
            );
        }
        text.push_str(if node.params.is_empty() { "\n" } else { " }\n" });
    }
    for (output, name) in graph.outputs.iter().zip(&graph.output_names) {
        let name = if graph.outputs.len() > 1 { format!(" {name}") } else { String::new() };
        let _ = writeln!(text, "  output{name} %{} : {:?}", output.0, graph.value(*output).shape);
    }
    for (output, name) in &graph.auxiliary {
        let shape = &graph.value(*output).shape;
        let _ = writeln!(text, "  output {name} %{} : {shape:?}, training only", output.0);
    }
    for loss in &graph.losses {
        let _ = writeln!(text, "  loss {} (%{})", graph.loss_text(loss), loss.value.0);
    }
    let totals = totals(&layers(graph));
    let _ = writeln!(text, "  # {} parameters, {} FLOPs per sample", totals.parameters, totals.flops);
    text
}
