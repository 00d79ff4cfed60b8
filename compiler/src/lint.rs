//! A practitioner's advice: what compiles, and will likely disappoint. Each lint is a warning with a name and a reason.

mod activations;
mod allow;
mod layers;
mod outputs;
mod source;
mod training;

use crate::graph::{Graph, Node, ValueId};
use crate::ops::Operator;
use crate::recipe::Recipe;
use crate::resolve::Resolved;
use crate::sink::Sink;
pub(crate) use allow::allowed;
use netwright_grammar::Span;
use netwright_grammar::ast::Train;
pub(crate) use source::lint as source;
use std::collections::BTreeSet;

/// Reports advice about a network and its training.
pub(crate) fn network(resolved: &Resolved, train: Option<&Train>, sink: &mut Sink) {
    graph(&resolved.graph, sink);
    if let (Some(settings), Some(train)) = (&resolved.recipe, train) {
        recipe(&resolved.learning, settings, train, sink);
    }
}

/// Reports advice about a network.
fn graph(graph: &Graph, sink: &mut Sink) {
    let view = View::new(graph);
    activations::vanishing_gradient(&view, sink);
    activations::activation_twice(&view, sink);
    layers::bias_before_batch_norm(&view, sink);
    layers::dropout_before_batch_norm(&view, sink);
    layers::linear_layers_in_a_row(&view, sink);
    layers::zero_initialised_hidden_layer(&view, sink);
    layers::does_nothing(&view, sink);
    outputs::dropout_at_end(&view, sink);
    outputs::softmax_of_one(&view, sink);
    outputs::softmax_before_loss(&view, sink);
    outputs::output_does_not_fit_loss(&view, sink);
}

/// Reports advice about its training.
fn recipe(graph: &Graph, recipe: &Recipe, train: &Train, sink: &mut Sink) {
    training::nothing_to_train(graph, train, sink);
    training::l2_under_adam(recipe, sink);
}

/// The source of each value, as [`View::sources`] finds it.
struct Sources<'a>(Vec<Option<&'a Node>>);

impl<'a> Sources<'a> {
    /// Returns the source of a node's only input.
    fn before(&self, node: &Node) -> Option<&'a Node> {
        only_input(node).and_then(|input| self.0[input.0])
    }
}

fn only_input(node: &Node) -> Option<ValueId> {
    match node.inputs.as_slice() {
        [input] => Some(*input),
        _ => None,
    }
}

/// A graph with quick answers to what lints ask.
struct View<'a> {
    graph: &'a Graph,
    consumers: Vec<Vec<usize>>,
    outputs: BTreeSet<ValueId>,
}

impl<'a> View<'a> {
    fn new(graph: &'a Graph) -> View<'a> {
        let mut consumers = vec![vec![]; graph.values.len()];
        for (index, node) in graph.nodes.iter().enumerate() {
            for input in &node.inputs {
                consumers[input.0].push(index);
            }
        }
        View { graph, consumers, outputs: graph.outputs.iter().copied().collect() }
    }

    /// Returns the node before one that has a single input.
    fn before(&self, node: &Node) -> Option<&'a Node> {
        only_input(node).and_then(|input| self.graph.producer(input))
    }

    /// Returns true if a value is used once, and is not an output.
    fn is_used_once(&self, value: ValueId) -> bool {
        self.consumers[value.0].len() == 1 && !self.is_output(value)
    }

    fn is_output(&self, value: ValueId) -> bool {
        self.outputs.contains(&value)
    }

    /// Returns the place of a node in the source.
    fn span(&self, node: &Node) -> Span {
        self.graph.layer(node.layer).span
    }

    /// Returns the shape of a node's first input.
    fn input_shape(&self, node: &Node) -> &'a [usize] {
        node.inputs.first().map_or(&[], |input| &self.graph.values[input.0].shape)
    }

    /// Returns the source of each value: its producer or, if that merely passes numbers on, the nearest node before that does
    /// more; `passes` tells which operators pass numbers on, one by one and unchanged by any function that matters here.
    fn sources(&self, passes: fn(&Operator) -> bool) -> Sources<'a> {
        let mut sources = Sources(vec![None; self.graph.values.len()]);
        for node in &self.graph.nodes {
            sources.0[node.output.0] = if passes(&node.op) { sources.before(node) } else { Some(node) };
        }
        sources
    }
}
