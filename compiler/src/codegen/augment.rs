//! The `augment` list as a constant of the recipe.

use crate::emit::emit;
use crate::ops::TargetKind;
use crate::program::Model;
use crate::recipe::Recipe;
use netwright_model::Targets;
use proc_macro2::TokenStream;
use quote::quote;

/// Returns the constant of the recipe's augmentation, and of its effect on the targets.
pub(super) fn constant(model: &Model, recipe: &Recipe) -> TokenStream {
    if recipe.augment.is_empty() {
        return quote!(Augmentation::NONE);
    }
    let graph = &model.graph;
    let used = &graph.losses[0];
    let (input, output) = (&graph.value(graph.inputs[0]).shape, &graph.value(used.value).shape);
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
