//! Sources of a network with several inputs, outputs or losses, as a constant.

use super::own;
use crate::emit::emit;
use crate::graph::{Graph, LossUse};
use crate::kernels::loss::measure;
use crate::recipe::{Answer, Data, answers, parts};
use crate::tokens::{array, double, number};
use proc_macro2::TokenStream;
use quote::quote;

/// Returns a source as the runtime has it: of several inputs, outputs or losses, with what each of them needs.
pub(super) fn source(graph: &Graph, data: &Data) -> TokenStream {
    let parts = match own::is_plain(graph) {
        true => None,
        false => parts(graph, data),
    };
    let Some(parts) = parts else { return emit(&data.source) };
    let answers = answers(graph, &parts).unwrap_or_default();
    let sources = parts.iter().zip(&graph.inputs).map(|(part, input)| {
        let value = graph.value(*input);
        let (name, shape) = (&value.name, array(&value.shape));
        let (source, scaling) = (emit(&part.source), emit(&part.scaling));
        quote!(Part { input: #name, shape: &#shape, source: #source, scaling: #scaling })
    });
    let outputs = graph.outputs.iter().zip(&graph.output_names).map(|(output, name)| {
        let shape = array(&graph.value(*output).shape);
        quote!((#name, &#shape))
    });
    let losses = graph.losses.iter().zip(graph.loss_names()).zip(&answers);
    let losses = losses.map(|((used, name), answer)| compared(graph, used, &name, *answer));
    quote!(Source::Joint(&Joint { parts: &[#(#sources),*], outputs: &[#(#outputs),*], losses: &[#(#losses),*] }))
}

fn compared(graph: &Graph, used: &LossUse, name: &str, answer: Answer) -> TokenStream {
    let output = number(graph.outputs.iter().position(|output| *output == used.value).unwrap_or(0));
    let loss = emit(&measure(&used.loss, &graph.value(used.value).shape));
    let (weight, logits) = (double(used.weight), graph.compared(used).0 != used.value);
    let answer = match answer {
        Answer::Input(input) => {
            let input = number(input);
            quote!(Answer::Input(#input))
        }
        Answer::Labels { part, first, count } => {
            let [part, first, count] = [part, first, count].map(number);
            quote!(Answer::Labels { part: #part, first: #first, count: #count })
        }
    };
    quote!(Compared { name: #name, output: #output, loss: #loss, weight: #weight, logits: #logits, answer: #answer })
}
