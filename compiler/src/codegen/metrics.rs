//! A recipe's metrics as the runtime's constant.

use crate::emit::emit;
use crate::program::Model;
use crate::recipe::Recipe;
use netwright_model::Metrics;
use proc_macro2::TokenStream;
use quote::quote;

pub(super) fn constant(model: &Model, recipe: &Recipe) -> TokenStream {
    if recipe.metrics.is_empty() {
        return quote!(Metrics::NONE);
    }
    let shape = &model.graph.value(model.graph.losses[0].value).shape;
    let of: Vec<_> = recipe.metrics.iter().map(|metric| metric.measure).collect();
    emit(&Metrics { channels: shape[0], pixels: shape[1..].iter().product(), of })
}
