//! The program of a network without data, which can only predict.

use super::flat;
use super::recipe::Shapes;
use crate::emit::emit;
use crate::graph::Graph;
use crate::kernels::loss::measure;
use crate::ops::{Activation, Operator};
use crate::program::Model;
use netwright_model::Loss;
use proc_macro2::TokenStream;
use quote::quote;

/// Returns the items of a program that predicts with a network of one input and one output.
pub(super) fn items(model: &Model) -> TokenStream {
    let graph = &model.graph;
    let ([_], [_]) = (&graph.inputs[..], &graph.outputs[..]) else { return TokenStream::new() };
    let (name, shapes, loss) = (&graph.name, Shapes::of(model), emit(&loss(graph)));
    // A prediction without a training has no logits.
    let predict = flat::prediction(false);
    quote! {
        #predict

        /// The network as a program that predicts: `netwright_app::predict_main::<Program>()`.
        pub struct Program;

        impl app::Predictor for Program {
            const NAME: &'static str = #name;
            #shapes
            type Params = Params;
            type Model = Model;

            fn loss() -> Loss {
                #loss
            }

            fn init(seed: u64) -> Params {
                Params::init(seed)
            }
        }
    }
}

/// Returns the loss that gives the only output its meaning: the network's own, or that which fits its last activation.
pub(super) fn loss(graph: &Graph) -> Loss<&[f64]> {
    let output = graph.outputs[0];
    if let Some(used) = graph.losses.iter().find(|used| used.value == output) {
        return measure(&used.loss, &graph.value(output).shape);
    }
    match graph.producer(output).map(|node| &node.op) {
        Some(Operator::Softmax) => Loss::CrossEntropy { logits: false },
        Some(Operator::Activation(Activation::Sigmoid)) => Loss::binary_cross_entropy(false),
        _ => Loss::MSE,
    }
}
