//! The `augment` list as a constant of the recipe.

use super::own;
use crate::emit::emit;
use crate::graph::{Graph, LossUse, ValueId};
use crate::ops::TargetKind;
use crate::program::Model;
use crate::recipe::{Answer, Recipe, answers, parts};
use netwright_model::Targets;
use proc_macro2::TokenStream;
use quote::quote;

/// Returns the constant of the recipe's augmentation, and of its effect on the targets.
pub(super) fn constant(model: &Model, recipe: &Recipe) -> TokenStream {
    if recipe.augment.is_empty() {
        return quote!(Augmentation::NONE);
    }
    let graph = &model.graph;
    let (input, used) = pictures(graph, recipe);
    let (input, output) = (&graph.value(input).shape, &graph.value(used.value).shape);
    let [height, width] = match input[..] {
        [_, height, width] => [height, width],
        _ => [1, 1],
    };
    let of_pixels = height * width > 1 && matches!(output[..], [_, h, w] if [h, w] == [height, width]);
    let targets = match used.loss.targets() {
        _ if !of_pixels || used.target.is_some() => Targets::Labels,
        TargetKind::Number => Targets::Images,
        TargetKind::Class | TargetKind::Share => Targets::Masks,
    };
    let operations = recipe.augment.iter().map(|augment| netwright_model::Augment {
        operation: augment.on([height, width]),
        p: augment.p as f32,
    });
    let (operations, targets) = (emit(&operations.collect::<Vec<_>>()), emit(&targets));
    quote!(Augmentation { operations: #operations, targets: #targets })
}

/// Returns the input whose pictures are changed, and the loss whose targets may move with them: of several inputs the first with masks, or
/// else the first that takes pictures.
fn pictures<'a>(graph: &'a Graph, recipe: &Recipe) -> (ValueId, &'a LossUse) {
    let first = (graph.inputs[0], &graph.losses[0]);
    let parts = recipe.data.as_ref().filter(|_| !own::is_plain(graph)).and_then(|data| parts(graph, data));
    let Some(parts) = parts else { return first };
    let answers = answers(graph, &parts).unwrap_or_default();
    let masked = graph.losses.iter().zip(answers).find_map(|(used, answer)| {
        let Answer::Labels { part, .. } = answer else { return None };
        let shape = &graph.value(used.value).shape;
        (shape.len() == 3 && shape[1] * shape[2] > 1).then_some((graph.inputs[part], used))
    });
    let picture = graph.inputs.iter().find(|input| graph.value(**input).shape.len() == 3);
    masked.unwrap_or_else(|| picture.map_or(first, |input| (*input, &graph.losses[0])))
}
