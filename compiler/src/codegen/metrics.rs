//! A recipe's metrics as the runtime's constant.

use crate::Model;
use crate::recipe::{Average, Measure, Metric, Recipe};
use crate::tokens::number;
use proc_macro2::TokenStream;
use quote::quote;

pub(super) fn constant(model: &Model, recipe: &Recipe) -> TokenStream {
    if recipe.metrics.is_empty() {
        return quote!(Metrics::NONE);
    }
    let shape = &model.graph.value(model.graph.losses[0].value).shape;
    let (channels, pixels) = (number(shape[0]), number(shape[1..].iter().product()));
    let metrics = recipe.metrics.iter().map(metric);
    quote!(Metrics { channels: #channels, pixels: #pixels, of: &[#(#metrics),*] })
}

/// The number that early stopping watches.
pub(super) fn watch(recipe: &Recipe, name: &str) -> TokenStream {
    let watched = recipe.metrics.iter().find(|metric| metric.log_name() == name).map(metric);
    watched.map_or_else(|| quote!(Watch::ValLoss), |metric| quote!(Watch::Val(#metric)))
}

fn metric(metric: &Metric) -> TokenStream {
    let average = match metric.average.unwrap_or_default() {
        Average::Macro => quote!(Average::Macro),
        Average::Micro => quote!(Average::Micro),
        Average::None => quote!(Average::None),
    };
    match metric.measure {
        Measure::Accuracy => quote!(Metric::Accuracy),
        Measure::TopK { k } => {
            let k = number(k);
            quote!(Metric::TopK(#k))
        }
        Measure::BalancedAccuracy => quote!(Metric::BalancedAccuracy),
        Measure::Precision => quote!(Metric::Precision(#average)),
        Measure::Recall => quote!(Metric::Recall(#average)),
        Measure::Specificity => quote!(Metric::Specificity(#average)),
        Measure::F1 => quote!(Metric::F1(#average)),
        Measure::Matthews => quote!(Metric::Matthews),
        Measure::Kappa => quote!(Metric::Kappa),
        Measure::RocAuc => quote!(Metric::RocAuc(#average)),
        Measure::PrAuc => quote!(Metric::PrAuc(#average)),
        Measure::Confusion => quote!(Metric::Confusion),
        Measure::Mae => quote!(Metric::Mae(#average)),
        Measure::Rmse => quote!(Metric::Rmse(#average)),
        Measure::R2 => quote!(Metric::R2(#average)),
        Measure::Dice => quote!(Metric::Dice(#average)),
        Measure::Iou => quote!(Metric::Iou(#average)),
    }
}
