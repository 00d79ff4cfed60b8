//! Sources of a network with several inputs, outputs or losses, as a constant.

use super::own;
use crate::emit::emit;
use crate::graph::{Graph, LossUse, ValueId};
use crate::kernels::loss::measure;
use crate::recipe::{Answer, Data, answers, parts};
use crate::tokens::array;
use netwright_model::{Compared, Part};
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
        let (shape, source) = (&value.shape[..], &part.source);
        emit(&Part { input: &*value.name, shape, source, scaling: part.scaling })
    });
    let named = |(output, name): (ValueId, &str)| {
        let shape = array(&graph.value(output).shape);
        quote!((#name, &#shape))
    };
    let all: Vec<TokenStream> = graph.all_outputs().map(named).collect();
    let (outputs, auxiliary) = all.split_at(graph.outputs.len());
    let losses = graph.losses.iter().zip(graph.loss_names()).zip(answers);
    let losses = losses.map(|((used, name), answer)| emit(&compared(graph, used, &name, answer)));
    quote!(Source::Joint(&Joint { parts: &[#(#sources),*], outputs: &[#(#outputs),*], auxiliary: &[#(#auxiliary),*], losses: &[#(#losses),*] }))
}

fn compared<'a>(
    graph: &Graph,
    used: &'a LossUse,
    name: &'a str,
    answer: Answer,
) -> Compared<&'a str, &'a [f64]> {
    Compared {
        name,
        output: graph.all_outputs().position(|(output, _)| output == used.value).unwrap_or(0),
        loss: measure(&used.loss, &graph.value(used.value).shape),
        weight: used.weight,
        logits: graph.compared(used).0 != used.value,
        answer,
    }
}
