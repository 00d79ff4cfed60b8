//! Losses as what outputs are measured by.

use crate::kernels::loss::{function, ignored, places};
use crate::ops::Loss;
use crate::tokens::{double, number};
use proc_macro2::TokenStream;
use quote::quote;

/// The runtime's loss that measures outputs of this shape.
pub(super) fn measure(loss: &Loss, shape: &[usize]) -> TokenStream {
    let outputs = number(shape.iter().product());
    match loss {
        Loss::CrossEntropy(ce) if ce.is_plain() => {
            let logits = ce.logits;
            quote!(Loss::CrossEntropy { logits: #logits })
        }
        Loss::CrossEntropy(ce) => {
            let (logits, smoothing, ignore) = (ce.logits, double(ce.label_smoothing), ignored(ce));
            let weights = ce.weights.iter().map(|weight| double(*weight));
            if ce.shares {
                quote!(Loss::SoftCrossEntropy {
                    logits: #logits, classes: #outputs, weights: &[#(#weights),*], smoothing: #smoothing
                })
            } else {
                quote!(Loss::WeightedCrossEntropy {
                    logits: #logits, weights: &[#(#weights),*], smoothing: #smoothing, ignore: #ignore
                })
            }
        }
        Loss::KlDivergence { logits } => quote!(Loss::KlDivergence { logits: #logits, classes: #outputs }),
        Loss::Cosine => quote!(Loss::Cosine { outputs: #outputs }),
        Loss::Dice { .. } | Loss::Iou { .. } | Loss::Tversky { .. } => {
            let [alpha, beta, smooth] = loss.overlap().unwrap_or_default().map(double);
            let places = number(places(shape));
            quote!(Loss::Overlap { places: #places, alpha: #alpha, beta: #beta, smooth: #smooth })
        }
        _ => {
            let name = function(loss);
            quote!(Loss::#name)
        }
    }
}
