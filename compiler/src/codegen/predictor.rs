//! The program of a network without data, which can only predict.

use super::flat;
use crate::emit::emit;
use crate::graph::Graph;
use crate::kernels::loss::measure;
use crate::ops::{Activation, Operator};
use crate::program::Model;
use crate::tokens::array;
use netwright_model::Loss;
use proc_macro2::TokenStream;
use quote::quote;

/// Returns the items of a program that predicts with a network of one input and one output.
pub(super) fn items(model: &Model) -> TokenStream {
    let graph = &model.graph;
    let ([input], [output]) = (&graph.inputs[..], &graph.outputs[..]) else { return TokenStream::new() };
    let [input, output] = [*input, *output].map(|value| array(&graph.value(value).shape));
    let (name, loss) = (&graph.name, emit(&loss(graph)));
    let to_input = is_compared_with_input(graph).then(|| {
        quote!(
            const TO_INPUT: bool = true;
        )
    });
    // A prediction without a training has no logits.
    let predict = flat::prediction(false);
    quote! {
        #predict

        /// The network as a program that predicts: `netwright::app::predict_main::<Program>()`.
        pub struct Program;

        impl app::Predictor for Program {
            const NAME: &'static str = #name;
            const INPUT: &'static [usize] = &#input;
            const OUTPUT: &'static [usize] = &#output;
            const LOSS: Loss = #loss;
            #to_input
            type Params = Params;
            type Model = Model;

            fn init(seed: u64) -> Params {
                Params::init(seed)
            }
        }
    }
}

/// Returns the loss that gives the only output its meaning: the network's own, or that which fits its last activation.
fn loss(graph: &Graph) -> Loss<&[f64]> {
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

fn is_compared_with_input(graph: &Graph) -> bool {
    graph.losses.iter().any(|used| used.target.is_some())
}
