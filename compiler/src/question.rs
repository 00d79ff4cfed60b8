//! A network as questions about its answers see it: without the activation after its logits, without parts that only
//! training has, and with the feature maps that are looked at.

use crate::graph::{Graph, ValueId};
use crate::ops::{Across, Activation, Group, Operator};
use netwright_model::Head;

/// A network that is asked for reasons.
#[derive(Clone, Debug)]
pub struct Question {
    /// The network whose only output are the logits. Its parameters are the network's own, all of them frozen.
    pub graph: Graph,
    /// The activation that makes the network's output of the logits.
    pub head: Head,
    /// The feature maps that are looked at, in the order in which they are computed.
    pub maps: Vec<ValueId>,
}

/// A question that a network cannot answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unanswerable {
    /// The reason.
    pub message: String,
    /// The way out.
    pub help: String,
}

/// The feature maps that are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look<'a> {
    /// The last one that the answer is made of; none in a network without any.
    Last,
    /// The output of this layer.
    Layer(&'a str),
    /// All of them.
    All,
}

impl Question {
    /// Prepares a network for questions.
    ///
    /// # Errors
    /// If it has several inputs or outputs, or no feature map as asked for.
    pub fn new(network: &Graph, look: Look<'_>) -> Result<Question, Unanswerable> {
        let name = &network.name;
        for (what, count) in [("inputs", network.inputs.len()), ("outputs", network.outputs.len())] {
            if count != 1 {
                return Err(Unanswerable {
                    message: format!("`{name}` has {count} {what}, and only networks with one are explained"),
                    help: "explain a network of one input and one output that shares its layers".into(),
                });
            }
        }
        let (output, head) = logits(network);
        let mut graph = network.clone();
        graph.outputs = vec![output];
        (graph.losses, graph.auxiliary) = (vec![], vec![]);
        graph.params.iter_mut().for_each(|param| param.frozen = true);
        let needed = leading_to(&graph, output);
        let maps = match look {
            Look::All => maps(&graph, &needed),
            Look::Last => last(&graph, &needed, output).into_iter().collect(),
            Look::Layer(layer) => vec![of_layer(&graph, &needed, layer)?],
        };
        Ok(Question { graph, head, maps })
    }

    /// Returns true if a layer of noise, such as dropout, leads to the answer.
    pub fn has_noise(&self) -> bool {
        let needed = leading_to(&self.graph, self.graph.outputs[0]);
        let noise = |op: &Operator| op.facts().group == Group::Noise;
        self.graph.nodes.iter().any(|node| needed[node.output.0] && noise(&node.op))
    }
}

/// Returns the numbers before the last activation, if it only makes probabilities of them.
fn logits(graph: &Graph) -> (ValueId, Head) {
    let output = graph.outputs[0];
    let Some(node) = graph.producer(output) else { return (output, Head::None) };
    match node.op {
        Operator::Softmax | Operator::Across(Across::LogSoftmax) => (node.inputs[0], Head::Softmax),
        Operator::Activation(Activation::Sigmoid | Activation::LogSigmoid) => (node.inputs[0], Head::Sigmoid),
        _ => (output, Head::None),
    }
}

/// Returns for each value whether another depends on it.
fn leading_to(graph: &Graph, value: ValueId) -> Vec<bool> {
    let mut needed = vec![false; graph.values.len()];
    needed[value.0] = true;
    for node in graph.nodes.iter().rev() {
        if needed[node.output.0] {
            node.inputs.iter().for_each(|input| needed[input.0] = true);
        }
    }
    needed
}

/// Returns true if a value has several places: it is a signal, an image or a volume.
fn is_map(graph: &Graph, value: ValueId) -> bool {
    let shape = &graph.value(value).shape;
    shape.len() > 1 && shape[1..].iter().product::<usize>() > 1
}

fn maps(graph: &Graph, needed: &[bool]) -> Vec<ValueId> {
    // In prediction a layer of noise changes nothing.
    let shown =
        graph.nodes.iter().filter(|node| needed[node.output.0] && node.op.facts().group != Group::Noise);
    shown.map(|node| node.output).filter(|&value| is_map(graph, value)).collect()
}

/// Returns the last feature map before the output that is not only another one in other places: what a
/// convolution makes, with the norms, sums and activations after it.
fn last(graph: &Graph, needed: &[bool], output: ValueId) -> Option<ValueId> {
    let is_made = |value: &ValueId| {
        let group = graph.producer(*value).map(|node| node.op.facts().group);
        !matches!(group, None | Some(Group::Pool | Group::Move | Group::Noise))
    };
    let all = maps(graph, needed);
    all.into_iter().rev().filter(|&value| value != output).find(is_made)
}

fn of_layer(graph: &Graph, needed: &[bool], name: &str) -> Result<ValueId, Unanswerable> {
    let all = maps(graph, needed);
    let names: Vec<&str> = all.iter().map(|&value| graph.value(value).name.as_str()).collect();
    if let Some(at) = names.iter().position(|other| *other == name) {
        return Ok(all[at]);
    }
    let is_layer = graph.layers.iter().any(|layer| layer.name == name);
    let message = match is_layer {
        true => format!("the output of layer `{name}` has no places, or does not lead to the answer"),
        false => format!("`{}` has no layer `{name}`", graph.name),
    };
    let help = match names.is_empty() {
        true => "the network has no feature maps".into(),
        false => format!("its feature maps: {}", names.join(", ")),
    };
    Err(Unanswerable { message, help })
}

#[cfg(test)]
mod tests;
